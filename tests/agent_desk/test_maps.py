"""The map over HTTP: base layers, the scene, what is around it, the board."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from agent_desk import layers
from agent_desk.board import masked
from models.dispatch_tables import Area, AreaLevel, Force, ForceKind
from models.tables import LinkageUnit
from models.telephony_tables import Audit
from tests.support.desk import Site

pytestmark = pytest.mark.integration

GEOJSON = {"Content-Type": "application/geo+json"}
RING = [[119.0, 27.6], [119.1, 27.6], [119.1, 27.7], [119.0, 27.6]]


def layer(**geometry: Any) -> dict[str, Any]:
    """A collection of one feature."""
    shape = {"type": "Polygon", "coordinates": [RING]} | geometry
    feature = {"type": "Feature", "properties": {"name": "演示街道"}, "geometry": shape}
    return {"type": "FeatureCollection", "features": [feature]}


@pytest.fixture
def mapped(with_parts: Callable[..., Site], tmp_path: Path) -> Site:
    """The desk with a site's map."""
    (tmp_path / "map.geojson").write_text(json.dumps(layer()), encoding="utf-8")
    return with_parts(
        map_geojson=tmp_path / "map.geojson", map_tiles="https://tiles.example:8443/{z}/{x}/{y}.png"
    )


async def put(client: httpx.AsyncClient, body: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.put("/api/map/base", content=content, headers=GEOJSON)


async def test_layers_are_taken_in_and_taken_back(mapped: Site) -> None:
    async with mapped.signed_in("water") as unit, mapped.signed_in("admin") as admin:
        before = (await unit.get("/api/map")).json()
        assert before["base"] == "site"
        assert before["tiles"].startswith("https://tiles.example:8443/")
        hostile = layer()
        hostile["features"][0]["properties"] = {
            "name": "<img src=x onerror=alert(1)>" + "长" * 100,
            "layer": "township",
            "secret": "13800001234",
        }
        hostile["features"].append({"type": "Feature", "properties": None, "geometry": None})
        answer = await put(admin, hostile)
        assert answer.status_code == 200, answer.text
        assert answer.json()["left_out"] == 1
        assert answer.json()["info"]["base"] == "uploaded"
        drawn = await unit.get("/api/map/base")
        assert drawn.headers["content-type"] == "application/geo+json"
        assert "secret" not in drawn.text
        assert len(drawn.json()["features"][0]["properties"]["name"]) == layers.MOST_NAME
        after = (await admin.delete("/api/map/base")).json()
        assert after == before
        assert (await admin.delete("/api/map/base")).status_code == 404
    async with mapped.database.reading() as session:
        told = await session.scalars(select(Audit.action).where(Audit.subject == "map"))
        assert sorted(told) == ["take_back", "upload"]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04 an archive", "不是 GeoJSON"),
        (b"[" * 100_000, "不是 GeoJSON"),
        (b'{"type": "FeatureCollection", "features": [NaN]}', "不是数字的坐标"),
        ({"type": "Topology"}, "FeatureCollection"),
        ({"type": "FeatureCollection", "features": []}, "没有任何要素"),
        ({"type": "FeatureCollection", "features": ["x"]}, "第 1 个要素"),
        (layer(type="Polygon", coordinates=[[[27.6, 119.0]] * 4]), "经度在前"),
        (layer(type="Polygon", coordinates=[[[3.3e6, 1.2e7]] * 4]), "不在中国境内"),
        (layer(type="Polygon", coordinates=[RING[:2]]), "坐标点太少"),
        (layer(type="LineString", coordinates=RING[0]), "经度, 纬度"),
        (layer(type="Polygon", coordinates=RING), "经度, 纬度"),
        (layer(type="Point", coordinates=["119", "27"]), "经度, 纬度"),
        (layer(type="Point", coordinates=[True, False]), "经度, 纬度"),
        (layer(type="GeometryCollection"), "不支持"),
        (layer() | {"crs": {"properties": {"name": "EPSG:3857"}}}, "坐标系"),
        (layer(type="MultiPoint", coordinates=[[119.0, 27.6]] * 300_001), "简化边界"),
    ],
)
async def test_bad_layers_are_refused(mapped: Site, body: Any, sentence: str) -> None:
    async with mapped.signed_in("admin") as admin:
        answer = await put(admin, body)
        assert answer.status_code == 422, answer.text
        assert sentence in answer.json()["message"]
        assert (await admin.get("/api/map")).json()["base"] == "site"


async def test_large_layers_are_refused(mapped: Site) -> None:
    async with mapped.signed_in("admin") as admin:
        answer = await put(admin, b" " * (layers.MOST_BYTES + 1))
        assert answer.status_code == 413
        assert "MB" in answer.json()["message"]


async def test_pictures_may_come_from_the_tile_server_only(mapped: Site, site: Site) -> None:
    async with mapped.visitor() as visitor:
        policy = (await visitor.get("/api/health")).headers["content-security-policy"]
        assert "img-src 'self' data: blob: https://tiles.example:8443;" in policy
    async with site.visitor() as visitor:
        policy = (await visitor.get("/api/health")).headers["content-security-policy"]
        assert "img-src 'self' data: blob:;" in policy


async def test_no_layer_is_no_fault(site: Site) -> None:
    async with site.signed_in("seat-a") as seat:
        assert (await seat.get("/api/map")).json()["base"] == "none"
        answer = await seat.get("/api/map/base")
        assert answer.status_code == 404
        assert "上传" in answer.json()["message"]


@pytest.mark.parametrize(
    "position",
    [
        {"lon": 119.0},
        {"lon": 119.0, "lat": 27.6, "z": 1},
        {"lon": "119", "lat": 27.6},
        {"lon": 27.6, "lat": 119.0},
        {"lon": True, "lat": 27.6},
        [119.0, 27.6],
        "119.0,27.6",
    ],
)
async def test_bad_positions_are_refused(site: Site, position: Any) -> None:
    order, _ = await site.order_of("seat-a", "1001")
    async with site.signed_in("seat-a") as seat:
        answer = await seat.patch(
            f"/api/orders/{order}", json={"version": 0, "fields": {"position": position}}
        )
        assert answer.status_code == 422
        assert "现场位置" in answer.json()["message"]


async def edit(client: httpx.AsyncClient, order: UUID, **fields: Any) -> dict[str, Any]:
    now = (await client.get(f"/api/orders/{order}")).json()["order"]
    answer = await client.patch(
        f"/api/orders/{order}", json={"version": now["version"], "fields": fields}
    )
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_the_scene_and_what_is_around_it(site: Site) -> None:
    async with site.database.writing() as work:
        work.session.add(
            Area(
                code="A1",
                name="演示街道",
                level=AreaLevel.TOWNSHIP,
                parent_code=None,
                path="A1/",
                lon=119.10,
                lat=27.60,
            )
        )
        near = await work.session.get_one(LinkageUnit, site.units["供水"])
        near.lon, near.lat = 119.11, 27.60
        far = await work.session.get_one(LinkageUnit, site.units["供电"])
        far.area_code = "A1"
        work.session.add(
            Force(
                code="F1",
                unit_id=near.id,
                kind=ForceKind.VEHICLE,
                name="抢修车",
                capabilities=[],
                status_since=site.clock.now(),
                lon=119.12,
                lat=27.60,
            )
        )
    first, _ = await site.order_of("seat-a", "1001")
    second, _ = await site.order_of("seat-b", "1002")
    async with site.signed_in("seat-a") as seat, site.signed_in("seat-b") as other:
        # The address places it; by hand it is placed for good; taken away, it follows again.
        order = await edit(seat, first, address="演示街道一号")
        assert order["fields"]["position"] == {"lon": 119.1, "lat": 27.6}
        assert order["field_states"]["position"]["source"] == "machine"
        order = await edit(seat, first, position={"lon": 119.105, "lat": 27.6})
        order = await edit(seat, first, address="演示街道二号")
        assert order["fields"]["position"] == {"lon": 119.105, "lat": 27.6}
        assert order["field_states"]["position"]["by"] == "seat-a员"
        order = await edit(seat, first, position=None)
        assert order["fields"]["position"] == {"lon": 119.1, "lat": 27.6}
        assert order["field_states"]["position"]["by"] == ""

        await edit(seat, first, unit_ids=[str(site.units["供水"]), str(site.units["供电"])])
        await edit(
            other, second, position={"lon": 119.101, "lat": 27.6}, address="王五家13812345678"
        )
        answer = await seat.get(f"/api/orders/{first}/surroundings")
        around = answer.json()
        units = {one["kind"]: one for one in around["units"]}
        assert units["供水"]["metres"] == pytest.approx(985, abs=10)
        assert not units["供水"]["approximate"]
        assert units["供电"]["approximate"]
        assert units["供电"]["metres"] == 0
        assert [one["name"] for one in around["forces"]] == ["抢修车"]
        assert [one["order_id"] for one in around["incidents"]] == [str(second)]
        assert "13812345678" not in answer.text
        assert (await other.get(f"/api/orders/{first}/surroundings")).status_code == 404


async def test_the_board_counts_lamps_and_hides_numbers(site: Site) -> None:
    order, _ = await site.order_of("seat-a", "1001")
    async with site.signed_in("seat-a") as seat:
        await edit(
            seat,
            order,
            emergency=True,
            address="演示街道13812345678",
            position={"lon": 119.1, "lat": 27.6},
            contact_name="王小明",
        )
        now = (await seat.get(f"/api/orders/{order}")).json()["order"]
        sent = await seat.post(
            f"/api/orders/{order}/send",
            json={"version": now["version"], "unit_ids": [str(site.units["供水"])]},
        )
        assert sent.status_code == 200, sent.text
    async with site.signed_in("boss") as boss:
        answer = await boss.get("/api/board")
        board = answer.json()
        assert "王小明" not in answer.text
        assert "13812345678" not in answer.text
        assert board["open"] == 1
        assert board["tiers"] == [{"tier": 1, "red": 1, "blue": 0, "green": 0, "late": 0}]
        assert [one["lamp"] for one in board["incidents"]] == ["red"]
        assert [one["order_id"] for one in board["emergencies"]] == [str(order)]


def test_masked() -> None:
    assert masked("石龙街88号13800001234") == "石龙街88号…"

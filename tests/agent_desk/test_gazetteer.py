"""Tables of place names over HTTP: looked at, applied without a restart, rolled back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from classifier.address import find_address
from classifier.gazetteer import Gazetteer
from classifier.live import LiveClassifier
from classifier.model import Classifier
from models.telephony_tables import Audit
from tests.support.desk import Site

pytestmark = pytest.mark.integration

OLD = "名称,类别\n老街小区,小区\n"
NEW = "名称,类别,别名,经度,纬度\n翠竹小区,小区,竹苑,119.06,27.61\n石龙街,道路,,,\n"
BAD = "x,小区,,,\n月亮,星星,,,\n云溪花园,,,东,西\n"


@pytest.fixture
def live() -> LiveClassifier:
    """One that knows names and has learned nothing: no call is classified here."""
    bare = Classifier.__new__(Classifier)
    bare.version, bare.gazetteer = "none", Gazetteer()
    return LiveClassifier(bare)


@pytest.fixture
def used(tmp_path: Path) -> Path:
    path = tmp_path / "site" / "gazetteer.csv"
    path.parent.mkdir()
    path.write_text(OLD, encoding="utf-8")
    return path


@pytest.fixture
def names(with_parts: Callable[..., Site], live: LiveClassifier, used: Path) -> Site:
    live.take_gazetteer(Gazetteer.read(used))
    return with_parts(classifier=live, gazetteer_csv=used)


def said(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def upload(
    client: httpx.AsyncClient, text: str | bytes, name: str = "地名.csv"
) -> httpx.Response:
    return await client.post("/api/gazetteer", params={"name": name}, content=text)


async def test_a_table_is_looked_at_applied_and_rolled_back(
    names: Site, live: LiveClassifier, used: Path
) -> None:
    async with names.signed_in("boss") as boss:
        answer = await upload(boss, NEW + BAD)
        assert answer.status_code == 201, answer.text
        seen = answer.json()
        assert (seen["names"], seen["located"], seen["aliases"]) == (2, 1, 1)
        assert {one["kind"]: one["count"] for one in seen["kinds"]} == {"小区": 1, "道路": 1}
        assert seen["problems"] == [
            "地名.csv 第 4 行：名称“x”不是 2 到 16 个汉字",
            "地名.csv 第 5 行：不认识的类别“星星”",
            "地名.csv 第 6 行：经纬度“东”不是数字",
        ]
        assert (seen["added"], seen["gone"], seen["gone_examples"]) == (2, 1, ["老街小区"])
        # Nothing has changed yet.
        assert said(used) == OLD
        assert [place.name for place in live.gazetteer.places] == ["老街小区"]

        state = (await boss.post(f"/api/gazetteer/{seen['id']}/apply")).json()
        assert state["names"] == len(live.gazetteer) == 2
        assert said(used) == NEW + BAD
        found = find_address("翠竹小区3栋", live.gazetteer)
        assert found is not None
        assert (found.slot.located, found.slot.lon) == ("compound", 119.06)
        tables = {one["name"]: one for one in state["tables"]}
        assert tables.keys() == {"地名.csv", "原有地名表"}
        assert [name for name, one in tables.items() if one["in_use"]] == ["地名.csv"]
        assert tables["地名.csv"]["by"] == "boss员"
        assert "build-graph" in state["speech_graph"]

        former = tables["原有地名表"]["id"]
        state = (await boss.post(f"/api/gazetteer/{former}/apply")).json()
        assert [one["name"] for one in state["tables"] if one["in_use"]] == ["原有地名表"]
        assert said(used) == OLD
        assert [place.name for place in live.gazetteer.places] == ["老街小区"]
        assert len(state["tables"]) == 2
    async with names.database.reading() as session:
        rows = await session.scalars(select(Audit).order_by(Audit.id))
        assert [(row.action, row.subject, row.detail["name"]) for row in rows] == [
            ("apply", "gazetteer", "地名.csv"),
            ("apply", "gazetteer", "原有地名表"),
        ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "文件是空的"),
        (b"PK\x03\x04 something", "另存为"),
        (b"\x00\xff\xfe\x80" * 50, "文件无法读取"),
        ("名称,类别\n".encode(), "没有一行地名"),
        ("城市,人口\n庆元,20\n".encode(), "第一行没有“名称”这一列"),
        ("名称\n<script>alert(1)</script>\n".encode(), "不是 2 到 16 个汉字"),
        (("名称\n" + "长" * 200_000).encode(), "地名.csv"),
        (("名称\n" + "x\n" * 25_000).encode(), "不像地名表"),
    ],
)
async def test_files_that_hold_no_names_are_refused_and_not_kept(
    names: Site, used: Path, content: bytes, sentence: str
) -> None:
    async with names.signed_in("admin") as admin:
        answer = await upload(admin, content)
        assert answer.status_code == 422, answer.text
        assert sentence in answer.json()["message"]
        assert (await admin.get("/api/gazetteer")).json()["tables"] == []
    assert list((used.parent / "gazetteers").glob("*")) == []


async def test_a_file_that_is_too_large_is_refused(names: Site) -> None:
    async def endless() -> Any:
        for _ in range(22):
            yield b"\xe5\x8d\x97" * 349_525  # a little less than 1 MB

    async with names.signed_in("boss") as boss:
        told = await boss.post(
            "/api/gazetteer",
            params={"name": "x.csv"},
            content=b"",
            headers={"content-length": "30000000"},
        )
        assert told.status_code == 413
        assert "最多 20 MB" in told.json()["message"]
        untold = await boss.post("/api/gazetteer", params={"name": "x.csv"}, content=endless())
        assert untold.status_code in (413, 422)
        assert "过大" in untold.json()["message"]


async def test_a_name_leads_to_no_other_folder(names: Site, used: Path) -> None:
    async with names.signed_in("boss") as boss:
        answer = await upload(boss, NEW, "../../../etc/地名.csv")
        assert answer.json()["name"] == "地名.csv"
        assert (await upload(boss, NEW, "")).status_code == 422
        unknown = await boss.post("/api/gazetteer/00000000-0000-0000-0000-000000000001/apply")
        assert unknown.status_code == 404
    kept = [path.parent.name for path in used.parent.parent.rglob("*.csv")]
    assert sorted(kept) == ["gazetteers", "gazetteers", "site"]


async def test_without_a_classifier_nothing_is_applied(
    with_parts: Callable[..., Site], used: Path
) -> None:
    site = with_parts(gazetteer_csv=used)
    async with site.signed_in("boss") as boss:
        seen = (await upload(boss, NEW)).json()
        answer = await boss.post(f"/api/gazetteer/{seen['id']}/apply")
        assert answer.status_code == 503
    assert said(used) == OLD

"""The recall dial and the taxonomy, changed by supervisors while calls go on."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select

from agent_desk.learning.taxonomies import Taxonomies
from models.telephony_tables import Audit
from tests.support.learned import Taught, guess, judged

pytestmark = pytest.mark.integration


# --- the dial --------------------------------------------------------------------------------


async def test_the_dial_rests_on_the_corpus_until_there_are_own_emergencies(
    taught: Taught,
) -> None:
    own = taught.live.current.emergency_from
    async with taught.site.signed_in("boss") as client:
        shown = (await client.get("/api/dial")).json()
        assert (shown["calls"], shown["emergencies"], shown["basis"]) == ([], 0, "model")
        assert len(shown["corpus"]) >= 5
        assert shown["emergency_from"] == own
        wanted = {"basis": "calls", "false_alarms": 0.1}
        assert (await client.put("/api/dial", json=wanted)).status_code == 422

        point = shown["corpus"][3]
        wanted = {"basis": "corpus", "false_alarms": point["false_alarms"]}
        shown = (await client.put("/api/dial", json=wanted)).json()
        assert shown["emergency_from"] == point["threshold"]
        assert taught.live.current.emergency_from == point["threshold"]
        # It outlives a restart and a new model.
        await taught.learning.dial.load()
        assert taught.learning.dial.emergency_from == point["threshold"]

        shown = (await client.post("/api/dial/roll-back")).json()
        assert (shown["emergency_from"], shown["basis"]) == (own, "model")
        shown = (await client.post("/api/dial/roll-back")).json()
        assert shown["emergency_from"] == point["threshold"]
        assert [one["by"] for one in shown["history"]] == ["boss员"] * 3
        wrong = {"basis": "corpus", "false_alarms": 7}
        assert (await client.put("/api/dial", json=wrong)).status_code == 422
        for audit in (await client.get("/api/audits?subject=emergency_from")).json():
            assert {"before", "after"} == set(audit["detail"])


async def test_own_calls_draw_the_dial(taught: Taught) -> None:
    for number in range(50):
        await judged(
            taught.site.database,
            "",
            "E0101",
            emergency=True,
            p=0.05 if number < 5 else 0.9,
        )
    for number in range(100):
        await judged(taught.site.database, "", "C0101", p=0.5 if number < 10 else 0.01)
    async with taught.site.signed_in("boss") as client:
        shown = (await client.get("/api/dial")).json()
        assert (shown["emergencies"], shown["others"], shown["models"]) == (50, 100, 1)
        by_rate = {one["false_alarms"]: one for one in shown["calls"]}
        # A tenth of the others may alarm: those at 0.5; five emergencies lie at 0.05.
        assert 0.01 < by_rate[0.1]["threshold"] <= 0.05
        assert by_rate[0.1]["missed"] == 0
        assert by_rate[0.1]["missed_high"] == pytest.approx(0.0713, abs=0.001)
        assert by_rate[0.01]["threshold"] > 0.5
        assert by_rate[0.01]["missed"] == pytest.approx(0.1)
        wanted = {"basis": "calls", "false_alarms": 0.01}
        shown = (await client.put("/api/dial", json=wanted)).json()
        assert shown["emergency_from"] == by_rate[0.01]["threshold"]
        assert shown["basis"] == "calls"


# --- the taxonomy ----------------------------------------------------------------------------


def as_body(item: dict[str, object], number: int, **changes: object) -> dict[str, object]:
    kept = {name: value for name, value in item.items() if name not in ("code", "learned")}
    return {**kept, "number": number, **changes}


async def item_of(client: httpx.AsyncClient, code: str) -> dict[str, object]:
    shown = (await client.get("/api/taxonomy")).json()
    found: dict[str, object] = next(one for one in shown["items"] if one["code"] == code)
    return found


async def test_an_edited_item_is_in_force_at_once_and_can_be_undone(taught: Taught) -> None:
    async with taught.site.signed_in("boss") as client:
        item = await item_of(client, "C0101")
        asked = ["水有多大？", "堵路了吗？"]
        body = as_body(item, 0, name="水管爆裂", ask=asked, lead="城管", support=["供水"])
        answer = await client.put("/api/taxonomy/C0101", json=body)
        assert answer.status_code == 200, answer.text
        shown = answer.json()
        assert (shown["number"], shown["history"][0]["by"]) == (1, "boss员")
        assert shown["history"][0]["before"]["name"] == "供水管道爆裂"
        centre = (await client.get("/api/centre")).json()
        line = next(one for one in centre["categories"] if one["code"] == "C0101")
        assert (line["name"], line["ask"]) == ("水管爆裂", asked)
        said = taught.live.suggest("自来水管爆了路上喷水了")
        best = said.category or said.alternatives[0]
        assert best.name == "水管爆裂"
        # Another start, and a start without the file.
        (taught.folder / "site" / "taxonomy.toml").unlink()
        again = Taxonomies(
            taught.site.database, taught.site.clock, taught.folder / "site" / "taxonomy.toml"
        )
        await again.load()
        assert again.current.items["C0101"].name == "水管爆裂"
        assert (taught.folder / "site" / "taxonomy.toml").is_file()

        stale = await client.put("/api/taxonomy/C0101", json=as_body(item, 0, name="别名"))
        assert stale.status_code == 409
        answer = await client.delete("/api/taxonomy/C0402?number=1")
        assert "C0402" not in {one["code"] for one in answer.json()["items"]}
        assert guess(taught, "井盖没了窨井没有盖") != "C0402"
        assert taught.site.parts.category_names()["C0402"] == "井盖缺失损坏"
        answer = await client.post("/api/taxonomy/roll-back", json={"number": 2, "to": 0})
        assert answer.json()["number"] == 3
        assert (await item_of(client, "C0101"))["name"] == "供水管道爆裂"
        assert guess(taught, "井盖没了窨井没有盖") == "C0402"
        wrong = {"number": 3, "to": 99}
        assert (await client.post("/api/taxonomy/roll-back", json=wrong)).status_code == 404
        async with taught.site.database.reading() as session:
            actions = list(await session.scalars(select(Audit.action).order_by(Audit.id)))
        assert actions == ["edit", "retire", "roll_back"]


WRONG: list[tuple[dict[str, object], str]] = [
    ({"name": "住宅火灾"}, "已被 E0101 使用"),
    ({"name": ""}, "不能为空"),
    ({"lead": "宇航局"}, "没有“宇航局”这类单位"),
    ({"lead": "供水", "support": ["供水"]}, "同一类单位只能选一次"),
    ({"lead": "", "support": ["供水"]}, "先选主责单位"),
    ({"level": "五级"}, "等级应为"),
    ({"received": 60, "feedback": 30}, "时限应为"),
    ({"received": 0}, "时限应为"),
    ({"ask": ["问"] * 13}, "过多"),
    ({"advise": ["长" * 201]}, "过长"),
    ({"name": "两\n行"}, "不含换行"),
]


async def test_a_wrong_item_is_refused_with_a_sentence(taught: Taught) -> None:
    async with taught.site.signed_in("boss") as client:
        item = await item_of(client, "C0101")
        for changes, said in WRONG:
            answer = await client.put("/api/taxonomy/C0101", json=as_body(item, 0, **changes))
            assert answer.status_code == 422, changes
            assert said in answer.json()["message"], changes
        assert (await client.put("/api/taxonomy/c1", json=as_body(item, 0))).status_code == 422
        assert taught.learning.taxonomies.number == 0

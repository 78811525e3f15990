"""The report of first dispatch, drift and gaps; what is erased teaches nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from models.learning_tables import JudgedCall
from models.tables import AgentSession
from tests.support.desk import Site
from tests.support.learned import SAID, Taught, corrected, judged

pytestmark = pytest.mark.integration


# --- the report ------------------------------------------------------------------------------


async def test_first_dispatch_counts_returns_and_later_units_against(taught: Taught) -> None:
    site = taught.site

    async def order(*kinds: str, back: bool = False, later: str = "", done: bool = True) -> None:
        order_id, _ = await site.order_of("seat-a", "1001")
        seat = site.users["seat-a"]
        row = await site.orders.edit(
            order_id, seat, 1, {"summary": "没水", "category_code": "C0102"}
        )
        row = await site.orders.send(order_id, seat, row.version, [site.units[k] for k in kinds])
        site.clock.advance(timedelta(minutes=1))
        first = row.dispatch_orders[0]
        water = {"unit_id": first.unit_id, "actor_id": site.users["water"]}
        if back:
            await site.orders.reject(first.id, reason="不归我们", **water)
        if later:
            row = await site.orders.send(order_id, seat, row.version, [site.units[later]])
        if done:
            await site.orders.receive(first.id, **water)
            await site.orders.feed_back(first.id, text="修好了", **water)
        await _leave(site)

    await order("供水")
    await order("供水", back=True, done=False)
    await order("供水", later="供电")
    await order("供水", done=False)  # not decided yet
    for week in range(3):
        await judged(site.database, "", "C0101", abstained=week == 0)
        site.clock.advance(timedelta(weeks=1))
    async with site.signed_in("boss") as client:
        shown = (await client.get("/api/quality?weeks=8")).json()
        assert shown["sent"] == 4
        first = shown["first"]
        assert (first["count"], first["right"], first["returned"], first["rerouted"]) == (
            3,
            1,
            1,
            1,
        )
        assert first["low"] < first["share"] < first["high"]
        assert [one["name"] for one in shown["classes"]] == ["停水与水压"]
        unit = shown["units"][0]
        assert (unit["name"], unit["count"], unit["right"]) == ("供水公司", 3, 2)
        weeks = [one for one in shown["weeks"] if one["calls"]]
        assert [one["unsure"] for one in weeks] == [1.0, 0.0, 0.0]
        assert {one["psi_training"] for one in weeks} == {None}
        assert len(shown["weeks"]) == 8
        table = await client.get("/api/quality/tables/units?weeks=8")
        assert table.headers["content-type"].startswith("text/csv")
        lines = table.text.splitlines()
        assert lines[0] == "\ufeff单位,件数,首派正确,比例,下限,上限,退单,改派"
        assert lines[1].startswith("供水公司,3,2,0.6667,")
        assert (await client.get("/api/quality/tables/passwords")).status_code == 422
        assert (await client.get("/api/quality?weeks=0")).status_code == 422


async def _leave(site: Site) -> None:
    """The caller hangs up and the seat becomes free."""
    async with site.database.writing() as work:
        agent = (
            await work.session.scalars(
                select(AgentSession).where(AgentSession.signed_out_at.is_(None))
            )
        ).one()
        call_id = agent.call_id
    assert call_id is not None
    await site.hang_up(call_id, agent.id)
    async with site.signed_in("seat-a") as client:
        await client.delete("/api/agent-session")


async def test_calls_that_fit_nowhere_are_gathered(taught: Taught) -> None:
    for text in ("无人机掉在我家屋顶", "有架无人机撞到屋顶", "屋顶上有个无人机", "喂听得到吗"):
        await judged(taught.site.database, text, "O0105", abstained=True)
    taught.site.clock.advance(timedelta(seconds=1))
    async with taught.site.signed_in("boss") as client:
        shown = (await client.get("/api/quality")).json()
    (gap,) = shown["gaps"]
    assert "无人机" in gap["words"]
    assert (gap["calls"], gap["unsure"]) == (3, 3)
    assert gap["ended_in"] == [{"name": "催办与投诉建议", "count": 3}]


async def test_erased_calls_train_nothing(taught: Taught) -> None:
    await corrected(taught)
    taught.site.clock.advance(timedelta(days=31))
    assert await taught.learning.examples.erase_expired() == len(SAID) + 2
    name = await taught.train()
    assert name == taught.live.version  # the corpus alone: the same bytes
    async with taught.site.database.reading() as session:
        assert set(await session.scalars(select(JudgedCall.text))) == {""}

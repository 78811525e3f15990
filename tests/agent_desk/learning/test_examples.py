"""What people make of suggestions becomes rows, once, and again after a restart."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import anyio
import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from agent_desk.learning.examples import Examples
from models.database import Database
from models.learning_tables import Judged, JudgedCall, Judgement, LabelledExample
from models.order_tables import DispatchOrder
from tests.support.asterisk import eventually
from tests.support.desk import Site
from tests.support.learned import a_call

pytestmark = pytest.mark.integration

KEEP = timedelta(days=30)
PAYLOAD: dict[str, Any] = {
    "emergency": {"label": "non_emergency", "p": 0.04},
    "level": "三级",
    "category": {"code": "C0102", "name": "停水与水压", "p": 0.9},
    "alternatives": [],
    "units": [{"name": "供水", "p": 0.9}],
    "abstain": False,
    "sure": True,
    "reasons": ["没水"],
    "slots": {"address": {"text": "石龙街88号", "parts": {}, "p": 0.9, "source": "石龙街88号"}},
    "model_version": "m1",
}


@pytest.fixture
def examples(site: Site) -> Examples:
    return Examples(site.database, site.clock, KEEP, lambda text: 0.25)


async def rows(database: Database) -> list[JudgedCall]:
    async with database.reading() as session:
        query = select(JudgedCall).options(selectinload(JudgedCall.examples))
        return list((await session.scalars(query)).all())


def of(row: JudgedCall) -> dict[Judged, LabelledExample]:
    return {one.field: one for one in row.examples if not one.subject}


async def drafted(site: Site, payload: dict[str, Any] | None = PAYLOAD) -> UUID:
    call_id = await a_call(site.database, ["石龙街88号", "我家没水了"], payload)
    order = await site.orders.open_draft(call_id)
    await site.orders.apply_suggestion(call_id)
    return order.id


async def version(site: Site, order_id: UUID) -> int:
    async with site.signed_in("boss") as client:
        answer = await client.get(f"/api/orders/{order_id}")
        found: int = answer.json()["order"]["version"]
        return found


async def sent(site: Site, order_id: UUID, *kinds: str) -> None:
    ids = [site.units[kind] for kind in kinds]
    seen = await version(site, order_id)
    await site.orders.send(order_id, site.users["seat-a"], seen, ids)


async def test_a_change_and_what_was_kept_are_told_apart(site: Site, examples: Examples) -> None:
    order_id = await drafted(site)
    seat = site.users["seat-a"]
    seen = await version(site, order_id)
    await site.orders.edit(order_id, seat, seen, {"category_code": "C0101", "level": "三级"})
    await examples.take(order_id)
    assert await rows(site.database) == []  # nothing went out yet

    await sent(site, order_id, "供水")
    await examples.take(order_id)
    await examples.take(order_id)
    (row,) = await rows(site.database)
    assert row.text == "石龙街88号，我家没水了"
    assert (row.model_version, row.unknown, row.proposed_code) == ("m1", 0.25, "C0102")
    assert row.category_code == "C0101"
    found = of(row)
    assert found[Judged.CATEGORY].judgement is Judgement.CHANGED
    assert found[Judged.CATEGORY].proposed == {"value": "C0102"}
    assert found[Judged.CATEGORY].chosen == {"value": "C0101"}
    assert found[Judged.CATEGORY].by == seat
    assert found[Judged.LEVEL].judgement is Judgement.CONFIRMED
    assert found[Judged.ADDRESS].judgement is Judgement.KEPT
    assert found[Judged.EMERGENCY].chosen == {"value": False}
    assert found[Judged.UNITS].judgement is Judgement.CONFIRMED
    assert found[Judged.UNITS].chosen == {"value": ["供水"]}


async def test_a_returned_order_teaches_who_does_it(site: Site, examples: Examples) -> None:
    order_id = await drafted(site)
    await sent(site, order_id, "供水")
    await examples.take(order_id)
    async with site.database.reading() as session:
        dispatch_id = (await session.scalars(select(DispatchOrder.id))).one()
    site.clock.advance(timedelta(minutes=5))
    await site.orders.reject(
        dispatch_id,
        unit_id=site.units["供水"],
        actor_id=site.users["water"],
        reason="不属于我司管网",
    )
    site.clock.advance(timedelta(minutes=5))
    await sent(site, order_id, "供电")
    # Nobody told it: this is what a restart finds.
    assert await examples.reconcile() == 1
    assert await examples.reconcile() == 0
    (row,) = await rows(site.database)
    units = of(row)[Judged.UNITS]
    assert units.proposed == {"value": ["供水"]}
    assert units.chosen == {"value": ["供电"]}
    assert units.judgement is Judgement.CHANGED
    others = {one.judgement: one for one in row.examples if one.subject}
    assert others[Judgement.RETURNED].reason == "不属于我司管网"
    assert others[Judgement.RETURNED].proposed == {"value": ["供水"]}
    assert others[Judgement.RETURNED].by == site.users["water"]
    assert others[Judgement.REROUTED].chosen == {"value": ["供电"]}


async def test_a_later_correction_counts_against_what_was_proposed_first(
    site: Site, examples: Examples
) -> None:
    order_id = await drafted(site)
    await sent(site, order_id, "供水")
    await examples.take(order_id)
    assert of((await rows(site.database))[0])[Judged.CATEGORY].judgement is Judgement.KEPT
    seen = await version(site, order_id)
    await site.orders.edit(order_id, site.users["boss"], seen, {"category_code": "C0103"})
    assert await examples.reconcile() == 1
    (row,) = await rows(site.database)
    category = of(row)[Judged.CATEGORY]
    assert category.judgement is Judgement.CHANGED
    assert (category.proposed, category.chosen) == ({"value": "C0102"}, {"value": "C0103"})
    assert row.category_code == "C0103"


async def test_an_answered_question_without_a_suggestion_teaches_too(
    site: Site, examples: Examples
) -> None:
    order_id = await drafted(site, None)
    seat = site.users["seat-a"]
    seen = await version(site, order_id)
    await site.orders.edit(order_id, seat, seen, {"category_code": "Q0101"})
    await site.orders.answer(order_id, seat, await version(site, order_id), "带身份证")
    assert await examples.reconcile() == 1
    (row,) = await rows(site.database)
    assert not row.suggested
    assert row.emergency_p is None
    assert of(row)[Judged.CATEGORY].judgement is Judgement.CHOSEN
    assert Judged.UNITS not in of(row)


async def test_words_go_when_their_time_is_over_and_labels_stay(
    site: Site, examples: Examples
) -> None:
    order_id = await drafted(site)
    await sent(site, order_id, "供水")
    await examples.take(order_id)
    site.clock.advance(KEEP - timedelta(seconds=1))
    assert await examples.erase_expired() == 0
    site.clock.advance(timedelta(seconds=1))
    assert await examples.erase_expired() == 1
    assert await examples.erase_expired() == 0
    (row,) = await rows(site.database)
    assert row.text == ""
    assert of(row)[Judged.ADDRESS].chosen == {}
    assert of(row)[Judged.CATEGORY].chosen == {"value": "C0102"}
    # What happens to the order afterwards brings nothing back.
    seen = await version(site, order_id)
    await site.orders.edit(order_id, site.users["boss"], seen, {"address": "濛洲街1号"})
    await examples.take(order_id)
    (row,) = await rows(site.database)
    assert row.text == ""
    assert of(row)[Judged.ADDRESS].chosen == {}


async def test_an_order_that_goes_out_is_taken_by_itself(site: Site, examples: Examples) -> None:
    examples.subscribe(site.database.bus)

    async def taken() -> bool:
        return len(await rows(site.database)) == 1

    async with anyio.create_task_group() as group:
        await group.start(examples.run)
        order_id = await drafted(site)
        await sent(site, order_id, "供水")
        await eventually(taken, "the order has its example", 30)
        group.cancel_scope.cancel()

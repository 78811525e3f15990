"""Drafts: opened once per call, filled by the machine, never against the typist."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from anyio import create_task_group

from dispatch.orders import Orders
from dispatch.prefill import wanted_units
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotFound
from models.events import WorkOrderChanged
from models.forms import TEXT_LIMITS
from models.kinds import LegRole
from models.order_tables import WorkOrder
from models.states import CallStatus, WorkOrderStatus
from tests.support.world import BURST_PIPE, World


async def test_draft_has_numbers_of_the_local_day(world: World) -> None:
    world.clock.advance(datetime(2026, 11, 21, 16, 30, tzinfo=UTC) - world.clock.now())
    first = await world.orders.open_draft((await world.call()).id)
    second = await world.orders.open_draft((await world.call()).id)
    assert (first.number, first.incident.number) == ("GD20261122-0001", "JQ20261122-0001")
    assert (second.number, second.incident.number) == ("GD20261122-0002", "JQ20261122-0002")
    world.clock.advance(timedelta(days=1))
    assert (await world.orders.open_draft((await world.call()).id)).number == "GD20261123-0001"


async def test_draft_is_opened_once_and_gets_its_owner_when_answered(world: World) -> None:
    call = await world.call()
    ringing = await world.orders.open_draft(call.id)
    assert ringing.owner is None
    await world.set_call(call.id, agent_session_id=world.agent.id, status=CallStatus.ANSWERED)
    answered = await world.orders.open_draft(call.id)
    assert answered.id == ringing.id
    assert (await world.order(ringing.id)).owner_id == world.seat_user.id
    assert world.events == [WorkOrderChanged(ringing.id)] * 2
    await world.orders.open_draft(call.id)
    assert len(world.events) == 2


async def test_opening_for_an_unknown_call_is_refused(world: World) -> None:
    with pytest.raises(NotFound):
        await world.orders.open_draft(world.seat_user.id)


async def test_calls_at_the_same_moment_get_different_numbers(world: World) -> None:
    calls = [await world.call() for _ in range(12)]
    opened: list[WorkOrder] = []

    async def open_draft(call_id: Any) -> None:
        opened.append(await world.orders.open_draft(call_id))

    async with create_task_group() as group:
        for call in calls * 2:  # each call is announced twice at once
            group.start_soon(open_draft, call.id)
    assert len({order.id for order in opened}) == 12
    numbers = sorted({order.number for order in opened})
    assert numbers == [f"GD20260301-{number:04d}" for number in range(1, 13)]


@pytest.mark.parametrize(
    ("number", "phone"),
    [("13800000001", "13800000001"), ("+8613800000001", "+8613800000001"), ("anonymous", None)],
)
async def test_contact_phone_is_the_callers_number(
    world: World, number: str, phone: str | None
) -> None:
    order = await world.orders.open_draft((await world.call(number=number)).id)
    assert order.fields.get("contact_phone") == phone


async def test_draft_is_filled_from_speech_and_suggestion(world: World) -> None:
    order = await world.draft()
    assert order.fields == {
        "emergency": False,
        "category_code": "W01",
        "level": "三级",
        "address": "南苑小区12栋",
        "contact_phone": "13800000001",
        "summary": "自来水管破裂了。",
        "unit_ids": [str(world.water.id)],
    }
    assert order.field_states["address"] == {
        "source": "machine",
        "confirmed": False,
        "p": 0.9,
        "evidence": "南苑小区十二栋",
        "read_back": "",
        "by": "",
        "changed_version": order.version,
    }
    assert "演示水务公司" in order.field_states["unit_ids"]["evidence"]


async def test_nothing_new_writes_nothing_and_tells_nobody(world: World) -> None:
    order = await world.draft()
    told = len(world.events)
    assert order.call_id is not None
    await world.orders.apply_suggestion(order.call_id)
    assert (await world.order(order.id)).version == order.version
    assert len(world.events) == told


async def test_abstaining_leaves_category_and_units_empty(world: World) -> None:
    call = await world.call(CallStatus.ANSWERED)
    order = await world.orders.open_draft(call.id)
    await world.suggest(call, BURST_PIPE)
    await world.orders.apply_suggestion(call.id)
    unsure = BURST_PIPE | {
        "abstain": True,
        "category": None,
        "emergency": {"label": "unsure", "p": 0.5},
    }
    await world.suggest(call, unsure)
    await world.orders.apply_suggestion(call.id)
    fields = (await world.order(order.id)).fields
    assert fields == {"address": "南苑小区12栋", "contact_phone": "13800000001"}


async def test_what_a_person_typed_stays(world: World) -> None:
    order = await world.draft()
    assert order.call_id is not None
    await world.orders.edit(
        order.id, world.seat_user.id, order.version, {"address": "", "level": "一级"}
    )
    await world.suggest_again(order)
    fields = (await world.order(order.id)).fields
    assert (fields["address"], fields["level"]) == ("", "一级")


async def test_said_details_are_filled_and_odd_values_left_to_the_seat(world: World) -> None:
    call = await world.call(CallStatus.ANSWERED, number="anonymous")
    order = await world.orders.open_draft(call.id)
    slots = {
        "phone": {"value": "13900000002", "p": 0.95, "source": "幺三九", "read_back": "请核对"},
        "name": {"value": "李四", "p": 0.8, "source": "我叫李四"},
        "injured": {"value": 2, "p": 0.9, "source": "伤了两个"},
        "trapped": {"value": -3, "p": 0.9, "source": "?"},
        "address": {"text": "长" * 500, "parts": {}, "p": 0.9, "source": "?"},
    }
    await world.suggest(call, BURST_PIPE | {"slots": slots, "units": []})
    await world.orders.apply_suggestion(call.id)
    found = await world.order(order.id)
    assert found.fields["contact_phone"] == "13900000002"
    assert found.field_states["contact_phone"]["read_back"] == "请核对"
    assert (found.fields["contact_name"], found.fields["injured"]) == ("李四", 2)
    assert not {"trapped", "address"} & set(found.fields)


async def test_summary_is_the_caller_only_and_bounded(world: World) -> None:
    call = await world.call(CallStatus.ANSWERED)
    order = await world.orders.open_draft(call.id)
    await world.say(call, "着火了！")
    await world.say(call, "您好，请讲", LegRole.AGENT)
    await world.say(call, "  ")
    await world.say(call, "在三楼")
    await world.orders.apply_suggestion(call.id)
    assert (await world.order(order.id)).fields["summary"] == "着火了！在三楼。"
    await world.say(call, "啊" * 5000)
    await world.orders.apply_suggestion(call.id)
    summary = (await world.order(order.id)).fields["summary"]
    assert len(summary) == TEXT_LIMITS["summary"]
    assert summary.endswith("…")


async def test_sent_order_is_not_filled_any_more(world: World) -> None:
    order = await world.draft()
    sent = await world.orders.send(order.id, world.seat_user.id, order.version, [world.water.id])
    await world.suggest_again(order)
    assert (await world.order(order.id)).version == sent.version


# --- edits --------------------------------------------------------------------------------------


async def test_machine_writing_meanwhile_is_no_conflict(world: World) -> None:
    order = await world.draft()
    await world.suggest_again(order)
    assert (await world.order(order.id)).version > order.version
    edited = await world.orders.edit(
        order.id, world.seat_user.id, order.version, {"address": "北苑小区3栋"}
    )
    assert edited.fields["address"] == "北苑小区3栋"
    assert edited.field_states["address"]["by"] == str(world.seat_user.id)
    assert edited.fields["level"] == "四级"


async def test_two_people_on_one_field_is_a_conflict_on_two_is_none(world: World) -> None:
    order = await world.draft()
    await world.orders.edit(order.id, world.other_user.id, order.version, {"level": "一级"})
    with pytest.raises(Conflict, match="“等级”刚被他人修改"):
        await world.orders.edit(order.id, world.seat_user.id, order.version, {"level": "二级"})
    edited = await world.orders.edit(
        order.id, world.seat_user.id, order.version, {"address": "东门"}
    )
    assert (edited.fields["level"], edited.fields["address"]) == ("一级", "东门")
    again = await world.orders.edit(order.id, world.seat_user.id, edited.version, {"level": "二级"})
    assert again.fields["level"] == "二级"


async def test_quick_edits_of_one_person_do_not_conflict(world: World) -> None:
    order = await world.draft()
    for text in ("南", "南苑", "南苑小"):
        edited = await world.orders.edit(
            order.id, world.seat_user.id, order.version, {"address": text}
        )
    assert edited.fields["address"] == "南苑小"


async def test_same_value_again_writes_nothing(world: World) -> None:
    order = await world.draft()
    first = await world.orders.edit(order.id, world.seat_user.id, order.version, {"injured": 1})
    again = await world.orders.edit(order.id, world.seat_user.id, first.version, {"injured": 1})
    assert again.version == first.version


@pytest.mark.parametrize(
    "fields",
    [
        {"colour": "red"},
        {"injured": "two"},
        {"injured": -1},
        {"address": "长" * 201},
        {"unit_ids": ["not-an-id"]},
        {"emergency": "yes"},
        {"level": None},
    ],
)
async def test_wrong_values_are_refused_whole(world: World, fields: dict[str, Any]) -> None:
    order = await world.draft()
    with pytest.raises(InvalidInput):
        await world.orders.edit(
            order.id, world.seat_user.id, order.version, {"contact_name": "王五"} | fields
        )
    assert "contact_name" not in (await world.order(order.id)).fields


async def test_version_from_the_future_is_refused(world: World) -> None:
    order = await world.draft()
    with pytest.raises(InvalidInput):
        await world.orders.edit(order.id, world.seat_user.id, order.version + 1, {"level": "一级"})


async def test_accept_sure_confirms_only_sure_values_that_were_seen(world: World) -> None:
    order = await world.draft()
    await world.suggest_again(order)  # the level changes after the version the seat saw
    accepted = await world.orders.accept_sure(order.id, world.seat_user.id, order.version)
    confirmed = {name for name, state in accepted.field_states.items() if state["confirmed"]}
    assert confirmed == {"emergency", "category_code", "address", "contact_phone", "unit_ids"}
    assert accepted.field_states["address"]["source"] == "machine"
    # The suggestion's 0.03 is of an emergency; the form says how sure "no emergency" is.
    assert accepted.field_states["emergency"]["p"] == 0.97
    again = await world.orders.accept_sure(order.id, world.seat_user.id, order.version)
    assert again.version == accepted.version


# --- the race -----------------------------------------------------------------------------------


async def test_typing_while_the_machine_fills_loses_nothing(world: World) -> None:
    order = await world.draft()
    call_id = order.call_id
    assert call_id is not None

    async def machine() -> None:
        for number in range(15):
            await world.suggest_again(order, level=f"{number}级")

    async def typist(field: str, actor: Any) -> None:
        for number in range(15):
            value = f"{field}{number}"
            await world.orders.edit(order.id, actor, order.version, {field: value})
            assert (await world.order(order.id)).fields[field] == value

    async with create_task_group() as group:
        group.start_soon(machine)
        group.start_soon(typist, "address", world.seat_user.id)
        group.start_soon(typist, "contact_name", world.other_user.id)
    fields = (await world.order(order.id)).fields
    assert fields["address"] == "address14"
    assert fields["contact_name"] == "contact_name14"
    assert fields["level"] == "14级"


# --- callers who give up, and restarts ----------------------------------------------------------


async def test_draft_of_an_abandoned_call_is_discarded(world: World) -> None:
    call = await world.call()
    order = await world.orders.open_draft(call.id)
    await world.orders.discard_abandoned(call.id)  # still waiting: nothing happens
    assert (await world.order(order.id)).status is WorkOrderStatus.DRAFT
    await world.set_call(call.id, status=CallStatus.ABANDONED)
    await world.orders.discard_abandoned(call.id)
    await world.orders.discard_abandoned(call.id)
    gone = await world.order(order.id)
    assert gone.status is WorkOrderStatus.CANCELLED
    assert gone.fields["contact_phone"] == "13800000001"
    assert await world.trail(order.id) == ["discard"]


async def test_draft_a_person_worked_on_outlives_its_abandoned_call(world: World) -> None:
    call = await world.call()
    order = await world.orders.open_draft(call.id)
    await world.orders.edit(order.id, world.seat_user.id, order.version, {"address": "东门"})
    await world.set_call(call.id, status=CallStatus.ABANDONED)
    await world.orders.discard_abandoned(call.id)
    assert (await world.order(order.id)).status is WorkOrderStatus.DRAFT


async def test_reconcile_makes_up_for_events_lost_in_a_crash(
    world: World, database: Database, clock: ManualClock
) -> None:
    waiting = await world.call()
    await world.say(waiting, "救命")
    given_up = await world.call()
    lost = await world.orders.open_draft(given_up.id)
    await world.set_call(given_up.id, status=CallStatus.ABANDONED)
    fresh = Orders(database, clock)
    await fresh.reconcile()
    await fresh.reconcile()
    assert (await world.order(lost.id)).status is WorkOrderStatus.CANCELLED
    assert (await fresh.open_draft(waiting.id)).fields["summary"] == "救命。"


# --- who is proposed ------------------------------------------------------------------------------


def test_only_the_lead_unit_and_sure_others_are_proposed() -> None:
    named = [{"name": "供水", "p": 0.7}, {"name": "城管", "p": 0.5}, {"name": "公安", "p": 0.9}]
    assert [unit.kind for unit in wanted_units({"abstain": False, "units": named})] == [
        "供水",
        "公安",
    ]
    assert wanted_units({"abstain": True, "units": named}) == []

"""Whatever seats, units and the machine do in whatever order, the rows stay true."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from dispatch.checks import Checked
from models import schema
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict, DomainError
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DISPATCH, WORK_ORDER, DispatchStatus, Lamp, WorkOrderStatus, lamp
from models.tables import LinkageUnit, Transition
from models.unit_forms import UnitForm
from tests.support.world import World, build_world

pytestmark = pytest.mark.unit

IDLE = (DispatchStatus.REJECTED, DispatchStatus.RECALLED)
WITH_FIRM = (
    DispatchStatus.RECEIVED,
    DispatchStatus.EN_ROUTE,
    DispatchStatus.ON_SITE,
    DispatchStatus.FED_BACK,
)
UNIT_ACTIONS = (
    "receive", "depart", "arrive", "feed_back", "reject", "recall", "redo", "reroute",
)  # fmt: skip
SEAT_ACTIONS = (
    "edit", "accept_sure", "answer", "discard", "close", "suggest", "suspend", "resume",
    "reopen", "offer",
)  # fmt: skip
UNITS = 5  # three of the world, two firms
STEPS = st.lists(
    st.tuples(st.just("send"), st.sets(st.integers(0, 2), min_size=1))
    | st.tuples(st.sampled_from(UNIT_ACTIONS), st.integers(0, UNITS - 1))
    | st.tuples(st.sampled_from(UNIT_ACTIONS[:4]), st.integers(0, UNITS - 1))  # more often
    | st.tuples(st.sampled_from(SEAT_ACTIONS), st.integers(0, 3)),
    max_size=30,
)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An upgraded database file to copy."""
    path = tmp_path_factory.mktemp("empty") / "empty.sqlite3"
    asyncio.run(schema.upgrade(f"sqlite+aiosqlite:///{path}"))
    return path


@settings(max_examples=25, deadline=None)
@given(steps=STEPS)
def test_no_sequence_of_actions_breaks_the_rows(empty: Path, steps: list[tuple[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "world.sqlite3"
        shutil.copyfile(empty, path)
        asyncio.run(play(path, steps))


async def play(path: Path, steps: list[tuple[str, Any]]) -> None:
    clock = ManualClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))
    database = Database(f"sqlite+aiosqlite:///{path}", InProcessBus(), clock)
    try:
        world = await build_world(database, clock)
        firms = [
            LinkageUnit(
                code=f"F{number}", name=f"演示{number}店", kind="家政服务", tier=3,
                form=UnitForm.FIRM, capabilities=["管道疏通"],
            )
            for number in range(2)
        ]  # fmt: skip
        async with database.writing() as work:
            work.session.add_all(firms)
        order = await world.draft()
        for name, detail in steps:
            before = await world.order(order.id)
            refusal = ""
            try:
                await take(world, firms, before, name, detail)
            except DomainError as error:
                refusal = error.message
            after = await world.order(order.id)
            assert not refusal or (refusal.endswith("。") and shape(before) == shape(after))
            await check(world, after)
    finally:
        await database.close()


async def take(
    world: World, firms: list[LinkageUnit], order: WorkOrder, name: str, detail: Any
) -> None:
    orders, who = world.orders, world.seat_user.id
    units = [world.water, world.fire, world.water_far, *firms]
    if name == "send":
        chosen = [units[number].id for number in detail]
        await orders.send(order.id, who, order.version, chosen)
    elif name in UNIT_ACTIONS:
        await unit_action(world, order, units[detail], name)
    else:
        seat: dict[str, Callable[[], Awaitable[Any]]] = {
            "edit": lambda: orders.edit(order.id, who, order.version, {"injured": detail}),
            "accept_sure": lambda: orders.accept_sure(order.id, who, order.version),
            "answer": lambda: orders.answer(order.id, who, order.version, "答"),
            "discard": lambda: orders.discard(order.id, who, order.version, "误"),
            "close": lambda: orders.close(order.id, who, order.version, CLOSING[detail]),
            "suspend": lambda: orders.suspend(order.id, who, order.version, "等"),
            "resume": lambda: orders.resume(order.id, who, order.version),
            "reopen": lambda: orders.reopen(order.id, who, order.version, "又"),
            "offer": lambda: offer(world, order),
            "suggest": lambda: world.suggest_again(order, f"{detail}级"),
        }
        # Ends are rare, else most sequences would be over at once.
        if name not in ("answer", "discard") or detail == 3:
            await seat[name]()


CLOSING = (
    Checked(),
    Checked(supervisor=True),
    Checked(opinion="unsatisfied"),
    Checked(supervisor=True, opinion="unsatisfied", note="已核"),
)


async def offer(world: World, order: WorkOrder) -> None:
    """Offer the order as a household service."""
    who, fields = world.seat_user.id, {"category_code": "S0102"}
    if order.status in (WorkOrderStatus.DRAFT, WorkOrderStatus.DISPATCHED):
        try:
            await world.orders.offer(order.id, who, order.version)
        except Conflict:
            await world.orders.edit(order.id, who, order.version, fields)


async def unit_action(world: World, order: WorkOrder, unit: LinkageUnit, name: str) -> None:
    orders, who = world.orders, world.seat_user.id
    for item in order.dispatch_orders:
        if item.unit_id != unit.id:
            continue
        if name == "recall":
            await orders.recall(item.id, actor_id=who, reason="派错")
        elif name == "redo":
            await orders.redo(item.id, actor_id=who, reason="不够")
        elif name == "reroute":
            to = world.fire if unit.id == world.water.id else world.water
            await orders.reroute(item.id, actor_id=who, unit_id=to.id, reason="更近")
        elif name == "reject":
            await orders.reject(item.id, unit_id=unit.id, actor_id=who, reason="不归我管")
        elif name == "feed_back":
            await orders.feed_back(item.id, unit_id=unit.id, actor_id=who, text="好")
        else:
            await getattr(orders, name)(item.id, unit_id=unit.id, actor_id=who)


def shape(order: WorkOrder) -> Any:
    return (
        (order.status, order.version, order.fields, order.field_states),
        [(item.unit_id, item.status) for item in order.dispatch_orders],
    )


async def check(world: World, order: WorkOrder) -> None:
    items = order.dispatch_orders
    assert len({item.unit_id for item in items}) == len(items)
    assert [item.position for item in items] == list(range(len(items)))
    counted = [item for item in items if item.status not in IDLE]
    done = [item for item in counted if item.status is DispatchStatus.FED_BACK]
    match order.status:
        case WorkOrderStatus.DRAFT:
            assert items == []
        case WorkOrderStatus.DISPATCHED | WorkOrderStatus.SUSPENDED:
            assert items
            assert not counted or done != counted
        case WorkOrderStatus.AWAITING_CHECK:
            assert counted
            assert done == counted
        case WorkOrderStatus.CLOSED:
            assert done == counted
            assert bool(order.checked_how) == bool(items)  # nothing sent is closed unchecked
        case WorkOrderStatus.CANCELLED:
            assert counted == []
    if order.status in (WorkOrderStatus.CLOSED, WorkOrderStatus.CANCELLED):
        assert order.closed_at is not None
    else:
        assert (order.closed_at, order.checked_how) == (None, "")
    assert (order.suspended_at is not None) == (order.status is WorkOrderStatus.SUSPENDED)
    assert sum(item.offer and item.status in WITH_FIRM for item in items) <= 1
    await check_trail(world, order, "draft", WORK_ORDER)
    for item in items:
        assert (lamp(item.status) is Lamp.GREEN) == bool(item.feedback)
        await check_trail(world, item, "created", DISPATCH)


async def check_trail(
    world: World, row: WorkOrder | DispatchOrder, start: str, machine: Any
) -> None:
    query = select(Transition).where(Transition.entity_id == row.id).order_by(Transition.id)
    async with world.database.reading() as session:
        moves = (await session.scalars(query)).all()
    assert [move.old for move in moves[:1]] in ([], [start])
    assert all(one.new == two.old for one, two in pairwise(moves))
    assert all(machine.table[move.old][move.trigger] == move.new for move in moves)
    assert row.status == (moves[-1].new if moves else start)
    accepted = 0
    for move in moves:
        accepted = 0 if move.trigger in ("send", "redo") else accepted + (move.trigger == "receive")
        assert accepted <= 1

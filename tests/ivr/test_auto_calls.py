"""Calls of the machine, through a real Asterisk to a provider that answers and presses keys."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import pytest
from sqlalchemy import select

from dispatch.orders import Orders
from dispatch.service import subscribe
from ivr.auto_calls import SCRIPTS
from models.clock import ManualClock
from models.database import Database
from models.states import DispatchStatus, WorkOrderStatus
from models.tables import DispatchOrder, Incident, LinkageUnit, WorkOrder
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from tests.support.asterisk import asterisk_config, eventually, running
from tests.support.ports import port_base
from tests.support.provider import Answered, Provider, provider
from tests.support.telephony import Desk, People, telephony_at

pytestmark = pytest.mark.asterisk

SOUNDS = sorted(
    {
        name
        for script in SCRIPTS.values()
        for name in (*script.before, *script.after, *script.said.values())
    }
)


class Reader:
    """Reads every text as one second of sound; keeps the texts."""

    def __init__(self, folder: Path) -> None:
        self.texts: list[str] = []
        self._path = folder / "read.wav"
        sound(self._path, 1.0)

    async def speak(self, text: str) -> Path:
        self.texts.append(text)
        return self._path


def sound(path: Path, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(b"\x00\x10" * int(8000 * seconds))


@asynccontextmanager
async def centre(
    tmp_path: Path, database: Database, clock: ManualClock
) -> AsyncIterator[tuple[Desk, Provider]]:
    """A telephony with a trunk outward, and the provider at its end."""
    for name in SOUNDS:
        sound(tmp_path / "sounds" / "zh" / f"{name}.wav", 0.2)
    subscribe(database.bus, Orders(database, clock))
    with port_base() as base:
        async with provider() as far:
            config = asterisk_config(
                tmp_path,
                base,
                sounds_dir=tmp_path / "sounds",
                trunk_proxy=f"127.0.0.1:{far.port}",
            )
            async with (
                running(config),
                telephony_at(config, database, clock, trunk=True, speaker=Reader(tmp_path)) as desk,
            ):
                yield desk, far


async def sent_order(desk: Desk, clock: ManualClock, phone: str) -> UUID:
    """An order that was sent to a unit with nothing but a telephone; its dispatch order."""
    unit = LinkageUnit(
        code="V1", name="青竹口供水站", kind="供水", tier=3, duty_phone=phone, voice_dispatch=True
    )
    order = WorkOrder(
        number="GD20260301-0001",
        incident=Incident(number="JQ20260301-0001", opened_at=clock.now()),
        queue_code="96345",
        fields={"address": "南苑小区12栋", "summary": "水管爆裂", "contact_phone": "13800001111"},
        field_states={},
        created_at=clock.now(),
        dispatch_orders=[],
    )
    async with desk.database.writing() as work:
        work.session.add_all([unit, order])
    orders = Orders(desk.database, clock)
    sent = await orders.send(order.id, uuid4(), order.version, [unit.id])
    return sent.dispatch_orders[0].id


async def answered(far: Provider, number: str) -> Answered:
    async def check() -> bool:
        return any(call.number == number for call in far.calls)

    await eventually(check, f"a call to {number}", 20)
    return next(call for call in far.calls if call.number == number)


async def auto_call(desk: Desk, kind: AutoCallKind) -> AutoCall:
    async with desk.database.reading() as session:
        return (await session.scalars(select(AutoCall).where(AutoCall.kind == kind))).one()


async def becomes(desk: Desk, kind: AutoCallKind, status: AutoCallStatus) -> AutoCall:
    async def check() -> bool:
        return (await auto_call(desk, kind)).status is status

    await eventually(check, f"a call that is {status}", 30)
    return await auto_call(desk, kind)


async def lamp_becomes(desk: Desk, dispatch_id: UUID, status: DispatchStatus) -> DispatchOrder:
    found: list[DispatchOrder] = []

    async def check() -> bool:
        async with desk.database.reading() as session:
            found[:] = [await session.get_one(DispatchOrder, dispatch_id)]
        return found[0].status is status

    await eventually(check, f"a dispatch order that is {status}")
    return found[0]


@pytest.mark.parametrize(
    ("key", "status"), [("1", DispatchStatus.RECEIVED), ("2", DispatchStatus.REJECTED)]
)
async def test_a_key_on_the_telephone_moves_the_lamp(
    database: Database,
    people: People,
    clock: ManualClock,
    tmp_path: Path,
    key: str,
    status: DispatchStatus,
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        dispatch_id = await sent_order(desk, clock, "057812345")
        call = await answered(far, "057812345")

        async def reads() -> bool:  # the order's own second of sound has begun
            return len(call.heard) > 8000

        await eventually(reads, "the order to be read")
        await call.press(key)
        row = await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.DONE)
        assert row.key == key
        assert "南苑小区12栋" in row.text
        assert "13800001111" in row.text
        item = await lamp_becomes(desk, dispatch_id, status)
        assert (item.received_at is None) == (key == "2")
        with anyio.fail_after(20):
            await call.ended.wait()


async def test_nobody_there_is_tried_again_and_given_up(
    database: Database, people: People, clock: ManualClock, tmp_path: Path
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        far.answers["057812345"] = 486
        dispatch_id = await sent_order(desk, clock, "057812345")
        script = SCRIPTS[AutoCallKind.DISPATCH]
        for turn in range(1, script.tries + 1):

            async def tried(turn: int = turn) -> bool:
                row = await auto_call(desk, AutoCallKind.DISPATCH)
                return row.tries == turn and row.status is not AutoCallStatus.DIALLING

            await eventually(tried, f"try {turn}", 20)
            clock.advance(script.retry_after)
        await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.FAILED)
        assert len(far.refused) == script.tries
        await lamp_becomes(desk, dispatch_id, DispatchStatus.SENT)


async def test_an_order_that_is_answered_otherwise_is_not_read(
    database: Database, people: People, clock: ManualClock, tmp_path: Path
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        far.answers["057812345"] = 486
        dispatch_id = await sent_order(desk, clock, "057812345")
        await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.DUE)

        async def once() -> bool:
            return (await auto_call(desk, AutoCallKind.DISPATCH)).tries == 1

        await eventually(once, "a first try")
        async with desk.database.reading() as session:
            item = await session.get_one(DispatchOrder, dispatch_id)
        await Orders(desk.database, clock).receive(
            dispatch_id, unit_id=item.unit_id, actor_id=uuid4()
        )
        clock.advance(timedelta(minutes=1))
        await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.CANCELLED)
        assert len(far.refused) == 1


async def test_the_caller_is_asked_about_the_result(
    database: Database, people: People, clock: ManualClock, tmp_path: Path
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        dispatch_id = await sent_order(desk, clock, "057812345")
        far.answers["057812345"] = 486
        orders = Orders(desk.database, clock)
        async with desk.database.reading() as session:
            item = await session.get_one(DispatchOrder, dispatch_id)
        await orders.receive(dispatch_id, unit_id=item.unit_id, actor_id=uuid4())
        await orders.feed_back(
            dispatch_id, unit_id=item.unit_id, actor_id=uuid4(), text="已更换水管"
        )
        async with desk.database.reading() as session:
            order = await session.get_one(WorkOrder, item.work_order_id)
        await orders.close(order.id, uuid4(), order.version)
        row = await auto_call(desk, AutoCallKind.REVIEW)
        # 20:00 at the centre's place by the test's clock: callers are asked in the morning.
        assert row.due_at.hour == 1
        clock.advance(row.due_at - clock.now())
        call = await answered(far, "13800001111")

        async def asked() -> bool:
            return len(call.heard) > 1000

        await eventually(asked, "the question")
        await call.press("2")

        async def told() -> bool:
            async with desk.database.reading() as session:
                found = await session.get_one(WorkOrder, item.work_order_id)
            assert found.status is WorkOrderStatus.CLOSED
            return found.review == "unsatisfied"

        await eventually(told, "the caller's opinion on the order")


async def test_calls_that_asterisk_lost_are_placed_again(
    database: Database, people: People, clock: ManualClock, tmp_path: Path
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        far.answers["057812345"] = 486
        await sent_order(desk, clock, "057812345")
        await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.DUE)
        async with desk.database.writing() as work:
            row = (await work.session.scalars(select(AutoCall))).one()
            row.status = AutoCallStatus.DIALLING  # as a crash leaves it
        await desk.telephony.auto_calls.compare([])
        row = await auto_call(desk, AutoCallKind.DISPATCH)
        assert row.status is AutoCallStatus.DUE


@pytest.mark.parametrize("number", ["1&PJSIP/8001", "1,2", "1@127.0.0.1:9", "x" * 30])
async def test_a_number_that_is_none_is_not_dialled(
    database: Database, people: People, clock: ManualClock, tmp_path: Path, number: str
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        await sent_order(desk, clock, number)
        row = await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.CANCELLED)
        assert (row.tries, far.refused, far.calls) == (0, [], [])

"""Calls of the machine, through a real Asterisk to a provider that answers and presses keys."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import pytest
from sqlalchemy import select

from dispatch.limits import rules
from dispatch.marks.rules import ensure_rules
from dispatch.marks.spot_checks import SpotChecks
from dispatch.orders import Orders
from dispatch.reactions import Reactions
from dispatch.sender import Sender
from dispatch.sweeper import Sweeper
from ivr.auto_calls import SCRIPTS
from models.clock import ManualClock
from models.database import Database
from models.deadline_tables import NoticeStep, SlaNotice
from models.events import AutoCallChanged
from models.kinds import Role
from models.marks_states import SpotCheckStatus
from models.marks_tables import Mark, SpotCheck
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus, WorkOrderStatus
from models.tables import LinkageUnit, User
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from tests.support.asterisk import eventually
from tests.support.auto_calls import (
    Reader,
    answered,
    auto_call,
    becomes,
    centre,
    lamp_becomes,
    sent_order,
)
from tests.support.provider import Answered, Provider
from tests.support.telephony import Desk, People

pytestmark = pytest.mark.asterisk


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

            await eventually(tried, f"try {turn}", 30)
            clock.advance(script.retry_after)
        await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.FAILED)
        assert len(far.refused) == script.tries
        await lamp_becomes(desk, dispatch_id, DispatchStatus.SENT)


async def tried_once(desk: Desk) -> None:
    """The first try of an order's call has come to its end."""

    async def check() -> bool:
        row = await auto_call(desk, AutoCallKind.DISPATCH)
        return (row.tries, row.status) == (1, AutoCallStatus.DUE)

    await eventually(check, "a first try", 30)


async def test_an_order_that_is_answered_otherwise_is_not_read(
    database: Database, people: People, clock: ManualClock, tmp_path: Path
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        far.answers["057812345"] = 486
        dispatch_id = await sent_order(desk, clock, "057812345")
        await tried_once(desk)
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
        await duty_is_checked(desk, far, clock, item.unit_id)


async def duty_is_checked(desk: Desk, far: Provider, clock: ManualClock, unit_id: UUID) -> None:
    """A unit that does not answer, one whose line is out of order, and one that presses a key."""
    await ensure_rules(desk.database, clock)
    checks = SpotChecks(desk.database, clock)
    tries = SCRIPTS[AutoCallKind.SPOT_CHECK].tries
    boss = await supervisor(desk, clock)
    for answer, status in (
        (480, SpotCheckStatus.MISSED),
        (503, SpotCheckStatus.VOID),
        (200, SpotCheckStatus.ANSWERED),
    ):
        far.answers["057812345"] = answer
        before = len(far.refused)
        check_id = (await checks.ask(unit_id, boss, "")).id
        if answer == 200:
            call = await answered(far, "057812345")

            async def asked(call: Answered = call) -> bool:
                return len(call.heard) > 1000

            await eventually(asked, "the question", 30)
            await call.press("1")
        for turn in range(1, tries + 1 if answer != 200 else 1):

            async def tried(turn: int = turn, before: int = before) -> bool:
                async with desk.database.reading() as session:
                    waits = await session.scalar(
                        select(AutoCall.id).where(AutoCall.status == AutoCallStatus.DIALLING)
                    )
                return len(far.refused) == before + turn and waits is None

            await eventually(tried, f"try {turn} of a check", 30)
            clock.advance(SCRIPTS[AutoCallKind.SPOT_CHECK].retry_after)

        async def concluded(check_id: UUID = check_id, wanted: SpotCheckStatus = status) -> bool:
            await checks.sweep()
            async with desk.database.reading() as session:
                found = await session.get_one(SpotCheck, check_id)
            assert found.status in (SpotCheckStatus.CALLING, wanted), found.note
            return found.status is wanted

        await eventually(concluded, f"a check that is {status}", 30)
    async with desk.database.reading() as session:
        [mark] = (await session.scalars(select(Mark))).all()
    assert (mark.rule_code, mark.unit_id) == ("duty_missed", unit_id)


async def supervisor(desk: Desk, clock: ManualClock) -> UUID:
    """Somebody who checks."""
    user = User(
        username="banzhang",
        display_name="演示班长",
        password_hash="-",
        role=Role.SUPERVISOR,
        unit_id=None,
        created_at=clock.now(),
    )
    async with desk.database.writing() as work:
        work.session.add(user)
    return user.id


async def test_a_leader_is_told_of_a_late_unit_and_takes_note_by_a_key(
    database: Database, people: People, clock: ManualClock, tmp_path: Path
) -> None:
    database.follow(Reactions(rules(), lambda _: None).follow)
    Sender(database, clock, {}, texts=False).subscribe(database.bus)
    async with centre(tmp_path, database, clock) as (desk, far):
        far.answers["057812345"] = 486  # nobody at the unit
        dispatch_id = await sent_order(desk, clock, "057812345")
        async with desk.database.writing() as work:
            item = await work.session.get_one(DispatchOrder, dispatch_id)
            unit = await work.session.get_one(LinkageUnit, item.unit_id)
            unit.leader_phone = "057854321"
        clock.advance(timedelta(minutes=4))  # to be received in 2 min, the leader 1 min later
        await Sweeper(database, clock, rules()).sweep()
        call = await answered(far, "057854321")

        async def reads() -> bool:  # what it is about has begun
            return len(call.heard) > 8000

        await eventually(reads, "the notice to be read")
        await call.press("1")

        async def noted() -> bool:
            async with database.reading() as session:
                query = select(AutoCall).where(AutoCall.number == "057854321")
                row = (await session.scalars(query)).one()
                notice = await session.get_one(SlaNotice, row.subject_id)
            if row.status is not AutoCallStatus.DONE:
                return False
            assert row.kind is AutoCallKind.NOTICE
            assert "现已超时" in row.text
            return (notice.step, notice.seen_at) == (NoticeStep.LEADER, clock.now())

        await eventually(noted, "the leader's note", 30)
        with anyio.fail_after(20):
            await call.ended.wait()


class SlowReader(Reader):
    """Never comes to the end of any text."""

    async def speak(self, text: str) -> Path:
        await anyio.sleep_forever()
        return self._path


async def test_a_text_that_takes_too_long_holds_up_no_call(
    database: Database,
    people: People,
    clock: ManualClock,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("ivr.auto_calls.SPOKEN_WITHIN_SECONDS", 3.0)
    async with centre(tmp_path, database, clock, SlowReader(tmp_path)) as (desk, far):
        dispatch_id = await sent_order(desk, clock, "057812345")
        await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.DIALLING)
        async with database.writing() as work:
            asked = AutoCall(
                kind=AutoCallKind.REVIEW,
                subject_id=uuid4(),
                number="13800001111",
                text="",
                due_at=clock.now(),
                created_at=clock.now(),
                ended_at=None,
            )
            work.session.add(asked)
            work.emit(AutoCallChanged(asked.id, asked.subject_id))
        await answered(far, "13800001111")
        call = await answered(far, "057812345")  # and the unit without the words
        assert [one.number for one in far.calls] == ["13800001111", "057812345"]

        async def asked_for_a_key() -> bool:
            return len(call.heard) > 1000

        await eventually(asked_for_a_key, "the question")
        await call.press("1")
        await lamp_becomes(desk, dispatch_id, DispatchStatus.RECEIVED)


async def test_calls_that_asterisk_lost_are_placed_again(
    database: Database, people: People, clock: ManualClock, tmp_path: Path
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        far.answers["057812345"] = 486
        await sent_order(desk, clock, "057812345")
        await tried_once(desk)
        async with desk.database.writing() as work:
            row = (await work.session.scalars(select(AutoCall))).one()
            row.status = AutoCallStatus.DIALLING  # as a crash leaves it

        async def none() -> list[str]:
            return []

        async def is_due() -> bool:  # once the first try is out of hand
            await desk.telephony.auto_calls.compare(none)
            return (await auto_call(desk, AutoCallKind.DISPATCH)).status is AutoCallStatus.DUE

        await eventually(is_due, "a call that is placed again", 30)


@pytest.mark.parametrize("number", ["1&PJSIP/8001", "1,2", "1@127.0.0.1:9", "x" * 30])
async def test_a_number_that_is_none_is_not_dialled(
    database: Database, people: People, clock: ManualClock, tmp_path: Path, number: str
) -> None:
    async with centre(tmp_path, database, clock) as (desk, far):
        await sent_order(desk, clock, number)
        row = await becomes(desk, AutoCallKind.DISPATCH, AutoCallStatus.CANCELLED)
        assert (row.tries, far.refused, far.calls) == (0, [], [])

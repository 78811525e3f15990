"""The same outcome whichever Asterisk tells first, where it promises no order."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import permutations

import anyio
import pytest

from ivr.ami_events import (
    BridgeEntered,
    CallerJoined,
    ChannelHungUp,
    DialEnded,
    DialplanNotice,
    MemberAdded,
    OriginateEnded,
)
from ivr.auto_calls import SCRIPTS, AutoCalls
from ivr.beside import Mode
from ivr.call_out import CallOut
from ivr.calls import Calls
from ivr.supervision import Supervision
from ivr.switchboard import Switchboard
from ivr.waiting import Waiting
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict
from models.events import AutoCallChanged, CallAnswered
from models.kinds import Device, LegRole, Role
from models.states import AgentState, CallStatus
from models.tables import Call, Seat, User
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from tests.support.ami import FarEnd, ami_session, shown
from tests.support.seat_rows import ONE, SeatRows
from tests.support.telephony import People

pytestmark = pytest.mark.integration

NUMBER, FAR = "13800000009", "PJSIP/trunk-00000009"


@pytest.fixture
def rows(database: Database, clock: ManualClock, people: People) -> SeatRows:
    return SeatRows(database, clock, people)


# --- calls from seats --------------------------------------------------------------------------

Tell = Callable[[CallOut, str], Awaitable[None]]


async def _seat_dialled(out: CallOut, linkedid: str) -> None:
    await out.dialled(DialEnded("", linkedid, ONE, "ANSWER"))


async def _originated(out: CallOut, linkedid: str) -> None:
    await out.originated(OriginateEnded(ONE, linkedid, ok=True))


async def _number_dialled(out: CallOut, linkedid: str) -> None:
    await out.dialled(DialEnded(ONE, linkedid, FAR, "BUSY"))


async def _number_answered(out: CallOut, linkedid: str) -> None:
    await out.dialled(DialEnded(ONE, linkedid, FAR, "ANSWER"))


@asynccontextmanager
async def placed(rows: SeatRows) -> AsyncIterator[tuple[CallOut, Call]]:
    """A call that the first seat places; its own device rings."""
    async with ami_session() as session:
        out = rows.call_out(session.ami)
        await rows.sit()
        yield out, await out.place(rows.people.one.id, NUMBER)


async def _hang_up(out: CallOut, calls: Calls, call: Call, channel: str = ONE) -> None:
    uniqueid = call.linkedid if channel == ONE else "far"
    event = ChannelHungUp(channel, uniqueid, call.linkedid, 16)
    await out.hung_up(event)
    await calls.hang_up(event)


@pytest.mark.parametrize(
    "order",
    [
        (_seat_dialled, _originated, _number_dialled),
        (_seat_dialled, _number_dialled, _originated),
        (_number_dialled, _originated),
        (_number_dialled,),
    ],
)
async def test_a_busy_number_leaves_its_seat_in_wrap_up(
    rows: SeatRows, order: tuple[Tell, ...]
) -> None:
    async with placed(rows) as (out, call):
        for tell in order:
            await tell(out, call.linkedid)
        await _hang_up(out, rows.calls, call)
        await _originated(out, call.linkedid)  # the last that is told, and too late for anything
        ended = await rows.call(call.id)
        assert (ended.status, ended.end_reason) == (CallStatus.ABANDONED, "busy")
        assert (await rows.states())[0] is AgentState.WRAP_UP
        assert rows.legs == [(LegRole.AGENT, ONE)]


@pytest.mark.parametrize("order", [*permutations((_seat_dialled, _originated, _number_answered))])
async def test_a_number_that_answers_is_answered_by_its_seat(
    rows: SeatRows, order: tuple[Tell, ...]
) -> None:
    async with placed(rows) as (out, call):
        states: list[AgentState] = []

        async def answered(_: CallAnswered) -> None:
            states.append((await rows.states())[0])

        rows.database.bus.subscribe(CallAnswered, answered)
        for tell in order:
            await tell(out, call.linkedid)
        assert states == [AgentState.ON_CALL]
        assert (await rows.call(call.id)).channel == FAR
        assert sorted(rows.legs) == [(LegRole.AGENT, ONE), (LegRole.CALLER, FAR)]
        await _hang_up(out, rows.calls, call, FAR)
        assert (await rows.call(call.id)).status is CallStatus.ENDED
        assert (await rows.states())[0] is AgentState.WRAP_UP


async def test_a_seat_that_does_not_lift_its_receiver_is_paused(
    rows: SeatRows,
) -> None:
    async with placed(rows) as (out, call):
        await out.dialled(DialEnded("", call.linkedid, ONE, "BUSY"))
        assert (await rows.states())[0] is AgentState.RINGING
        await _hang_up(out, rows.calls, call)
        await out.originated(OriginateEnded(ONE, call.linkedid, ok=False))
        assert (await rows.states())[0] is AgentState.PAUSED
        assert (await rows.call(call.id)).end_reason == "seat did not answer"
        assert rows.legs == []


# --- a supervisor who takes a call over --------------------------------------------------------

BOSS = "PJSIP/8003-00000003"


async def test_who_has_just_taken_a_call_is_not_sent_to_listen(rows: SeatRows) -> None:
    boss = User(
        username="boss",
        display_name="boss",
        password_hash="-",
        role=Role.SUPERVISOR,
        created_at=rows.clock.now(),
    )
    async with rows.database.writing() as work:
        work.session.add(boss)
        work.session.add(Seat(code="8003", name="班长席", queue_codes=[], sip_secret="-"))
    one, _ = await rows.sit()
    call = await rows.answered(one)
    mine = await rows.agents.sign_in(boss, "8003", Device.PHONE)
    far_end = FarEnd()
    far_end.answers["CoreShowChannels"] = shown(call, "b", call.channel, ONE, BOSS)
    async with ami_session(far_end=far_end) as session:
        supervision = Supervision(
            rows.database, session.ami, rows.agents, rows.clock, lambda call_id: None
        )
        refused: list[str] = []

        async def taken(_: CallAnswered) -> None:
            with pytest.raises(Conflict) as conflict:
                await supervision.supervise(boss.id, one.id, Mode.LISTEN)
            refused.append(str(conflict.value))

        rows.database.bus.subscribe(CallAnswered, taken)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(supervision.supervise, boss.id, one.id, Mode.BARGE)
            await session.until(
                lambda: any(act["Action"] == "Originate" for act in far_end.actions)
            )
            beside = supervision.of_user(boss.id)
            assert beside is not None
            await supervision.originate_ended(OriginateEnded(BOSS, beside.channel_id, ok=True))
            await supervision.entered(BridgeEntered("b", BOSS, beside.channel_id, call.linkedid, 3))
            assert beside.bridged.is_set()
        await supervision.hung_up(ChannelHungUp(ONE, "one", call.linkedid, 16))
        assert (await rows.call(call.id)).agent_session_id == mine.id
        assert len(refused) == 1
        assert "正在通话" in refused[0]
        assert not [act for act in far_end.actions if act["Action"] in ("Redirect", "Hangup")]


# --- automatic calls ---------------------------------------------------------------------------


async def test_the_end_of_a_try_is_not_that_of_the_next(
    rows: SeatRows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.auto_calls.CHANNEL_SECONDS", 0.0)
    row = rows.review()

    async def now() -> tuple[AutoCallStatus, int]:
        async with rows.database.reading() as session:
            found = await session.get_one(AutoCall, row.id)
        return found.status, found.tries

    async with ami_session() as session, anyio.create_task_group() as tasks:
        calls = AutoCalls(rows.database, rows.clock, Switchboard(session.ami), None, lambda: True)
        placed = session.far_end.actions

        def channel(number: int) -> str:
            made = [act["ChannelId"] for act in placed if act["Action"] == "Originate"]
            return made[number] if len(made) > number else ""

        async with rows.database.writing() as work:
            work.session.add(row)
        tasks.start_soon(calls.run)
        await session.until(lambda: bool(channel(0)), 30)
        first = ChannelHungUp("PJSIP/trunk-1", channel(0), channel(0), 17)
        await calls.hung_up(first)
        assert await now() == (AutoCallStatus.DUE, 1)
        rows.clock.advance(SCRIPTS[AutoCallKind.REVIEW].retry_after)
        await rows.database.bus.publish(AutoCallChanged(row.id, row.subject_id))
        await session.until(lambda: bool(channel(1)), 30)
        # What is told of the first try now changes nothing of the second.
        await calls.originate_ended(OriginateEnded("", channel(0), ok=False))
        await calls._end_unanswered()
        await calls.hung_up(first)
        assert await now() == (AutoCallStatus.DIALLING, 2)
        await calls.originate_ended(OriginateEnded("", channel(1), ok=False))
        await calls._end_unanswered()
        assert await now() == (AutoCallStatus.DUE, 2)
        tasks.cancel_scope.cancel()


# --- callers whom nobody serves ----------------------------------------------------------------


async def test_a_seat_that_comes_gets_the_callers_who_are_still_there(rows: SeatRows) -> None:
    async with ami_session() as session:
        waiting = Waiting(rows.database, session.ami, rows.calls, rows.clock)
        session.far_end.answers["Redirect"] = (
            "Response: Error\nActionID: ID\nMessage: Channel does not exist: x\n\n"
        )
        for number in (1, 2):
            channel, linkedid = f"PJSIP/trunk-{number:08}", f"yihu-{number}.1"
            await rows.calls.join(CallerJoined("110", channel, linkedid, "1", "110", number))
            await waiting.noticed(DialplanNotice("YihuMessage", channel, linkedid, "", ""))
        await waiting.seat_came(MemberAdded("110", "PJSIP/8001"))
        redirected = [act for act in session.far_end.actions if act["Action"] == "Redirect"]
        assert [act["Channel"][-1] for act in redirected] == ["1", "2"]

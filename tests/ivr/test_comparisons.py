"""Rows compared with Asterisk in the middle of something: what is only beginning is left alone."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest
from sqlalchemy import select

from ivr.ami_events import AmiUp, CallerJoined
from ivr.auto_calls import AutoCalls
from ivr.hand_over_targets import Target
from ivr.hand_overs import HandOvers
from ivr.journal import Journal
from ivr.reconcile import reconcile
from ivr.switchboard import Switchboard
from models.clock import ManualClock
from models.database import Database
from models.states import AgentState, CallStatus
from models.tables import Call
from models.telephony_states import AutoCallStatus, HandOverStatus
from models.telephony_tables import AutoCall, HandOverKind
from tests.support.ami import Session, ami_session, shown
from tests.support.asterisk import eventually
from tests.support.seat_rows import ONE, SeatRows
from tests.support.telephony import People

pytestmark = pytest.mark.integration

NUMBER = "13800000009"


@pytest.fixture
def rows(database: Database, clock: ManualClock, people: People) -> SeatRows:
    return SeatRows(database, clock, people)


async def test_two_who_are_about_to_be_connected_are_looked_at_again(rows: SeatRows) -> None:
    one, _ = await rows.sit()
    joined = CallerJoined("110", "PJSIP/trunk-00000001", "yihu-1.1", "1", "110", position=1)
    call = await rows.calls.join(joined)
    again: list[str] = []
    async with ami_session() as session:
        for bridge, status in (("", CallStatus.QUEUED), ("b", CallStatus.ANSWERED)):
            session.far_end.answers["CoreShowChannels"] = shown(call, bridge, call.channel, ONE)
            await reconcile(
                rows.database,
                session.ami,
                rows.calls,
                rows.agents,
                rows.clock,
                lambda stream: True,
                no_journal,
                unsure=partial(again.append, bridge),
            )
            assert (await rows.call(call.id)).status is status
    assert again == [""]
    assert (await rows.call(call.id)).agent_session_id == one.id


async def _asked(session: Session) -> str:
    """The id of the one Originate that waits for its answer."""

    def ids() -> list[str]:
        return [a["ActionID"] for a in session.far_end.actions if a["Action"] == "Originate"]

    await session.until(lambda: bool(ids()))
    return ids()[0]


async def test_a_call_that_has_no_channel_yet_is_not_gone(rows: SeatRows) -> None:
    async with ami_session() as session, anyio.create_task_group() as tasks:
        session.far_end.answers["Originate"] = ""
        out = rows.call_out(session.ami)
        await rows.sit()

        async def compare() -> CallStatus:
            await reconcile(
                rows.database,
                session.ami,
                rows.calls,
                rows.agents,
                rows.clock,
                lambda stream: True,
                no_journal,
                out.placing,
            )
            async with rows.database.reading() as reading:
                return (await reading.scalars(select(Call))).one().status

        tasks.start_soon(out.place, rows.people.one.id, NUMBER)
        asked = await _asked(session)
        assert await compare() is CallStatus.RECEIVED
        assert (await rows.states())[0] is AgentState.RINGING
        await session.far_end.send(f"Response: Success\nActionID: {asked}\n\n")
        await session.until(lambda: not out.placing)
        assert await compare() is CallStatus.ABANDONED


async def no_journal(linkedid: str) -> Journal | None:
    return None


async def test_a_hand_over_that_has_no_channel_yet_is_not_over(rows: SeatRows) -> None:
    async with ami_session() as session, anyio.create_task_group() as tasks:
        session.far_end.answers["Originate"] = ""
        hand_overs = HandOvers(
            rows.database,
            session.ami,
            rows.calls,
            rows.agents,
            rows.clock,
            outward=False,
            open_leg=lambda call, role, channel: None,
        )
        one, _ = await rows.sit()
        call = await rows.answered(one)
        tasks.start_soon(
            hand_overs.begin, one.user_id, call.id, HandOverKind.CONSULT, Target(seat_code="8002")
        )
        asked = await _asked(session)
        await hand_overs.moves.came_up(AmiUp())
        [made] = await hand_overs.mine(one.user_id)
        assert (made.status, await rows.states()) == (
            HandOverStatus.OFFERED,
            (AgentState.ON_CALL, AgentState.RINGING),
        )
        await session.far_end.send(f"Response: Success\nActionID: {asked}\n\n")
        await session.until(lambda: not hand_overs.moves.placing)
        await hand_overs.moves.came_up(AmiUp())
        assert (await rows.hand_over(made.id)).status is HandOverStatus.KEPT


class Slow:
    """Takes its time to speak, until told to go on."""

    def __init__(self) -> None:
        self.asked, self.go_on = anyio.Event(), anyio.Event()

    async def speak(self, text: str) -> Path | None:
        self.asked.set()
        await self.go_on.wait()
        return None


async def test_a_comparison_leaves_a_call_alone_whose_text_is_being_spoken(rows: SeatRows) -> None:
    row = rows.review("你好")
    async with rows.database.writing() as work:
        work.session.add(row)

    async def nobody() -> list[str]:
        return []

    async def status() -> AutoCallStatus:
        async with rows.database.reading() as session:
            return (await session.get_one(AutoCall, row.id)).status

    slow = Slow()
    async with ami_session() as session, anyio.create_task_group() as tasks:
        calls = AutoCalls(rows.database, rows.clock, Switchboard(session.ami), slow, lambda: True)
        tasks.start_soon(calls.run)
        with anyio.fail_after(30):
            await slow.asked.wait()
        await calls.compare(nobody)
        assert await status() is AutoCallStatus.DIALLING
        slow.go_on.set()

        async def given_up() -> bool:  # placed, and Asterisk knows nothing of it
            await calls.compare(nobody)
            return await status() is AutoCallStatus.DUE

        await eventually(given_up, "a call that is placed again", 30)
        assert [act["Action"] for act in session.far_end.actions].count("Originate") == 1
        tasks.cancel_scope.cancel()

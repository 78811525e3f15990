"""Rows of lost seats, silent callers and holds, moved by events, on both databases."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from ivr.agi import FrontRequest, Next
from ivr.ami_events import (
    AgentConnected,
    CallerJoined,
    ChannelHungUp,
    ContactStatus,
    HoldChanged,
    KeyReceived,
)
from ivr.calls import Loss
from ivr.lost_voice import endpoint_of
from models.clock import ManualClock
from models.database import Database
from models.errors import NotFound, Unavailable
from models.events import CallChanged, KeyPressed, TranscriptGrew
from models.kinds import LegRole, SpeechState
from models.states import AgentState, CallStatus
from models.tables import Call
from tests.support import both_databases
from tests.support.seat_rows import ONE, TWO, SeatRows
from tests.support.spoken import utterance
from tests.support.telephony import People

database = both_databases.database  # on SQLite and PostgreSQL


@pytest.fixture
def rows(database: Database, clock: ManualClock, people: People) -> SeatRows:
    return SeatRows(database, clock, people)


# --- lost seats --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lost", "state"), [(Loss.VOICE, AgentState.READY), (Loss.DEVICE, AgentState.PAUSED)]
)
async def test_lost_seat_gives_its_caller_back(
    rows: SeatRows, lost: Loss, state: AgentState
) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    first_answer = call.answered_at
    rows.clock.advance(timedelta(seconds=9))
    await rows.hang_up(call, ONE, lost)
    assert (await rows.states())[0] is state
    again = CallerJoined("110", call.channel, call.linkedid, "1", "110", position=1)
    assert (await rows.calls.join(again)).status is CallStatus.QUEUED
    await rows.calls.join(again)
    taken, _ = await rows.calls.answer(
        AgentConnected("110", call.linkedid, call.channel, TWO, "PJSIP/8002", str(two.id))
    )
    assert taken is not None
    assert (taken.id, taken.agent_session_id) == (call.id, two.id)
    assert taken.answered_at == first_answer


async def test_what_becomes_of_a_caller_whose_seat_is_gone(rows: SeatRows) -> None:
    one, two = await rows.sit()

    async def after(call: Call) -> Next:
        request = FrontRequest(call.channel, call.linkedid, "1", call.dialled)
        return await rows.lost_voice.after(request)

    emergency = await rows.answered(one)
    other = await rows.answered(two, number=2, queue="96345", channel=TWO)
    for call, channel in ((emergency, ONE), (other, TWO)):
        ended = ChannelHungUp(channel, "x", call.linkedid, 16)
        assert rows.lost_voice.loss(ended) is None
        await rows.calls.hang_up(ended)
    assert await after(emergency) is Next.END
    assert await after(other) is Next.USUAL
    failed = ChannelHungUp(TWO, "x", other.linkedid, 44)
    assert rows.lost_voice.loss(failed) is Loss.VOICE
    assert await after(other) is Next.QUEUE
    await rows.lost_voice.contact_changed(ContactStatus("8002", "Removed"))
    assert rows.lost_voice.loss(failed) is Loss.DEVICE
    await rows.lost_voice.contact_changed(ContactStatus("8002", "Reachable"))
    assert rows.lost_voice.loss(failed) is Loss.VOICE
    unknown = FrontRequest("PJSIP/x", "nothing", "", "110")
    assert await rows.lost_voice.after(unknown) is Next.USUAL


@pytest.mark.parametrize(
    ("channel", "endpoint"),
    [
        ("PJSIP/8001-web-0000002a", "8001-web"),
        ("PJSIP/8001-0000002a", "8001"),
        ("", ""),
        ("PJSIP/8001", ""),
        ("Local/x@y-1;2", "x@y"),
    ],
)
def test_endpoint_of_a_channel(channel: str, endpoint: str) -> None:
    assert endpoint_of(channel) == endpoint


# --- silence, hold, keys -----------------------------------------------------------------------


async def spoken(rows: SeatRows, call: Call, role: LegRole) -> None:
    values = {"role": role, "stream_id": UUID(int=1 + (role is LegRole.CALLER))}
    async with rows.database.writing() as work:
        work.session.add(utterance(call.id, "喂", rows.clock.now(), **values))


async def test_silent_emergency_call_is_shown_until_the_caller_speaks(rows: SeatRows) -> None:
    one, two = await rows.sit()
    call = await rows.answered(one)
    ordinary = await rows.answered(two, number=2, queue="96345", channel=TWO)
    await rows.silence.look()
    rows.clock.advance(timedelta(seconds=11))
    await rows.silence.look()
    assert not rows.silence.is_silent(call.id)  # nobody writes it down: nobody knows
    for each in (call, ordinary):
        await rows.calls.set_speech(each.id, SpeechState.LIVE)
    await spoken(rows, call, LegRole.AGENT)
    rows.events.clear()
    await rows.silence.look()
    await rows.silence.look()
    assert rows.silence.is_silent(call.id)
    assert not rows.silence.is_silent(ordinary.id)
    assert rows.events == [CallChanged(call.id)]
    rows.partials = [TranscriptGrew(call.id, UUID(int=9), LegRole.CALLER, 0, "喂")]
    await rows.silence.look()
    assert not rows.silence.is_silent(call.id)
    rows.partials = []
    await rows.silence.look()
    assert rows.silence.is_silent(call.id)
    await spoken(rows, call, LegRole.CALLER)
    await rows.silence.look()
    assert not rows.silence.is_silent(call.id)
    with pytest.raises(Unavailable):
        await rows.silence.ask_key(rows.people.one.id, call.id)
    with pytest.raises(NotFound):
        await rows.silence.ask_key(rows.people.two.id, call.id)


async def test_hold_and_keys(rows: SeatRows) -> None:
    one, _ = await rows.sit()
    call = await rows.answered(one)
    held = rows.clock.now()
    rows.events.clear()
    await rows.silence.held(HoldChanged(ONE, call.linkedid, held=True))
    await rows.silence.held(HoldChanged(ONE, call.linkedid, held=True))
    assert (await rows.call(call.id)).held_since == held
    await rows.silence.held(HoldChanged(ONE, call.linkedid, held=False))
    assert (await rows.call(call.id)).held_since is None
    assert rows.events == [CallChanged(call.id)] * 2
    # The caller's own device holds nobody; unknown calls change nothing.
    await rows.silence.held(HoldChanged(call.channel, call.linkedid, held=True))
    await rows.silence.held(HoldChanged("PJSIP/x", "none", held=True))
    assert (await rows.call(call.id)).held_since is None
    rows.events.clear()
    for channel, key in ((call.channel, "1"), (ONE, "2"), (call.channel, ""), ("", "3")):
        await rows.silence.pressed(KeyReceived(channel, call.linkedid, key))
    assert rows.events == [KeyPressed(call.id, "1")]
    await rows.silence.held(HoldChanged(ONE, call.linkedid, held=True))
    await rows.hang_up(call, call.channel)
    assert (await rows.call(call.id)).held_since is None

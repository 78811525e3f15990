"""Calls handed over, on a real Asterisk: who hears whom is told apart by everybody's tone."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from ivr.hand_over_targets import Target
from models.clock import SystemClock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotFound, Unavailable
from models.kinds import Device, LegRole
from models.states import AgentState
from models.tables import AgentSession, Call
from models.telephony_tables import HandOver, HandOverKind
from tests.support.asterisk import asterisk_config, eventually
from tests.support.hall import (
    AGENT,
    CALLER,
    LEAD_TWO,
    OTHER,
    TONES,
    Hall,
    hall,
    hall_config,
    people_of_hall,
    phones_at,
)
from tests.support.ports import port_base
from tests.support.telephony import telephony_at
from tests.support.tones import write_tone
from yihu.simulate.phone import PhoneState

pytestmark = pytest.mark.asterisk

MUSIC = TONES[LEAD_TWO]  # nobody else speaks it here
TO_OTHER = Target(seat_code=OTHER)


Open = Callable[[], AbstractAsyncContextManager[Hall]]


@pytest.fixture
def open_room(tmp_path: Path, database: Database, real_clock: SystemClock) -> Open:
    """Two seats and a caller; ``other`` has signed in too. Callers on hold hear a tone."""
    sounds = tmp_path / "sounds"
    (sounds / "moh").mkdir(parents=True)
    (sounds / "zh").mkdir()
    write_tone(sounds / "moh" / "tone.wav", MUSIC)

    @asynccontextmanager
    async def opened() -> AsyncIterator[Hall]:
        with port_base() as base:
            config = asterisk_config(
                tmp_path, base, ring_seconds=5, wrap_up_guard_seconds=1, sounds_dir=sounds
            )
            config = replace(config, **hall_config(config))  # type: ignore[arg-type]  # its own
            async with hall(config, database, real_clock, tmp_path) as made:
                await made.sit("other", OTHER)
                yield made

    return opened


async def begin(room: Hall, call: Call, kind: HandOverKind, target: Target = TO_OTHER) -> HandOver:
    agent = room.people["agent"].id
    return await room.desk.telephony.hand_overs.begin(agent, call.id, kind, target)


async def becomes(room: Hall, hand_over: HandOver, status: str) -> HandOver:
    found: list[HandOver] = []

    async def check() -> bool:
        async with room.desk.database.reading() as session:
            row = await session.get(HandOver, hand_over.id)
        found[:] = [row] if row is not None and row.status == status else []
        return bool(found)

    await eventually(check, f"a hand-over that is {status}")
    return found[0]


async def agent_is(room: Hall, name: str, status: str) -> AgentSession:
    return await room.desk.agent_becomes(room.people[name], status)


def deduplicated(heard: list[set[int]]) -> list[set[int]]:
    """What was heard for two windows at least, each stretch once."""
    steady = [now for now, then in itertools.pairwise(heard) if now == then]
    return [tones for tones, _ in itertools.groupby(steady)]


async def is_member_free(room: Hall, interface: str) -> None:
    """Asterisk would ring this seat again, though its former caller still talks."""

    async def check() -> bool:
        members = (await room.desk.ami.queue_status()).members
        own = [m for m in members if m.interface == interface]
        return bool(own) and not any(m.paused or m.in_call for m in own)

    await eventually(check, f"{interface} to be free")


async def test_blind_to_a_seat(open_room: Open) -> None:
    async with open_room() as room:
        call = await room.call_comes()
        await room.all_hear({CALLER: {TONES[AGENT]}, AGENT: {TONES[CALLER]}})
        hand_over = await begin(room, call, HandOverKind.BLIND)
        await agent_is(room, "agent", "wrap_up")
        hand_over = await becomes(room, hand_over, "completed")
        await room.all_hear({CALLER: {TONES[OTHER]}, OTHER: {TONES[CALLER]}})
        taken = await agent_is(room, "other", "on_call")
        now = await room.desk.call_becomes("answered")
        assert (now.id, now.agent_session_id, taken.call_id) == (call.id, taken.id, call.id)
        assert hand_over.to_session_id == taken.id
        assert hand_over.joined_at is not None
        assert await room.desk.trail(call.id) == [
            "queued", "ringing", "answered", "queued", "ringing", "answered",
        ]  # fmt: skip
        legs = await room.desk.legs(call.id)
        assert {(leg.role, leg.agent_session_id, leg.ended_at is None) for leg in legs} == {
            (LegRole.CALLER, None, True),
            (LegRole.AGENT, hand_over.from_session_id, False),
            (LegRole.AGENT, taken.id, True),
        }
        # The second seat may hand it on; and the call ends with its seat.
        room.phones[OTHER].hang_up()
        await room.desk.call_becomes("ended")
        await agent_is(room, "other", "wrap_up")


async def test_blind_to_a_seat_that_does_not_answer(open_room: Open) -> None:
    async with open_room() as room:
        room.phones[OTHER].answer_after = None
        call = await room.call_comes()
        hand_over = await begin(room, call, HandOverKind.BLIND)
        await agent_is(room, "other", "ringing")
        await agent_is(room, "agent", "wrap_up")
        await room.desk.telephony.set_ready(room.people["agent"].id)
        paused = await agent_is(room, "other", "paused")
        assert paused.pause_reason == "无人接听"
        # To the front of its queue, where the first seat is the next that is free.
        hand_over = await becomes(room, hand_over, "completed")
        assert hand_over.to_session_id == hand_over.from_session_id
        assert (await room.desk.call_becomes("answered")).id == call.id


async def test_blind_to_a_queue(open_room: Open) -> None:
    async with open_room() as room:
        call = await room.call_comes()
        hand_over = await begin(room, call, HandOverKind.BLIND, Target(queue_code="96345"))
        now = await room.desk.call_becomes("queued")
        assert (now.id, now.queue_code) == (call.id, "96345")
        await agent_is(room, "agent", "wrap_up")
        room.phones[CALLER].hang_up()
        await room.desk.call_becomes("abandoned")
        assert (await becomes(room, hand_over, "kept")).joined_at is None


async def test_refusals(open_room: Open) -> None:
    async with open_room() as room:
        agent = room.people["agent"].id
        hand_overs = room.desk.telephony.hand_overs
        with pytest.raises(NotFound):
            await hand_overs.begin(agent, UUID(int=1), HandOverKind.BLIND, TO_OTHER)
        call = await room.call_comes()
        for kind in HandOverKind:
            with pytest.raises(InvalidInput):
                await begin(room, call, kind, Target())
            with pytest.raises(InvalidInput):
                await begin(room, call, kind, Target(queue_code="110", seat_code=OTHER))
            with pytest.raises(InvalidInput):
                await begin(room, call, kind, Target(seat_code=AGENT))
            with pytest.raises(NotFound):
                await begin(room, call, kind, Target(seat_code="9999"))
            with pytest.raises(InvalidInput):
                await begin(room, call, kind, Target(number="1,2&PJSIP/8002"))
            with pytest.raises(Unavailable, match="外呼线路"):
                await begin(room, call, kind, Target(number="13900000000"))
        with pytest.raises(Conflict, match="没有空闲座席"):
            await begin(room, call, HandOverKind.CONSULT, Target(queue_code="96345"))
        await room.desk.telephony.pause(room.people["other"].id, "用餐")
        with pytest.raises(Conflict, match="示忙"):
            await begin(room, call, HandOverKind.CONSULT)
        assert (await agent_is(room, "agent", AgentState.ON_CALL)).call_id == call.id


async def test_consult_then_complete(open_room: Open) -> None:
    async with open_room() as room:
        call = await room.call_comes()
        await room.all_hear({CALLER: {TONES[AGENT]}})
        assert await room.heard_since(CALLER, room.mark(CALLER)) == {TONES[AGENT]}
        hand_over = await begin(room, call, HandOverKind.CONSULT)
        hand_over = await becomes(room, hand_over, "joined")
        both = {AGENT: {TONES[OTHER]}, OTHER: {TONES[AGENT]}}
        await room.all_hear(both | {CALLER: {MUSIC}})
        held = await room.desk.call_becomes("answered")
        assert held.held_since is not None
        assert (await agent_is(room, "other", "on_call")).call_id == call.id
        private = room.mark(CALLER)
        assert await room.heard_since(CALLER, private) == {MUSIC}
        agent = room.people["agent"].id
        await room.desk.telephony.hand_overs.join(agent, hand_over.id)
        await room.all_hear(
            {
                CALLER: {TONES[AGENT], TONES[OTHER]},
                AGENT: {TONES[CALLER], TONES[OTHER]},
                OTHER: {TONES[CALLER], TONES[AGENT]},
            }
        )
        await room.desk.telephony.hand_overs.complete(agent, hand_over.id)
        hand_over = await becomes(room, hand_over, "completed")
        await room.all_hear({CALLER: {TONES[OTHER]}, OTHER: {TONES[CALLER]}})
        taken = await agent_is(room, "other", "on_call")
        now = await room.desk.call_becomes("answered")
        assert (now.held_since, now.agent_session_id) == (None, taken.id)
        await agent_is(room, "agent", "wrap_up")
        await room.desk.telephony.set_ready(agent)
        await is_member_free(room, f"PJSIP/{AGENT}")
        assert await room.heard_since(CALLER, room.mark(CALLER)) == {TONES[OTHER]}
        room.phones[CALLER].hang_up()
        await room.desk.call_becomes("ended")
        await agent_is(room, "other", "wrap_up")
        # What the caller heard, as it is recorded: one, music, both, the other.
        _, heard = await room.recorded(call)
        stages = [{TONES[AGENT]}, {MUSIC}, {TONES[AGENT], TONES[OTHER]}, {TONES[OTHER]}]
        assert [tones for tones in deduplicated(heard) if tones] == stages


async def test_consult_and_the_other_hangs_up(open_room: Open) -> None:
    async with open_room() as room:
        call = await room.call_comes()
        hand_over = await begin(room, call, HandOverKind.CONSULT, Target(queue_code="110"))
        await becomes(room, hand_over, "joined")
        await room.all_hear({AGENT: {TONES[OTHER]}, CALLER: {MUSIC}})
        room.phones[OTHER].hang_up()
        await becomes(room, hand_over, "kept")
        await room.all_hear({CALLER: {TONES[AGENT]}, AGENT: {TONES[CALLER]}})
        await agent_is(room, "other", "wrap_up")
        now = await room.desk.call_becomes("answered")
        assert now.held_since is None
        assert (await agent_is(room, "agent", "on_call")).id == now.agent_session_id
        # It can be done again from the seat that took the caller back.
        await room.desk.telephony.set_ready(room.people["other"].id)
        again = await begin(room, call, HandOverKind.CONSULT)
        await becomes(room, again, "joined")
        await room.all_hear({AGENT: {TONES[OTHER]}, CALLER: {MUSIC}})
        await room.desk.telephony.hand_overs.keep(room.people["agent"].id, again.id)
        await becomes(room, again, "kept")
        await room.all_hear({CALLER: {TONES[AGENT]}, AGENT: {TONES[CALLER]}})
        room.phones[AGENT].hang_up()
        await room.desk.call_becomes("ended")


async def test_consult_and_the_first_hangs_up(open_room: Open) -> None:
    async with open_room() as room:
        call = await room.call_comes()
        hand_over = await begin(room, call, HandOverKind.CONSULT)
        await becomes(room, hand_over, "joined")
        await room.all_hear({AGENT: {TONES[OTHER]}, CALLER: {MUSIC}})
        room.phones[AGENT].hang_up()
        await becomes(room, hand_over, "completed")
        await room.all_hear({CALLER: {TONES[OTHER]}, OTHER: {TONES[CALLER]}})
        taken = await agent_is(room, "other", "on_call")
        assert (await room.desk.call_becomes("answered")).agent_session_id == taken.id
        await agent_is(room, "agent", "wrap_up")


async def test_caller_hangs_up_while_the_seats_consult(open_room: Open) -> None:
    async with open_room() as room:
        call = await room.call_comes()
        hand_over = await begin(room, call, HandOverKind.CONSULT)
        await becomes(room, hand_over, "joined")
        await room.all_hear({AGENT: {TONES[OTHER]}, CALLER: {MUSIC}})
        room.phones[CALLER].hang_up()
        await becomes(room, hand_over, "kept")
        await agent_is(room, "agent", "wrap_up")
        await agent_is(room, "other", "wrap_up")

        async def nothing_left() -> bool:
            return await room.desk.ami.channels() == ()

        await eventually(nothing_left, "all channels to be gone")


async def test_conference_then_complete(open_room: Open) -> None:
    async with open_room() as room:
        call = await room.call_comes()
        hand_over = await begin(room, call, HandOverKind.CONFERENCE, Target(queue_code="110"))
        await becomes(room, hand_over, "joined")
        await room.all_hear(
            {
                CALLER: {TONES[AGENT], TONES[OTHER]},
                AGENT: {TONES[CALLER], TONES[OTHER]},
                OTHER: {TONES[CALLER], TONES[AGENT]},
            }
        )
        assert (await room.desk.call_becomes("answered")).held_since is None
        with pytest.raises(Conflict, match="正在移交"):
            await begin(room, call, HandOverKind.BLIND)
        await room.desk.telephony.hand_overs.complete(room.people["agent"].id, hand_over.id)
        await becomes(room, hand_over, "completed")
        await room.all_hear({CALLER: {TONES[OTHER]}, OTHER: {TONES[CALLER]}})
        room.phones[CALLER].hang_up()
        await room.desk.call_becomes("ended")


async def test_rung_in_vain(open_room: Open) -> None:
    async with open_room() as room:
        room.phones[OTHER].answer_after = None
        call = await room.call_comes()
        first = await begin(room, call, HandOverKind.CONSULT)
        rung = await agent_is(room, "other", "ringing")
        assert rung.call_id == call.id
        await room.all_hear({CALLER: {TONES[AGENT]}, AGENT: {TONES[CALLER]}})
        await room.desk.telephony.hand_overs.keep(room.people["agent"].id, first.id)
        await agent_is(room, "other", "ready")
        second = await begin(room, call, HandOverKind.CONSULT)
        await room.phones[OTHER].wait_for(PhoneState.RINGING, within=30)
        room.phones[OTHER].hang_up()  # refuses
        await becomes(room, second, "kept")
        assert (await agent_is(room, "other", "paused")).pause_reason == "无人接听"
        await room.all_hear({CALLER: {TONES[AGENT]}, AGENT: {TONES[CALLER]}})
        await room.desk.telephony.set_ready(room.people["other"].id)
        third = await begin(room, call, HandOverKind.CONFERENCE)
        await room.phones[OTHER].wait_for(PhoneState.RINGING, within=30)
        room.phones[CALLER].hang_up()
        await becomes(room, third, "kept")
        await agent_is(room, "other", "ready")


async def test_device_that_is_not_there(open_room: Open) -> None:
    async with open_room() as room:
        other = room.people["other"]
        await room.desk.telephony.sign_out(other.id)
        await room.desk.telephony.sign_in(other, OTHER, Device.WEB)
        call = await room.call_comes()
        first = await begin(room, call, HandOverKind.CONSULT)
        await becomes(room, first, "kept")
        assert (await agent_is(room, "other", "paused")).pause_reason == "无人接听"
        await room.all_hear({CALLER: {TONES[AGENT]}, AGENT: {TONES[CALLER]}})
        await room.desk.telephony.set_ready(other.id)
        second = await begin(room, call, HandOverKind.BLIND)
        await agent_is(room, "other", "paused")
        await room.desk.call_becomes("queued")
        await agent_is(room, "agent", "wrap_up")
        await room.desk.telephony.set_ready(room.people["agent"].id)
        await becomes(room, second, "completed")
        await room.all_hear({CALLER: {TONES[AGENT]}, AGENT: {TONES[CALLER]}})


@pytest.mark.parametrize(
    ("leaves", "status", "stays"),
    [(OTHER, "kept", AGENT), (AGENT, "completed", OTHER)],
)
async def test_python_side_is_away_while_one_of_the_two_leaves(
    tmp_path: Path,
    database: Database,
    real_clock: SystemClock,
    leaves: str,
    status: str,
    stays: str,
) -> None:
    with port_base() as base:
        config = asterisk_config(tmp_path, base, ring_seconds=5, wrap_up_guard_seconds=1)
        config = replace(config, **hall_config(config))  # type: ignore[arg-type]  # its own
        people = await people_of_hall(database)
        async with phones_at(config, tmp_path) as phones:
            async with telephony_at(config, database, real_clock) as desk:
                room = Hall(config, desk, phones, people)
                await room.sit("agent", AGENT)
                await room.sit("other", OTHER)
                call = await room.call_comes()
                first = await desk.agent_becomes(people["agent"], "on_call")
                assert call.agent_session_id == first.id
                hand_over = await begin(room, call, HandOverKind.CONSULT)
                await becomes(room, hand_over, "joined")
                await room.all_hear({AGENT: {TONES[OTHER]}, OTHER: {TONES[AGENT]}})
            # Nobody but Asterisk: the caller goes on with the one that stays.
            phones[leaves].hang_up()
            await room.all_hear({CALLER: {TONES[stays]}, stays: {TONES[CALLER]}})
            async with telephony_at(config, database, real_clock) as desk:
                room = Hall(config, desk, phones, people)
                await becomes(room, hand_over, status)
                names = {AGENT: "agent", OTHER: "other"}
                talks = await agent_is(room, names[stays], "on_call")
                await agent_is(room, names[leaves], "wrap_up")
                now = await desk.call_becomes("answered")
                assert (now.id, now.agent_session_id, now.held_since) == (call.id, talks.id, None)
                await room.all_hear({CALLER: {TONES[stays]}, stays: {TONES[CALLER]}})
                phones[stays].hang_up()
                await desk.call_becomes("ended")

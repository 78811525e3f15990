"""A supervisor beside a seat, on real Asterisk, by what each telephone hears."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.asterisk import AsteriskConfig
from ivr.beside import Mode
from models.clock import SystemClock
from models.database import Database
from models.errors import Conflict, Forbidden, NotFound, Unavailable
from models.kinds import Device, LegRole
from models.states import AgentState
from tests.support.asterisk import asterisk_config, eventually
from tests.support.hall import (
    AGENT,
    CALLER,
    LEAD,
    LEAD_TWO,
    OTHER,
    Hall,
    hall,
    hall_config,
    people_of_hall,
    phones_at,
)
from tests.support.ports import port_base
from tests.support.telephony import telephony_at
from yihu.simulate.phone import PhoneState

pytestmark = pytest.mark.asterisk


@pytest.fixture
def config(tmp_path: Path) -> Iterator[AsteriskConfig]:
    with port_base() as base:
        made = asterisk_config(tmp_path, base, ring_seconds=5, wrap_up_guard_seconds=1)
        yield replace(made, **hall_config(made))  # type: ignore[arg-type]  # its own fields


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine takes its time to answer a telephone, or to say that there is none."""
    monkeypatch.setattr("ivr.supervision.FIRST_WAIT_SECONDS", 30)


async def test_listen_whisper_barge_and_take_by_what_everybody_hears(
    config: AsteriskConfig, database: Database, real_clock: SystemClock, tmp_path: Path
) -> None:
    async with hall(config, database, real_clock, tmp_path) as here:
        desk, boss = here.desk, here.people["boss"]
        mine = await here.sit("boss", LEAD)
        assert mine.status is AgentState.READY
        call = await here.call_comes()
        agent = await desk.agent_becomes(here.people["agent"], "on_call")
        await here.all_hear({CALLER: {700}, AGENT: {400}})

        beside = await here.supervision.supervise(boss.id, agent.id, Mode.LISTEN)
        await here.all_hear({CALLER: {700}, AGENT: {400}, LEAD: {400, 700}})
        assert (beside.call_id, beside.mode) == (call.id, Mode.LISTEN)
        mine = await desk.agent_becomes(boss, "on_call")
        assert mine.call_id == call.id
        assert here.phones[LEAD].calls[-1].from_uri.startswith("sip:supervise@")
        taps = len(desk.ear.heard)

        async def voices(number: int) -> None:
            async def heard() -> bool:
                return desk.ear.streams == number

            await eventually(heard, f"{number} voices to be written down")

        await voices(2)
        mark = here.mark(CALLER)
        await here.supervision.change(boss.id, Mode.WHISPER)
        await here.all_hear({CALLER: {700}, AGENT: {400, 1000}, LEAD: {400, 700}})
        assert await here.heard_since(CALLER, mark) == {700}
        assert len(desk.ear.heard) == taps, "a whisper is not written down"

        await here.supervision.change(boss.id, Mode.BARGE)
        await here.all_hear({CALLER: {700, 1000}, AGENT: {400, 1000}, LEAD: {400, 700}})

        await voices(3)
        assert await here.heard_since(CALLER, here.mark(CALLER)) == {700, 1000}
        # Back to a whisper, which is for the seat alone again.
        await here.supervision.change(boss.id, Mode.WHISPER)
        await here.all_hear({CALLER: {700}, AGENT: {400, 1000}})
        await voices(2)
        await here.supervision.change(boss.id, Mode.BARGE)
        await here.all_hear({CALLER: {700, 1000}, AGENT: {400, 1000}, LEAD: {400, 700}})
        await voices(3)
        assert len(here.phones[LEAD].calls) == 1, "a change of mode does not ring again"

        await here.supervision.take(boss.id, call.id)
        await here.phones[AGENT].wait_for(PhoneState.IDLE, within=30)
        await here.all_hear({CALLER: {1000}, LEAD: {400}})
        assert await here.heard_since(CALLER, here.mark(CALLER)) == {1000}
        call = await desk.call_becomes("answered")
        assert call.agent_session_id == mine.id
        assert (await desk.agent_becomes(here.people["agent"], "wrap_up")).call_id == call.id
        assert (await desk.agent_becomes(boss, "on_call")).call_id == call.id
        assert here.supervision.of_user(boss.id) is None
        await voices(2)  # each once: the caller's, and whose call it is now
        legs = [leg for leg in await desk.legs(call.id) if leg.ended_at is None]
        assert {leg.role for leg in legs} == {LegRole.CALLER, LegRole.AGENT}

        await desk.telephony.hang_up(boss.id, call.id)
        call = await desk.call_becomes("ended")
        assert (await desk.agent_becomes(boss, "wrap_up")).call_id == call.id
        await here.phones[CALLER].wait_for(PhoneState.IDLE, within=30)

        said, heard = await here.recorded(call)
        assert set().union(*said) == {400}
        assert {700, 1000} in heard, "barged speech is in the recording"
        assert {1000} in heard, f"and so is who took the call: {heard} {said}"
        alone = heard[: heard.index({700, 1000})]
        assert alone.count({700}) >= 4, "while listened and whispered to, the seat alone"
        assert not any(1000 in block for block in alone[:-1])
        assert await here.audits() == [
            ("listen", "agent"),
            ("whisper", "agent"),
            ("barge", "agent"),
            ("whisper", "agent"),
            ("barge", "agent"),
            ("take", "call"),
        ]


async def test_who_may_not_be_beside_whom_and_how_it_ends(
    config: AsteriskConfig, database: Database, real_clock: SystemClock, tmp_path: Path
) -> None:
    async with hall(config, database, real_clock, tmp_path) as here:
        desk, people, supervision = here.desk, here.people, here.supervision
        boss, chief = people["boss"], people["chief"]
        with pytest.raises(Forbidden, match="班长"):
            await here.sit("other", LEAD)
        agent = await desk.telephony.current_session(people["agent"].id)
        assert agent is not None
        with pytest.raises(NotFound, match="签入"):
            await supervision.supervise(boss.id, agent.id, Mode.LISTEN)
        mine = await here.sit("boss", LEAD)
        assert not await desk.paused(f"PJSIP/{LEAD}"), "a seat without queues is no member"
        with pytest.raises(Conflict, match="不在通话"):
            await supervision.supervise(boss.id, agent.id, Mode.LISTEN)
        with pytest.raises(NotFound):
            await supervision.change(boss.id, Mode.BARGE)
        assert not await supervision.stop(boss.id)

        call = await here.call_comes()
        await here.sit("chief", OTHER)  # an ordinary seat is held while its supervisor listens
        await supervision.supervise(boss.id, agent.id, Mode.LISTEN)
        await supervision.supervise(chief.id, agent.id, Mode.BARGE)
        assert [b.user_name for b in supervision.of_agent(agent.id)] == ["boss", "chief"]
        await desk.paused_becomes(f"PJSIP/{OTHER}", {("110", True, "on-call")})
        await here.all_hear({LEAD: {400, 700, 1300}, CALLER: {700, 1300}})
        with pytest.raises(Conflict, match="请先结束"):
            await supervision.supervise(chief.id, mine.id, Mode.LISTEN)
        with pytest.raises(Conflict, match="请先结束"):
            await supervision.supervise(boss.id, mine.id, Mode.LISTEN)

        # Hanging up is leaving, for one who is only beside; the call goes on.
        await desk.telephony.hang_up(boss.id, call.id)
        assert (await desk.agent_becomes(boss, "ready")).call_id is None
        assert (await desk.call_becomes("answered")).id == call.id
        await here.all_hear({AGENT: {400, 1300}})

        # The seat hangs up while a supervisor talks along: the caller is not lost.
        here.phones[AGENT].hang_up()
        await here.all_hear({CALLER: {1300}, OTHER: {400}})
        await desk.agent_becomes(people["agent"], "wrap_up")
        theirs = await desk.agent_becomes(chief, "on_call")
        assert (await desk.call_becomes("answered")).agent_session_id == theirs.id
        with pytest.raises(Conflict, match="您正在通话"):
            await supervision.supervise(chief.id, agent.id, Mode.LISTEN)

        # A supervisor's own call can be listened to; when the caller goes, it all ends.
        await supervision.supervise(boss.id, theirs.id, Mode.BARGE)
        await here.all_hear({CALLER: {1000, 1300}})
        here.phones[CALLER].hang_up()
        await desk.call_becomes("ended")
        await desk.agent_becomes(boss, "ready")
        await desk.agent_becomes(chief, "wrap_up")
        for code in (LEAD, OTHER, AGENT):
            await here.phones[code].wait_for(PhoneState.IDLE, within=30)

        # Nothing rings at a device that is not there, and nobody is kept busy by it.
        await desk.telephony.set_ready(people["agent"].id)
        await desk.telephony.sign_out(chief.id)
        await desk.telephony.sign_in(chief, LEAD_TWO, Device.WEB)
        await here.call_comes()
        with pytest.raises(Unavailable, match="话机"):
            await supervision.supervise(chief.id, agent.id, Mode.LISTEN)
        await desk.agent_becomes(chief, "ready")


async def test_supervision_outlives_the_python_side(
    config: AsteriskConfig, database: Database, real_clock: SystemClock, tmp_path: Path
) -> None:
    people = await people_of_hall(database)
    boss = people["boss"]
    async with phones_at(config, tmp_path) as phones:
        async with telephony_at(config, database, real_clock) as desk:
            here = Hall(config, desk, phones, people)
            await here.sit("agent", AGENT)
            await here.sit("boss", LEAD)
            await here.call_comes()
            agent = await desk.agent_becomes(people["agent"], "on_call")
            await here.supervision.supervise(boss.id, agent.id, Mode.WHISPER)
            await here.all_hear({AGENT: {400, 1000}})
        async with telephony_at(config, database, real_clock) as desk:
            here = Hall(config, desk, phones, people)

            async def found() -> bool:
                return here.supervision.of_user(boss.id) is not None

            await eventually(found, "the supervision to be taken up")
            beside = here.supervision.of_user(boss.id)
            assert (beside.mode, beside.agent_id) == (Mode.WHISPER, agent.id)
            await here.supervision.change(boss.id, Mode.BARGE)
            await here.all_hear({AGENT: {400, 1000}, CALLER: {700, 1000}})
            await here.supervision.change(boss.id, Mode.LISTEN)
            await here.all_hear({AGENT: {400}, CALLER: {700}})
        phones[LEAD].hang_up()  # while nobody looks
        async with telephony_at(config, database, real_clock) as desk:
            await desk.agent_becomes(boss, "ready")
            assert desk.telephony.supervision.of_user(boss.id) is None
            call = await desk.call_becomes("answered")
            open_legs = [leg.role for leg in await desk.legs(call.id) if leg.ended_at is None]
            assert set(open_legs) == {LegRole.CALLER, LegRole.AGENT}

"""Calls through a real Asterisk to real telephones."""

from __future__ import annotations

import pytest

from ivr.asterisk import AsteriskConfig
from models.clock import SystemClock
from models.database import Database
from models.kinds import Device, LegRole
from models.states import AgentState
from tests.support.asterisk import eventually, running
from tests.support.telephony import People, calling, phone, telephony_at
from yihu.simulate.phone import PhoneState

pytestmark = pytest.mark.asterisk


async def test_whole_call(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config) as telephone,
    ):
        agent = await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        assert agent.status is AgentState.READY
        await desk.paused_becomes("PJSIP/8001", {("110", False, ""), ("96345", False, "")})
        async with calling(config, "110", "13800000001"):
            call = await desk.call_becomes("answered")
            assert call.answered_at is not None
            assert (call.queue_code, call.dialled) == ("110", "110")
            assert call.caller_number == "13800000001"
            agent = await desk.agent_becomes(people.one, "on_call")
            assert agent.call_id == call.id
            assert call.agent_session_id == agent.id
            await desk.speech_becomes("live")

            async def both_heard() -> bool:
                return sum(size > 8_000 for size in desk.ear.heard.values()) == 2

            await eventually(both_heard, "half a second of both legs")
        call = await desk.call_becomes("ended")
        assert call.ended_at is not None
        agent = await desk.agent_becomes(people.one, "wrap_up")
        assert agent.call_id == call.id
        await desk.paused_becomes(
            "PJSIP/8001", {("110", True, "wrap-up"), ("96345", True, "wrap-up")}
        )
        legs = await desk.legs(call.id)
        assert [leg.role for leg in legs] == [LegRole.CALLER, LegRole.AGENT]
        assert all(leg.ended_at is not None for leg in legs)
        assert await desk.trail(call.id) == ["queued", "ringing", "answered", "ended"]
        await telephone.wait_for(PhoneState.IDLE, within=30)

        agent = await desk.telephony.set_ready(people.one.id)
        assert (agent.status, agent.call_id) == (AgentState.READY, None)
        await desk.paused_becomes("PJSIP/8001", {("110", False, ""), ("96345", False, "")})
        await desk.telephony.sign_out(people.one.id)
        await desk.paused_becomes("PJSIP/8001", set())
        assert await desk.telephony.current_session(people.one.id) is None
        assert await desk.trail(agent.id) == [
            "ready",
            "ringing",
            "on_call",
            "wrap_up",
            "ready",
            "logged_out",
        ]

        async def no_taps_left() -> bool:
            return await desk.ami.channels() == ()

        await eventually(no_taps_left, "all channels to be gone")


async def test_nobody_answers_then_the_next_seat_does(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config, answer_after=None),
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110"):
            call = await desk.call_becomes("ringing")
            agent = await desk.agent_becomes(people.one, "ringing")
            assert agent.call_id == call.id
            agent = await desk.agent_becomes(people.one, "paused")
            assert (agent.pause_reason, agent.call_id) == ("无人接听", None)
            call = await desk.call_becomes("queued")
            await desk.paused_becomes(
                "PJSIP/8001", {("110", True, "无人接听"), ("96345", True, "无人接听")}
            )
            async with phone(config, "8002"):
                await desk.telephony.sign_in(people.two, "8002", Device.PHONE)
                call = await desk.call_becomes("answered")
                assert (await desk.agent_becomes(people.two, "on_call")).call_id == call.id
        assert (await desk.call_becomes("ended")).id == call.id


async def test_caller_gives_up_while_it_rings(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config, answer_after=None) as telephone,
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110"):
            await telephone.wait_for(PhoneState.RINGING, within=30)
            await desk.agent_becomes(people.one, "ringing")
        await desk.call_becomes("abandoned")
        agent = await desk.agent_becomes(people.one, "ready")
        assert agent.call_id is None
        await desk.paused_becomes("PJSIP/8001", {("110", False, ""), ("96345", False, "")})


async def test_seat_hangs_up(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config) as telephone,
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "96345"):
            call = await desk.call_becomes("answered")
            await desk.agent_becomes(people.one, "on_call")
            await desk.telephony.hang_up(people.one.id, call.id)
            call = await desk.call_becomes("ended")
            assert call.end_reason == "agent"
            await desk.agent_becomes(people.one, "wrap_up")
        await telephone.wait_for(PhoneState.IDLE, within=30)
        await desk.telephony.set_ready(people.one.id)
        async with calling(config, "110"):
            await desk.call_becomes("answered")
            telephone.hang_up()
            assert (await desk.call_becomes("ended")).end_reason == "agent"


async def test_speech_dies_and_comes_back_in_mid_call(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config),
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110"):
            await desk.call_becomes("answered")
            await desk.speech_becomes("live")
            await desk.ear.die()
            await desk.speech_becomes("unavailable")
            assert (await desk.call_becomes("answered")).ended_at is None
            before = set(desk.ear.heard)
            await desk.ear.revive()
            await desk.speech_becomes("live")

            async def heard_again() -> bool:
                return len(set(desk.ear.heard) - before) == 2

            await eventually(heard_again, "both legs in new streams")

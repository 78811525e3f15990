"""What happens when one side of telephony is away for a while."""

from __future__ import annotations

from contextlib import suppress

import anyio
import psutil
import pytest

from ivr.asterisk import AsteriskConfig, AsteriskGone, AsteriskProcess
from models.clock import SystemClock
from models.database import Database
from models.errors import Unavailable
from models.kinds import Device
from tests.support.asterisk import enters, eventually, running
from tests.support.telephony import People, calling, phone, telephony_at
from yihu.simulate.phone import PhoneState

pytestmark = pytest.mark.asterisk


def _kill_asterisk(config: AsteriskConfig) -> None:
    own = str(config.etc / "asterisk.conf")
    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # also a process that has ended unburied
            if own in child.cmdline():
                child.kill()


FREE = {("110", False, ""), ("96345", False, "")}


async def test_call_waits_while_python_restarts(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
) -> None:
    """Before, during and after a restart of the Python side: nothing of the calls is lost."""
    async with running(config), phone(config, answer_after=None) as telephone:
        async with (
            calling(config, "110", "13800000001"),
            telephony_at(config, database, real_clock) as desk,
        ):
            await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
            await desk.agent_becomes(people.one, "ringing")
            await telephone.wait_for(PhoneState.RINGING, within=30)
            telephone.answer()
            talked = await desk.call_becomes("answered")
        # Telephony is down: the first call ended unseen, a second one waits unseen.
        await telephone.wait_for(PhoneState.IDLE, within=30)
        async with calling(config, "110", "13800000002"):
            await enters(config, "110")
            async with telephony_at(config, database, real_clock) as desk:
                ended, adopted = await desk.calls()
                assert (ended.id, ended.status, ended.end_reason) == (talked.id, "ended", "lost")
                assert adopted.caller_number == "13800000002"
                assert (await desk.call_becomes("queued")).queue_code == "110"
                agent = await desk.agent_becomes(people.one, "wrap_up")
                assert agent.call_id == talked.id
                await desk.speech_becomes("live")
                await desk.telephony.set_ready(people.one.id)
                await telephone.wait_for(PhoneState.RINGING, within=30)
                telephone.answer()
                assert (await desk.call_becomes("answered")).id == adopted.id


async def test_python_restarts_in_mid_call(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    async with running(config), phone(config) as telephone, calling(config, "110"):
        async with telephony_at(config, database, real_clock) as desk:
            agent = await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
            call = await desk.call_becomes("answered")
            await desk.speech_becomes("live")
            old_ear = desk.ear
        assert telephone.state is PhoneState.TALKING
        async with telephony_at(config, database, real_clock) as desk:
            assert [(c.id, c.status) for c in await desk.calls()] == [(call.id, "answered")]
            assert (await desk.agent_becomes(people.one, "on_call")).id == agent.id

            async def heard_again() -> bool:
                return sum(size > 8_000 for size in desk.ear.heard.values()) == 2

            await eventually(heard_again, "both legs in new streams")
            assert not set(desk.ear.heard) & set(old_ear.heard)
            await desk.telephony.hang_up(people.one.id, call.id)
            await desk.call_becomes("ended")
            await desk.agent_becomes(people.one, "wrap_up")


async def test_answered_while_python_was_away(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    async with running(config), phone(config, answer_after=None) as telephone:
        async with telephony_at(config, database, real_clock) as desk:
            await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
            await desk.paused_becomes("PJSIP/8001", FREE)
        async with calling(config, "96345", "13800000005"):
            await telephone.wait_for(PhoneState.RINGING, within=30)
            telephone.answer()
            await telephone.wait_for(PhoneState.TALKING, within=30)
            async with telephony_at(config, database, real_clock) as desk:
                call = await desk.call_becomes("answered")
                assert (call.queue_code, call.caller_number) == ("96345", "13800000005")
                agent = await desk.agent_becomes(people.one, "on_call")
                assert (agent.call_id, call.agent_session_id) == (call.id, agent.id)
                await desk.speech_becomes("live")
                assert [leg.role for leg in await desk.legs(call.id)] == ["caller", "agent"]


async def test_asterisk_comes_late_crashes_and_comes_back(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    killed = anyio.Event()

    async def asterisk() -> None:
        with pytest.raises(AsteriskGone):
            await AsteriskProcess(config).run()
        killed.set()

    async with (
        telephony_at(config, database, real_clock, wait=False) as desk,
        anyio.create_task_group() as tasks,
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        assert not desk.telephony.available

        async def up() -> bool:
            return desk.telephony.available and desk.ami.available

        async def down() -> bool:
            return not desk.telephony.available

        tasks.start_soon(asterisk)
        await eventually(up, "telephony to be available", 30)
        await desk.paused_becomes("PJSIP/8001", FREE)
        async with phone(config), calling(config, "110"):
            call = await desk.call_becomes("answered")
            _kill_asterisk(config)
            await killed.wait()
            await eventually(down, "telephony to be away")
            with pytest.raises(Unavailable):
                await desk.telephony.hang_up(people.one.id, call.id)
        async with running(config):
            await eventually(up, "telephony to be back", 30)
            assert (await desk.call_becomes("ended")).id == call.id
            await desk.agent_becomes(people.one, "wrap_up")
            await desk.telephony.set_ready(people.one.id)
            await desk.paused_becomes("PJSIP/8001", FREE)


async def test_call_is_minted_late_when_the_database_was_locked(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        anyio.create_task_group() as tasks,
    ):
        locked, unlock = anyio.Event(), anyio.Event()

        async def lock() -> None:
            async with database.writing() as work:
                await work.session.connection()
                locked.set()
                await unlock.wait()

        tasks.start_soon(lock)
        await locked.wait()
        async with calling(config, "110", "13800000006"):
            await enters(config, "110")
            unlock.set()
            call = await desk.call_becomes("queued")
            assert call.caller_number == "13800000006"
            await desk.speech_becomes("live")

"""Waiting by the dialplan alone: the Python side is away, or cannot store anything."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest

from ivr.ami import Ami, AmiRefused
from ivr.asterisk import AMI_USER, AsteriskConfig
from models.base import Base
from models.clock import SystemClock
from models.database import Database
from tests.support.asterisk import asterisk_config, console, enters, eventually, running, waiting
from tests.support.telephony import calling, phone, telephony_at

pytestmark = pytest.mark.asterisk


@pytest.fixture
def config(tmp_path: Path, base: int) -> AsteriskConfig:
    return asterisk_config(tmp_path, base, ring_seconds=5, nobody_seconds=1)


@asynccontextmanager
async def hand_at(config: AsteriskConfig) -> AsyncIterator[Ami]:
    """AMI beside the Python side that is away."""
    ami = Ami("127.0.0.1", config.ami_port, AMI_USER, config.ami_secret)

    async def ignore(event: object) -> None:
        pass

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ami.run, ignore)

        async def up() -> bool:
            return ami.available

        await eventually(up, "AMI")
        yield ami
        tasks.cancel_scope.cancel()


async def at(config: AsteriskConfig, context: str) -> str:
    """The channel that is in ``context`` now."""
    found = ""

    async def check() -> bool:
        nonlocal found
        for line in (await console(config, "core show channels concise")).splitlines():
            fields = line.split("!")
            if len(fields) > 2 and fields[1] == context:
                found = fields[0]
        return bool(found)

    await eventually(check, f"a caller in [{context}]", 30)
    return found


async def journal_says(config: AsteriskConfig, *wanted: str) -> None:
    async def check() -> bool:
        texts = [path.read_text() for path in config.recordings.glob("*.call")]
        return any(all(part in text for part in wanted) for text in texts)

    await eventually(check, f"a journal with {wanted}", 30)


async def test_a_message_is_recorded_and_a_seat_that_comes_gets_the_caller(
    config: AsteriskConfig,
) -> None:
    async with (
        running(config),
        hand_at(config) as ami,
        phone(config, "8001") as seat,
        calling(config, "96345", "13800000001"),
    ):
        await at(config, "nobody")
        await ami.queue_add("96345", "PJSIP/8001", member="8001", paused=False, reason="")

        async def talks() -> bool:
            return seat.state == "talking"

        await eventually(talks, "the seat to get the caller", 30)
        recorded = [path.stat().st_size for path in config.recordings.glob("*.in.wav")]
        assert len(recorded) == 1
        assert recorded[0] > 8_000
    await journal_says(config, "ended ", "member=8001", "wish= ")


async def test_who_leaves_a_message_is_known_from_the_journal(config: AsteriskConfig) -> None:
    async with running(config):
        async with calling(config, "96345", "13800000001"):
            await at(config, "nobody")

            async def listens() -> bool:
                return "Wait" in await console(config, "core show channels concise")

            await eventually(listens, "the message to be recorded", 30)
        await journal_says(config, "number=13800000001", "ended ", "wish=message")


async def test_a_seat_whose_telephone_is_away_is_nobody(config: AsteriskConfig) -> None:
    async with running(config), hand_at(config) as ami:
        await ami.queue_add("96345", "PJSIP/8001", member="8001", paused=False, reason="")
        async with calling(config, "96345", "13800000001"):
            await at(config, "nobody")
            assert await waiting(config, "96345") == 0


async def test_key_1_keeps_the_place_at_96345_and_does_nothing_at_110(
    config: AsteriskConfig,
) -> None:
    async with running(config), hand_at(config) as ami, phone(config, "8001"):
        await console(config, "module load app_senddtmf.so")
        for queue in ("110", "96345"):
            await ami.queue_add(queue, "PJSIP/8001", member="8001", paused=True, reason="busy")
        async with calling(config, "110", "13800000001"):
            await enters(config, "110")
            emergency = await at(config, "front")
            await press(ami, emergency, "1")
            async with calling(config, "96345", "13800000002"):
                await enters(config, "96345")
                for line in (await console(config, "core show channels concise")).splitlines():
                    channel, context, exten = line.split("!")[:3]
                    if context == "front" and exten == "96345":
                        await press(ami, channel, "1")
                await journal_says(config, "number=13800000002", "wish=place")
            assert await waiting(config, "110") == 1


async def press(ami: Ami, channel: str, key: str) -> None:
    """Let the party of ``channel`` press a key."""
    await ami.ask("PlayDTMF", {"Channel": channel, "Digit": key, "Receive": "true"})


async def test_a_lifted_caller_waits_at_110_ahead_of_the_others(config: AsteriskConfig) -> None:
    async with running(config), hand_at(config) as ami, phone(config, "8001"):
        for queue in ("110", "96345"):
            await ami.queue_add(queue, "PJSIP/8001", member="8001", paused=True, reason="busy")
        async with (
            calling(config, "110", "13800000001"),
            calling(config, "96345", "13800000002"),
        ):
            await enters(config, "110")
            await enters(config, "96345")
            (moving,) = [c for c in (await ami.queue_status()).callers if c.queue == "96345"]
            await ami.ask(
                "QueueWithdrawCaller",
                {"Queue": "96345", "Caller": moving.channel, "WithdrawInfo": "110-10"},
            )

            async def ahead() -> bool:
                callers = (await ami.queue_status()).callers
                places = sorted((c.queue, c.position, c.caller_number) for c in callers)
                return places == [("110", 1, "13800000002"), ("110", 2, "13800000001")]

            await eventually(ahead, "the moved caller to be first", 30)
            # Whatever the reason says, nobody is lost.
            for info in ("", "999-x", "110-10;Hangup", "nobody-0"):
                first = min((await ami.queue_status()).callers, key=lambda c: c.position)

                async def withdrawn(channel: str = first.channel, info: str = info) -> bool:
                    asked = {"Queue": "110", "Caller": channel, "WithdrawInfo": info}
                    try:
                        await ami.ask("QueueWithdrawCaller", asked)
                    except AmiRefused:  # on the way back from the withdrawal before
                        return False
                    return True

                await eventually(withdrawn, f"a withdrawal with {info!r}", 30)

                async def back() -> bool:
                    return len((await ami.queue_status()).callers) == 2

                await eventually(back, f"both to wait again after {info!r}", 30)


async def test_rows_that_cannot_be_written_keep_no_call_from_its_queue(
    config: AsteriskConfig, database: Database
) -> None:
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    async with (
        running(config),
        telephony_at(config, database, SystemClock(), wait=False),
        calling(config, "110"),
    ):
        await enters(config, "110", 30)

        async def recorded() -> bool:
            sizes = [path.stat().st_size for path in config.recordings.glob("*.in.wav")]
            return bool(sizes) and sizes[0] > 4_000

        await eventually(recorded, "the call to be recorded")

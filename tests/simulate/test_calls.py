"""Simulated callers and telephones at a real Asterisk, with the project's own dialplan."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import numpy as np
import pytest
import soundfile

from ivr.asterisk import AsteriskConfig
from models.errors import SetupError
from tests.support.asterisk import SEAT_SECRET, asterisk_config, console, eventually, running
from tests.support.ports import port_base
from yihu.simulate.audio import RATE, decode_alaw
from yihu.simulate.caller import CallOutcome, CallReport, place_call
from yihu.simulate.phone import Phone, PhoneState
from yihu.simulate.rtp import AudioPort

pytestmark = pytest.mark.asterisk

TONE_HZ = 440


@pytest.fixture
def config(tmp_path: Path) -> Iterator[AsteriskConfig]:
    with port_base() as base:
        yield asterisk_config(tmp_path, base)


@asynccontextmanager
async def centre(config: AsteriskConfig) -> AsyncIterator[None]:
    """A running Asterisk whose seat 8001 waits in queue 110."""
    async with running(config):
        await console(config, "queue add member PJSIP/8001 to 110")
        yield


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    path = tmp_path / "tone.wav"
    times = np.arange(2 * RATE) / RATE
    soundfile.write(path, 0.5 * np.sin(2 * np.pi * TONE_HZ * times), RATE)
    return path


def phone(config: AsteriskConfig, answer_after: float | None = 0.2, secret: str = "") -> Phone:
    return Phone(
        sip_host="127.0.0.1",
        sip_port=config.sip_port,
        username="8001",
        secret=secret or SEAT_SECRET,
        answer_after=answer_after,
        record_seconds=10,
        expires_seconds=4,
    )


async def no_calls(config: AsteriskConfig) -> None:
    async def check() -> bool:
        return "0 active channels" in await console(config, "core show channels")

    await eventually(check, "no channel left")


async def test_a_seat_hears_what_the_caller_says(config: AsteriskConfig, tone: Path) -> None:
    async with centre(config):
        async with anyio.create_task_group() as tasks:
            seat = phone(config)
            await tasks.start(seat.run)
            report = await place_call(
                sip_host="127.0.0.1",
                sip_port=config.sip_port,
                to="110",
                audio=tone,
                speak_after=1.5,
                tail_seconds=0.5,
            )
            await seat.wait_for(PhoneState.IDLE, within=30)
            tasks.cancel_scope.cancel()
        assert report.outcome is CallOutcome.COMPLETED
        assert report.sip_code == 200
        assert report.answered_after is not None
        assert report.answered_after < 10
        assert 3.7 < report.duration < 8  # a busy machine hangs up late, never early
        (call,) = seat.calls
        assert call.answered
        assert call.end == "far_end"
        assert call.from_uri.startswith("sip:13800000000@")
        heard = decode_alaw(call.heard).astype(float)
        loud = heard[np.abs(heard) > 1000]
        assert 1.0 < len(loud) / RATE < 2.1
        assert np.argmax(np.abs(np.fft.rfft(heard, 8 * RATE))) == pytest.approx(8 * TONE_HZ, abs=8)
        await no_calls(config)


async def test_a_seat_can_hang_up_and_a_caller_can_be_broken_off(config: AsteriskConfig) -> None:
    async with centre(config):
        reports: list[CallReport] = []

        async def call() -> None:
            where = {"sip_host": "127.0.0.1", "sip_port": config.sip_port}
            reports.append(await place_call(**where, to="110", stay_seconds=60))  # type: ignore[arg-type]  # checked below

        async with anyio.create_task_group() as tasks:
            seat = phone(config, answer_after=None)
            await tasks.start(seat.run)
            async with anyio.create_task_group() as callers:
                callers.start_soon(call)
                await seat.wait_for(PhoneState.RINGING, within=30)
                seat.answer()
                await seat.wait_for(PhoneState.TALKING, within=30)

                async def hears() -> bool:
                    return bool(seat.heard)

                # A seat that is gone before the two are connected has not answered: it rings on.
                await eventually(hears, "the caller's voice at the seat", 30)
                seat.hang_up()
            assert reports[0].outcome is CallOutcome.FAR_END_HUNG_UP
            assert seat.calls[-1].end == "own"
            async with anyio.create_task_group() as callers:
                callers.start_soon(call)
                await seat.wait_for(PhoneState.RINGING, within=30)
                callers.cancel_scope.cancel()
            await seat.wait_for(PhoneState.IDLE, within=30)
            assert seat.calls[-1].end == "cancelled"
            assert not seat.calls[-1].answered
            await no_calls(config)
            tasks.cancel_scope.cancel()


async def test_registration_is_renewed_and_taken_back(config: AsteriskConfig) -> None:
    async with centre(config):

        async def registered() -> bool:
            return "8001/sip:8001@" in await console(config, "pjsip show contacts")

        async def gone() -> bool:
            return not await registered()

        async with anyio.create_task_group() as tasks:
            await tasks.start(phone(config).run)
            with anyio.move_on_after(6):  # longer than a registration of 4 s lasts
                while await registered():
                    await anyio.sleep(0.5)
                pytest.fail("the registration ran out")
            tasks.cancel_scope.cancel()
        await eventually(gone, "the registration is taken back")


async def test_wrong_numbers_and_secrets_are_told(config: AsteriskConfig) -> None:
    async with centre(config):
        report = await place_call(sip_host="127.0.0.1", sip_port=config.sip_port, to="999")
        assert (report.outcome, report.sip_code) == (CallOutcome.REFUSED, 404)
        assert report.answered_after is None
        with pytest.raises(SetupError, match=r"8001 could not register.*refused"):
            await phone(config, secret="wrong").run()


async def test_two_callers_at_once_keep_apart(config: AsteriskConfig) -> None:
    async with centre(config):
        reports: dict[str, CallReport] = {}

        async def call(to: str, seconds: float) -> None:
            reports[to] = await place_call(
                sip_host="127.0.0.1", sip_port=config.sip_port, to=to, stay_seconds=seconds
            )

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call, "110", 1.0)
            tasks.start_soon(call, "96345", 2.0)
        assert {r.outcome for r in reports.values()} == {CallOutcome.COMPLETED}
        assert 0.7 < reports["110"].duration < 8
        assert 1.7 < reports["96345"].duration < 8


async def test_an_audio_port_sends_what_it_is_given() -> None:
    one, other = await AudioPort.open("127.0.0.1"), await AudioPort.open("127.0.0.1", 0.5)
    sound = bytes(range(256)) * 10
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(one.send, sound, ("127.0.0.1", other.number))
        with anyio.fail_after(5):
            while len(other.heard) < 4_000:
                await anyio.sleep(0.02)
        tasks.cancel_scope.cancel()
    one.close()
    other.close()
    assert bytes(other.heard) == sound + b"\xd5" * (4_000 - len(sound))
    assert one.heard_seconds == 0

"""A waiting caller says what happens, in a real voice, and is answered next."""

from __future__ import annotations

import sys
from contextlib import AsyncExitStack
from pathlib import Path

import anyio
import pytest
from sqlalchemy import select

from asr.client import SpeechClient
from classifier.model import Classifier
from ivr.asterisk import AsteriskConfig
from ivr.voice import Voice
from models.clock import SystemClock
from models.database import Database
from models.kinds import Device
from models.tables import Call, Seat
from tests.support.asterisk import eventually, running
from tests.support.telephony import People, calling, phone, telephony_at
from yihu import learning
from yihu.processes import Child

pytestmark = pytest.mark.asterisk

SPOKEN = "着火了，里面有人"
TOKEN = "a token for tests"
SPEAKER = "13800000009"


async def test_the_last_of_five_cries_fire_and_is_answered_next_at_110(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    models_dir: Path,
    cache_dir: Path,
    tmp_path: Path,
) -> None:
    folder = await learning.ensure_trained(cache_dir / "classifier", print)
    classifier = await anyio.to_thread.run_sync(Classifier.load, folder, None)
    voice = await anyio.to_thread.run_sync(Voice.load, models_dir)
    spoken = await anyio.to_thread.run_sync(voice.speak_to, SPOKEN, "zm_yunxi", tmp_path)
    audio = ("127.0.0.1", config.agi_port + 1)
    control = ("127.0.0.1", config.agi_port + 2)
    listening = ["--audio", "{}:{}".format(*audio), "--control", "{}:{}".format(*control)]
    command = [sys.executable, "-m", "asr", "serve", *listening]
    command += ["--model", str(models_dir / "vosk-small-cn")]
    child = Child("speech", command, tmp_path / "speech.log", 0.2, {"YIHU_SPEECH_TOKEN": TOKEN})
    speech = SpeechClient(*control, TOKEN, lambda event: desk.telephony.heard(event))
    async with database.writing() as work:  # one seat for each number
        seat = (await work.session.scalars(select(Seat).where(Seat.code == "8001"))).one()
        seat.queue_codes = ["96345"]

    async with (
        running(config),
        telephony_at(
            config,
            database,
            real_clock,
            speech=speech,
            audio_address=audio,
            classifier=classifier,
        ) as desk,
        phone(config, "8001"),
        phone(config, "8002") as emergency_phone,
        anyio.create_task_group() as tasks,
        AsyncExitStack() as callers,
    ):
        await tasks.start(child.run)
        tasks.start_soon(speech.run)

        async def speech_up() -> bool:
            return desk.telephony.speech_available

        await eventually(speech_up, "the speech process", 60)
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        await desk.telephony.sign_in(people.two, "8002", Device.PHONE)

        async def of(number: str) -> Call | None:
            return next((c for c in await desk.calls() if c.caller_number == number), None)

        async def comes(to: str, number: str, status: str, said: Path | None = None) -> None:
            await callers.enter_async_context(calling(config, to, number, audio=said))

            async def there() -> bool:
                call = await of(number)
                return call is not None and call.status == status

            await eventually(there, f"the call from {number} to be {status}", 30)

        await comes("110", "13800000001", "answered")
        await comes("96345", "13800000002", "answered")
        quiet = [f"1380000000{place}" for place in range(3, 7)]
        for number in quiet:
            await comes("96345", number, "queued")
        await comes("96345", SPEAKER, "queued", spoken)

        async def ahead() -> bool:
            call = await of(SPEAKER)
            return call is not None and call.lifted_at is not None and call.queue_code == "110"

        await eventually(ahead, "the words to lift the call", 60)
        lifted = await of(SPEAKER)
        assert lifted is not None
        assert lifted.priority > 0
        assert "火" in lifted.lift_reason

        emergency_phone.hang_up()
        await desk.agent_becomes(people.two, "wrap_up", 30)
        await desk.telephony.set_ready(people.two.id)
        agent = await desk.agent_becomes(people.two, "on_call", 30)
        assert agent.call_id == lifted.id
        answered = await of(SPEAKER)
        assert answered is not None
        assert (answered.status, answered.queue_code) == ("answered", "110")
        waiting = await desk.telephony.waiting.waiting_calls()
        assert [w.call.caller_number for w in waiting["96345"]] == quiet
        assert waiting["110"] == []
        assert lifted.queued_at is not None
        assert lifted.lifted_at is not None
        tasks.cancel_scope.cancel()

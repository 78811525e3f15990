"""A caller's words, from SIP through Asterisk and the real speech process into rows."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import anyio
import pytest
import soundfile
from sqlalchemy import select

from asr.client import SpeechClient
from ivr.asterisk import AsteriskConfig
from ivr.voice import Voice
from models.clock import SystemClock
from models.database import Database
from models.events import Event, TranscriptGrew, UtteranceStored
from models.kinds import Device, LegRole
from models.tables import Utterance
from tests.support.asterisk import eventually, running
from tests.support.recorded import onset, recorded
from tests.support.telephony import People, calling, folders, phone, telephony_at
from yihu.processes import Child

pytestmark = pytest.mark.asterisk

SPOKEN = "我想问一下，身份证去哪里办理"
TOKEN = "a token for tests"


async def test_words_grow_are_stored_and_survive_the_speech_process(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    models_dir: Path,
    tmp_path: Path,
) -> None:
    voice = await anyio.to_thread.run_sync(Voice.load, models_dir)
    spoken = await anyio.to_thread.run_sync(voice.speak_to, SPOKEN, "zm_yunxi", tmp_path)
    audio = ("127.0.0.1", config.agi_port + 1)
    control = ("127.0.0.1", config.agi_port + 2)
    listening = ["--audio", "{}:{}".format(*audio), "--control", "{}:{}".format(*control)]
    command = [sys.executable, "-m", "asr", "serve", *listening]
    command += ["--model", str(models_dir / "vosk-small-cn")]
    child = Child("speech", command, tmp_path / "speech.log", 0.2, {"YIHU_SPEECH_TOKEN": TOKEN})
    notices: list[Event] = []

    async def note(event: Event) -> None:
        notices.append(event)

    database.bus.subscribe(TranscriptGrew, note)
    database.bus.subscribe(UtteranceStored, note)
    speech = SpeechClient(*control, TOKEN, lambda event: desk.telephony.heard(event))

    async def said() -> list[Utterance]:
        async with database.reading() as session:
            return list((await session.scalars(select(Utterance))).all())

    async with (
        running(config),
        telephony_at(config, database, real_clock, speech=speech, audio_address=audio) as desk,
        phone(config),
        anyio.create_task_group() as tasks,
    ):
        await tasks.start(child.run)
        tasks.start_soon(speech.run)

        async def speech_up() -> bool:
            return desk.telephony.speech_available

        await eventually(speech_up, "the speech process", 60)
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110", audio=spoken):
            call = await desk.call_becomes("answered")
            await desk.speech_becomes("live")

            async def stored() -> bool:
                return bool(await said())

            await eventually(stored, "an utterance", 30)
            first = (await said())[0]
            assert (first.call_id, first.role) == (call.id, LegRole.CALLER)
            assert first.text
            assert first.words
            assert isinstance(notices[0], TranscriptGrew), "words are shown before they are final"
            assert notices[0].stream_id == first.stream_id

            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            await desk.speech_becomes("unavailable")
            assert (await desk.call_becomes("answered")).ended_at is None
            await desk.speech_becomes("live", 60)
        call = await desk.call_becomes("ended")
        kept = await recorded(database, call)
        samples, _ = soundfile.read(folders(config).archive / kept.path)
        assert first.call_ms is not None
        offset = first.call_ms / 1000 - onset(samples[:, 0])
        assert abs(offset) < 0.3
        tasks.cancel_scope.cancel()

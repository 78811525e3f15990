"""The speech process is killed while a caller talks: nothing said is lost, nothing comes twice."""

from __future__ import annotations

import os
import signal
import sys
import wave
from pathlib import Path

import anyio
import pytest
from sqlalchemy import select

from asr.client import SpeechClient
from ivr.asterisk import AsteriskConfig
from ivr.transcribing import Transcriber
from ivr.voice import Voice
from models.clock import SystemClock
from models.database import Database
from models.kinds import Device
from models.speech_tables import Recovery
from models.tables import Utterance
from tests.support.asterisk import eventually, running
from tests.support.telephony import People, calling, phone, telephony_at
from yihu.processes import Child

pytestmark = pytest.mark.asterisk

VOICE = "zm_yunxia"
SENTENCES = {
    "身份证": "我想问一下，身份证去哪里办理",
    "停电": "我们这里停电了，从早上到现在都没有来电",
    "音乐": "楼上一直在放音乐，声音很大",
}
PAUSE = bytes(2 * 12_000)  # 1.5 s
TOKEN = "a token for tests"


async def spoken(models_dir: Path, folder: Path) -> Path:
    """The sentences one after the other."""
    voice = await anyio.to_thread.run_sync(Voice.load, models_dir)
    path = folder / "all.wav"
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, 8_000, 0, "NONE", ""))
        for text in SENTENCES.values():
            one = await anyio.to_thread.run_sync(voice.speak_to, text, VOICE, folder)
            with wave.open(str(one)) as part:
                sound.writeframes(part.readframes(part.getnframes()) + PAUSE)
    return path


async def test_what_was_said_while_speech_was_down_comes_from_the_recording(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    models_dir: Path,
    tmp_path: Path,
) -> None:
    said_all = await spoken(models_dir, tmp_path)
    with wave.open(str(said_all)) as sound:
        length = sound.getnframes() / sound.getframerate()
    model = models_dir / "vosk-small-cn"
    audio = ("127.0.0.1", config.agi_port + 1)
    control = ("127.0.0.1", config.agi_port + 2)
    command = [sys.executable, "-m", "asr", "serve", "--model", str(model)]
    command += ["--audio", "{}:{}".format(*audio), "--control", "{}:{}".format(*control)]
    child = Child("speech", command, tmp_path / "speech.log", 4.0, {"YIHU_SPEECH_TOKEN": TOKEN})
    speech = SpeechClient(*control, TOKEN, lambda event: desk.telephony.heard(event))

    async def utterances() -> list[Utterance]:
        async with database.reading() as session:
            query = select(Utterance).order_by(Utterance.call_ms)
            return list((await session.scalars(query)).all())

    async def duty_done() -> bool:
        async with database.reading() as session:
            return [row.status for row in await session.scalars(select(Recovery))] == ["done"]

    async with (
        running(config),
        telephony_at(
            config,
            database,
            real_clock,
            speech=speech,
            audio_address=audio,
            transcriber=Transcriber(lambda: model),
        ) as desk,
        phone(config),
        anyio.create_task_group() as tasks,
    ):
        await tasks.start(child.run)
        tasks.start_soon(speech.run)

        async def speech_up() -> bool:
            return desk.telephony.speech_available

        await eventually(speech_up, "the speech process", 120)
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110", audio=said_all):

            async def stored() -> bool:
                return bool(await utterances())

            await eventually(stored, "the first sentence", 30)
            assert child.pid is not None
            os.kill(child.pid, signal.SIGKILL)
            await desk.speech_becomes("unavailable")
            await desk.speech_becomes("live", 120)
            call = await desk.call_becomes("answered")

            async def all_said() -> bool:
                assert call.answered_at is not None
                said = real_clock.now() - call.answered_at
                return bool(said.total_seconds() > length + 1)

            await eventually(all_said, "the caller to have said all", 90)
        await desk.call_becomes("ended")
        await eventually(duty_done, "what was missed to be transcribed", 240)  # it is the idlest
        tasks.cancel_scope.cancel()

    rows = await utterances()
    text = "".join(row.text for row in rows)
    assert {word: text.count(word) for word in SENTENCES} == dict.fromkeys(SENTENCES, 1), text
    assert rows[0].source == "live"
    assert "停电" in "".join(row.text for row in rows if row.source == "recording")
    assert all(row.engine.startswith("vosk") for row in rows)

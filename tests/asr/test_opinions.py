"""Engines of other kinds, and utterances heard a second time."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import anyio
import pytest

from asr import audiosocket, engines
from asr.client import FinalHeard, SpeechUp
from asr.engine import Pool, VoskEngine
from asr.evaluate import distance, syllables, utterances_of
from asr.events import SecondHeard
from asr.opinions import MOST_WAITING, SHORTEST, Opinions
from asr.whisper import FILES, WhisperEngine, is_whisper
from asr.workers import Workers
from models.errors import SetupError
from tests.asr.conftest import Heard, Spoken, Start

pytestmark = pytest.mark.integration


async def test_an_utterance_is_heard_again_and_told(model_dir: Path, spoken: Spoken) -> None:
    audio = spoken(*Spoken.REPAIR)
    told: list[SecondHeard] = []
    enough = anyio.Event()
    stream = uuid4()

    async def tell(event: SecondHeard) -> None:
        told.append(event)
        if event.sequence == 7:
            enough.set()

    opinions = Opinions(Workers(model_dir, 1, nice=0))
    async with anyio.create_task_group() as tasks:
        await tasks.start(opinions.run)
        opinions.offer(stream, 0, audio[: SHORTEST - 2], tell)  # too short for an opinion
        opinions.offer(stream, 1, audio, tell)
        opinions.offer(stream, 2, bytes(2 * SHORTEST), tell)  # nothing is said
        opinions.offer(stream, 7, audio, tell)
        with anyio.fail_after(60):
            await enough.wait()
        tasks.cancel_scope.cancel()
    assert [event.sequence for event in told] == [1, 7]
    assert told[0].stream_id == stream
    assert told[0].engine == "vosk vosk-small-cn"
    assert "水管破了" in told[0].text
    assert 0 < told[0].confidence <= 1


async def test_a_call_is_told_names_that_were_repaired_and_second_opinions(
    model_dir: Path, start_speech: Start, spoken: Spoken, tmp_path: Path
) -> None:
    gazetteer = tmp_path / "gazetteer.csv"
    gazetteer.write_text("name,kind\n水管坡\n请派人莱,road\n", encoding="utf-8")
    more = ("--second", str(model_dir), "--names", str(gazetteer), "--workers", "1")
    server, heard, stream_id = start_speech(more=more), Heard(), uuid4()
    client = server.client(heard)
    audio = spoken(*Spoken.REPAIR) + bytes(16_000)
    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        await client.expect(stream_id)
        async with await anyio.connect_tcp("127.0.0.1", server.audio_port) as socket:
            await socket.send(audiosocket.encode(audiosocket.IDENTITY, stream_id.bytes))
            for start in range(0, len(audio), 640):
                piece = audio[start : start + 640]
                await socket.send(audiosocket.encode(audiosocket.AUDIO, piece))
                await anyio.sleep(0.01)
            await socket.send(audiosocket.encode(audiosocket.HANG_UP))
            await heard.wait(SecondHeard)
        tasks.cancel_scope.cancel()
    final, again = heard.of(FinalHeard)[0], heard.of(SecondHeard)[0]
    assert (again.stream_id, again.sequence) == (stream_id, final.sequence)
    assert "外流" in again.text
    for change in final.changes:
        assert final.text[change.start : change.end] in ("水管坡", "请派人莱")
        assert change.heard in final.raw_text.replace(" ", "")


async def test_few_wait_and_the_oldest_are_dropped_first(model_dir: Path) -> None:
    opinions = Opinions(Workers(model_dir, 1))  # which does not run

    async def tell(event: SecondHeard) -> None:
        pytest.fail("nobody heard it")

    for number in range(MOST_WAITING + 5):
        opinions.offer(uuid4(), number, bytes(SHORTEST), tell)
    assert opinions.dropped == 5


def test_a_folder_is_one_engine_or_refused_in_a_sentence(model_dir: Path, tmp_path: Path) -> None:
    assert isinstance(engines.load(model_dir), VoskEngine)
    with pytest.raises(SetupError, match="is not a Vosk model"):
        engines.load(tmp_path)
    with pytest.raises(SetupError, match=r"model\.bin is missing"):
        WhisperEngine(tmp_path)
    for name in FILES:
        (tmp_path / name).write_text("{}")
    assert is_whisper(tmp_path)
    engines.check(tmp_path)
    with pytest.raises(SetupError, match="cannot be loaded"):
        engines.load(tmp_path).recogniser()


def test_whisper_hears_a_finished_utterance(models_dir: Path, spoken: Spoken) -> None:
    folder = models_dir / "whisper-base"
    if not is_whisper(folder):
        pytest.fail("whisper-base is not there: run `make test`, which fetches it")
    engine = engines.load(folder, ["南苑小区"])
    recogniser = engine.recogniser()
    recogniser.accept(bytes(1_000))
    assert recogniser.partial() == ""
    assert recogniser.finish().words == ()  # too short to hold a word
    text, voice = Spoken.REPAIR
    (heard,) = utterances_of(Pool(engine), spoken(text, voice))
    assert distance(syllables(text), syllables(heard.raw_text)) <= 3
    assert [word.start_ms for word in heard.words] == sorted(w.start_ms for w in heard.words)
    assert engine.name == "whisper whisper-base"

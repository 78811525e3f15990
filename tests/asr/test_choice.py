"""Engines beside the usual one: each stream has its own, and the usual one where that fails."""

from __future__ import annotations

import socket
from pathlib import Path
from uuid import uuid4

import anyio
import psutil
import pytest

from asr import audiosocket
from asr.audiosocket import BYTES_PER_MS
from asr.choice import Choice
from asr.client import FinalHeard, SpeechClient, SpeechTrouble, SpeechUp
from asr.service import SpeechService
from asr.whisper import FILES, is_whisper
from asr.workers import Workers
from tests.asr.conftest import TOKEN, Heard, Spoken
from tests.asr.test_vad import silence
from tests.asr.test_workers import PIECE, Stream

pytestmark = pytest.mark.integration


def other_model(model_dir: Path, folder: Path) -> Path:
    """The same model by another name."""
    folder.mkdir()
    for part in model_dir.iterdir():
        (folder / part.name).symlink_to(part)
    return folder


async def up(workers: Workers) -> None:
    with anyio.fail_after(120):
        while not workers.up:
            await anyio.sleep(0.01)


async def test_a_stream_is_heard_by_the_engine_it_asks_for(
    model_dir: Path, spoken: Spoken, tmp_path: Path
) -> None:
    audio = spoken(*Spoken.QUESTION)
    broken = tmp_path / "broken"  # whisper finds out when it is to hear
    broken.mkdir()
    for name in FILES:
        (broken / name).write_text("{}")
    usual = Workers(model_dir, 1, nice=0)
    folders = {"broken": broken, "none": tmp_path / "none"}
    folders["other"] = other_model(model_dir, tmp_path / "vosk-other")
    choice = Choice(usual, folders)
    service, heard = SpeechService(usual, TOKEN, choice=choice), Heard()
    control = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port: int = control.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django
    with socket.create_server(("127.0.0.1", 0)) as listening:
        async with control, anyio.create_task_group() as tasks:
            await tasks.start(service.run)
            tasks.start_soon(service.serve_audio, listening)
            tasks.start_soon(control.serve, service.handle_control)
            assert choice.of("other").acting is usual  # nobody waits for it
            await up(choice.of("other"))  # loaded last: the others have failed
            client = SpeechClient("127.0.0.1", port, TOKEN, heard)
            await tasks.start(client.run)
            await heard.wait(SpeechUp)
            engines: list[str] = []
            for engine in (None, "other", "broken", "none", "never heard of"):
                stream_id = uuid4()
                await client.expect(stream_id, engine=engine)
                async with await anyio.connect_tcp(*listening.getsockname()) as connection:
                    send = connection.send
                    await send(audiosocket.encode(audiosocket.IDENTITY, stream_id.bytes))
                    for start in range(0, len(audio), 3_200):
                        piece = audio[start : start + 3_200]
                        await send(audiosocket.encode(audiosocket.AUDIO, piece))
                    await send(audiosocket.encode(audiosocket.HANG_UP))
                    final = await heard.wait(FinalHeard, len(engines) + 1)
                assert "身份证" in final.text
                engines.append(final.engine)
            tasks.cancel_scope.cancel()
    vosk = f"vosk {model_dir.name}"
    assert engines == [vosk, "vosk vosk-other", vosk, vosk, vosk]
    said = [event.text for event in heard.of(SpeechTrouble)]  # once, to the first who listens
    assert len(said) == 2
    assert said[0].startswith("What broken should hear is heard by the usual engine: ")
    assert "There is no speech model in" in said[1]


async def test_an_engine_that_fails_gives_place_without_a_lost_word(
    model_dir: Path, spoken: Spoken, tmp_path: Path
) -> None:
    question = spoken(*Spoken.QUESTION)
    half = len(question) // 4 * 2
    folder = other_model(model_dir, tmp_path / "vosk-other")
    usual, said = Workers(model_dir, 1, nice=0), list[str]()
    choice = Choice(usual, {"other": folder})
    other = choice.of("other")
    async with anyio.create_task_group() as tasks:
        await tasks.start(usual.run)
        tasks.start_soon(choice.run, said.append)
        await up(other)
        stream = Stream(other)
        tasks.start_soon(stream.listener.run)
        await stream.feed(question + silence(1_500))
        await stream.told(finals=1)
        await stream.feed(question[:half])
        await stream.told(partials=len(stream.partials) + 1)
        (folder / "am").unlink()
        nursery = psutil.Process(other.pids[0]).parent()
        assert nursery is not None
        nursery.kill()
        await stream.feed(question[half:] + silence(1_500))
        await stream.told(finals=2)
        tasks.cancel_scope.cancel()
    assert [final.sequence for final in stream.finals] == [0, 1]
    assert ["身份证" in final.text for final in stream.finals] == [True, True]
    assert [final.engine for final in stream.finals] == ["vosk vosk-other", usual.name]
    assert len(said) == 1
    assert "am/final.mdl is missing" in said[0]


async def test_whisper_hears_long_speech_without_a_partial(
    models_dir: Path, spoken: Spoken
) -> None:
    folder = models_dir / "whisper-base"
    if not is_whisper(folder):
        pytest.skip("whisper-base is not there: run `yihu models fetch whisper-base`")
    parts = [spoken(*one).rstrip(b"\0") for one in (Spoken.QUESTION, Spoken.REPAIR, Spoken.CRASH)]
    audio = b"".join(part + bytes(len(part) % 2) for part in parts)
    assert len(audio) > 7_000 * BYTES_PER_MS  # past the rule for music
    workers = Workers(folder, 1, nice=0)
    async with anyio.create_task_group() as tasks:
        await tasks.start(workers.run)
        stream = Stream(workers)
        tasks.start_soon(stream.listener.run)
        for start in range(0, len(audio), PIECE):
            await stream.listener.take(audio[start : start + PIECE])
            await anyio.sleep(0.02)  # so that it is decoded while it comes
        await stream.listener.end()
        await stream.told(finals=1)
        with anyio.fail_after(120):
            while stream.spool.in_memory:
                await anyio.sleep(0.01)
        tasks.cancel_scope.cancel()
    assert stream.partials == []
    heard_ms = sum(final.end_ms - final.start_ms for final in stream.finals)
    assert heard_ms > 0.75 * len(audio) / BYTES_PER_MS
    assert stream.finals[-1].engine == "whisper whisper-base"

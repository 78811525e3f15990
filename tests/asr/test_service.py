"""The speech process end to end: audio in over AudioSocket, words out through the client."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import pytest
from anyio.abc import SocketStream

from asr import audiosocket
from asr.client import (
    FinalHeard,
    PartialHeard,
    SpeechDown,
    SpeechUp,
    StreamEnded,
)
from asr.events import FORGOTTEN, HANG_UP, LOST, MALFORMED
from models.errors import Unavailable
from tests.asr.conftest import PROJECT, Heard, Spoken, Start, until

pytestmark = pytest.mark.integration

FRAME = 320
SILENCE = bytes(8000 * 2)


async def connect(port: int, stream_id: UUID) -> SocketStream:
    socket = await anyio.connect_tcp("127.0.0.1", port)
    await socket.send(audiosocket.encode(audiosocket.IDENTITY, stream_id.bytes))
    return socket


async def send_audio(socket: SocketStream, audio: bytes, pace: float = 10) -> None:
    """Send ``pace`` times as fast as a telephone does."""
    for start in range(0, len(audio), FRAME):
        piece = audio[start : start + FRAME]
        await socket.send(audiosocket.encode(audiosocket.AUDIO, piece))
        await anyio.sleep(0.02 / pace)


async def keep_silent(socket: SocketStream) -> None:
    """What a telephone sends while nobody speaks."""
    while True:
        await socket.send(audiosocket.encode(audiosocket.AUDIO, bytes(FRAME)))
        await anyio.sleep(0.02)


async def test_words_come_while_spoken_and_the_last_ones_at_hang_up(
    start_speech: Start, spoken: Spoken
) -> None:
    question, repair = spoken(*Spoken.QUESTION), spoken(*Spoken.REPAIR)
    server, heard, stream_id = start_speech(), Heard(), uuid4()
    client = server.client(heard)
    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        assert client.available
        await client.expect(stream_id)
        async with await connect(server.audio_port, stream_id) as socket:
            await send_audio(socket, SILENCE + question + SILENCE, pace=1)
            async with anyio.create_task_group() as silence:
                silence.start_soon(keep_silent, socket)
                first = await heard.wait(FinalHeard)
                silence.cancel_scope.cancel()
            await send_audio(socket, repair[:-16_000])  # hangs up in mid-word
            await socket.send(audiosocket.encode(audiosocket.HANG_UP))
            ended = await heard.wait(StreamEnded)
        tasks.cancel_scope.cancel()

    assert ended == StreamEnded(stream_id, HANG_UP)
    finals = heard.of(FinalHeard)
    assert [final.sequence for final in finals] == list(range(len(finals)))
    assert len(finals) >= 2
    assert {final.stream_id for final in finals} == {stream_id}
    assert "身份证" in first.text
    assert "往外" in finals[-1].text  # near the place where it was cut off
    assert first.raw_text == " ".join(word.text for word in first.words)
    assert 600 <= first.start_ms < first.end_ms <= first.words[-1].end_ms
    assert 0 < first.confidence <= 1
    assert first.engine.startswith("vosk ")
    partials = [partial for partial in heard.of(PartialHeard) if partial.sequence == 0]
    assert len(partials) >= 2
    assert heard.events.index(partials[0]) < heard.events.index(first)
    assert heard.events[-1] == ended


async def test_several_streams_are_heard_at_once(start_speech: Start, spoken: Spoken) -> None:
    server, heard = start_speech(), Heard()
    client = server.client(heard)
    streams = [uuid4() for _ in range(3)]
    audio = spoken(*Spoken.QUESTION)

    async def call(stream_id: UUID) -> None:
        await client.expect(stream_id)
        async with await connect(server.audio_port, stream_id) as socket:
            await send_audio(socket, audio)
            await socket.send(audiosocket.encode(audiosocket.HANG_UP))

    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        async with anyio.create_task_group() as calls:
            for stream_id in streams:
                calls.start_soon(call, stream_id)
        await heard.wait(StreamEnded, 3)
        tasks.cancel_scope.cancel()
    assert {final.stream_id for final in heard.of(FinalHeard)} == set(streams)


async def closed(socket: SocketStream) -> bool:
    """Whether the other side closes within half a minute."""
    with anyio.move_on_after(30):
        try:
            await socket.receive()
        except (anyio.EndOfStream, anyio.BrokenResourceError):
            return True
    return False


async def test_only_expected_streams_are_taken(start_speech: Start) -> None:
    server, heard, stream_id = start_speech(), Heard(), uuid4()
    client = server.client(heard)
    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        async with await connect(server.audio_port, uuid4()) as stranger:
            assert await closed(stranger)
        await client.expect(stream_id)
        with pytest.raises(Unavailable):
            await client.expect(stream_id)
        async with await connect(server.audio_port, stream_id):
            async with await connect(server.audio_port, stream_id) as second:
                assert await closed(second)
            assert not heard.of(StreamEnded)
        assert (await heard.wait(StreamEnded)).reason == LOST
        tasks.cancel_scope.cancel()


async def test_a_forgotten_stream_is_closed_and_tells_its_last_words(
    start_speech: Start, spoken: Spoken
) -> None:
    question = spoken(*Spoken.QUESTION)
    server, heard, stream_id, never = start_speech(), Heard(), uuid4(), uuid4()
    client = server.client(heard)
    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        await client.expect(never)
        await client.forget(never)
        assert await heard.wait(StreamEnded) == StreamEnded(never, FORGOTTEN)
        await client.expect(stream_id)
        async with await connect(server.audio_port, stream_id) as socket:
            await send_audio(socket, question)
            await heard.wait(PartialHeard)
            await client.forget(stream_id)
            assert await closed(socket)
        assert await heard.wait(StreamEnded, 2) == StreamEnded(stream_id, FORGOTTEN)
        assert heard.of(FinalHeard)
        tasks.cancel_scope.cancel()


async def test_a_malformed_stream_is_closed(start_speech: Start) -> None:
    server, heard, stream_id = start_speech(), Heard(), uuid4()
    client = server.client(heard)
    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        await client.expect(stream_id)
        async with await connect(server.audio_port, stream_id) as socket:
            await socket.send(b"\x10\xff\xff")
            assert await closed(socket)
        assert await heard.wait(StreamEnded) == StreamEnded(stream_id, MALFORMED)
        tasks.cancel_scope.cancel()


async def test_a_killed_process_is_reported_and_a_new_one_found(start_speech: Start) -> None:
    server, heard = start_speech(), Heard()
    client = server.client(heard)
    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        server.process.kill()
        server.process.wait(timeout=30)
        await heard.wait(SpeechDown)
        assert not client.available
        with pytest.raises(Unavailable):
            await client.expect(uuid4())
        await client.forget(uuid4())
        await anyio.to_thread.run_sync(start_speech, server.audio_port, server.control_port)
        await heard.wait(SpeechUp, 2)
        await client.expect(uuid4())
        tasks.cancel_scope.cancel()


async def test_a_wrong_token_is_refused_and_the_newest_client_holds_the_session(
    start_speech: Start,
) -> None:
    server, wrong, first, second = start_speech(), Heard(), Heard(), Heard()
    async with anyio.create_task_group() as tasks:
        await tasks.start(server.client(wrong, "wrong").run)
        async with anyio.create_task_group() as former:
            await former.start(server.client(first).run)
            await first.wait(SpeechUp)
            await tasks.start(server.client(second).run)
            await second.wait(SpeechUp)
            await first.wait(SpeechDown)
            former.cancel_scope.cancel()
        tasks.cancel_scope.cancel()
    assert wrong.events == []


def test_it_dies_with_its_parent(model_dir: Path) -> None:
    command = [sys.executable, "-m", "asr", "serve", "--model", str(model_dir)]
    command += ["--audio", "127.0.0.1:0", "--control", "127.0.0.1:0"]
    parent = (
        "import os, subprocess, sys\n"
        f"child = subprocess.Popen({command!r}, stdout=subprocess.PIPE,"
        " env={**os.environ, 'YIHU_SPEECH_TOKEN': 'x'})\n"
        "print(child.stdout.readline(), child.pid, flush=True)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", parent], cwd=PROJECT, capture_output=True, text=True, timeout=300
    )
    assert "ready" in done.stdout
    child = Path("/proc") / done.stdout.split()[-1]
    until(lambda: not _alive(child), 10, "the child ends with its parent")


def _alive(process: Path) -> bool:
    try:
        return ") Z " not in (process / "stat").read_text()
    except OSError:
        return False

"""Time-outs and bounds of the service, in this process with short times."""

from __future__ import annotations

import os
import signal
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import anyio
import pytest

from asr import audiosocket
from asr.audiosocket import AudioTimes
from asr.client import (
    SpeechClient,
    SpeechDown,
    SpeechEvent,
    SpeechTimes,
    SpeechUp,
    StreamEnded,
)
from asr.events import NEVER_CONNECTED, STALLED
from asr.service import ServiceLimits, SpeechService
from asr.wire import encode
from asr.workers import Workers
from models.errors import Unavailable
from tests.asr.conftest import TOKEN, Heard, Start

pytestmark = pytest.mark.integration

CLOSED = (anyio.EndOfStream, anyio.BrokenResourceError)
PATIENT = ServiceLimits(
    audio=AudioTimes(identity=60, stall=60, pause=0.1), expectation=60, hello=60, client_silence=60
)
SECONDS = 30  # the longest wait for what comes at once


@dataclass
class Rig:
    """A service with a connected client."""

    heard: Heard
    client: SpeechClient
    audio_port: int
    control_port: int


@asynccontextmanager
async def serving(
    model_dir: Path,
    limits: ServiceLimits,
    times: SpeechTimes,
    also: Callable[[SpeechClient, SpeechEvent], Awaitable[None]] | None = None,
) -> AsyncIterator[Rig]:
    service, heard = SpeechService(Workers(model_dir, 1), TOKEN, limits), Heard()

    async def on_event(event: SpeechEvent) -> None:
        await heard(event)
        if also is not None:
            await also(client, event)

    audio = socket.create_server(("127.0.0.1", 0))
    control = await anyio.create_tcp_listener(local_host="127.0.0.1")
    with audio:
        async with control, anyio.create_task_group() as tasks:
            tasks.start_soon(service.serve_audio, audio)  # nothing is decoded: no workers
            tasks.start_soon(control.serve, service.handle_control)
            port = control.listeners[0].extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - no SQL
            client = SpeechClient("127.0.0.1", port, TOKEN, on_event, times=times)
            await tasks.start(client.run)
            await heard.wait(SpeechUp)
            yield Rig(heard, client, audio.getsockname()[1], port)
            tasks.cancel_scope.cancel()


async def test_an_announced_stream_that_never_connects_is_given_up(model_dir: Path) -> None:
    limits = replace(PATIENT, expectation=0.3)
    async with serving(model_dir, limits, SpeechTimes(ping=0.1)) as rig:
        stream_id = uuid4()
        await rig.client.expect(stream_id)
        assert await rig.heard.wait(StreamEnded) == StreamEnded(stream_id, NEVER_CONNECTED)
        await rig.client.expect(stream_id)  # may be announced again


async def test_a_stream_without_audio_is_closed_as_stalled(model_dir: Path) -> None:
    limits = replace(PATIENT, audio=replace(PATIENT.audio, stall=0.4))
    async with serving(model_dir, limits, SpeechTimes(ping=0.1)) as rig:
        stream_id = uuid4()
        await rig.client.expect(stream_id)
        async with await anyio.connect_tcp("127.0.0.1", rig.audio_port) as connection:
            await connection.send(audiosocket.encode(audiosocket.IDENTITY, stream_id.bytes))
            assert await rig.heard.wait(StreamEnded) == StreamEnded(stream_id, STALLED)
            with anyio.fail_after(SECONDS), pytest.raises(anyio.EndOfStream):
                await connection.receive()


async def test_the_number_of_streams_is_bounded(model_dir: Path) -> None:
    limits = replace(PATIENT, most_streams=2, expectation=2)
    async with serving(model_dir, limits, SpeechTimes(ping=0.1)) as rig:
        await rig.client.expect(uuid4())
        await rig.client.expect(uuid4())
        with pytest.raises(Unavailable):
            await rig.client.expect(uuid4())
        await rig.heard.wait(StreamEnded, 2)
        await rig.client.expect(uuid4())


async def test_a_silent_client_is_dropped_and_comes_back(model_dir: Path) -> None:
    limits = replace(PATIENT, client_silence=0.5)
    async with serving(model_dir, limits, SpeechTimes(ping=60, first_retry=0.05)) as rig:
        await rig.heard.wait(SpeechDown)
        await rig.heard.wait(SpeechUp, 2)


@pytest.mark.parametrize("first", [b"", b"nonsense\n", b"x" * 100_000, b'{"type":"hello"}\n'])
async def test_a_stranger_is_turned_away(model_dir: Path, first: bytes) -> None:
    limits = replace(PATIENT, hello=PATIENT.hello if first else 0.5)
    async with serving(model_dir, limits, SpeechTimes(ping=0.1)) as rig:
        async with await anyio.connect_tcp("127.0.0.1", rig.control_port) as connection:
            await connection.send(first)
            with anyio.fail_after(SECONDS), pytest.raises(CLOSED):
                await connection.receive()
        await rig.client.expect(uuid4())  # the right client is not touched
        assert not rig.heard.of(SpeechDown)


@pytest.mark.parametrize("wrong", [{"stream": "none"}, {"stream": str(uuid4()), "engine": ["x"]}])
async def test_nonsense_from_the_client_ends_its_session(
    model_dir: Path, wrong: dict[str, object]
) -> None:
    async with serving(model_dir, PATIENT, SpeechTimes(ping=0.1)) as rig:
        async with await anyio.connect_tcp("127.0.0.1", rig.control_port) as connection:
            await connection.send(encode({"type": "hello", "token": TOKEN}))
            with anyio.fail_after(SECONDS):
                assert (await connection.receive()).startswith(b'{"type":"ready"')
                await connection.send(encode({"type": "expect", **wrong}))
                with pytest.raises(CLOSED):
                    await connection.receive()
        await rig.heard.wait(SpeechUp, 2)


async def test_a_process_that_hangs_is_reported(start_speech: Start) -> None:
    server, heard = start_speech(), Heard()
    times = SpeechTimes(ping=0.1, silence=1.0)
    client = SpeechClient("127.0.0.1", server.control_port, TOKEN, heard, times=times)
    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        os.kill(server.process.pid, signal.SIGSTOP)
        assert "no more" in (await heard.wait(SpeechDown)).reason
        os.kill(server.process.pid, signal.SIGCONT)
        await heard.wait(SpeechUp, 2)
        tasks.cancel_scope.cancel()


async def test_a_failing_handler_does_not_stop_the_next_event(model_dir: Path) -> None:
    async def fail(client: SpeechClient, event: SpeechEvent) -> None:
        if isinstance(event, SpeechUp):
            await client.expect(uuid4())  # a handler may ask the server
            raise RuntimeError("a handler is broken")

    limits = replace(PATIENT, expectation=0.3)
    async with serving(model_dir, limits, SpeechTimes(ping=0.1), fail) as rig:
        assert (await rig.heard.wait(StreamEnded)).reason == NEVER_CONNECTED

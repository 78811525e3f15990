"""Streams that stall or come malformed: a tap opens new ones, and the call's text goes on."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast
from uuid import UUID, uuid4

import anyio
import pytest
from anyio.abc import SocketStream

from asr.audiosocket import AUDIO, IDENTITY, AudioTimes, encode
from asr.client import SpeechClient
from asr.events import STALLED, StreamEnded
from asr.service import ServiceLimits, SpeechService
from asr.workers import Workers
from ivr.ami import Ami
from ivr.lives import Lives
from ivr.recordings import Recordings
from ivr.sweep import Sweep
from ivr.taps import Tap, Taps, TapState
from models.clock import ManualClock, SystemClock
from models.database import Database
from models.kinds import LegRole
from models.states import CallStatus
from models.tables import Call
from tests.support.telephony import Ear

pytestmark = pytest.mark.integration

TOKEN = "a token for tests"
FRAME = encode(AUDIO, bytes(320))
LIMITS = ServiceLimits(audio=AudioTimes(stall=1.0, pause=0.2))


@dataclass
class Voice:
    """A leg's voice that comes from here: ``acts`` are what its streams do, one after another;
    further ones send silence as a telephone does."""

    acts: list[str]
    opened: list[UUID] = field(default_factory=list)
    live: bool = True
    _streams: list[SocketStream] = field(default_factory=list)

    async def open(self, stream_id: UUID, address: tuple[str, int]) -> None:
        stream = await anyio.connect_tcp(*address)
        self._streams.append(stream)
        self.opened.append(stream_id)
        await stream.send(encode(IDENTITY, stream_id.bytes))
        act = self.acts.pop(0) if self.acts else "speaks"
        if act == "malformed":
            await stream.send(b"\x10\xff\xff")
        elif act == "speaks":
            await stream.send(FRAME * 400)  # silence until the test ends

    async def aclose(self) -> None:
        for stream in self._streams:
            await anyio.aclose_forcefully(stream)


@asynccontextmanager
async def tapped(voice: Voice) -> AsyncIterator[tuple[Tap, list[TapState]]]:
    """A tap of ``voice`` at a speech service without recognition, and the states it told."""
    states: list[TapState] = []
    service = SpeechService(Workers(Path(), 1), TOKEN, LIMITS)
    control = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port = control.listeners[0].extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - no SQL
    with socket.create_server(("127.0.0.1", 0)) as audio:
        async with control, anyio.create_task_group() as tasks:
            tasks.start_soon(service.serve_audio, audio)
            tasks.start_soon(control.serve, service.handle_control)
            client = SpeechClient("127.0.0.1", port, TOKEN, lambda event: taps.heard(event))
            taps = Taps(cast(Ami, None), client, audio.getsockname(), SystemClock())
            taps.sources["a channel"] = voice

            async def hear(*_: object) -> None: ...

            async def tell() -> None:
                states.append(tap.state)

            tap = Tap(taps, LegRole.CALLER, "a channel", hear, tell)
            await tasks.start(client.run)
            await until(lambda: client.available)
            tasks.start_soon(tap.run)
            yield tap, states
            await voice.aclose()
            tasks.cancel_scope.cancel()


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(30):
        while not condition():
            await anyio.sleep(0.01)


@pytest.mark.parametrize("act", ["malformed", "stalls"])
async def test_a_stream_at_fault_is_opened_anew_at_once_and_not_told(act: str) -> None:
    voice = Voice([act])
    async with tapped(voice) as (tap, states):
        await until(lambda: len(voice.opened) == 2)
        await until(lambda: tap.state is TapState.LIVE)
        assert states == [TapState.LIVE]
        assert voice.opened[0] != voice.opened[1]


async def test_a_leg_whose_streams_all_fail_is_told_and_tried_more_and_more_slowly() -> None:
    voice = Voice(["malformed"] * 100)
    async with tapped(voice) as (tap, states):
        await until(lambda: TapState.FAILED in states)
        with anyio.move_on_after(1.5):
            await until(lambda: len(voice.opened) > 5)
        assert 2 <= len(voice.opened) <= 5
        tap.end_leg()
        await until(tap.done.is_set)


async def test_every_stream_of_a_leg_asks_for_the_engine_of_its_queue(
    database: Database, clock: ManualClock
) -> None:
    ear, voices = Ear(), {"96345": Voice([]), "110": Voice([])}
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port: int = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - no SQL - not Django
    engines = {"96345": "whisper-base"}
    taps = Taps(cast(Ami, None), ear, ("127.0.0.1", port), clock, engines)
    ear.on_event = taps.heard

    async def nothing(*_: object) -> None: ...

    async def no_channels() -> frozenset[str]:
        return frozenset()

    recordings = Recordings(database, clock, None)
    sweep = Sweep(database, clock, None, recordings, no_channels)
    lives = Lives(database, taps, None, sweep, nothing, nothing)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, ear.serve)
        await tasks.start(lives.run)
        for code, voice in voices.items():
            taps.sources[code] = voice
            call = Call(id=uuid4(), dialled=code, queue_code=code, channel=code, linkedid=code)
            call.status = CallStatus.RECEIVED
            lives.open_caller(call)
        await until(lambda: all(voice.opened for voice in voices.values()))
        await ear.tell(StreamEnded(voices["96345"].opened[0], STALLED))
        await until(lambda: len(voices["96345"].opened) == 2)
        for voice in voices.values():
            await voice.aclose()
        tasks.cancel_scope.cancel()
    asked = dict(zip(ear.expected, ear.engines, strict=True))
    assert [asked[stream] for stream in voices["96345"].opened] == ["whisper-base"] * 2
    assert [asked[stream] for stream in voices["110"].opened] == [None]

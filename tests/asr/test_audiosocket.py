"""AudioSocket: exact bytes, and every way in which a peer can misbehave."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID

import anyio
import pytest
from anyio.abc import SocketStream

from asr.audiosocket import (
    AUDIO,
    DTMF,
    ERROR,
    HANG_UP,
    IDENTITY,
    MOST_AUDIO,
    AudioServer,
    AudioTimes,
    Connection,
    Frame,
    FrameParser,
    Malformed,
    Rate,
    Stalled,
    encode,
)

pytestmark = pytest.mark.unit

STREAM = UUID("0123abcd-0000-4000-8000-00000000ffee")
PATIENT = AudioTimes(identity=60, stall=60, pause=60)
SECONDS = 30  # the longest wait for what comes at once


def test_exact_bytes() -> None:
    wire = (
        bytes.fromhex("01 0010 0123abcd 0000 4000 8000 00000000ffee")
        + bytes.fromhex("10 0004 0100 ff7f")
        + bytes.fromhex("03 0001 35")
        + bytes.fromhex("ff 0001 02")
        + bytes.fromhex("00 0000")
    )
    frames = [
        Frame(IDENTITY, STREAM.bytes),
        Frame(AUDIO, b"\x01\x00\xff\x7f"),
        Frame(DTMF, b"5"),
        Frame(ERROR, b"\x02"),
        Frame(HANG_UP, b""),
    ]
    assert FrameParser().feed(wire) == frames
    assert b"".join(encode(frame.kind, frame.payload) for frame in frames) == wire
    parser = FrameParser()
    assert [frame for byte in wire for frame in parser.feed(bytes([byte]))] == frames
    assert not parser.unfinished


@pytest.mark.parametrize(
    ("wire", "message"),
    [
        (b"\x10" + (MOST_AUDIO + 2).to_bytes(2, "big"), "length of 6402 bytes"),
        (b"\x10\x00\x03", "length of 3 bytes"),
        (b"\x01\x00\x11", "kind 0x01 with a length of 17"),
        (b"\x00\x00\x01", "kind 0x00"),
        (b"\xff\x00\x02", "kind 0xff"),
        (b"\x12\x02\x80", "16000 Hz"),
        (b"\x18\x02\x80", "192000 Hz"),
        (b"\x77\x00\x00", "unknown frame kind 0x77"),
        (b"GET / HTTP/1.1\r\n", "unknown frame kind 0x47"),
    ],
)
def test_a_bad_header_is_refused_before_its_payload(wire: bytes, message: str) -> None:
    with pytest.raises(Malformed, match=message):
        FrameParser().feed(wire)


def test_frames_before_a_bad_header_are_not_lost() -> None:
    parser = FrameParser()
    assert parser.feed(encode(DTMF, b"1") + b"\x77\x00\x00") == [Frame(DTMF, b"1")]
    with pytest.raises(Malformed, match="0x77"):
        parser.feed(b"")


@asynccontextmanager
async def serving(server: AudioServer) -> AsyncIterator[Callable[[], Awaitable[SocketStream]]]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(server.serve, listening)

            async def connect() -> SocketStream:
                return await anyio.connect_tcp("127.0.0.1", port)

            yield connect
            tasks.cancel_scope.cancel()


async def heard_of(
    *writes: bytes, close: bool = False, times: AudioTimes = PATIENT
) -> tuple[list[bytes | None], str]:
    """What a connection hears of ``writes``, and how it ends."""
    heard: list[bytes | None] = []
    ends: list[str] = []
    done = anyio.Event()

    async def take(connection: Connection) -> None:
        try:
            assert await connection.identity() == STREAM
            async for audio in connection.audio():
                heard.append(audio)  # noqa: PERF401 - what came before an error counts
            ends.append("hang-up")
        except (Malformed, Stalled, anyio.EndOfStream) as error:
            ends.append(f"{type(error).__name__}: {error}")
        done.set()

    server = AudioServer(take, times=times, most_connections=2)
    async with serving(server) as connect, await connect() as stream:
        for write in writes:
            await stream.send(write)
        if close:
            await stream.aclose()
        with anyio.fail_after(SECONDS):
            await done.wait()
    return heard, ends[0]


NAME = encode(IDENTITY, STREAM.bytes)
SOUND = encode(AUDIO, b"\x01\x02" * 160)


async def test_audio_until_the_hang_up() -> None:
    heard, end = await heard_of(NAME + SOUND, SOUND[:7], SOUND[7:] + encode(HANG_UP))
    assert b"".join(audio for audio in heard if audio) == b"\x01\x02" * 320
    assert end == "hang-up"


async def test_digits_and_empty_audio_are_passed_over() -> None:
    heard, end = await heard_of(NAME, encode(DTMF, b"1"), encode(AUDIO), SOUND, encode(HANG_UP))
    assert [audio for audio in heard if audio] == [b"\x01\x02" * 160]
    assert end == "hang-up"


@pytest.mark.parametrize(
    ("writes", "close", "end"),
    [
        ((b"",), False, "Stalled: no UUID came within 0.3 s"),
        ((NAME[:10],), False, "Stalled: no UUID came within 0.3 s"),
        ((NAME[:10],), True, "Malformed: the connection ended inside a frame"),
        ((SOUND,), False, "Malformed: the first frame is 0x10, not a UUID"),
        ((NAME, NAME), False, "Malformed: a second UUID"),
        ((NAME, SOUND, encode(ERROR, b"\x01")), False, "Malformed: the peer reports error 01"),
        ((NAME, SOUND, SOUND[:9]), True, "Malformed: the connection ended inside a frame"),
        ((NAME, SOUND), True, "EndOfStream: "),
        ((NAME, b"\x10\xff\xff"), False, "Malformed: a frame of kind 0x10 with a length"),
    ],
)
async def test_a_bad_stream_ends_with_its_reason(
    writes: tuple[bytes, ...], close: bool, end: str
) -> None:
    times = replace(PATIENT, identity=0.3) if end.startswith("Stalled") else PATIENT
    _, ended = await heard_of(*writes, close=close, times=times)
    assert ended.startswith(end)


async def test_a_stream_that_stops_pauses_once_then_is_stalled() -> None:
    heard, end = await heard_of(NAME, SOUND, times=replace(PATIENT, stall=2, pause=0.1))
    assert heard == [b"\x01\x02" * 160, None]
    assert end == "Stalled: no audio for 2 s"


async def test_the_number_of_connections_is_bounded() -> None:
    async def take(connection: Connection) -> None:
        await anyio.sleep_forever()

    server = AudioServer(take, times=PATIENT, most_connections=1)
    async with serving(server) as connect, await connect():
        with anyio.fail_after(SECONDS):
            while server.connections < 1:
                await anyio.sleep(0.01)
            async with await connect() as second:
                with pytest.raises((anyio.EndOfStream, anyio.BrokenResourceError)):
                    await second.receive()


async def test_audio_gathers_while_the_reader_has_patience() -> None:
    parts: list[bytes | None] = []
    done = anyio.Event()

    async def take(connection: Connection) -> None:
        await connection.identity()
        async for audio in connection.audio(lambda: 0.3):
            parts.append(audio)  # noqa: PERF401 - an error may come
        done.set()

    server = AudioServer(take, times=PATIENT, most_connections=1)
    async with serving(server) as connect, await connect() as stream:
        await stream.send(NAME)
        for _ in range(20):
            await stream.send(SOUND)
            await anyio.sleep(0.01)
        await stream.send(encode(HANG_UP))
        with anyio.fail_after(SECONDS):
            await done.wait()
    assert b"".join(part for part in parts if part) == b"\x01\x02" * 160 * 20
    assert len(parts) < 15


def test_a_rate_as_it_is_spoken_is_taken_whatever_the_pauses() -> None:
    rate = Rate(AudioTimes(), 0.0)
    for second in range(1, 1_000):
        rate.take(1.0, float(second))
    rate.begin(2_000.0)
    rate.take(0.02, 2_000.0)


def test_too_much_and_too_little_audio_end_a_stream() -> None:
    with pytest.raises(Malformed, match="faster"):
        Rate(AudioTimes(ahead=2.0), 0.0).take(3.5, 1.0)
    rate = Rate(AudioTimes(window=5.0), 0.0)
    for second in range(1, 5):
        rate.take(0.4, float(second))
    with pytest.raises(Stalled, match=r"2\.0 s of audio came in 5\.0 s"):
        rate.take(0.4, 5.0)


def test_what_could_not_be_read_for_a_while_is_no_fault_of_the_sender() -> None:
    rate = Rate(AudioTimes(window=5.0, ahead=2.0), 0.0)
    rate.take(0.5, 60.0, drained=False)
    rate.take(59.5, 60.1)
    with pytest.raises(Malformed, match="faster"):
        rate.take(3.0, 60.2)

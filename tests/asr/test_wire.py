"""The control connection's lines."""

from __future__ import annotations

from uuid import UUID

import anyio
import pytest

from asr.events import (
    Change,
    FinalHeard,
    PartialHeard,
    SecondHeard,
    SpeechTrouble,
    StreamEnded,
    Word,
)
from asr.wire import MAX_LINE, BadLine, Lines, Told, decode, encode, from_event, stream_of, to_event

pytestmark = pytest.mark.unit

STREAM = UUID("0123abcd-0000-4000-8000-00000000ffee")


@pytest.mark.parametrize(
    "event",
    [
        PartialHeard(STREAM, 3, "12栋", "十二 栋", 1800),
        FinalHeard(
            STREAM, 3, "12栋", "十二 栋", (Word("十二", 0, 200, 0.5),), 0, 400, 0.5, "vosk x"
        ),
        FinalHeard(STREAM, 3, "石龙街。", "时隆街", (), 0, 4, 0.5, "x", (Change(0, 3, "时隆街"),)),
        SecondHeard(STREAM, 3, "12洞", 0.7, "whisper x"),
        StreamEnded(STREAM, "hang-up"),
        SpeechTrouble("The disk is full."),
    ],
)
def test_events_survive_the_wire(event: Told) -> None:
    line = encode(from_event(event))
    assert line.endswith(b"\n")
    assert line.count(b"\n") == 1
    assert to_event(decode(line)) == event


def test_exact_line() -> None:
    line = encode(from_event(StreamEnded(STREAM, "hang-up")))
    assert (
        line == f'{{"type":"ended","stream":"{STREAM}","reason":"hang-up","audio_ms":0}}\n'.encode()
    )


@pytest.mark.parametrize(
    "line", [b"", b"nonsense", b"[]", b"{}", b'{"type":1}', b"\xff", b"[" * 60_000]
)
def test_nonsense_is_refused(line: bytes) -> None:
    with pytest.raises(BadLine):
        decode(line)


@pytest.mark.parametrize("stream", ["", "x", 7, None, []])
def test_a_message_must_name_a_stream(stream: object) -> None:
    with pytest.raises(BadLine):
        stream_of({"type": "expect", "stream": stream})


@pytest.mark.parametrize("extra", [{}, {"reason": "x", "more": 1}])
def test_a_message_must_have_the_fields_of_its_type(extra: dict[str, object]) -> None:
    with pytest.raises(BadLine):
        to_event({"type": "ended", "stream": str(STREAM), **extra})
    with pytest.raises(BadLine):
        to_event({"type": "strange", "stream": str(STREAM)})


async def test_a_line_without_end_is_refused() -> None:
    async def flood(socket: anyio.abc.SocketStream) -> None:
        async with socket:
            with anyio.move_on_after(30):
                await socket.send(b"x" * (4 * MAX_LINE))

    multi = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with multi, anyio.create_task_group() as tasks:
        tasks.start_soon(multi.serve, flood)
        port = multi.listeners[0].extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - no SQL
        lines = Lines(await anyio.connect_tcp("127.0.0.1", port))
        with anyio.fail_after(30), pytest.raises(BadLine):
            await lines.receive()
        await lines.aclose()
        tasks.cancel_scope.cancel()

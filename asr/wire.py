"""The control connection's lines: one JSON object each, UTF-8, at most ``MAX_LINE`` bytes.

Client to server, the token first::

    {"type": "hello", "token": "..."}
    {"type": "expect", "stream": UUID, "first": BOOL, "engine": NAME}  # NAME may be left out
    {"type": "forget", "stream": UUID}
    {"type": "ping"}

Server to client, ``ready`` first::

    {"type": "ready", "engine": "..."}
    {"type": "expected", "stream": UUID}
    {"type": "refused", "stream": UUID, "reason": "..."}
    {"type": "partial" | "final" | "second" | "ended", "stream": UUID, ...}
    {"type": "trouble", "text": "..."}
    {"type": "pong"}
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

import anyio
from anyio.abc import ByteStream

from asr.events import (
    Change,
    FinalHeard,
    PartialHeard,
    SecondHeard,
    SpeechTrouble,
    StreamEnded,
    Word,
)

MAX_LINE = 64 * 1024
CHUNK = 64 * 1024

Message = Mapping[str, Any]
Told = PartialHeard | FinalHeard | SecondHeard | StreamEnded | SpeechTrouble


class BadLine(Exception):
    """A line is too long, no JSON object, or lacks what its type needs."""


class Lines:
    """Reads and writes messages on a byte stream; reading survives cancellation."""

    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream
        self._buffer = bytearray()

    async def receive(self) -> Message:
        """The next message; raises ``anyio.EndOfStream``, ``BadLine`` or a broken resource."""
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > MAX_LINE:
                raise BadLine(f"a line is longer than {MAX_LINE} bytes")
            self._buffer += await self._stream.receive(CHUNK)
        if end > MAX_LINE:
            raise BadLine(f"a line is longer than {MAX_LINE} bytes")
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 1]
        return decode(line)

    async def send(self, message: Message) -> None:
        """Write one message."""
        await self._stream.send(encode(message))

    async def aclose(self) -> None:
        await anyio.aclose_forcefully(self._stream)


def encode(message: Message) -> bytes:
    """One line with its line feed."""
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The object in ``line``; raises ``BadLine``."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):
        raise BadLine("a line is not JSON") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise BadLine("a line is not an object with a type")
    return message


def stream_of(message: Message) -> UUID:
    """The stream a message is about; raises ``BadLine``."""
    try:
        return UUID(message["stream"])
    except (KeyError, ValueError, TypeError, AttributeError):
        raise BadLine("a message names no stream") from None


def from_event(event: Told) -> Message:
    """The message that carries ``event``."""
    if isinstance(event, SpeechTrouble):
        return {"type": "trouble", "text": event.text}
    names = {
        PartialHeard: "partial",
        FinalHeard: "final",
        SecondHeard: "second",
        StreamEnded: "ended",
    }
    body = asdict(event)
    return {"type": names[type(event)], "stream": str(body.pop("stream_id")), **body}


def to_event(message: Message) -> Told:
    """The event in a message of ``from_event``; raises ``BadLine``."""
    if message["type"] == "trouble":
        return SpeechTrouble(str(message.get("text"))[:500])
    body = {key: value for key, value in message.items() if key not in ("type", "stream")}
    stream_id = stream_of(message)
    try:
        match message["type"]:
            case "partial":
                return PartialHeard(stream_id=stream_id, **body)
            case "final":
                words = tuple(Word(**word) for word in body.pop("words"))
                changes = tuple(Change(**change) for change in body.pop("changes", ()))
                return FinalHeard(stream_id=stream_id, words=words, changes=changes, **body)
            case "second":
                return SecondHeard(stream_id=stream_id, **body)
            case "ended":
                return StreamEnded(stream_id=stream_id, **body)
    except (TypeError, KeyError):
        pass
    raise BadLine(f"cannot read a {message['type'][:16]!r} message")

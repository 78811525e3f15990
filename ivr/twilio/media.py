"""Twilio's Media Streams: a caller's voice over a WebSocket, given to the speech process.

A stream's messages are JSON: ``connected``, ``start`` (with the call's id), ``media`` (20 ms of
8 kHz µ-law in base64) and ``stop``. The voice goes to the recogniser as any leg's does, as one
AudioSocket stream; while Twilio streams, Asterisk does not tap that leg.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Awaitable, Callable
from typing import Annotated, Final, Literal
from uuid import UUID

import anyio
import numpy as np
from anyio.abc import SocketStream
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from asr.audiosocket import AUDIO, HANG_UP, IDENTITY, encode

log = logging.getLogger(__name__)

START_SECONDS: Final = 10.0
IDLE_SECONDS: Final = 15.0  # Twilio sends silence too, so this is a dead stream
SEND_SECONDS: Final = 2.0
MOST_MESSAGE: Final = 16 * 1024
MOST_PAYLOAD: Final = 3_200  # base64 of 300 ms
MOST_LIVE: Final = 200

ReceiveText = Callable[[], Awaitable[str | None]]


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True)


class _Format(_Wire):
    encoding: Literal["audio/x-mulaw"]
    sample_rate: Literal[8000]
    channels: Literal[1]


class _Begun(_Wire):
    call_sid: Annotated[str, Field(pattern=r"^CA[0-9a-f]{32}$")]
    media_format: _Format


class _Audio(_Wire):
    track: str = "inbound"
    payload: Annotated[str, Field(max_length=MOST_PAYLOAD)]


class _Start(_Wire):
    event: Literal["start"]
    start: _Begun


class _Media(_Wire):
    event: Literal["media"]
    media: _Audio


class _Other(_Wire):
    event: Literal["connected", "stop", "mark", "dtmf"]


_MESSAGE: TypeAdapter[_Start | _Media | _Other] = TypeAdapter(
    Annotated[_Start | _Media | _Other, Field(discriminator="event")]
)


class BadStream(Exception):
    """The stream does not keep to the protocol; says how."""


def _expansion() -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """The sample each µ-law byte stands for (ITU-T G.711)."""
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return np.where(code & 0x80, -size, size).astype(np.int16)


EXPANSION: Final = _expansion()


def samples(payload: str) -> bytes:
    """16-bit little-endian samples of one ``media`` payload; raises ``BadStream``."""
    try:
        coded = base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise BadStream("a payload that is not base64") from None
    return EXPANSION[np.frombuffer(coded, np.uint8)].astype("<i2").tobytes()


class MediaStream:
    """One call's stream while its WebSocket is open."""

    def __init__(self, external_id: str) -> None:
        self.external_id = external_id
        self.live = True
        self._socket: SocketStream | None = None

    async def open(self, stream_id: UUID, address: tuple[str, int]) -> None:
        """Send the voice to the speech process from here on, as ``stream_id``.

        Raises ``OSError`` or ``TimeoutError`` where that cannot be reached.
        """
        await self._close()
        with anyio.fail_after(SEND_SECONDS):
            socket = await anyio.connect_tcp(*address)
            await socket.send(encode(IDENTITY, stream_id.bytes))
        self._socket = socket

    async def give(self, audio: bytes) -> None:
        """Pass voice on; while the recogniser does not take it, it is lost."""
        socket = self._socket
        if socket is None or not audio:
            return
        try:
            with anyio.fail_after(SEND_SECONDS):
                await socket.send(encode(AUDIO, audio))
        except (OSError, TimeoutError, anyio.BrokenResourceError, anyio.ClosedResourceError):
            self._socket = None
            await socket.aclose()

    async def end(self) -> None:
        """The WebSocket is gone."""
        self.live = False
        await self._close()

    async def _close(self) -> None:
        socket, self._socket = self._socket, None
        if socket is None:
            return
        with anyio.move_on_after(SEND_SECONDS, shield=True):
            try:
                await socket.send(encode(HANG_UP))
            except (OSError, anyio.BrokenResourceError, anyio.ClosedResourceError):
                log.debug("the speech process had closed a stream already")
            await socket.aclose()


class MediaStreams:
    """Every open stream, by Twilio's id of its call."""

    def __init__(self) -> None:
        self._live: dict[str, MediaStream] = {}

    def find(self, external_id: str) -> MediaStream | None:
        """The open stream of a call."""
        return self._live.get(external_id) if external_id else None

    async def carry(self, receive: ReceiveText) -> None:
        """Carry one WebSocket's stream until it ends; ``receive`` gives ``None`` then.

        Raises ``BadStream`` for one that breaks the protocol or falls silent.
        """
        stream: MediaStream | None = None
        try:
            while True:
                message = await _next(receive, IDLE_SECONDS if stream else START_SECONDS)
                if isinstance(message, _Start) and stream is None:
                    stream = self._begin(message.start.call_sid)
                elif isinstance(message, _Media):
                    if stream is None:
                        raise BadStream("voice before the start message")
                    if message.media.track == "inbound":
                        await stream.give(samples(message.media.payload))
                elif message is None or getattr(message, "event", "") == "stop":
                    return
        finally:
            if stream is not None:
                self._live.pop(stream.external_id, None)
                with anyio.CancelScope(shield=True):
                    await stream.end()

    def _begin(self, external_id: str) -> MediaStream:
        if external_id in self._live:
            raise BadStream("a second stream of one call")
        if len(self._live) >= MOST_LIVE:
            raise BadStream(f"{MOST_LIVE} streams are open")
        stream = MediaStream(external_id)
        self._live[external_id] = stream
        log.info("a media stream began")
        return stream


async def _next(receive: ReceiveText, within: float) -> _Start | _Media | _Other | None:
    try:
        with anyio.fail_after(within):
            text = await receive()
    except TimeoutError:
        raise BadStream(f"nothing came for {within:.0f} s") from None
    if text is None:
        return None
    if len(text) > MOST_MESSAGE:
        raise BadStream("a message that is too long")
    try:
        return _MESSAGE.validate_json(text)
    except ValidationError:
        raise BadStream("a message of unknown shape") from None

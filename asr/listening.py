"""One stream's way from audio to events: voice activity, decoding, text."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar
from uuid import UUID

import anyio
from anyio import CapacityLimiter, to_thread

from asr.audiosocket import BYTES_PER_MS
from asr.engine import Engine, Heard, Pool, Recogniser
from asr.events import FinalHeard, PartialHeard, Word
from asr.text import readable
from asr.vad import Closed, Continued, Opened, Segmenter, Step, VadLimits

PARTIAL_MS = 200  # of new audio between two partials
MOST_WAITING = 1000  # steps; about 20 s of speech in 20 ms frames
MOST_AT_ONCE_MS = 1000

T = TypeVar("T")
Emit = Callable[[PartialHeard | FinalHeard], Awaitable[None]]


class Listener:
    """Hears one stream.

    ``take`` is for the reader and only sorts audio; ``run`` decodes what is waiting, in threads.
    When decoding falls behind, waiting audio is decoded in larger pieces, so partials thin out
    first; when 20 s wait, ``take`` blocks and the sender feels it. No audio is thrown away.
    """

    def __init__(
        self,
        stream_id: UUID,
        engine: Engine,
        pool: Pool,
        emit: Emit,
        *,
        vad: VadLimits,
        limiter: CapacityLimiter,
    ) -> None:
        self._stream_id = stream_id
        self._engine = engine
        self._pool = pool
        self._emit = emit
        self._limiter = limiter
        self._segmenter = Segmenter(vad)
        self._send, self._receive = anyio.create_memory_object_stream[Step](MOST_WAITING)
        self._recogniser: Recogniser | None = None  # borrowed for one utterance
        self._sequence = 0
        self._opened_ms = 0
        self._pending = bytearray()
        self._fed_ms = 0
        self._shown = ""

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *_: object) -> None:
        self._send.close()
        self._receive.close()

    async def take(self, audio: bytes | None) -> None:
        """Audio from the stream; ``None`` where it paused, which ends an utterance."""
        steps = self._segmenter.flush() if audio is None else self._segmenter.feed(audio)
        for step in steps:
            await self._send.send(step)

    async def end(self) -> None:
        """No more audio comes; ``run`` returns when the last words are told."""
        await self.take(None)
        self._send.close()

    async def run(self) -> None:
        """Decode until ``end``."""
        async for step in self._receive:
            await self._step(step)

    async def _step(self, step: Step) -> None:
        match step:
            case Opened(at_ms=at_ms, audio=audio):
                self._opened_ms, self._fed_ms, self._shown = at_ms, 0, ""
                self._pending = bytearray(audio)
                await self._maybe_decode()
            case Continued(audio=audio):
                self._pending += audio
                await self._maybe_decode()
            case Closed(at_ms=at_ms):
                await self._finish(at_ms)

    async def _maybe_decode(self) -> None:
        waiting = self._receive.statistics().current_buffer_used
        if len(self._pending) < PARTIAL_MS * BYTES_PER_MS or waiting:
            return
        await self._decode_pending()
        raw = await self._in_thread(self._partial)
        if raw != self._shown:
            await self._show(raw)

    async def _decode_pending(self) -> None:
        """Decode in pieces of at most a second, so that streams take turns at the threads."""
        while self._pending:
            piece = bytes(self._pending[: MOST_AT_ONCE_MS * BYTES_PER_MS])
            del self._pending[: len(piece)]
            self._fed_ms += len(piece) // BYTES_PER_MS
            await self._in_thread(partial(self._accept, piece))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await to_thread.run_sync(work, limiter=self._limiter)

    async def _show(self, raw: str) -> None:
        self._shown = raw
        audio_ms = self._opened_ms + self._fed_ms
        await self._emit(
            PartialHeard(self._stream_id, self._sequence, self._readable(raw), raw, audio_ms)
        )

    async def _finish(self, at_ms: int) -> None:
        await self._decode_pending()
        heard = await self._in_thread(self._last)
        if heard.words:
            await self._emit(self._final(heard, at_ms))
            self._sequence += 1
        elif self._shown:
            await self._show("")

    def _ready(self) -> Recogniser:
        if self._recogniser is None:
            self._recogniser = self._pool.borrow()
        return self._recogniser

    def _accept(self, audio: bytes) -> None:
        self._ready().accept(audio)

    def _last(self) -> Heard:
        recogniser = self._ready()
        heard = recogniser.finish()
        self._recogniser = None
        self._pool.give_back(recogniser)
        return heard

    def _partial(self) -> str:
        return self._ready().partial()

    def _readable(self, raw: str) -> str:
        return readable(self._engine.local_names.written(raw))

    def _final(self, heard: Heard, at_ms: int) -> FinalHeard:
        begin = self._opened_ms
        words = tuple(
            Word(word.text, begin + word.start_ms, begin + word.end_ms, word.confidence)
            for word in heard.words
        )
        return FinalHeard(
            stream_id=self._stream_id,
            sequence=self._sequence,
            text=self._readable(heard.raw_text),
            raw_text=heard.raw_text,
            words=words,
            start_ms=words[0].start_ms,
            end_ms=min(at_ms, words[-1].end_ms),
            confidence=heard.confidence,
            engine=self._engine.name,
        )

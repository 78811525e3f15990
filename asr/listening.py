"""One stream's way from audio to events: voice activity, waiting utterances, decoding."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import anyio

from asr.audiosocket import BYTES_PER_MS
from asr.events import FinalHeard, PartialHeard, Word
from asr.jobs import Answer, Job
from asr.spool import Sound, Spool
from asr.vad import Closed, Continued, Opened, Segmenter, Step, VadLimits
from asr.workers import Lease, WorkerLost, Workers

log = logging.getLogger(__name__)

PARTIAL_BYTES = 160 * BYTES_PER_MS  # of new audio between two partials
MOST_AT_ONCE = 1000 * BYTES_PER_MS  # so that streams take turns
TAIL_MS = 360  # of the silence after a voice; more shows no further word
SPEAKING_SECONDS = 0.04
IDLE_SECONDS = 0.1
TRIES = 3  # an utterance that ends so many workers is given up

Emit = Callable[[PartialHeard | FinalHeard], Awaitable[None]]
Again = Callable[[int, bytes], None]


@dataclass(slots=True, eq=False)
class Utterance:
    """What voice activity cut out of the stream. ``closed_ms`` is set once it is complete."""

    opened_ms: int
    sound: Sound
    closed_ms: int | None = None
    silent_ms: int = 0  # at its end
    shown: str = ""
    shown_bytes: int = 0  # that were decoded when ``shown`` was


class Listener:
    """Hears one stream.

    ``take`` is for the reader and only sorts audio; ``run`` has one utterance after another
    decoded by the workers. When they fall behind, waiting audio is decoded in larger pieces, so
    partials thin out first; finished utterances wait in the spool. An utterance whose worker dies
    is decoded again from its begin, and shows nothing again that was shown. ``first`` streams go
    before others. ``again`` is given every utterance with words, its number and audio. Workers
    that are not up, or lose an utterance twice, give place to those that act instead, for the
    rest of the stream.
    """

    def __init__(
        self,
        stream_id: UUID,
        workers: Workers,
        spool: Spool,
        emit: Emit,
        *,
        vad: VadLimits,
        first: bool,
        again: Again | None = None,
    ) -> None:
        self._stream_id = stream_id
        self._workers = workers.acting
        self._spool = spool
        self._emit = emit
        self._first = first
        self._again = again
        self._segmenter = Segmenter(vad)
        self._utterances: deque[Utterance] = deque()
        self._open: Utterance | None = None
        self._ended = False
        self._news = anyio.Event()
        self._sequence = 0

    @property
    def audio_ms(self) -> int:
        """How much audio came."""
        return self._segmenter.now_ms

    @property
    def gather_seconds(self) -> float:
        """How long audio may gather before it is taken: longer while nobody speaks."""
        return SPEAKING_SECONDS if self._segmenter.speaking else IDLE_SECONDS

    async def take(self, audio: bytes | None) -> None:
        """Audio from the stream; ``None`` where it paused, which ends an utterance."""
        steps = self._segmenter.flush() if audio is None else self._segmenter.feed(audio)
        if steps:
            await self._spool.room()
            for step in steps:
                self._sort(step)
            self._tell()

    async def end(self) -> None:
        """No more audio comes; ``run`` returns when the last words are told."""
        await self.take(None)
        self._ended = True
        self._tell()

    async def run(self) -> None:
        """Decode until ``end``."""
        try:
            while True:
                while not self._utterances:
                    if self._ended:
                        return
                    await self._news.wait()
                utterance = self._utterances[0]
                await self._hear_out(utterance)
                await utterance.sound.discard()
                self._utterances.popleft()
        finally:
            with anyio.CancelScope(shield=True):
                for utterance in self._utterances:
                    await utterance.sound.discard()

    def _tell(self) -> None:
        self._news.set()
        self._news = anyio.Event()

    def _sort(self, step: Step) -> None:
        match step:
            case Opened(at_ms=at_ms, audio=audio):
                self._open = Utterance(at_ms, self._spool.sound(first=self._first))
                self._open.sound.append(audio)
                self._utterances.append(self._open)
            case Continued(audio=audio) if self._open is not None:
                self._open.sound.append(audio)
            case Closed(at_ms=at_ms, silent_ms=silent_ms) if self._open is not None:
                self._open.closed_ms, self._open.silent_ms = at_ms, silent_ms
                self._open.sound.seal()
                self._open = None

    async def _hear_out(self, utterance: Utterance) -> None:
        """Tell the words of an utterance, from its first partial to its final."""
        if not await utterance.sound.load():
            return
        for attempt in range(1, TRIES + 1):
            self._workers = self._workers.acting
            if attempt == TRIES:
                self._workers = self._workers.instead or self._workers
            try:
                with self._workers.lease(first=self._first) as lease:
                    answer = await self._decode(utterance, lease)
            except WorkerLost:
                log.warning("stream %s: an utterance is decoded anew", self._stream_id)
                continue
            if answer.words:
                await self._emit(self._final(utterance, answer))
                if self._again is not None:
                    self._again(self._sequence, utterance.sound.read(0, utterance.sound.size))
                self._sequence += 1
            elif utterance.shown:
                await self._show(utterance, Answer(), utterance.shown_bytes)
            return
        log.error("stream %s: an utterance ended %d workers", self._stream_id, TRIES)
        if utterance.shown:
            await self._show(utterance, Answer(), utterance.shown_bytes)

    async def _decode(self, utterance: Utterance, lease: Lease) -> Answer:
        """Decode an utterance as it grows, showing what is heard; returns its last answer."""
        sound, fed = utterance.sound, 0
        job = Job(lease.number)

        def make(number: int) -> Job:  # when its turn has come, with all audio that is there then
            nonlocal job
            size = self._wanted(utterance)
            audio = sound.read(fed, max(0, min(MOST_AT_ONCE, size - fed)))
            left = size - fed - len(audio)
            job = Job(
                number,
                audio,
                partial=left < PARTIAL_BYTES and fed + len(audio) > utterance.shown_bytes,
                finish=sound.sealed and left <= 0,
            )
            return job

        while True:
            while not sound.sealed and self._wanted(utterance) - fed < PARTIAL_BYTES:
                await self._news.wait()
            answer = await self._workers.decode(lease, make)
            fed += len(job.audio)
            if job.finish:
                return answer
            if job.partial and utterance is self._open and self._workers.grows:
                words = len(answer.raw_text.split())
                self._segmenter.heard(words, fed // BYTES_PER_MS)
            if job.partial and answer.raw_text != utterance.shown:
                await self._show(utterance, answer, fed)

    def _wanted(self, utterance: Utterance) -> int:
        """How many bytes of an utterance are worth decoding: of a silence only its begin, unless
        a voice follows."""
        silent_ms = self._segmenter.silent_ms if utterance is self._open else utterance.silent_ms
        return utterance.sound.size - max(0, silent_ms - TAIL_MS) * BYTES_PER_MS

    async def _show(self, utterance: Utterance, answer: Answer, fed: int) -> None:
        utterance.shown, utterance.shown_bytes = answer.raw_text, fed
        audio_ms = utterance.opened_ms + fed // BYTES_PER_MS
        await self._emit(
            PartialHeard(self._stream_id, self._sequence, answer.text, answer.raw_text, audio_ms)
        )

    def _final(self, utterance: Utterance, answer: Answer) -> FinalHeard:
        begin = utterance.opened_ms
        words = tuple(
            Word(word.text, begin + word.start_ms, begin + word.end_ms, word.confidence)
            for word in answer.words
        )
        end = words[-1].end_ms
        return FinalHeard(
            stream_id=self._stream_id,
            sequence=self._sequence,
            text=answer.text,
            raw_text=answer.raw_text,
            words=words,
            start_ms=words[0].start_ms,
            end_ms=end if utterance.closed_ms is None else min(utterance.closed_ms, end),
            confidence=answer.confidence,
            engine=self._workers.name,
            changes=answer.changes,
        )

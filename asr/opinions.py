"""A second opinion: finished utterances decoded once more by another engine, when there is time.

One worker at the lowest priority takes one utterance after another. Few may wait, the oldest are
dropped first, and one that has waited long is dropped too: what is not heard a second time costs
nothing but the second opinion.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import anyio
from anyio.abc import TaskStatus

from asr.audiosocket import BYTES_PER_MS
from asr.events import SecondHeard
from asr.jobs import MOST_AUDIO, Answer, Job
from asr.workers import WorkerLost, Workers

log = logging.getLogger(__name__)

MOST_WAITING = 12  # utterances
LONGEST_WAIT = 30.0  # seconds
SHORTEST = 800 * BYTES_PER_MS  # 嗯 and 好的 need no second opinion
LONGEST = 25_000 * BYTES_PER_MS
PIECE = MOST_AUDIO // 2

Tell = Callable[[SecondHeard], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Waiting:
    """An utterance that may be heard again; ``tell`` is given what comes of it."""

    stream_id: UUID
    sequence: int
    audio: bytes
    since: float
    tell: Tell


class Opinions:
    """Hears again what it is offered, with ``workers`` of their own."""

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        self._waiting: deque[Waiting] = deque(maxlen=MOST_WAITING)
        self._news = anyio.Event()
        self.dropped = 0

    @property
    def name(self) -> str:
        """Of engine and model, known once ``run`` has started."""
        return self._workers.name

    def offer(self, stream_id: UUID, sequence: int, audio: bytes, tell: Tell) -> None:
        """An utterance whose words are told; returns at once."""
        if SHORTEST <= len(audio) <= LONGEST:
            self.dropped += len(self._waiting) == MOST_WAITING
            since = anyio.current_time()
            self._waiting.append(Waiting(stream_id, sequence, audio, since, tell))
            self._news.set()

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Hear until cancelled; started once the engine can be asked.

        Raises ``SetupError`` where it cannot be loaded.
        """
        async with anyio.create_task_group() as tasks:
            await tasks.start(self._workers.run)
            task_status.started()
            while True:
                while not self._waiting:
                    self._news = anyio.Event()
                    await self._news.wait()
                utterance = self._waiting.popleft()
                if anyio.current_time() - utterance.since > LONGEST_WAIT:
                    self.dropped += 1
                    continue
                try:
                    answer = await self._heard(utterance.audio)
                except WorkerLost:
                    log.warning("an utterance was not heard a second time")
                    continue
                if answer.text:
                    await utterance.tell(
                        SecondHeard(
                            utterance.stream_id,
                            utterance.sequence,
                            answer.text,
                            answer.confidence,
                            self._workers.name,
                        )
                    )

    async def _heard(self, audio: bytes) -> Answer:
        pieces = [audio[at : at + PIECE] for at in range(0, len(audio), PIECE)]
        answer = Answer()
        with self._workers.lease(first=False) as lease:
            for at, piece in enumerate(pieces):
                last = at == len(pieces) - 1

                def make(number: int, piece: bytes = piece, last: bool = last) -> Job:
                    return Job(number, piece, finish=last)

                answer = await self._workers.decode(lease, make)
        return answer

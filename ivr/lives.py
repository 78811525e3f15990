"""The calls that live: each with its taps, its transcript and its running suggestion."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from uuid import UUID

import anyio
from anyio.abc import TaskGroup, TaskStatus

from ivr import repository
from ivr.life import CallLife, OnSpeech
from ivr.sweep import Sweep
from ivr.taps import Taps
from ivr.transcripts import Classifier, Transcript
from models.database import Database
from models.events import TranscriptGrew, UtteranceCorrected
from models.kinds import LegRole
from models.tables import Call, Leg, Utterance

CLASSIFIER_THREADS = 2

OnOver = Callable[[UUID], Awaitable[None]]


class Lives:
    """One ``CallLife`` per open call. ``on_over`` is told when a call's last words are stored."""

    def __init__(
        self,
        database: Database,
        taps: Taps,
        classifier: Classifier | None,
        sweep: Sweep,
        on_speech: OnSpeech,
        on_over: OnOver,
    ) -> None:
        self._database = database
        self._taps = taps
        self._classifier = classifier
        self._sweep = sweep
        self._on_speech = on_speech
        self._on_over = on_over
        self._lives: dict[UUID, CallLife] = {}
        self._threads = anyio.CapacityLimiter(CLASSIFIER_THREADS)
        self._group: TaskGroup | None = None
        database.bus.subscribe(UtteranceCorrected, self._corrected)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Let calls live until cancelled."""
        async with anyio.create_task_group() as group:
            self._group = group
            try:
                for life in self._lives.values():
                    group.start_soon(self._live_out, life)
                task_status.started()
                await anyio.sleep_forever()
            finally:
                self._group = None

    async def _corrected(self, event: UtteranceCorrected) -> None:
        life = self._lives.get(event.call_id)
        if life is not None:
            async with self._database.reading() as session:
                said = await session.get(Utterance, event.utterance_id)
            if said is not None:
                life.transcript.corrected(said)

    def get(self, call_id: UUID) -> CallLife | None:
        """The life of a call that lives."""
        return self._lives.get(call_id)

    def partials(self, call_id: UUID) -> list[TranscriptGrew]:
        """The segments of a call that are being spoken now."""
        life = self._lives.get(call_id)
        return life.transcript.partials() if life is not None else []

    def open_leg(self, call: Call, role: LegRole, channel: str) -> None:
        """Listen to a leg; the call's life begins on sight."""
        life = self._of(call)
        life.queue_code = call.queue_code
        life.open_leg(role, channel)

    def open_caller(self, call: Call) -> None:
        """Listen to the caller of a call that is not over."""
        if call.status in repository.OPEN_CALL:
            self.open_leg(call, LegRole.CALLER, call.channel)

    def end_leg(self, call_id: UUID | None, channel: str, *, over: bool) -> None:
        """A channel is gone, and with ``over`` its call."""
        life = self._lives.get(call_id) if call_id is not None else None
        if life is not None and over:
            life.end()
        elif life is not None:
            life.end_leg(channel)

    def settle(self, before: set[UUID], living: list[tuple[Call, list[Leg]]]) -> None:
        """After a comparison with Asterisk: calls of ``before`` that are not among the living
        end, the others' legs are listened to; a supervisor's only where they talk along."""
        known = {call.id for call, _ in living}
        for call_id in before - known:
            life = self._lives.get(call_id)
            if life is not None:
                life.end()
        for call, legs in living:
            for leg in legs:
                if leg.role is not LegRole.SUPERVISOR:
                    self.open_leg(call, leg.role, leg.channel)

    def ids(self) -> set[UUID]:
        """The calls that live now."""
        return set(self._lives)

    def _of(self, call: Call) -> CallLife:
        life = self._lives.get(call.id)
        if life is None:
            transcript = Transcript(
                call.id,
                call.dialled,
                self._database,
                self._classifier,
                self._threads,
                partial(self._sweep.began_at, call.id, call.linkedid),
            )
            life = CallLife(call.id, self._taps, transcript, self._on_speech)
            self._lives[call.id] = life
            if self._group is not None:
                self._group.start_soon(self._live_out, life)
        return life

    async def _live_out(self, life: CallLife) -> None:
        try:
            await life.run()
        finally:
            self._lives.pop(life.call_id, None)
        await self._on_over(life.call_id)

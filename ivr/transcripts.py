"""A call's words: stored, shown while spoken, and turned into a running suggestion."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, Protocol
from uuid import UUID

import anyio
import anyio.to_thread

from asr.client import FinalHeard, PartialHeard, SecondHeard, StreamEnded
from asr.events import HANG_UP
from classifier.types import Suggestion
from ivr import repository
from models.database import Database
from models.events import SuggestionChanged, TranscriptGrew, UtteranceStored
from models.kinds import LegRole
from models.speech_tables import HeardStream
from models.tables import CallSuggestion, Utterance

log = logging.getLogger(__name__)

PARTIAL_SECONDS: Final = 0.3  # between two suggestions from words still being spoken
LONGEST_TEXT: Final = 2_000  # characters of the newest words that are classified
CERTAIN_EMERGENCY: Final = 0.9
MARKS: Final = ("，", "。", "？", "！")
CERTAIN_WORDS: Final = 1.0  # the confidence of what a person wrote
HELD: Final = 0.15  # a named category may lose this much probability before it is unsaid
UNDECIDED: Final = ("unsure", None, True)


class Classifier(Protocol):
    """What is needed of ``classifier.model.Classifier``; thread-safe."""

    def suggest(
        self, text: str, dialled: str = "", confidence: float | None = None, other: str = ""
    ) -> Suggestion: ...


class Steady:
    """Keeps a running suggestion from flickering while words are still being spoken.

    A new verdict (emergency or not, category) counts when it rests on a finished segment, when
    it comes twice in a row, or when it is an emergency with at least ``CERTAIN_EMERGENCY``.
    A category that was named stays named while it is still the likeliest and its probability
    only wavers about the threshold.
    """

    def __init__(self, shown: dict[str, Any] | None = None) -> None:
        self._shown = shown
        self._candidate: object = None
        self._named: tuple[str, float] | None = None  # code, probability when it was named

    def take(self, suggestion: Suggestion, *, final: bool) -> dict[str, Any] | None:
        """The payload to show from now on; ``None`` where what is shown stands."""
        payload = self._holding(suggestion.as_dict())
        verdict = _verdict(payload)
        if verdict != (UNDECIDED if self._shown is None else _verdict(self._shown)):
            urgent = (
                suggestion.emergency == "emergency" and suggestion.emergency_p >= CERTAIN_EMERGENCY
            )
            if not (final or urgent or verdict == self._candidate):
                self._candidate = verdict
                return None
        elif self._shown is not None and _essence(payload) == _essence(self._shown):
            self._candidate = None
            return None
        self._candidate = None
        self._shown = payload
        if suggestion.category is not None:
            self._named = (suggestion.category.code, suggestion.category.p)
        return payload

    def _holding(self, payload: dict[str, Any]) -> dict[str, Any]:
        """``payload``, with the category that is shown where it only wavers."""
        shown, others = self._shown, payload["alternatives"]
        if shown is None or shown["abstain"] or not payload["abstain"] or not others:
            return payload
        first = others[0]
        code, p = self._named or (shown["category"]["code"], shown["category"]["p"])
        if first["code"] != code or first["p"] < p - HELD:
            return payload
        level = payload["level"] or shown["level"]
        return payload | {
            "abstain": False, "category": first, "alternatives": others[1:], "level": level,
        }  # fmt: skip


def _joined(texts: Sequence[str]) -> str:
    """Texts behind one another, with a comma where one has no mark at its end."""
    parts = [text if text.endswith(MARKS) else f"{text}，" for text in texts[:-1]]
    return "".join([*parts, *texts[-1:]])


def _verdict(payload: dict[str, Any]) -> object:
    category = payload["category"] or {}
    return payload["emergency"]["label"], category.get("name"), payload["abstain"]


def _essence(value: Any) -> Any:
    """``value`` with its numbers rounded, so that only a real difference counts as one."""
    if isinstance(value, dict):
        return {key: _essence(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_essence(item) for item in value]
    return round(value, 1) if isinstance(value, float) else value


class Transcript:
    """The words of one call. ``suggesting`` runs as one of the call's tasks."""

    def __init__(
        self,
        call_id: UUID,
        dialled: str,
        database: Database,
        classifier: Classifier | None,
        threads: anyio.CapacityLimiter,
        recording_began: Callable[[], Awaitable[datetime | None]] | None = None,
    ) -> None:
        self._call_id = call_id
        self._dialled = dialled
        self._database = database
        self._classifier = classifier
        self._threads = threads
        self._recording_began = recording_began
        self._began: datetime | None = None
        self._partials: dict[UUID, TranscriptGrew] = {}
        # The caller's, in order, by stream and sequence: text, confidence, second hypothesis.
        self._finals: dict[tuple[UUID, int], tuple[str, float, str]] = {}
        self._steady = Steady()
        self._news = anyio.Event()
        self._final_news = anyio.Event()
        self._rest = anyio.Event()

    async def load(self) -> None:
        """Take up what is stored of this call."""
        async with self._database.reading() as session:
            stored = await repository.caller_utterances(session, self._call_id)
            row = await session.get(CallSuggestion, self._call_id)
        known = {
            (said.stream_id, said.sequence): (said.text, said.confidence, said.second_text or "")
            for said in stored
        }
        self._finals = known | self._finals
        self._steady = Steady(row.payload if row is not None else None)

    def partials(self) -> list[TranscriptGrew]:
        """The segments being spoken now."""
        return [grew for grew in self._partials.values() if grew.text]

    async def heard(
        self,
        role: LegRole,
        event: PartialHeard | FinalHeard | SecondHeard | StreamEnded,
        opened_at: datetime | None = None,
    ) -> None:
        """Words of one of the call's legs, or the end of a stream that began at ``opened_at``.

        What was being spoken when a stream was lost stays unfinished and is shown no more.
        """
        if isinstance(event, PartialHeard):
            await self._grow(role, event.stream_id, event.sequence, event.text)
        elif isinstance(event, StreamEnded):
            await self._clear(event.stream_id)
            await self._keep_stream(role, event, opened_at)
            return
        elif isinstance(event, SecondHeard):
            await self._hear_again(event)
        else:
            await self._store(role, event, opened_at)
        if role is LegRole.CALLER:
            self._rest = anyio.Event()
            self._news.set()
            if isinstance(event, FinalHeard | SecondHeard):
                self._final_news.set()

    def corrected(self, said: Utterance) -> None:
        """A person wrote what was really said: it counts as certain from now on."""
        key = said.stream_id, said.sequence
        if key in self._finals:
            self._finals[key] = said.text, CERTAIN_WORDS, ""
            self._rest = anyio.Event()
            self._news.set()
            self._final_news.set()

    async def rested(self) -> None:
        """Until the newest words have been turned into a suggestion."""
        await self._rest.wait()

    async def suggesting(self) -> None:
        """Keep the call's suggestion up to its caller's newest words.

        One classification at a time, always of the newest text. A classifier that fails is
        logged once and asked no more in this call.
        """
        before = ""
        while self._classifier is not None:
            if not self._news.is_set():
                self._rest.set()
            await self._news.wait()
            final = self._final_news.is_set()
            self._news, self._final_news = anyio.Event(), anyio.Event()
            text, confidence, other = self._running_text()
            if not text or (text == before and not final):
                continue
            before = text
            try:
                suggestion = await anyio.to_thread.run_sync(
                    self._classifier.suggest,
                    text,
                    self._dialled,
                    confidence,
                    other,
                    limiter=self._threads,
                    abandon_on_cancel=True,
                )
                payload = self._steady.take(suggestion, final=final)
                if payload is not None:
                    await self._suggest(payload)
            except Exception:
                log.exception("no more suggestions for call %s", self._call_id)
                break
            with anyio.move_on_after(PARTIAL_SECONDS):
                await self._final_news.wait()
        while True:
            self._rest.set()
            await self._news.wait()
            self._news = anyio.Event()

    def _running_text(self) -> tuple[str, float | None, str]:
        """The newest words, how sure they are, and the same by the recogniser's second
        hypotheses; empty where it had none."""
        growing = [g.text for g in self._partials.values() if g.role is LegRole.CALLER and g.text]
        finals = list(self._finals.values())
        said = [text for text, _, _ in finals] + growing
        sure = [confidence for _, confidence, _ in finals]
        other = ""
        if any(second for _, _, second in finals):
            heard = [second or text for text, _, second in finals] + growing
            other = _joined(heard)[-LONGEST_TEXT:]
        return _joined(said)[-LONGEST_TEXT:], sum(sure) / len(sure) if sure else None, other

    async def _grow(self, role: LegRole, stream_id: UUID, sequence: int, text: str) -> None:
        grew = TranscriptGrew(self._call_id, stream_id, role, sequence, text)
        if self._partials.get(stream_id) == grew:
            return
        self._partials[stream_id] = grew
        await self._database.bus.publish(grew)

    async def _clear(self, stream_id: UUID) -> None:
        grew = self._partials.get(stream_id)
        if grew is not None and grew.text:
            await self._grow(grew.role, stream_id, grew.sequence, "")
        self._partials.pop(stream_id, None)

    async def _keep_stream(
        self, role: LegRole, event: StreamEnded, opened_at: datetime | None
    ) -> None:
        """Remember how long a stream was heard, for what is to be transcribed later."""
        if opened_at is None:
            return
        async with self._database.writing() as work:
            if await work.session.get(HeardStream, event.stream_id) is not None:
                return
            work.session.add(
                HeardStream(
                    stream_id=event.stream_id,
                    call_id=self._call_id,
                    role=role,
                    began_at=opened_at,
                    ended_at=max(opened_at, self._database.clock.now()),
                    whole=event.reason == HANG_UP,
                    reason=event.reason[:64],
                )
            )

    async def _store(self, role: LegRole, event: FinalHeard, opened_at: datetime | None) -> None:
        if not event.text:
            await self._clear(event.stream_id)
            return
        self._partials.pop(event.stream_id, None)
        # The words are shown at once; that they are stored is told when they are.
        stream_id, sequence = event.stream_id, event.sequence
        await self._database.bus.publish(
            TranscriptGrew(self._call_id, stream_id, role, sequence, event.text)
        )
        if role is LegRole.CALLER:
            said = event.text, event.confidence, ""
            self._finals.setdefault((event.stream_id, event.sequence), said)
        call_ms = await self._place_in_recording(event.start_ms, opened_at)
        async with self._database.writing() as work:
            if await repository.has_utterance(work.session, event.stream_id, event.sequence):
                return
            utterance = Utterance(
                call_id=self._call_id,
                role=role,
                stream_id=event.stream_id,
                sequence=event.sequence,
                text=event.text,
                raw_text=event.raw_text,
                words=[asdict(word) for word in event.words],
                changes=[asdict(change) for change in event.changes],
                start_ms=event.start_ms,
                end_ms=event.end_ms,
                call_ms=call_ms,
                confidence=event.confidence,
                engine=event.engine[:64],
                created_at=self._database.clock.now(),
            )
            work.session.add(utterance)
            work.emit(UtteranceStored(self._call_id, utterance.id))

    async def _hear_again(self, event: SecondHeard) -> None:
        """Keep a second opinion beside the words it is of; what a person corrected needs none."""
        key = event.stream_id, event.sequence
        if key in self._finals and self._finals[key][1] < CERTAIN_WORDS:
            self._finals[key] = (*self._finals[key][:2], event.text)
        async with self._database.writing() as work:
            said = await repository.utterance_of(work.session, *key)
            if said is not None:
                said.second_text, said.second_engine = event.text, event.engine[:64]

    async def _place_in_recording(self, start_ms: int, opened_at: datetime | None) -> int | None:
        """Where a moment of a stream is in the call's recording; ``None`` if that is not known."""
        if self._began is None and self._recording_began is not None:
            self._began = await self._recording_began()
        if self._began is None or opened_at is None:
            return None
        return max(0, round((opened_at - self._began).total_seconds() * 1000) + start_ms)

    async def _suggest(self, payload: dict[str, Any]) -> None:
        version = str(payload["model_version"])[:64]
        async with self._database.writing() as work:
            now = self._database.clock.now()
            row = await work.session.get(CallSuggestion, self._call_id)
            if row is None:
                row = CallSuggestion(call_id=self._call_id)
                work.session.add(row)
            row.payload = payload
            row.model_version = version
            row.updated_at = now
            work.emit(SuggestionChanged(self._call_id))

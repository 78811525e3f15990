"""What was said becomes rows, notices and one steady suggestion."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from uuid import UUID, uuid4

import anyio
import pytest
from sqlalchemy import select

from asr.client import FinalHeard, PartialHeard, SecondHeard, StreamEnded, Word
from classifier.types import Choice, Suggestion
from ivr.transcripts import Steady, Transcript
from models.database import Database
from models.events import Event, SuggestionChanged, TranscriptGrew, UtteranceStored
from models.kinds import LegRole
from models.tables import Call, CallSuggestion, Utterance
from tests.support.telephony import People

pytestmark = pytest.mark.integration

UNSURE = Suggestion(
    emergency="unsure",
    emergency_p=0.5,
    level="三级",
    category=None,
    alternatives=(Choice("供水", 0.4), Choice("火灾", 0.3)),
    units=(),
    abstain=True,
    reasons=(),
    model_version="test-1",
)
WATER = replace(
    UNSURE,
    emergency="non_emergency",
    emergency_p=0.9,
    category=Choice("供水管道破裂", 0.9, "W01"),
    abstain=False,
    reasons=("水管",),
)
FIRE = replace(
    UNSURE,
    emergency="emergency",
    emergency_p=0.97,
    level="一级",
    category=Choice("火灾", 0.95, "F01"),
    abstain=False,
)


class Words:
    """A classifier whose verdict hangs on one word; ``hold`` keeps it busy."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.others: list[str] = []
        self.hold = threading.Event()
        self.hold.set()
        self.at_once = 0
        self.most_at_once = 0
        self.broken = False

    def suggest(
        self, text: str, dialled: str = "", confidence: float | None = None, other: str = ""
    ) -> Suggestion:
        self.texts.append(text)
        self.others.append(other)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        self.hold.wait(5)
        self.at_once -= 1
        if self.broken:
            raise RuntimeError("broken model")
        return FIRE if "着火" in text else WATER if "水管" in text else UNSURE


class Talk:
    """One call being spoken."""

    def __init__(self, database: Database, transcript: Transcript, call: Call) -> None:
        self.database = database
        self.transcript = transcript
        self.call = call
        self.stream = uuid4()
        self.events: list[Event] = []

    async def partial(self, text: str, sequence: int = 0, role: LegRole = LegRole.CALLER) -> None:
        heard = PartialHeard(self.stream_of(role), sequence, text, text, 100)
        await self.transcript.heard(role, heard)

    async def final(self, text: str, sequence: int = 0, role: LegRole = LegRole.CALLER) -> None:
        words = (Word(text, 0, 900, 0.8),)
        stream = self.stream_of(role)
        await self.transcript.heard(
            role, FinalHeard(stream, sequence, text, text, words, 0, 1000, 0.8, "vosk test")
        )

    def stream_of(self, role: LegRole) -> UUID:
        return self.stream if role is LegRole.CALLER else UUID(int=7)

    async def suggestion(self) -> CallSuggestion | None:
        async with self.database.reading() as session:
            return await session.get(CallSuggestion, self.call.id)

    async def utterances(self) -> list[Utterance]:
        async with self.database.reading() as session:
            query = select(Utterance).order_by(Utterance.sequence)
            return list((await session.scalars(query)).all())

    async def note(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if type(event) is kind]


@asynccontextmanager
async def talk(
    database: Database, classifier: Words | None, call: Call | None = None
) -> AsyncIterator[Talk]:
    if call is None:
        call = Call(
            queue_code="110",
            dialled="110",
            caller_number="1",
            channel="PJSIP/x",
            received_at=database.clock.now(),
        )
        async with database.writing() as work:
            work.session.add(call)
    transcript = Transcript(call.id, "110", database, classifier, anyio.CapacityLimiter(2))
    made = Talk(database, transcript, call)
    for kind in (TranscriptGrew, UtteranceStored, SuggestionChanged):
        database.bus.subscribe(kind, made.note)
    await transcript.load()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(transcript.suggesting)
        yield made
        tasks.cancel_scope.cancel()


async def rested(made: Talk) -> None:
    with anyio.fail_after(5):
        await made.transcript.rested()


async def test_partials_are_told_and_not_stored(database: Database, people: People) -> None:
    async with talk(database, None) as made:
        await made.partial("水")
        await made.partial("水")
        await made.partial("水管")
        assert [event.text for event in made.events if isinstance(event, TranscriptGrew)] == [
            "水",
            "水管",
        ]
        assert [grew.text for grew in made.transcript.partials()] == ["水管"]
        assert await made.utterances() == []


async def test_final_is_stored_once_and_ends_its_partial(
    database: Database, people: People
) -> None:
    async with talk(database, None) as made:
        await made.partial("水管")
        await made.final("水管破了")
        await made.final("水管破了")
        (said,) = await made.utterances()
        assert (said.text, said.role, said.sequence) == ("水管破了", "caller", 0)
        assert said.words == [{"text": "水管破了", "start_ms": 0, "end_ms": 900, "confidence": 0.8}]
        assert made.of(UtteranceStored) == [UtteranceStored(made.call.id, said.id)]
        assert made.transcript.partials() == []


@pytest.mark.parametrize("how", ["empty final", "empty partial", "stream ended"])
async def test_words_that_were_none_are_taken_back(
    database: Database, people: People, how: str
) -> None:
    async with talk(database, None) as made:
        await made.partial("嗯")
        if how == "empty final":
            await made.final("")
        elif how == "empty partial":
            await made.partial("")
        else:
            ended = StreamEnded(made.stream, "connection lost")
            await made.transcript.heard(LegRole.CALLER, ended)
        last = made.events[-1]
        assert isinstance(last, TranscriptGrew)
        assert last.text == ""
        assert made.transcript.partials() == []
        assert await made.utterances() == []


async def test_suggestion_follows_the_callers_words(database: Database, people: People) -> None:
    words = Words()
    async with talk(database, words) as made:
        await made.partial("我家")
        await rested(made)
        row = await made.suggestion()
        assert row is not None
        assert row.payload["abstain"] is True
        await made.final("我家水管破了")
        await rested(made)
        row = await made.suggestion()
        assert row is not None
        assert row.payload == {**WATER.as_dict()}
        assert row.model_version == "test-1"
        await made.final("在南苑小区", sequence=1)
        await rested(made)
        assert words.texts[-1] == "我家水管破了，在南苑小区"
        assert len(made.of(SuggestionChanged)) == 2


def test_a_category_that_only_wavers_stays_named() -> None:
    steady = Steady()
    named = replace(WATER, category=Choice("供水管道破裂", 0.72, "W01"))
    doubtful = replace(
        WATER,
        category=None,
        abstain=True,
        level="",
        alternatives=(Choice("供水管道破裂", 0.63, "W01"), Choice("停水", 0.2, "W02")),
    )
    assert steady.take(named, final=True) is not None
    held = steady.take(doubtful, final=True)
    assert held is not None
    assert (held["category"]["name"], held["category"]["p"]) == ("供水管道破裂", 0.63)
    assert (held["abstain"], held["level"]) == (False, WATER.level)
    assert [one["name"] for one in held["alternatives"]] == ["停水"]
    # What has truly lost is unsaid, however slowly it sank.
    lost = replace(doubtful, alternatives=(Choice("供水管道破裂", 0.5, "W01"),))
    unsaid = steady.take(lost, final=True)
    assert unsaid is not None
    assert unsaid["abstain"]


def test_the_first_syllables_give_no_verdict_unless_it_is_an_emergency() -> None:
    assert Steady().take(WATER, final=False) is None
    assert Steady().take(WATER, final=True) is not None
    assert Steady().take(FIRE, final=False) is not None
    assert Steady().take(UNSURE, final=False) is not None


async def test_second_hypotheses_are_read_beside_the_first(
    database: Database, people: People
) -> None:
    words = Words()
    async with talk(database, words) as made:
        await made.final("我家水馆破了")
        await rested(made)
        await made.final("在南苑小区。", 1)
        await rested(made)
        again = SecondHeard(made.stream, 1, "在蓝苑小区。", 0.6, "whisper test")
        await made.transcript.heard(LegRole.CALLER, again)
        await rested(made)
        nobody_said = SecondHeard(made.stream, 9, "在蓝苑小区。", 0.6, "whisper test")
        await made.transcript.heard(LegRole.CALLER, nobody_said)
        await rested(made)
        first, second = await made.utterances()
    assert words.texts[-1] == "我家水馆破了，在南苑小区。"
    assert words.others[:3] == ["", "", "我家水馆破了，在蓝苑小区。"]
    assert (first.second_text, first.second_engine) == (None, None)
    assert (second.second_text, second.second_engine) == ("在蓝苑小区。", "whisper test")


async def test_finished_sentences_are_joined_by_their_own_marks(
    database: Database, people: People
) -> None:
    words = Words()
    async with talk(database, words) as made:
        await made.final("我家着火了！")
        await made.partial("在南苑小区", 1)
        await rested(made)
    assert words.texts[-1] == "我家着火了！在南苑小区"


async def test_a_corrected_text_takes_the_place_of_what_was_heard(
    database: Database, people: People
) -> None:
    classifier = Words()
    async with talk(database, classifier) as made:
        await made.final("水馆破了")
        await rested(made)
        (said,) = await made.utterances()
        said.text = "水管破了"
        made.transcript.corrected(said)
        await rested(made)
        assert classifier.texts == ["水馆破了", "水管破了"]
        suggestion = await made.suggestion()
        assert suggestion is not None
        assert suggestion.payload["category"]["name"] == "供水管道破裂"


async def test_agents_words_suggest_nothing(database: Database, people: People) -> None:
    words = Words()
    async with talk(database, words) as made:
        await made.final("您好，着火了吗", role=LegRole.AGENT)
        await made.final("水管破了")
        await rested(made)
        assert words.texts == ["水管破了"]


async def test_newest_text_wins_without_backlog(database: Database, people: People) -> None:
    words = Words()
    words.hold.clear()
    async with talk(database, words) as made:
        await made.partial("水")
        while not words.texts:
            await anyio.sleep(0.001)
        for length in range(2, 40):
            await made.partial("水" * length)
        await made.final("水管破了")
        words.hold.set()
        await rested(made)
        assert words.texts == ["水", "水管破了"]
        assert words.most_at_once == 1


async def test_partials_are_classified_at_most_every_300_ms(
    database: Database, people: People
) -> None:
    words = Words()
    async with talk(database, words) as made:
        start = anyio.current_time()
        for length in range(1, 80):
            await made.partial("水" * length)
            await anyio.sleep(0.01)
        spent = anyio.current_time() - start
        assert 2 <= len(words.texts) <= spent / 0.3 + 1


async def test_broken_classifier_is_asked_once(
    database: Database, people: People, caplog: pytest.LogCaptureFixture
) -> None:
    words = Words()
    words.broken = True
    async with talk(database, words) as made:
        await made.final("水管")
        await rested(made)
        await made.final("破了", sequence=1)
        await rested(made)
        assert len(words.texts) == 1
        assert len(await made.utterances()) == 2
    assert caplog.text.count("no more suggestions") == 1
    assert "水管" not in caplog.text


async def test_restart_takes_up_what_was_said(database: Database, people: People) -> None:
    async with talk(database, Words()) as made:
        await made.final("我家水管破了")
        await rested(made)
    words = Words()
    async with talk(database, words, made.call) as again:
        await again.final("在南苑小区", sequence=0)
        await rested(again)
        assert words.texts == ["我家水管破了，在南苑小区"]
        assert again.of(SuggestionChanged) == []


def test_steady_shows_the_first_at_once() -> None:
    assert Steady().take(UNSURE, final=False) == UNSURE.as_dict()


def test_steady_waits_for_a_second_opinion() -> None:
    steady = Steady(WATER.as_dict())
    assert steady.take(UNSURE, final=False) is None
    assert steady.take(WATER, final=False) is None
    assert steady.take(UNSURE, final=False) is None
    assert steady.take(UNSURE, final=False) == UNSURE.as_dict()


def test_steady_takes_a_finished_segment_and_a_certain_emergency_at_once() -> None:
    assert Steady(WATER.as_dict()).take(UNSURE, final=True) == UNSURE.as_dict()
    assert Steady(WATER.as_dict()).take(FIRE, final=False) == FIRE.as_dict()
    assert Steady(WATER.as_dict()).take(replace(FIRE, emergency_p=0.6), final=False) is None


def test_steady_ignores_what_makes_no_difference() -> None:
    steady = Steady(WATER.as_dict())
    assert steady.take(replace(WATER, emergency_p=0.91), final=True) is None
    changed = replace(WATER, level="二级")
    assert steady.take(changed, final=False) == changed.as_dict()

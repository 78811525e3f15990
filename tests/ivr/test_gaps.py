"""Which stretches of a recording nobody heard."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from asr.events import Word
from asr.said import Said
from ivr.gaps import gaps, not_yet_written
from models.kinds import LegRole
from models.speech_tables import HeardStream
from models.tables import Leg, Utterance

pytestmark = pytest.mark.unit

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
CALL = uuid4()
CALLER, AGENT, CONSULT = LegRole.CALLER, LegRole.AGENT, LegRole.CONSULT


def at(ms: int) -> datetime:
    return BEGAN + timedelta(milliseconds=ms)


def leg(begin: int, end: int | None, role: LegRole = AGENT) -> Leg:
    ended_at = None if end is None else at(end)
    return Leg(call_id=CALL, role=role, channel="", started_at=at(begin), ended_at=ended_at)


def stream(
    begin: int, end: int, role: LegRole = CALLER, *, whole: bool = True, of: UUID | None = None
) -> HeardStream:
    return HeardStream(
        stream_id=of or uuid4(),
        call_id=CALL,
        role=role,
        began_at=at(begin),
        ended_at=at(end),
        whole=whole,
    )


def said(
    of: UUID, begin: int, end: int, role: LegRole = CALLER, *, opened: int = 0, sequence: int = 0
) -> Utterance:
    """Spoken from ``begin`` to ``end`` of the recording on a stream opened at ``opened``."""
    return Utterance(
        call_id=CALL,
        role=role,
        stream_id=of,
        sequence=sequence,
        start_ms=begin - opened,
        end_ms=end - opened,
        call_ms=begin,
    )


def found(
    legs: Sequence[Leg] = (),
    streams: Sequence[HeardStream] = (),
    utterances: Sequence[Utterance] = (),
    length: int = 20_000,
) -> list[tuple[str, int, int, int]]:
    return [
        (gap.role.value, gap.span.channel, gap.span.from_ms, gap.span.to_ms)
        for gap in gaps(BEGAN, length, legs, streams, utterances)
    ]


def test_a_call_heard_to_its_end_misses_nothing() -> None:
    legs = [leg(2_000, 20_000)]
    streams = [stream(300, 20_100), stream(2_400, 20_000, AGENT)]
    assert found(legs, streams) == []


def test_a_call_nobody_heard_is_missed_whole_on_both_sides() -> None:
    assert found([leg(2_000, 15_000)]) == [
        ("agent", 1, 2_000, 15_000),
        ("caller", 0, 0, 20_000),
    ]


def test_from_the_last_finished_utterance_to_the_next_stream() -> None:
    lost, reopened = uuid4(), uuid4()
    streams = [
        stream(100, 9_000, whole=False, of=lost),
        stream(12_000, 20_000, of=reopened),
    ]
    assert found([], streams, [said(lost, 1_000, 4_000, opened=100)]) == [
        ("caller", 0, 4_000, 12_000)
    ]


def test_a_lost_stream_without_an_utterance_was_not_heard_at_all() -> None:
    assert found([], [stream(100, 9_000, whole=False), stream(9_500, 20_000)]) == [
        ("caller", 0, 0, 9_500)
    ]


def test_a_stream_whose_end_nobody_saw_counts_to_its_last_utterance() -> None:
    of = uuid4()
    rows = [said(of, 1_000, 3_000, opened=200), said(of, 4_000, 6_000, opened=200, sequence=1)]
    assert found([], [], rows) == [("caller", 0, 6_000, 20_000)]


def test_short_waits_for_a_tap_are_no_gaps() -> None:
    assert found([], [stream(900, 10_000), stream(10_900, 19_100)]) == []


def test_a_supervisor_is_not_written_down() -> None:
    assert found([leg(0, 20_000, LegRole.SUPERVISOR)], [stream(0, 20_000)]) == []


def test_two_seats_in_one_channel_are_not_transcribed_twice() -> None:
    legs = [leg(0, 12_000), leg(8_000, None, CONSULT)]
    assert found(legs, [stream(0, 20_000)]) == [
        ("agent", 1, 0, 12_000),
        ("consult", 1, 12_000, 20_000),
    ]


def words(*times: tuple[int, int], channel: int = 0) -> Said:
    heard = tuple(Word("我", begin, end, 0.9) for begin, end in times)
    return Said(channel, "我", "我", heard, times[0][0], times[-1][1], 0.9, "vosk")


def test_what_is_written_already_is_not_written_again() -> None:
    rows = [said(uuid4(), 1_000, 4_000)]
    assert not_yet_written(words((1_200, 1_400), (3_000, 3_300)), rows) is None
    assert not_yet_written(words((3_900, 4_050), (4_100, 4_300), (4_400, 4_600)), rows)
    assert not_yet_written(words((1_200, 1_400), channel=1), rows), "another side's words"

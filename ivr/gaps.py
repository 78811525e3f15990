"""Which stretches of a recorded call nobody heard while they were spoken.

A pure function of rows. All times are milliseconds of the call's recording.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from asr.said import Said, Span
from models.kinds import LegRole
from models.speech_tables import HeardStream
from models.tables import Leg, Utterance

LEAST_MS: Final = 1_000  # a tap opens within less; shorter is no gap
CALLER_CHANNEL: Final = 0
HEARD_CHANNEL: Final = 1  # what the caller heard: everybody else

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a leg's own voice that is written down nowhere."""

    role: LegRole
    span: Span


def channel_of(role: LegRole) -> int:
    """Which of a recording's channels a leg's voice is in."""
    return CALLER_CHANNEL if role is LegRole.CALLER else HEARD_CHANNEL


def gaps(
    began_at: datetime,
    duration_ms: int,
    legs: Iterable[Leg],
    streams: Iterable[HeardStream],
    utterances: Sequence[Utterance],
) -> list[Gap]:
    """What of a recording was not heard, by leg and time; no stretch of a channel comes twice.

    The caller's channel is the caller's from first to last. A stream that ended in order counts
    from its beginning to its end, any other to the end of its last utterance.
    """
    needed: dict[LegRole, list[Stretch]] = {LegRole.CALLER: [(0, duration_ms)]}
    for leg in legs:
        if leg.role in (LegRole.CALLER, LegRole.SUPERVISOR):
            continue
        end = _ms(leg.ended_at, began_at) if leg.ended_at else duration_ms
        part = max(0, _ms(leg.started_at, began_at)), min(duration_ms, end)
        needed.setdefault(leg.role, []).append(part)
    known = {stream.stream_id: stream for stream in streams}
    heard: dict[LegRole, list[Stretch]] = {}
    for stream_id, said in _by_stream(utterances).items():
        if stream_id not in known:  # nobody was left to tell of its end
            heard.setdefault(said[0].role, []).append((_opened_ms(said[0]), _end_ms(said[-1])))
    for stream in known.values():
        said = _by_stream(utterances).get(stream.stream_id, [])
        begin = _ms(stream.began_at, began_at)
        end = _end_ms(said[-1]) if said else begin
        if stream.whole:
            end = max(end, _ms(stream.ended_at, began_at))
        heard.setdefault(stream.role, []).append((begin, end))
    found: list[Gap] = []
    for role, parts in sorted(needed.items(), key=lambda item: item[0] is not LegRole.AGENT):
        channel = channel_of(role)
        taken = [(g.span.from_ms, g.span.to_ms) for g in found if g.span.channel == channel]
        missing = _without(_without(_joined(parts), _joined(heard.get(role, []))), _joined(taken))
        found += [
            Gap(role, Span(channel, begin, end))
            for begin, end in missing
            if end - begin >= LEAST_MS
        ]
    return found


def not_yet_written(said: Said, utterances: Iterable[Utterance]) -> Said | None:
    """``said`` unless most of it lies where the same channel's utterances are already."""
    there = [
        (row.call_ms, _end_ms(row))
        for row in utterances
        if row.call_ms is not None and channel_of(row.role) == said.channel
    ]
    middles = [(word.start_ms + word.end_ms) / 2 for word in said.words]
    covered = sum(any(begin <= at < end for begin, end in there) for at in middles)
    return None if covered * 2 > len(middles) else said


def role_at(found: Iterable[Gap], said: Said) -> LegRole:
    """Whose stretch an utterance lies in."""
    at = (said.words[0].start_ms + said.words[0].end_ms) / 2
    return next(
        gap.role
        for gap in found
        if gap.span.channel == said.channel and gap.span.from_ms <= at < gap.span.to_ms
    )


def _by_stream(utterances: Iterable[Utterance]) -> dict[UUID, list[Utterance]]:
    """The placed utterances of each stream in their order."""
    found: dict[UUID, list[Utterance]] = {}
    for row in sorted(utterances, key=lambda row: row.sequence):
        if row.call_ms is not None:
            found.setdefault(row.stream_id, []).append(row)
    return found


def _opened_ms(row: Utterance) -> int:
    return (row.call_ms or 0) - row.start_ms


def _end_ms(row: Utterance) -> int:
    return (row.call_ms or 0) + row.end_ms - row.start_ms


def _ms(at: datetime, began_at: datetime) -> int:
    return round((at - began_at).total_seconds() * 1000)


def _joined(parts: Iterable[Stretch]) -> list[Stretch]:
    """In order and without overlaps."""
    joined: list[Stretch] = []
    for begin, end in sorted(parts):
        if end <= begin:
            continue
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined


def _without(parts: Iterable[Stretch], holes: Sequence[Stretch]) -> list[Stretch]:
    left: list[Stretch] = []
    for begin, end in parts:
        for start, stop in holes:
            if stop <= begin or start >= end:
                continue
            if start > begin:
                left.append((begin, start))
            begin = max(begin, stop)
        if begin < end:
            left.append((begin, end))
    return left

"""A waiting line as its recordings tell it: who was answered when, and who was told what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import anyio.to_thread
import soundfile
from sqlalchemy import select

from ivr.asterisk import AsteriskConfig
from models.states import CallStatus
from models.tables import Call, Transition
from models.telephony_tables import Recording
from tests.support.heard import LONGEST, RATE, Announcement, Prompts, tone_from, tone_share
from tests.support.telephony import Desk, folders

CALLER_TONE, SEAT_TONE = 2350, 1850  # hertz; neither in the music nor in the ringing tone
RING_SECONDS = 0.3  # until a seat answers
SAME_MOMENT = 3.0  # seconds; seats that are free at once take their callers within
KEPT = 5.0  # seconds after an announcement within which the seat kept for its listener rings


@dataclass(frozen=True, slots=True)
class Heard:
    """A call as its recording tells it; ``began`` and ``answered`` are epoch seconds. ``place``
    counts the callers in the order in which they joined the queues. ``offered`` is when they
    heard that they may be called back: seconds from the recording's start."""

    call: Call
    place: int
    began: float
    answered: float
    announced: Sequence[Announcement]
    offered: Sequence[tuple[float, float]]

    def announcing_ends(self, moment: float) -> float | None:
        """When the announcement is over that the caller heard while a seat chose somebody who
        answered at ``moment``; ``None`` where there was none."""
        spans = [(one.begin, one.end or one.begin + LONGEST) for one in self.announced]
        over = None
        for begin, end in sorted([*spans, *self.offered]):
            starts, ends = self.began + begin, self.began + end
            if over is not None and starts < over + SAME_MOMENT:
                over = max(over, ends)  # one follows the other
            elif starts <= moment and moment - RING_SECONDS - SAME_MOMENT <= ends:
                over = ends
        return over


async def heard(
    desk: Desk, config: AsteriskConfig, sounds: Path, talk_seconds: float
) -> list[Heard]:
    """All calls; each has its recording, with the caller on one channel and the seat on the
    other."""
    known = Prompts(sounds)
    async with desk.database.reading() as session:
        joined = select(Transition.entity_id).where(Transition.new == CallStatus.QUEUED)
        order = list(await session.scalars(joined.order_by(Transition.id)))
        recordings = {row.call_id: row for row in await session.scalars(select(Recording))}
    found = []
    for call in await desk.calls():
        row = recordings[call.id]
        path = folders(config).archive / row.path
        found.append(
            await anyio.to_thread.run_sync(
                _listen,
                known,
                call,
                order.index(call.id),
                row.began_at.timestamp(),
                path,
                talk_seconds,
            )
        )
    assert len(recordings) == len(found)
    return found


def _listen(
    known: Prompts, call: Call, place: int, began: float, path: Path, talk_seconds: float
) -> Heard:
    samples, rate = soundfile.read(path, dtype="int16", always_2d=True)
    assert (rate, samples.shape[1]) == (RATE, 2)
    caller, seat = samples[:, 0].astype(float), samples[:, 1].astype(float)
    assert tone_share(caller, CALLER_TONE) > 0.5
    assert tone_share(caller, SEAT_TONE) < 0.05
    assert tone_share(seat, CALLER_TONE) < 0.05
    answered = tone_from(seat, SEAT_TONE)
    assert answered is not None
    first = round(answered * RATE)
    assert tone_share(seat[first : first + round((talk_seconds - 1) * RATE)], SEAT_TONE) > 0.5
    before = seat[: first + RATE]
    offered = known.times_of("yihu/callback-offer", before)
    announced = known.announcements(before)
    return Heard(call, place, began, began + answered, announced, offered)


def waited_at(call: Heard, moment: float) -> bool:
    """Whether the caller was in the line when a seat chose somebody."""
    return call.began <= moment <= call.answered + RING_SECONDS + SAME_MOMENT


def overtaken(line: Sequence[Heard], rivals: Sequence[Heard]) -> list[tuple[Heard, Heard]]:
    """Who was answered after somebody who had joined the line later.

    It may only happen in one moment; while the former's announcement was not over, and a seat is
    kept for them; or while callers of another line, ``rivals``, wait for the same seats and come
    first: a line's first and second caller then try by turns whether a seat is left.
    """
    found = [
        (first, later)
        for first, later in combinations(sorted(line, key=lambda each: each.place), 2)
        if later.answered < first.answered
    ]
    for first, later in found:
        close = first.answered - later.answered < SAME_MOMENT
        rivalled = any(waited_at(rival, later.answered) for rival in rivals)
        over = first.announcing_ends(later.answered)
        kept = over is not None and first.answered < over + RING_SECONDS + KEPT
        assert close or rivalled or kept, (first, later)
    return found


def check_positions(line: Sequence[Heard]) -> tuple[int, int]:
    """Whoever waited was told the place, and it was right; how often it was told, and how often
    a gap on a busy machine left it unclear."""
    told = [(each, one) for each in line for one in each.announced]
    for each in line:
        if each.answered - each.began > SAME_MOMENT:
            assert each.announced, each
    for each, one in told:
        at = each.began + one.begin
        ahead = [other for other in line if other.place < each.place]
        most = sum(other.answered > at - SAME_MOMENT for other in ahead)
        least = sum(other.answered > at + SAME_MOMENT for other in ahead)
        assert one.position == 0 or least + 1 <= one.position <= most + 1, (one, each)
    unclear = sum(one.position == 0 for _, one in told)
    assert unclear < len(told) / 2
    assert sum(one.end is None for _, one in told) < len(told) / 4
    return len(told), unclear

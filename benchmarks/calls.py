"""Calls as callers make them, from the dialled number to the filled form.

``python -m benchmarks.calls CALLS.jsonl [--wav-dir DIR] [--concurrency N] [--out FILE]`` starts a
throw-away instance with a real Asterisk and seats that answer by themselves. Each line
``{"id", "dialed", "turns": [...], "voice"?}`` (other fields are not looked at) is spoken by a
Kokoro voice, or ``DIR/<id>.wav`` is played, over SIP, once a seat has answered.

A JSON line comes out per call, then one with the figures of all. Seconds: ``answered_s`` from the
INVITE to the seat's page knowing of the answer; ``first_partial_s`` from the beginning of the
first spoken word to the first words on that page; ``final_s`` from the end of the last word to the
last finished utterance there; ``prefilled_s`` from the same moment to the last change that the
machine made to the form for what it understood (below zero: it stood before the caller was done).
``word_delay_s`` is the time from a word's end in the audio to that page being sent it.
``suggestion`` and ``slots`` are as ``python -m classifier predict`` gives them.

Fails with 1 when a line was bad or a call went wrong; the others are made all the same.
"""

from __future__ import annotations

import argparse
import gc
import json
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any, TextIO
from uuid import UUID

import anyio
import anyio.to_thread

from asr.events import Word
from benchmarks.call_lines import read_lines
from benchmarks.call_sounds import Sound, Spoken, align, make_sounds
from benchmarks.seats import Board, CallSeen, Seat
from benchmarks.throwaway import Instance, instance
from benchmarks.word_delay import delays, spoken_at
from models.bus import InProcessBus
from models.clock import SystemClock
from models.database import Database
from models.errors import SetupError
from models.tables import CallSuggestion
from yihu import bootstrap
from yihu.settings import load_settings
from yihu.simulate.talker import Talker

MOST_AT_ONCE = 20
SEATS_EACH = 10  # of 110 (seat01...) and of 96345 (seat11...)
LEAD_SECONDS = 0.6  # from the answer to the caller's first word
ANSWER_SECONDS = 90.0
QUIET_SECONDS = 2.5  # nothing new on the page for so long: all has come
LONGEST_WAIT = 15.0
TIMES = ("answered_s", "first_partial_s", "final_s", "prefilled_s")


@dataclass(slots=True)
class Figures:
    """What all calls together give."""

    times: dict[str, list[float]] = field(default_factory=lambda: {name: [] for name in TIMES})
    delays: list[float] = field(default_factory=list)
    words: int = 0
    calls: int = 0
    failed: int = 0

    def as_dict(self) -> dict[str, Any]:
        every = {**self.times, "word_delay_s": self.delays}
        return {
            "calls": self.calls,
            "failed": self.failed,
            "words": self.words,
            "words_shown": len(self.delays),
            "p50": {name: _quantile(values, 50) for name, values in every.items()},
            "p95": {name: _quantile(values, 95) for name, values in every.items()},
        }


def main(arguments: list[str] | None = None) -> int:
    """Make the calls; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.calls",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("calls", type=Path, metavar="CALLS.jsonl")
    parser.add_argument("--wav-dir", type=Path, metavar="DIR", help="play DIR/<id>.wav instead")
    parser.add_argument("--concurrency", type=int, default=1, metavar="N", help="calls at a time")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the calls' lines there")
    parser.add_argument("--site", default="qingyuan", help="the demo site whose names are known")
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.concurrency <= MOST_AT_ONCE:
        parser.error(f"--concurrency is 1 to {MOST_AT_ONCE}")
    try:
        calls, problems = read_lines(chosen.calls)
        settings = load_settings()
        sounds = make_sounds(settings, calls, chosen.wav_dir, problems)
        for problem in problems:
            _say(f"left out: {problem}")
        if not sounds:
            raise SetupError(f"{chosen.calls} has no call that could be made.")
        out: TextIO = chosen.out.open("w", encoding="utf-8") if chosen.out else sys.stdout
    except (SetupError, OSError) as error:
        _say(str(error))
        return 2
    figures = Figures()
    try:
        with bootstrap.one_sentence():
            anyio.run(_run, sounds, chosen.site, chosen.concurrency, out, figures)
    except SetupError as error:
        _say(str(error))
        return 2
    finally:
        if chosen.out:
            out.close()
    print(json.dumps({**figures.as_dict(), "left_out": len(problems)}, ensure_ascii=False))
    return 1 if problems or figures.failed else 0


# --- the calls -----------------------------------------------------------------------------------


async def _run(
    sounds: Sequence[Sound],
    site: str,
    concurrency: int,
    out: TextIO,
    figures: Figures,
) -> None:
    # A seat that has just had a call is left alone for a moment.
    each = min(SEATS_EACH, concurrency + 2)
    codes = [f"seat{first + n:02d}" for first in (1, 1 + SEATS_EACH) for n in range(each)]
    _say(f"Starting an instance with {len(codes)} seats ...")
    async with ending_on_sigterm(), instance(site, codes) as centre:
        spoken = await anyio.to_thread.run_sync(align, centre.settings, sounds)
        gc.collect()  # the model that the words were aligned with
        board = Board()
        database = Database(centre.settings.db_url, InProcessBus(), SystemClock())
        async with AsyncExitStack() as seats:
            seats.push_async_callback(database.close)
            for account in centre.accounts:
                seat = Seat(board, centre.url, account.username, centre.password)
                await seats.enter_async_context(
                    seat.working(account.code, account.sip_secret, centre.settings.sip_port)
                )
            _say(f"{len(spoken)} calls, {concurrency} at a time ...")
            waiting = iter(list(enumerate(spoken)))
            async with anyio.create_task_group() as group:
                for _ in range(concurrency):
                    group.start_soon(_callers, waiting, centre, board, database, out, figures)


@asynccontextmanager
async def ending_on_sigterm() -> AsyncIterator[None]:
    """SIGTERM ends the block, so that nothing of the instance is left."""
    async with anyio.create_task_group() as group:

        async def wait() -> None:
            with anyio.open_signal_receiver(signal.SIGTERM) as signals:
                async for _ in signals:
                    raise SetupError("It was ended before all calls were made.")

        group.start_soon(wait)
        yield
        group.cancel_scope.cancel()


async def _callers(
    waiting: Iterator[tuple[int, Spoken]],
    centre: Instance,
    board: Board,
    database: Database,
    out: TextIO,
    figures: Figures,
) -> None:
    """Make one call after the other until none is left."""
    for place, one in waiting:
        figures.calls += 1
        row: dict[str, Any]
        try:
            row = await _call(place, one, centre, board, database, figures)
        except (SetupError, TimeoutError) as error:
            figures.failed += 1
            row = dict.fromkeys(TIMES) | {"error": str(error) or "no seat answered in time"}
            row = {"id": one.call.id, "dialed": one.call.dialed, **row}
            _say(f"line {one.call.line} ({one.call.id}): {row['error']}")
        try:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
            out.flush()
        except OSError as error:
            raise SetupError(f"The calls' lines cannot be written: {error.strerror}.") from None


async def _call(
    place: int,
    one: Spoken,
    centre: Instance,
    board: Board,
    database: Database,
    figures: Figures,
) -> dict[str, Any]:
    number = f"139{place:08d}"
    talker = Talker(number, one.call.dialed, centre.settings.sip_port)
    dialled_at = time.monotonic()
    async with talker.calling():
        with anyio.fail_after(ANSWER_SECONDS):
            seen = await board.of(number)
            await seen.answered.wait()
        await anyio.sleep(LEAD_SECONDS)
        sent = await talker.say(one.audio)
        await _all_has_come(seen)
    with anyio.fail_after(ANSWER_SECONDS):
        await seen.ended.wait()
    await seen.seat.ready()
    payload = await _suggestion(database, seen.call_id)
    utterances = [said for said in seen.caller_said() if said.final_at is not None]
    found, words = delays(one.words, sent, utterances)
    figures.delays += found
    figures.words += words
    row: dict[str, Any] = {"id": one.call.id, "dialed": one.call.dialed}
    row |= _times(dialled_at, seen, one.words, sent)
    for name in TIMES:
        if row[name] is not None:
            figures.times[name].append(row[name])
    row["transcript"] = _joined([said.text for said in utterances])
    row["suggestion"] = {key: value for key, value in payload.items() if key != "slots"} or None
    row["slots"] = payload.get("slots")
    row["word_delay_s"] = {"p50": _quantile(found, 50), "p95": _quantile(found, 95)}
    return row


def _times(
    dialled_at: float, seen: CallSeen, words: Sequence[Word], sent: Sequence[float]
) -> dict[str, float | None]:
    shown = [one.at for said in seen.caller_said() for one in said.shown if one.text]
    finals = [said.final_at for said in seen.caller_said() if said.final_at is not None]
    begin = spoken_at(words[0].start_ms + 1, sent) if words else None
    end = spoken_at(words[-1].end_ms, sent) if words else None
    return {
        "answered_s": _between(dialled_at, seen.answered_at),
        "first_partial_s": _between(begin, min(shown, default=None)),
        "final_s": _between(end, max(finals, default=None)),
        "prefilled_s": _between(end, seen.filled_at),
    }


async def _all_has_come(seen: CallSeen) -> None:
    """Until nothing new has come to the page for a while."""
    said_at = time.monotonic()
    with anyio.move_on_after(LONGEST_WAIT):
        while True:
            left = max(said_at, seen.last_at) + QUIET_SECONDS - time.monotonic()
            if left <= 0:
                return
            await anyio.sleep(left)


async def _suggestion(database: Database, call_id: str) -> dict[str, Any]:
    async with database.reading() as session:
        row = await session.get(CallSuggestion, UUID(call_id))
    return dict(row.payload) if row is not None else {}


def _joined(texts: Sequence[str]) -> str:
    """Utterances as one text; a comma stands where an utterance ends without a mark."""
    joined = ""
    for text in texts:
        joined += ("，" if joined and joined[-1].isalnum() else "") + text
    return joined


def _between(begin: float | None, end: float | None) -> float | None:
    return None if begin is None or end is None else round(end - begin, 3)


def _quantile(values: Sequence[float], percent: int) -> float | None:
    if not values:
        return None
    if len(values) == 1:
        return round(values[0], 3)
    return round(quantiles(values, n=100, method="inclusive")[percent - 1], 3)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

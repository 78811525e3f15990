"""A day of orders on an injected clock, the sweeper killed again and again.

``python -m benchmarks.deadlines [--orders 5000] [--kills 10] [--postgres]`` plays an invented day:
seats send orders, units answer, are late or never answer, all through the real actions on a real
database. Beside them runs the real sweeper as a process of its own, killed with SIGKILL while it
has work to do and started again, half of the times ten minutes later. Afterwards every reminder
and escalation is worked out once more from what was done (without the sweeper's or the calendars'
code) and compared: each must be there once, made at its moment, or at the restart where its
moment fell into a time without a process.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path

import anyio
from sqlalchemy import func, select

from benchmarks.deadline_day import DAY, Day, World, moment, plan
from dispatch import workdays
from dispatch.limits import rules
from dispatch.reactions import Reactions
from models import schema
from models.bus import InProcessBus
from models.clock import CHINA_TIME, ManualClock
from models.database import Database
from models.deadline_tables import Delivery, SlaNotice, SlaTimer
from models.states import WorkOrderStatus
from models.tables import Transition
from models.telephony_tables import AutoCall
from tests.support.postgres import running_postgres

PROJECT = Path(__file__).resolve().parent.parent
UNITS = 92
DOWN = timedelta(minutes=10)
LONGEST = 300.0
OFFICE = ((time_of_day(8, 30), time_of_day(12)), (time_of_day(13, 30), time_of_day(17, 30)))


@dataclass(slots=True)
class Result:
    """What came of the day. ``late`` are seconds after the moment, of those made with a process
    running; ``wrong`` are sentences about what is not as it must be."""

    orders: int
    deadlines: int = 0
    notices: int = 0
    calls: int = 0
    refused: int = 0
    cut: list[int] = field(default_factory=list)
    at_restart: int = 0
    late: float = 0.0
    wrong: list[str] = field(default_factory=list)


class Sweeping:
    """The sweeper's process."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._process: subprocess.Popen[str] | None = None

    def start(self, at: datetime) -> None:
        command = [sys.executable, "-m", "benchmarks.deadline_sweeps", self._url]
        self._process = subprocess.Popen(
            [*command, str(at.timestamp())],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._read("ready")

    def until(self, at: datetime) -> None:
        """Let its clock go to ``at``."""
        self.ask(at)
        self._read(str(at.timestamp()))

    def ask(self, at: datetime) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(f"{at.timestamp()}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """SIGKILL, and wait for the end."""
        assert self._process is not None
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(LONGEST)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._process = None

    def _read(self, wanted: str) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        found = self._process.stdout.readline().strip()
        if found != wanted:
            raise RuntimeError(f"the sweeper answered {found!r} instead of {wanted!r}")


async def play(url: str, day: Day, kills: int, seed: int) -> Result:
    """Play the day on the empty, upgraded database at ``url``."""
    clock = ManualClock(DAY)
    database = Database(url, InProcessBus(), clock)
    database.follow(Reactions(rules(), lambda code: None).follow)
    result = Result(orders=len(day.units))
    try:
        await workdays.ensure_days(database)
        world = World(database, clock, day)
        await world.fill(UNITS)
        downs = await _play(database, world, clock, day, kills, seed, Sweeping(url), result)
        result.refused = world.refused
        await _check(database, downs, result)
    finally:
        await database.close()
    return result


async def _play(
    database: Database,
    world: World,
    clock: ManualClock,
    day: Day,
    kills: int,
    seed: int,
    sweeping: Sweeping,
    result: Result,
) -> list[tuple[datetime, datetime]]:
    chance = random.Random(seed)  # noqa: S311 - invented, and the same every time
    fatal = set(chance.sample(range(len(day.deeds) // 20, len(day.deeds)), kills))
    downs: list[tuple[datetime, datetime]] = []
    sweeping.start(DAY)
    try:
        for number, deed in enumerate(day.deeds):
            at = moment(deed.seconds)
            if at < clock.now():
                at = clock.now()  # what people did while a killed process was away
            elif at > clock.now():
                sweeping.until(at)
                clock.advance(at - clock.now())
            if number in fatal:
                until = clock.now() + DOWN
                result.cut.append(await _kill_at_work(database, sweeping, until, chance))
                if len(result.cut) % 2:
                    downs.append((clock.now(), until))
                    sweeping.start(until)
                else:
                    sweeping.start(clock.now())
                    sweeping.until(until)
                clock.advance(DOWN)
            await world.do(deed)
        sweeping.until(moment(86_400) + DOWN)
        clock.advance(moment(86_400) + DOWN - clock.now())
    finally:
        sweeping.kill()
    return downs


async def _kill_at_work(
    database: Database, sweeping: Sweeping, until: datetime, chance: random.Random
) -> int:
    """Kill the process while it makes what is due until ``until``; how many it had made."""
    before = await _made(database)
    wanted = before + chance.randrange(1, 4)
    sweeping.ask(until)
    deadline = time.monotonic() + 5.0
    while time.monotonic() < deadline and await _made(database) < wanted:  # noqa: ASYNC110 - another process's rows
        await anyio.sleep(chance.random() * 0.003)
    sweeping.kill()
    return await _made(database) - before


async def _made(database: Database) -> int:
    async with database.reading() as session:
        return await session.scalar(select(func.count()).select_from(SlaNotice)) or 0


# --- the same once more, worked out without the code that did it -----------------------------


async def _check(
    database: Database, downs: Sequence[tuple[datetime, datetime]], result: Result
) -> None:
    end = database.clock.now()
    async with database.reading() as session:
        timers = (await session.scalars(select(SlaTimer))).all()
        notices = (await session.scalars(select(SlaNotice))).all()
        moves = (
            await session.scalars(
                select(Transition).where(Transition.entity == "work_order").order_by(Transition.id)
            )
        ).all()
        told = (await session.execute(select(Delivery.notice_id, Delivery.channel))).all()
        calls = (await session.scalars(select(AutoCall.subject_id))).all()
    stood: dict[object, list[tuple[datetime, datetime]]] = {}
    for move in moves:
        if move.new == WorkOrderStatus.SUSPENDED:
            stood.setdefault(move.entity_id, []).append((move.at, end + timedelta(days=9)))
        elif move.old == WorkOrderStatus.SUSPENDED:
            since, _ = stood[move.entity_id].pop()
            stood[move.entity_id].append((since, move.at))
    expected: dict[tuple[object, int], datetime] = {}
    for timer in timers:
        over = timer.stopped_at or end
        for position, line in enumerate(timer.plan):
            due = _due(timer, line["at"], stood.get(timer.work_order_id, []), over)
            if due is not None:
                expected[timer.id, position] = due
    made = Counter((notice.timer_id, notice.position) for notice in notices)
    result.deadlines, result.notices = len(timers), len(notices)
    result.calls = len(calls)
    result.wrong += [f"{times} times: {key}" for key, times in made.items() if times != 1]
    result.wrong += [f"missing: {key} {due}" for key, due in expected.items() if key not in made]
    result.wrong += [f"too many: {key}" for key in made if key not in expected]
    twice = Counter((notice_id, channel) for notice_id, channel in told if notice_id is not None)
    result.wrong += [f"told {times} times: {key}" for key, times in twice.items() if times != 1]
    for notice in notices:
        due = expected.get((notice.timer_id, notice.position))
        if due is None:
            continue
        down = next((until for since, until in downs if since < due < until), None)
        result.at_restart += notice.at == down
        late = (notice.at - due).total_seconds()
        if down is None:
            result.late = max(result.late, abs(late))
        if notice.at != due and notice.at != down:
            result.wrong.append(f"made at {notice.at}, due at {due}")


def _due(
    timer: SlaTimer,
    seconds: int,
    stood: Sequence[tuple[datetime, datetime]],
    over: datetime,
) -> datetime | None:
    """The moment at which ``seconds`` have been counted, ``None`` where it is not reached."""
    left = timedelta(seconds=seconds)
    for begins, ends in _counted(timer, over):
        at = begins
        for since, until in [*stood, (ends, ends)]:
            runs_to = min(max(since, at), ends)
            if runs_to - at >= left:
                return at + left
            left -= runs_to - at
            at = min(max(until, at), ends)
    return None


def _counted(timer: SlaTimer, over: datetime) -> Iterator[tuple[datetime, datetime]]:
    if timer.calendar != "office":
        yield timer.started_at, over
        return
    for opens, closes in OFFICE:  # the only day that is played; the next is a Sunday
        day = DAY.date()
        begins = max(timer.started_at, datetime.combine(day, opens, CHINA_TIME))
        ends = min(over, datetime.combine(day, closes, CHINA_TIME))
        if begins < ends:
            yield begins, ends


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--orders", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--postgres", action="store_true")
    chosen = parser.parse_args()
    begun = time.monotonic()
    day = plan(chosen.orders, UNITS, chosen.seed)
    with contextlib.ExitStack() as stack:
        if chosen.postgres:
            server = stack.enter_context(running_postgres())
            url = anyio.run(server.create)
        else:
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="yihu-day-"))
            url = f"sqlite+aiosqlite:///{Path(folder) / 'day.sqlite3'}"
            anyio.run(schema.upgrade, url)
        result = anyio.run(play, url, day, chosen.kills, chosen.seed)
    print(f"{result.orders} orders, {len(day.deeds)} deeds ({result.refused} refused)")
    print(f"{result.deadlines} deadlines, {result.notices} reminders and escalations")
    print(f"{result.calls} automatic calls; killed after making {result.cut} of what was due")
    print(f"{result.at_restart} made at a restart, their moment having passed meanwhile")
    print(f"greatest lateness with a process running: {result.late:.3f} s")
    for line in result.wrong[:20]:
        print("WRONG:", line)
    print(f"{len(result.wrong)} wrong; took {time.monotonic() - begun:.0f} s")
    sys.exit(1 if result.wrong else 0)


if __name__ == "__main__":
    main()

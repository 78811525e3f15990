"""How long the queries behind every page take in a centre with a million closed orders.

``python -m benchmarks.queries [--closed 1000000] [--open 10000] [--times 30] [--only sqlite]``
fills an SQLite file and a PostgreSQL that it starts itself; both are kept among the temporary
files and brought to this program's schema when they are used again. It asks the real application
for every route that only reads, as somebody who may, and takes the time of each statement at the
database's cursor. Prints per route the statements and the time of all of them together, middle
and 95th of a hundred, and the plans of what is over the limit.
"""

from __future__ import annotations

import argparse
import math
import random
import re
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import anyio
import httpx
from fastapi.routing import iter_route_contexts
from sqlalchemy import event

from agent_desk.dependencies import Require
from agent_desk.permissions import PERMISSIONS
from benchmarks import kept_rows
from benchmarks.bare_desk import PASSWORD, application
from benchmarks.dialects import uid, word
from benchmarks.many_rows import SEATS, SUPERVISORS, UNITS, Size
from dispatch.watch import Watch
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from models.kinds import Role
from tests.support.postgres import PostgresServer

LIMIT_MS = 50.0
NOW = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
NEWEST = NOW - timedelta(hours=1)
# Which of those who may use a route is asked, the busiest first.
ROLES = (Role.SUPERVISOR, Role.SEAT, Role.UNIT, Role.ADMINISTRATOR)
COUNTS = {Role.SUPERVISOR: SUPERVISORS, Role.SEAT: SEATS, Role.UNIT: UNITS}
# Parameters that a route cannot do without, and searches that people make. ``after=N`` is the page
# that begins behind the N newest of all calls, or behind the N newest orders of the unit; a search
# that finds one call of n reaches its 500th page of 50 behind 25,000 n calls.
ASKED: dict[str, list[str]] = {
    "GET /api/calendar-days": ["?year=2026"],
    "GET /api/recordings": [
        "",
        "?number=00012345",
        "?number=2345",
        "?number=123456",
        "?text=水管",
        "?text=没有说过的话",
        "?text=管",  # every call
        "?text=龘",  # none
        "?text=120",
        "?text=破裂了水管",  # its pairs are in every call
        f"?text={word(1)}",  # six calls of ten
        f"?text={word(30)}",  # one of 25
        f"?text={word(300)}",  # one of 200
        f"?text={word(2_900)}",  # one of 2,000
        f"?text={word(1) + word(30)}",
        f"?text={word(30) + word(300)}",
        "?text=水管&missed=true",
        "?text=水管&seat_code=s7",
        "?text=水管&number=2345",
        f"?text={word(300)}&queue_code=96345&missed=true",
        f"?text={word(2)}&seat_code=s7&from_day=2025-05-01&to_day=2025-05-31",
        f"?text={word(300)}&after=200000",  # the 20th page
        "?text=水管&after=10000",
        "?text=水管&after=25000",  # the 500th
        f"?text={word(1)}&after=40000",
        "?text=水管&missed=true&after=500000",
        "?text=水管&seat_code=s7&after=840000",
        "?queue_code=96345",
        "?seat_code=s7",
        "?missed=true",
        "?from_day=2025-05-01&to_day=2025-05-31",
        "?after=10000",
        "?after=25000",
        "?after=1000000",
        "?queue_code=96345&after=75000",
        "?missed=true&after=500000",
        "?seat_code=s7&after=840000",
    ],
    "GET /api/knowledge/articles": ["", "?words=没有写过的话"],
    "GET /api/unit/history": [
        "",
        "?after=6000",
        "?after=12000",
        "?text=没有写过的话",
        "?text=龘",
        "?text=水管",  # every order
        "?text=破",
        "?text=裂破管水",  # none; its characters are in every order
        "?text=GD1",
        "?text=路5",
        "?text=777号",  # one of a thousand
        "?text=燃气",  # a category's name, of no order
        "?text=水管&after=12000",
    ],
    "GET /api/reports/{report}": ["?from_day=2026-11-01&to_day=2026-11-20"],
    "GET /api/reports/{report}/export": ["?from_day=2026-11-01&to_day=2026-11-20"],
    "GET /api/statistics": ["", "?since=2026-10-01T00:00:00Z&until=2026-11-01T00:00:00Z"],
}
# Words that stand in a path.
NAMED: dict[str, tuple[str, ...]] = {
    "report": ("answers", "handles", "sending", "units", "matters"),
    "stretch": ("day", "quarter", "year"),
    "form": ("csv",),
}
SKIPPED = re.compile(r"path:path|/recording$|/api/session$|/unit-api/|/ws")


@dataclass(slots=True)
class Statements:
    """The statements of one request."""

    taken: list[tuple[str, float]] = field(default_factory=list)

    @property
    def total_ms(self) -> float:
        return sum(ms for _, ms in self.taken)


@dataclass(slots=True)
class Measured:
    """One route's requests."""

    name: str
    requests: list[Statements] = field(default_factory=list)
    refused: int = 0

    @property
    def p95(self) -> float:
        return at(95, [request.total_ms for request in self.requests])

    def slowest(self) -> str:
        every = [pair for request in self.requests for pair in request.taken]
        return max(every, key=lambda pair: pair[1], default=("", 0.0))[0]


def at(percent: int, values: list[float]) -> float:
    """The value that ``percent`` of a hundred do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else 0.0


class Timer:
    """Takes the time of every statement of an engine."""

    def __init__(self, database: Database) -> None:
        self.current = Statements()
        engine = database.engine.sync_engine
        event.listen(engine, "before_cursor_execute", self._before)
        event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, connection: Any, *_: object) -> None:
        connection.info["yihu_begun"] = time.perf_counter()

    def _after(self, connection: Any, _: object, statement: str, *__: object) -> None:
        took = time.perf_counter() - connection.info["yihu_begun"]
        self.current.taken.append((statement, took * 1000))

    def take(self) -> Statements:
        taken, self.current = self.current, Statements()
        return taken


@asynccontextmanager
async def signed_in(app: Any, role: Role, number: int) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.test") as client:
        body = {"username": f"{role.value}{number}", "password": PASSWORD}
        answer = await client.post("/api/session", json=body)
        answer.raise_for_status()
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield client


def reading_routes(app: Any) -> Iterator[tuple[str, str, tuple[Role, ...]]]:
    """Name, path and who may, of every route that only reads."""
    for route in iter_route_contexts(app.routes):
        path = route.path or ""
        if "GET" not in (route.methods or ()) or SKIPPED.search(path):
            continue
        permission = _required(route)
        roles = [role for role in ROLES if permission in PERMISSIONS[role]]
        if roles:
            both = {roles[0], Role.SEAT} if Role.SEAT in roles else {roles[0]}
            yield f"GET {path}", path, tuple(role for role in ROLES if role in both)


def _required(route: Any) -> Any:
    waiting = [getattr(route, "dependant", None)]
    while waiting:
        dependant = waiting.pop()
        if dependant is not None:
            if isinstance(dependant.call, Require):
                return dependant.call.permission
            waiting += dependant.dependencies
    return None


def asked(query: str, name: str, person: int, size: Size) -> str:
    """``query`` with the call, or the order of the person's unit, that ``after`` means."""

    def last(found: re.Match[str]) -> str:
        if not name.endswith("/unit/history"):
            return "after=" + uid("call", max(1, size.all - int(found[1])))
        newest = size.closed - (size.closed - (person - 1)) % UNITS
        return "after=" + uid("item", max(person - 1, newest - UNITS * int(found[1])))

    return re.sub(r"after=(\d+)$", last, query)


def filled(path: str, role: Role, person: int, size: Size, chance: random.Random) -> str:
    """``path`` with ids of rows that the person may read, of open and of closed orders."""
    number = chance.randrange(size.closed if chance.random() < 0.5 else 1, size.all)
    if role is Role.SEAT:  # an order of their own
        number += (person - 1 - number) % SEATS
        number -= SEATS if number > size.all else 0
    kinds = {"order_id": "order", "work_order_id": "order", "call_id": "call", "unit_id": "unit"}

    def value(found: re.Match[str]) -> str:
        if found[1] in NAMED:
            return chance.choice(NAMED[found[1]])
        one = 1 + number % UNITS if found[1] == "unit_id" else number
        return uid(kinds.get(found[1], "order"), one)

    return re.sub(r"\{(\w+)(?::\w+)?\}", value, path)


async def measure(
    database: Database, clock: ManualClock, size: Size, times: int, only: str = ""
) -> list[Measured]:
    """Ask for every route whose name holds ``only`` ``times`` times, each time for something
    else."""
    chance = random.Random(11)  # noqa: S311 - the same every time
    timer = Timer(database)
    found: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder:
        app, watch = application(database, clock, Path(folder))
        for name, path, roles in reading_routes(app):
            for role in roles if only in name else ():
                person = 1 + chance.randrange(COUNTS.get(role, 1))
                async with signed_in(app, role, person) as client:
                    for query in ASKED.get(name, [""]):
                        label = f"{name}{query} ({role.value})"
                        measured = Measured(label)
                        for number in range(times + 2):
                            timer.take()
                            where = filled(path, role, person, size, chance) + asked(
                                query, name, person, size
                            )
                            answer = await client.get(where)
                            taken = timer.take()
                            measured.refused += answer.status_code >= 400
                            if number >= 2:  # the first two warm the cache up
                                measured.requests.append(taken)
                        found.append(measured)
        for label, action in background(watch).items():
            measured = Measured(label)
            for _ in range(times):
                timer.take()
                await action()
                measured.requests.append(timer.take())
            found.append(measured)
    return found


def background(watch: Watch) -> dict[str, Callable[[], Any]]:
    """What runs by itself, twice a second."""
    return {
        "sweep of deadlines, nothing due": watch.sweeper.sweep,
        "sender, nothing due": watch.sender.send_due,
    }


async def explain(database: Database, statement: str) -> str:
    """The database's plan of a statement whose parameters are not known any more."""
    if database.engine.dialect.name != "sqlite" or not statement.lstrip().upper().startswith(
        "SELECT"
    ):
        return ""
    asked = f"EXPLAIN QUERY PLAN {statement}"
    async with database.engine.connect() as connection:
        try:
            rows = await connection.exec_driver_sql(asked, tuple("?" * statement.count("?")))
        except Exception as error:
            return str(error)[:200]
        return " | ".join(str(tuple(row)[-1]) for row in rows)


async def on(url: str, size: Size, times: int, only: str) -> bool:
    """Print what was measured on the filled database; whether all kept the limit."""
    clock = ManualClock(NOW)
    database = Database(url, InProcessBus(), clock)
    try:
        print(f"== {database.engine.dialect.name}", flush=True)
        slow = []
        for measured in await measure(database, clock, size, times, only):
            each = [request.total_ms for request in measured.requests]
            count = max((len(request.taken) for request in measured.requests), default=0)
            mark = "OVER" if measured.p95 > LIMIT_MS else ""
            told = f" {measured.refused} refused" if measured.refused else ""
            print(
                f"{measured.name:64} {count:3} statements  "
                f"p50 {statistics.median(each):7.1f}  p95 {measured.p95:7.1f} ms {mark}{told}",
                flush=True,
            )
            if mark:
                slow.append(measured)
        for measured in slow:
            statement = measured.slowest()
            print(f"\n{measured.name}: {' '.join(statement.split())[:700]}")
            print("  ", await explain(database, statement))
        print(f"{len(slow)} routes over {LIMIT_MS:.0f} ms\n", flush=True)
    finally:
        await database.close()
    return not slow


async def on_postgres(server: PostgresServer, size: Size, times: int, only: str) -> bool:
    return await on(await kept_rows.postgres_url(server, size, NEWEST), size, times, only)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--closed", type=int, default=1_000_000)
    parser.add_argument("--open", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--route", default="", help="a part of the routes' names to be asked")
    chosen = parser.parse_args()
    size = Size(chosen.closed, chosen.open)
    kept = True
    if chosen.only != "postgresql":
        print(f"SQLite {sqlite3.sqlite_version}")
        url = kept_rows.sqlite_url(size, NEWEST)
        kept = anyio.run(on, url, size, chosen.times, chosen.route) and kept
    if chosen.only != "sqlite":
        with kept_rows.postgres(size) as server:
            kept = anyio.run(on_postgres, server, size, chosen.times, chosen.route) and kept
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()

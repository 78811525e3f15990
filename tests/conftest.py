"""Fixtures every test may use."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import expect

from models.base import Base
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from tests.support.postgres import PostgresServer, running_postgres

REAL_PARTS = ("asterisk", "browser")
expect.set_options(timeout=30_000)  # five seconds pass quickly on a machine with other work
# Slowness is no fault here either.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that drives Asterisk or Chromium is run once more when it fails.

    Other programs' time-outs count wall time, which a crowded machine eats. What failed first
    is printed at the end; a fault that is in the code fails again.
    """
    for item in items:
        if any(item.get_closest_marker(name) for name in REAL_PARTS):
            item.add_marker(pytest.mark.flaky(reruns=1))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for report in terminalreporter.getreports("rerun"):
        terminalreporter.section(f"failed at first: {report.nodeid}")
        terminalreporter.line(report.longreprtext[-6000:])


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands at 2026-03-01 12:00 UTC until moved."""
    return ManualClock(datetime(2026, 3, 1, 12, 0, tzinfo=UTC))


@pytest.fixture
def bus() -> InProcessBus:
    return InProcessBus()


@pytest.fixture
async def database(
    tmp_path: Path, bus: InProcessBus, clock: ManualClock
) -> AsyncIterator[Database]:
    """An empty SQLite database with every table."""
    made = Database(f"sqlite+aiosqlite:///{tmp_path / 'test.sqlite3'}", bus, clock)
    async with made.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield made
    await made.close()


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test run's own."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def cache_dir() -> Path:
    """Where set-up put Asterisk and the model files."""
    given = os.environ.get("YIHU_CACHE_DIR")
    return Path(given) if given else Path.home() / ".cache" / "yihu"


@pytest.fixture(scope="session")
def models_dir(cache_dir: Path) -> Path:
    """The folder of model files; fails with what to do when set-up has not run."""
    path = cache_dir / "models"
    if not path.is_dir():
        pytest.fail(f"no model files in {path}: run `make test`, which fetches them")
    return path

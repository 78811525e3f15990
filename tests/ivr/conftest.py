"""A centre with two numbers and two seats, and everything telephony needs around it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ivr.asterisk import AsteriskConfig
from models.clock import SystemClock
from models.database import Database
from models.kinds import Role
from models.tables import Queue, Seat, User
from tests.support.asterisk import SEAT_SECRET, asterisk_config
from tests.support.ports import port_base
from tests.support.telephony import People


@pytest.fixture
async def people(database: Database) -> People:
    """Two persons who take calls; 8001 serves both numbers, 8002 serves 110."""
    made = People(*[_user(name) for name in ("甲", "乙")])
    async with database.writing() as work:
        work.session.add_all(
            [
                Queue(code="110", name="报警", emergency=True),
                Queue(code="96345", name="便民", emergency=False),
                _seat("8001", ["110", "96345"]),
                _seat("8002", ["110"]),
                made.one,
                made.two,
            ]
        )
    return made


def _user(name: str) -> User:
    return User(
        username=f"seat-{name}",
        display_name=name,
        password_hash="-",
        role=Role.SEAT,
        created_at=datetime(2026, 3, 1, tzinfo=UTC),
    )


def _seat(code: str, queues: list[str]) -> Seat:
    return Seat(code=code, name=f"{code}号席", queue_codes=queues, sip_secret=SEAT_SECRET)


@pytest.fixture
def config(tmp_path: Path) -> Iterator[AsteriskConfig]:
    with port_base() as base:
        yield asterisk_config(tmp_path, base, ring_seconds=5, wrap_up_guard_seconds=1)


@pytest.fixture
def real_clock() -> SystemClock:
    return SystemClock()

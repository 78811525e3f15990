"""A short invented day whose sweeper is really killed: see ``benchmarks.deadlines``."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.deadline_day import plan
from benchmarks.deadlines import UNITS, play
from models import schema

pytestmark = pytest.mark.integration


async def test_every_step_is_made_once_though_the_sweeper_is_killed(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'day.sqlite3'}"
    await schema.upgrade(url)
    result = await play(url, plan(30, UNITS, seed=3), kills=2, seed=5)
    assert result.wrong == []
    assert result.late == 0
    assert len(result.cut) == 2
    assert result.notices > 60

"""A desk that learns, on a database that another process may open too."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from agent_desk.learning.taxonomies import LiveItems
from models import schema
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from tests.support.desk import Site
from tests.support.learned import FIXED, Taught, learning_of, small_corpus, small_model


@pytest.fixture
async def database(
    tmp_path: Path, bus: InProcessBus, clock: ManualClock
) -> AsyncIterator[Database]:
    """As an instance has it: another process opens it too."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'learning.sqlite3'}"
    await schema.upgrade(url)
    made = Database(url, bus, clock)
    yield made
    await made.close()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_corpus(tmp_path_factory.mktemp("learned") / "corpus")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory, corpus: Path) -> Path:
    return small_model(tmp_path_factory.mktemp("learned") / "base", corpus)


@pytest.fixture
async def taught(
    site: Site, with_parts: Callable[..., Site], tmp_path: Path, base: Path, corpus: Path
) -> Taught:
    learning, live = await learning_of(site.database, tmp_path, base, corpus)
    assert live is not None
    desk = with_parts(learning=learning, categories=LiveItems(learning.taxonomies))
    fixed = tmp_path / "fixed.csv"
    lines = [f"{code},{text}" for code, text in FIXED]
    fixed.write_text("\n".join(["code,text", *lines]) + "\n", encoding="utf-8")
    return Taught(desk, learning, live, base, corpus, tmp_path, fixed)

"""Searching the knowledge base: an index in memory over the articles' rows."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy import select

from agent_desk.problems import where
from classifier.articles import Article
from classifier.knowledge import Findings, Knowledge
from models.clock import CHINA_TIME, Clock
from models.database import Database
from models.knowledge_tables import KnowledgeArticle

log = logging.getLogger(__name__)

THREADS: Final = 2
WARM: Final = "身份证丢了怎么补办"


@dataclass(frozen=True, slots=True)
class Index:
    """What is searched, and the rows' ids by the articles' codes."""

    knowledge: Knowledge
    ids: Mapping[str, UUID]


class KnowledgeBase:
    """Finds articles. Building and searching run in threads; a new index takes the place of the
    former one when it is ready, and until then the former one answers."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._index: Index | None = None
        self._building = anyio.Lock()
        self._threads = anyio.CapacityLimiter(THREADS)

    async def refresh(self) -> None:
        """Build the index of the articles as their rows are."""
        async with self._building:
            async with self._database.reading() as session:
                query = select(KnowledgeArticle).where(KnowledgeArticle.retired_at.is_(None))
                rows = list(await session.scalars(query.order_by(KnowledgeArticle.code)))
            self._index = await anyio.to_thread.run_sync(_built, rows, limiter=self._threads)

    async def warm(self) -> None:
        """Build the first index before anybody asks; where that fails, whoever asks tries again."""
        try:
            await self._ready()
        except Exception as error:
            log.error("the knowledge base was not read: %s", where(error))

    async def _ready(self) -> Index:
        if self._index is None:
            await self.refresh()
        assert self._index is not None  # noqa: S101 - refresh() has built one
        return self._index

    async def search(self, text: str, limit: int) -> tuple[Findings, Mapping[str, UUID]]:
        """The articles for ``text`` that hold today, with the rows' ids by code."""
        index = await self._ready()
        findings = await anyio.to_thread.run_sync(
            index.knowledge.search, text, self.today(), limit, limiter=self._threads
        )
        return findings, index.ids

    def today(self) -> date:
        """The local day that articles must hold on."""
        return self._clock.now().astimezone(CHINA_TIME).date()


def article_of(row: KnowledgeArticle) -> Article:
    """A row as what is searched."""
    return Article(
        id=row.code,
        title=row.title,
        answer=row.answer,
        unit=row.unit,
        source=row.source,
        questions=tuple(row.questions),
        tags=tuple(row.tags),
        valid_from=row.valid_from,
        valid_until=row.valid_until,
    )


def _built(rows: list[KnowledgeArticle]) -> Index:
    knowledge = Knowledge([article_of(row) for row in rows])
    knowledge.search(WARM, date.min)  # the dictionary is read now, not while somebody waits
    return Index(knowledge, {row.code: row.id for row in rows})

"""What goes over the wire about the knowledge base."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Version, Wire
from models.knowledge_states import GapStatus

Question = Annotated[Typed, Field(min_length=1, max_length=200)]
Tag = Annotated[Typed, Field(min_length=1, max_length=40)]


class SearchKnowledge(Wire):
    """What somebody typed, or the caller's own words; of a longer text the end is read."""

    text: Annotated[Typed, Field(max_length=2000)]
    limit: Annotated[int, Field(ge=1, le=10)] = 5


class ArticleFound(Wire):
    """An article for a question; ``matched`` are the words of the question it rests on."""

    id: UUID
    code: str
    title: str
    answer: str
    unit: str
    source: str
    valid_from: date | None
    valid_until: date | None
    p: float
    matched: list[str]


class KnowledgeFound(Wire):
    """``good`` is false where no article fits well enough to be read out."""

    good: bool
    hits: list[ArticleFound]


class ArticleText(Wire):
    """What a supervisor writes. ``gap_id`` is the question that made them write it."""

    title: Annotated[Typed, Field(min_length=1, max_length=80)]
    answer: Annotated[Typed, Field(min_length=1, max_length=4000)]
    unit: Annotated[Typed, Field(min_length=1, max_length=40)]
    source: Annotated[Typed, Field(min_length=1, max_length=300)]
    questions: list[Question] = Field(default_factory=list, max_length=40)
    tags: list[Tag] = Field(default_factory=list, max_length=40)
    valid_from: date | None = None
    valid_until: date | None = None
    gap_id: UUID | None = None


class EditArticle(ArticleText):
    """The same for an article that is there; ``version`` is the one that was read."""

    version: Version


class ArticleVersion(Wire):
    version: Version


class ArticleInfo(Wire):
    """``state``: whether the article holds today, not yet, no more, or was taken back."""

    id: UUID
    code: str
    title: str
    answer: str
    unit: str
    source: str
    questions: list[str]
    tags: list[str]
    valid_from: date | None
    valid_until: date | None
    state: Literal["valid", "later", "expired", "retired"]
    version: int
    updated_at: datetime
    updated_by: str


class ArticlePage(Wire):
    """A page of articles; ``total`` counts all that fit."""

    total: int
    articles: list[ArticleInfo]


class ArticleChange(Wire):
    """Who changed an article and what; ``before`` and ``after`` hold the members that changed."""

    at: datetime
    by: str
    action: str
    before: dict[str, Any]
    after: dict[str, Any]


class NoteGap(Wire):
    text: Annotated[Typed, Field(min_length=2, max_length=500)]
    call_id: UUID | None = None


class DismissGap(Wire):
    reason: Annotated[Typed, Field(min_length=1, max_length=255)]


class GapInfo(Wire):
    """A question that no article answered. ``article_title`` is the one written for it."""

    id: UUID
    text: str
    call_id: UUID | None
    asked_by: str
    asked_at: datetime
    status: GapStatus
    closed_by: str
    closed_at: datetime | None
    reason: str
    article_id: UUID | None
    article_title: str

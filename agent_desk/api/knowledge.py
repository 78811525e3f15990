"""The knowledge base: seats search it, supervisors write it."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, SeatWorker, require
from agent_desk.permissions import Permission
from agent_desk.wire_knowledge import (
    ArticleChange,
    ArticleFound,
    ArticleInfo,
    ArticlePage,
    ArticleText,
    ArticleVersion,
    DismissGap,
    EditArticle,
    GapInfo,
    KnowledgeFound,
    NoteGap,
    SearchKnowledge,
)
from models.knowledge_states import GapStatus

router = APIRouter(prefix="/api/knowledge", tags=["knowledge"])

Editor = Annotated[Person, Depends(require(Permission.EDIT_KNOWLEDGE))]
States = Literal["all", "valid", "later", "expired", "retired"]


@router.post("/search")
async def search_knowledge(body: SearchKnowledge, person: SeatWorker, desk: Desk) -> KnowledgeFound:
    """Articles for what was typed or what the caller said."""
    findings, ids = await desk.knowledge.search(body.text, body.limit)
    return KnowledgeFound(
        good=findings.good,
        hits=[
            ArticleFound(
                id=ids[hit.article.id],
                code=hit.article.id,
                title=hit.article.title,
                answer=hit.article.answer,
                unit=hit.article.unit,
                source=hit.article.source,
                valid_from=hit.article.valid_from,
                valid_until=hit.article.valid_until,
                p=hit.p,
                matched=list(hit.matched),
            )
            for hit in findings.hits
        ],
    )


@router.post("/gaps", status_code=status.HTTP_201_CREATED)
async def note_gap(body: NoteGap, person: SeatWorker, desk: Desk) -> GapInfo:
    """Tell the editors of a question that no article answers."""
    return await desk.articles.note_gap(body.text, body.call_id, person.user_id)


@router.get("/gaps")
async def gaps(person: Editor, desk: Desk, state: GapStatus = GapStatus.OPEN) -> list[GapInfo]:
    """The newest 200 questions of a state."""
    return await desk.articles.gaps(state)


@router.post("/gaps/{gap_id}/dismiss")
async def dismiss_gap(gap_id: UUID, body: DismissGap, person: Editor, desk: Desk) -> GapInfo:
    """Close a question for which no article is wanted."""
    return await desk.articles.dismiss_gap(gap_id, body.reason, person.user_id)


@router.get("/articles")
async def articles(
    person: Editor,
    desk: Desk,
    words: Annotated[str, Query(max_length=64)] = "",
    state: States = "all",
    page: Annotated[int, Query(ge=0, le=2000)] = 0,
) -> ArticlePage:
    """Articles, newest change first, 50 a page."""
    return await desk.articles.listed(words.strip(), state, page)


@router.post("/articles", status_code=status.HTTP_201_CREATED)
async def add_article(body: ArticleText, person: Editor, desk: Desk) -> ArticleInfo:
    """Write an article; it is found at once."""
    return await desk.articles.add(body, person.user_id)


@router.put("/articles/{article_id}")
async def edit_article(
    article_id: UUID, body: EditArticle, person: Editor, desk: Desk
) -> ArticleInfo:
    """Change an article."""
    return await desk.articles.edit(article_id, body.version, body, person.user_id)


@router.get("/articles/{article_id}/changes")
async def article_changes(article_id: UUID, person: Editor, desk: Desk) -> list[ArticleChange]:
    """Who changed an article, newest first."""
    return await desk.articles.changes(article_id)


@router.post("/articles/{article_id}/retire")
async def retire_article(
    article_id: UUID, body: ArticleVersion, person: Editor, desk: Desk
) -> ArticleInfo:
    """Let an article be found no more."""
    return await desk.articles.retire(article_id, body.version, person.user_id)


@router.post("/articles/{article_id}/restore")
async def restore_article(
    article_id: UUID, body: ArticleVersion, person: Editor, desk: Desk
) -> ArticleInfo:
    """Let an article be found again."""
    return await desk.articles.restore(article_id, body.version, person.user_id)

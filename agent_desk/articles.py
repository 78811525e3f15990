"""The articles of the knowledge base and the questions they do not answer, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload

from agent_desk.knowledge import KnowledgeBase
from agent_desk.wire_knowledge import (
    ArticleChange,
    ArticleInfo,
    ArticlePage,
    ArticleText,
    GapInfo,
)
from classifier.text import has_chinese
from dispatch.numbers import next_number
from ivr.beside import audit
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, InvalidInput, NotFound
from models.knowledge_states import GapStatus
from models.knowledge_tables import KnowledgeArticle, KnowledgeGap
from models.tables import Call, User
from models.telephony_tables import Audit
from models.transitions import advance

SERIES: Final = "ZS"
SUBJECT: Final = "knowledge_article"
PER_PAGE: Final = 50
MOST_GAPS: Final = 200
MOST_CHANGES: Final = 50
WRITTEN: Final = (
    "title", "answer", "unit", "source", "questions", "tags", "valid_from", "valid_until",
)  # fmt: skip
State = Literal["valid", "later", "expired", "retired"]


class Articles:
    """What supervisors do with articles and gaps; the index follows each change."""

    def __init__(self, database: Database, clock: Clock, base: KnowledgeBase) -> None:
        self._database = database
        self._clock = clock
        self._base = base

    # --- articles ----------------------------------------------------------------------------

    async def listed(self, words: str, state: State | Literal["all"], page: int) -> ArticlePage:
        """Articles whose number, title, answer or questions hold ``words``, newest change first."""
        query = select(KnowledgeArticle)
        if words:
            query = query.where(_holds(words))
        if state != "all":
            query = query.where(*_in_state(state, self._base.today()))
        async with self._database.reading() as session:
            total = await session.scalar(select(func.count()).select_from(query.subquery())) or 0
            rows = await session.scalars(
                query.options(joinedload(KnowledgeArticle.updated_by))
                .order_by(KnowledgeArticle.updated_at.desc(), KnowledgeArticle.code)
                .limit(PER_PAGE)
                .offset(page * PER_PAGE)
            )
            return ArticlePage(total=total, articles=[self._info(row) for row in rows])

    async def add(self, text: ArticleText, user_id: UUID) -> ArticleInfo:
        """A new article. Raises ``InvalidInput`` for one that cannot be searched."""
        values = _checked(text)
        async with self._database.writing() as work:
            now = self._clock.now()
            row = KnowledgeArticle(
                code=await next_number(work.session, SERIES, now),
                updated_at=now,
                updated_by_id=user_id,
                retired_at=None,
                **values,
            )
            work.session.add(row)
            audit(work, self._clock, user_id, "add", SUBJECT, row.id, before={}, after=_told(row))
            await self._answer_gap(work, text.gap_id, row, user_id)
        await self._base.refresh()
        return await self._read(row.id)

    async def edit(
        self, article_id: UUID, version: int, text: ArticleText, user_id: UUID
    ) -> ArticleInfo:
        """Change an article. Raises ``Conflict`` where somebody else has since ``version``."""
        values = _checked(text)
        async with self._database.writing() as work:
            row = await self._row(work, article_id, version)
            before = _told(row)
            for name, value in values.items():
                if getattr(row, name) != value:
                    setattr(row, name, value)
            after = _told(row)
            if after != before:
                self._note(work, row, user_id, "edit", before, after)
            await self._answer_gap(work, text.gap_id, row, user_id)
        await self._base.refresh()
        return await self._read(article_id)

    async def retire(self, article_id: UUID, version: int, user_id: UUID) -> ArticleInfo:
        """Let an article be found no more."""
        async with self._database.writing() as work:
            row = await self._row(work, article_id, version)
            if row.retired_at is None:
                row.retired_at = self._clock.now()
                self._note(work, row, user_id, "retire", {}, {})
        await self._base.refresh()
        return await self._read(article_id)

    async def restore(self, article_id: UUID, version: int, user_id: UUID) -> ArticleInfo:
        """Let an article be found again."""
        async with self._database.writing() as work:
            row = await self._row(work, article_id, version)
            if row.retired_at is not None:
                row.retired_at = None
                self._note(work, row, user_id, "restore", {}, {})
        await self._base.refresh()
        return await self._read(article_id)

    async def changes(self, article_id: UUID) -> list[ArticleChange]:
        """Who changed an article, newest first."""
        query = (
            select(Audit, User.display_name)
            .outerjoin(User, User.id == Audit.user_id)
            .where(Audit.subject == SUBJECT, Audit.subject_id == str(article_id))
            .order_by(Audit.id.desc())
            .limit(MOST_CHANGES)
        )
        async with self._database.reading() as session:
            found = (await session.execute(query)).all()
        return [
            ArticleChange(
                at=row.at,
                by=name or "",
                action=row.action,
                before=row.detail.get("before", {}),
                after=row.detail.get("after", {}),
            )
            for row, name in found
        ]

    # --- gaps --------------------------------------------------------------------------------

    async def note_gap(self, text: str, call_id: UUID | None, user_id: UUID) -> GapInfo:
        """Note a question that no article answers; one that is open already is noted once."""
        async with self._database.writing() as work:
            session = work.session
            if call_id is not None and await session.get(Call, call_id) is None:
                raise NotFound("没有这个来电的记录。")
            query = select(KnowledgeGap.id).where(
                KnowledgeGap.text == text, KnowledgeGap.status == GapStatus.OPEN
            )
            gap_id = await session.scalar(query.limit(1))
            if gap_id is None:
                row = KnowledgeGap(
                    text=text,
                    call_id=call_id,
                    asked_by_id=user_id,
                    asked_at=self._clock.now(),
                )
                session.add(row)
                gap_id = row.id
        return (await self._gaps(KnowledgeGap.id == gap_id))[0]

    async def gaps(self, status: GapStatus) -> list[GapInfo]:
        """The newest gaps of a status."""
        return await self._gaps(KnowledgeGap.status == status)

    async def dismiss_gap(self, gap_id: UUID, reason: str, user_id: UUID) -> GapInfo:
        """Close a gap without an article. Raises ``IllegalTransition`` for one that is closed."""
        async with self._database.writing() as work:
            gap = await self._gap(work, gap_id)
            now = self._clock.now()
            advance(work.session, gap, "dismiss", actor=str(user_id), at=now, reason=reason)
            gap.closed_at, gap.closed_by_id, gap.reason = now, user_id, reason
        return (await self._gaps(KnowledgeGap.id == gap_id))[0]

    # --- shared ------------------------------------------------------------------------------

    async def _gaps(self, which: ColumnElement[bool]) -> list[GapInfo]:
        query = (
            select(KnowledgeGap)
            .where(which)
            .options(
                joinedload(KnowledgeGap.asked_by),
                joinedload(KnowledgeGap.closed_by),
                joinedload(KnowledgeGap.article),
            )
            .order_by(KnowledgeGap.asked_at.desc(), KnowledgeGap.id)
            .limit(MOST_GAPS)
        )
        async with self._database.reading() as session:
            rows: Sequence[KnowledgeGap] = (await session.scalars(query)).all()
        return [_gap_info(row) for row in rows]

    async def _gap(self, work: UnitOfWork, gap_id: UUID) -> KnowledgeGap:
        query = select(KnowledgeGap).where(KnowledgeGap.id == gap_id).with_for_update()
        gap = (await work.session.scalars(query)).one_or_none()
        if gap is None:
            raise NotFound("没有这条知识缺口，请刷新列表。")
        return gap

    async def _answer_gap(
        self, work: UnitOfWork, gap_id: UUID | None, row: KnowledgeArticle, user_id: UUID
    ) -> None:
        if gap_id is None:
            return
        gap = await self._gap(work, gap_id)
        now = self._clock.now()
        advance(work.session, gap, "answer", actor=str(user_id), at=now, reason=row.code)
        gap.closed_at, gap.closed_by_id, gap.article_id = now, user_id, row.id

    async def _row(self, work: UnitOfWork, article_id: UUID, version: int) -> KnowledgeArticle:
        query = select(KnowledgeArticle).where(KnowledgeArticle.id == article_id)
        row = (await work.session.scalars(query.with_for_update())).one_or_none()
        if row is None:
            raise NotFound("没有这篇知识，请刷新列表。")
        if row.version != version:
            raise Conflict("这篇知识刚被他人修改，请刷新后核对再保存。")
        return row

    async def _read(self, article_id: UUID) -> ArticleInfo:
        query = select(KnowledgeArticle).where(KnowledgeArticle.id == article_id)
        async with self._database.reading() as session:
            loaded = query.options(joinedload(KnowledgeArticle.updated_by))
            return self._info((await session.scalars(loaded)).one())

    def _note(
        self,
        work: UnitOfWork,
        row: KnowledgeArticle,
        user_id: UUID,
        action: str,
        before: dict[str, Any],
        after: dict[str, Any],
    ) -> None:
        row.updated_at, row.updated_by_id = self._clock.now(), user_id
        changed = [name for name in after if after[name] != before[name]]
        audit(
            work, self._clock, user_id, action, SUBJECT, row.id,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
        )  # fmt: skip

    def _info(self, row: KnowledgeArticle) -> ArticleInfo:
        return ArticleInfo(
            id=row.id,
            code=row.code,
            title=row.title,
            answer=row.answer,
            unit=row.unit,
            source=row.source,
            questions=row.questions,
            tags=row.tags,
            valid_from=row.valid_from,
            valid_until=row.valid_until,
            state=_state(row, self._base.today()),
            version=row.version,
            updated_at=row.updated_at,
            updated_by=row.updated_by.display_name if row.updated_by else "",
        )


def _checked(text: ArticleText) -> dict[str, Any]:
    if not has_chinese(text.title):
        raise InvalidInput("“标题”里没有汉字，检索不到，请用中文写。")
    if text.valid_from and text.valid_until and text.valid_until < text.valid_from:
        raise InvalidInput("“失效日期”早于“生效日期”，请核对。")
    values = {name: getattr(text, name) for name in WRITTEN}
    for name in ("questions", "tags"):
        values[name] = list(dict.fromkeys(values[name]))
    return values


def _told(row: KnowledgeArticle) -> dict[str, Any]:
    """What an article says, as JSON keeps it."""
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name in WRITTEN
        for value in [getattr(row, name)]
    }


def _holds(words: str) -> ColumnElement[bool]:
    columns = (KnowledgeArticle.code, KnowledgeArticle.title, KnowledgeArticle.answer)
    return or_(*(column.contains(words, autoescape=True) for column in columns))


def _in_state(state: State, today: date) -> list[ColumnElement[bool]]:
    row = KnowledgeArticle
    if state == "retired":
        return [row.retired_at.is_not(None)]
    begun = or_(row.valid_from.is_(None), row.valid_from <= today)
    ended = row.valid_until < today
    match state:
        case "later":
            return [row.retired_at.is_(None), row.valid_from > today]
        case "expired":
            return [row.retired_at.is_(None), ended]
        case _:
            lasting = or_(row.valid_until.is_(None), row.valid_until >= today)
            return [row.retired_at.is_(None), begun, lasting]


def _state(row: KnowledgeArticle, today: date) -> State:
    if row.retired_at is not None:
        return "retired"
    if row.valid_until is not None and row.valid_until < today:
        return "expired"
    return "later" if row.valid_from is not None and row.valid_from > today else "valid"


def _gap_info(row: KnowledgeGap) -> GapInfo:
    return GapInfo(
        id=row.id,
        text=row.text,
        call_id=row.call_id,
        asked_by=row.asked_by.display_name,
        asked_at=row.asked_at,
        status=row.status,
        closed_by=row.closed_by.display_name if row.closed_by else "",
        closed_at=row.closed_at,
        reason=row.reason,
        article_id=row.article_id,
        article_title=row.article.title if row.article else "",
    )

"""审计: who did what, when, searched and exported. Nobody changes it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, Select, String, cast, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.administration.audit_words import (
    CODED,
    FIELDS,
    KINDS,
    SENTENCES,
    UNKNOWN,
    WORDS,
)
from agent_desk.learning.tables import as_csv
from agent_desk.wire_audits import (
    AuditChoices,
    AuditKind,
    AuditLine,
    AuditPage,
    AuditPerson,
    ChangedValue,
)
from models.clock import CHINA_TIME
from models.database import Database
from models.knowledge_tables import KnowledgeArticle
from models.order_tables import WorkOrder
from models.tables import AgentSession, User
from models.telephony_tables import Audit

PAGE: Final = 100
MOST_EXPORTED: Final = 50_000
BLOCK: Final = 1_000
LONGEST_VALUE: Final = 300
SYSTEM: Final = "系统"
# A moment as rows of the log keep it.
MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*[+-]\d\d:\d\d$")
HEADER: Final = ["时间", "谁", "类别", "做了什么", "之前", "之后"]
# Members of an entry that are shown otherwise, or to nobody.
HIDDEN: Final = frozenset({"name", "before", "after", "correction_id", "call_id"})


@dataclass(frozen=True, slots=True)
class Search:
    """Which entries are wanted; an empty value means any. ``words`` stand in the entry."""

    user_id: UUID | None = None
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    words: str = ""


class Audits:
    """Reads the log by its indexes: newest first, a page at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, search: Search, before: int | None = None) -> AuditPage:
        """The newest hundred that fit, older than the entry ``before``."""
        query = _query(search).limit(PAGE + 1)
        if before is not None:
            query = query.where(Audit.id < before)
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
            lines = await _lines(session, rows[:PAGE])
        return AuditPage(lines=lines, more=len(rows) > PAGE)

    async def choices(self) -> AuditChoices:
        """Kinds of entries, and everybody who has an account."""
        query = select(User.id, User.display_name, User.username).order_by(User.username)
        async with self._database.reading() as session:
            people = (await session.execute(query)).all()
        return AuditChoices(
            kinds=[AuditKind(code=code, name=name) for code, name in KINDS.items()],
            people=[
                AuditPerson(id=row.id, name=f"{row.display_name}（{row.username}）")
                for row in people
            ],
        )

    async def csv(self, search: Search) -> AsyncIterator[str]:
        """The entries that fit, the newest fifty thousand, as a table for spreadsheets."""
        yield as_csv([HEADER])
        before: int | None = None
        for _ in range(MOST_EXPORTED // BLOCK):
            query = _query(search).limit(BLOCK)
            if before is not None:
                query = query.where(Audit.id < before)
            async with self._database.reading() as session:
                rows = (await session.execute(query)).all()
                lines = await _lines(session, rows)
            if lines:
                yield as_csv([_row(line) for line in lines]).removeprefix("\ufeff")
                before = lines[-1].id
            if len(rows) < BLOCK:
                return


def _query(search: Search) -> Select[Audit, str]:
    query = (
        select(Audit, User.display_name)
        .outerjoin(User, User.id == Audit.user_id)
        .order_by(Audit.id.desc())
    )
    if search.user_id is not None:
        query = query.where(Audit.user_id == search.user_id)
    if search.kind:
        query = query.where(Audit.subject == search.kind)
    if search.since is not None:
        query = query.where(Audit.at >= search.since)
    if search.until is not None:
        query = query.where(Audit.at < search.until)
    if search.words:
        # JSON keeps Chinese letters escaped in SQLite, so look for them in both spellings.
        escaped = search.words.encode("unicode_escape").decode()
        told = cast(Audit.detail, String)
        query = query.where(
            or_(
                Audit.subject_id.contains(search.words, autoescape=True),
                told.contains(search.words, autoescape=True),
                told.contains(escaped, autoescape=True),
            )
        )
    return query


async def _lines(session: AsyncSession, rows: Sequence[Row[Audit, str]]) -> list[AuditLine]:
    names = await _names(session, [audit for audit, _ in rows])
    return [
        AuditLine(
            id=audit.id,
            at=audit.at,
            by=by or (SYSTEM if audit.user_id is None else ""),
            kind=KINDS.get(audit.subject, audit.subject),
            sentence=sentence(audit, names.get((audit.subject, audit.subject_id), "")),
            changes=changes(audit.detail),
        )
        for audit, by in rows
    ]


def sentence(audit: Audit, name: str) -> str:
    """What was done, without who did it; ``name`` is what the thing is called, if known."""
    kind = KINDS.get(audit.subject, audit.subject)
    known = SENTENCES.get((audit.subject, audit.action))
    if known is None:
        return UNKNOWN.format(kind=kind, action=audit.action)
    called = name or str(audit.detail.get("name") or audit.subject_id)
    return known.format(name=called, id=name or audit.subject_id)


def changes(detail: Mapping[str, Any]) -> list[ChangedValue]:
    """The values of an entry, in words."""
    before, after = detail.get("before"), detail.get("after")
    found: list[ChangedValue] = []
    if isinstance(before, Mapping) or isinstance(after, Mapping):
        old = before if isinstance(before, Mapping) else {}
        new = after if isinstance(after, Mapping) else {}
        found = [
            ChangedValue(
                name=FIELDS.get(key, key),
                before=_words(key, old.get(key)),
                after=_words(key, new.get(key)),
            )
            for key in {**old, **new}
        ]
    elif after is None and before is not None and "after" not in detail:
        found.append(ChangedValue(name="原来", before="", after=_words("before", before)))
    elif before is not None or after is not None:
        found.append(
            ChangedValue(name="值", before=_words("before", before), after=_words("after", after))
        )
    found += [
        ChangedValue(name=FIELDS.get(key, key), before="", after=_words(key, value))
        for key, value in detail.items()
        if key not in HIDDEN and value not in ("", None, [])
    ]
    return found


def _words(key: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Mapping):
        parts = [f"{FIELDS.get(k, k)} {_words(k, v)}" for k, v in value.items()]
        return "，".join(parts)[:LONGEST_VALUE]
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "、".join(_words(key, one) for one in value)[:LONGEST_VALUE]
    text = str(value)
    if MOMENT.match(text):
        with suppress(ValueError):
            return f"{datetime.fromisoformat(text).astimezone(CHINA_TIME):%m-%d %H:%M:%S}"
    if key in CODED:
        first, _, rest = text.partition(" ")
        text = f"{WORDS.get(first, first)} {rest}".strip()
    elif key == "order":
        text = _words("channel", text)
    return text[:LONGEST_VALUE]


def _row(line: AuditLine) -> list[str]:
    before = "；".join(f"{one.name}：{one.before}" for one in line.changes if one.before)
    after = "；".join(f"{one.name}：{one.after}" for one in line.changes if one.after)
    at = f"{line.at.astimezone(CHINA_TIME):%Y-%m-%d %H:%M:%S}"
    return [at, line.by, line.kind, line.sentence, before, after]


async def _names(session: AsyncSession, audits: Iterable[Audit]) -> dict[tuple[str, str], str]:
    """What things are called whose entries keep only their id."""
    ids: dict[str, set[UUID]] = defaultdict(set)
    for audit in audits:
        if audit.subject in ("agent", "work_order", "knowledge_article"):
            try:
                ids[audit.subject].add(UUID(audit.subject_id))
            except ValueError:
                continue
    queries: dict[str, Select[UUID, str]] = {
        "agent": select(AgentSession.id, User.display_name)
        .join(User, User.id == AgentSession.user_id)
        .where(AgentSession.id.in_(ids["agent"])),
        "work_order": select(WorkOrder.id, WorkOrder.number).where(
            WorkOrder.id.in_(ids["work_order"])
        ),
        "knowledge_article": select(KnowledgeArticle.id, KnowledgeArticle.title).where(
            KnowledgeArticle.id.in_(ids["knowledge_article"])
        ),
    }
    names: dict[tuple[str, str], str] = {}
    for subject, query in queries.items():
        if ids[subject]:
            for row in await session.execute(query):
                names[subject, str(row[0])] = row[1]
    return names

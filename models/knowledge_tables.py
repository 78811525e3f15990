"""The tables of what the centre knows: answers to questions, what is missing among them, merged
orders, tables of place names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from models.base import Base, HasId, refers_to, text_enum
from models.knowledge_states import KNOWLEDGE_GAP, GapStatus
from models.order_tables import WorkOrder
from models.states import Machine
from models.tables import User


class KnowledgeArticle(HasId, Base):
    """知识: an answer with the ways it is asked for. ``code`` is the article's number for people.

    ``valid_until`` is the last day it holds; one with ``retired_at`` is found no more. What it
    was before each change is in ``audits``.
    """

    __tablename__ = "knowledge_articles"

    code: Mapped[str] = mapped_column(String(40), unique=True)
    title: Mapped[str] = mapped_column(String(80))
    answer: Mapped[str] = mapped_column(Text)
    unit: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(300))
    questions: Mapped[list[str]]
    tags: Mapped[list[str]]
    valid_from: Mapped[date | None]
    valid_until: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=0)
    updated_at: Mapped[datetime]
    updated_by_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    retired_at: Mapped[datetime | None]

    updated_by: Mapped[User | None] = relationship(lazy="raise")

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy reads it so


class KnowledgeGap(HasId, Base):
    """知识缺口: what somebody asked and no article answered, until one is written or not."""

    __tablename__ = "knowledge_gaps"
    machine: ClassVar[Machine[Any]] = KNOWLEDGE_GAP

    text: Mapped[str] = mapped_column(String(500))
    call_id: Mapped[UUID | None] = mapped_column(refers_to("calls.id"))
    asked_by_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    asked_at: Mapped[datetime]
    status: Mapped[GapStatus] = mapped_column(
        text_enum(GapStatus), default=GapStatus.OPEN, index=True
    )
    closed_by_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    closed_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(255), default="")
    article_id: Mapped[UUID | None] = mapped_column(refers_to("knowledge_articles.id"))

    asked_by: Mapped[User] = relationship(lazy="raise", foreign_keys=[asked_by_id])
    closed_by: Mapped[User | None] = relationship(lazy="raise", foreign_keys=[closed_by_id])
    article: Mapped[KnowledgeArticle | None] = relationship(lazy="raise")


class OrderMerge(HasId, Base):
    """并案: the order of one call merged into another call's, until ``undone_at``.

    ``from_incident_id`` is the incident that the merged order was opened with.
    """

    __tablename__ = "order_merges"

    order_id: Mapped[UUID] = mapped_column(refers_to("work_orders.id"), index=True)
    into_id: Mapped[UUID] = mapped_column(refers_to("work_orders.id"), index=True)
    from_incident_id: Mapped[UUID] = mapped_column(refers_to("incidents.id"))
    by_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    at: Mapped[datetime]
    undone_at: Mapped[datetime | None]
    undone_by_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))

    order: Mapped[WorkOrder] = relationship(lazy="raise", foreign_keys=[order_id])
    into: Mapped[WorkOrder] = relationship(lazy="raise", foreign_keys=[into_id])


class GazetteerTable(HasId, Base):
    """地名表: a site's table of place names, kept as the file ``<id>.csv``.

    The one applied last is in use. ``names`` counts its names, ``problems`` the rows left out.
    """

    __tablename__ = "gazetteer_tables"

    name: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    names: Mapped[int]
    problems: Mapped[int]
    user_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    created_at: Mapped[datetime]
    applied_at: Mapped[datetime | None]

    user: Mapped[User | None] = relationship(lazy="raise")

"""The tables of telephony beside the call itself: numbers, recordings, call-backs, automatic
calls, hand-overs, text messages, and the record of what supervisors did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, refers_to, text_enum
from models.states import Machine
from models.tables import AgentSession, Call, User
from models.telephony_states import (
    AUTO_CALL,
    CALL_BACK,
    HAND_OVER,
    TEXT_MESSAGE,
    AutoCallStatus,
    CallBackStatus,
    HandOverStatus,
    TextMessageStatus,
)


class CallBackKind(StrEnum):
    """Why a caller has to be called back."""

    MISSED = "missed"  # hung up before a seat answered
    MESSAGE = "message"  # nobody was there; the caller left a message
    PLACE = "place"  # keeps the place in the queue instead of waiting
    CUT_OFF = "cut_off"  # an emergency call that broke off


class AutoCallKind(StrEnum):
    """What the machine calls somebody for."""

    DISPATCH = "dispatch"  # an order read to a unit
    REVIEW = "review"  # the caller is asked about the result of an order
    NOTICE = "notice"  # somebody is told that a deadline has passed
    TEST = "test"  # an administrator tries out a unit's channel
    SPOT_CHECK = "spot_check"  # a unit's duty has to answer


class HandOverKind(StrEnum):
    """How a call goes to somebody else."""

    BLIND = "blind"  # at once, without a word before
    CONSULT = "consult"  # the caller waits while the two seats talk
    CONFERENCE = "conference"  # all three talk


class MessageDirection(StrEnum):
    """Which way a text message goes."""

    OUT = "out"
    IN = "in"


class HotlineNumber(Base):
    """A number that callers dial, and the queue it leads to; old hotlines merge in here."""

    __tablename__ = "hotline_numbers"

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    queue_code: Mapped[str] = mapped_column(refers_to("queues.code"))
    name: Mapped[str] = mapped_column(String(64), default="")
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class Recording(HasId, Base):
    """A call's recording: FLAC, 8 kHz, channel 1 the caller, channel 2 what the caller heard.

    ``path`` is relative to the recordings folder. ``sha256`` is of the whole file. After
    ``delete_after`` the file goes, the row stays with ``deleted_at``.
    """

    __tablename__ = "recordings"

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), unique=True)
    path: Mapped[str] = mapped_column(String(255))
    sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int]
    duration_ms: Mapped[int]
    began_at: Mapped[datetime]
    stored_at: Mapped[datetime]
    delete_after: Mapped[datetime] = mapped_column(index=True)
    deleted_at: Mapped[datetime | None]

    call: Mapped[Call] = relationship(lazy="raise")


class RecordingAccess(HasId, Base):
    """Who listened to a recording, and when."""

    __tablename__ = "recording_accesses"

    recording_id: Mapped[UUID] = mapped_column(refers_to("recordings.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    at: Mapped[datetime]


class CallBack(HasId, Base):
    """回电: a caller who has to be called back, or the entry be closed with a reason.

    ``short`` marks a hang-up within 10 s. ``place_since`` is when a caller who keeps the place
    came into the queue. ``done_call_id`` is the call that reached them.
    """

    __tablename__ = "call_backs"
    machine: ClassVar[Machine[Any]] = CALL_BACK

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), unique=True)
    queue_code: Mapped[str] = mapped_column(refers_to("queues.code"))
    number: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[CallBackKind] = mapped_column(text_enum(CallBackKind))
    short: Mapped[bool] = mapped_column(default=False)
    status: Mapped[CallBackStatus] = mapped_column(
        text_enum(CallBackStatus), default=CallBackStatus.OPEN, index=True
    )
    place_since: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(index=True)
    tries: Mapped[int] = mapped_column(default=0)
    user_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    closed_at: Mapped[datetime | None] = mapped_column(index=True)
    closed_reason: Mapped[str] = mapped_column(String(255), default="")
    done_call_id: Mapped[UUID | None] = mapped_column(refers_to("calls.id"))

    call: Mapped[Call] = relationship(lazy="raise", foreign_keys=[call_id])
    user: Mapped[User | None] = relationship(lazy="raise")


class AutoCall(HasId, Base):
    """自动外呼: a call the machine places at ``due_at`` and asks for a key in.

    ``subject_id`` is a dispatch order, work order, notice or spot check by ``kind``. ``text`` is
    what is read. ``key`` is the key that was pressed, or empty.
    """

    __tablename__ = "auto_calls"
    __table_args__ = (
        Index("ix_auto_calls_subject_id", "subject_id"),
        Index("ix_auto_calls_status_due", "status", "due_at"),
    )
    machine: ClassVar[Machine[Any]] = AUTO_CALL

    kind: Mapped[AutoCallKind] = mapped_column(text_enum(AutoCallKind))
    subject_id: Mapped[UUID]
    number: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text, default="")
    status: Mapped[AutoCallStatus] = mapped_column(
        text_enum(AutoCallStatus), default=AutoCallStatus.DUE
    )
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    key: Mapped[str] = mapped_column(String(8), default="")
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class CallerMark(HasId, Base):
    """A note about a caller's number (``nuisance``, ``vulnerable``...). It is shown to seats
    and blocks nothing."""

    __tablename__ = "caller_marks"

    number: Mapped[str] = mapped_column(String(64), index=True)
    kind: Mapped[str] = mapped_column(String(32))
    note: Mapped[str] = mapped_column(String(255), default="")
    user_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    created_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class HandOver(HasId, Base):
    """移交: a seat brings somebody else into a call, or gives the call away.

    The target is one of ``queue_code``, ``seat_code`` and ``number``. ``to_session_id`` is the
    agent who took it, ``channel`` that party's channel while it lives. Offered to joined is how
    long the first receiver kept the caller.
    """

    __tablename__ = "hand_overs"
    machine: ClassVar[Machine[Any]] = HAND_OVER

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), index=True)
    from_session_id: Mapped[UUID] = mapped_column(refers_to("agent_sessions.id"))
    kind: Mapped[HandOverKind] = mapped_column(text_enum(HandOverKind))
    queue_code: Mapped[str] = mapped_column(String(32), default="")
    seat_code: Mapped[str] = mapped_column(String(32), default="")
    number: Mapped[str] = mapped_column(String(64), default="")
    to_session_id: Mapped[UUID | None] = mapped_column(refers_to("agent_sessions.id"))
    channel: Mapped[str] = mapped_column(String(128), default="")
    status: Mapped[HandOverStatus] = mapped_column(
        text_enum(HandOverStatus), default=HandOverStatus.OFFERED, index=True
    )
    started_at: Mapped[datetime]
    joined_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    from_session: Mapped[AgentSession] = relationship(lazy="raise", foreign_keys=[from_session_id])


class TextMessage(HasId, Base):
    """短信: a text message out or in. ``external_id`` is the gateway's."""

    __tablename__ = "text_messages"
    machine: ClassVar[Machine[Any]] = TEXT_MESSAGE

    direction: Mapped[MessageDirection] = mapped_column(text_enum(MessageDirection))
    number: Mapped[str] = mapped_column(String(64), index=True)
    text: Mapped[str] = mapped_column(Text)
    status: Mapped[TextMessageStatus] = mapped_column(text_enum(TextMessageStatus))
    external_id: Mapped[str] = mapped_column(String(64), default="", index=True)
    call_id: Mapped[UUID | None] = mapped_column(refers_to("calls.id"), index=True)
    user_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    created_at: Mapped[datetime] = mapped_column(index=True)
    error: Mapped[str] = mapped_column(String(255), default="")


class Audit(Base):
    """Who did what to whom beyond a status: listening in, moving a caller, a changed table.

    ``subject`` names the kind of thing (``call``, ``agent``, ``hotline_number``), ``detail``
    holds before and after where something was changed.
    """

    __tablename__ = "audits"
    __table_args__ = (
        Index("ix_audits_subject", "subject", "subject_id"),
        Index("ix_audits_user_id_at", "user_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    user_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    action: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64))
    detail: Mapped[dict[str, Any]]
    at: Mapped[datetime] = mapped_column(index=True)

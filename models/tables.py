"""The tables of the centre: its units, people, queues and seats, the calls and what was said in
them, and every move of a status. Each class is the domain model itself; the other tables are in
modules of their own beside this one (``order_tables``, ``telephony_tables``...).

Relations are loaded on purpose (``lazy="raise"``): a query says what it needs.
Who may change what is a matter of the services; a ``status`` moves only by
``models.transitions.advance``. The ``version`` of what administrators edit counts their changes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint, false, text, true
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from models.base import Base, HasId, refers_to, text_enum
from models.kinds import Device, Direction, LegRole, Role, SpeechState, UtteranceSource
from models.states import AGENT, CALL, AgentState, CallStatus, Machine
from models.unit_forms import DutyRule, UnitForm

TAIL = 4  # digits


def tail(number: str) -> str:
    """The last digits of a number, by which people remember it."""
    return number[-TAIL:]


class LinkageUnit(HasId, Base):
    """联动单位: a unit that orders are sent to. ``kind`` is the authority's common name (供水),
    ``kinds`` are others it answers for as well; ``capabilities`` are special skills, a firm's
    trades. ``area`` is the name of the area it serves (empty: all of its centre's),
    ``area_code`` the same in ``areas``. Empty ``centre_code``: the highest centre's.
    """

    __tablename__ = "linkage_units"

    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(100))
    kind: Mapped[str] = mapped_column(String(32), index=True)
    tier: Mapped[int]
    area: Mapped[str] = mapped_column(String(64), default="")
    duty_phone: Mapped[str] = mapped_column(String(32), default="")
    active: Mapped[bool] = mapped_column(default=True)
    # Orders are read to the duty phone: the unit has no terminal.
    voice_dispatch: Mapped[bool] = mapped_column(default=False, server_default=false())
    form: Mapped[UnitForm] = mapped_column(
        text_enum(UnitForm), default=UnitForm.AUTHORITY, server_default="authority"
    )
    kinds: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    capabilities: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    area_code: Mapped[str] = mapped_column(String(24), default="", server_default=text("''"))
    centre_code: Mapped[str] = mapped_column(String(24), default="", server_default=text("''"))
    duty_rule: Mapped[DutyRule] = mapped_column(
        text_enum(DutyRule), default=DutyRule.ALWAYS, server_default="always"
    )
    leader_name: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    leader_phone: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    # The person of the unit that complaints go to.
    liaison_name: Mapped[str] = mapped_column(String(64), default="", server_default=text("''"))
    liaison_phone: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    # Degrees (GCJ-02).
    lon: Mapped[float | None]
    lat: Mapped[float | None]
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class User(HasId, Base):
    """A person with an account."""

    __tablename__ = "users"

    username: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(text_enum(Role))
    unit_id: Mapped[UUID | None] = mapped_column(refers_to("linkage_units.id"))
    # The centre whose orders the person sees; empty for the highest, which sees all.
    centre_code: Mapped[str] = mapped_column(String(24), default="", server_default=text("''"))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    must_change_password: Mapped[bool] = mapped_column(default=False, server_default=false())
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class AuthSession(HasId, Base):
    """A sign-in; the cookie's token is kept only as its SHA-256."""

    __tablename__ = "auth_sessions"

    user_id: Mapped[UUID] = mapped_column(refers_to("users.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Queue(Base):
    """A public number's waiting line; ``code`` is the number, also Asterisk's queue name."""

    __tablename__ = "queues"

    code: Mapped[str] = mapped_column(String(32), primary_key=True)
    name: Mapped[str] = mapped_column(String(64))
    emergency: Mapped[bool]
    # Rings when no seat is signed in; empty for none.
    duty_phone: Mapped[str] = mapped_column(String(32), default="", server_default=text("''"))
    recording_days: Mapped[int] = mapped_column(default=180, server_default="180")
    answer_goal_seconds: Mapped[int] = mapped_column(default=15, server_default="15")
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class Seat(HasId, Base):
    """座席: a workstation. ``code`` is its telephone's SIP user, ``<code>-web`` the browser's."""

    __tablename__ = "seats"

    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    queue_codes: Mapped[list[str]]
    sip_secret: Mapped[str] = mapped_column(String(64))
    active: Mapped[bool] = mapped_column(default=True, server_default=true())
    version: Mapped[int] = mapped_column(default=0, server_default="0")


class AgentSession(HasId, Base):
    """A person at a seat, from sign-in to sign-out."""

    __tablename__ = "agent_sessions"
    # Who sits where at the moment, among years of sign-ins.
    __table_args__ = (
        Index("ix_agent_sessions_seat_signed_out_at", "seat_id", "signed_out_at"),
        Index("ix_agent_sessions_user_signed_out_at", "user_id", "signed_out_at"),
        Index("ix_agent_sessions_signed_out_at", "signed_out_at"),
    )
    machine: ClassVar[Machine[Any]] = AGENT

    user_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    seat_id: Mapped[UUID] = mapped_column(refers_to("seats.id"))
    device: Mapped[Device] = mapped_column(text_enum(Device))
    status: Mapped[AgentState] = mapped_column(
        text_enum(AgentState), default=AgentState.LOGGED_OUT, index=True
    )
    status_since: Mapped[datetime]
    pause_reason: Mapped[str] = mapped_column(String(64), default="")
    call_id: Mapped[UUID | None] = mapped_column(refers_to("calls.id"))
    signed_in_at: Mapped[datetime]
    signed_out_at: Mapped[datetime | None]

    user: Mapped[User] = relationship(lazy="raise")
    seat: Mapped[Seat] = relationship(lazy="raise")


class Call(HasId, Base):
    """来电. ``linkedid`` and ``channel`` are Asterisk's, kept to find the call again.

    ``dialled`` is the number the caller chose, an old hotline's perhaps. ``priority`` orders
    waiting calls, higher first; ``lift_reason`` says why one was moved ahead. ``rating`` is the
    key of the satisfaction question. ``external_id`` is a cloud carrier's id of the call.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_status_received_at", "status", "received_at"),
        Index("ix_calls_number_tail", "number_tail", "received_at"),
        Index("ix_calls_ended_at", "ended_at"),
        Index(
            "ix_calls_open",
            "received_at",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )
    machine: ClassVar[Machine[Any]] = CALL

    queue_code: Mapped[str] = mapped_column(refers_to("queues.code"))
    dialled: Mapped[str] = mapped_column(String(64))
    caller_number: Mapped[str] = mapped_column(String(64), index=True)
    number_tail: Mapped[str] = mapped_column(String(4), server_default=text("''"))  # its end
    channel: Mapped[str] = mapped_column(String(128), index=True)
    linkedid: Mapped[str] = mapped_column(String(64), default="")
    status: Mapped[CallStatus] = mapped_column(text_enum(CallStatus), default=CallStatus.RECEIVED)
    speech: Mapped[SpeechState] = mapped_column(text_enum(SpeechState), default=SpeechState.OFF)
    received_at: Mapped[datetime] = mapped_column(index=True)
    queued_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(String(64), default="")
    agent_session_id: Mapped[UUID | None] = mapped_column(
        refers_to("agent_sessions.id", use_alter=True)
    )
    direction: Mapped[Direction] = mapped_column(
        text_enum(Direction), default=Direction.IN, server_default="in"
    )
    external_id: Mapped[str] = mapped_column(
        String(64), default="", server_default=text("''"), index=True
    )
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    lifted_at: Mapped[datetime | None]
    lift_reason: Mapped[str] = mapped_column(String(255), default="", server_default=text("''"))
    held_since: Mapped[datetime | None]
    # How long the caller was held in all, but for the time since ``held_since``.
    held_seconds: Mapped[float] = mapped_column(default=0.0, server_default="0")
    rating: Mapped[int | None]

    legs: Mapped[list[Leg]] = relationship(lazy="raise", order_by="Leg.started_at")
    utterances: Mapped[list[Utterance]] = relationship(
        lazy="raise", order_by="[Utterance.created_at, Utterance.sequence]"
    )

    @validates("caller_number")
    def _keep_tail(self, _: str, number: str) -> str:
        self.number_tail = tail(number)
        return number

    def hold(self, held: bool, at: datetime) -> None:
        """Put the caller on hold or take them back at ``at``; the time held is added up."""
        if self.held_since is not None:
            self.held_seconds += max((at - self.held_since).total_seconds(), 0.0)
        self.held_since = at if held else None


class Leg(HasId, Base):
    """One channel's part in a call."""

    __tablename__ = "legs"
    __table_args__ = (
        Index(
            "ix_legs_open",
            "role",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), index=True)
    role: Mapped[LegRole] = mapped_column(text_enum(LegRole))
    channel: Mapped[str] = mapped_column(String(128), index=True)
    agent_session_id: Mapped[UUID | None] = mapped_column(refers_to("agent_sessions.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Utterance(HasId, Base):
    """A finished segment of speech. ``stream_id`` and ``sequence`` make it unique:
    a segment told twice is stored once. Times are milliseconds of the stream's audio;
    ``call_ms`` is where the segment begins in the call's recording. ``heard_text`` is what the
    machine wrote where a person has corrected ``text``; ``changes`` say where it put a local
    name for words that sound like it (``start``, ``end``, ``heard``); ``second_text`` is what
    another engine heard, where one was asked. ``version`` is 0, or the
    number of the later transcript the utterance belongs to (``TranscriptVersion``)."""

    __tablename__ = "utterances"
    __table_args__ = (UniqueConstraint("stream_id", "sequence"),)

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), index=True)
    role: Mapped[LegRole] = mapped_column(text_enum(LegRole))
    stream_id: Mapped[UUID]
    sequence: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    raw_text: Mapped[str] = mapped_column(Text)
    words: Mapped[list[dict[str, Any]]]
    start_ms: Mapped[int]
    end_ms: Mapped[int]
    call_ms: Mapped[int | None]
    confidence: Mapped[float]
    engine: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    source: Mapped[UtteranceSource] = mapped_column(
        text_enum(UtteranceSource), default=UtteranceSource.LIVE, server_default="live"
    )
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    heard_text: Mapped[str | None] = mapped_column(Text)
    changes: Mapped[list[dict[str, Any]]] = mapped_column(default=list, server_default="[]")
    second_text: Mapped[str | None] = mapped_column(Text)
    second_engine: Mapped[str | None] = mapped_column(String(64))


class CallSuggestion(Base):
    """建议: the newest suggestion of a call, in the shape of ``python -m classifier predict``."""

    __tablename__ = "call_suggestions"

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), primary_key=True)
    payload: Mapped[dict[str, Any]]
    model_version: Mapped[str] = mapped_column(String(64))
    updated_at: Mapped[datetime]


class Transition(Base):
    """One move of one status: the audit trail and the source of every statistic."""

    __tablename__ = "transitions"
    __table_args__ = (Index("ix_transitions_entity", "entity", "entity_id"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    entity: Mapped[str] = mapped_column(String(32))
    entity_id: Mapped[UUID]
    old: Mapped[str] = mapped_column(String(32))
    trigger: Mapped[str] = mapped_column(String(32))
    new: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(255), default="")
    at: Mapped[datetime]

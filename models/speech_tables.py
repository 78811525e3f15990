"""The tables of speech beside the utterance itself: which audio was heard while it was spoken,
what has to be transcribed from a recording, later transcripts, and people's corrections."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, refers_to, text_enum
from models.kinds import LegRole
from models.speech_states import RECOVERY, RecoveryStatus
from models.states import Machine
from models.tables import Call, User


class HeardStream(Base):
    """A leg's stream that is over. ``whole`` says that everything spoken from ``began_at`` to
    ``ended_at`` was told; else only what its utterances hold is sure to have been heard."""

    __tablename__ = "heard_streams"

    stream_id: Mapped[UUID] = mapped_column(primary_key=True)
    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), index=True)
    role: Mapped[LegRole] = mapped_column(text_enum(LegRole))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime]
    whole: Mapped[bool]
    reason: Mapped[str] = mapped_column(String(64), default="")


class Recovery(HasId, Base):
    """补转写: the duty to transcribe from a call's recording what nobody heard while it was
    spoken. Made with the recording; done at once where nothing is missing.

    ``missed_ms`` is how much audio was not heard, ``found`` how many utterances came of it.
    """

    __tablename__ = "recoveries"
    __table_args__ = (Index("ix_recoveries_status_due", "status", "due_at"),)
    machine: ClassVar[Machine[Any]] = RECOVERY

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), unique=True)
    status: Mapped[RecoveryStatus] = mapped_column(
        text_enum(RecoveryStatus), default=RecoveryStatus.DUE
    )
    due_at: Mapped[datetime]
    tries: Mapped[int] = mapped_column(default=0)
    missed_ms: Mapped[int] = mapped_column(default=0)
    found: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(255), default="")

    call: Mapped[Call] = relationship(lazy="raise")


class TranscriptVersion(HasId, Base):
    """A call's whole recording transcribed again. Its utterances carry ``number``, from 1 on;
    those of the call itself carry 0. The highest number is shown, the others are kept."""

    __tablename__ = "transcript_versions"
    __table_args__ = (UniqueConstraint("call_id", "number"),)

    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"))
    number: Mapped[int]
    engine: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]


class UtteranceCorrection(HasId, Base):
    """A person wrote what was really said; the newest of an utterance counts.

    ``heard_text`` is what the machine had written.
    """

    __tablename__ = "utterance_corrections"

    utterance_id: Mapped[UUID] = mapped_column(refers_to("utterances.id"), index=True)
    heard_text: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    user_id: Mapped[UUID] = mapped_column(refers_to("users.id"))
    at: Mapped[datetime] = mapped_column(index=True)

    user: Mapped[User] = relationship(lazy="raise")

"""The tables of learning: what people made of the machine's suggestions, the models trained from
that, the edited taxonomy, and the threshold for emergencies."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from models.base import Base, HasId, refers_to, text_enum
from models.learning_states import TRAINING, TrainingStatus
from models.states import Machine


class Judged(StrEnum):
    """What of a suggestion people judged."""

    EMERGENCY = "emergency"
    CATEGORY = "category"
    LEVEL = "level"
    ADDRESS = "address"
    UNITS = "units"  # kinds of unit, the leading one first


class Judgement(StrEnum):
    """What people did with a value of the machine."""

    CHANGED = "changed"  # a seat chose otherwise
    CHOSEN = "chosen"  # a seat chose where the machine had nothing to say
    CONFIRMED = "confirmed"  # a seat said that it is right
    KEPT = "kept"  # it went out with the order, unsaid
    RETURNED = "returned"  # a unit sent the order back
    REROUTED = "rerouted"  # taken back from a unit, or given to another later


class JudgedCall(HasId, Base):
    """A call's words and the machine's suggestion as they were when its order first went out.

    ``category_code``, ``emergency`` and ``level`` are what people ended with; ``proposed_code``
    and ``emergency_p`` what the machine held likeliest, told or not. ``unknown`` is the share of
    words that the model never met. ``held_out`` calls measure models and train none.
    ``order_version`` and ``seen_at`` say up to where the order has been read. After
    ``delete_after`` the words, the address and the reasons go (``erased_at``), the labels stay.
    """

    __tablename__ = "judged_calls"

    work_order_id: Mapped[UUID] = mapped_column(refers_to("work_orders.id"), unique=True)
    call_id: Mapped[UUID] = mapped_column(refers_to("calls.id"), index=True)
    judged_at: Mapped[datetime] = mapped_column(index=True)
    order_version: Mapped[int]
    seen_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)
    confidence: Mapped[float | None]
    model_version: Mapped[str] = mapped_column(String(64))
    suggested: Mapped[bool]
    abstained: Mapped[bool]
    emergency_p: Mapped[float | None]
    proposed_code: Mapped[str] = mapped_column(String(16))
    unknown: Mapped[float | None]
    emergency: Mapped[bool | None]
    category_code: Mapped[str] = mapped_column(String(16))
    level: Mapped[str] = mapped_column(String(16))
    held_out: Mapped[bool]
    delete_after: Mapped[datetime] = mapped_column(index=True)
    erased_at: Mapped[datetime | None]

    examples: Mapped[list[LabelledExample]] = relationship(lazy="raise", back_populates="judged")


class LabelledExample(HasId, Base):
    """One judgement of one value. ``proposed`` and ``chosen`` are ``{"value": ...}``: a truth
    value, an item's code, a level, an address, or a list of kinds of unit. ``subject`` is the
    dispatch order that came back, else empty; ``by`` who judged, ``None`` for a telephone key.
    """

    __tablename__ = "labelled_examples"
    __table_args__ = (UniqueConstraint("judged_id", "field", "subject"),)

    judged_id: Mapped[UUID] = mapped_column(refers_to("judged_calls.id"), index=True)
    field: Mapped[Judged] = mapped_column(text_enum(Judged))
    judgement: Mapped[Judgement] = mapped_column(text_enum(Judgement))
    subject: Mapped[str] = mapped_column(String(36), default="")
    proposed: Mapped[dict[str, Any]]
    chosen: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(Text, default="")
    by: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    at: Mapped[datetime]

    judged: Mapped[JudgedCall] = relationship(lazy="raise", back_populates="examples")


class TrainingRun(HasId, Base):
    """训练: one attempt to make a better model. ``version`` is the model it made, ``message``
    why it made none."""

    __tablename__ = "training_runs"
    machine: ClassVar[Machine[Any]] = TRAINING

    status: Mapped[TrainingStatus] = mapped_column(
        text_enum(TrainingStatus), default=TrainingStatus.RUNNING, index=True
    )
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    user_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    examples: Mapped[int] = mapped_column(default=0)
    version: Mapped[str] = mapped_column(String(64), default="")
    message: Mapped[str] = mapped_column(Text, default="")


class ModelVersion(Base):
    """A model in the store. ``comparison`` sets it beside the model that was live when it was
    trained, on texts that neither learned; ``better`` is the verdict."""

    __tablename__ = "model_versions"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    made_at: Mapped[datetime]
    run_id: Mapped[UUID | None] = mapped_column(refers_to("training_runs.id"))
    examples: Mapped[int]
    better: Mapped[bool]
    compared_with: Mapped[str] = mapped_column(String(64))
    comparison: Mapped[dict[str, Any]]


class TaxonomyVersion(Base):
    """One edit of the centre's taxonomy: the whole file after it, and the item before and after
    (empty for none). The newest row is in force."""

    __tablename__ = "taxonomy_versions"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    action: Mapped[str] = mapped_column(String(16))
    code: Mapped[str] = mapped_column(String(16))
    before: Mapped[dict[str, Any]]
    after: Mapped[dict[str, Any]]
    content: Mapped[str] = mapped_column(Text)


class DialSetting(Base):
    """From which probability on a call is told to be an emergency; ``None``: the model's own.
    ``basis`` is what the choice rests on: ``corpus``, ``calls``, or ``model`` without one.
    The newest row is in force."""

    __tablename__ = "dial_settings"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    at: Mapped[datetime]
    user_id: Mapped[UUID | None] = mapped_column(refers_to("users.id"))
    emergency_from: Mapped[float | None]
    false_alarms: Mapped[float | None]
    basis: Mapped[str] = mapped_column(String(16))
    model_version: Mapped[str] = mapped_column(String(64))

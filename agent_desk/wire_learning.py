"""Wire types of learning: models, training, quality, the recall dial, the taxonomy."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Wire
from models.learning_states import TrainingStatus
from models.learning_tables import Judged

# --- models ----------------------------------------------------------------------------------


class HeadComparison(Wire):
    """One head on the same texts: shares of the old and the new model with 95 % intervals, and
    their difference. ``gained`` and ``lost`` count texts."""

    head: str
    count: int
    gained: int
    lost: int
    old: float
    old_low: float
    old_high: float
    new: float
    new_low: float
    new_high: float
    difference: float
    difference_low: float
    difference_high: float


class ClassComparison(Wire):
    """How many texts of an item each model put there."""

    code: str
    name: str
    count: int
    old: int
    new: int
    new_low: float
    new_high: float


class Comparison(Wire):
    """A new model beside the one that was live, on texts that neither learned."""

    compared_with: str
    cases: int
    own_calls: int
    verdict: Literal["better", "denies", "worse", "no_gain"]
    worse_in: list[str]
    heads: list[HeadComparison]
    classes: list[ClassComparison]


class ModelFigures(Wire):
    """Measured out of fold on the corpus; ``None`` where a model has no such figure."""

    emergency_recall: float | None
    emergency_not_told_none: float | None
    emergency_precision: float | None
    category_accuracy: float | None
    lead_unit_first: float | None
    level_right: float | None


class ModelInfo(Wire):
    """A version. ``offered``: it may go live; ``base``: trained from the corpus alone."""

    name: str
    base: bool
    live: bool
    offered: bool
    was_live: bool
    better: bool
    made_at: datetime | None
    examples: int
    figures: ModelFigures
    misheard: ModelFigures
    comparison: Comparison | None


class TrainingInfo(Wire):
    """A training run; ``message`` says why it made no model."""

    id: UUID
    status: TrainingStatus
    started_at: datetime
    ended_at: datetime | None
    by: str
    examples: int
    version: str
    message: str


class ModelsInfo(Wire):
    """``done`` is the share of the training under way, ``None`` for none. ``calls`` are judged
    calls, of which ``held_out`` measure; ``judgements`` single values of them."""

    version: str
    models: list[ModelInfo]
    done: float | None
    runs: list[TrainingInfo]
    calls: int
    held_out: int
    judgements: int
    words_kept_days: int


class UseModel(Wire):
    name: Annotated[Typed, Field(min_length=1, max_length=64)]


# --- quality ---------------------------------------------------------------------------------


class HitsInfo(Wire):
    """Cases of a class or unit; ``right`` of ``count``, with the share's 95 % interval."""

    name: str
    count: int
    right: int
    share: float
    low: float
    high: float
    returned: int
    rerouted: int


class FieldQuality(Wire):
    """What people did with one field's values. ``share`` is confirmed and kept of all proposed."""

    field: Judged
    confirmed: int
    kept: int
    changed: int
    chosen: int
    share: float | None


class WeekInfo(Wire):
    """A week from its Monday; shares are ``None`` where nothing was measured."""

    monday: date
    calls: int
    unsure: float | None
    unknown: float | None
    psi_training: float | None
    psi_before: float | None


class EndedIn(Wire):
    name: str
    count: int


class TaxonomyGap(Wire):
    """Calls that share words and fit nowhere."""

    words: list[str]
    calls: int
    unsure: int
    ended_in: list[EndedIn]


class QualityInfo(Wire):
    """The report. ``sent`` counts orders sent, ``first`` those decided."""

    since: datetime
    until: datetime
    model_version: str
    sent: int
    first: HitsInfo
    classes: list[HitsInfo]
    units: list[HitsInfo]
    fields: list[FieldQuality]
    suggested: list[HitsInfo]
    weeks: list[WeekInfo]
    gaps: list[TaxonomyGap]


# --- the dial --------------------------------------------------------------------------------


class DialPoint(Wire):
    """A false-alarm rate, the threshold it needs, the misses that follow (95 % interval)."""

    false_alarms: float
    threshold: float
    missed: float
    missed_low: float
    missed_high: float


class DialChange(Wire):
    at: datetime
    by: str
    emergency_from: float | None
    false_alarms: float | None
    basis: str
    model_version: str


class DialInfo(Wire):
    """``emergency_from`` is in use. Own calls tell something from ``least_emergencies`` on;
    ``confirmed`` of them were judged by a person, ``models`` is by how many models they were."""

    emergency_from: float | None
    model_version: str
    basis: str
    chosen_with: str
    false_alarms: float | None
    corpus: list[DialPoint]
    calls: list[DialPoint]
    emergencies: int
    others: int
    confirmed: int
    models: int
    least_emergencies: int
    history: list[DialChange]


class SetDial(Wire):
    """Basis ``model``: the model's own threshold, without a rate."""

    basis: Literal["corpus", "calls", "model"]
    false_alarms: Annotated[float, Field(ge=0, le=1)] | None = None


# --- the taxonomy ----------------------------------------------------------------------------

Line = Annotated[Typed, Field(min_length=1, max_length=200)]
Name = Annotated[Typed, Field(min_length=1, max_length=30)]
Kind = Annotated[Typed, Field(max_length=32)]
Minutes = Annotated[int, Field(ge=0, le=100_000)]
Number = Annotated[int, Field(ge=0, le=2**31 - 1)]


class ItemInfo(Wire):
    """An item with its deadlines in minutes (``on_site`` 0: nobody goes). ``learned``: the model
    in use may propose it."""

    code: str
    name: str
    group: str
    emergency: bool
    level: str
    received: int
    on_site: int
    feedback: int
    lead: str
    support: list[str]
    ask: list[str]
    advise: list[str]
    learned: bool


class TaxonomyChange(Wire):
    """One edit. ``before`` and ``after`` are the item's members, empty for none."""

    number: int
    at: datetime
    by: str
    action: str
    code: str
    before: dict[str, Any]
    after: dict[str, Any]


class TaxonomyInfo(Wire):
    """The taxonomy in force. ``number`` is 0 for the project's own, else its newest edit."""

    number: int
    version: str
    items: list[ItemInfo]
    levels: list[str]
    unit_kinds: list[str]
    history: list[TaxonomyChange]


class PutItem(Wire):
    """An item as it should be; ``number`` is the version the supervisor saw. ``group`` and
    ``emergency`` count only for a new one."""

    number: Number
    name: Name
    group: Name
    emergency: bool
    level: Annotated[Typed, Field(max_length=8)]
    received: Minutes
    on_site: Minutes
    feedback: Minutes
    lead: Kind
    support: Annotated[list[Kind], Field(max_length=30)]
    ask: Annotated[list[Line], Field(max_length=12)]
    advise: Annotated[list[Line], Field(max_length=12)]


class RollBackTaxonomy(Wire):
    """``to`` is the version to put in force again, 0 the project's own."""

    number: Number
    to: Number

"""What the classifier says, and the JSON that carries it.

``Suggestion.as_dict()`` is the shape of ``python -m classifier predict``, of the
``call_suggestions.payload`` column and of the desk's wire.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

EmergencyLabel = Literal["emergency", "non_emergency", "unsure"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A category or a unit kind with its probability."""

    name: str
    p: float
    code: str = ""


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing read out of the text: its value, how sure, and the words it came from.

    ``read_back`` is the sentence for the seat to say when the value is doubtful, else empty.
    """

    value: Any
    p: float
    source: str
    read_back: str = ""


SURE = 0.8  # below it the seat is given a sentence to read back


def read_slot(value: Any, p: float, source: str, question: str) -> Slot:
    """A slot that carries ``question`` only when it is doubtful."""
    return Slot(value, p, source, "" if p >= SURE else question)


@dataclass(frozen=True, slots=True)
class AddressSlot:
    """A place. ``parts`` keys: county, town, community, village, road, number, compound,
    building, unit, floor, room, highway, direction, kilometre, crossing (the second road),
    landmark, relation (旁边, 对面 of the landmark) - those present only; ``text`` is the parts
    as one writes them. ``lon`` and ``lat`` are degrees of the narrowest named place that the
    gazetteer has them for, and ``located`` is that part's key."""

    text: str
    parts: dict[str, str]
    p: float
    source: str
    read_back: str = ""
    lon: float | None = None
    lat: float | None = None
    located: str = ""


@dataclass(frozen=True, slots=True)
class Slots:
    """Everything a form can be filled from; ``None`` where nothing was said.

    Values: people are counts (0 when denied); weapons, fire, gas, chemicals and electricity the
    words said joined by 、 (无 when denied); water_level 1.5米 or 到膝盖; plates and times texts;
    sums the largest in yuan; phone digits; name as told.
    """

    address: AddressSlot | None = None
    injured: Slot | None = None
    trapped: Slot | None = None
    missing: Slot | None = None
    children: Slot | None = None
    elderly: Slot | None = None
    pregnant: Slot | None = None
    weapons: Slot | None = None
    fire: Slot | None = None
    gas: Slot | None = None
    chemicals: Slot | None = None
    electricity: Slot | None = None
    water_level: Slot | None = None
    plates: Slot | None = None
    sums: Slot | None = None
    times: Slot | None = None
    phone: Slot | None = None
    name: Slot | None = None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A proposal with its reasons. ``abstain`` means: not sure, ``alternatives`` names the two
    best; ``sure``: more words will seldom change it. ``level`` is 一级 (life in danger) to
    四级 (no hurry). ``p`` are calibrated."""

    emergency: EmergencyLabel
    emergency_p: float
    level: str
    category: Choice | None
    alternatives: tuple[Choice, ...]
    units: tuple[Choice, ...]
    abstain: bool
    reasons: tuple[str, ...]
    slots: Slots = field(default_factory=Slots)
    model_version: str = ""
    sure: bool = False

    def as_dict(self) -> dict[str, Any]:
        """The JSON shape; see the module's docstring."""
        return {
            "emergency": {"label": self.emergency, "p": self.emergency_p},
            "level": self.level,
            "category": asdict(self.category) if self.category else None,
            "alternatives": [asdict(choice) for choice in self.alternatives],
            "units": [{"name": unit.name, "p": unit.p} for unit in self.units],
            "abstain": self.abstain,
            "sure": self.sure,
            "reasons": list(self.reasons),
            "slots": {k: v for k, v in asdict(self.slots).items() if v is not None},
            "model_version": self.model_version,
        }

"""What the machine would put into the order form: from what the caller said to field values.

A pure function of the call, its utterances, its newest suggestion and the units, so that
filling twice gives the same and a value that is no longer proposed goes away again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dispatch import routing
from models.errors import InvalidInput
from models.forms import FIELDS, SURE, TEXT_LIMITS, checked
from models.tables import Utterance

CALLER_NUMBER_P = 0.9
_NUMBER = re.compile(r"\+?\d{3,20}")
_ENDS = "。！？，；、…：.!?,;:"


@dataclass(frozen=True, slots=True)
class Proposal:
    """A value for one field. ``p`` is ``None`` for a value that is no judgement."""

    value: Any
    p: float | None
    evidence: str = ""
    read_back: str = ""


def wanted_units(payload: Mapping[str, Any]) -> list[routing.Wanted]:
    """The lead kind of unit a suggestion names and the others it is sure of; none when it
    abstains. Less sure ones stay in the suggestion for the seat to pick."""
    if not payload or payload.get("abstain"):
        return []
    named = [routing.Wanted(unit["name"], unit["p"]) for unit in payload.get("units", ())]
    return named[:1] + [unit for unit in named[1:] if unit.p >= SURE]


def proposals(
    caller_number: str,
    utterances: Sequence[Utterance],
    payload: Mapping[str, Any],
    route: routing.Route,
    position: Proposal | None = None,
) -> dict[str, Proposal]:
    """The machine's value per field; fields it knows nothing of are left out.

    ``payload`` is ``CallSuggestion.payload`` or empty, ``route`` who should go for it,
    ``position`` where the order's address is. A
    suggestion that abstains gives neither category nor units; what was plainly said (address,
    counts, phone) still counts.
    """
    found: dict[str, Proposal] = {}
    number = contact(caller_number)
    if number is not None:
        found["contact_phone"] = number
    found |= _said(payload.get("slots") or {})
    found |= _judged(payload)
    if route.units:
        ids = [str(unit.id) for unit in route.units]
        found["unit_ids"] = Proposal(ids, route.p, "；".join(route.reasons))
    if position is not None:
        found["position"] = position
    text = summary(utterances)
    if text:
        found["summary"] = Proposal(text, None, "来电人原话")
    return {field: found[field] for field in FIELDS if field in found and _fits(field, found)}


def contact(caller_number: str) -> Proposal | None:
    """The caller's number as contact phone, unless it is withheld."""
    if _NUMBER.fullmatch(caller_number) is None:
        return None
    return Proposal(caller_number, CALLER_NUMBER_P, "来电号码")


def summary(utterances: Sequence[Utterance]) -> str:
    """The caller's segments as one text, each closed by punctuation, cut to the field's limit."""
    parts = (utterance.text.strip() for utterance in utterances)
    text = "".join(part if part[-1] in _ENDS else part + "。" for part in parts if part)
    limit = TEXT_LIMITS["summary"]
    return text if len(text) <= limit else text[: limit - 1] + "…"


def _said(slots: Mapping[str, Any]) -> dict[str, Proposal]:
    names = {
        "address": ("address", "text"),
        "injured": ("injured", "value"),
        "trapped": ("trapped", "value"),
        "contact_phone": ("phone", "value"),
        "contact_name": ("name", "value"),
    }
    return {
        field: Proposal(slot[key], slot["p"], slot["source"], slot.get("read_back", ""))
        for field, (name, key) in names.items()
        if (slot := slots.get(name))
    }


def _judged(payload: Mapping[str, Any]) -> dict[str, Proposal]:
    if not payload:
        return {}
    found: dict[str, Proposal] = {}
    evidence = "、".join(payload.get("reasons", ()))
    label, p = payload["emergency"]["label"], payload["emergency"]["p"]
    sure = p if label == "emergency" else round(1 - p, 4)  # p is that of an emergency
    if label != "unsure":
        found["emergency"] = Proposal(label == "emergency", sure, evidence)
    category = None if payload.get("abstain") else payload.get("category")
    if category:
        found["category_code"] = Proposal(category["code"], category["p"], evidence)
    level = payload.get("level")
    if level and (category or label == "emergency"):
        found["level"] = Proposal(level, category["p"] if category else sure, evidence)
    return found


def _fits(field: str, found: Mapping[str, Proposal]) -> bool:
    """Whether the form can hold the value; what it cannot hold is left to the seat."""
    try:
        return bool(checked(field, found[field].value) == found[field].value)
    except InvalidInput:
        return False

"""Two models on the same texts, which neither learned: what each got right, and what that says."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.evaluation import wilson
from classifier.model import Classifier

Flags = npt.NDArray[np.bool_]

# What is judged, and over which cases: all, emergencies, or what is none.
HEADS = {
    "emergency_told": True,
    "emergency_not_denied": True,
    "no_false_alarm": False,
    "category": None,
    "lead": None,
    "level": None,
}


@dataclass(frozen=True, slots=True)
class Case:
    """A text and what is right of it; ``lead`` is empty where nobody is sent. ``own``: a call of
    the centre, else a sentence written for measuring. ``confidence``: the recogniser's."""

    text: str
    code: str
    emergency: bool
    level: str
    lead: str
    own: bool = False
    confidence: float | None = None


def right(classifier: Classifier, cases: Sequence[Case]) -> dict[str, Flags]:
    """Per head and case whether the classifier is right. The category is the likeliest, told or
    not; where nobody is sent, no unit is right."""
    found: dict[str, list[bool]] = {head: [] for head in HEADS}
    for case in cases:
        said = classifier.suggest(case.text, confidence=case.confidence)
        best = said.category or next(iter(said.alternatives), None)
        first = said.units[0].name if said.units else ""
        found["emergency_told"].append(said.emergency == "emergency")
        found["emergency_not_denied"].append(said.emergency != "non_emergency")
        found["no_false_alarm"].append(said.emergency != "emergency")
        found["category"].append(best is not None and best.code == case.code)
        found["lead"].append(first == case.lead)
        found["level"].append(said.level == case.level)
    return {head: np.array(flags, dtype=bool) for head, flags in found.items()}


def compare(old: Classifier, new: Classifier, cases: Sequence[Case]) -> dict[str, Any]:
    """Figures per head and item with 95 % intervals, and whether ``new`` is better.

    Better: it denies no more emergencies, no head is worse beyond chance, and over all heads it
    gains more than it loses. ``verdict`` is ``better``, ``denies``, ``worse`` (``worse_in`` names
    the heads) or ``no_gain``.
    """
    was, now = right(old, cases), right(new, cases)
    dangerous = np.array([case.emergency for case in cases], dtype=bool)
    heads, gain, worse, denies = [], 0, [], False
    for head, wanted in HEADS.items():
        chosen = np.ones(len(cases), bool) if wanted is None else dangerous == wanted
        line = _line(was[head][chosen], now[head][chosen])
        heads.append({"head": head, **line})
        if head == "emergency_not_denied":
            denies = line["lost"] > line["gained"]
        else:
            gain += line["gained"] - line["lost"]
        if line["difference_high"] < 0:
            worse.append(head)
    if denies:
        verdict = "denies"
    elif worse:
        verdict = "worse"
    else:
        verdict = "better" if gain > 0 else "no_gain"
    own = np.array([case.own for case in cases], dtype=bool)
    return {
        "cases": len(cases),
        "own_calls": int(own.sum()),
        "verdict": verdict,
        "worse_in": worse,
        "heads": heads,
        "own": _line(was["category"][own], now["category"][own]),
        "classes": _classes(cases, was["category"], now["category"]),
    }


def _line(was: Flags, now: Flags) -> dict[str, Any]:
    """Both shares and their difference over the same cases, with intervals."""
    count = len(was)
    gained, lost = int((now & ~was).sum()), int((was & ~now).sum())
    line: dict[str, Any] = {"count": count, "gained": gained, "lost": lost}
    for name, flags in (("old", was), ("new", now)):
        share = float(flags.mean()) if count else 0.0
        low, high = wilson(share, count)
        line |= {
            name: round(share, 4),
            f"{name}_low": round(low, 4),
            f"{name}_high": round(high, 4),
        }
    difference = (gained - lost) / count if count else 0.0
    spread = gained + lost - (gained - lost) ** 2 / count if count else 0.0
    wide = 1.96 * math.sqrt(max(spread, 0.0)) / count if count else 0.0
    return line | {
        "difference": round(difference, 4),
        "difference_low": round(difference - wide, 4),
        "difference_high": round(difference + wide, 4),
    }


def _classes(cases: Sequence[Case], was: Flags, now: Flags) -> list[dict[str, Any]]:
    """Per item how often its category was found, what changed most first."""
    codes = np.array([case.code for case in cases])
    lines = []
    for code in sorted(set(codes.tolist())):
        held = codes == code
        low, high = wilson(float(now[held].mean()), int(held.sum()))
        lines.append(
            {
                "code": code,
                "count": int(held.sum()),
                "old": int(was[held].sum()),
                "new": int(now[held].sum()),
                "new_low": round(low, 4),
                "new_high": round(high, 4),
            }
        )
    return sorted(lines, key=lambda line: (-abs(line["new"] - line["old"]), line["code"]))

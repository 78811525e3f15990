"""How soon a running call is understood: held-out sentences are read as they grow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from classifier.measures import share
from classifier.model import Classifier

STEP = 2  # characters between two readings
LEAST = 6  # shorter texts have no course worth measuring


def running(classifier: Classifier, calls: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Figures of calls given as code and text, in characters and as a share of the call.

    A verdict stands from the first reading on after which the label (emergency or not) and the
    category stay what they are at the end. ``flicker`` counts changes of a verdict that had
    been sure.
    """
    dangerous = {item.code: item.emergency for item in classifier.categories()}
    stands: list[int] = []
    shares: list[float] = []
    alarm_at: list[int] = []
    sure_at: list[int] = []
    broken = right_when_sure = sures = 0
    for code, text in calls:
        if len(text) < LEAST or code not in dangerous:
            continue
        ends = [*range(STEP, len(text), STEP), len(text)]
        seen = [classifier.suggest(text[:end]) for end in ends]
        verdicts = [(s.emergency, s.category.code if s.category else "") for s in seen]
        stood = next(n for n in range(len(ends)) if len(set(verdicts[n:])) == 1)
        stands.append(ends[stood])
        shares.append(ends[stood] / len(text))
        if dangerous[code] and seen[-1].emergency == "emergency":
            alarm_at.append(next(e for e, s in zip(ends, seen, strict=True) if _alarmed(s)))
        sure = next((n for n, s in enumerate(seen) if s.sure), None)
        if sure is not None:
            sures += 1
            sure_at.append(ends[sure])
            broken += len(set(verdicts[sure:])) > 1
            right_when_sure += verdicts[sure][1] == code
    return {
        "calls": len(stands),
        "characters_until_it_stands": _spread(stands),
        "share_of_the_call_until_it_stands": round(float(np.median(shares)), 3) if shares else 0,
        "characters_until_an_emergency_is_told": _spread(alarm_at),
        "sure": share(np.array([True] * sures + [False] * (len(stands) - sures))),
        "characters_until_sure": _spread(sure_at),
        "changed_after_sure": round(broken / sures, 4) if sures else 0.0,
        "right_when_sure": round(right_when_sure / sures, 4) if sures else 0.0,
    }


def _alarmed(suggestion: Any) -> bool:
    return bool(suggestion.emergency == "emergency")


def _spread(values: list[int]) -> dict[str, float]:
    if not values:
        return {}
    return {
        "median": float(np.median(values)),
        "p90": float(np.quantile(values, 0.9)),
    }

"""Figures of an evaluation."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import numpy.typing as npt

from classifier.taxonomy import Taxonomy

Array = npt.NDArray[Any]
SUPPORT_SHARE = 0.5  # how far a supporting unit of a non-emergency is proposed


def share(flags: Array) -> float:
    """The share of true values, 0 for none, to four places."""
    return round(float(np.mean(flags)), 4) if len(flags) else 0.0


def calibration_error(p: Array, right: Array, bins: int = 10) -> float:
    """Expected calibration error over equally wide bins."""
    places = np.minimum((p * bins).astype(int), bins - 1)
    error = 0.0
    for place in range(bins):
        held = places == place
        if held.any():
            error += float(held.mean()) * abs(float(p[held].mean()) - float(right[held].mean()))
    return round(error, 4)


def unit_table(codes: list[str], taxonomy: Taxonomy) -> tuple[list[str], Array, Array]:
    """Unit kinds, then per code and kind whether it leads (0 or 1) and whether it is sent."""
    items = [taxonomy.items.get(code) for code in codes]
    kinds = sorted({unit for item in items if item for unit in item.units})
    lead = np.zeros((len(codes), len(kinds)), dtype=np.float32)
    sent = np.zeros((len(codes), len(kinds)), dtype=np.float32)
    for row, item in enumerate(items):
        for unit in item.units if item else ():
            leads = item is not None and unit == item.lead
            lead[row, kinds.index(unit)] = leads
            full = leads or (item is not None and item.emergency)
            sent[row, kinds.index(unit)] = 1.0 if full else SUPPORT_SHARE
    return kinds, lead, sent


def unit_ranks(
    codes: Array, probabilities: Array, truth: Array, taxonomy: Taxonomy
) -> tuple[float, float]:
    """How often the lead unit comes first and among the first three."""
    kinds, lead, sent = unit_table([str(code) for code in codes], taxonomy)
    mass = probabilities @ lead + 1e-3 * (probabilities @ sent)
    order = np.argsort(-mass, axis=1)
    first: list[bool] = []
    three: list[bool] = []
    for code, ranked in zip(truth, order, strict=True):
        item = taxonomy.items[str(code)]
        if item.lead:
            top = [kinds[i] for i in ranked[:3]]
            first.append(top[0] == item.lead)
            three.append(item.lead in top)
    return share(np.array(first)), share(np.array(three))


def worst(truth: Array, guess: Array, taxonomy: Taxonomy, count: int = 15) -> list[dict[str, Any]]:
    """The items most often missed, with what they were taken for."""
    lines: list[dict[str, Any]] = []
    for code in np.unique(truth):
        taken = guess[truth == code]
        recall = share(taken == code)
        wrong = Counter(str(g) for g in taken if g != code).most_common(2)
        name = taxonomy.items[str(code)].name
        lines.append({"code": str(code), "name": name, "recall": recall, "taken_for": wrong})
    return sorted(lines, key=lambda line: float(line["recall"]))[:count]

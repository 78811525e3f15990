"""Figures of an evaluation."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]


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


def recall_at(p: Array, truth: Array, precision: float) -> float:
    """The highest recall that any threshold reaches at this precision or better."""
    order = np.argsort(-p, kind="stable")
    found = np.cumsum(truth[order])
    good = found / (np.arange(len(order)) + 1) >= precision
    total = float(truth.sum())
    return round(float(found[good].max()) / total, 4) if good.any() and total else 0.0

"""Calibration: scores of held-out rows tell how far scores may be trusted."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

from classifier.rows import Rows
from classifier.weights import EMERGENCY, Calibration, Layout, judge, logits, softmax

RECALL = 0.99  # of emergencies, as text: this share is not told to be none
PRECISION = 0.90  # of calls told to be emergencies, as text
MISS_COST = 20.0  # what a missed emergency costs, in false alarms
SELECTIVE_ACCURACY = 0.85  # of named categories: what the abstention threshold is chosen for

Array = npt.NDArray[Any]


def calibrate(rows: Rows, scores: dict[str, Array], layout: Layout) -> Calibration:
    """Everything a ``Calibration`` holds, from out-of-fold scores."""
    measured = rows.scenarios != ""
    told = measured & rows.told
    truth = rows.targets["item"].argmax(axis=1)
    group_share, temperature = _sharpness(scores, layout, truth, measured)
    draft = Calibration(
        temperature=temperature,
        group_share=group_share,
        lead_share=0.0,
        level_share=0.0,
        emergency=(0.0, 0.0, 1.0),
        sent=(0.0, 0.0, 1.0),
        emergency_from=0.5,
        emergency_below=0.5,
        answer_from=0.5,
    )
    led = told & rows.targets["lead"].any(axis=1)
    draft = replace(
        draft,
        lead_share=_best_share(rows, scores, layout, draft, "lead", led),
        level_share=_best_share(rows, scores, layout, draft, "level", told),
    )
    items = judge(_rows(scores, told), layout, draft)["item"]
    mass = items @ layout.dangerous.astype(np.float32)[:, None]
    dangerous = rows.targets[EMERGENCY][told][:, 0]
    draft = replace(
        draft,
        emergency=_logistic(scores[EMERGENCY][told], mass, dangerous),
        sent=_logistic(scores["sent"][told], items @ layout.sends, rows.targets["sent"][told]),
    )
    p = judge(_rows(scores, told), layout, draft)[EMERGENCY][:, 0]
    clear = ~rows.misheard[told]
    spoken = judge(_rows(scores, measured), layout, draft)["item"]
    best, right = spoken.max(axis=1), spoken.argmax(axis=1) == truth[measured]
    below = min(_cheapest(p, dangerous), float(np.quantile(p[clear & dangerous], 1 - RECALL)), 0.5)
    answer = lowest(best, right, SELECTIVE_ACCURACY)
    return replace(
        draft,
        emergency_below=below,
        emergency_from=max(lowest(p[clear], dangerous[clear], PRECISION), below),
        answer_from=answer,
    )


def lowest(p: Array, right: Array, wanted: float) -> float:
    """The lowest threshold from which on at least ``wanted`` of ``right`` hold, at most 0.9."""
    order = np.argsort(-p, kind="stable")
    reached = np.cumsum(right[order]) / (np.arange(len(order)) + 1)
    places = np.flatnonzero(reached >= wanted)
    return min(float(p[order][places[-1]]), 0.9) if len(places) else 0.9


def _rows(scores: dict[str, Array], chosen: Array) -> dict[str, Array]:
    return {head: part[chosen] for head, part in scores.items()}


def _sharpness(
    scores: dict[str, Array], layout: Layout, truth: Array, measured: Array
) -> tuple[float, float]:
    """The share of the group's score and the temperature with the least surprise."""
    own, grouped = scores["item"][measured], scores["group"][measured][:, layout.groups]
    places = np.arange(len(own))
    best = (np.inf, 0.0, 1.0)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        joined = own + share * grouped

        def loss(temperature: float, joined: Array = joined) -> float:
            p = softmax(joined * temperature)[places, truth[measured]]
            return float(-np.log(p + 1e-9).mean())

        found = minimize_scalar(loss, bounds=(0.5, 12.0), method="bounded", options={"xatol": 0.02})
        best = min(best, (float(found.fun), share, float(found.x)))
    return best[1], best[2]


def _best_share(
    rows: Rows,
    scores: dict[str, Array],
    layout: Layout,
    draft: Calibration,
    head: str,
    chosen: Array,
) -> float:
    """How far a head's own scores count beside the items' mass."""
    truth = rows.targets[head][chosen].argmax(axis=1)
    places = np.arange(len(truth))
    found = (np.inf, 0.0)
    for share in (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0):
        lead = share if head == "lead" else draft.lead_share
        level = share if head == "level" else draft.level_share
        trial = replace(draft, lead_share=lead, level_share=level)
        p = judge(_rows(scores, chosen), layout, trial)[head]
        found = min(found, (float(-np.log(p[places, truth] + 1e-9).mean()), share))
    return found[1]


def _logistic(scores: Array, mass: Array, truth: Array) -> tuple[float, float, float]:
    inputs = np.column_stack([scores.ravel(), logits(mass).ravel()])
    fitted = LogisticRegression(C=10.0).fit(inputs, truth.ravel())
    return (
        float(fitted.intercept_[0]),
        float(fitted.coef_[0][0]),
        float(fitted.coef_[0][1]),
    )


def _cheapest(p: Array, dangerous: Array) -> float:
    """The threshold at which missed emergencies and false alarms together cost least."""
    order = np.argsort(p, kind="stable")
    missed = np.concatenate([[0], np.cumsum(dangerous[order])]) * MISS_COST
    alarms = np.concatenate([[0], np.cumsum(~dangerous[order])])
    cost = missed + (alarms[-1] - alarms)
    at = int(cost.argmin())
    return float(p[order][min(at, len(p) - 1)])

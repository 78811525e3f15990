"""Training: the corpus and its misheard copies become weights, calibration and an evaluation.

Everything is measured out of fold, and folds are split by scenario: no variant of a sentence
that was trained on is ever measured on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from classifier.calibrating import calibrate
from classifier.evaluation import evaluate
from classifier.matrix import Scale
from classifier.rows import Example, Rows, group_of, read_rows
from classifier.taxonomy import Taxonomy, load_taxonomy
from classifier.text import keep_dictionary_in
from classifier.utterances import CORPUS
from classifier.weights import EVALUATION, HEADS, Weights, layout_of, save

FOLDS = 3
VARIANTS = 2
PENALTY = 0.5
TOLERANCE = 0.5

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Fitted:
    """One fit, before calibration: coefficients by feature and column, and the biases."""

    names: list[str]
    idf: Array
    columns: Array
    table: Array
    bias: Array


def train(
    out: Path,
    *,
    variants: int = VARIANTS,
    folds: int = FOLDS,
    taxonomy: Taxonomy | None = None,
    corpus: Path = CORPUS,
    examples: Sequence[Example] = (),
    tell: Callable[[float], None] | None = None,
) -> dict[str, Any]:
    """Train into the folder ``out`` and return the evaluation that lies beside the weights.

    ``examples`` of own calls are learned beside the corpus and not among what is measured.
    ``tell`` hears the share that is done, 0 to 1.
    """
    tell = tell or (lambda _: None)
    taxonomy = taxonomy or load_taxonomy()
    out.mkdir(parents=True, exist_ok=True)
    keep_dictionary_in(out)
    rows = read_rows(variants, taxonomy, corpus, examples)
    tell(0.1)
    widths = {head: len(rows.columns[head]) for head in HEADS}
    scores = np.zeros((len(rows.codes), sum(widths.values())), dtype=np.float32)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    spoken = rows.spoken
    parted = splitter.split(spoken, rows.codes[spoken], rows.scenarios[spoken])
    for turn, (learn, test) in enumerate(parted, start=1):
        known = np.concatenate([spoken[learn], rows.keywords])
        _, scores[spoken[test]] = _fit(rows, known, spoken[test])
        tell(0.1 + 0.8 * turn / (folds + 1))
    everything = np.arange(len(rows.codes))
    fitted, _ = _fit(rows, everything, everything[:0])
    tell(0.9)
    codes = rows.columns["item"]
    groups = [group_of(code, taxonomy) for code in codes]
    layout = layout_of(codes, groups, rows.columns["lead"], taxonomy)
    parts = split(scores, widths)
    calibration = calibrate(rows, parts, layout)
    evaluation = evaluate(rows, parts, layout, calibration, taxonomy)
    weights = Weights(
        version="",
        taxonomy_version=taxonomy.version,
        codes=tuple(codes),
        groups=tuple(groups),
        units=tuple(rows.columns["lead"]),
        rows={name: row for row, name in enumerate(fitted.names)},
        idf=fitted.idf.astype(np.float32),
        table=fitted.table,
        bias=fitted.bias.astype(np.float32),
        widths=widths,
        calibration=calibration,
    )
    evaluation = {"version": save(weights, out), **evaluation}
    text = json.dumps(evaluation, ensure_ascii=False, indent=1)
    (out / EVALUATION).write_text(text + "\n", encoding="utf-8")
    return evaluation


def split(scores: Array, widths: dict[str, int]) -> dict[str, Array]:
    """All columns by head."""
    parts: dict[str, Array] = {}
    at = 0
    for head in HEADS:
        parts[head] = scores[:, at : at + widths[head]]
        at += widths[head]
    return parts


def _fit(rows: Rows, chosen: Array, asked: Array) -> tuple[Fitted, Array]:
    """Learn every column from ``chosen``; returns the fit and the scores of ``asked``."""
    keys = chosen[rows.scenarios[chosen] == ""]
    scale = Scale.fit(rows.counts, chosen, keys)
    matrix = scale.apply(rows.counts, chosen)
    weight = rows.weights[chosen]
    told = rows.told[chosen]
    spoken = (matrix[told], weight[told])
    blocks: list[tuple[Array, Array]] = []
    for head in HEADS:
        # What says nothing yet is a class of its own among items and teaches nothing else.
        whole = head in ("item", "group")
        data = (matrix, weight) if whole else spoken
        blocks.append(_columns(*data, rows.targets[head][chosen if whole else chosen[told]]))
    table = np.concatenate([coefficients for coefficients, _ in blocks]).astype(np.float16).T
    bias = np.concatenate([intercepts for _, intercepts in blocks])
    names = [rows.counts.names[column] for column in scale.columns]
    scores = np.zeros((0, len(bias)))
    if len(asked):
        scores = scale.apply(rows.counts, asked) @ table.astype(np.float32) + bias
    return Fitted(names, scale.idf, scale.columns, np.ascontiguousarray(table), bias), scores


def _columns(matrix: csr_matrix, weight: Array, targets: Array) -> tuple[Array, Array]:
    """Each column against the rest; a column without examples never speaks.

    One after the other: the solver's random numbers are shared by all threads of a process.
    """
    width = targets.shape[1]
    table = np.zeros((width, matrix.shape[1]), dtype=np.float32)
    bias = np.full(width, -1.0)
    if targets.sum(axis=1).max(initial=0) > 1:
        for column in range(width):
            own, intercept = _columns(matrix, weight, targets[:, column : column + 1])
            table[column], bias[column] = own[0], intercept[0]
        return table, bias
    kinds = np.where(targets.any(axis=1), targets.argmax(axis=1), width)
    found = np.unique(kinds)
    if len(found) < 2:
        bias[found[found < width]] = 1.0
        return table, bias
    # All columns in one call, which takes the rows over once.
    machine = LinearSVC(C=PENALTY, tol=TOLERANCE, random_state=0)
    machine.fit(matrix, kinds, sample_weight=weight)
    own, intercept = machine.coef_, machine.intercept_
    if len(found) == 2:
        own, intercept = np.vstack([-own, own]), np.concatenate([-intercept, intercept])
    for place, column in enumerate(found):
        if column < width:
            table[column], bias[column] = own[place], intercept[place]
    return table, bias

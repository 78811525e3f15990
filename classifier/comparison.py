"""The classifier's features on somebody else's labelled texts, beside a plain baseline.

Three linear machines vote, each on one view of a text: pairs of characters, the features that
callers are classified by, and words. Features are weighted by how unevenly they stand in the
labels of the training folds (term frequency times relevance frequency, Lan et al. 2009).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_matrix, diags
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import normalize
from sklearn.svm import LinearSVC

from classifier.features import names
from classifier.text import clean, words

FOLDS = 5
PENALTY = 0.5
FLOOR = 0.3  # weight of a feature that stands in all labels alike
_SEGMENT = re.compile(r"\w+")

Array = npt.NDArray[Any]
View = list[list[str]]


class BadInput(ValueError):
    """A line cannot be used; the message names file and line."""


def compare(path: Path) -> dict[str, Any]:
    """Five-fold macro-F1 of the classifier's pipeline and of word TF-IDF with LinearSVC."""
    texts, labels = read_labelled(path)
    truth = np.array(labels)
    if min(np.unique(truth, return_counts=True)[1], default=0) < FOLDS:
        raise BadInput(f"{path}: every label needs at least {FOLDS} texts")
    kinds = np.unique(truth)
    plain = [[word for word, _, _ in words(text)] for text in texts]
    views: list[tuple[View, int]] = [
        ([_pairs(text) for text in texts], 3),
        ([names(text) for text in texts], 3),
        ([[w.lower() for w in line if _SEGMENT.search(w)] for line in plain], 2),
    ]
    votes = np.zeros((len(views), len(truth), len(kinds)))
    baseline = np.empty(len(truth), dtype=truth.dtype)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(truth, truth)
    for learn, test in folds:
        for place, (view, least) in enumerate(views):
            votes[place, test] = _margins(view, least, truth, kinds, learn, test)
        vectorizer = TfidfVectorizer(analyzer=list)
        machine = LinearSVC(C=1.0, random_state=0)
        machine.fit(vectorizer.fit_transform([plain[i] for i in learn]), truth[learn])
        baseline[test] = machine.predict(vectorizer.transform([plain[i] for i in test]))
    return {
        "texts": len(texts),
        "labels": len(kinds),
        "macro_f1": _macro_f1(truth, kinds[votes.sum(axis=0).argmax(axis=1)]),
        "views_macro_f1": [_macro_f1(truth, kinds[vote.argmax(axis=1)]) for vote in votes],
        "baseline_macro_f1": _macro_f1(truth, baseline),
        "baseline": "words, TF-IDF, LinearSVC",
    }


def _macro_f1(truth: Array, guess: Array) -> float:
    return round(float(f1_score(truth, guess, average="macro")), 4)


def _pairs(text: str) -> list[str]:
    """Characters and pairs of neighbours that no punctuation parts."""
    found: list[str] = []
    for segment in _SEGMENT.findall(text):
        found.extend(segment)
        found.extend(segment[at : at + 2] for at in range(len(segment) - 1))
    return found


def _margins(
    view: View, least: int, truth: Array, kinds: Array, learn: Array, test: Array
) -> Array:
    """The margins of ``test`` per kind as learned from ``learn``, as far as they spread."""
    least = min(least, max(1, len(learn) // 100))
    counter = CountVectorizer(analyzer=list, min_df=least)
    known = counter.fit_transform([view[i] for i in learn])
    weight = _relevance(known, truth[learn], kinds)
    machine = LinearSVC(C=PENALTY, class_weight="balanced", random_state=0)
    scaled = _scaled(known, weight)
    machine.fit(scaled, truth[learn])
    margins = machine.decision_function(_scaled(counter.transform([view[i] for i in test]), weight))
    if margins.ndim == 1:
        margins = np.column_stack([-margins, margins])
    spread = float(np.std(machine.decision_function(scaled))) or 1.0
    result: Array = margins / spread
    return result


def _scaled(counts: csr_matrix, weight: Array) -> csr_matrix:
    logarithmic = counts.astype(np.float64)
    logarithmic.data = 1 + np.log(logarithmic.data)
    return csr_matrix(normalize(logarithmic @ diags(weight)))


def _relevance(counts: csr_matrix, truth: Array, kinds: Sequence[str] | Array) -> Array:
    """Per feature the largest log-ratio of its share in a kind to its share elsewhere."""
    present = (counts > 0).astype(np.float64)
    best = np.zeros(counts.shape[1])
    for kind in kinds:
        inside = truth == kind
        shares = [
            (np.asarray(present[part].sum(axis=0)).ravel() + 1) / (part.sum() + 2)
            for part in (inside, ~inside)
        ]
        best = np.maximum(best, np.log(shares[0] / shares[1]))
    return best + FLOOR


def read_labelled(path: Path) -> tuple[list[str], list[str]]:
    """The cleaned texts and labels of JSON lines; raises ``BadInput`` naming the line."""
    texts: list[str] = []
    labels: list[str] = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                text, label = row["text"], row["label"]
            except (ValueError, KeyError, TypeError) as error:
                raise BadInput(f"{path}:{number}: needs text and label ({error})") from error
            if not isinstance(text, str) or not isinstance(label, str):
                raise BadInput(f"{path}:{number}: text and label must be texts")
            texts.append(clean(text))
            labels.append(label)
    return texts, labels

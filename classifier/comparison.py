"""The same features and model on somebody else's labelled texts, beside a plain baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import LinearSVC

from classifier.features import names
from classifier.text import clean, words

FOLDS = 5
LONGEST_LINE = 1_000_000


class BadInput(ValueError):
    """A line cannot be used; the message names file and line."""


def compare(path: Path) -> dict[str, Any]:
    """Five-fold macro-F1 of the classifier's pipeline and of word TF-IDF with LinearSVC."""
    texts, labels = read_labelled(path)
    truth = np.array(labels)
    if min(np.unique(truth, return_counts=True)[1], default=0) < FOLDS:
        raise BadInput(f"{path}: every label needs at least {FOLDS} texts")
    folds = list(StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(truth, truth))
    ours = [names(text) for text in texts]
    plain = [[word for word, _, _ in words(text)] for text in texts]
    return {
        "texts": len(texts),
        "labels": len(set(labels)),
        "macro_f1": _macro_f1(ours, truth, folds, sublinear=True, least=2),
        "baseline_macro_f1": _macro_f1(plain, truth, folds, sublinear=False, least=1),
        "baseline": "words, TF-IDF, LinearSVC",
    }


def _macro_f1(
    features: list[list[str]], truth: Any, folds: list[Any], *, sublinear: bool, least: int
) -> float:
    guess = np.empty(len(truth), dtype=truth.dtype)
    for learn, test in folds:
        vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=sublinear, min_df=least)
        model = LinearSVC(C=1.0, random_state=0)
        model.fit(vectorizer.fit_transform([features[i] for i in learn]), truth[learn])
        guess[test] = model.predict(vectorizer.transform([features[i] for i in test]))
    return round(float(f1_score(truth, guess, average="macro")), 4)


def read_labelled(path: Path) -> tuple[list[str], list[str]]:
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

"""Training: the corpus and its misheard copies become weights, calibration and an evaluation.

Everything is measured out of fold, and folds are split by scenario: no variant of a sentence
that was trained on is ever measured on.
"""

from __future__ import annotations

import json
import random
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.svm import LinearSVC

from classifier.features import names
from classifier.measures import calibration_error, share, unit_ranks, worst
from classifier.noise import noisy
from classifier.taxonomy import Taxonomy, load_taxonomy
from classifier.text import clean
from classifier.utterances import NOTHING, keywords, utterances
from classifier.weights import EVALUATION, Calibration, Weights, logit, save, softmax

NOISE = 0.25  # share of characters misheard in the noisy evaluation
KEYWORD_WEIGHT = 3.0
RECALL = 0.99  # of emergencies, as text: this share is not told to be none
PRECISION = 0.90  # of calls told to be emergencies, as text
SELECTIVE_ACCURACY = 0.85  # of named categories: what the abstention threshold is chosen for

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Training rows: feature names, code, scenario ("" for keywords) and whether misheard."""

    features: list[list[str]]
    codes: Array
    scenarios: Array
    misheard: Array


@dataclass(frozen=True, slots=True)
class Fitted:
    """One fit, before calibration."""

    vectorizer: TfidfVectorizer
    category: LinearSVC
    emergency: LinearSVC


def train(out: Path, *, variants: int = 3, folds: int = 3) -> dict[str, Any]:
    """Train into the folder ``out`` and return the evaluation that lies beside the weights."""
    taxonomy = load_taxonomy()
    rows = _rows(variants, taxonomy)
    dangerous = np.array([_dangerous(code, taxonomy) for code in rows.codes])
    measured = rows.scenarios != ""
    codes = np.unique(rows.codes)
    scores = np.zeros((len(rows.codes), len(codes)), dtype=np.float32)
    alarm = np.zeros(len(rows.codes), dtype=np.float32)
    splitter = StratifiedGroupKFold(folds, shuffle=True, random_state=0)
    spoken = np.flatnonzero(measured)
    for learn, test in splitter.split(spoken, rows.codes[spoken], rows.scenarios[spoken]):
        known = np.concatenate([spoken[learn], np.flatnonzero(~measured)])
        fitted = _fit(rows, known, dangerous)
        matrix = fitted.vectorizer.transform([rows.features[i] for i in spoken[test]])
        scores[spoken[test]] = fitted.category.decision_function(matrix)
        alarm[spoken[test]] = fitted.emergency.decision_function(matrix)
    calibration = _calibrate(rows, codes, scores, alarm, dangerous, measured, taxonomy)
    evaluation = _evaluate(rows, codes, scores, alarm, dangerous, taxonomy, calibration)

    fitted = _fit(rows, np.arange(len(rows.codes)), dangerous)
    vocabulary = fitted.vectorizer.vocabulary_
    weights = Weights(
        version="",
        taxonomy_version=taxonomy.version,
        codes=tuple(str(code) for code in fitted.category.classes_),
        rows={name: vocabulary[name] for name in sorted(vocabulary, key=vocabulary.__getitem__)},
        idf=fitted.vectorizer.idf_.astype(np.float32),
        category=np.ascontiguousarray(fitted.category.coef_.T, dtype=np.float32),
        category_bias=fitted.category.intercept_.astype(np.float32),
        emergency=fitted.emergency.coef_[0].astype(np.float32),
        emergency_bias=float(fitted.emergency.intercept_[0]),
        calibration=calibration,
    )
    evaluation = {"version": save(weights, out), **evaluation}
    text = json.dumps(evaluation, ensure_ascii=False, indent=1)
    (out / EVALUATION).write_text(text + "\n", encoding="utf-8")
    return evaluation


def _dangerous(code: str, taxonomy: Taxonomy) -> bool:
    item = taxonomy.items.get(code)
    return item is not None and item.emergency


def _rows(variants: int, taxonomy: Taxonomy) -> Rows:
    features: list[list[str]] = []
    codes: list[str] = []
    scenarios: list[str] = []
    misheard: list[bool] = []

    def add(text: str, code: str, scenario: str, heard: bool) -> None:
        features.append(names(text))
        codes.append(code)
        scenarios.append(scenario)
        misheard.append(heard)

    for utterance in utterances(variants=variants):
        text = clean(utterance.text)
        chance = random.Random(zlib.crc32(text.encode()))  # noqa: S311 - no secret
        add(text, utterance.code, utterance.scenario, False)
        add(noisy(text, NOISE, chance), utterance.code, utterance.scenario, True)
    for code, phrase in keywords():
        add(clean(phrase), code, "", False)
    unknown = sorted(set(codes) - taxonomy.items.keys() - {NOTHING})
    if unknown:
        raise ValueError(f"the corpus speaks of items that the taxonomy does not hold: {unknown}")
    return Rows(features, np.array(codes), np.array(scenarios), np.array(misheard))


def _fit(rows: Rows, chosen: Array, dangerous: Array) -> Fitted:
    vectorizer = TfidfVectorizer(analyzer=list, sublinear_tf=True, min_df=2, dtype=np.float64)
    learned = [rows.features[i] for i in chosen]
    # Keywords are read twice, so that a word that only they hold is kept.
    vectorizer.fit(learned + [rows.features[i] for i in chosen if rows.scenarios[i] == ""])
    matrix = vectorizer.transform(learned)
    weight = np.where(rows.scenarios[chosen] == "", KEYWORD_WEIGHT, 1.0)
    category = LinearSVC(C=0.5, tol=1e-3, random_state=0)
    category.fit(matrix, rows.codes[chosen], sample_weight=weight)
    told = rows.codes[chosen] != NOTHING
    emergency = LinearSVC(C=0.5, tol=1e-3, random_state=0)
    emergency.fit(matrix[told], dangerous[chosen][told], sample_weight=weight[told])
    return Fitted(vectorizer, category, emergency)


def _calibrate(
    rows: Rows,
    codes: Array,
    scores: Array,
    alarm: Array,
    dangerous: Array,
    measured: Array,
    taxonomy: Taxonomy,
) -> Calibration:
    spoken = scores[measured]
    truth = np.searchsorted(codes, rows.codes[measured])
    places = np.arange(len(truth))

    def loss(temperature: float) -> float:
        return float(-np.log(softmax(spoken * temperature)[places, truth] + 1e-9).mean())

    temperature = float(minimize_scalar(loss, bounds=(0.5, 30.0), method="bounded").x)
    probabilities = softmax(scores * temperature)
    told = measured & (rows.codes != NOTHING)
    inputs = _emergency_inputs(codes, probabilities, alarm, taxonomy)
    stacked = LogisticRegression(C=10.0).fit(inputs[told], dangerous[told])
    p = stacked.predict_proba(inputs)[:, 1]
    clear = told & ~rows.misheard
    below = min(float(np.quantile(p[clear & dangerous], 1 - RECALL)), 0.5)
    best = probabilities[measured].max(axis=1)
    right = probabilities[measured].argmax(axis=1) == truth
    return Calibration(
        temperature=temperature,
        emergency_bias=float(stacked.intercept_[0]),
        emergency_score=float(stacked.coef_[0][0]),
        emergency_mass=float(stacked.coef_[0][1]),
        emergency_from=max(_lowest(p[clear], dangerous[clear], PRECISION), below),
        emergency_below=below,
        answer_from=_lowest(best, right, SELECTIVE_ACCURACY),
    )


def _lowest(p: Array, right: Array, wanted: float) -> float:
    """The lowest threshold from which on at least ``wanted`` of ``right`` hold, at most 0.9."""
    order = np.argsort(-p, kind="stable")
    reached = np.cumsum(right[order]) / (np.arange(len(order)) + 1)
    places = np.flatnonzero(reached >= wanted)
    return min(float(p[order][places[-1]]), 0.9) if len(places) else 0.9


def _emergency_inputs(
    codes: Array, probabilities: Array, alarm: Array, taxonomy: Taxonomy
) -> Array:
    of = np.array([_dangerous(code, taxonomy) for code in codes])
    mass = probabilities[:, of].sum(axis=1)
    return np.column_stack([alarm, np.array([logit(float(m)) for m in mass])])


def _evaluate(
    rows: Rows,
    codes: Array,
    scores: Array,
    alarm: Array,
    dangerous: Array,
    taxonomy: Taxonomy,
    calibration: Calibration,
) -> dict[str, Any]:
    probabilities = softmax(scores * calibration.temperature)
    inputs = _emergency_inputs(codes, probabilities, alarm, taxonomy)
    log_odds = calibration.emergency_bias + inputs @ np.array(
        [calibration.emergency_score, calibration.emergency_mass]
    )
    p = 1 / (1 + np.exp(-log_odds))
    guess = codes[probabilities.argmax(axis=1)]
    best = probabilities.max(axis=1)
    result: dict[str, Any] = {
        "items": len(taxonomy.items),
        "scenarios": len(set(rows.scenarios) - {""}),
        "utterances": int((~rows.misheard & (rows.scenarios != "")).sum()),
        "calibration": {name: getattr(calibration, name) for name in Calibration.__slots__},
    }
    told = (rows.scenarios != "") & (rows.codes != NOTHING)
    for title, chosen in (("text", told & ~rows.misheard), ("misheard", told & rows.misheard)):
        called = p[chosen] >= calibration.emergency_from
        truly = dangerous[chosen]
        right = guess[chosen] == rows.codes[chosen]
        named = best[chosen] >= calibration.answer_from
        first, third = unit_ranks(codes, probabilities[chosen], rows.codes[chosen], taxonomy)
        result[title] = {
            "emergency_recall": share(called[truly]),
            "emergency_not_told_none": share(p[chosen][truly] >= calibration.emergency_below),
            "emergency_precision": share(truly[called]),
            "emergency_accuracy_at_half": share((p[chosen] >= 0.5) == truly),
            "emergency_calibration_error": calibration_error(p[chosen], truly),
            "category_accuracy": share(right),
            "category_calibration_error": calibration_error(best[chosen], right),
            "category_named": share(named),
            "category_accuracy_when_named": share(right[named]),
            "lead_unit_first": first,
            "lead_unit_in_three": third,
        }
        if title == "text":
            result["worst"] = worst(rows.codes[chosen], guess[chosen], taxonomy)
    return result

"""The trained numbers: how they are kept on disk, checked and applied to one text."""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.features import Feature

WEIGHTS = "weights.npz"
DESCRIPTION = "model.json"
EVALUATION = "evaluation.json"

Floats = npt.NDArray[np.float32]


class BadModel(RuntimeError):
    """A model folder is missing, incomplete or altered; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores become probabilities, and from where on they count.

    ``temperature`` scales category scores before the softmax. Emergency's log-odds are
    ``emergency_bias + emergency_score * score + emergency_mass * logit(mass)``, where the
    mass is the categories' own probability of an emergency. From ``emergency_from`` on a call
    is an emergency, below ``emergency_below`` it is none, in between it is unsure. Below
    ``answer_from`` the category is not named.
    """

    temperature: float
    emergency_bias: float
    emergency_score: float
    emergency_mass: float
    emergency_from: float
    emergency_below: float
    answer_from: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's probabilities. ``scaled`` are the features' TF-IDF values by row of the weights."""

    probabilities: Floats
    emergency: float
    scaled: dict[int, float]


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear model over named features: one row per feature, one column per code."""

    version: str
    taxonomy_version: str
    codes: tuple[str, ...]
    rows: dict[str, int]
    idf: Floats
    category: Floats
    category_bias: Floats
    emergency: Floats
    emergency_bias: float
    calibration: Calibration

    def read(
        self, features: list[Feature], emergencies: npt.NDArray[np.bool_], shift: float = 0.0
    ) -> Reading:
        """Apply the model; ``shift`` is added to the log-odds of an emergency."""
        counts: dict[int, int] = defaultdict(int)
        for feature in features:
            row = self.rows.get(feature.name)
            if row is not None:
                counts[row] += 1
        index = np.fromiter(counts, dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1.0 + np.log(times)) * self.idf[index] if len(counts) else times
        norm = float(np.linalg.norm(values))
        if norm > 0:
            values = values / norm
        scores = values @ self.category[index] + self.category_bias
        score = float(values @ self.emergency[index]) + self.emergency_bias
        probabilities = softmax(scores[None, :] * self.calibration.temperature)[0]
        mass = float(probabilities[emergencies].sum())
        log_odds = (
            self.calibration.emergency_bias
            + self.calibration.emergency_score * score
            + self.calibration.emergency_mass * logit(mass)
            + shift
        )
        scaled = dict(zip(counts, values.tolist(), strict=True))
        return Reading(probabilities, 1.0 / (1.0 + math.exp(-log_odds)), scaled)


def softmax(scores: npt.NDArray[np.floating]) -> Floats:
    """Row-wise softmax."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def logit(p: float) -> float:
    """Log-odds of ``p``, bounded."""
    p = min(max(p, 1e-3), 1 - 1e-3)
    return math.log(p / (1 - p))


def save(weights: Weights, folder: Path) -> str:
    """Write the weights and their description; returns the version, taken from the content."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / WEIGHTS
    names = np.frombuffer("\n".join(weights.rows).encode(), dtype=np.uint8)
    np.savez(
        path,
        names=names,
        idf=weights.idf,
        category=weights.category,
        category_bias=weights.category_bias,
        emergency=weights.emergency,
    )
    digest = _digest(path)
    version = f"{weights.taxonomy_version}-{digest[:10]}"
    described = {
        "version": version,
        "sha256": digest,
        "taxonomy_version": weights.taxonomy_version,
        "codes": list(weights.codes),
        "emergency_bias": weights.emergency_bias,
        "calibration": asdict(weights.calibration),
    }
    text = json.dumps(described, ensure_ascii=False, indent=1)
    (folder / DESCRIPTION).write_text(text + "\n", encoding="utf-8")
    return version


def load(folder: Path) -> Weights:
    """Read a model folder; raises ``BadModel`` when its hash or content is not as written."""
    path = folder / WEIGHTS
    again = f"run: python -m classifier train --out {folder}"
    try:
        described = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        digest = _digest(path)
    except (OSError, ValueError) as error:
        raise BadModel(f"{folder} holds no usable classifier model ({error}); {again}") from error
    try:
        if digest != described["sha256"]:
            raise BadModel(f"{path} is not the file that was trained (sha256 differs); {again}")
        with np.load(path, allow_pickle=False) as held:
            names = held["names"].tobytes().decode().split("\n")
            return Weights(
                version=str(described["version"]),
                taxonomy_version=str(described["taxonomy_version"]),
                codes=tuple(described["codes"]),
                rows={name: row for row, name in enumerate(names)},
                idf=held["idf"],
                category=held["category"],
                category_bias=held["category_bias"],
                emergency=held["emergency"],
                emergency_bias=float(described["emergency_bias"]),
                calibration=Calibration(**described["calibration"]),
            )
    except (KeyError, TypeError, ValueError) as error:
        raise BadModel(f"{folder} is incomplete ({error}); {again}") from error


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

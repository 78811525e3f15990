"""The trained numbers: how they are kept on disk, checked and applied to one text."""

from __future__ import annotations

import hashlib
import json
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.features import Feature
from classifier.taxonomy import LEVELS, Taxonomy
from classifier.utterances import NOTHING

WEIGHTS = "weights.npz"
DESCRIPTION = "model.json"
EVALUATION = "evaluation.json"
EMERGENCY = "emergency"
LEVEL_FROM = 0.4  # probability of a level or a more urgent one, from which on it is proposed
HEADS = ("item", "group", "lead", "sent", "level", EMERGENCY)

Floats = npt.NDArray[np.float32]
Flags = npt.NDArray[np.bool_]


class BadModel(RuntimeError):
    """A model folder is missing, incomplete or altered; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How scores become probabilities, and from where on they count.

    An item's score is its own plus ``group_share`` of its group's; ``temperature`` scales it
    before the softmax. A unit leads by ``log(mass) + lead_share * score``, a level holds by
    ``log(mass) + level_share * score``, where the mass is the items' own probability of it.
    Log-odds of an emergency and of a unit that is sent are ``bias + score_share * score +
    mass_share * logit(mass)``. From ``emergency_from`` on a call is an emergency, below
    ``emergency_below`` it is none, in between it is unsure. Below ``answer_from`` the category
    is not named.
    """

    temperature: float
    group_share: float
    lead_share: float
    level_share: float
    emergency: tuple[float, float, float]
    sent: tuple[float, float, float]
    emergency_from: float
    emergency_below: float
    answer_from: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A text's probabilities. ``scaled`` are the features' TF-IDF values by row of the weights."""

    items: Floats
    emergency: float
    lead: Floats
    sent: Floats
    level: Floats
    scaled: dict[int, float]


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns stand for. ``groups`` gives each item's group by number; the tables
    hold one row per item: who leads, who is sent, the default level, whether an emergency.
    ``living`` are the items that may be proposed. ``units`` begin with those learned."""

    codes: tuple[str, ...]
    groups: npt.NDArray[np.int64]
    units: tuple[str, ...]
    leads: Floats
    sends: Floats
    levels: Floats
    dangerous: Flags
    living: Flags


@dataclass(frozen=True, slots=True)
class Weights:
    """A linear model over named features: one row per feature, a block of columns per head."""

    version: str
    taxonomy_version: str
    codes: tuple[str, ...]
    groups: tuple[str, ...]
    units: tuple[str, ...]
    rows: dict[str, int]
    idf: Floats
    table: npt.NDArray[np.float16]
    bias: Floats
    widths: dict[str, int]
    calibration: Calibration

    def column(self, head: str) -> int:
        """The first column of a head."""
        return sum(self.widths[name] for name in HEADS[: HEADS.index(head)])

    def read(self, features: list[Feature], layout: Layout, shift: float = 0.0) -> Reading:
        """Apply the model; ``shift`` is added to the log-odds of an emergency."""
        counts: dict[int, int] = defaultdict(int)
        for feature in features:
            row = self.rows.get(feature.name)
            if row is not None:
                counts[row] += 1
        index = np.fromiter(counts, dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values: Floats = times
        norm = float(np.linalg.norm(values))
        if norm > 0:
            values = values / norm
        scores = values @ self.table[index].astype(np.float32) + self.bias
        parts: dict[str, Floats] = {}
        at = 0
        for head in HEADS:
            parts[head] = scores[None, at : at + self.widths[head]]
            at += self.widths[head]
        judged = judge(parts, layout, self.calibration, shift)
        scaled = dict(zip(counts, values.tolist(), strict=True))
        return Reading(
            items=judged["item"][0],
            emergency=float(judged[EMERGENCY][0, 0]),
            lead=judged["lead"][0],
            sent=judged["sent"][0],
            level=judged["level"][0],
            scaled=scaled,
        )


def layout_of(
    codes: Sequence[str], groups: Sequence[str], units: Sequence[str], taxonomy: Taxonomy
) -> Layout:
    """The layout of a model's columns under a taxonomy, be it edited since the training.

    ``groups`` are the learned groups by code. Items that the taxonomy does not hold are not
    proposed; unit kinds that it names and the model does not know are added at the end.
    """
    items = [taxonomy.items.get(code) for code in codes]
    named = sorted({unit for item in items if item for unit in item.units} - set(units))
    kinds = [*units, *named]
    leads = np.zeros((len(codes), len(kinds)), dtype=np.float32)
    sends = np.zeros((len(codes), len(kinds)), dtype=np.float32)
    levels = np.zeros((len(codes), len(LEVELS)), dtype=np.float32)
    for row, item in enumerate(items):
        if item is None:
            continue
        if item.lead:
            leads[row, kinds.index(item.lead)] = 1
        for unit in item.units:
            sends[row, kinds.index(unit)] = 1
        levels[row, LEVELS.index(item.level)] = 1
    order = sorted(set(groups))
    return Layout(
        codes=tuple(codes),
        groups=np.array([order.index(group) for group in groups]),
        units=tuple(kinds),
        leads=leads,
        sends=sends,
        levels=levels,
        dangerous=np.array([item is not None and item.emergency for item in items]),
        living=np.array([item is not None for item in items]) | (np.array(codes) == NOTHING),
    )


def judge(
    scores: dict[str, Floats], layout: Layout, calibration: Calibration, shift: float = 0.0
) -> dict[str, Floats]:
    """Probabilities of items, leading units, sent units, levels and emergency, row by row."""
    joined = scores["item"] + calibration.group_share * scores["group"][:, layout.groups]
    joined = np.where(layout.living, joined, np.float32(-100))
    items = softmax(joined * calibration.temperature)
    more = ((0, 0), (0, len(layout.units) - scores["lead"].shape[1]))
    leading = np.pad(scores["lead"], more, constant_values=0)
    sent = np.pad(scores["sent"], more, constant_values=0)
    lead = softmax(_log(items @ layout.leads) + calibration.lead_share * leading)
    level = softmax(_log(items @ layout.levels) + calibration.level_share * scores["level"])
    mass = items @ layout.dangerous.astype(np.float32)[:, None]
    return {
        "item": items,
        "lead": lead,
        "level": level,
        "sent": sigmoid(_linear(calibration.sent, sent, items @ layout.sends)),
        EMERGENCY: sigmoid(_linear(calibration.emergency, scores[EMERGENCY], mass) + shift),
    }


def pick_level(p: Floats) -> int:
    """The place of the level to propose: the most urgent one that ``LEVEL_FROM`` speaks for."""
    return int(np.flatnonzero(np.cumsum(p) >= LEVEL_FROM)[0])


def mixed(first: Reading, second: Reading, share: float) -> Reading:
    """Two hypotheses of the same words as one reading; the reasons stay those of the first."""

    def both(one: Floats, other: Floats) -> Floats:
        result: Floats = ((1 - share) * one + share * other).astype(np.float32)
        return result

    return Reading(
        items=both(first.items, second.items),
        emergency=(1 - share) * first.emergency + share * second.emergency,
        lead=both(first.lead, second.lead),
        sent=both(first.sent, second.sent),
        level=both(first.level, second.level),
        scaled=first.scaled,
    )


def careful(reading: Reading, confidence: float) -> Reading:
    """A reading of words that were heard with this confidence (0 to 1): flatter when low."""
    trust = 0.5 + 0.5 * min(max(confidence, 0.0), 1.0)
    flat = reading.items**trust
    return replace(
        reading,
        items=(flat / flat.sum()).astype(np.float32),
        emergency=0.5 + (reading.emergency - 0.5) * trust,
    )


def _linear(shares: tuple[float, float, float], scores: Floats, mass: Floats) -> Floats:
    bias, of_score, of_mass = shares
    result: Floats = bias + of_score * scores + of_mass * logits(mass)
    return result


def _log(mass: Floats) -> Floats:
    result: Floats = np.log(mass + 1e-4)
    return result


def softmax(scores: npt.NDArray[np.floating]) -> Floats:
    """Row-wise softmax."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Floats = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
    return result


def sigmoid(log_odds: npt.NDArray[np.floating]) -> Floats:
    """Probabilities of log-odds."""
    result: Floats = (1.0 / (1.0 + np.exp(-log_odds))).astype(np.float32)
    return result


def logits(p: npt.NDArray[np.floating]) -> Floats:
    """Log-odds of probabilities, bounded."""
    bounded = np.clip(p, 1e-3, 1 - 1e-3)
    result: Floats = np.log(bounded / (1 - bounded))
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
    np.savez(path, names=names, idf=weights.idf, table=weights.table, bias=weights.bias)
    digest = _digest(path)
    version = f"{weights.taxonomy_version}-{digest[:10]}"
    described = {
        "version": version,
        "sha256": digest,
        "taxonomy_version": weights.taxonomy_version,
        "codes": list(weights.codes),
        "groups": list(weights.groups),
        "units": list(weights.units),
        "widths": weights.widths,
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
        shares = dict(described["calibration"])
        for pair in ("emergency", "sent"):
            bias, of_score, of_mass = shares[pair]
            shares[pair] = (bias, of_score, of_mass)
        with np.load(path, allow_pickle=False) as held:
            names = held["names"].tobytes().decode().split("\n")
            weights = Weights(
                version=str(described["version"]),
                taxonomy_version=str(described["taxonomy_version"]),
                codes=tuple(described["codes"]),
                groups=tuple(described["groups"]),
                units=tuple(described["units"]),
                rows={name: row for row, name in enumerate(names)},
                idf=held["idf"],
                table=held["table"],
                bias=held["bias"],
                widths={head: int(described["widths"][head]) for head in HEADS},
                calibration=Calibration(**shares),
            )
    except (KeyError, TypeError, ValueError) as error:
        raise BadModel(f"{folder} is incomplete ({error}); {again}") from error
    if weights.table.shape != (len(weights.rows), sum(weights.widths.values())):
        raise BadModel(f"{folder} does not fit together; {again}")
    return weights


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

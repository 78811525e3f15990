"""Training rows: every utterance, and one misheard per scenario, with what is to be learned."""

from __future__ import annotations

import random
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.feature_extraction.text import CountVectorizer

from classifier.features import names
from classifier.matrix import Counts
from classifier.noise import noisy
from classifier.taxonomy import LEVELS, Taxonomy
from classifier.text import clean
from classifier.utterances import CORPUS, NOTHING, Frame, keywords, utterances

NOISE = 0.25  # share of characters misheard in the copies
KEYWORD_WEIGHT = 3.0
SAME_SCENARIO = 0.6  # lines that share this much of their character pairs are one scenario

Array = npt.NDArray[Any]


@dataclass(frozen=True, slots=True)
class Example:
    """What a caller said in ``call`` and what people made of it; learned beside the corpus.

    ``level`` empty, ``units`` and ``emergency`` ``None``: as the item's. The first of ``units``
    leads. ``weight`` is in corpus lines.
    """

    text: str
    code: str
    call: str
    level: str = ""
    units: tuple[str, ...] | None = None
    emergency: bool | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class Rows:
    """One row per text: its features, code, scenario ("" for keywords), whether misheard, whether
    of the corpus or an own call's, whether written to be hard, how much it counts, and as booleans
    per column its group, leading unit, sent units and level."""

    counts: Counts
    texts: list[str]
    codes: Array
    scenarios: Array
    misheard: Array
    written: Array
    edges: Array
    weights: Array
    targets: dict[str, Array]
    columns: dict[str, list[str]]

    @property
    def spoken(self) -> Array:
        """The rows that are sentences, not keywords."""
        return np.flatnonzero(self.scenarios != "")

    @property
    def keywords(self) -> Array:
        """The rows that are keywords."""
        return np.flatnonzero(self.scenarios == "")

    @property
    def told(self) -> Array:
        """Whether a row tells what a call is about."""
        held: Array = self.codes != NOTHING
        return held


def read_rows(
    variants: int,
    taxonomy: Taxonomy,
    corpus: Path = CORPUS,
    examples: Sequence[Example] = (),
) -> Rows:
    """All rows of a corpus and of ``examples``, the same on every run; raises ``ValueError`` for
    items that the taxonomy does not hold."""
    texts: list[str] = []
    codes: list[str] = []
    scenarios: list[str] = []
    misheard: list[bool] = []
    frames: list[Frame] = []

    def add(text: str, frame: Frame, heard: bool) -> None:
        texts.append(text)
        codes.append(frame.code)
        scenarios.append(frame.scenario)
        misheard.append(heard)
        frames.append(frame)

    made = utterances(corpus, variants)
    for utterance, after in zip_longest(made, made[1:]):
        text = clean(utterance.text)
        add(text, utterance.frame, False)
        if after is None or after.scenario != utterance.scenario:
            chance = random.Random(zlib.crc32(text.encode()))  # noqa: S311 - no secret
            add(noisy(text, NOISE, chance), utterance.frame, True)
    for code, phrase in keywords(corpus):
        add(clean(phrase), Frame(code, "", phrase), False)
    written = len(frames)
    scenarios = list(_joined(np.array(scenarios), frames))
    for example in examples:
        frame = Frame(example.code, f"call:{example.call}", example.text, level=example.level)
        add(clean(example.text), frame, False)
    named = {code for frame in frames for code in (frame.code, frame.also) if code}
    unknown = sorted(named - taxonomy.items.keys() - {NOTHING})
    if unknown:
        raise ValueError(f"the corpus speaks of items that the taxonomy does not hold: {unknown}")
    columns = {
        "item": sorted(set(codes)),
        "group": sorted({group_of(code, taxonomy) for code in codes}),
        "lead": sorted({unit for item in taxonomy.items.values() for unit in item.units}),
        "level": list(LEVELS),
        "emergency": ["emergency"],
    }
    columns["sent"] = columns["lead"]
    targets = _targets(frames, columns, taxonomy)
    for row, example in enumerate(examples, start=written):
        _correct(targets, columns, row, example)
    weights = [KEYWORD_WEIGHT if not scenario else 1.0 for scenario in scenarios[:written]]
    return Rows(
        counts=Counts.of(names(text) for text in texts),
        texts=texts,
        codes=np.array(codes),
        scenarios=np.array(scenarios),
        misheard=np.array(misheard),
        written=np.arange(len(frames)) < written,
        edges=np.array([frame.edge for frame in frames]),
        weights=np.array([*weights, *(example.weight for example in examples)]),
        targets=targets,
        columns=columns,
    )


def group_of(code: str, taxonomy: Taxonomy) -> str:
    """An item's group, "" for none."""
    item = taxonomy.items.get(code)
    return item.group if item else ""


def _targets(
    frames: list[Frame], columns: dict[str, list[str]], taxonomy: Taxonomy
) -> dict[str, Array]:
    places = {
        head: {name: column for column, name in enumerate(names)} for head, names in columns.items()
    }
    targets = {head: np.zeros((len(frames), len(c)), dtype=bool) for head, c in columns.items()}
    for row, frame in enumerate(frames):
        item = taxonomy.items.get(frame.code)
        targets["item"][row, places["item"][frame.code]] = True
        targets["group"][row, places["group"][group_of(frame.code, taxonomy)]] = True
        if item is None:
            continue
        if item.lead:
            targets["lead"][row, places["lead"][item.lead]] = True
        other = taxonomy.items.get(frame.also)
        sent = {*item.units, *frame.more, *(other.units if other else ())} - {*frame.less}
        for unit in sent:
            targets["sent"][row, places["sent"][unit]] = True
        targets["level"][row, LEVELS.index(frame.level or item.level)] = True
        urgent = item.emergency or (other is not None and other.emergency)
        targets["emergency"][row, 0] = urgent if frame.urgent is None else frame.urgent
    return targets


def _correct(
    targets: dict[str, Array], columns: dict[str, list[str]], row: int, example: Example
) -> None:
    """Set in a row what people chose otherwise than the item says."""
    if example.emergency is not None:
        targets["emergency"][row, 0] = example.emergency
    if example.units is not None:
        for head, units in (("lead", example.units[:1]), ("sent", example.units)):
            targets[head][row] = [name in units for name in columns[head]]


def _joined(scenarios: Array, frames: list[Frame]) -> Array:
    """Scenario ids with near-identical lines made one, so that they stay on one side."""
    lines = {frame.scenario: frame.text for frame in frames if frame.scenario}
    ids = list(lines)
    pairs = CountVectorizer(analyzer="char", ngram_range=(2, 2), binary=True, dtype=np.float32)
    matrix = pairs.fit_transform([lines[name] for name in ids])
    sizes = np.asarray(matrix.sum(axis=1)).ravel()
    shared = (matrix @ matrix.T).tocoo()
    alike = shared.data >= SAME_SCENARIO * np.minimum(sizes[shared.row], sizes[shared.col])
    first = {name: name for name in ids}

    def root(name: str) -> str:
        while first[name] != name:
            name = first[name]
        return name

    for one, other in zip(shared.row[alike], shared.col[alike], strict=True):
        if one < other:
            first[root(ids[other])] = root(ids[one])
    return np.array([root(name) if name else "" for name in scenarios])

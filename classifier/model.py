"""The classifier's face: text in, a suggestion with its reasons out."""

from __future__ import annotations

import logging
from collections import defaultdict
from copy import copy
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from classifier.features import Feature, located
from classifier.gazetteer import Gazetteer
from classifier.slots import find_slots
from classifier.taxonomy import LEVELS, Item, Taxonomy, load_taxonomy
from classifier.text import clean, has_chinese, is_han, keep_dictionary_in, words
from classifier.types import Choice, EmergencyLabel, Slots, Suggestion
from classifier.utterances import NOTHING
from classifier.weights import (
    BadModel,
    Reading,
    Weights,
    careful,
    layout_of,
    load,
    mixed,
    pick_level,
)

log = logging.getLogger(__name__)

SUREST = 0.99  # no probability is told as certain
SURE_CHARACTERS = 8  # of fewer Chinese characters nothing is told to be sure
UNIT_FROM = 0.3  # units less likely than this are not named
LED_FROM = 0.1  # a leader is named when items with a leader are at least this likely
OTHER_SHARE = 0.35  # of the recogniser's second hypothesis
MASKED_FROM = 0.55  # an address at least this sure does not speak for a category
MOST_REASONS = 3
MANY_HURT = 3  # from this number of people on, level one
DIALLED_SHIFT = {"110": 0.4, "96345": -0.4}  # log-odds of an emergency by the number called
_WEAK_WORDS = frozenset(
    "的了是我你他在有就也都还着啊呢吗吧呀哦喂那这个说要来去和快点一下我们你们他们你好怎么".strip()
)


class Classifier:
    """Suggests emergency, level, category, units and slots for what a caller said so far.

    Immutable after ``load``; ``suggest`` may be called from several threads at once.
    """

    def __init__(self, weights: Weights, taxonomy: Taxonomy, gazetteer: Gazetteer) -> None:
        self.version = weights.version
        self.gazetteer = gazetteer
        self._weights = weights
        self._items = dict(taxonomy.items)
        self._layout = layout_of(weights.codes, weights.groups, weights.units, taxonomy)
        self._real = np.array([code in self._items for code in weights.codes])

    @classmethod
    def load(
        cls, model_dir: Path, gazetteer: Path | None = None, taxonomy: Taxonomy | None = None
    ) -> Classifier:
        """Read a trained model folder and, where given, a gazetteer CSV and a site's taxonomy.

        Items that the taxonomy does not hold are never proposed, items that the model has not
        learned neither. The dictionary's cache is kept in the model folder. Raises ``BadModel``
        for a folder that is missing, altered or shares no item with the taxonomy. A gazetteer's
        bad rows are logged by file and line and left out.
        """
        weights = load(model_dir)
        taxonomy = taxonomy or load_taxonomy()
        if not set(weights.codes) & set(taxonomy.items):
            raise BadModel(
                f"{model_dir} was trained for another taxonomy; "
                f"run: python -m classifier train --out {model_dir}"
            )
        keep_dictionary_in(model_dir)
        names = Gazetteer.read(gazetteer) if gazetteer else Gazetteer()
        for problem in names.problems[:20]:
            log.warning("gazetteer: %s", problem)
        if len(names.problems) > 20:
            log.warning("gazetteer: %d further rows left out", len(names.problems) - 20)
        loaded = cls(weights, taxonomy, names)
        loaded.suggest("喂，着火了")  # reads dictionary and concepts now, not during a call
        loaded.suggest("庆元县新建路1号")  # reads the names of the regions
        return loaded

    def with_gazetteer(self, gazetteer: Gazetteer) -> Classifier:
        """The same model with other names, sharing the weights: a site's new table is read
        with ``Gazetteer.read`` in a thread and taken in without a restart."""
        other = copy(self)
        other.gazetteer = gazetteer
        return other

    def with_taxonomy(self, taxonomy: Taxonomy) -> Classifier:
        """The same model under an edited taxonomy, sharing the weights. Raises ``BadModel`` where
        they have no item in common."""
        if not set(self._weights.codes) & set(taxonomy.items):
            raise BadModel("the model and the taxonomy have no item in common")
        return Classifier(self._weights, taxonomy, self.gazetteer)

    @property
    def learned(self) -> frozenset[str]:
        """The codes that the model has learned, be they in the taxonomy or not."""
        return frozenset(self._weights.codes) - {NOTHING}

    @property
    def emergency_from(self) -> float:
        """The probability from which on a call is told to be an emergency."""
        return self._weights.calibration.emergency_from

    def with_dial(self, emergency_from: float | None) -> Classifier:
        """The same model that tells an emergency from another probability on (0 to 1), sharing
        the weights; ``None`` for no change. What is told to be none is at most that likely."""
        if emergency_from is None:
            return self
        held = self._weights.calibration
        below = min(held.emergency_below, emergency_from)
        dial = replace(held, emergency_from=emergency_from, emergency_below=below)
        other = copy(self)
        other._weights = replace(self._weights, calibration=dial)
        return other

    def unknown(self, text: str) -> float | None:
        """The share of the Chinese words of ``text`` that the model never met; ``None`` for a
        text without any. Names of places count as words."""
        found = [f.name for f in located(clean(text)) if f.name[:2] == "w:" and has_chinese(f.name)]
        if not found:
            return None
        return sum(name not in self._weights.rows for name in found) / len(found)

    def categories(self) -> tuple[Item, ...]:
        """The taxonomy's items in their file's order."""
        return tuple(self._items.values())

    def suggest(
        self,
        text: str,
        dialled: str = "",
        confidence: float | None = None,
        other: str = "",
    ) -> Suggestion:
        """A suggestion for everything the caller said so far, finished or not.

        ``dialled`` is the number called, ``confidence`` the recogniser's (0 to 1), which
        makes every probability more careful when low, ``other`` a second hypothesis of the
        same words, which counts for ``OTHER_SHARE``. Never raises on any text.
        """
        said = clean(text)
        slots, spans = find_slots(said, self.gazetteer) if has_chinese(said) else (Slots(), ())
        if slots.address and slots.address.p < MASKED_FROM:
            spans = tuple(s for s in spans if said[s[0] : s[1]] not in slots.address.source)
        plain = _masked(said, spans)
        features = located(plain) if sum(map(is_han, plain)) > 1 else []
        shift = DIALLED_SHIFT.get(dialled, 0.0) if features else 0.0
        reading = self._weights.read(features, self._layout, shift)
        if not reading.scaled:
            return self._nothing(slots)
        if other and has_chinese(other):
            second = self._weights.read(located(clean(other)), self._layout, shift)
            reading = mixed(reading, second, OTHER_SHARE)
        if confidence is not None:
            reading = careful(reading, confidence)
        probabilities = reading.items
        top = int(probabilities.argmax())
        code = self._weights.codes[top]
        if code == NOTHING:
            return self._nothing(slots, self._best(probabilities, least=0.1))
        item = self._items[code]
        p = float(probabilities[top])
        calibration = self._weights.calibration
        abstain = p < calibration.answer_from
        chosen = Choice(item.name, _shown(p), code)
        label = self._label(reading.emergency)
        named = self._best(probabilities)
        vague = abstain and label != "emergency"
        return Suggestion(
            emergency=label,
            emergency_p=_shown(reading.emergency),
            level="" if vague else _level(LEVELS[pick_level(reading.level)], label, slots),
            category=None if abstain else chosen,
            alternatives=tuple(named[:2] if abstain else named[1:3]),
            units=self._units(reading, slots, item.emergency),
            abstain=abstain,
            reasons=self._reasons(plain, features, reading.scaled, top, label),
            slots=slots,
            model_version=self.version,
            sure=_shown(p) >= SUREST
            and label != "unsure"
            and sum(map(is_han, plain)) >= SURE_CHARACTERS,
        )

    def _nothing(self, slots: Slots, alternatives: tuple[Choice, ...] = ()) -> Suggestion:
        """Nothing has been said yet that tells what the call is about."""
        return Suggestion(
            emergency="unsure",
            emergency_p=0.5,
            level="",
            category=None,
            alternatives=alternatives[:2],
            units=(),
            abstain=True,
            reasons=(),
            slots=slots,
            model_version=self.version,
        )

    def _best(
        self, probabilities: npt.NDArray[np.float32], least: float = 0.0
    ) -> tuple[Choice, ...]:
        order = np.argsort(-probabilities * self._real, kind="stable")[:3]
        return tuple(
            Choice(
                self._items[self._weights.codes[i]].name,
                _shown(float(probabilities[i])),
                self._weights.codes[i],
            )
            for i in order
            if self._real[i] and probabilities[i] >= least
        )

    def _label(self, p: float) -> EmergencyLabel:
        calibration = self._weights.calibration
        if p >= calibration.emergency_from:
            return "emergency"
        return "non_emergency" if p < calibration.emergency_below else "unsure"

    def _units(self, reading: Reading, slots: Slots, emergency: bool) -> tuple[Choice, ...]:
        """Unit kinds, the likeliest lead first, then by how likely each is sent."""
        kinds = self._layout.units
        p = {kind: float(value) for kind, value in zip(kinds, reading.sent, strict=True)}
        if emergency and slots.injured and slots.injured.value:
            p["医疗急救"] = max(p["医疗急救"], slots.injured.p)
        if emergency and slots.trapped and slots.trapped.value:
            p["消防"] = max(p["消防"], slots.trapped.p)
        led = float((reading.items @ self._layout.leads).sum())
        leader = kinds[int(reading.lead.argmax())] if led > LED_FROM else ""
        if leader:
            p[leader] = max(p[leader], float(reading.lead.max()) * led)
        ranked = sorted(p, key=lambda kind: (kind != leader, -p[kind]))
        return tuple(
            Choice(kind, _shown(p[kind]))
            for kind in ranked
            if p[kind] >= UNIT_FROM or (kind == leader and p[kind] >= UNIT_FROM / 2)
        )

    def _reasons(
        self,
        text: str,
        features: list[Feature],
        scaled: dict[int, float],
        column: int,
        label: EmergencyLabel,
    ) -> tuple[str, ...]:
        """The caller's own words that carried the category, in the order they were said."""
        weights = self._weights
        counts: dict[int, int] = defaultdict(int)
        for feature in features:
            row = weights.rows.get(feature.name)
            if row is not None:
                counts[row] += 1
        carried = np.zeros(len(text) + 1)
        group = weights.column("group") + int(self._layout.groups[column])
        alarm = weights.column("emergency")
        for feature in features:
            row = weights.rows.get(feature.name)
            if row is None:
                continue
            push = float(weights.table[row, column])
            push += weights.calibration.group_share * float(weights.table[row, group])
            if label == "emergency":
                push += 0.5 * float(weights.table[row, alarm])
            share = scaled[row] * push / counts[row]
            carried[feature.start : feature.end] += share / (feature.end - feature.start)
        return _phrases(text, carried)


def _shown(p: float) -> float:
    """A probability as it is told: never certain."""
    return round(min(max(p, 1 - SUREST), SUREST), 3)


def _masked(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    """``text`` with the spans as commas, so that positions stay and names say nothing."""
    characters = list(text)
    for start, end in spans:
        characters[start:end] = "，" * (end - start)
    return "".join(characters)


def _phrases(text: str, carried: npt.NDArray[np.float64]) -> tuple[str, ...]:
    """Neighbouring words with a clear positive share, joined; the strongest few."""
    cut = [
        (word, start, end, float(carried[start:end].sum()))
        for word, start, end in words(text)
        if has_chinese(word)
    ]
    strong = max((push for *_, push in cut), default=0.0)
    if strong <= 0:
        return ()
    phrases: list[tuple[int, int, float]] = []
    for word, start, end, push in cut:
        if push < 0.3 * strong or (word in _WEAK_WORDS and push < 0.6 * strong):
            continue
        if phrases and phrases[-1][1] == start and end - phrases[-1][0] <= 10:
            phrases[-1] = (phrases[-1][0], end, phrases[-1][2] + push)
        else:
            phrases.append((start, end, push))
    best = sorted(phrases, key=lambda phrase: -phrase[2])[:MOST_REASONS]
    return tuple(dict.fromkeys(text[start:end] for start, end, _ in sorted(best)))


def _level(level: str, label: EmergencyLabel, slots: Slots) -> str:
    """The level, raised when people are trapped or hurt in an emergency."""
    if label != "emergency":
        return level
    if slots.trapped and slots.trapped.value:
        return LEVELS[0]
    if slots.injured and slots.injured.value:
        many = slots.injured.value >= MANY_HURT
        return LEVELS[0] if many else min(level, LEVELS[1], key=LEVELS.index)
    return level


__all__ = ["BadModel", "Classifier"]

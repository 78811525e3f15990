"""What a site adds to the model's grammar: local names, numbers behind them, callers' phrases.

All of it hangs on the grammar's unigram state, to which every history backs off. A name may
begin there or where callers' sentences say ``<place>``; behind it come numbers with their unit
(12栋 3单元 502室), said as a value or digit by digit, or the sentence goes on.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from asr.localnames import Said
from asr.ngrams import BEGIN, History, NGrams
from asr.vocabulary import Vocabulary

log = logging.getLogger(__name__)

PLACE, NUMBER, PHONE = "<place>", "<number>", "<phone>"
CLASSES = (PLACE, NUMBER, PHONE)
DIGITS = "零一二三四五六七八九"
SPELT = "零幺一二三四五六七八九"
HUNDREDS = "一二两三四五六七八九"
UNITS: Mapping[str, float] = {
    "号": 0.9, "栋": 1.1, "幢": 1.1, "单元": 0.9, "楼": 1.4, "室": 0.9, "号楼": 1.4, "弄": 1.6,
    "层": 3.5, "座": 2.5, "组": 3.0, "公里": 2.5, "房间": 3.0, "米": 4.0, "门牌": 4.5,
}  # fmt: skip
SUMS: Mapping[str, float] = {"元": 1.5, "块钱": 1.5, "块": 4.0, "岁": 2.5, "天": 4.0}
LONGEST_PHONE = 11
WHOLE_PHONES = (7, 8, 11)


@dataclass(frozen=True, slots=True)
class Costs:
    """Negative natural logarithms, tuned on the dev half of ``benchmarks/speech_calls.txt``."""

    name: float = 7.0  # a name anywhere; a rather rare word of the model costs as much
    name_next: float = 0.5
    leave_name: float = 0.7
    another_name: float = 2.5  # 松源街道 南苑小区
    house: float = 1.0  # a number straight behind a name
    house_next: float = 0.5  # 12栋 3单元
    leave_house: float = 3.0  # a number behind a name without its unit
    number: float = 8.0  # a number with its unit anywhere
    callers: float = 2.0  # to begin a callers' phrase
    stay: float = 0.0  # in callers' words when a phrase is not known further
    leave_callers: float = 1.0


@dataclass(frozen=True, slots=True)
class Arc:
    """An arc of the grammar; ``word`` is empty for an epsilon."""

    start: int
    end: int
    word: str
    cost: float


@dataclass(frozen=True, slots=True)
class Base:
    """States of the model's grammar: where it begins, the one without history, the first
    number that no state has."""

    start: int
    unigram: int
    first_free: int


class SiteGrammar:
    """Collects the arcs to add to a model's grammar; ``written`` says of each name that is said
    with stand-ins what it is written as."""

    def __init__(self, vocabulary: Vocabulary, base: Base, costs: Costs | None = None) -> None:
        self.arcs: list[Arc] = []
        self.written: dict[Said, str] = {}
        self._vocabulary = vocabulary
        self._base = base
        self._costs = costs or Costs()
        self._free = base.first_free
        self._place, self._behind, self._unit = self._state(), self._state(), self._state()
        self._number_at_name, self._phone = self._state(), self._state()

    def add(self, names: Iterable[str], sentences: Sequence[str] = ()) -> None:
        """Add names, numbers and sentences (with ``CLASSES`` in them); call it once."""
        self._add_numbers()
        self._add_phones()
        self._add_names(names)
        told = NGrams(filter(None, map(self._words_of, sentences)))
        states = self._add_sentences(told) if told else {}
        costs = self._costs
        on = states.get((PLACE,), self._base.unigram)
        self._arc(self._behind, on, "", costs.leave_name)
        self._arc(self._unit, on, "", costs.leave_name)
        self._arc(self._behind, self._place, "", costs.another_name)
        self._arc(self._behind, self._number_at_name, "", costs.house)
        self._arc(self._unit, self._number_at_name, "", costs.house_next)

    def _state(self) -> int:
        self._free += 1
        return self._free - 1

    def _arc(self, start: int, end: int, word: str, cost: float) -> None:
        self.arcs.append(Arc(start, end, word, round(cost, 4)))

    def _path(self, start: int, words: Said, cost: float, end: int) -> None:
        """``words`` in a row, the first at ``cost``, the others at hardly any."""
        for position, word in enumerate(words):
            to = end if position == len(words) - 1 else self._state()
            self._arc(start, to, word, self._costs.name_next if position else cost)
            start = to

    def _add_names(self, names: Iterable[str]) -> None:
        said = {name: self._vocabulary.split(name) for name in names}
        tree: dict[tuple[int, str, bool], int] = {}
        for words in said.values():
            at = self._place
            for position, word in enumerate(words):
                last = position == len(words) - 1
                key = (at, word, last)
                if key not in tree:
                    tree[key] = self._behind if last else self._state()
                    cost = self._costs.name_next if position else 0.0
                    self._arc(at, tree[key], word, cost)
                    if not position:
                        self._arc(self._base.unigram, tree[key], word, self._costs.name)
                at = tree[key]
        if unsaid := sum(not words for words in said.values()):
            log.warning("%d local names cannot be said with this model", unsaid)
        self.written = _written(said)

    def _add_numbers(self) -> None:
        """Behind a name a number may stand alone; anywhere else it needs its unit."""
        bare, needing = self._state(), self._state()
        self._number(self._number_at_name, bare, 0.0)
        thousand = self._number(self._base.unigram, needing, self._costs.number)
        self._arc(bare, self._unit, "", self._costs.leave_house)
        for unit, cost in UNITS.items():
            for state in (bare, needing):
                self._path(state, self._vocabulary.exact(unit), cost, self._unit)
        exact, large, left = self._vocabulary.exact, self._state(), self._state()
        for value in range(1, 100):  # 三万, 两万六千八
            words = [f"{said}万" for said in {say_number(value), say_number(value, "两")}]
            for word in sorted(words):
                self._path(self._base.unigram, exact(word), self._costs.number + 5.0, large)
        self._arc(large, needing, "", 1.0)
        for digit in HUNDREDS:
            self._path(large, exact(f"{digit}千"), 2.5, thousand)
        for unit, cost in SUMS.items():
            self._path(needing, exact(unit), cost, left)
        self._arc(left, self._base.unigram, "", 0.0)

    def _number(self, start: int, end: int, cost: float) -> int:
        """1 to 9999 as a value, and three or four digits one by one; returns the state behind
        a thousand."""
        exact = self._vocabulary.exact
        hundred, hundred_zero = self._state(), self._state()
        thousand, thousand_zero = self._state(), self._state()
        for value in range(1, 100):
            self._path(start, exact(say_number(value)), cost + (2.2 if value < 10 else 3.6), end)
            self._path(thousand_zero, exact(say_number(value)), 2.2, end)
            if value > 9:
                tens = say_number(value) if value > 19 else f"一{say_number(value)}"
                self._path(hundred, exact(tens), 3.6, end)
        for digit in DIGITS[1:]:
            self._path(hundred, exact(digit), 4.0, end)
            self._path(hundred_zero, exact(digit), 2.2, end)
        for digit in HUNDREDS:
            self._path(start, exact(f"{digit}百"), cost + 4.0, hundred)
            self._path(start, exact(f"{digit}千"), cost + 6.0, thousand)
            self._path(thousand, exact(f"{digit}百"), 2.2, hundred)
        for digit in HUNDREDS:  # 一千五, 一千五百
            self._path(thousand, exact(digit), 4.0, end)
        self._arc(hundred, end, "", 1.5)
        self._arc(thousand, end, "", 1.5)
        self._path(hundred, exact("零"), 1.0, hundred_zero)
        self._path(thousand, exact("零"), 1.0, thousand_zero)
        at = start
        for place in range(4):
            to = self._state()
            for digit in SPELT:
                self._path(at, exact(digit), cost + 3.2 if not place else 2.0, to)
            if place >= 2:
                self._arc(to, end, "", 0.7)
            at = to
        return thousand

    def _add_phones(self) -> None:
        """Up to eleven digits one by one, reached where callers' sentences say ``<phone>``."""
        at = self._phone
        for count in range(1, LONGEST_PHONE + 1):
            to = self._state()
            for digit in SPELT:
                self._path(at, self._vocabulary.exact(digit), 2.0, to)
            if count >= 3:
                cost = 0.1 if count in WHOLE_PHONES else 2.5
                self._arc(to, self._base.unigram, "", cost)
            at = to

    def _words_of(self, sentence: str) -> Said:
        """A sentence as the model would write it, its classes kept; empty where it cannot."""
        words: list[str] = []
        for piece in _pieces(sentence):
            found = (piece,) if piece in CLASSES else self._vocabulary.likely(piece)
            if not found:
                return ()
            words += found
        return tuple(words)

    def _add_sentences(self, told: NGrams) -> dict[History, int]:
        """A state for every history of callers' words; returns them."""
        costs = self._costs
        states = {history: self._state() for history in told.histories()}
        classes = {PLACE: self._place, NUMBER: self._number_at_name, PHONE: self._phone}
        for history, state in states.items():
            for word, cost in told.following(history):
                if word in classes:
                    if history:
                        self._arc(state, classes[word], "", cost)
                    continue
                to = states[told.remembered((*history, word))]
                self._arc(state, to, word, cost)
                if not history:
                    self._arc(self._base.unigram, to, word, cost + costs.callers)
            if history:
                shorter = states[told.remembered(history[1:])]
                self._arc(state, shorter, "", told.backing_off(history) + costs.stay)
        self._arc(states[()], self._base.unigram, "", costs.leave_callers)
        if (BEGIN,) in states:
            self._arc(self._base.start, states[(BEGIN,)], "", costs.callers)
        return states


def _pieces(sentence: str) -> list[str]:
    """A sentence cut at its classes and at whatever is no Chinese character."""
    pieces, word = [], ""
    at = 0
    while at < len(sentence):
        found = next((name for name in CLASSES if sentence.startswith(name, at)), "")
        char = sentence[at]
        if not found and "\u4e00" <= char <= "\u9fff":
            word += char
        elif word:
            pieces.append(word)
            word = ""
        if found:
            pieces.append(found)
        at += len(found) or 1
    return [*pieces, word] if word else pieces


def say_number(value: int, two: str = "二") -> str:
    """1 to 999 as one says it: 十二, 一百零五, 二百三十; ``two`` is what 2 alone is called."""
    if value == 2:
        return two
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{DIGITS[tens]}十"
    elif ones and hundreds:
        text += "零"
    return text + (DIGITS[ones] if ones else "")


def _written(said: dict[str, Said]) -> dict[Said, str]:
    """What each name that is said with stand-ins is written as; of names that are said alike
    the one without stand-ins, else the first."""
    plain = {words for name, words in said.items() if "".join(words) == name}
    written: dict[Said, str] = {}
    for name, words in said.items():
        if words and words not in plain:
            written.setdefault(words, name)
    return written

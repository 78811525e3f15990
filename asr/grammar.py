"""What a site adds to the model's grammar: its local names, and the house numbers behind them."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass

from pypinyin import Style, lazy_pinyin, pinyin

from asr.localnames import Said

log = logging.getLogger(__name__)

# Costs are negative natural logarithms. A first word of a name costs what a rather rare word
# of the model costs, so that common words still win where both fit the sound.
NAME_COST = 7.0
NAME_NEXT_COST = 0.5
LEAVE_NAME_COST = 0.7
HOUSE_COST = 3.0
LARGE_HOUSE_COST = 4.0
HOUSE_UNIT_COST = 0.7
LEAVE_HOUSE_COST = 3.0
NEXT_COST = 0.3
LARGEST_HOUSE = 300
HOUSE_UNITS = ("栋", "幢", "号", "号楼", "单元", "楼", "室", "层", "弄", "公里")
DIGITS = "零一二三四五六七八九"
LONGEST_WORD = 8
STAND_IN_PRICE = 1_000  # more than any number of real words


@dataclass(frozen=True, slots=True)
class Arc:
    """An arc of the grammar; ``word`` is empty for an epsilon."""

    start: int
    end: int
    word: str
    cost: float


class Vocabulary:
    """The model's words, and how a text is said with them."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._alike: dict[str, str] = {}
        single = [word for word in self._words if len(word) == 1 and "\u4e00" <= word <= "\u9fff"]
        # A character that is read in one way only is surely said as meant.
        for word in sorted(single, key=lambda word: (_readings(word), word)):
            self._alike.setdefault(_sound(word), word)

    def split(self, text: str) -> Said:
        """``text`` in the fewest words; a character without one gives place to one that sounds
        the same. Empty where that cannot be."""
        best: list[tuple[int, Said] | None] = [(0, ())]
        for end in range(1, len(text) + 1):
            found: list[tuple[int, Said]] = []
            for start in range(max(0, end - LONGEST_WORD), end):
                before, piece = best[start], text[start:end]
                word = self._word(piece)
                if before is not None and word:
                    price = 1 if word == piece else STAND_IN_PRICE
                    found.append((before[0] + price, (*before[1], word)))
            best.append(min(found) if found else None)
        whole = best[-1]
        return whole[1] if whole else ()

    def exact(self, text: str) -> Said:
        """``text`` in the fewest words without stand-ins; empty where that cannot be."""
        words = self.split(text)
        return words if "".join(words) == text else ()

    def _word(self, piece: str) -> str:
        if piece in self._words:
            return piece
        return self._alike.get(_sound(piece), "") if len(piece) == 1 else ""


def _sound(character: str) -> str:
    return str(lazy_pinyin(character, style=Style.TONE3)[0])


def _readings(character: str) -> int:
    return len(pinyin(character, style=Style.TONE3, heteronym=True)[0])


def say_number(value: int) -> str:
    """1 to 999 as one says it: 十二, 一百零五, 二百三十."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{DIGITS[tens]}十"
    elif ones and hundreds:
        text += "零"
    return text + (DIGITS[ones] if ones else "")


def local_arcs(
    names: Iterable[str], vocabulary: Vocabulary, unigram: int, first_free: int
) -> tuple[list[Arc], dict[Said, str]]:
    """The arcs to add, and of each name said with stand-ins what it is written as.

    ``unigram`` is the grammar's state without history, ``first_free`` the first number that
    no state has. Names begin at ``unigram``, share their beginnings, and end in a state from
    which house numbers go on or an epsilon leads back.
    """
    behind, numbered = first_free, first_free + 1
    free = first_free + 2
    arcs = [
        Arc(behind, unigram, "", LEAVE_NAME_COST),
        Arc(numbered, unigram, "", LEAVE_HOUSE_COST),
    ]
    known: dict[tuple[int, str, bool], int] = {}

    def add(start: int, words: Said, cost: float, next_cost: float, end: int) -> None:
        nonlocal free
        at = start
        for position, word in enumerate(words):
            last = position == len(words) - 1
            key = (at, word, last)
            if key not in known:
                known[key] = end if last else free
                free += 0 if last else 1
                arcs.append(Arc(at, known[key], word, next_cost if position else cost))
            at = known[key]

    said = {name: vocabulary.split(name) for name in names}
    for words in said.values():
        add(unigram, words, NAME_COST, NAME_NEXT_COST, behind)
    for value in range(1, LARGEST_HOUSE):
        words = vocabulary.exact(say_number(value))
        add(behind, words, HOUSE_COST if value < 100 else LARGE_HOUSE_COST, NEXT_COST, numbered)
    for unit in HOUSE_UNITS:
        add(numbered, vocabulary.exact(unit), HOUSE_UNIT_COST, NEXT_COST, behind)
    if unsaid := sum(not words for words in said.values()):
        log.warning("%d local names cannot be said with this model", unsaid)
    return arcs, _written(said)


def _written(said: dict[str, Said]) -> dict[Said, str]:
    """What each name that is said with stand-ins is written as; of names that are said alike
    the one without stand-ins, else the first."""
    plain = {words for name, words in said.items() if "".join(words) == name}
    written: dict[Said, str] = {}
    for name, words in said.items():
        if words and words not in plain:
            written.setdefault(words, name)
    return written

"""Features that survive recognition errors: words, characters and pinyin syllables."""

from __future__ import annotations

import re
from typing import NamedTuple

from classifier.text import folded, syllables, words

_NUMBER = re.compile(r"[0-9]+|[零一二三四五六七八九十百千两]{2,}")
_SILENT = frozenset("，。、！？；：“”‘’（）《》…—~·.-()[]<>/\\\"' \n")
_BREAK = "|"


class Feature(NamedTuple):
    """A feature's name and the characters it was read from."""

    name: str
    start: int
    end: int


def located(text: str) -> list[Feature]:
    """All features of a cleaned text with their places.

    ``w:`` words, ``b:`` word pairs, ``c:`` character 1- to 3-grams, ``p:`` syllable 1- to
    3-grams, ``f:`` near-sound syllable 2- and 3-grams. N-grams never cross punctuation;
    numbers count as one word ``0``.
    """
    found: list[Feature] = []
    units: list[tuple[str, str, str, int]] = []  # character, syllable, folded, position
    before = ""
    before_start = 0
    for word, start, end in words(text):
        if word in _SILENT:
            units.append((_BREAK, _BREAK, _BREAK, start))
            before = ""
            continue
        plain = "0" if _NUMBER.fullmatch(word) else word.lower()
        found.append(Feature(f"w:{plain}", start, end))
        if before:
            found.append(Feature(f"b:{before} {plain}", before_start, end))
        before, before_start = plain, start
        if plain == "0":
            units.append(("0", "0", "0", start))
            continue
        for offset, (ch, syllable) in enumerate(zip(plain, syllables(plain), strict=False)):
            units.append((ch, syllable, folded(syllable), start + offset))
    count = len(units)
    for at in range(count):
        ch, syllable, near, start = units[at]
        if ch == _BREAK:
            continue
        found.append(Feature(f"c:{ch}", start, start + 1))
        found.append(Feature(f"p:{syllable}", start, start + 1))
        for step in (1, 2):
            if at + step >= count or units[at + step][0] == _BREAK:
                break
            next_ch, next_syllable, next_near, last = units[at + step]
            ch += next_ch
            syllable += " " + next_syllable
            near += " " + next_near
            found.append(Feature(f"c:{ch}", start, last + 1))
            found.append(Feature(f"p:{syllable}", start, last + 1))
            found.append(Feature(f"f:{near}", start, last + 1))
    return found


def names(text: str) -> list[str]:
    """The feature names of a cleaned text: the analyzer of the vectorizer."""
    return [feature.name for feature in located(text)]

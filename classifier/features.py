"""Features that survive recognition errors: words, characters, pinyin syllables, concepts."""

from __future__ import annotations

import re
from typing import NamedTuple

from classifier.concepts import concepts
from classifier.text import folded, syllables, words

CONCEPT_WEIGHT = 2.0  # of concepts beside other features
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

    ``w:`` words, ``c:`` character 1- and 2-grams, ``p:`` syllable 1- and 2-grams, ``f:``
    near-sound syllable 2-grams, ``k:`` and ``y:`` concepts by characters and by sound.
    N-grams never cross punctuation; numbers count as one word ``0``.
    """
    found: list[Feature] = []
    units: list[tuple[str, str, str, int]] = []  # character, syllable, folded, position
    sounds: list[str] = [_BREAK] * len(text)
    for word, start, end in words(text):
        if word in _SILENT:
            units.append((_BREAK, _BREAK, _BREAK, start))
            continue
        plain = "0" if _NUMBER.fullmatch(word) else word.lower()
        found.append(Feature(f"w:{plain}", start, end))
        if plain == "0":
            units.append(("0", "0", "0", start))
            continue
        for offset, (ch, syllable) in enumerate(zip(plain, syllables(plain), strict=False)):
            near = folded(syllable)
            units.append((ch, syllable, near, start + offset))
            if start + offset < end:
                sounds[start + offset] = near
    for at, (ch, syllable, near, start) in enumerate(units):
        if ch == _BREAK:
            continue
        found.append(Feature(f"c:{ch}", start, start + 1))
        found.append(Feature(f"p:{syllable}", start, start + 1))
        if at + 1 == len(units) or units[at + 1][0] == _BREAK:
            continue
        next_ch, next_syllable, next_near, last = units[at + 1]
        found.append(Feature(f"c:{ch}{next_ch}", start, last + 1))
        found.append(Feature(f"p:{syllable} {next_syllable}", start, last + 1))
        found.append(Feature(f"f:{near} {next_near}", start, last + 1))
    found.extend(Feature(*place) for place in concepts().find(text.lower(), sounds))
    return found


def weight(name: str) -> float:
    """How much a feature counts beside its TF-IDF value."""
    return CONCEPT_WEIGHT if name[:2] in ("k:", "y:") else 1.0


def names(text: str) -> list[str]:
    """The feature names of a cleaned text."""
    return [feature.name for feature in located(text)]

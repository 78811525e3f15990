"""What a text is about, as terms to compare texts by: words with synonyms made one, and sounds."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

from classifier.text import clean, folded, has_chinese, is_han, syllables, words

SOUND = "♪"  # begins a term that is a pair of syllables


def terms_of(text: str) -> Counter[str]:
    """Words with synonyms made one, and pairs of syllables."""
    said = _as_one(clean(text))
    terms: Counter[str] = Counter()
    line: list[str] = []
    for word, _, _ in words(said):
        if not has_chinese(word) and not word.isalnum():
            line.append("")
            continue
        if word not in _stop_words():
            terms[word.lower()] += 1
        line.extend(folded(s) for s in syllables(word) if s and is_han(word[0]))
    for first, second in pairwise(line):
        if first and second:
            terms[f"{SOUND}{first} {second}"] += 1
    return terms


@cache
def _table() -> dict[str, object]:
    path = Path(__file__).with_name("synonyms.toml")
    return tomllib.loads(path.read_text(encoding="utf-8"))


@cache
def _stop_words() -> frozenset[str]:
    return frozenset(_strings(_table()["stop"]))


@cache
def _one_for() -> dict[str, str]:
    groups = _table()["same"]
    if not isinstance(groups, list):
        raise ValueError("synonyms.toml: 'same' must be a list of lists")
    return {word: _strings(group)[0] for group in groups for word in _strings(group)}


@cache
def _synonym() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, sorted(_one_for(), key=len, reverse=True))))


def _as_one(text: str) -> str:
    return _synonym().sub(lambda match: _one_for()[match.group()], text)


def _strings(value: object) -> list[str]:
    if not isinstance(value, Iterable) or isinstance(value, str):
        raise ValueError("synonyms.toml: a list of words is missing")
    return [str(one) for one in value]

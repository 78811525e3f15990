"""Recognition errors made on purpose: near-sounding words and dropped characters.

Words are swapped for other words of the same or nearly the same pinyin, as a recogniser's
language model would, so that models learn from what they will be given.
"""

from __future__ import annotations

import random
from collections import defaultdict
from functools import cache

from pypinyin import Style
from pypinyin.constants import PINYIN_DICT
from pypinyin.style import convert

from classifier.text import folded, frequencies, is_han, words

_COMMON = 60  # how often a word must occur in jieba's dictionary to be heard by mistake
_MOST = 12
_DROPPED = 0.15
_NEAR = 0.25


@cache
def _reading(ch: str) -> str:
    marked = PINYIN_DICT.get(ord(ch), "").split(",")[0]
    return str(convert(marked, Style.NORMAL, strict=False)) if marked else ch


def _key(word: str) -> str:
    return " ".join(_reading(ch) for ch in word)


def _near_key(word: str) -> str:
    return " ".join(folded(_reading(ch)) for ch in word)


@cache
def _sounds() -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Common words by exact and by near sound, most frequent first."""
    ranked = sorted(
        (
            (count, word)
            for word, count in frequencies().items()
            if count >= _COMMON * (10 if len(word) == 1 else 1)
            and len(word) <= 2
            and all(is_han(ch) for ch in word)
        ),
        reverse=True,
    )
    same: dict[str, list[str]] = defaultdict(list)
    near: dict[str, list[str]] = defaultdict(list)
    for _, word in ranked:
        if len(same[_key(word)]) < _MOST:
            same[_key(word)].append(word)
        if len(near[_near_key(word)]) < 2 * _MOST:
            near[_near_key(word)].append(word)
    return same, near


def noisy(text: str, rate: float, chance: random.Random) -> str:
    """``text`` with about ``rate`` of its Chinese characters misheard (0 to 1)."""
    same, near = _sounds()
    out: list[str] = []
    for word, _, _ in words(text):
        pieces = [word] if len(word) <= 2 else [word[i : i + 2] for i in range(0, len(word), 2)]
        for piece in pieces:
            if not is_han(piece[0]) or chance.random() >= rate * 1.15:
                out.append(piece)
                continue
            if chance.random() < _DROPPED:
                out.append(piece[1:])
                continue
            table, key = (
                (near, _near_key(piece)) if chance.random() < _NEAR else (same, _key(piece))
            )
            others = [word for word in table.get(key, ()) if word != piece]
            if others:
                out.append(_picked(others, chance))
            else:
                out.append("".join(_other(ch, same, chance) for ch in piece))
    return "".join(out)


def _other(ch: str, same: dict[str, list[str]], chance: random.Random) -> str:
    others = [word for word in same.get(_reading(ch), ()) if word != ch and len(word) == 1]
    return _picked(others, chance) if others else ch


def _picked(others: list[str], chance: random.Random) -> str:
    """One of ``others``, the frequent ones at the front more often."""
    return others[min(chance.randrange(len(others)), chance.randrange(len(others)))]

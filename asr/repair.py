"""Local names that were heard as other words of the same sound: found, and put in their place.

A model without a site's graph writes 石龙街 as 时 隆 街. Words that together sound like a local
name, tones left out, give place to it; with near sounds (z for zh, n for l, in for ing) only
where the recogniser was unsure of them. What was heard stays beside.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from pypinyin import Style, lazy_pinyin

SHORTEST = 3  # characters; two syllables sound like too much else
SHORTEST_NEAR = 4
SURE = 0.97  # words heard with at least this confidence stay
SURE_OF_NEAR = 0.85
_NEAR = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("ng", "n"), ("l", "n"), ("hu", "fu"))

Sound = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A word as it is to be written; ``heard`` is what the recogniser wrote where that differs
    and was changed for its sound. Times in milliseconds as the words have them."""

    text: str
    start_ms: int
    end_ms: int
    confidence: float
    heard: str = ""


class Repair:
    """Knows the local names by their sound."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(name for name in names if len(name) >= SHORTEST)
        self._same: dict[Sound, str] = {}
        self._near: dict[Sound, str] = {}
        ambiguous: set[Sound] = set()
        for name in sorted(self._names):
            self._same.setdefault(sound(name), name)
            near = folded(sound(name))
            if self._near.setdefault(near, name) != name:
                ambiguous.add(near)
        for near in ambiguous:
            del self._near[near]
        self._longest = max(map(len, self._names), default=0)

    def apply(self, pieces: Sequence[Piece]) -> list[Piece]:
        """``pieces`` with names in the place of what sounds like them, the longest first."""
        out: list[Piece] = []
        at = 0
        while at < len(pieces):
            found = self._at(pieces, at)
            out.append(found[0] if found else pieces[at])
            at += found[1] if found else 1
        return out

    def _at(self, pieces: Sequence[Piece], at: int) -> tuple[Piece, int] | None:
        best: tuple[Piece, int] | None = None
        heard = ""
        for count, piece in enumerate(pieces[at : at + self._longest], start=1):
            heard += piece.text
            if len(heard) > self._longest:
                break
            if heard in self._names:  # said as it is written: nothing to change, nothing inside
                best = (self._joined(pieces[at : at + count], heard), count)
            elif name := self._name(heard, pieces[at : at + count]):
                best = (replace(self._joined(pieces[at : at + count], name), heard=heard), count)
        return best

    def _name(self, heard: str, pieces: Sequence[Piece]) -> str:
        """The name that words heard as ``heard`` stand for; empty where they stay."""
        if len(heard) < SHORTEST or any(piece.heard for piece in pieces):
            return ""
        confidence = sum(p.confidence * len(p.text) for p in pieces) / len(heard)
        said = sound(heard)
        if confidence < SURE and (name := self._same.get(said)):
            return name
        if confidence < SURE_OF_NEAR and len(heard) >= SHORTEST_NEAR:
            return self._near.get(folded(said), "")
        return ""

    @staticmethod
    def _joined(pieces: Sequence[Piece], text: str) -> Piece:
        size = sum(len(piece.text) for piece in pieces)
        confidence = sum(piece.confidence * len(piece.text) for piece in pieces) / size
        return Piece(text, pieces[0].start_ms, pieces[-1].end_ms, round(confidence, 3))


def sound(text: str) -> Sound:
    """The toneless syllables of a text, one a character."""
    return tuple(map(_syllable, text))


@cache
def _syllable(character: str) -> str:
    return str(lazy_pinyin(character, style=Style.NORMAL)[0])


def folded(syllables: Sound) -> Sound:
    """Syllables with those made one that telephones and dialects mix up."""
    return tuple(map(_folded, syllables))


@cache
def _folded(syllable: str) -> str:
    for near, plain in _NEAR:
        if near == "ng":
            syllable = syllable[:-2] + plain if syllable.endswith(near) else syllable
        elif syllable.startswith(near):
            syllable = plain + syllable[len(near) :]
    return syllable

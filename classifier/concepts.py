"""Concepts: words that mean the same to a dispatcher, from ``corpus/concepts.tsv``.

A concept such as 外伤 gathers the many ways callers say it, so that one sentence teaches the
models about all of them. Concepts are found by their characters and, for words of at least
two syllables, by their near sound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path

from classifier.text import folded, syllables

PATH = Path(__file__).with_name("corpus") / "concepts.tsv"


class BadConcepts(ValueError):
    """The concepts cannot be used; the message names file and line."""


class Concepts:
    """Finds concepts in a text."""

    def __init__(self, table: dict[str, list[str]]) -> None:
        written: dict[str, set[str]] = defaultdict(set)
        sounded: dict[str, set[str]] = defaultdict(set)
        for concept, phrases in table.items():
            for phrase in phrases:
                written[phrase].add(concept)
                if len(phrase) > 1:
                    sounded[" ".join(map(folded, syllables(phrase)))].add(concept)
        self._written = {phrase: tuple(sorted(names)) for phrase, names in written.items()}
        self._sounded = {sound: tuple(sorted(names)) for sound, names in sounded.items()}
        self._longest = max(map(len, written), default=0)

    def find(self, text: str, sounds: Sequence[str]) -> Iterator[tuple[str, int, int]]:
        """``k:`` (written) and ``y:`` (sounded) names with start and end.

        ``sounds`` holds one folded syllable per character of ``text``.
        """
        for start in range(len(text)):
            sound = ""
            for end in range(start + 1, min(start + self._longest, len(text)) + 1):
                for concept in self._written.get(text[start:end], ()):
                    yield f"k:{concept}", start, end
                sound = f"{sound} {sounds[end - 1]}" if sound else sounds[end - 1]
                for concept in self._sounded.get(sound, ()):
                    yield f"y:{concept}", start, end


def read(path: Path = PATH) -> dict[str, list[str]]:
    """Phrases by concept; raises ``BadConcepts``."""
    table: dict[str, list[str]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        concept, tab, phrases = line.partition("\t")
        if not tab or not concept.strip() or not phrases.split():
            raise BadConcepts(f"{path}:{number}: must be a concept, a tab and phrases")
        if concept in table:
            raise BadConcepts(f"{path}:{number}: the concept {concept!r} stands twice")
        table[concept] = phrases.split()
    return table


@cache
def concepts() -> Concepts:
    """The project's own concepts."""
    return Concepts(read())

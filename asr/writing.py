"""An utterance as people write it, from the words as the model wrote them.

In this order: local names that the model says with other words, repair by sound, fillers and
stutter away, punctuation, digits. The words themselves are kept beside by whoever asks.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from asr.events import Change, Word
from asr.localnames import LocalNames, all_names
from asr.punctuation import marks_behind
from asr.repair import Piece, Repair
from asr.text import FILLERS, STUTTERED, digits, readable

OPEN, CLOSE = "\ue000", "\ue001"  # stand around changed words while the text is made


@dataclass(frozen=True, slots=True)
class Written:
    """A text, and where words in it differ from what was heard."""

    text: str
    changes: tuple[Change, ...] = ()


class Writer:
    """Writes what an engine's recognisers hear. Immutable: threads may share it."""

    def __init__(self, local_names: LocalNames, names: Iterable[str] = ()) -> None:
        self._local_names = local_names
        self._repair = Repair(names)

    @classmethod
    def load(cls, model: Path, names: Iterable[str] = ()) -> Writer:
        """With the local names a model was built with, or with ``names`` where it was built with
        none; raises ``SetupError``."""
        return cls(LocalNames.load(model), all_names(model) or names)

    def growing(self, raw: str) -> str:
        """Words still being spoken (with spaces between): names, fillers and digits."""
        return readable(self._local_names.written(raw))

    def finished(self, words: Sequence[Word]) -> Written:
        """A whole utterance."""
        pieces = _without_fillers(self._repair.apply(list(self._named(words))))
        text = "".join(
            (f"{OPEN}{piece.text}{CLOSE}" if piece.heard else piece.text) + mark
            for piece, mark in zip(pieces, marks_behind(pieces), strict=True)
        )
        return _marked(digits(text), [piece.heard for piece in pieces if piece.heard])

    def _named(self, words: Sequence[Word]) -> Iterable[Piece]:
        texts = [word.text for word in words]
        at = 0
        while at < len(words):
            count, name = self._local_names.match(texts, at)
            first, last = words[at], words[at + count - 1]
            said = words[at : at + count]
            confidence = min(word.confidence for word in said)
            yield Piece(name, first.start_ms, last.end_ms, confidence)
            at += count


def _without_fillers(pieces: list[Piece]) -> list[Piece]:
    """As ``asr.text.without_fillers``; an utterance of nothing else is an answer (嗯)."""
    kept: list[Piece] = []
    for piece in pieces:
        repeated = kept and piece.text == kept[-1].text and piece.text in STUTTERED
        if piece.text not in FILLERS and not repeated:
            kept.append(piece)
    return kept or pieces[:1]


def _marked(text: str, heard: Sequence[str]) -> Written:
    """``text`` without the signs around changed words, and where those are."""
    plain: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    for char in text:
        if char == OPEN:
            starts.append(len(plain))
        elif char == CLOSE:
            ends.append(len(plain))
        else:
            plain.append(char)
    changes = map(Change, starts, ends, heard)
    return Written("".join(plain), tuple(changes))

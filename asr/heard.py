"""What an engine hears of an utterance."""

from __future__ import annotations

from dataclasses import dataclass

from asr.events import Word


@dataclass(frozen=True, slots=True)
class Heard:
    """An utterance as the model wrote it; word times count from the utterance's first sample."""

    words: tuple[Word, ...]

    @property
    def raw_text(self) -> str:
        """The words with spaces between."""
        return " ".join(word.text for word in self.words)

    @property
    def confidence(self) -> float:
        """Mean of the words' confidences, weighted by their length; 0 without words."""
        size = sum(len(word.text) for word in self.words)
        total = sum(word.confidence * len(word.text) for word in self.words)
        return round(total / size, 3) if size else 0.0

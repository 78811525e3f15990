"""The model's words, and how a text is said with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pypinyin import Style, lazy_pinyin, pinyin

from asr.localnames import Said

LONGEST_WORD = 8
STAND_IN_PRICE = 1_000  # more than any number of real words


class Vocabulary:
    """The model's words; a mapping gives each its cost (negative natural logarithm)."""

    def __init__(self, words: Iterable[str] | Mapping[str, float]) -> None:
        self._costs = dict(words) if isinstance(words, Mapping) else dict.fromkeys(words, 0.0)
        self._alike: dict[str, str] = {}
        single = [word for word in self._costs if len(word) == 1 and "\u4e00" <= word <= "\u9fff"]
        # A character that is read in one way only is surely said as meant.
        for word in sorted(single, key=lambda word: (_readings(word), word)):
            self._alike.setdefault(_sound(word), word)

    def __contains__(self, word: object) -> bool:
        return word in self._costs

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

    def likely(self, text: str) -> Said:
        """``text`` in the words that together cost least, without stand-ins; empty where that
        cannot be. This is how the model itself would write it."""
        best: list[tuple[float, int, Said] | None] = [(0.0, 0, ())]
        for end in range(1, len(text) + 1):
            found: list[tuple[float, int, Said]] = []
            for start in range(max(0, end - LONGEST_WORD), end):
                before, piece = best[start], text[start:end]
                if before is not None and piece in self._costs:
                    cost = before[0] + self._costs[piece]
                    found.append((cost, before[1] + 1, (*before[2], piece)))
            best.append(min(found) if found else None)
        whole = best[-1]
        return whole[2] if whole else ()

    def _word(self, piece: str) -> str:
        if piece in self._costs:
            return piece
        return self._alike.get(_sound(piece), "") if len(piece) == 1 else ""


def _sound(character: str) -> str:
    return str(lazy_pinyin(character, style=Style.TONE3)[0])


def _readings(character: str) -> int:
    return len(pinyin(character, style=Style.TONE3, heteronym=True)[0])

"""Numbers as callers say them, read from characters or, where asked, from their sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_BY_CHARACTER = {ch: value for value, ch in enumerate("零一二三四五六七八九")} | {
    "〇": 0, "幺": 1, "两": 2, "十": 10, "百": 100, "千": 1000, "廿": 20,
}  # fmt: skip
_BY_CHARACTER |= {str(digit): digit for digit in range(10)}
_BY_SOUND = {
    "ling": 0, "yi": 1, "yao": 1, "er": 2, "liang": 2, "san": 3, "si": 4, "wu": 5, "liu": 6,
    "qi": 7, "ba": 8, "jiu": 9, "shi": 10, "bai": 100, "qian": 1000,
}  # fmt: skip
NUMERALS = "0-9零〇一二三四五六七八九十百千两幺廿"
LONGEST = 12


@dataclass(frozen=True, slots=True)
class Token:
    """A character with its toneless syllable."""

    ch: str
    syllable: str


@dataclass(frozen=True, slots=True)
class Numeral:
    """A value read from ``count`` tokens; ``guessed`` of them only sounded like a numeral."""

    value: int
    digits: str
    count: int
    guessed: int


def numeral_run(tokens: Sequence[Token], at: int, *, by_sound: bool) -> list[tuple[int, bool]]:
    """Values from ``at`` on, each with whether it was read from its sound alone."""
    run: list[tuple[int, bool]] = []
    for token in tokens[at : at + LONGEST]:
        if token.ch in _BY_CHARACTER:
            run.append((_BY_CHARACTER[token.ch], False))
        elif by_sound and token.syllable in _BY_SOUND:
            run.append((_BY_SOUND[token.syllable], True))
        else:
            break
    return run


def numeral(run: Sequence[tuple[int, bool]]) -> Numeral | None:
    """The number a whole run stands for; ``None`` when it is not one."""
    values = [value for value, _ in run]
    if not values:
        return None
    guessed = sum(by_sound for _, by_sound in run)
    if all(value < 10 for value in values):
        digits = "".join(map(str, values))
        return Numeral(int(digits), digits, len(run), guessed)
    value = _composed(values)
    return None if value is None else Numeral(value, str(value), len(run), guessed)


def _composed(values: Sequence[int]) -> int | None:
    """Numbers with 十, 百, 千: strictly falling places, 一百二 as 120."""
    total = 0
    pending: int | None = None
    place = 10_000
    after_zero = False
    for value in values:
        if value == 20 and pending is None and place > 10:
            total, place = total + 20, 10
        elif value in (10, 100, 1000):
            if value >= place or pending == 0 or (pending is None and value > 10):
                return None
            total += (1 if pending is None else pending) * value
            pending, place, after_zero = None, value, False
        elif value == 0:
            if pending is not None:
                return None
            after_zero = True
        elif pending is not None:
            return None
        else:
            pending = value
    if pending is not None:
        short = place >= 100 and place < 10_000 and not after_zero
        total += pending * (place // 10 if short else 1)
    return total if total > 0 else None


def tokens_of(text: str, syllables: Sequence[str]) -> list[Token]:
    """Characters and syllables side by side."""
    return [Token(ch, syllable) for ch, syllable in zip(text, syllables, strict=True)]


def spoken_number(said: str) -> int | None:
    """The value of a text made of numerals only, ``None`` when it is not one number."""
    run = numeral_run([Token(ch, "") for ch in said], 0, by_sound=False)
    number = numeral(run) if len(run) == len(said) else None
    return number.value if number else None

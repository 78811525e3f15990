"""The corpus: hand-written frames of ``corpus/*.txt``, filled in deterministically.

A frame is one scenario; everything made from it carries the scenario's id, so that a split
by scenario keeps a frame's variants on one side.
"""

from __future__ import annotations

import random
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from classifier.lexicon import LEXICON

CORPUS = Path(__file__).with_name("corpus")
NOTHING = "N0000"  # frames that do not say yet what the call is about
VARIANTS = 3

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")

_FILL = LEXICON["corpus"]
_DIGITS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a caller says, its item's code and the frame it was made from."""

    text: str
    code: str
    scenario: str


class BadCorpus(ValueError):
    """A corpus file cannot be used; the message names file and line."""


def frames(folder: Path = CORPUS) -> Iterator[tuple[str, str, str]]:
    """Code, scenario id and frame of every line; raises ``BadCorpus``."""
    count: dict[str, int] = {}
    for path in sorted(folder.glob("*.txt")):
        code = ""
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            if line.startswith("=="):
                code = line[2:].strip()
                continue
            if not code:
                raise BadCorpus(f"{path}:{number}: a frame before the first '== CODE'")
            if line.count("[") != line.count("]"):
                raise BadCorpus(f"{path}:{number}: '[' and ']' do not match")
            count[code] = count.get(code, 0) + 1
            yield code, f"{code}-{count[code]:02d}", line


def utterances(folder: Path = CORPUS, variants: int = VARIANTS) -> list[Utterance]:
    """Up to ``variants`` different utterances of every frame, the same on every run."""
    made: list[Utterance] = []
    for code, scenario, frame in frames(folder):
        chance = random.Random(zlib.crc32(f"{scenario}:{frame}".encode()))  # noqa: S311 - no secret
        seen: set[str] = set()
        for turn in range(2 * variants):
            text = _filled(frame, chance)
            if turn > 0 and code not in (NOTHING, "O0103"):
                text = _wrapped(text, "{place}" in frame, chance)
            if text not in seen:
                seen.add(text)
                made.append(Utterance(text, code, scenario))
            if len(seen) == variants:
                break
    return made


def _filled(frame: str, chance: random.Random) -> str:
    text = _CHOICE.sub(lambda match: chance.choice(match.group(1).split("|")), frame)
    return _SLOT.sub(lambda match: _slot(match.group(1), chance), text)


def _slot(name: str, chance: random.Random) -> str:
    if name == "place":
        return place(chance)
    if name == "num":
        return chance.choice(_DIGITS[1:])
    if name == "plate":
        return "K" + "".join(chance.choice("A123456789") for _ in range(5))
    raise BadCorpus(f"a frame has the unknown slot {name!r}")


def place(chance: random.Random) -> str:
    """An invented place as callers name one."""
    text: str = chance.choice(_FILL["places"])
    while "{n}" in text:
        text = text.replace("{n}", chance.choice(_FILL["names"]), 1)
    text = text.replace("{d}", chance.choice(("十二", "三", "8", "15", "六", "二十一")))
    text = text.replace("{e}", chance.choice(("一", "二", "3")))
    return text.replace("{b}", chance.choice(("88", "十五", "一百二十", "36", "7")))


def _wrapped(text: str, placed: bool, chance: random.Random) -> str:
    if not placed and chance.random() < 0.4:
        text = chance.choice(_FILL["where"]).replace("{p}", place(chance)) + text
    text = chance.choice(_FILL["before"]) + text + chance.choice(_FILL["after"])
    roll = chance.random()
    if roll < 0.08:  # cut off
        return text[: max(6, int(len(text) * chance.uniform(0.6, 0.9)))]
    if roll < 0.14:  # stammered
        at = chance.randrange(len(text))
        return text[: at + 2] + "，" + text[at:]
    return text


def keywords(folder: Path = CORPUS) -> list[tuple[str, str]]:
    """Code and phrase of every line of ``keywords.tsv``: words that tell an item apart."""
    path = folder / "keywords.tsv"
    found: list[tuple[str, str]] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        code, tab, phrases = line.partition("\t")
        if not tab or not phrases.strip():
            raise BadCorpus(f"{path}:{number}: must be a code, a tab and phrases")
        found.extend((code.strip(), phrase) for phrase in phrases.split())
    return found

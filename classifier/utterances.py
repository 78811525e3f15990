"""The corpus: hand-written lines of ``corpus/*.txt``, filled in deterministically.

A line is one scenario; everything made from it carries the scenario's id, so that a split
by scenario keeps a line's variants on one side. Marks behind " #" tell what differs from the
item's defaults: ``#一级`` the level, ``#+消防`` and ``#-消防`` units, ``#&C0101`` a second
matter in the same call, ``#急`` and ``#不急`` an emergency or none.
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
EDGES = "further-"  # begins the names of files whose lines are written to be hard
VARIANTS = 3

_MARK = re.compile(r"一级|二级|三级|四级|[+-]\w+|&[A-Z][0-9]+|急|不急")
_LEVELS = ("一级", "二级", "三级", "四级")
_URGENT = {"急": True, "不急": False}
_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")

_FILL = LEXICON["corpus"]
_DIGITS = "零一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Frame:
    """One line: a scenario. ``level`` is empty where the item's default holds; ``more`` and
    ``less`` are units beside or without the default ones, ``also`` a second matter's code.
    ``urgent`` tells whether it is an emergency, None where the items tell. ``edge``: written to
    be hard, in ``further-*.txt``."""

    code: str
    scenario: str
    text: str
    level: str = ""
    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    also: str = ""
    urgent: bool | None = None
    edge: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """What a caller says and the line it was made from."""

    text: str
    frame: Frame

    @property
    def code(self) -> str:
        """The item's code."""
        return self.frame.code

    @property
    def scenario(self) -> str:
        """The scenario's id."""
        return self.frame.scenario


class BadCorpus(ValueError):
    """A corpus file cannot be used; the message names file and line."""


def frames(folder: Path = CORPUS) -> Iterator[Frame]:
    """Every line as a frame; raises ``BadCorpus``."""
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
            edge = path.name.startswith(EDGES)
            yield _frame(code, f"{code}-{count[code]:03d}", line, f"{path}:{number}", edge)


def _frame(code: str, scenario: str, line: str, where: str, edge: bool) -> Frame:
    text, *marks = (part.strip() for part in line.split(" #"))
    for mark in marks:
        if not _MARK.fullmatch(mark):
            raise BadCorpus(f"{where}: unknown mark {mark!r}")
    return Frame(
        code,
        scenario,
        text,
        level=next((mark for mark in marks if mark in _LEVELS), ""),
        more=tuple(mark[1:] for mark in marks if mark[0] == "+"),
        less=tuple(mark[1:] for mark in marks if mark[0] == "-"),
        also=next((mark[1:] for mark in marks if mark[0] == "&"), ""),
        urgent=next((_URGENT[mark] for mark in marks if mark in _URGENT), None),
        edge=edge,
    )


def utterances(folder: Path = CORPUS, variants: int = VARIANTS) -> list[Utterance]:
    """Up to ``variants`` different utterances of every frame, the same on every run."""
    made: list[Utterance] = []
    for frame in frames(folder):
        seed = f"{frame.scenario}:{frame.text}"
        chance = random.Random(zlib.crc32(seed.encode()))  # noqa: S311 - no secret
        seen: set[str] = set()
        for turn in range(2 * variants):
            text = _filled(frame.text, chance)
            if turn > 0 and frame.code not in (NOTHING, "O0103"):
                text = _wrapped(text, "{place}" in frame.text, chance)
            if text not in seen:
                seen.add(text)
                made.append(Utterance(text, frame))
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

"""What is dangerous at the scene: weapons, fire, gas, chemicals, electricity, water.

Words are found as written and, where ``dangers.toml`` allows, by their sound, with less certainty.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from classifier.numerals import NUMERALS, spoken_number
from classifier.text import syllables
from classifier.types import Slot, read_slot

WRITTEN, BY_SOUND = 0.88, 0.6
KINDS = ("weapons", "fire", "gas", "chemicals", "electricity")
MOST_NAMED = 4
_QUESTIONS = {
    "weapons": "您说的是对方带有{value}，对吗？",
    "fire": "您说的是{value}，对吗？",
    "gas": "您说的是{value}，对吗？",
    "chemicals": "您说的是{value}，对吗？",
    "electricity": "您说的是{value}，对吗？",
}
_NOT = re.compile(
    r"(?:没有?|没看到|没看见|不是|没拿|没带|无|未见|未|别|不要|怎么|防|严禁|禁止)(?:带|拿|用|有|发生)?$"
)
_HELD = re.compile(
    r"(?:拿|持|带|举|提|挥|用|掏|揣|抄|有|动|抓|一[把根支个]|[把根支])"
    r"(?:出|着|起|了|来)*(?:一?[把根支个])?[^，。]{0,3}$"
)
_BODY = ("脚踝", "脚面", "小腿", "膝盖", "大腿", "腰", "胸口", "胸", "肚子", "脖子", "头顶", "头",
         "屋顶", "窗台", "窗户", "车门", "车顶", "车窗", "轮胎", "一楼", "二楼")  # fmt: skip
_LEVEL = re.compile(
    rf"(?:水|淹|涨|漫|没|积水|洪水)[^，。！？]{{0,6}}?(?:到|过|齐|及|没过|上)了?"
    rf"(?:我|人|成人|大人|小孩|他|她)?(?:的)?(?P<mark>{'|'.join(_BODY)})"
)
_DEEP = re.compile(
    rf"(?:水深|水位|积水|水有|水已经|深|淹了?|涨了?|涨到|水都|水大概)[^，。！？]{{0,5}}?"
    rf"(?P<whole>[{NUMERALS}]{{1,4}}|半)(?:(?P<point>[.点])(?P<part>[{NUMERALS}]))?(?:多|几)?"
    rf"(?P<unit>米|公分|厘米)(?P<more>[{NUMERALS}](?![{NUMERALS}]))?"
)


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    sound: tuple[str, ...]  # empty: only as written
    held: bool  # counts only with a word of holding or using before it


@cache
def _words(kind: str) -> tuple[_Word, ...]:
    path = Path(__file__).with_name("dangers.toml")
    table = tomllib.loads(path.read_text(encoding="utf-8"))[kind]
    by_sound = frozenset(table.get("sound", ()))

    def word(text: str, held: bool) -> _Word:
        heard = len(text) >= 3 or text in by_sound
        return _Word(text, tuple(syllables(text)) if heard else (), held)

    listed = [word(text, held=False) for text in table["words"]]
    listed += [word(text, held=True) for text in table.get("if_held", ())]
    return tuple(sorted(listed, key=lambda word: -len(word.text)))


def danger(kind: str, text: str, read: Sequence[str]) -> Slot | None:
    """What was said of one of ``KINDS``: the words themselves joined by 、, or ``无`` when it
    was denied. ``read`` are the text's syllables."""
    taken: list[tuple[int, int]] = []
    named: list[tuple[int, str, float]] = []
    denied = ""
    for word in _words(kind):
        for start, p in _places(word, text, read):
            end = start + len(word.text)
            if any(start < e and end > s for s, e in taken):
                continue
            taken.append((start, end))
            before = text[max(0, start - 8) : start]
            if _NOT.search(before):
                denied = denied or text[max(0, start - 2) : end]
            elif not word.held or _HELD.search(before):
                named.append((start, word.text, p))
    if named:
        named.sort()
        value = "、".join(list(dict.fromkeys(said for _, said, _ in named))[:MOST_NAMED])
        start, surest, p = max(named, key=lambda one: one[2])
        source = text[start : start + len(surest)]
        return read_slot(value, p, source, _QUESTIONS[kind].format(value=value))
    if denied:
        return read_slot("无", 0.82, denied, "")
    return None


def _places(word: _Word, text: str, read: Sequence[str]) -> list[tuple[int, float]]:
    found = [(match.start(), WRITTEN) for match in re.finditer(re.escape(word.text), text)]
    if found or not word.sound or len(read) != len(text):
        return found
    head, size = word.sound[0], len(word.sound)
    return [
        (start, BY_SOUND)
        for start, syllable in enumerate(read)
        if syllable == head and tuple(read[start : start + size]) == word.sound
    ]


def water_level(text: str) -> Slot | None:
    """How high the water stands: 1.5米, or the mark it reaches such as 膝盖."""
    if deep := _DEEP.search(text):
        whole = 0.5 if deep.group("whole") == "半" else spoken_number(deep.group("whole"))
        if whole is not None:
            part = spoken_number(deep.group("part") or deep.group("more") or "")
            metres = whole + (part or 0) / 10
            if deep.group("unit") != "米":
                metres = whole / 100
            if 0 < metres <= 30:
                value = f"{metres:g}米"
                return read_slot(value, 0.85, deep.group(), f"您说的是水深{value}，对吗？")
    if mark := _LEVEL.search(text):
        value = f"到{mark.group('mark')}"
        return read_slot(value, 0.85, mark.group(), f"您说的是水{value}，对吗？")
    return None

"""Place names by their form alone: 新建路, 南苑小区, 竹口镇, for names no gazetteer holds."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.lexicon import LEXICON
from classifier.numerals import NUMERALS

_SUFFIX_PARTS: tuple[tuple[str, str], ...] = (
    ("compound", "小区|花园|公寓|家园|新村|新城|大厦|名苑|佳苑|嘉苑|雅苑|华庭|豪庭|华府|"
     "公馆|名邸|山庄|住宅区"),
    ("community", "社区"),
    ("town", "街道"),
    ("road", "大道|中路|东路|西路|南路|北路|公路|国道|省道|路|街|巷|弄"),
    ("town", "镇|乡"),
    ("village", "自然村|行政村|村"),
    ("county", "自治县|县"),
    ("landmark", "人民医院|中医院|医院|卫生院|中心小学|小学|中学|幼儿园|学校|"
     "农贸市场|菜市场|市场|超市|酒店|"
     "宾馆|公园|汽车站|火车站|车站|大桥|广场|水库|加油站|派出所|村委会|工业园区|工业园|工业区|风景区|景区"),
)  # fmt: skip
_PART_OF = {word: part for part, words in _SUFFIX_PARTS for word in words.split("|")}
_SUFFIX = re.compile("|".join(sorted(_PART_OF, key=len, reverse=True)))
_BEFORE = re.compile(r"(?:在|到|住|位于|地址是|地址|就是|这里是|这是|我是|是|来|从|去|往|叫|：|:)$")
_NUMBER_NEXT = re.compile(rf"[{NUMERALS}]{{1,6}}(?:号|栋|幢|弄|单元|楼|公里|-)")

_LANE = re.compile(rf"[{NUMERALS}]+弄")  # a number on a road: 24弄3号

# Words that end like a place and are none.
_GENERIC = frozenset(LEXICON["places"]["generic"])
_STOPS = frozenset(LEXICON["places"]["stops"])
_LONGEST_STEM = 6


@dataclass(frozen=True, slots=True)
class NameGuess:
    """A name that looks like a place. ``led`` says that a word such as 在 stands before it,
    ``numbered`` that a house number follows."""

    part: str
    start: int
    end: int
    led: bool
    numbered: bool


def guesses(text: str, cut: Sequence[tuple[str, int, int]]) -> list[NameGuess]:
    """Names by form in ``text``, whose words are ``cut``; left to right, not overlapping."""
    found: list[NameGuess] = []
    starts = {start: index for index, (_, start, _) in enumerate(cut)}
    ends = {end: index for index, (_, _, end) in enumerate(cut)}
    floor = 0
    for match in _SUFFIX.finditer(text):
        suffix_start, end = match.span()
        start = _stem_start(text, cut, starts, ends, suffix_start, end, floor)
        if start is None or text[start:end] in _GENERIC or _LANE.fullmatch(text, start, end):
            continue
        stem = suffix_start - start
        numbered = _NUMBER_NEXT.match(text, end) is not None
        fresh = suffix_start - start >= 2 and text[start - 1 : start] in ("", "，", "。")
        led = fresh or _BEFORE.search(text[max(0, start - 4) : start]) is not None
        beside = bool(found) and start == found[-1].end
        part = _PART_OF[match.group()]
        short = stem < 2 and part not in ("road", "village", "town")
        if stem < 1 or short or not (numbered or led or beside or part == "compound"):
            continue
        found.append(NameGuess(part, start, end, led, numbered))
        floor = end
    return found


def _stem_start(
    text: str,
    cut: Sequence[tuple[str, int, int]],
    starts: dict[int, int],
    ends: dict[int, int],
    suffix_start: int,
    end: int,
    floor: int,
) -> int | None:
    """Where the name that ends with this suffix begins, going back word by word."""
    index = ends.get(suffix_start)
    position = suffix_start
    if index is None:
        inside = next((i for i, (_, s, e) in enumerate(cut) if s < suffix_start < e), None)
        if inside is None:
            return suffix_start if suffix_start in starts else None
        word, word_start, word_end = cut[inside]
        if word in _GENERIC or word_end > end:
            return None
        position, index = word_start, inside - 1
        if text[word_start] in "在到住往" and suffix_start - word_start >= 2:
            return word_start + 1
    while index >= 0:
        word, word_start, word_end = cut[index]
        if word_end != position or word_start < floor or suffix_start - word_start > _LONGEST_STEM:
            break
        if word in _STOPS or not all("一" <= ch <= "鿿" or ch.isdigit() for ch in word):
            break
        position, index = word_start, index - 1
    return position

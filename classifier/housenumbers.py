"""House numbers: what follows a place name, read from characters or from their sound.

A recogniser writes 十二栋 as 时而动. Reading numerals by sound is allowed only straight after
the name of a compound, road, village or landmark, and only when a unit such as 栋 follows.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.numerals import NUMERALS, Token, numeral, numeral_run, spoken_number

CERTAIN, BY_UNIT_SOUND, BY_NUMBER_SOUND, BARE = 0.96, 0.85, 0.74, 0.7

# Part, how it is written, its characters, its syllables.
_UNITS: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("building", "号楼", ("号楼",), ("hao lou",)),
    ("unit", "单元", ("单元",), ("dan yuan",)),
    ("building", "栋", ("栋",), ("dong",)),
    ("building", "幢", ("幢",), ("zhuang", "chuang")),
    ("building", "座", ("座",), ()),
    ("floor", "层", ("层",), ("ceng",)),
    ("floor", "楼", ("楼",), ("lou",)),
    ("group", "组", ("组",), ("zu",)),
    ("number", "号", ("号",), ("hao",)),
    ("room", "室", ("室",), ("shi",)),
)
_RANK = {"group": 0, "number": 1, "building": 2, "unit": 3, "floor": 4, "room": 5}
_LINK = re.compile(
    r"(?:，|的|在|是|那个|这边|这里|里面|里|嗯|呃|啊|、|-|杠|[东南西北][区苑]|[一二三四]期){1,3}"
)
_LANE = re.compile(rf"([{NUMERALS}]{{1,5}})弄(?:([{NUMERALS}]{{1,5}})号)?")
_ALONE = re.compile(rf"([{NUMERALS}]{{1,5}})(号楼|单元|栋|幢|楼|层)(?![上下梯])")
_ALONE_BUILDING = re.compile(rf"([{NUMERALS}]{{1,5}})(号楼|栋|幢)")


@dataclass(frozen=True, slots=True)
class HousePart:
    """A part such as ``building`` 12栋 read from ``start`` to ``end``."""

    key: str
    text: str
    start: int
    end: int
    p: float


def after_name(tokens: Sequence[Token], text: str, at: int, *, by_sound: bool) -> list[HousePart]:
    """The house parts that follow position ``at``, in falling order, each kind once."""
    found: list[HousePart] = []
    rank = -1
    while True:
        part = _part(tokens, text, at, rank, bool(found), by_sound=by_sound)
        if part is None:
            link = _LINK.match(text, at)
            if link:
                part = _part(tokens, text, link.end(), rank, bool(found), by_sound=False)
        if part is None:
            return found
        found.append(part)
        rank, at = _RANK[part.key], part.end


def _part(
    tokens: Sequence[Token], text: str, at: int, rank: int, later: bool, *, by_sound: bool
) -> HousePart | None:
    if (
        at < len(text)
        and text[at] in "ABCDEFGHabcdefgh"
        and text[at + 1 : at + 2] in ("栋", "幢", "座")
    ):
        return _in_order(
            HousePart("building", text[at : at + 2].upper(), at, at + 2, CERTAIN), rank
        )
    if rank < _RANK["number"] and (lane := _LANE.match(text, at)):
        said, door = spoken_number(lane.group(1)), spoken_number(lane.group(2) or "")
        if said:
            written = f"{said}弄" + (f"{door}号" if door else "")
            return HousePart("number", written, at, lane.end(), CERTAIN)
    run = numeral_run(tokens, at, by_sound=by_sound)
    for count in range(len(run), 0, -1):
        number = numeral(run[:count])
        if number is None or number.value > 99_999 or number.value == 0:
            continue
        end = at + count
        for key, written, characters, sounds in _UNITS:
            width = len(written)
            literal = text[end : end + width] in characters
            heard = " ".join(token.syllable for token in tokens[end : end + width])
            if not literal and not (by_sound and heard in sounds):
                continue
            if written == "室" and not literal and len(number.digits) < 3:
                continue
            if key == "number" and rank >= _RANK["building"]:
                key, written = "room", "室"
            p = CERTAIN if literal else BY_UNIT_SOUND
            if number.guessed:
                p = min(p, BY_NUMBER_SOUND)
            part = HousePart(key, number.digits + written, at, end + width, p)
            if _in_order(part, rank):
                return part
    if later and rank in (_RANK["building"], _RANK["unit"], _RANK["floor"]):
        number = numeral([pair for pair in run if not pair[1]]) if run else None
        if number and number.count == len(run) and 3 <= len(number.digits) <= 4:
            return HousePart("room", number.digits + "室", at, at + number.count, BARE)
    dashed = re.compile(r"(\d{1,3})(?:-|杠)(\d{1,2})(?:-|杠)(\d{3,4})").match(text, at)
    if dashed and rank < 0:
        return HousePart("building", dashed.group(1) + "栋", at, dashed.end(1), BARE)
    if rank == _RANK["building"]:
        unit = re.compile(r"(?:-|杠)?(\d{1,2})(?=(?:-|杠)\d{3,4})").match(text, at)
        if unit:
            return HousePart("unit", unit.group(1) + "单元", at, unit.end(), BARE)
    return None


def _in_order(part: HousePart, rank: int) -> HousePart | None:
    return part if _RANK[part.key] > rank else None


def alone(text: str, *, buildings_only: bool) -> list[HousePart]:
    """House parts written out anywhere in ``text``, for an address named elsewhere in it."""
    found: list[HousePart] = []
    for match in (_ALONE_BUILDING if buildings_only else _ALONE).finditer(text):
        if match.group(1) in ("一", "两"):  # 一栋楼, 两栋楼: a count, no address
            continue
        tokens = [Token(ch, "") for ch in match.group(1)]
        number = numeral(numeral_run(tokens, 0, by_sound=False))
        if number is None or number.count != len(tokens) or not 0 < number.value < 1_000:
            continue
        key = next(key for key, written, _, _ in _UNITS if written == match.group(2))
        found.append(
            HousePart(key, number.digits + match.group(2), match.start(), match.end(), BARE)
        )
    return found

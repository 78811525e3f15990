"""An address in parts, from recognised speech with its errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from classifier import written
from classifier.gazetteer import EXACT, ONE_OFF, Gazetteer, Hit
from classifier.housenumbers import BARE, CERTAIN, HousePart, after_name, alone
from classifier.numerals import Token, tokens_of
from classifier.placenames import guesses
from classifier.text import text_syllables, words
from classifier.types import AddressSlot

SURE = 0.8  # below it the seat is given a sentence to read back
ORDER = (
    "county", "town", "community", "village", "group", "road", "number", "compound", "building",
    "unit", "floor", "room", "landmark",
)  # fmt: skip
_AREAS = ("county", "town", "community", "village")
_NUMBERED = frozenset(("road", "compound", "village", "landmark", "community"))

BY_FORM, BY_FORM_NUMBERED = 0.7, 0.78  # a name in no gazetteer
UNKNOWN_HERE = 0.85  # factor: there is a gazetteer and it does not hold the name
_LED = re.compile(r"(?:在|到|住|位于|地址是?|就是|是|来|这里|这边|的|，)$")
_FIRMLY_LED = re.compile(r"(?:在|住|位于|地址是?|这里是|这边是|我是)$")
_NOT_HERE = re.compile(r"(?:去|往|回|从|离|不是|不在|不是在)$")
_CORRECTED = re.compile(
    r"(?:不对|说错了?|错了|搞错了?)，?(?:是|应该是|在|应该在)?$|不是.{2,12}，?(?<!不)是在?$"
)
_ANEW = re.compile(r"[。！？]|我|不|是")
_NEARNESS = 8  # characters between names of one address


@dataclass(slots=True)
class _Named:
    """A name in the text with the house parts after it."""

    part: str
    name: str
    start: int
    end: int
    p: float
    parent: str
    led: bool
    house: list[HousePart] = field(default_factory=list)

    @property
    def last(self) -> int:
        return self.house[-1].end if self.house else self.end


@dataclass(frozen=True, slots=True)
class Found:
    """An address and the stretches of text it was read from."""

    slot: AddressSlot
    spans: tuple[tuple[int, int], ...]


def find_address(text: str, gazetteer: Gazetteer) -> Found | None:
    """The address named in a cleaned text, or ``None``."""
    whole = _whole(text, gazetteer)
    if whole:
        return whole
    cut = words(text)
    read = text_syllables(text)
    if len(read) != len(text):
        return None
    tokens = tokens_of(text, read)
    named = _known(text, tokens, gazetteer.hits(text, read))
    named = _with_guesses(text, tokens, cut, named, bool(len(gazetteer)))
    if not named:
        return None
    groups = _groups(named, text)
    best = max(groups, key=lambda group: _weight(group, text))
    return _composed(text, best, [one for group in groups if group is not best for one in group])


_SPOKEN = re.compile(
    r"[我你他她它们了吗呢吧啊呀哦嗯喂请谁啥么救在？！?!。]|有人|不对|"
    r"着火|起火|冒烟|打架|受伤|晕倒|爆裂|破裂|堵塞|停电|停水|漏水|漏气|跳楼|落水|不亮|倒塌|"
    r"车祸|被困|偷|抢劫|吵架|被骗"
)
_TWO_NUMERALS = re.compile("[零一二三四五六七八九十]{2}")
_LEAD_IN = re.compile(r"(?:住?在|位于|地址(?:是|在)?[:：]?|住址[:：]?)")


def _whole(text: str, gazetteer: Gazetteer) -> Found | None:
    """An address when the text is nothing else, as one writes it."""
    lead = _LEAD_IN.match(text)
    begin = lead.end() if lead else 0
    if not 4 <= len(text) - begin <= written.MOST_CHARACTERS or _SPOKEN.search(text, begin):
        return None
    found = _cut_whole(text[begin:], gazetteer)
    if found is None:
        return None
    spans = tuple((start + begin, end + begin) for start, end in found.spans)
    return Found(found.slot, spans)


def _cut_whole(text: str, gazetteer: Gazetteer) -> Found | None:
    pieces = written.cut(text, gazetteer)
    named = [p for p in pieces if p.label in ORDER or p.label == "place"]
    if not _is_address(text, pieces, named):
        return None
    parts: dict[str, str] = {}
    sure: list[float] = []
    house = any(piece.label in ("building", "unit") for piece in named)
    last: written.Piece | None = None
    last_label = ""
    for piece in named:
        name = text[piece.start : piece.end]
        label = piece.label
        if label == "place":
            if last is not None and last.label == "place" and last.end == piece.start:
                if last_label:
                    parts[last_label] += name
                last = piece
                continue
            compound = written.is_compound(name) or (house and not written.suffixed(name))
            label = piece.place.part if piece.place else "compound" if compound else "landmark"
        taken = label in parts and label not in ("county", "town")
        last, last_label = piece, "" if taken else label
        if not taken:
            parts[label] = written.value(piece, text)
            p = _sureness(piece, name, bool(len(gazetteer)))
            heard = None if piece.known else gazetteer.sounding(name)
            if heard and heard[0].part == label:
                parts[label], p = heard[0].name, heard[1]
            sure.append(p)
    ordered = {key: parts[key] for key in ORDER if key in parts}
    text_of = "".join(ordered.values())
    p = min(sure)
    read_back = f"您说的是{text_of}，对吗？" if p < SURE else ""
    first, last = named[0].start, named[-1].end
    slot = AddressSlot(text_of, ordered, round(p, 3), text[first:last], read_back)
    return Found(slot, ((first, last),))


def _is_address(text: str, pieces: Sequence[written.Piece], named: Sequence[written.Piece]) -> bool:
    firm = [
        p for p in named if p.label != "place" or p.known or written.suffixed(text[p.start : p.end])
    ]
    strange = [p for p in named if p not in firm and _TWO_NUMERALS.search(text, p.start, p.end)]
    if strange:
        return False
    covered = sum(p.end - p.start for p in pieces)
    anchored = any(p.label in ("province", "prefecture", "county", "road") for p in pieces)
    if (
        not anchored
        and len(firm) < len(named)
        and not (named[0].label == "place" and len(firm) >= 2 and firm[0] is named[1])
    ):
        return False
    return len(named) >= 2 and len(firm) >= 2 and covered >= 0.8 * len(text)


def _sureness(piece: written.Piece, name: str, local: bool) -> float:
    if piece.known:
        return EXACT if piece.score >= written.KNOWN or piece.place is None else SURE
    if piece.label in ("number", "building", "unit", "floor", "room"):
        return CERTAIN if not name[-1:].isdigit() else BARE
    return BY_FORM_NUMBERED * (UNKNOWN_HERE if local else 1.0)


def _known(text: str, tokens: Sequence[Token], hits: Sequence[Hit]) -> list[_Named]:
    """Gazetteer hits that stand, best first where they overlap."""
    candidates: list[tuple[float, _Named]] = []
    for hit in hits:
        led = _LED.search(text[max(0, hit.start - 3) : hit.start]) is not None or hit.start == 0
        part = hit.place.part
        house: list[HousePart] = []
        if part in _NUMBERED:
            house = after_name(tokens, text, hit.end, by_sound=True)
        length = hit.end - hit.start
        if hit.short:
            # Without its suffix a name is a common word too easily.
            literal = hit.p >= EXACT and (led or house or hit.start == 0)
            written = bool(house) and house[0].key == "building" and length >= 2
            if not (literal or (written and hit.p >= SURE and led)):
                continue
        elif (length <= 2 and hit.p < EXACT) or (length == 3 and hit.p < SURE):
            if not (led or house):
                continue
        elif hit.p <= ONE_OFF and not (led or house):
            continue
        p = hit.p * (0.9 if hit.short else 1.0)
        name = hit.place.name
        one = _Named(part, name, hit.start, hit.end, p, hit.place.parent, led, house)
        weight = p * length + (1.5 if house else 0.0) + (0.3 if led else 0.0)
        candidates.append((weight, one))
    ends = {(one.name, one.end) for _, one in candidates}

    def rank(pair: tuple[float, _Named]) -> tuple[float, int]:
        weight, one = pair
        inside = any((one.parent, end) in ends for end in range(one.start - 3, one.start + 1))
        return -weight - (0.5 if inside else 0.0), one.start

    candidates.sort(key=rank)
    kept: list[_Named] = []
    for _, one in candidates:
        if all(one.last <= other.start or one.start >= other.last for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)


def _with_guesses(
    text: str,
    tokens: Sequence[Token],
    cut: Sequence[tuple[str, int, int]],
    known: list[_Named],
    local: bool,
) -> list[_Named]:
    """``known`` and the names that only look like places, where they do not overlap."""
    named = list(known)
    for guess in guesses(text, cut):
        if any(guess.start < one.last and guess.end > one.start for one in known):
            continue
        house: list[HousePart] = []
        if guess.part in _NUMBERED:
            house = after_name(tokens, text, guess.end, by_sound=guess.part == "compound")
        p = BY_FORM_NUMBERED if house else BY_FORM
        if local:
            p *= UNKNOWN_HERE
        name = text[guess.start : guess.end]
        named.append(_Named(guess.part, name, guess.start, guess.end, p, "", guess.led, house))
    return sorted(named, key=lambda one: one.start)


def _groups(named: Sequence[_Named], text: str) -> list[list[_Named]]:
    """Names that follow one another closely belong to one address."""
    groups: list[list[_Named]] = []
    for one in named:
        if groups:
            group = groups[-1]
            fresh = one.part not in {other.part for other in group}
            between = text[group[-1].last : one.start]
            if fresh and len(between) <= _NEARNESS and not _ANEW.search(between):
                group.append(one)
                continue
        groups.append([one])
    return groups


def _weight(group: Sequence[_Named], text: str) -> float:
    before = text[max(0, group[0].start - 16) : group[0].start]
    weight = sum(one.p for one in group) + sum(0.5 * len(one.house) for one in group)
    if _FIRMLY_LED.search(before):
        weight += 0.4
    if _NOT_HERE.search(before):
        weight -= 0.6
    if _CORRECTED.search(before):
        weight += 5.0
    return weight + group[0].start / 10_000


def _composed(text: str, group: Sequence[_Named], others: Sequence[_Named]) -> Found:
    parts: dict[str, str] = {}
    sure: list[float] = []
    spans: list[tuple[int, int]] = []

    def take(key: str, value: str, p: float, start: int, end: int) -> None:
        if key not in parts:
            parts[key] = value
            sure.append(p)
            spans.append((start, end))

    for one in group:
        take(one.part, one.name, one.p, one.start, one.end)
        for house in one.house:
            take(house.key, house.text, house.p, house.start, house.end)
    first, last = min(s for s, _ in spans), max(e for _, e in spans)
    for one in others:
        firm = _FIRMLY_LED.search(text[max(0, one.start - 4) : one.start]) is not None
        if one.part in _AREAS and firm and not _later_area(one.part, parts):
            take(one.part, one.name, one.p, one.start, one.end)
    if not parts.keys() & {"building", "number", "room"} and parts.keys() & _NUMBERED:
        for house in alone(text, buildings_only="compound" not in parts):
            take(house.key, house.text, house.p, house.start, house.end)
    elif "floor" not in parts and parts.keys() & {"building", "number", "unit"}:
        for house in alone(text, buildings_only=False):
            if house.key in ("floor", "unit"):
                take(house.key, house.text, house.p, house.start, house.end)
    ordered = {key: parts[key] for key in ORDER if key in parts}
    written = "".join(ordered.values())
    # The weakest part decides; further doubtful ones take a little more.
    p = min(sure) * 0.98 ** (
        len([one for one in sure if one < SURE]) - 1 if min(sure) < SURE else 0
    )
    read_back = f"您说的是{written}，对吗？" if p < SURE else ""
    slot = AddressSlot(written, ordered, round(p, 3), text[first:last], read_back)
    return Found(slot, tuple(sorted(spans)))


def _later_area(part: str, parts: dict[str, str]) -> bool:
    return part in parts

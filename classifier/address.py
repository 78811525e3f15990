"""An address in parts, from recognised speech with its errors."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from classifier.bareaddress import BY_FORM, BY_FORM_NUMBERED, UNKNOWN_HERE, bare_address
from classifier.composing import Found, composed
from classifier.gazetteer import EXACT, ONE_OFF, Gazetteer, Hit, Place
from classifier.housenumbers import HousePart, after_name, alone
from classifier.numerals import Token, tokens_of
from classifier.placenames import guesses
from classifier.routes import RoutePart, joins_crossing, on_highway
from classifier.text import text_syllables, words
from classifier.types import SURE

_AREAS = ("county", "town", "community", "village")
_NUMBERED = frozenset(("road", "compound", "village", "landmark", "community"))

_LED = re.compile(r"(?:在|到|住|位于|地址是?|就是|是|来|这里|这边|的|，)$")
_FIRMLY_LED = re.compile(r"(?:在|住|位于|地址是?|这里是|这边是|我是)$")
_NOT_HERE = re.compile(r"(?:去|往|回|从|离|不是|不在|不是在)$")
_CORRECTED = re.compile(
    r"(?:不对|说错了?|错了|搞错了?)，?(?:是|应该是|在|应该在)?$|不是.{2,12}，?(?<!不)是在?$"
)
_ANEW = re.compile(r"[。！？]|我|不|是")
_RELATION = re.compile(
    r"(?:的|这个|那个)?(?P<word>斜对面|正对面|对面|旁边|边上|隔壁|附近|后面|前面|北面|南面|东面|西面"
    r"|[东西南北]侧|旁)"
)
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
    place: Place | None = None

    @property
    def last(self) -> int:
        return self.house[-1].end if self.house else self.end


def find_address(text: str, gazetteer: Gazetteer) -> Found | None:
    """The address named in a cleaned text, or ``None``."""
    whole = bare_address(text, gazetteer)
    if whole:
        return whole
    cut = words(text)
    read = text_syllables(text)
    if len(read) != len(text):
        return None
    tokens = tokens_of(text, read)
    named = _known(text, tokens, gazetteer.hits(text, read))
    named = _with_guesses(text, tokens, cut, named, bool(len(gazetteer)))
    route = on_highway(text, tokens)
    if route:
        named = [
            one
            for one in named
            if all(one.last <= part.start or one.start >= part.end for part in route)
        ]
        return _on_route(text, route, named, gazetteer)
    if not named:
        return None
    groups = _groups(named, text)
    best = max(groups, key=lambda group: _weight(group, text))
    rest = [one for group in groups if group is not best for one in group]
    return _composed(text, best, rest, gazetteer)


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
        one = _Named(part, name, hit.start, hit.end, p, hit.place.parent, led, house, hit.place)
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
            if _NOT_HERE.search(text[max(0, group[-1].start - 3) : group[-1].start]):
                fresh = False
            if one.part == "road" and group[-1].part == "road":
                fresh = joins_crossing(text, group[-1].last, one.start, one.end)
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


def _on_route(
    text: str, route: Sequence[RoutePart], named: Sequence[_Named], gazetteer: Gazetteer
) -> Found:
    """A place on a highway, in the area named beside it."""
    parts = {part.key: part.text for part in route}
    heard = gazetteer.sounding(parts["highway"])
    if heard and heard[0].part == "road":
        parts["highway"] = heard[0].name
    sure = [part.p for part in route]
    spans = [(part.start, part.end) for part in route]
    places: dict[str, Place] = {}
    begins = min(start for start, _ in spans)
    for one in named:
        near = begins - _NEARNESS <= one.last <= begins or _beside_route(text, one)
        if near and one.part in (*_AREAS, "landmark") and one.part not in parts:
            parts[one.part] = one.name
            sure.append(one.p)
            spans.append((one.start, one.end))
            if one.place:
                places[one.part] = one.place
    first, last = min(start for start, _ in spans), max(end for _, end in spans)
    return composed(parts, _together(sure), text[first:last], spans, places, gazetteer)


def _beside_route(text: str, one: _Named) -> bool:
    """Whether a name is said to be where the caller is."""
    return _FIRMLY_LED.search(text[max(0, one.start - 4) : one.start]) is not None


def _together(sure: Sequence[float]) -> float:
    """The weakest part decides; further doubtful ones take a little more."""
    doubtful = sum(p < SURE for p in sure)
    return min(sure) * 0.98 ** max(doubtful - 1, 0)


def _composed(
    text: str, group: Sequence[_Named], others: Sequence[_Named], gazetteer: Gazetteer
) -> Found:
    parts: dict[str, str] = {}
    sure: list[float] = []
    spans: list[tuple[int, int]] = []
    places: dict[str, Place] = {}

    def take(key: str, value: str, p: float, start: int, end: int) -> None:
        if key not in parts:
            parts[key] = value
            sure.append(p)
            spans.append((start, end))

    for one in group:
        if one.part == "road" and "road" in parts:
            take("crossing", one.name, one.p, one.start, one.end)
        take(one.part, one.name, one.p, one.start, one.end)
        if one.place and parts[one.part] == one.name:
            places[one.part] = one.place
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
    last_name = max(group, key=lambda one: one.end)
    relation = _RELATION.match(text, last_name.end)
    if relation and last_name.part in ("landmark", "compound") and not last_name.house:
        parts["relation"] = relation.group("word")
        spans.append(relation.span())
    return composed(parts, _together(sure), text[first:last], spans, places, gazetteer)


def _later_area(part: str, parts: dict[str, str]) -> bool:
    return part in parts

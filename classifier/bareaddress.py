"""An address when the text is nothing else, as one types it into a form."""

from __future__ import annotations

import re
from collections.abc import Sequence

from classifier import written
from classifier.composing import ORDER, Found, composed
from classifier.gazetteer import EXACT, Gazetteer, Place
from classifier.housenumbers import BARE, CERTAIN
from classifier.routes import CROSSING_AFTER
from classifier.types import SURE
from classifier.writtenparts import HOUSE, KNOWN, Piece, is_compound, suffixed, value

BY_FORM, BY_FORM_NUMBERED = 0.7, 0.78  # a name in no gazetteer
UNKNOWN_HERE = 0.85  # factor: there is a gazetteer and it does not hold the name

# Words of talk, not of an address; particles count unless the text begins with a full region.
_SPOKEN = re.compile(
    r"[我你他她它们吗喂谁啥么]|有人|不对|着火|起火|冒烟|打架|受伤|晕倒|爆裂|破裂|堵塞|停电|停水|"
    r"漏水|漏气|跳楼|落水|不亮|倒塌|车祸|被困|偷|抢劫|吵架|被骗"
)
_PARTICLES = re.compile("有(?!限)|[往请救没的在了呢吧啊呀哦嗯。！？!?]")
_ROUTE = re.compile("(?:高速|国道|省道|县道).*公里|[Kk][0-9]+")
_TWO_NUMERALS = re.compile("[零一二三四五六七八九十]{2}")
_LEAD_IN = re.compile(r"(?:住?在|位于|地址(?:是|在)?[:：]?|住址[:：]?)")


def bare_address(text: str, gazetteer: Gazetteer) -> Found | None:
    """An address when the text is nothing else, as one writes it."""
    lead = _LEAD_IN.match(text)
    begin = lead.end() if lead else 0
    if not 4 <= len(text) - begin <= written.MOST_CHARACTERS or _SPOKEN.search(text, begin):
        return None
    if _ROUTE.search(text, begin) and not re.match("[^省市]{2,6}[省市]", text[begin:]):
        return None
    found = _cut_whole(text[begin:], gazetteer)
    if found is None:
        return None
    shifted = tuple((start + begin, stop + begin) for start, stop in found.spans)
    return Found(found.slot, shifted)


def _cut_whole(text: str, gazetteer: Gazetteer) -> Found | None:
    pieces = written.cut(text, gazetteer)
    named = [p for p in pieces if p.label in ORDER or p.label == "place"]
    if not _is_address(text, pieces, named):
        return None
    parts: dict[str, str] = {}
    places: dict[str, Place] = {}
    sure: list[float] = []
    house = any(piece.label in ("building", "unit") for piece in named)
    last: Piece | None = None
    last_label = ""
    for at, piece in enumerate(named):
        name = text[piece.start : piece.end]
        label = piece.label
        if label == "place" and _is_village(at, named, text):
            label = "village"
        if label == "place":
            if last is not None and last.label == "place" and last.end == piece.start:
                if last_label:
                    parts[last_label] += name
                last = piece
                continue
            compound = is_compound(name) or (house and not suffixed(name))
            label = piece.place.part if piece.place else "compound" if compound else "landmark"
        if label == "road" and "road" in parts:
            between = text[last.end : piece.start] if last else ""
            beside = last is not None and last.label == "road" and len(between) <= 1
            if beside and (between or CROSSING_AFTER.match(text, piece.end)):
                label = "crossing"
        taken = label in parts and label not in ("county", "town")
        last, last_label = piece, "" if taken else label
        if not taken:
            parts[label] = value(piece, text)
            p = _sureness(piece, name, bool(len(gazetteer)))
            heard = None if piece.known else gazetteer.sounding(name)
            regions = {other.name for other in named if other.label == "county"}
            if (
                heard
                and heard[0].part == label
                and (not regions or heard[0].parent in regions | {parts.get("town")})
            ):
                parts[label], p = heard[0].name, heard[1]
                places[label] = heard[0]
            elif piece.place is not None:
                places[label] = piece.place
            sure.append(p)
    first, end = named[0].start, named[-1].end
    return composed(parts, min(sure), text[first:end], [(first, end)], places, gazetteer)


def _is_address(text: str, pieces: Sequence[Piece], named: Sequence[Piece]) -> bool:
    regional = bool(pieces) and pieces[0].region is not None and not pieces[0].region.short
    if not regional and _PARTICLES.search(text):
        return False
    leading = sum(piece.region is not None for piece in pieces[:3])
    if not named:
        return False
    if regional and leading >= 2:
        return True
    firm = [p for p in named if p.label != "place" or p.known or suffixed(text[p.start : p.end])]
    strange = [p for p in named if p not in firm and _TWO_NUMERALS.search(text, p.start, p.end)]
    if strange:
        return False
    covered = sum(p.end - p.start for p in pieces)
    anchored = any(p.label in ("province", "prefecture", "county", "town", "road") for p in pieces)
    if (
        not anchored
        and len(firm) < len(named)
        and not (named[0].label == "place" and len(firm) >= 2 and firm[0] is named[1])
    ):
        return False
    return len(named) >= 2 and len(firm) >= 2 and covered >= 0.7 * len(text)


def _is_village(at: int, named: Sequence[Piece], text: str) -> bool:
    """A bare name between a town and a number: 姜山镇翻石渡12号."""
    piece = named[at]
    following = named[at + 1].label if at + 1 < len(named) else ""
    return (
        at > 0
        and named[at - 1].label == "town"
        and not piece.known
        and piece.end - piece.start <= 4
        and following in ("", "number", "group")
        and not suffixed(text[piece.start : piece.end])
    )


def _sureness(piece: Piece, name: str, local: bool) -> float:
    if piece.known:
        return EXACT if piece.score >= KNOWN or piece.place is None else SURE
    if piece.label in ("number", *HOUSE):
        return CERTAIN if not name[-1:].isdigit() else BARE
    return BY_FORM_NUMBERED * (UNKNOWN_HERE if local else 1.0)

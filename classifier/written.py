"""A text that is an address and nothing else, cut into its parts.

The best cut is found by dynamic programming: every stretch that may be a part has a score
(``classifier.writtenparts``) and a place in the order from county to room; what is left between
them is the name of a compound or landmark.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from classifier.gazetteer import Gazetteer
from classifier.writtenparts import (
    HOUSE,
    KNOWN,
    SEPARATORS,
    SKIPPED_WORDS,
    Piece,
    pieces_at,
    place_borders,
)

MOST_CHARACTERS = 100
_RANK = {
    "": 0, "province": 1, "prefecture": 2, "county": 3, "town": 4, "village": 5, "community": 5,
    "group": 5, "road": 6, "number": 7, "place": 8, "building": 9, "unit": 10, "floor": 11,
    "room": 12, "tail": 13,
}  # fmt: skip
PER_PIECE = -0.3
BACKWARDS = -2.0
SKIPPED, FREE, BESIDE = -1.8, -0.05, 0.4  # a character no part holds; separators; 旁边


def cut(text: str, gazetteer: Gazetteer) -> list[Piece]:
    """The best cut of ``text`` (at most ``MOST_CHARACTERS``), skipped characters left out."""
    text = text[:MOST_CHARACTERS]
    size = len(text)
    ends = place_borders(text)
    best: list[dict[str, _State]] = [{} for _ in range(size + 1)]
    best[0][""] = _State(0.0, None, None)

    def keep(at: int, label: str, state: _State) -> None:
        held = best[at].get(label)
        if held is None or held.score < state.score:
            best[at][label] = state

    for at in range(size):
        if not best[at]:
            continue
        gap = SKIPPED_WORDS.match(text, at)
        pieces = [] if gap and SEPARATORS.match(text, at) else pieces_at(text, at, gazetteer, ends)
        for label, state in best[at].items():
            to, cost = (gap.end(), BESIDE if gap["beside"] else FREE) if gap else (at + 1, SKIPPED)
            keep(to, label, _State(state.score + cost, state.last, state.before))
            for piece in pieces:
                step = _step(label, state.last, piece, text)
                if step is not None:
                    total = state.score + piece.score + step + PER_PIECE
                    keep(piece.end, piece.label, _State(total, piece, state))
    if not best[size]:
        return []
    found: list[Piece] = []
    state = max(best[size].values(), key=lambda one: one.score)
    while state.last is not None and state.before is not None:
        found.append(state.last)
        state = state.before
    return found[::-1]


@dataclass(frozen=True, slots=True)
class _State:
    """The best way to a position: its score, the last part, and the way before that part."""

    score: float
    last: Piece | None
    before: _State | None


def _step(last: str, latest: Piece | None, piece: Piece, text: str) -> float | None:
    """What following ``last`` costs ``piece``; ``None`` where it cannot."""
    label = piece.label
    rank, after = _RANK[label], _RANK[last]
    if label in ("province", "prefecture", "county"):
        return _region_step(last, latest, piece, text)
    if piece.above and label in ("town", "village", "community"):
        within = latest is not None and latest.name in piece.above
        return _order(rank, after, label, last) + (
            (0.9 if within else -0.6) if piece.score < KNOWN - 1 else 0.0
        )
    bare = text[piece.end - 1].isascii()
    if label == "number":
        if after > _RANK["place"] or (bare and last not in ("road", "village", "community")):
            return None
        if last in ("", "province", "prefecture", "county"):
            return -3.0
        return -0.2 if last == "place" else -1.5 if last == "number" else 0.0
    if label in HOUSE:
        if last in ("", "province", "prefecture", "county", "town"):
            return -2.5
        if rank <= after:
            return None
        if text[piece.end - 1] == "号" and last not in ("place", "building", "unit", "floor"):
            return None
        return -0.8 if last == "road" and bare else 0.0
    if label == "tail":
        return 0.0 if after >= _RANK["building"] else None
    if label == "place":
        return -0.7 if last == "place" else -1.6 if after > _RANK["place"] else 0.0
    if label == "group":
        return 0.0 if last in ("village", "community", "town", "place") else -1.5
    return _order(rank, after, label, last)


def _order(rank: int, after: int, label: str, last: str) -> float:
    """What a part costs behind one that it should not follow."""
    if rank == after:
        return -1.2 if label in ("village", "community", "road") else BACKWARDS
    if rank < after:
        if label == "town" and after >= _RANK["road"]:
            return 2 * BACKWARDS
        if label == "road" and last == "place":
            return -0.5
        if label in ("village", "community") and last in ("road", "number", "place"):
            return -0.9
        return BACKWARDS * (1.5 if after > _RANK["place"] else 1.0)
    return 0.0


def _region_step(last: str, latest: Piece | None, piece: Piece, text: str) -> float | None:
    """A region follows the regions it lies in, or begins anew."""
    rank, after = _RANK[piece.label], _RANK[last]
    if after >= _RANK["road"]:
        return None  # a region behind a road begins the name of a landmark
    region = piece.region
    above = latest.region if latest else None
    if region is not None and region.short and re.match("[省县区]|市(?!场)", text[piece.end :]):
        return None
    if region is None:  # by its form alone
        fits = last in (
            ("province",) if piece.label == "prefecture" else ("province", "prefecture")
        )
        three = piece.start == 0 and piece.end == 3
        return 0.0 if fits else -0.3 if not last and three else -1.4 if not last else -2.2
    if last and rank <= after:
        if region.short:
            return None
        return -0.8 if after <= 3 else BACKWARDS
    if above is not None and above.name not in region.above:
        return None if region.short else -2.5
    if not last and piece.label == "county":
        if region.short:
            following = text[piece.end : piece.end + 1]
            begins = following in tuple("大中东南西北路街道镇乡村新广小工江花园湖山国")
            return None if begins or piece.start else -0.5
        if piece.end - piece.start == 2:
            return -3.0
    return 0.0

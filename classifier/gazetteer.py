"""A site's place names, found in speech by characters and by sound.

The tables it is read from are those of ``classifier.nametables``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.nametables import PART_OF_KIND, Place, read_tables
from classifier.text import folded, syllables

# How sure a name is by the way it was found.
EXACT, SAME_SOUND, NEAR_SOUND, ONE_OFF = 0.97, 0.9, 0.78, 0.6

_SUFFIXES = {
    "county": ("县", "区", "市"),
    "town": ("街道", "镇", "乡"),
    "community": ("社区",),
    "village": ("行政村", "村"),
    "compound": ("小区", "花园", "公寓", "家园"),
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A place found at ``start`` to ``end``. ``short`` means without its suffix (南苑 for
    南苑小区), which only counts beside other signs of an address."""

    start: int
    end: int
    place: Place
    p: float
    short: bool


@dataclass(frozen=True, slots=True)
class _Spelling:
    place: Place
    text: str
    short: bool


class Gazetteer:
    """Names indexed by characters, by syllables and by syllables with near sounds made one."""

    def __init__(self, places: Sequence[tuple[Place, Sequence[str]]] = ()) -> None:
        self.places = tuple(place for place, _ in places)
        self.problems: tuple[str, ...] = ()
        self._exact: dict[str, list[_Spelling]] = defaultdict(list)
        self._same: dict[str, list[_Spelling]] = defaultdict(list)
        self._near: dict[str, list[_Spelling]] = defaultdict(list)
        self._gapped: dict[str, list[_Spelling]] = defaultdict(list)
        self._heads: set[str] = set()
        self._tails: set[str] = set()
        self._longest = 0
        for place, aliases in places:
            for text in dict.fromkeys((place.name, *aliases)):
                self._add(_Spelling(place, text, short=False))
            stem = _stem(place)
            if stem and stem not in aliases:
                self._add(_Spelling(place, stem, short=True), syllables(place.name)[: len(stem)])

    @classmethod
    def read(cls, *paths: Path, within: str = "") -> Gazetteer:
        """Read tables (see ``classifier.nametables``); what was left out is in ``problems``. A
        file that cannot be read at all gives no names and one problem."""
        problems: list[str] = []
        gazetteer = cls(read_tables(paths, problems, within))
        gazetteer.problems = tuple(problems)
        return gazetteer

    def __len__(self) -> int:
        return len(self.places)

    def _add(self, spelling: _Spelling, read: Sequence[str] | None = None) -> None:
        text = spelling.text
        self._longest = max(self._longest, len(text))
        self._exact[text].append(spelling)
        read = read or syllables(text)
        self._same[" ".join(read)].append(spelling)
        near = [folded(syllable) for syllable in read]
        self._near[" ".join(near)].append(spelling)
        if len(near) >= 4 and not spelling.short:
            self._heads.add(" ".join(near[:2]))
            self._tails.add(" ".join(near[2:]))
            for gap in range(len(near)):
                self._gapped[" ".join((*near[:gap], "*", *near[gap + 1 :]))].append(spelling)

    def beginning(self, text: str, at: int) -> Iterator[tuple[int, list[tuple[Place, bool]]]]:
        """Places written in ``text`` from ``at`` on: where each name ends, and those that bear
        it, each with whether it is without its suffix."""
        if not self.places:
            return
        for end in range(at + 2, min(at + self._longest, len(text)) + 1):
            spellings = self._exact.get(text[at:end])
            if spellings:
                yield end, [(spelling.place, spelling.short) for spelling in spellings]

    def around(self, place: Place) -> Place | None:
        """``place`` if it has coordinates, else the nearest place above it that has."""
        for _ in range(4):
            if place.lon is not None:
                return place
            above = self._exact.get(place.parent, ()) if place.parent else ()
            named = [spelling.place for spelling in above if not spelling.short]
            if len(named) != 1:
                return None
            place = named[0]
        return None

    def sounding(self, name: str) -> tuple[Place, float] | None:
        """The one place that ``name`` as a whole sounds like, with how sure that is."""
        if not self.places or len(name) < 3:
            return None
        read = syllables(name)
        heard = _Heard(name, _Line(read), _Line([folded(syllable) for syllable in read]))
        found = self._at(heard, 0, len(name))
        names = {spelling.place.name for spelling, _ in found if not spelling.short}
        return (found[0][0].place, found[0][1]) if len(names) == 1 else None

    def hits(self, text: str, read: Sequence[str]) -> list[Hit]:
        """Every place named in ``text``, whose syllables are ``read``; they may overlap."""
        found: list[Hit] = []
        if not self.places:
            return found
        heard = _Heard(text, _Line(read), _Line([folded(syllable) for syllable in read]))
        count = len(text)
        for start in range(count):
            for end in range(start + 1, min(start + self._longest, count) + 1):
                if text[end - 1] in "，。、！？ ":
                    break
                if end - start >= 2:
                    best = self._at(heard, start, end)
                    found.extend(Hit(start, end, s.place, p, s.short) for s, p in best)
        return found

    def _at(self, heard: _Heard, start: int, end: int) -> list[tuple[_Spelling, float]]:
        spellings = self._exact.get(heard.text[start:end])
        if spellings:
            return [(s, EXACT) for s in spellings]
        spellings = self._same.get(heard.read.key(start, end))
        if spellings:
            return [(s, SAME_SOUND / _rivals(spellings)) for s in spellings]
        near = heard.near
        spellings = self._near.get(near.key(start, end))
        if spellings:
            return [(s, NEAR_SOUND / _rivals(spellings)) for s in spellings]
        if end - start < 4:
            return []
        gaps: list[int] = []
        if near.key(start + 2, end) in self._tails:
            gaps += (start, start + 1)
        if near.key(start, start + 2) in self._heads:
            gaps += range(start + 2, end)
        return [
            (s, ONE_OFF)
            for gap in gaps
            for s in self._gapped.get(near.gapped(start, gap, end), ())
            if _alike(near.items[gap], folded(syllables(s.text)[gap - start]))
        ]


class _Line:
    """Syllables joined by blanks, so that any stretch of them is one slice."""

    def __init__(self, items: Sequence[str]) -> None:
        self.items = items
        self._joined = " ".join(items) + " "
        self._starts = [0]
        for item in items:
            self._starts.append(self._starts[-1] + len(item) + 1)

    def key(self, start: int, end: int) -> str:
        return self._joined[self._starts[start] : self._starts[end] - 1]

    def gapped(self, start: int, gap: int, end: int) -> str:
        return " ".join((*self.items[start:gap], "*", *self.items[gap + 1 : end]))


@dataclass(frozen=True, slots=True)
class _Heard:
    text: str
    read: _Line
    near: _Line


def _rivals(spellings: Sequence[_Spelling]) -> float:
    """How much several places that sound the same take from one another."""
    return 1.0 + 0.25 * (len({s.place.name for s in spellings}) - 1)


def _alike(heard: str, meant: str) -> bool:
    """Whether two different syllables share their first sound or their last."""
    if heard == meant:
        return False
    return heard[0] == meant[0] or (len(meant) > 2 and heard[-2:] == meant[-2:])


def _stem(place: Place) -> str:
    for suffix in _SUFFIXES.get(place.kind, ()):
        if place.name.endswith(suffix) and len(place.name) - len(suffix) >= 2:
            return place.name[: -len(suffix)]
    return ""


__all__ = ["EXACT", "ONE_OFF", "PART_OF_KIND", "Gazetteer", "Hit", "Place"]

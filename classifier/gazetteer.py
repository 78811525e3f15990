"""A site's place names, found in speech by characters and by sound.

The file is a CSV with the columns ``name,kind,parent,aliases,lon,lat``; aliases are divided
by ``|``. A bad row is left out and named by file and line.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.text import clean, folded, has_chinese, syllables

PART_OF_KIND = {
    "county": "county",
    "town": "town",
    "community": "community",
    "village": "village",
    "road": "road",
    "compound": "compound",
} | dict.fromkeys(
    ("landmark", "school", "hospital", "market", "park", "station", "bridge", "hotel", "shop",
     "factory", "office", "reservoir", "scenic"),
    "landmark",
)  # fmt: skip
COLUMNS = ("name", "kind", "parent", "aliases", "lon", "lat")
LONGEST_NAME = 16
MOST_ROWS = 1_000_000

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
class Place:
    """A named place; coordinates are degrees or ``None``."""

    name: str
    kind: str
    parent: str
    lon: float | None
    lat: float | None

    @property
    def part(self) -> str:
        """The key it takes in an address."""
        return PART_OF_KIND[self.kind]


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
    def read(cls, path: Path) -> Gazetteer:
        """Read a CSV; what was left out is in ``problems``. A file that cannot be read at all
        gives an empty gazetteer with one problem."""
        problems: list[str] = []
        places: list[tuple[Place, list[str]]] = []
        try:
            with path.open(encoding="utf-8-sig", newline="") as file:
                for place in _rows(file, path, problems):
                    places.append(place)
                    if len(places) >= MOST_ROWS:
                        problems.append(f"{path}: more than {MOST_ROWS} rows, the rest left out")
                        break
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            problems.append(f"{path}: cannot be read: {error}")
        gazetteer = cls(places)
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


def _rows(
    file: Iterator[str], path: Path, problems: list[str]
) -> Iterator[tuple[Place, list[str]]]:
    reader = csv.reader(file)
    header = [name.strip() for name in next(reader, [])]
    missing = [name for name in COLUMNS[:2] if name not in header]
    if missing:
        problems.append(f"{path}:1: the column {missing[0]!r} is missing")
        return
    for cells in reader:
        where = f"{path}:{reader.line_num}"
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            problems.append(f"{where}: {len(cells)} cells, the header has {len(header)}")
            continue
        row = dict.fromkeys(COLUMNS, "") | {
            name: cell.strip() for name, cell in zip(header, cells, strict=False)
        }
        name = clean(row["name"])
        if not 2 <= len(name) <= LONGEST_NAME or not has_chinese(name):
            problems.append(
                f"{where}: the name {row['name'][:32]!r} is not 2 to {LONGEST_NAME} "
                "Chinese characters"
            )
            continue
        if row["kind"] not in PART_OF_KIND:
            problems.append(f"{where}: unknown kind {row['kind'][:32]!r}")
            continue
        try:
            lon, lat = _coordinate(row["lon"], 180), _coordinate(row["lat"], 90)
        except ValueError as error:
            problems.append(f"{where}: {error}")
            continue
        aliases = [clean(alias) for alias in row["aliases"].split("|") if alias.strip()]
        kept = [alias for alias in aliases if 2 <= len(alias) <= LONGEST_NAME]
        if len(kept) < len(aliases):
            problems.append(f"{where}: an alias is not 2 to {LONGEST_NAME} characters, left out")
        yield Place(name, row["kind"], row["parent"], lon, lat), kept


def _coordinate(cell: str, bound: float) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"the coordinate {cell[:32]!r} is not a number") from None
    if not -bound <= value <= bound:
        raise ValueError(f"the coordinate {cell[:32]!r} is outside ±{bound:g}")
    return value

"""A demo site's folder of tables, read and checked. People and telephone numbers in it are
invented."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, TypeVar

from classifier.articles import Article, read_articles
from ivr.numbers import NUMBER
from models.dispatch_tables import Area, AreaLevel, Centre, DutyRole, ForceKind
from models.errors import SetupError
from models.unit_forms import DutyRule, UnitForm
from yihu.centre import QUEUES

E = TypeVar("E", bound=StrEnum)

SITES = Path(__file__).resolve().parent / "demo"

UNIT_COLUMNS: Final = (
    "code", "name", "kind", "tier", "area", "duty", "duty_phone", "form", "kinds",
    "capabilities", "lon", "lat",
)  # fmt: skip
FIRM_COLUMNS: Final = ("code", "name", "trades", "area", "duty", "duty_phone")
COUNTY_COLUMNS: Final = ("code", "name", "kind", "tier", "duty", "capabilities")
NUMBER_COLUMNS: Final = ("number", "queue", "name")
AREA_COLUMNS: Final = ("code", "name", "level", "parent", "lon", "lat")
CENTRE_COLUMNS: Final = ("code", "name", "area", "parent", "duty_phone")
FORCE_COLUMNS: Final = (
    "code", "unit", "kind", "name", "capabilities", "people", "lon", "lat",
)  # fmt: skip
DUTY_COLUMNS: Final = ("code", "class", "name", "category", "unit", "role", "area", "hours")
GRID_COLUMNS: Final = ("township", "grids")

LEVELS: Final = tuple(AreaLevel)
FIRM_KIND: Final = "家政服务"


@dataclass(frozen=True, slots=True)
class Unit:
    """A row of ``units.csv``, ``firms.csv`` or ``county_units.csv``. ``number`` counts within
    the site; invented names and telephone numbers are made of it."""

    number: int
    code: str
    name: str
    kind: str
    tier: int
    area: str = ""
    duty: DutyRule = DutyRule.ALWAYS
    duty_phone: str = ""
    form: UnitForm = UnitForm.AUTHORITY
    kinds: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    centre_code: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """A site's folder, read and checked."""

    folder: Path
    units: tuple[Unit, ...]
    numbers: tuple[dict[str, str], ...]
    areas: tuple[Area, ...]
    centres: tuple[Centre, ...]
    forces: tuple[dict[str, Any], ...]
    duties: tuple[dict[str, str], ...]
    articles: tuple[Article, ...]

    def described(self) -> str:
        """What the site holds, in one line."""
        units = [unit for unit in self.units if unit.form is not UnitForm.FIRM]
        own = [unit for unit in units if not unit.centre_code]
        tiers = "/".join(str(sum(unit.tier == tier for unit in own)) for tier in (1, 2, 3))
        townships = sum(unit.form is UnitForm.TOWNSHIP for unit in own)
        parts = [f"{len(own)} units (tiers {tiers}; {townships} townships)"]
        lower = [centre for centre in self.centres if centre.parent_code is not None]
        if lower:
            parts.append(f"{len(lower)} lower centres with {len(units) - len(own)} units")
        firms = len(self.units) - len(units)
        parts += [f"{firms} firms"] if firms else []
        grids = sum(area.level is AreaLevel.GRID for area in self.areas)
        parts.append(f"{len(self.areas) - grids} areas")
        parts += [f"{grids} grids"] if grids else []
        classes = len({duty["class"] for duty in self.duties})
        parts += [f"{len(self.duties)} duties in {classes} classes"] if classes else []
        parts.append(f"{len(self.forces)} teams and vehicles")
        return ", ".join(parts)


def read_site(name: str) -> Site:
    """Read a demo site; raises ``SetupError`` naming file and line of a bad row."""
    folder = SITES / name
    if not (folder / "units.csv").is_file() or Path(name).name != name:
        known = ", ".join(sorted(item.parent.name for item in SITES.glob("*/units.csv")))
        raise SetupError(f"There is no demo site {name!r}: choose one of {known}.")
    areas = _areas(folder)
    names = {area.name for area in areas}
    centres = _centres(folder, {area.code for area in areas})
    units = _units(folder, names)
    units += _firms(folder, names, len(units))
    units += _county_units(folder, centres, areas, len(units))
    _once(folder / "units.csv", [unit.code for unit in units])
    codes = {unit.code for unit in units}
    return Site(
        folder=folder,
        units=tuple(units),
        numbers=_numbers(folder / "hotlines.csv"),
        areas=tuple(areas),
        centres=tuple(centres),
        forces=tuple(_forces(folder / "forces.csv", codes)),
        duties=tuple(_duties(folder / "duties.csv", codes, {area.code for area in areas})),
        articles=_articles(folder / "knowledge"),
    )


def _units(folder: Path, areas: set[str]) -> list[Unit]:
    path = folder / "units.csv"
    return [
        Unit(
            number=number,
            code=row["code"],
            name=row["name"],
            kind=row["kind"],
            tier=_tier(path, line, row["tier"]),
            area=_known(path, line, "area", row["area"], areas),
            duty=_one_of(path, line, "duty", row["duty"], DutyRule),
            duty_phone=row["duty_phone"],
            form=_one_of(path, line, "form", row["form"], UnitForm),
            kinds=_several(row["kinds"]),
            capabilities=_several(row["capabilities"]),
            lon=_degrees(path, line, "lon", row["lon"]),
            lat=_degrees(path, line, "lat", row["lat"]),
        )
        for number, (line, row) in enumerate(_named(path, UNIT_COLUMNS, "kind"), start=1)
    ]


def _firms(folder: Path, areas: set[str], before: int) -> list[Unit]:
    path = folder / "firms.csv"
    rows = _named(path, FIRM_COLUMNS, "trades") if path.is_file() else ()
    return [
        Unit(
            number=number,
            code=row["code"],
            name=row["name"],
            kind=FIRM_KIND,
            tier=3,
            area=_known(path, line, "area", row["area"], areas),
            duty=_one_of(path, line, "duty", row["duty"], DutyRule),
            duty_phone=row["duty_phone"],
            form=UnitForm.FIRM,
            capabilities=_several(row["trades"]),
        )
        for number, (line, row) in enumerate(rows, start=before + 1)
    ]


def _county_units(
    folder: Path, centres: list[Centre], areas: list[Area], before: int
) -> list[Unit]:
    """The same units for every lower centre: ``{county}`` in a name is its area's."""
    path = folder / "county_units.csv"
    if not path.is_file():
        return []
    rows = list(_named(path, COUNTY_COLUMNS, "kind"))
    names = {area.code: area.name for area in areas}
    found: list[Unit] = []
    for centre in centres:
        if centre.parent_code is None:
            continue
        county = names[centre.area_code]
        for line, row in rows:
            number = before + len(found) + 1
            found.append(
                Unit(
                    number=number,
                    code=f"{centre.code}-{row['code']}",
                    name=row["name"].replace("{county}", county),
                    kind=row["kind"],
                    tier=_tier(path, line, row["tier"]),
                    area=county,
                    duty=_one_of(path, line, "duty", row["duty"], DutyRule),
                    duty_phone=f"0040{number:04d}",
                    capabilities=_several(row["capabilities"]),
                    centre_code=centre.code,
                )
            )
    return found


def _areas(folder: Path) -> list[Area]:
    path = folder / "areas.csv"
    found: dict[str, Area] = {}
    for line, row in _named(path, AREA_COLUMNS) if path.is_file() else ():
        parent = found.get(row["parent"])
        if row["parent"] and parent is None:
            raise SetupError(f"{path}:{line}: there is no area {row['parent']!r} above this line.")
        if row["code"] in found:
            raise SetupError(f"{path}:{line}: area {row['code']!r} is there twice.")
        level = _one_of(path, line, "level", row["level"], AreaLevel)
        if parent is not None and LEVELS.index(level) <= LEVELS.index(parent.level):
            raise SetupError(f"{path}:{line}: a {level} cannot lie in a {parent.level}.")
        found[row["code"]] = _area(
            row["code"],
            row["name"],
            level,
            parent,
            _degrees(path, line, "lon", row["lon"]),
            _degrees(path, line, "lat", row["lat"]),
        )
    return [*found.values(), *_grids(folder / "grids.csv", found)]


def _grids(path: Path, areas: Mapping[str, Area]) -> Iterator[Area]:
    """The grids of each township, numbered, each with an invented collector."""
    townships = {area.name: area for area in areas.values() if area.level is AreaLevel.TOWNSHIP}
    number = 0
    for line, row in _read(path, GRID_COLUMNS) if path.is_file() else ():
        township = townships.get(row["township"])
        if township is None or not row["grids"].isdecimal():
            raise SetupError(f"{path}:{line}: give a township of areas.csv and a number of grids.")
        for position in range(1, int(row["grids"]) + 1):
            number += 1
            code, name = f"{township.code}g{position:03d}", f"{township.name}第{position}网格"
            grid = _area(code, name, AreaLevel.GRID, township, None, None)
            grid.contact_name = f"演示网格员{number:03d}"
            grid.contact_phone = f"0500{number:04d}"
            yield grid


def _area(
    code: str, name: str, level: AreaLevel, parent: Area | None, lon: float | None,
    lat: float | None,
) -> Area:  # fmt: skip
    return Area(
        code=code,
        name=name,
        level=level,
        parent_code=parent.code if parent else None,
        path=f"{parent.path if parent else ''}{code}/",
        lon=lon,
        lat=lat,
    )


def _centres(folder: Path, areas: set[str]) -> list[Centre]:
    path = folder / "centres.csv"
    found: dict[str, Centre] = {}
    for line, row in _named(path, CENTRE_COLUMNS) if path.is_file() else ():
        if row["parent"] and row["parent"] not in found:
            raise SetupError(
                f"{path}:{line}: there is no centre {row['parent']!r} above this line."
            )
        if not row["parent"] and found:
            raise SetupError(f"{path}:{line}: only the first centre is without a parent.")
        found[row["code"]] = Centre(
            code=row["code"],
            name=row["name"],
            area_code=_known(path, line, "area", row["area"], areas),
            parent_code=row["parent"] or None,
            duty_phone=row["duty_phone"],
        )
    return list(found.values())


def _forces(path: Path, units: set[str]) -> Iterator[dict[str, Any]]:
    for line, row in _named(path, FORCE_COLUMNS) if path.is_file() else ():
        if not row["people"].isdecimal():
            raise SetupError(f"{path}:{line}: people is {row['people']!r}, give a number.")
        yield {
            "code": row["code"],
            "unit": _known(path, line, "unit", row["unit"], units, empty=False),
            "kind": _one_of(path, line, "kind", row["kind"], ForceKind),
            "name": row["name"],
            "capabilities": list(_several(row["capabilities"])),
            "people": int(row["people"]),
            "lon": _degrees(path, line, "lon", row["lon"]),
            "lat": _degrees(path, line, "lat", row["lat"]),
        }


def _duties(path: Path, units: set[str], areas: set[str]) -> Iterator[dict[str, str]]:
    for line, row in _named(path, DUTY_COLUMNS, "class") if path.is_file() else ():
        _known(path, line, "unit", row["unit"], units, empty=False)
        _known(path, line, "area", row["area"], areas)
        _one_of(path, line, "role", row["role"], DutyRole)
        try:
            for part in row["hours"].split("-") if row["hours"] else ():
                time.fromisoformat(part)
            right = not row["hours"] or row["hours"].count("-") == 1
        except ValueError:
            right = False
        if not right:
            raise SetupError(
                f"{path}:{line}: hours is {row['hours']!r}, write 22:00-06:00 or leave it empty."
            )
        yield row


def _articles(folder: Path) -> tuple[Article, ...]:
    """The answers a site begins with; none where it has no such folder."""
    if not folder.is_dir():
        return ()
    read = read_articles(folder)
    if read.problems:
        raise SetupError(f"{read.problems[0]}.")
    return read.articles


def _numbers(path: Path) -> tuple[dict[str, str], ...]:
    """The old hotlines of a site; none where it has no such file."""
    if not path.is_file():
        return ()
    found: dict[str, dict[str, str]] = {}
    for line, row in _read(path, NUMBER_COLUMNS):
        number = row["number"]
        if not NUMBER.fullmatch(number) or number in found:
            raise SetupError(f"{path}:{line}: number {number!r} must be 3 to 32 digits, once.")
        if row["queue"] not in {code for code, *_ in QUEUES} or row["queue"] == number:
            raise SetupError(f"{path}:{line}: there is no queue {row['queue']!r}.")
        found[number] = row
    return tuple(found.values())


def _named(
    path: Path, columns: tuple[str, ...], *more: str
) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a table of which code, name and ``more`` must be filled."""
    for line, row in _read(path, columns):
        wanted = ("code", "name", *more)
        if not all(row[column] for column in wanted):
            raise SetupError(f"{path}:{line}: {', '.join(wanted)} must not be empty.")
        yield line, row


def _read(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines of a table with their numbers; raises ``SetupError`` for other columns."""
    with path.open(encoding="utf-8", newline="") as handle:
        reader = csv.DictReader(handle)
        if tuple(reader.fieldnames or ()) != columns:
            raise SetupError(f"{path}:1: the columns must be {','.join(columns)}.")
        for line, row in enumerate(reader, start=2):
            if None in row or None in row.values():
                raise SetupError(f"{path}:{line}: there must be {len(columns)} columns.")
            yield line, dict(row)


def _tier(path: Path, line: int, value: str) -> int:
    if value not in {"1", "2", "3"}:
        raise SetupError(f"{path}:{line}: tier is {value!r}, use 1, 2 or 3.")
    return int(value)


def _one_of(path: Path, line: int, column: str, value: str, kind: type[E]) -> E:
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(kind)
        raise SetupError(f"{path}:{line}: {column} is {value!r}, use one of {known}.") from None


def _known(
    path: Path, line: int, column: str, value: str, known: set[str], *, empty: bool = True
) -> str:
    if value not in known and not (empty and not value):
        raise SetupError(f"{path}:{line}: there is no {column} {value!r} in this site.")
    return value


def _degrees(path: Path, line: int, column: str, value: str) -> float | None:
    if not value:
        return None
    try:
        found = float(value)
    except ValueError:
        found = 1000.0
    if not -180.0 <= found <= 180.0:
        raise SetupError(f"{path}:{line}: {column} is {value!r}, give degrees.")
    return found


def _several(value: str) -> tuple[str, ...]:
    return tuple(part for part in value.split(";") if part)


def _once(path: Path, codes: list[str]) -> None:
    seen: set[str] = set()
    for code in codes:
        if code in seen:
            raise SetupError(f"{path}: unit {code!r} is there twice.")
        seen.add(code)

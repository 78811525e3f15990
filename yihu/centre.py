"""What every centre starts with, and loading a site: units, local names."""

from __future__ import annotations

import csv
import secrets
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from classifier.articles import Article, read_articles
from ivr.numbers import NUMBER
from models.database import Database
from models.errors import SetupError
from models.knowledge_tables import KnowledgeArticle
from models.tables import LinkageUnit, Queue, Seat
from models.telephony_tables import HotlineNumber

SITES = Path(__file__).resolve().parent / "demo"
UNIT_COLUMNS = ("code", "name", "kind", "tier", "area", "duty_phone")
NUMBER_COLUMNS = ("number", "queue", "name")

QUEUES = (("110", "紧急报警", True), ("96345", "便民服务", False))
SEATS_PER_QUEUE = 10
SUPERVISOR_SEATS = 2


async def ensure_centre(database: Database) -> None:
    """Make the two queues and ten seats for each, and the supervisors' seats, where there are
    none yet. A supervisor's seat is one that serves no queue."""
    async with database.writing() as work:
        session = work.session
        seats = list(await session.scalars(select(Seat)))
        if all(seat.queue_codes for seat in seats):
            taken = {seat.code for seat in seats}
            for position in range(1, SUPERVISOR_SEATS + 1):
                code = f"lead{position:02d}"
                if code not in taken:
                    session.add(_seat(code, f"班长席{position}", []))
        if await session.scalar(select(func.count()).select_from(Queue)):
            return
        number = 0
        for code, name, emergency in QUEUES:
            session.add(Queue(code=code, name=name, emergency=emergency))
            for position in range(1, SEATS_PER_QUEUE + 1):
                number += 1
                session.add(_seat(f"seat{number:02d}", f"{code} 第{position}席", [code]))


def _seat(code: str, name: str, queue_codes: list[str]) -> Seat:
    return Seat(code=code, name=name, queue_codes=queue_codes, sip_secret=secrets.token_urlsafe(18))


@dataclass(frozen=True, slots=True)
class Site:
    """A site's folder, read and checked."""

    folder: Path
    units: tuple[dict[str, str], ...]
    numbers: tuple[dict[str, str], ...]
    articles: tuple[Article, ...]


def read_site(name: str) -> Site:
    """Read a demo site; raises ``SetupError`` naming file and line of a bad row."""
    folder = SITES / name
    path = folder / "units.csv"
    if not path.is_file():
        known = ", ".join(sorted(item.parent.name for item in SITES.glob("*/units.csv")))
        raise SetupError(f"There is no demo site {name!r}: choose one of {known}.")
    units: list[dict[str, str]] = []
    for line, row in _read(path, UNIT_COLUMNS):
        if not row["code"] or not row["name"] or not row["kind"]:
            raise SetupError(f"{path}:{line}: code, name and kind must not be empty.")
        if row["tier"] not in {"1", "2", "3"}:
            raise SetupError(f"{path}:{line}: tier is {row['tier']!r}, use 1, 2 or 3.")
        units.append(row)
    return Site(
        folder=folder,
        units=tuple(units),
        numbers=_numbers(folder / "hotlines.csv"),
        articles=_articles(folder / "knowledge"),
    )


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


async def load_site(database: Database, site: Site, gazetteer_csv: Path) -> None:
    """Store the site's units (by code), old hotlines (by number) and those articles that are not
    there yet, and put its local names where the classifier reads them."""
    async with database.writing() as work:
        for line in site.numbers:
            await work.session.merge(
                HotlineNumber(number=line["number"], queue_code=line["queue"], name=line["name"])
            )
        known = {unit.code: unit for unit in await work.session.scalars(select(LinkageUnit))}
        for row in site.units:
            unit = known.get(row["code"])
            if unit is None:
                unit = LinkageUnit(code=row["code"])
                work.session.add(unit)
            unit.name = row["name"]
            unit.kind = row["kind"]
            unit.tier = int(row["tier"])
            unit.area = row["area"]
            unit.duty_phone = row["duty_phone"]
            unit.active = True
        await _add_articles(work.session, site.articles, database.clock.now())
    source = site.folder / "gazetteer.csv"
    if source.is_file():
        gazetteer_csv.parent.mkdir(parents=True, exist_ok=True)
        part = gazetteer_csv.with_suffix(".part")
        shutil.copyfile(source, part)
        part.replace(gazetteer_csv)


async def _add_articles(session: AsyncSession, articles: Iterable[Article], now: datetime) -> None:
    """Articles that supervisors have changed or taken back stay as they are."""
    known = set(await session.scalars(select(KnowledgeArticle.code)))
    session.add_all(
        KnowledgeArticle(
            code=article.id,
            title=article.title,
            answer=article.answer,
            unit=article.unit,
            source=article.source,
            questions=list(article.questions),
            tags=list(article.tags),
            valid_from=article.valid_from,
            valid_until=article.valid_until,
            updated_at=now,
            updated_by_id=None,
            retired_at=None,
        )
        for article in articles
        if article.id not in known
    )

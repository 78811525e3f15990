"""Storing a demo site: its areas, units, firms, teams, duties and local names."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from classifier.articles import Article
from models.clock import CHINA_TIME
from models.database import Database
from models.dispatch_states import ForceStatus
from models.dispatch_tables import Area, Duty, DutyRole, DutyShift, Force
from models.errors import SetupError
from models.knowledge_tables import GazetteerTable, KnowledgeArticle
from models.tables import LinkageUnit
from models.telephony_tables import HotlineNumber
from models.unit_forms import DutyRule
from yihu.site_tables import Site, Unit

ROSTER_DAYS: Final = 14
SHIFTS: Final = ((time(8), "甲"), (time(20), "乙"))
SHIFT: Final = timedelta(hours=12)


async def load_site(database: Database, site: Site, gazetteer_csv: Path) -> None:
    """Store everything of the site, rows found by their code and articles that are not there
    yet, and put its local names where the classifier reads them, unless supervisors have applied
    a table of their own, with its map beside them. Raises ``SetupError`` where another site is
    stored."""
    async with database.writing() as work:
        session = work.session
        await _refuse_another(session, site)
        for line in site.numbers:
            await session.merge(
                HotlineNumber(number=line["number"], queue_code=line["queue"], name=line["name"])
            )
        for area in site.areas:
            await session.merge(area)
        for centre in site.centres:
            await session.merge(centre)
        by_name = {area.name: area.code for area in reversed(site.areas)}
        known = {unit.code: unit for unit in await session.scalars(select(LinkageUnit))}
        for read in site.units:
            unit = known.get(read.code)
            if unit is None:
                unit = known[read.code] = LinkageUnit(code=read.code)
                session.add(unit)
            _fill(unit, read, by_name)
        ids = {code: unit.id for code, unit in known.items()}
        await _store_forces(session, site, ids, database.clock.now())
        for row in site.duties:
            await session.merge(
                Duty(
                    code=row["code"],
                    class_name=row["class"],
                    name=row["name"],
                    category_code=row["category"],
                    unit_id=ids[row["unit"]],
                    role=DutyRole(row["role"]),
                    area_code=row["area"],
                    hours=row["hours"],
                )
            )
        await _store_roster(session, site, ids, database.clock.now())
        await _add_articles(session, site.articles, database.clock.now())
        applied = select(GazetteerTable.id).where(GazetteerTable.applied_at.is_not(None)).limit(1)
        own_names = await session.scalar(applied) is not None
    _put(site.folder / "gazetteer.csv", gazetteer_csv, keep=own_names)
    _put(site.folder / "map.geojson", gazetteer_csv.with_name("map.geojson"), keep=False)


def _put(source: Path, target: Path, *, keep: bool) -> None:
    """Put a file of the site in place; with ``keep`` one that is there stays."""
    if not source.is_file() or (keep and target.is_file()):
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    part.replace(target)


async def _refuse_another(session: AsyncSession, site: Site) -> None:
    roots = set(await session.scalars(select(Area.code).where(Area.parent_code.is_(None))))
    mine = {area.code for area in site.areas if area.parent_code is None}
    if mine and roots - mine:
        raise SetupError(
            f"This data directory already holds another site, so {site.folder.name!r} cannot be "
            "loaded into it; set YIHU_DATA_DIR to an empty directory."
        )


def _fill(unit: LinkageUnit, read: Unit, areas: Mapping[str, str]) -> None:
    unit.name, unit.kind, unit.tier = read.name, read.kind, read.tier
    unit.area, unit.area_code = read.area, areas.get(read.area, "")
    unit.duty_phone, unit.duty_rule, unit.form = read.duty_phone, read.duty, read.form
    unit.kinds, unit.capabilities = list(read.kinds), list(read.capabilities)
    unit.lon, unit.lat, unit.centre_code = read.lon, read.lat, read.centre_code
    unit.leader_name = f"演示负责人{read.number:03d}"
    unit.leader_phone = f"0100{read.number:04d}"
    unit.liaison_name = f"演示联络员{read.number:03d}"
    unit.liaison_phone = f"0200{read.number:04d}"
    unit.active = True


async def _store_forces(
    session: AsyncSession, site: Site, ids: Mapping[str, UUID], now: datetime
) -> None:
    """A force that is there keeps its status and where it was last seen."""
    known = {row.code: row for row in await session.scalars(select(Force))}
    for number, read in enumerate(site.forces, start=1):
        force = known.get(read["code"])
        if force is None:
            force = Force(
                code=read["code"],
                status=ForceStatus.READY,
                status_since=now,
                lon=read["lon"],
                lat=read["lat"],
                position_at=now if read["lon"] is not None else None,
            )
            session.add(force)
        force.unit_id, force.kind, force.name = ids[read["unit"]], read["kind"], read["name"]
        force.capabilities, force.people = read["capabilities"], read["people"]
        force.contact_phone = f"0300{number:04d}"


async def _store_roster(
    session: AsyncSession, site: Site, ids: Mapping[str, UUID], now: datetime
) -> None:
    """Two shifts a day for two weeks, where a unit goes by its roster."""
    midnight = datetime.combine(now.astimezone(CHINA_TIME).date(), time(), CHINA_TIME)
    first = midnight - timedelta(days=1)
    known = {
        (row.unit_id, row.starts_at)
        for row in await session.scalars(select(DutyShift).where(DutyShift.ends_at > first))
    }
    for unit in site.units:
        if unit.duty is not DutyRule.ROSTER:
            continue
        for day in range(-1, ROSTER_DAYS):
            for begins, label in SHIFTS:
                start = midnight + timedelta(days=day, hours=begins.hour)
                if (ids[unit.code], start) in known:
                    continue
                session.add(
                    DutyShift(
                        unit_id=ids[unit.code],
                        starts_at=start,
                        ends_at=start + SHIFT,
                        person_name=f"演示值班员{label}{unit.number:03d}",
                        phone=unit.duty_phone,
                    )
                )


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

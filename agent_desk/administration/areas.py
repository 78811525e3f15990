"""Areas and centres: their names, contacts and points. The tree itself comes with the site."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import func, select, update

from agent_desk.accounts import Person
from agent_desk.administration.record import check_version, note
from agent_desk.wire_areas import AreaInfo, CentreInfo, PutArea, PutCentre
from dispatch.levels import HIGHEST
from models.clock import Clock
from models.database import Database
from models.dispatch_tables import Area, Centre
from models.errors import InvalidInput, NotFound
from models.tables import LinkageUnit, User

AREA: Final = "area"
CENTRE: Final = "centre"
MOST_AREAS: Final = 20_000


class Areas:
    """Views and changes of areas and centres."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def areas(self) -> list[AreaInfo]:
        """Every area, each after the one it lies in."""
        counted = select(LinkageUnit.area_code, func.count()).where(LinkageUnit.active)
        inside = select(Area.parent_code, func.count()).where(Area.parent_code.is_not(None))
        async with self._database.reading() as session:
            rows = (await session.scalars(select(Area).order_by(Area.path).limit(MOST_AREAS))).all()
            units = dict((await session.execute(counted.group_by(LinkageUnit.area_code))).all())
            below = dict((await session.execute(inside.group_by(Area.parent_code))).all())
        return [_area(row, units.get(row.code, 0), below.get(row.code, 0)) for row in rows]

    async def put_area(self, code: str, wanted: PutArea, by: Person) -> None:
        """Change an area; units that serve it carry its new name.

        Raises ``NotFound``, ``InvalidInput`` and ``EditedMeanwhile``.
        """
        if (wanted.lon is None) is not (wanted.lat is None):
            raise InvalidInput("经度和纬度要一起填写，或都留空。")
        async with self._database.writing() as work:
            row = await work.session.get(Area, code, with_for_update=True)
            if row is None:
                raise NotFound("没有这个区域，请刷新页面。")
            await check_version(work.session, row, wanted.version, AREA, code)
            before = _shown(row)
            row.name, row.lon, row.lat = wanted.name, wanted.lon, wanted.lat
            row.contact_name, row.contact_phone = wanted.contact_name, wanted.contact_phone
            if note(
                work, self._clock, by.user_id, "change", AREA, code, row.name, before, _shown(row)
            ):
                row.version += 1
            if before["name"] != row.name:
                await work.session.execute(
                    update(LinkageUnit).where(LinkageUnit.area_code == code).values(area=row.name)
                )

    async def area(self, code: str) -> AreaInfo:
        """One area; raises ``NotFound``."""
        for row in await self.areas():
            if row.code == code:
                return row
        raise NotFound("没有这个区域，请刷新页面。")

    async def centres(self) -> list[CentreInfo]:
        """Every centre, the highest first."""
        async with self._database.reading() as session:
            rows = (await session.scalars(select(Centre))).all()
            people = dict((await session.execute(_count(User.centre_code))).all())
            units = dict((await session.execute(_count(LinkageUnit.centre_code))).all())
            codes = [row.area_code for row in rows]
            named = select(Area.code, Area.name).where(Area.code.in_(codes))
            areas = dict((await session.execute(named)).all())
        names = {row.code: row.name for row in rows}
        found = []
        for row in sorted(rows, key=lambda one: (one.parent_code is not None, one.code)):
            own = HIGHEST if row.parent_code is None else row.code
            found.append(
                CentreInfo(
                    code=row.code,
                    version=row.version,
                    name=row.name,
                    area_name=areas.get(row.area_code, ""),
                    parent_name=names.get(row.parent_code or "", ""),
                    duty_phone=row.duty_phone,
                    people=people.get(own, 0),
                    units=units.get(own, 0),
                )
            )
        return found

    async def put_centre(self, code: str, wanted: PutCentre, by: Person) -> None:
        """Change a centre; raises ``NotFound`` and ``EditedMeanwhile``."""
        async with self._database.writing() as work:
            row = await work.session.get(Centre, code, with_for_update=True)
            if row is None:
                raise NotFound("没有这个指挥中心，请刷新页面。")
            await check_version(work.session, row, wanted.version, CENTRE, code)
            before = {"name": row.name, "duty_phone": row.duty_phone}
            row.name, row.duty_phone = wanted.name, wanted.duty_phone
            after = {"name": row.name, "duty_phone": row.duty_phone}
            if note(work, self._clock, by.user_id, "change", CENTRE, code, row.name, before, after):
                row.version += 1


def _count(column: Any) -> Any:
    return select(column, func.count()).group_by(column)


def _area(row: Area, units: int, below: int) -> AreaInfo:
    return AreaInfo(
        code=row.code,
        version=row.version,
        name=row.name,
        level=row.level,
        parent_code=row.parent_code,
        lon=row.lon,
        lat=row.lat,
        contact_name=row.contact_name,
        contact_phone=row.contact_phone,
        units=units,
        below=below,
    )


def _shown(row: Area) -> dict[str, Any]:
    return {
        "name": row.name,
        "contact_name": row.contact_name,
        "contact_phone": row.contact_phone,
        "lon": row.lon,
        "lat": row.lat,
    }

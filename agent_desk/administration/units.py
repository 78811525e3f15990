"""联动单位: who orders are sent to. A unit is retired, never deleted."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.accounts import Person
from agent_desk.administration.record import check_version, note
from agent_desk.wire_units import AddUnit, UnitFields
from dispatch.levels import centres
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.dispatch_tables import Area
from models.errors import Conflict, InvalidInput, NotFound
from models.tables import LinkageUnit
from models.unit_forms import UnitForm

SUBJECT: Final = "unit"
MOST_UNITS: Final = 5_000
TAKEN: Final = "单位编号“{}”已经有了，请换一个。"
# Written as they are; the others are checked on the way.
PLAIN: Final = (
    "name", "kind", "tier", "form", "duty_rule", "duty_phone", "voice_dispatch", "leader_name",
    "leader_phone", "liaison_name", "liaison_phone", "lon", "lat",
)  # fmt: skip


class Units:
    """Changes of units; each is seen by the next order that is sent."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, wanted: AddUnit, by: Person) -> UUID:
        """A new unit; raises ``Conflict`` for a code taken, ``InvalidInput``."""
        unit = LinkageUnit(code=wanted.code)
        try:
            async with self._database.writing() as work:
                held = (await work.session.scalars(select(LinkageUnit.code))).all()
                if wanted.code.lower() in {code.lower() for code in held}:
                    raise Conflict(TAKEN.format(wanted.code))
                if len(held) >= MOST_UNITS:
                    raise Conflict(f"联动单位已达上限 {MOST_UNITS} 个。")
                await _fill(work.session, unit, wanted)
                work.session.add(unit)
                note(
                    work, self._clock, by.user_id, "add", SUBJECT, str(unit.id), unit.name,
                    None, await _shown(work.session, unit),
                )  # fmt: skip
        except IntegrityError as error:
            raise Conflict(TAKEN.format(wanted.code)) from error
        return unit.id

    async def change(self, unit_id: UUID, version: int, wanted: UnitFields, by: Person) -> None:
        """Change a unit; raises ``NotFound``, ``EditedMeanwhile``, ``InvalidInput``."""
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, version)
            before = await _shown(work.session, unit)
            await _fill(work.session, unit, wanted)
            if note(
                work, self._clock, by.user_id, "change", SUBJECT, str(unit.id), unit.name,
                before, await _shown(work.session, unit),
            ):  # fmt: skip
                unit.version += 1

    async def set_active(self, unit_id: UUID, version: int, active: bool, by: Person) -> None:
        """Retire a unit, or take it back. Its open orders go on until they are fed back."""
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, version)
            if unit.active is active:
                return
            unit.active = active
            unit.version += 1
            action = "restore" if active else "retire"
            note(work, self._clock, by.user_id, action, SUBJECT, str(unit.id), unit.name)


async def to_change(work: UnitOfWork, unit_id: UUID, version: int) -> LinkageUnit:
    """The unit, locked; raises ``NotFound``, and ``EditedMeanwhile`` for another version."""
    unit = await work.session.get(LinkageUnit, unit_id, with_for_update=True)
    if unit is None:
        raise NotFound("没有这个联动单位，请刷新页面。")
    await check_version(work.session, unit, version, SUBJECT, str(unit_id))
    return unit


async def _fill(session: AsyncSession, unit: LinkageUnit, wanted: UnitFields) -> None:
    if (wanted.lon is None) is not (wanted.lat is None):
        raise InvalidInput("经度和纬度要一起填写，或都留空。")
    area = await session.get(Area, wanted.area_code) if wanted.area_code else None
    if wanted.area_code and area is None:
        raise InvalidInput("没有这个区域，请从列表中选择。")
    if wanted.centre_code and wanted.centre_code not in await centres(session):
        raise InvalidInput("没有这个指挥中心，请从列表中选择。")
    if wanted.voice_dispatch and not wanted.duty_phone:
        raise InvalidInput("电话播报派单需要值班电话，请先填写值班电话。")
    if wanted.form is UnitForm.FIRM and not wanted.capabilities:
        raise InvalidInput("请至少填写一个加盟企业的服务项目。")
    for name in PLAIN:
        setattr(unit, name, getattr(wanted, name))
    if area is not None:
        unit.area, unit.area_code = area.name, area.code
    elif unit.area_code or not unit.area:
        unit.area, unit.area_code = "", ""
    unit.centre_code = wanted.centre_code
    unit.kinds = [kind for kind in dict.fromkeys(wanted.kinds) if kind != wanted.kind]
    unit.capabilities = list(dict.fromkeys(wanted.capabilities))


async def _shown(session: AsyncSession, unit: LinkageUnit) -> dict[str, Any]:
    """What an entry of ``audits`` says of a unit."""
    shown = {name: getattr(unit, name) for name in PLAIN}
    return shown | {
        "code": unit.code,
        "form": unit.form.value,
        "duty_rule": unit.duty_rule.value,
        "kinds": list(unit.kinds),
        "capabilities": list(unit.capabilities),
        "area": unit.area,
        "centre": (await centres(session)).name(unit.centre_code),
    }

"""Units as administrators see them, with their channels, rosters and open orders."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.wire_dispatch import ShiftInfo
from agent_desk.wire_units import (
    ChannelInfo,
    NamedCode,
    OpenOrder,
    UnitChoices,
    UnitDetail,
    UnitRow,
)
from dispatch import duty
from dispatch.levels import HIGHEST, Centres, centres
from models.clock import Clock
from models.database import Database
from models.deadline_tables import UnitToken
from models.dispatch_tables import Area, AreaLevel, Centre, ChannelKind, UnitChannel
from models.errors import NotFound
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DISPATCH, DispatchStatus
from models.tables import LinkageUnit, User
from models.unit_forms import UnitForm

OPEN: Final = (
    DispatchStatus.CREATED,
    DispatchStatus.SENT,
    DispatchStatus.RECEIVED,
    DispatchStatus.EN_ROUTE,
    DispatchStatus.ON_SITE,
)
MOST_ORDERS: Final = 20
MOST_AREAS: Final = 20_000
SHOWN_SHIFTS: Final = timedelta(days=14)


class UnitViews:
    """``terminals`` counts the pages of a unit that are open."""

    def __init__(self, database: Database, clock: Clock, terminals: Callable[[UUID], int]) -> None:
        self._database = database
        self._clock = clock
        self._terminals = terminals

    async def listed(self) -> list[UnitRow]:
        """All units, retired ones last, by tier and code."""
        query = select(LinkageUnit).order_by(
            LinkageUnit.active.desc(), LinkageUnit.tier, LinkageUnit.code
        )
        async with self._database.reading() as session:
            units = (await session.scalars(query)).all()
            return await _rows(session, units)

    async def detail(self, unit_id: UUID) -> UnitDetail:
        """One unit with everything; raises ``NotFound``."""
        now = self._clock.now()
        async with self._database.reading() as session:
            unit = await session.get(LinkageUnit, unit_id)
            if unit is None:
                raise NotFound("没有这个联动单位，请刷新页面。")
            ways = await channels(session, unit_id)
            token = await session.get(UnitToken, unit_id)
            shifts = await duty.roster(session, unit_id, now, now + SHOWN_SHIFTS)
            names = select(User.username).where(User.unit_id == unit_id, User.disabled_at.is_(None))
            return UnitDetail(
                unit=(await _rows(session, [unit]))[0],
                ways=[_channel(row) for row in ways],
                orders=await _open_orders(session, unit_id),
                shifts=[
                    ShiftInfo(
                        id=row.id,
                        starts_at=row.starts_at,
                        ends_at=row.ends_at,
                        person_name=row.person_name,
                        phone=row.phone,
                    )
                    for row in shifts
                ],
                usernames=list(await session.scalars(names.order_by(User.username))),
                token_since=token.created_at if token else None,
                terminals=self._terminals(unit_id),
            )

    async def choices(self) -> UnitChoices:
        """What the forms offer."""
        query = select(
            LinkageUnit.kind, LinkageUnit.kinds, LinkageUnit.capabilities, LinkageUnit.form
        )
        async with self._database.reading() as session:
            units = (await session.execute(query)).all()
            areas = (await session.scalars(select(Area).limit(MOST_AREAS))).all()
            rows = (await session.scalars(select(Centre))).all()
        names = {area.code: area.name for area in areas}
        kinds = {kind for unit in units for kind in (unit.kind, *unit.kinds)}
        trades = {one for unit in units if unit.form is UnitForm.FIRM for one in unit.capabilities}
        skills = {
            one for unit in units if unit.form is not UnitForm.FIRM for one in unit.capabilities
        }
        return UnitChoices(
            kinds=sorted(kinds),
            capabilities=sorted(skills),
            trades=sorted(trades),
            areas=[
                NamedCode(
                    code=area.code,
                    name=area.name,
                    level=area.level.value,
                    within=names.get(area.parent_code or "", ""),
                )
                for area in sorted(areas, key=lambda one: one.path)
                if area.level is not AreaLevel.GRID
            ],
            centres=[
                NamedCode(
                    code=HIGHEST if row.parent_code is None else row.code,
                    name=row.name,
                    level="",
                    within=names.get(row.area_code, ""),
                )
                for row in sorted(rows, key=lambda one: (one.parent_code is not None, one.code))
            ]
            or [NamedCode(code=HIGHEST, name="指挥中心", level="", within="")],
        )


async def channels(session: AsyncSession, unit_id: UUID) -> Sequence[UnitChannel]:
    """A unit's own list of channels, in its order."""
    query = select(UnitChannel).where(UnitChannel.unit_id == unit_id)
    return (await session.scalars(query.order_by(UnitChannel.position, UnitChannel.kind))).all()


async def _open_orders(session: AsyncSession, unit_id: UUID) -> list[OpenOrder]:
    query = (
        select(WorkOrder.id, WorkOrder.number, DispatchOrder.status, DispatchOrder.sent_at)
        .join(WorkOrder, WorkOrder.id == DispatchOrder.work_order_id)
        .where(DispatchOrder.unit_id == unit_id, DispatchOrder.status.in_(OPEN))
        .order_by(DispatchOrder.created_at)
        .limit(MOST_ORDERS)
    )
    return [
        OpenOrder(
            id=row.id,
            number=row.number,
            status_name=DISPATCH.names[row.status],
            sent_at=row.sent_at,
        )
        for row in await session.execute(query)
    ]


async def _rows(session: AsyncSession, units: Iterable[LinkageUnit]) -> list[UnitRow]:
    tree = await centres(session)
    units = list(units)
    counted = (
        select(DispatchOrder.unit_id, func.count())
        # By unit: otherwise every order there ever was is looked at.
        .where(DispatchOrder.unit_id.in_([unit.id for unit in units]))
        .where(DispatchOrder.status.in_(OPEN))
        .group_by(DispatchOrder.unit_id)
    )
    orders = dict((await session.execute(counted)).all())
    accounts = (
        select(User.unit_id, func.count())
        .where(User.unit_id.is_not(None), User.disabled_at.is_(None))
        .group_by(User.unit_id)
    )
    people = dict((await session.execute(accounts)).all())
    ways: dict[UUID, list[ChannelKind]] = defaultdict(list)
    listed = select(UnitChannel.unit_id, UnitChannel.kind).where(UnitChannel.active)
    for row in await session.execute(listed.order_by(UnitChannel.position, UnitChannel.kind)):
        ways[row.unit_id].append(row.kind)
    return [
        _row(unit, tree, orders.get(unit.id, 0), people.get(unit.id, 0), ways[unit.id])
        for unit in units
    ]


def _row(
    unit: LinkageUnit, tree: Centres, orders: int, people: int, ways: list[ChannelKind]
) -> UnitRow:
    return UnitRow(
        id=unit.id,
        version=unit.version,
        code=unit.code,
        name=unit.name,
        kind=unit.kind,
        kinds=unit.kinds,
        capabilities=unit.capabilities,
        tier=unit.tier,
        form=unit.form,
        area=unit.area,
        area_code=unit.area_code,
        centre_code=unit.centre_code,
        centre_name=tree.name(unit.centre_code),
        duty_rule=unit.duty_rule,
        duty_phone=unit.duty_phone,
        voice_dispatch=unit.voice_dispatch,
        leader_name=unit.leader_name,
        leader_phone=unit.leader_phone,
        liaison_name=unit.liaison_name,
        liaison_phone=unit.liaison_phone,
        lon=unit.lon,
        lat=unit.lat,
        active=unit.active,
        open_orders=orders,
        people=people,
        channels=list(dict.fromkeys(ways)),
    )


def _channel(row: UnitChannel) -> ChannelInfo:
    return ChannelInfo(
        id=row.id,
        kind=row.kind,
        address=row.address,
        active=row.active,
        has_secret=bool(row.secret),
    )

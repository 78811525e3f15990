"""How a unit is reached: its own list of channels, and who is on duty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.dispatch_tables import Centre, ChannelKind, DutyShift, UnitChannel
from models.tables import LinkageUnit

PHONES = (ChannelKind.PHONE, ChannelKind.SMS)


@dataclass(frozen=True, slots=True)
class Way:
    """One channel of a unit, and where it leads."""

    kind: ChannelKind
    address: str


async def ways(
    session: AsyncSession, units: Collection[LinkageUnit], now: datetime
) -> Mapping[UUID, Sequence[Way]]:
    """Every active channel of each unit in its own order.

    A unit without a list has its terminal and, where orders are read to it, its duty phone. A
    telephone channel without a number is the duty phone's, which is the person's on the roster
    where there is one.
    """
    ids = [unit.id for unit in units]
    listed: dict[UUID, list[UnitChannel]] = defaultdict(list)
    rows = select(UnitChannel).where(UnitChannel.unit_id.in_(ids), UnitChannel.active)
    for row in await session.scalars(rows.order_by(UnitChannel.position, UnitChannel.kind)):
        listed[row.unit_id].append(row)
    phones = await duty_phones(session, units, now)
    found: dict[UUID, list[Way]] = {}
    for unit in units:
        if unit.id in listed:
            found[unit.id] = [
                Way(row.kind, row.address or (phones[unit.id] if row.kind in PHONES else ""))
                for row in listed[unit.id]
            ]
        else:
            found[unit.id] = [Way(ChannelKind.WEB, "")]
        told = {way.kind for way in found[unit.id]}
        if unit.voice_dispatch and phones[unit.id] and ChannelKind.PHONE not in told:
            found[unit.id].append(Way(ChannelKind.PHONE, phones[unit.id]))
    return found


async def duty_phones(
    session: AsyncSession, units: Collection[LinkageUnit], now: datetime
) -> Mapping[UUID, str]:
    """The telephone of whoever is on duty at each unit; empty where there is none."""
    shifts = select(DutyShift.unit_id, DutyShift.phone).where(
        DutyShift.unit_id.in_([unit.id for unit in units]),
        DutyShift.starts_at <= now,
        DutyShift.ends_at > now,
        DutyShift.phone != "",
    )
    rostered = dict((await session.execute(shifts)).all())
    return {unit.id: rostered.get(unit.id) or unit.duty_phone for unit in units}


async def higher_centre(session: AsyncSession, centre_code: str) -> Centre | None:
    """The centre above ``centre_code``; ``None`` above the highest."""
    own = await session.get(Centre, centre_code) if centre_code else None
    if own is None or own.parent_code is None:
        return None
    return await session.get(Centre, own.parent_code)

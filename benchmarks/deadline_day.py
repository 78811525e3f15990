"""One invented day of orders: when each is sent, and what each unit does with it and when."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from dispatch.orders import Orders
from models.clock import CHINA_TIME, ManualClock
from models.database import Database
from models.dispatch_tables import ChannelKind, UnitChannel
from models.errors import DomainError
from models.kinds import Role
from models.order_tables import Incident, WorkOrder
from models.tables import LinkageUnit, Queue, User
from models.unit_forms import DutyRule

# A Saturday that is worked (调休): office hours count on it.
DAY = datetime(2026, 10, 10, tzinfo=CHINA_TIME)
KINDS = ("公安", "消防", "供水", "供电", "燃气", "城管", "住建", "民政")


@dataclass(frozen=True, slots=True, order=True)
class Deed:
    """At ``seconds`` of the day ``what`` happens to an order, at one of its units or none."""

    seconds: int
    order: int
    what: str
    unit: int = 0


@dataclass(frozen=True, slots=True)
class Day:
    """The deeds in order, and each order's units."""

    deeds: Sequence[Deed]
    units: Sequence[Sequence[int]]
    emergency: Sequence[bool]


def plan(orders: int, units: int, seed: int) -> Day:
    """A day of ``orders``: most units are quick, some late, some never answer."""
    chance = random.Random(seed)  # noqa: S311 - invented, and the same every time
    deeds: list[Deed] = []
    going: list[list[int]] = []
    emergency: list[bool] = []
    for number in range(orders):
        sent = chance.randrange(86_400)
        gone = chance.sample(range(units), chance.choice((1, 1, 1, 1, 1, 2, 2, 3)))
        going.append(gone)
        emergency.append(chance.random() < 0.5)
        deeds.append(Deed(sent, number, "send"))
        for unit in gone:
            deeds += _at_unit(chance, sent, number, unit)
        if chance.random() < 0.03:
            stands = sent + chance.randrange(1, 3_600)
            deeds.append(Deed(stands, number, "suspend"))
            deeds.append(Deed(stands + chance.randrange(60, 7_200), number, "resume"))
    kept = [deed for deed in deeds if deed.seconds < 86_400]
    return Day(sorted(kept), going, emergency)


def _at_unit(chance: random.Random, sent: int, order: int, unit: int) -> list[Deed]:
    fate = chance.random()
    if fate < 0.03:
        return []  # nobody answers
    at = sent + round(chance.expovariate(1 / 30)) + 1
    if fate < 0.07:
        return [Deed(at, order, "reject", unit)]
    if fate < 0.10:
        return [Deed(at, order, "recall", unit)]
    found = [Deed(at, order, "receive", unit)]
    steps = (("depart", 60), ("arrive", 500), ("feed_back", 2_400))
    for what, mean in steps if fate < 0.7 else steps[2:]:
        at += round(chance.expovariate(1 / mean)) + 1
        if chance.random() < 0.02:
            break
        found.append(Deed(at, order, what, unit))
    return found


class World:
    """The rows of the day, and what people do to them through the real actions."""

    def __init__(self, database: Database, clock: ManualClock, day: Day) -> None:
        self._database = database
        self._clock = clock
        self._orders = Orders(database, clock)
        self._day = day
        self._units: list[LinkageUnit] = []
        self._order_ids: list[UUID] = []
        self._items: dict[tuple[int, int], UUID] = {}
        self.refused = 0

    async def fill(self, units: int) -> None:
        """Units, a seat's person, and the drafts."""
        self._units = [
            LinkageUnit(
                code=f"D{number:03d}",
                name=f"演练单位{number:03d}",
                kind=KINDS[number % len(KINDS)],
                tier=number % 3 + 1,
                area="演练镇" if number % 2 else "演练街道",
                duty_phone=f"0000{number:04d}",
                leader_phone=f"0001{number:04d}",
                duty_rule=DutyRule.OFFICE if number % 5 == 0 else DutyRule.ALWAYS,
            )
            for number in range(units)
        ]
        self.seat = User(
            username="drill",
            display_name="演练座席",
            password_hash="-",  # noqa: S106 - nobody signs in with it
            role=Role.SEAT,
            created_at=DAY,
        )
        rows = [
            WorkOrder(
                number=f"YL{number:06d}",
                incident_id=incident.id,
                owner_id=self.seat.id,
                queue_code="110",
                fields={"address": f"演练路{number}号", "emergency": urgent},
                field_states={},
                created_at=DAY,
            )
            for number, urgent in enumerate(self._day.emergency)
            for incident in (Incident(number=f"YLJ{number:06d}", opened_at=DAY),)
        ]
        self._order_ids = [row.id for row in rows]
        incidents = [
            Incident(id=row.incident_id, number=f"YLJ{row.number[2:]}", opened_at=DAY)
            for row in rows
        ]
        channels = [
            UnitChannel(unit_id=unit.id, kind=kind, address="", position=position)
            for unit in self._units
            for position, kind in enumerate((ChannelKind.WEB, ChannelKind.PHONE))
        ]
        async with self._database.writing() as work:
            work.session.add(Queue(code="110", name="报警", emergency=True))
            work.session.add_all([self.seat, *self._units, *channels, *incidents, *rows])

    async def do(self, deed: Deed) -> None:
        """What a person does at the clock's moment; what the status forbids is counted."""
        try:
            await self._do(deed)
        except DomainError:
            self.refused += 1

    async def _do(self, deed: Deed) -> None:
        order_id, actor = self._order_ids[deed.order], self.seat.id
        async with self._database.reading() as session:
            version = (await session.get_one(WorkOrder, order_id)).version
        if deed.what == "send":
            going = self._day.units[deed.order]
            wanted = [self._units[number].id for number in going]
            sent = await self._orders.send(order_id, actor, version, wanted, even_off_duty=True)
            by_unit = {item.unit_id: item.id for item in sent.dispatch_orders}
            for number in going:
                self._items[deed.order, number] = by_unit[self._units[number].id]
            return
        if deed.what == "suspend":
            await self._orders.suspend(order_id, actor, version, "演练")
            return
        if deed.what == "resume":
            await self._orders.resume(order_id, actor, version)
            return
        item = self._items[deed.order, deed.unit]
        unit_id = self._units[deed.unit].id
        match deed.what:
            case "recall":
                await self._orders.recall(item, actor_id=actor, reason="演练")
            case "reject":
                await self._orders.reject(item, unit_id=unit_id, actor_id=actor, reason="演练")
            case "feed_back":
                await self._orders.feed_back(item, unit_id=unit_id, actor_id=actor, text="演练")
            case step:
                await getattr(self._orders, step)(item, unit_id=unit_id, actor_id=actor)


def moment(seconds: float) -> datetime:
    """A moment of the day."""
    return DAY + timedelta(seconds=seconds)

"""Orders of two units, searched by their words as a unit's history is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import or_, select

from models import order_words
from models.clock import ManualClock
from models.database import Database
from models.grams import Sought
from models.order_tables import DispatchOrder, Incident, WorkOrder
from models.states import DispatchStatus
from models.tables import LinkageUnit, Queue
from models.word_tables import OrderWords

CATEGORIES: Final = {"A": "水管的", "b-1": "破A", "管": "其他"}
CODES: Final = ("", *CATEGORIES)
# Not through the table of transitions: any status may follow any other here.
STATUSES: Final = tuple(DispatchStatus)


@dataclass(slots=True)
class PastOrders:
    """Work orders, each at one unit or at both."""

    database: Database
    clock: ManualClock
    units: list[UUID] = field(default_factory=list)
    orders: list[UUID] = field(default_factory=list)
    items: list[UUID] = field(default_factory=list)

    async def open(self) -> None:
        async with self.database.writing() as work:
            if await work.session.get(Queue, "110") is None:
                work.session.add(Queue(code="110", name="110", emergency=True))
            for _ in range(2):
                unit = LinkageUnit(code=uuid4().hex[:12], name="-", kind="供水", tier=1)
                work.session.add(unit)
                self.units.append(unit.id)

    async def order(
        self,
        days: int = 0,
        address: str = "",
        units: int = 1,
        status: DispatchStatus = DispatchStatus.FED_BACK,
        **fields: Any,
    ) -> UUID:
        """A work order so many days ago; its dispatch orders are the last of ``items``."""
        at = self.clock.now() - timedelta(days=days)
        incident = Incident(number=uuid4().hex, opened_at=at)
        form = {"address": address} | fields
        order = WorkOrder(
            number=uuid4().hex,
            incident_id=incident.id,
            queue_code="110",
            fields=form,
            field_states={},
            created_at=at,
        )
        items = [
            DispatchOrder(
                work_order_id=order.id, unit_id=unit, position=place, status=status, created_at=at
            )
            for place, unit in enumerate(self.units[:units])
        ]
        async with self.database.writing() as work:
            work.session.add_all([incident, order, *items])
        self.orders.append(order.id)
        self.items += [item.id for item in items]
        return items[0].id

    async def edit(self, order_id: UUID, **fields: Any) -> None:
        async with self.database.writing() as work:
            row = await work.session.get_one(WorkOrder, order_id, with_for_update=True)
            row.fields = row.fields | fields

    async def change(self, item_id: UUID, **values: Any) -> None:
        async with self.database.writing() as work:
            item = await work.session.get_one(DispatchOrder, item_id)
            order = select(WorkOrder).where(WorkOrder.id == item.work_order_id).with_for_update()
            await work.session.scalars(order)
            for name, value in values.items():
                setattr(item, name, value)

    async def found(
        self, part: str, unit: int = 0, below: int | None = None, limit: int = 1000
    ) -> Sequence[UUID]:
        codes = [code for code, name in CATEGORIES.items() if part in name]
        sought = Sought(
            part,
            (order_words.of_unit(self.units[unit]),),
            instead=tuple(order_words.of_category(code) for code in codes),
            below=below,
        )
        query = order_words.found(self.database.engine.dialect.name, sought, limit)
        async with self.database.reading() as session:
            return (await session.scalars(query)).all()

    async def paged(self, part: str, limit: int) -> list[UUID]:
        """What one page after the other finds."""
        got: list[UUID] = []
        below: int | None = None
        while some := await self.found(part, 0, below, limit):
            got += some
            last = select(OrderWords.number).where(OrderWords.dispatch_order_id == some[-1])
            async with self.database.reading() as session:
                below = await session.scalar(last)
        return got

    async def scanned(self, part: str, unit: int = 0) -> list[UUID]:
        """The same, newest first, as the orders themselves have it."""
        codes = [code for code, name in CATEGORIES.items() if part in name]
        fields = WorkOrder.fields
        query = (
            select(DispatchOrder.id)
            .join(WorkOrder, WorkOrder.id == DispatchOrder.work_order_id)
            .where(
                DispatchOrder.unit_id == self.units[unit],
                DispatchOrder.status.in_(order_words.OVER),
                or_(
                    WorkOrder.number.contains(part, autoescape=True),
                    DispatchOrder.feedback.contains(part, autoescape=True),
                    fields["category_code"].as_string().in_(codes),
                    fields["address"].as_string().contains(part, autoescape=True),
                    fields["summary"].as_string().contains(part, autoescape=True),
                ),
            )
            .order_by(DispatchOrder.created_at.desc(), DispatchOrder.id)
        )
        async with self.database.reading() as session:
            return list(await session.scalars(query))

    async def play(self, step: str, number: int, words: str) -> None:
        if step == "order":
            code = CODES[number % len(CODES)]
            status = STATUSES[number % len(STATUSES)]
            await self.order(
                len(self.orders) * 5, words, 1 + number % 2, status, category_code=code
            )
        elif step == "address" and self.orders:
            await self.edit(self.orders[number % len(self.orders)], address=words)
        elif step == "summary" and self.orders:
            await self.edit(self.orders[number % len(self.orders)], summary=words or None)
        elif step == "category" and self.orders:
            code = CODES[number // 10 % len(CODES)]
            await self.edit(self.orders[number % len(self.orders)], category_code=code)
        elif step == "feedback" and self.items:
            await self.change(self.items[number % len(self.items)], feedback=words)
        elif step == "status" and self.items:
            status = STATUSES[number // 10 % len(STATUSES)]
            await self.change(self.items[number % len(self.items)], status=status)

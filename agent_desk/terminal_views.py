"""What is beside the orders of a unit: talk, photos, and the orders it is done with."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk import repository, sharing
from agent_desk.accounts import Person
from agent_desk.hub import Hub
from agent_desk.parts import Parts
from agent_desk.problems import where
from agent_desk.views import Views
from agent_desk.wire_terminal import PastOrder, PastOrders, PhotoInfo, Talk, TalkLine, TalkMessage
from dispatch import levels
from dispatch import repository as order_rows
from dispatch.talk import MOST_MESSAGES
from models import grams, order_words
from models.bus import EventBus
from models.errors import NotFound
from models.events import TalkChanged
from models.grams import Sought
from models.order_tables import DispatchOrder
from models.tables import User
from models.terminal_tables import Photo, UnitMessage
from models.word_tables import OrderWords

log = logging.getLogger(__name__)

PAGE: Final = 30
MOST_OPEN: Final = 100
READ_SECONDS: Final = 15
NO_PLACE: Final = "上一页末尾的工单已不在，请重新查询。"


def photo_info(row: Photo) -> PhotoInfo:
    """A photo as pages show it."""
    return PhotoInfo(id=row.id, width=row.width, height=row.height, at=row.taken_at)


class TerminalViews:
    """Loads talk, photos and history."""

    def __init__(self, parts: Parts, views: Views) -> None:
        self._parts = parts
        self._database = parts.database
        self._views = views

    async def of_order(self, work_order_id: UUID) -> list[Talk]:
        """The talks with every unit of a work order."""
        query = select(DispatchOrder.id).where(DispatchOrder.work_order_id == work_order_id)
        async with self._database.reading() as session:
            return await self._talks(session, list(await session.scalars(query)))

    async def of_unit(self, unit_id: UUID) -> list[Talk]:
        """The talks about the orders a unit is working on."""
        query = (
            select(DispatchOrder.id)
            .where(DispatchOrder.unit_id == unit_id, DispatchOrder.status.in_(order_rows.WITH_UNIT))
            .order_by(DispatchOrder.created_at.desc())
            .limit(MOST_OPEN)
        )
        async with self._database.reading() as session:
            return await self._talks(session, list(await session.scalars(query)))

    async def of_dispatch(self, dispatch_order_id: UUID, unit_id: UUID) -> Talk:
        """The talk about one of a unit's orders; raises ``NotFound``."""
        async with self._database.reading() as session:
            await order_rows.dispatch_order(session, dispatch_order_id, unit_id=unit_id)
            [talk] = await self._talks(session, [dispatch_order_id])
        return talk

    async def past(self, unit_id: UUID, text: str, after: UUID | None = None) -> PastOrders:
        """One page of the orders a unit is done with, newest first: those after the unit's order
        ``after``, the last of the page before. ``text`` is part of the number, the address, what
        it is about, its category or the unit's report. Raises ``NotFound`` where there is no
        such order."""
        async with self._database.reading() as session:
            place = None if after is None else await _place(session, unit_id, after)
            if text:
                dialect = self._database.engine.dialect.name
                query = order_words.found(dialect, self._sought(unit_id, text, place), PAGE + 1)
            else:
                query = _past(unit_id, place).limit(PAGE + 1)
            found = list(await session.scalars(query))
            rows = {row.id: row for row in await order_rows.dispatch_orders(session, found[:PAGE])}
            photos = await _photos(session, list(rows))
        return PastOrders(
            orders=[
                PastOrder(
                    order=self._views.unit_order(rows[one]),
                    closed_at=rows[one].work_order.closed_at,
                    photos=len(photos[one]),
                )
                for one in found[:PAGE]
            ],
            more=len(found) > PAGE,
        )

    def _sought(self, unit_id: UUID, text: str, place: _Place | None) -> Sought:
        names = self._parts.category_names().items()
        return Sought(
            text,
            (order_words.of_unit(unit_id),),
            instead=tuple(order_words.of_category(code) for code, name in names if text in name),
            below=None if place is None else place.number,
        )

    async def talk(self, session: AsyncSession, dispatch_order_id: UUID) -> Talk | None:
        """One talk; ``None`` where there is no such dispatch order."""
        found = await self._talks(session, [dispatch_order_id])
        return found[0] if found else None

    async def _talks(self, session: AsyncSession, ids: Sequence[UUID]) -> list[Talk]:
        query = select(DispatchOrder.id, DispatchOrder.work_order_id).where(
            DispatchOrder.id.in_(ids)
        )
        orders = {row.id: row.work_order_id for row in await session.execute(query)}
        lines, photos = await _lines(session, ids), await _photos(session, ids)
        return [
            Talk(
                dispatch_order_id=one,
                work_order_id=orders[one],
                lines=lines[one],
                photos=photos[one],
            )
            for one in ids
            if one in orders
        ]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: behind this order. ``number`` is that of its words."""

    created_at: datetime
    dispatch_order_id: UUID
    number: int


async def _place(session: AsyncSession, unit_id: UUID, dispatch_order_id: UUID) -> _Place:
    query = (
        select(DispatchOrder.created_at, OrderWords.number)
        .outerjoin(OrderWords, OrderWords.dispatch_order_id == DispatchOrder.id)
        .where(DispatchOrder.id == dispatch_order_id, DispatchOrder.unit_id == unit_id)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound(NO_PLACE)
    number = grams.at(found.created_at) if found.number is None else found.number
    return _Place(found.created_at, dispatch_order_id, number)


def _past(unit_id: UUID, place: _Place | None) -> Select[UUID]:
    """The ids of the orders a unit is done with, newest first."""
    query = (
        select(DispatchOrder.id)
        .where(DispatchOrder.unit_id == unit_id, DispatchOrder.status.in_(order_words.OVER))
        .order_by(DispatchOrder.created_at.desc(), DispatchOrder.id)
    )
    if place is None:
        return query
    return query.where(
        DispatchOrder.created_at <= place.created_at,
        or_(
            DispatchOrder.created_at < place.created_at,
            DispatchOrder.id > place.dispatch_order_id,
        ),
    )


async def _lines(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, list[TalkLine]]:
    query = (
        select(UnitMessage, User.display_name)
        .join(User, User.id == UnitMessage.user_id)
        .where(UnitMessage.dispatch_order_id.in_(ids))
        .order_by(UnitMessage.at, UnitMessage.id)
        .limit(MOST_MESSAGES * max(1, len(ids)))
    )
    found: dict[UUID, list[TalkLine]] = defaultdict(list)
    for row, name in await session.execute(query):
        found[row.dispatch_order_id].append(
            TalkLine(
                id=row.id,
                from_unit=row.from_unit,
                by=name,
                text=row.text,
                done_at=row.done_at,
                at=row.at,
            )
        )
    return found


async def _photos(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, list[PhotoInfo]]:
    """The photos that are in a feedback."""
    query = (
        select(Photo)
        .where(Photo.dispatch_order_id.in_(ids), Photo.feedback_at.is_not(None))
        .order_by(Photo.feedback_at, Photo.position)
    )
    found: dict[UUID, list[PhotoInfo]] = defaultdict(list)
    for row in await session.scalars(query):
        found[row.dispatch_order_id].append(photo_info(row))
    return found


class TalkTeller:
    """Tells the pages of seat and unit of what was written and of new photos."""

    def __init__(self, hub: Hub, views: TerminalViews, parts: Parts) -> None:
        self._hub = hub
        self._views = views
        self._database = parts.database
        self._waiting: dict[UUID, TalkChanged] = {}
        self._wake = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Follow the event."""
        bus.subscribe(TalkChanged, self._on_talk)

    async def run(self) -> None:
        """Tell until cancelled."""
        while True:
            await self._wake.wait()
            self._wake = anyio.Event()
            while self._waiting:
                event = self._waiting.pop(next(iter(self._waiting)))
                try:
                    with anyio.fail_after(READ_SECONDS):
                        await self._tell(event)
                except Exception as error:
                    log.error("talk about an order not told: %s", where(error))

    async def _on_talk(self, event: TalkChanged) -> None:
        if self._hub.anybody(lambda person: True):
            self._waiting[event.dispatch_order_id] = event
            self._wake.set()

    async def _tell(self, event: TalkChanged) -> None:
        async with self._database.reading() as session:
            order = await order_rows.order(session, event.work_order_id)
            users = {order.owner_id}
            if order.call_id:
                users |= await repository.users_of_call(session, order.call_id)
            codes = {share.centre_code for share in await levels.shares(session, order.id)}

            def wanted(person: Person) -> bool:
                if person.unit_id is not None:
                    return person.unit_id == event.unit_id
                return person.user_id in users or sharing.sees(person, order, codes)

            if not self._hub.anybody(wanted):
                return
            talk = await self._views.talk(session, event.dispatch_order_id)
        if talk is not None:
            self._hub.send(wanted, TalkMessage(talk=talk))

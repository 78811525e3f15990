"""Open orders as one picture for walls and maps: one reading a second at most, for everybody."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, Final
from uuid import UUID

import anyio
from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.accounts import Person
from agent_desk.hub import Hub
from agent_desk.parts import Parts
from agent_desk.permissions import Permission, may
from agent_desk.problems import where
from agent_desk.wire_map import Board, BoardIncident, BoardMessage, BoardService, BoardTier
from agent_desk.wire_orders import Position
from dispatch.levels import HIGHEST
from models.bus import EventBus
from models.deadline_tables import SlaTimer
from models.dispatch_tables import OrderShare
from models.events import (
    CallAnswered,
    CallEnded,
    DeadlinesChanged,
    DispatchOrderChanged,
    Event,
    TaxonomyChanged,
    WorkOrderChanged,
)
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus, Lamp, WorkOrderStatus, lamp
from models.tables import LinkageUnit

log = logging.getLogger(__name__)

MOST_INCIDENTS: Final = 500
MOST_EMERGENCIES: Final = 8
DRAFT_AGE: Final = timedelta(hours=6)  # an older draft is nobody's call any more
OPEN_AGE: Final = timedelta(days=7)  # older orders are counted, not drawn
SERVICE: Final = timedelta(minutes=15)
FRESH_SECONDS: Final = 1.0
TELL_SECONDS: Final = 1.0
IDLE_SECONDS: Final = 30.0  # figures of the last minutes move although nothing happens
READ_SECONDS: Final = 15.0
REST: Final = 5  # a reading that took a second is followed by five without one

SENT: Final = (
    WorkOrderStatus.DISPATCHED,
    WorkOrderStatus.SUSPENDED,
    WorkOrderStatus.AWAITING_CHECK,
)
URGENCY: Final = (Lamp.RED, Lamp.BLUE, Lamp.GREEN)
MOVES: Final[tuple[type[Event], ...]] = (
    WorkOrderChanged,
    DispatchOrderChanged,
    DeadlinesChanged,
    CallAnswered,
    CallEnded,
    TaxonomyChanged,
)
# Telephone and identity numbers that somebody put into an address.
_DIGITS: Final = re.compile(r"\d{5,}")


class BoardView:
    """Loads the board of a centre; whoever asks within a second gets the same one."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._known: dict[str, tuple[float, Board]] = {}
        self._reading: dict[str, anyio.Lock] = defaultdict(anyio.Lock)

    async def of(self, centre_code: str) -> Board:
        """The board of a centre; the highest one's, written empty, shows every order."""
        async with self._reading[centre_code]:
            known = self._known.get(centre_code)
            if known is None or monotonic() - known[0] >= FRESH_SECONDS:
                board = await self._read(centre_code)
                known = self._known[centre_code] = (monotonic(), board)
            return known[1]

    async def _read(self, centre_code: str) -> Board:
        now = self._parts.clock.now()
        statistics = self._parts.telephony.statistics
        figures = await statistics.queues_since(now - SERVICE)
        async with self._parts.database.reading() as session:
            mine = _of_centre(centre_code)
            rows = await _newest(session, mine, now)
            count = select(func.count()).where(WorkOrder.status.in_(SENT), *mine)
            sent = await session.scalar(count) or 0
            tiers = await _tiers(session, mine)
            ids = [row.id for row in rows]
            lamps, late = await _lamps(session, ids), await _late(session, ids)
        names = self._parts.category_names()
        found = [_incident(row, names, lamps.get(row.id), row.id in late) for row in rows]
        placed = [one for one in found if one.position is not None]
        return Board(
            at=now,
            open=sent,
            unplaced=len(found) - len(placed),
            service_minutes=int(SERVICE.total_seconds()) // 60,
            service=[
                BoardService(
                    queue_code=code,
                    offered=one.offered,
                    answered=one.answered,
                    abandoned=one.abandoned,
                    service_level=one.service_level,
                )
                for code, one in sorted(figures.items())
            ],
            tiers=tiers,
            emergencies=[one for one in found if one.emergency][:MOST_EMERGENCIES],
            incidents=placed,
        )


class BoardTeller:
    """Sends the board to supervisors' pages while something moves, and twice a minute."""

    def __init__(self, hub: Hub, view: BoardView) -> None:
        self._hub = hub
        self._view = view
        self._moved = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Follow everything that shows on the board."""
        for kind in MOVES:
            bus.subscribe(kind, self._on_move)

    async def run(self) -> None:
        """Tell, at most once a second and never more than a fifth of the time, until cancelled."""
        while True:
            with anyio.move_on_after(IDLE_SECONDS):
                await self._moved.wait()
            self._moved = anyio.Event()
            began = monotonic()
            try:
                await self._tell()
            except Exception as error:
                log.error("the board could not be told: %s", where(error))
                self._moved.set()
            await anyio.sleep(max(TELL_SECONDS, REST * (monotonic() - began)))

    async def _tell(self) -> None:
        for code in sorted(self._hub.centres_of(_supervises)):
            with anyio.fail_after(READ_SECONDS):
                message = BoardMessage(board=await self._view.of(code))

            def of_centre(person: Person, code: str = code) -> bool:
                return _supervises(person) and person.centre_code == code

            self._hub.send(of_centre, message)

    async def _on_move(self, _: Event) -> None:
        self._moved.set()


def _supervises(person: Person) -> bool:
    return may(person.role, Permission.SUPERVISE)


def _of_centre(centre_code: str) -> list[ColumnElement[bool]]:
    if centre_code == HIGHEST:
        return []
    shared = select(OrderShare.work_order_id).where(OrderShare.centre_code == centre_code)
    return [or_(WorkOrder.centre_code == centre_code, WorkOrder.id.in_(shared))]


async def _newest(
    session: AsyncSession, mine: Sequence[ColumnElement[bool]], now: datetime
) -> Sequence[Any]:
    """The newest open orders; drafts only of calls that may still go on."""
    draft = and_(WorkOrder.status == WorkOrderStatus.DRAFT, WorkOrder.created_at > now - DRAFT_AGE)
    query = (
        select(
            WorkOrder.id,
            WorkOrder.number,
            WorkOrder.status,
            WorkOrder.fields,
            WorkOrder.created_at,
        )
        .where(or_(WorkOrder.status.in_(SENT), draft), WorkOrder.created_at > now - OPEN_AGE, *mine)
        .order_by(WorkOrder.created_at.desc())
        .limit(MOST_INCIDENTS)
    )
    return (await session.execute(query)).all()


async def _lamps(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, Lamp]:
    """By order the most urgent lamp of its units."""
    query = select(DispatchOrder.work_order_id, DispatchOrder.status).where(
        DispatchOrder.work_order_id.in_(ids)
    )
    found: dict[UUID, Lamp] = {}
    for order_id, status in await session.execute(query):
        colour = lamp(status)
        if colour is None:
            continue
        known = found.get(order_id)
        if known is None or URGENCY.index(colour) < URGENCY.index(known):
            found[order_id] = colour
    return found


async def _late(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    query = select(SlaTimer.work_order_id).where(
        SlaTimer.stopped_at.is_(None),
        SlaTimer.breached_at.is_not(None),
        SlaTimer.work_order_id.in_(ids),
    )
    return set(await session.scalars(query))


async def _tiers(session: AsyncSession, mine: Sequence[ColumnElement[bool]]) -> list[BoardTier]:
    query = (
        select(LinkageUnit.tier, DispatchOrder.status, func.count())
        .join(DispatchOrder, DispatchOrder.unit_id == LinkageUnit.id)
        .join(WorkOrder, WorkOrder.id == DispatchOrder.work_order_id)
        .where(WorkOrder.status.in_(SENT), *mine)
        .group_by(LinkageUnit.tier, DispatchOrder.status)
    )
    late = (
        select(LinkageUnit.tier, func.count(SlaTimer.dispatch_order_id.distinct()))
        .join(SlaTimer, SlaTimer.unit_id == LinkageUnit.id)
        .join(WorkOrder, WorkOrder.id == SlaTimer.work_order_id)
        .where(SlaTimer.stopped_at.is_(None), SlaTimer.breached_at.is_not(None), *mine)
        .group_by(LinkageUnit.tier)
    )
    counts: dict[int, dict[Lamp, int]] = {
        tier: dict.fromkeys(URGENCY, 0)
        for tier in await session.scalars(
            select(LinkageUnit.tier).where(LinkageUnit.active).distinct()
        )
    }
    for tier, status, count in await session.execute(query):
        colour = lamp(DispatchStatus(status))
        if colour is not None:
            counts.setdefault(tier, dict.fromkeys(URGENCY, 0))[colour] += count
    over = {row[0]: row[1] for row in await session.execute(late)}
    return [
        BoardTier(
            tier=tier,
            red=by[Lamp.RED],
            blue=by[Lamp.BLUE],
            green=by[Lamp.GREEN],
            late=over.get(tier, 0),
        )
        for tier, by in sorted(counts.items())
    ]


def _incident(row: Any, names: Mapping[str, str], colour: Lamp | None, late: bool) -> BoardIncident:
    fields: Mapping[str, Any] = row.fields
    position = fields.get("position")
    return BoardIncident(
        order_id=row.id,
        number=row.number,
        status=row.status,
        emergency=bool(fields.get("emergency")),
        level=str(fields.get("level") or ""),
        category_name=names.get(str(fields.get("category_code") or ""), ""),
        address=masked(str(fields.get("address") or "")),
        position=Position.model_validate(position) if position else None,
        lamp=colour,
        late=late,
        created_at=row.created_at,
    )


def masked(text: str) -> str:
    """``text`` with what may be somebody's number left out."""
    return _DIGITS.sub("…", text)

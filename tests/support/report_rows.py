"""A day's rows for reports, written one by one, and the table that comes of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from agent_desk.reports.days import Report
from agent_desk.reports.roller import Roller
from models.database import Database
from models.deadline_tables import DeadlineKind, SlaTimer
from models.kinds import Device, LegRole
from models.order_tables import DispatchOrder, Incident, WorkOrder
from models.states import CallStatus, DispatchStatus, WorkOrderStatus
from models.tables import AgentSession, Call, Leg, Seat
from models.transitions import SYSTEM, advance
from tests.support.desk import Site

DAY = date(2026, 2, 27)  # a Friday, two days before the clock of the tests
MORNING = datetime(2026, 2, 27, 0, 0, tzinfo=UTC)  # 08:00 in China


def at(seconds: float) -> datetime:
    """So long after eight in the morning."""
    return MORNING + timedelta(seconds=seconds)


class Rows:
    """A day's rows, written one by one."""

    def __init__(self, site: Site) -> None:
        self.database: Database = site.database
        self.units = site.units
        self.number = 0

    async def add(self, *rows: Any) -> None:
        async with self.database.writing() as work:
            work.session.add_all(rows)

    async def call(
        self,
        received: float,
        answered: float | None = None,
        ended: float | None = None,
        queue: str = "110",
        agent: UUID | None = None,
        held: float = 0.0,
    ) -> Call:
        """A call; the agent's leg is the whole talk."""
        status = CallStatus.ABANDONED if answered is None else CallStatus.ENDED
        call = Call(
            queue_code=queue,
            dialled=queue,
            caller_number="13800001234",
            channel="",
            received_at=at(received),
            answered_at=None if answered is None else at(answered),
            ended_at=None if ended is None else at(ended),
            status=status if ended is not None else CallStatus.QUEUED,
            agent_session_id=agent,
            held_seconds=held,
        )
        await self.add(call)
        if agent is not None and answered is not None and ended is not None:
            leg = Leg(
                call_id=call.id,
                role=LegRole.AGENT,
                channel="",
                agent_session_id=agent,
                started_at=at(answered),
                ended_at=at(ended),
            )
            await self.add(leg)
        return call

    async def agent(self, user_id: UUID, *moves: tuple[str, float]) -> UUID:
        """A person at the first seat from eight o'clock on."""
        async with self.database.writing() as work:
            seat = (await work.session.scalars(select(Seat).order_by(Seat.code))).first()
            assert seat is not None
            row = AgentSession(
                user_id=user_id,
                seat_id=seat.id,
                device=Device.PHONE,
                status_since=at(0),
                signed_in_at=at(0),
            )
            work.session.add(row)
            for trigger, when in (("sign_in", 0.0), *moves):
                advance(work.session, row, trigger, actor=SYSTEM, at=at(when))
                if trigger == "sign_out":
                    row.signed_out_at = at(when)
        return row.id

    async def order(
        self,
        opened: float,
        call: Call | None = None,
        *,
        sent: float | None = None,
        status: WorkOrderStatus = WorkOrderStatus.DISPATCHED,
        centre: str = "",
        **fields: object,
    ) -> WorkOrder:
        self.number += 1
        incident = Incident(number=f"JQ{self.number}", opened_at=at(opened))
        order = WorkOrder(
            number=f"GD{self.number}",
            incident_id=incident.id,
            call_id=call.id if call else None,
            queue_code=call.queue_code if call else "110",
            status=status,
            fields=fields,
            field_states={},
            created_at=at(opened),
            sent_at=None if sent is None else at(sent),
            centre_code=centre,
        )
        await self.add(incident, order)
        return order

    async def dispatch(
        self, order: WorkOrder, unit: str, deadlines: Mapping[str, tuple[float, str, bool]]
    ) -> DispatchOrder:
        """To a unit; per deadline its seconds, what ended it, and whether it came too late."""
        assert order.sent_at is not None
        item = DispatchOrder(
            work_order_id=order.id,
            unit_id=self.units[unit],
            status=DispatchStatus.SENT,
            created_at=order.sent_at,
            sent_at=order.sent_at,
        )
        timers = [
            SlaTimer(
                work_order_id=order.id,
                dispatch_order_id=item.id,
                unit_id=item.unit_id,
                kind=DeadlineKind(kind),
                calendar="always",
                limit_seconds=120,
                plan=[],
                started_at=order.sent_at,
                running_since=order.sent_at,
                due_at=order.sent_at,
                breached_at=order.sent_at if late else None,
                stopped_at=order.sent_at + timedelta(seconds=took),
                stopped_by=by,
            )
            for kind, (took, by, late) in deadlines.items()
        ]
        await self.add(item, *timers)
        return item


async def table(site: Site, report: Report, **asked: Any) -> list[dict[str, Any]]:
    """The rows of a report of the day, by column."""
    async with site.signed_in("boss") as boss:
        query = {"from_day": str(DAY), "to_day": str(DAY), **asked}
        answer = await boss.get(f"/api/reports/{report.value}", params=query)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    keys = [column["key"] for column in body["columns"]]
    return [dict(zip(keys, row, strict=True)) for row in [*body["rows"], body["total"]]]


async def made(site: Site, *days: date) -> Roller:
    roller = Roller(site.database, site.clock)
    for day in days or (DAY,):
        await roller.make(day)
    return roller

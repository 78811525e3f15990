"""Deadlines and deliveries, as seats, supervisors and units see them; the days that count."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, OrderReader, UnitWorker, require
from agent_desk.permissions import Permission
from agent_desk.wire_deadlines import (
    CalendarDayInfo,
    DayVersion,
    LateList,
    OrderWatch,
    PutCalendarDay,
    ShownOrders,
    UnitDeadline,
)

router = APIRouter(prefix="/api", tags=["deadlines"])

Supervisor = Annotated[Person, Depends(require(Permission.SUPERVISE))]
CentreReader = Annotated[Person, Depends(require(Permission.READ_CENTRE))]
Editor = Annotated[Person, Depends(require(Permission.CHANGE_CENTRE))]
Year = Annotated[int, Query(ge=2000, le=2100)]


@router.get("/orders/{order_id}/watch")
async def order_watch(order_id: UUID, person: OrderReader, desk: Desk) -> OrderWatch:
    """An order's deadlines, and how far each message to its units has got."""
    await desk.views.check_order(person, order_id)
    return await desk.watching.order(order_id)


@router.get("/deadlines/late")
async def late_deadlines(person: Supervisor, desk: Desk) -> LateList:
    """Orders past a limit, the oldest first, and the newest escalations."""
    return await desk.watching.late()


@router.post("/notices/{notice_id}/seen", status_code=status.HTTP_204_NO_CONTENT)
async def see_notice(notice_id: UUID, person: Supervisor, desk: Desk) -> None:
    """Take note of an escalation."""
    await desk.watching.see(notice_id, person)


@router.get("/unit/deadlines")
async def unit_deadlines(person: UnitWorker, desk: Desk) -> list[UnitDeadline]:
    """The own orders' deadlines that run out first."""
    return await desk.watching.of_unit(desk.views.unit_of(person))


@router.post("/unit/orders/shown", status_code=status.HTTP_204_NO_CONTENT)
async def orders_shown(body: ShownOrders, person: UnitWorker, desk: Desk) -> None:
    """The page shows these orders: they have reached the terminal."""
    unit_id = desk.views.unit_of(person)
    if desk.parts.watch is not None:
        desk.parts.watch.shown(unit_id, body.dispatch_order_ids)


@router.get("/calendar-days")
async def calendar_days(year: Year, person: CentreReader, desk: Desk) -> list[CalendarDayInfo]:
    """A year's holidays and the days worked instead."""
    return await desk.administration.days.of_year(year)


@router.put("/calendar-days/{day}")
async def put_calendar_day(
    day: date, body: PutCalendarDay, person: Editor, desk: Desk
) -> CalendarDayInfo:
    """Say that a day is a holiday or is worked; running deadlines follow at once."""
    put = await desk.administration.days.put(day, body, person)
    if desk.parts.watch is not None:
        await desk.parts.watch.sweeper.recalculate()
    return put


@router.delete("/calendar-days/{day}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_calendar_day(day: date, version: DayVersion, person: Editor, desk: Desk) -> None:
    """Let a day be what its weekday says; running deadlines follow at once."""
    await desk.administration.days.remove(day, version, person)
    if desk.parts.watch is not None:
        await desk.parts.watch.sweeper.recalculate()

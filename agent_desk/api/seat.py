"""The seat's side of calls: where it sits, whether it is ready, what it works on."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, status

from agent_desk.dependencies import Desk, SeatWorker
from agent_desk.wire_seat import AgentSessionInfo, SeatInfo, SetAgentState, TakeSeat
from agent_desk.wire_seat import Desk as DeskInfo

router = APIRouter(prefix="/api", tags=["seat"])


@router.get("/seats")
async def seats(person: SeatWorker, desk: Desk) -> list[SeatInfo]:
    """All seats, and who sits there."""
    return await desk.views.seats()


@router.post("/agent-session")
async def take_seat(body: TakeSeat, person: SeatWorker, desk: Desk) -> AgentSessionInfo:
    """Sit down at a seat, ready for calls."""
    await desk.parts.telephony.sign_in(person.user, body.seat_code, body.device)
    return await desk.views.own_agent(person)


@router.patch("/agent-session")
async def set_state(body: SetAgentState, person: SeatWorker, desk: Desk) -> AgentSessionInfo:
    """Become ready, or pause with a reason."""
    if body.state == "ready":
        await desk.parts.telephony.set_ready(person.user_id)
    else:
        await desk.parts.telephony.pause(person.user_id, body.reason)
    return await desk.views.own_agent(person)


@router.delete("/agent-session", status_code=status.HTTP_204_NO_CONTENT)
async def leave_seat(person: SeatWorker, desk: Desk) -> None:
    """Leave the seat."""
    await desk.parts.telephony.sign_out(person.user_id)


@router.get("/desk")
async def whole_desk(person: SeatWorker, desk: Desk) -> DeskInfo:
    """Everything the seat's page shows."""
    return await desk.views.desk(person)


@router.post("/calls/{call_id}/hang-up", status_code=status.HTTP_204_NO_CONTENT)
async def hang_up(call_id: UUID, person: SeatWorker, desk: Desk) -> None:
    """End the call this seat is on."""
    await desk.parts.telephony.hang_up(person.user_id, call_id)

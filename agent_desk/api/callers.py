"""Who is calling: earlier calls, and what people noted of the number."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, status

from agent_desk.accounts import Person
from agent_desk.callers import Callers
from agent_desk.dependencies import Desk, require
from agent_desk.permissions import Permission
from agent_desk.wire_telephony import AddCallerMark, CallerHistory

router = APIRouter(prefix="/api", tags=["callers"])

CallBacker = Annotated[Person, Depends(require(Permission.CALL_BACK))]


@router.get("/calls/{call_id}/caller")
async def caller(call_id: UUID, person: CallBacker, desk: Desk) -> CallerHistory:
    """The earlier calls of this call's number, with their orders, and its marks."""
    return await Callers(desk.parts).history(call_id)


@router.post("/calls/{call_id}/caller/marks")
async def add_caller_mark(
    call_id: UUID, body: AddCallerMark, person: CallBacker, desk: Desk
) -> CallerHistory:
    """Note something of the caller; it is shown with every call of the number."""
    return await Callers(desk.parts).add_mark(call_id, person.user_id, body.kind, body.note)


@router.delete("/caller-marks/{mark_id}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_caller_mark(mark_id: UUID, person: CallBacker, desk: Desk) -> None:
    """Take a mark back."""
    await Callers(desk.parts).remove_mark(mark_id, person.user_id)

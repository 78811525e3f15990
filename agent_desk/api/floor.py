"""The supervisor's side: the floor, listening in, moving calls and people, what was done."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, status

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, require
from agent_desk.floor import supervision_info
from agent_desk.permissions import Permission
from agent_desk.wire_telephony import (
    AuditEntry,
    Floor,
    ForcePause,
    MoveCall,
    Supervise,
    SuperviseMode,
    SupervisionInfo,
)
from ivr.beside import Mode

router = APIRouter(prefix="/api", tags=["floor"])

Supervisor = Annotated[Person, Depends(require(Permission.SUPERVISE))]
Word = Annotated[str, Query(max_length=64)]


@router.get("/floor")
async def floor(person: Supervisor, desk: Desk) -> Floor:
    """Queues, seats and the day's figures as they are now."""
    return await desk.floor.floor()


@router.get("/supervise")
async def supervision(person: Supervisor, desk: Desk) -> SupervisionInfo | None:
    """Beside whom the supervisor is."""
    return desk.floor.supervision(person.user_id)


@router.post("/supervise")
async def supervise(body: Supervise, person: Supervisor, desk: Desk) -> SupervisionInfo:
    """Be beside a seat that is in a call; the supervisor's own device is rung for it."""
    supervision = desk.parts.telephony.supervision
    mode = Mode(body.mode)
    return supervision_info(await supervision.supervise(person.user_id, body.session_id, mode))


@router.patch("/supervise")
async def change_supervision(
    body: SuperviseMode, person: Supervisor, desk: Desk
) -> SupervisionInfo:
    """Listen, whisper or talk along, without ringing again."""
    supervision = desk.parts.telephony.supervision
    return supervision_info(await supervision.change(person.user_id, Mode(body.mode)))


@router.delete("/supervise", status_code=status.HTTP_204_NO_CONTENT)
async def stop_supervision(person: Supervisor, desk: Desk) -> None:
    """Leave the seat alone; the call goes on."""
    await desk.parts.telephony.supervision.stop(person.user_id)


@router.post("/calls/{call_id}/take", status_code=status.HTTP_204_NO_CONTENT)
async def take_call(call_id: UUID, person: Supervisor, desk: Desk) -> None:
    """Take a call from the seat that has it."""
    await desk.parts.telephony.supervision.take(person.user_id, call_id)


@router.post("/calls/{call_id}/move", status_code=status.HTTP_204_NO_CONTENT)
async def move_call(call_id: UUID, body: MoveCall, person: Supervisor, desk: Desk) -> None:
    """Put a waiting caller into another queue, or to another place."""
    await desk.parts.telephony.waiting.move(
        call_id, body.queue_code, body.priority, body.reason, person.user_id
    )


@router.post("/agents/{session_id}/pause", status_code=status.HTTP_204_NO_CONTENT)
async def force_pause(session_id: UUID, body: ForcePause, person: Supervisor, desk: Desk) -> None:
    """Pause somebody; a call that rings there goes on to the next seat."""
    await desk.parts.telephony.forced_states.pause(session_id, body.reason, person.user_id)


@router.post("/agents/{session_id}/ready", status_code=status.HTTP_204_NO_CONTENT)
async def force_ready(session_id: UUID, person: Supervisor, desk: Desk) -> None:
    """Let somebody take calls again."""
    await desk.parts.telephony.forced_states.ready(session_id, person.user_id)


@router.post("/agents/{session_id}/sign-out", status_code=status.HTTP_204_NO_CONTENT)
async def force_sign_out(session_id: UUID, person: Supervisor, desk: Desk) -> None:
    """Free somebody's seat; refused in a call."""
    await desk.parts.telephony.forced_states.sign_out(session_id, person.user_id)


@router.get("/audits")
async def audits(
    person: Supervisor,
    desk: Desk,
    subject: Word = "",
    subject_id: Word = "",
    page: Annotated[int, Query(ge=0, le=1000)] = 0,
) -> list[AuditEntry]:
    """Who did what to whom, newest first, 100 a page."""
    return await desk.floor.audits(subject, subject_id, page)

"""Text messages to callers."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, require
from agent_desk.permissions import Permission
from agent_desk.wire_telephony import SendText, TextMessageInfo
from models.telephony_tables import TextMessage

router = APIRouter(prefix="/api", tags=["texts"])

TextWriter = Annotated[Person, Depends(require(Permission.CALL_BACK))]


@router.post("/texts")
async def send_text(body: SendText, person: TextWriter, desk: Desk) -> TextMessageInfo:
    """Send a text message to a number or to the caller of a call."""
    texts = desk.parts.telephony.texts
    sent = await texts.send(person.user_id, body.text, call_id=body.call_id, number=body.number)
    return _info(sent)


@router.get("/calls/{call_id}/texts")
async def texts_of_call(call_id: UUID, person: TextWriter, desk: Desk) -> list[TextMessageInfo]:
    """The text messages of a call, oldest first."""
    return [_info(row) for row in await desk.parts.telephony.texts.of_call(call_id)]


def _info(row: TextMessage) -> TextMessageInfo:
    return TextMessageInfo(
        id=row.id,
        direction=row.direction,
        number=row.number,
        text=row.text,
        status=row.status,
        created_at=row.created_at,
        error=row.error,
    )

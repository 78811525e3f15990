"""Callers who must be called back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, require
from agent_desk.permissions import Permission
from agent_desk.running import Running
from agent_desk.telephony_views import call_back_info, call_back_infos
from agent_desk.wire_telephony import CallBackInfo, CloseCallBack
from models.errors import NotFound

router = APIRouter(prefix="/api/call-backs", tags=["call-backs"])

CallBacker = Annotated[Person, Depends(require(Permission.CALL_BACK))]


@router.get("")
async def call_backs(person: CallBacker, desk: Desk) -> list[CallBackInfo]:
    """Every entry that waits, oldest first, then the newest of those that are over."""
    rows = await desk.parts.telephony.call_backs.listed()
    return await call_back_infos(desk.parts.database, rows)


@router.post("/{call_back_id}/call")
async def call_back(call_back_id: UUID, person: CallBacker, desk: Desk) -> CallBackInfo:
    """Ring the own seat, then the caller."""
    await desk.parts.telephony.call_backs.call(call_back_id, person.user_id)
    return await _shown(desk, call_back_id)


@router.post("/{call_back_id}/close")
async def close_call_back(
    call_back_id: UUID, body: CloseCallBack, person: CallBacker, desk: Desk
) -> CallBackInfo:
    """End the entry with a reason, without having reached the caller."""
    await desk.parts.telephony.call_backs.close(call_back_id, person.user_id, body.reason)
    return await _shown(desk, call_back_id)


async def _shown(desk: Running, call_back_id: UUID) -> CallBackInfo:
    found = await call_back_info(desk.parts.database, call_back_id)
    if found is None:
        raise NotFound("没有这条回电记录，请刷新页面。")
    return found

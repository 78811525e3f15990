"""Calls handed to somebody else, calls that a seat places, and the key a silent caller presses."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, status

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, SeatWorker
from agent_desk.hand_over_views import infos, targets
from agent_desk.running import Running
from agent_desk.wire_seat import CallInfo
from agent_desk.wire_telephony import AskHandOver, HandOverInfo, HandOverTargets, PlaceCall
from ivr.hand_over_targets import Target
from models.telephony_tables import HandOver

router = APIRouter(prefix="/api", tags=["hand-overs"])


@router.get("/hand-overs")
async def hand_overs(person: SeatWorker, desk: Desk) -> list[HandOverInfo]:
    """The hand-overs under way that the person began or was asked into."""
    rows = await desk.parts.telephony.hand_overs.mine(person.user_id)
    return await infos(desk.parts.database, rows, person.user_id)


@router.get("/hand-overs/targets")
async def hand_over_targets(person: SeatWorker, desk: Desk) -> HandOverTargets:
    """Whom a call could be handed to now."""
    return targets(await desk.parts.telephony.hand_overs.choices(person.user_id))


@router.post("/calls/{call_id}/hand-overs")
async def begin_hand_over(
    call_id: UUID, body: AskHandOver, person: SeatWorker, desk: Desk
) -> HandOverInfo:
    """Give the call away, or ask somebody into it."""
    target = Target(body.queue_code or "", body.seat_code or "", body.number or "")
    row = await desk.parts.telephony.hand_overs.begin(person.user_id, call_id, body.kind, target)
    return await _shown(desk, row, person)


@router.post("/hand-overs/{hand_over_id}/join")
async def join_hand_over(hand_over_id: UUID, person: SeatWorker, desk: Desk) -> HandOverInfo:
    """Bring the caller into the talk."""
    row = await desk.parts.telephony.hand_overs.join(person.user_id, hand_over_id)
    return await _shown(desk, row, person)


@router.post("/hand-overs/{hand_over_id}/complete")
async def complete_hand_over(hand_over_id: UUID, person: SeatWorker, desk: Desk) -> HandOverInfo:
    """Leave the caller with the other party."""
    row = await desk.parts.telephony.hand_overs.complete(person.user_id, hand_over_id)
    return await _shown(desk, row, person)


@router.post("/hand-overs/{hand_over_id}/keep")
async def keep_hand_over(hand_over_id: UUID, person: SeatWorker, desk: Desk) -> HandOverInfo:
    """Go on alone with the caller."""
    row = await desk.parts.telephony.hand_overs.keep(person.user_id, hand_over_id)
    return await _shown(desk, row, person)


@router.post("/calls")
async def place_call(body: PlaceCall, person: SeatWorker, desk: Desk) -> CallInfo:
    """Ring the own device, then the number."""
    call = await desk.parts.telephony.call_out(person.user_id, body.number)
    async with desk.parts.database.reading() as session:
        return await desk.views.call_info(session, call)


@router.post("/calls/{call_id}/ask-key", status_code=status.HTTP_204_NO_CONTENT)
async def ask_key(call_id: UUID, person: SeatWorker, desk: Desk) -> None:
    """Ask the caller, in the call, to press a key."""
    await desk.parts.telephony.silence.ask_key(person.user_id, call_id)


async def _shown(desk: Running, row: HandOver, person: Person) -> HandOverInfo:
    return (await infos(desk.parts.database, [row], person.user_id))[0]

"""The archive of calls, their recordings, and the figures of the service."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import FileResponse
from pydantic import AwareDatetime

from agent_desk import archive
from agent_desk.accounts import Person
from agent_desk.archive import Archive, Wanted, asks_first_byte
from agent_desk.dependencies import Desk, SeatWorker, require
from agent_desk.permissions import Permission
from agent_desk.wire import Typed
from agent_desk.wire_seat import Workspace
from agent_desk.wire_telephony import RecordedCalls, RecordingCheck, Statistics
from ivr.statistics import today

router = APIRouter(prefix="/api", tags=["recordings"])

Player = Annotated[Person, Depends(require(Permission.PLAY_RECORDINGS))]
Supervisor = Annotated[Person, Depends(require(Permission.SUPERVISE))]
Digits = Annotated[str, Query(pattern=r"^\+?[0-9]{0,20}$")]
Code = Annotated[str, Query(max_length=32)]


@router.get("/recordings")
async def recordings(
    person: Player,
    desk: Desk,
    number: Digits = "",
    from_day: date | None = None,
    to_day: date | None = None,
    queue_code: Code = "",
    seat_code: Code = "",
    user_id: UUID | None = None,
    text: Annotated[Typed, Query(max_length=64)] = "",
    missed: bool = False,
    after: UUID | None = None,
) -> RecordedCalls:
    """Calls that are over, newest first, 50 a page; the next page is that ``after`` the last call
    of this one. Days are the centre's, both included."""
    wanted = Wanted(number, from_day, to_day, queue_code, seat_code, user_id, text, missed)
    return await Archive(desk.parts).find(wanted, after)


@router.get("/calls/{call_id}")
async def call(call_id: UUID, person: Player, desk: Desk) -> Workspace:
    """Any call with its transcript, suggestion and order."""
    return await desk.views.call_workspace(call_id)


@router.get(
    "/calls/{call_id}/recording",
    response_class=FileResponse,
    responses={200: {"content": {"audio/flac": {}}}},
)
async def play(call_id: UUID, request: Request, person: SeatWorker, desk: Desk) -> FileResponse:
    """A call's recording, whole or in ranges; left the caller, right what the caller heard.

    Every playback is recorded. A seat hears only calls it took itself since midnight.
    """
    first_byte = asks_first_byte(request.headers.get("range"))
    path = await Archive(desk.parts).play(person, call_id, first_byte=first_byte)
    return FileResponse(
        path,
        media_type="audio/flac",
        filename=f"{call_id}.flac",
        content_disposition_type="inline",
    )


@router.post("/calls/{call_id}/recording/verify")
async def verify(call_id: UUID, person: Player, desk: Desk) -> RecordingCheck:
    """Compare a recording with the hash it was stored with."""
    return await Archive(desk.parts).verify(call_id)


@router.get("/statistics")
async def statistics(
    person: Supervisor,
    desk: Desk,
    since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> Statistics:
    """The figures of calls received, and of time worked, from ``since`` (midnight in China) to
    before ``until`` (the next one); 31 days at most."""
    midnight, next_midnight = today(desk.parts.clock)
    begin: datetime = since or midnight
    report = await desk.parts.telephony.statistics.between(begin, until or next_midnight)
    return archive.statistics(report)

"""The numbers that callers dial, and the queues they lead to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, status

from agent_desk.dependencies import CentreChanger, Desk, Seen
from agent_desk.wire_telephony import HotlineNumberInfo, PutNumber
from models.telephony_tables import HotlineNumber

router = APIRouter(prefix="/api/numbers", tags=["numbers"])

Dialled = Annotated[str, Path(pattern=r"^[0-9]{3,32}$")]


@router.get("")
async def numbers(person: CentreChanger, desk: Desk) -> list[HotlineNumberInfo]:
    """All numbers beside the queues' own."""
    return [_info(row) for row in await desk.parts.telephony.numbers.listed()]


@router.put("/{number}")
async def put_number(
    number: Dialled, body: PutNumber, person: CentreChanger, desk: Desk
) -> HotlineNumberInfo:
    """Let a number lead to a queue; calls in progress go on."""
    row = await desk.parts.telephony.numbers.put(
        number, body.queue_code, body.name, person.user_id, body.version
    )
    return _info(row)


@router.delete("/{number}", status_code=status.HTTP_204_NO_CONTENT)
async def remove_number(number: Dialled, version: Seen, person: CentreChanger, desk: Desk) -> None:
    """Answer a number no more; whoever dials it is told that it does not exist."""
    await desk.parts.telephony.numbers.remove(number, person.user_id, version)


def _info(row: HotlineNumber) -> HotlineNumberInfo:
    return HotlineNumberInfo(
        number=row.number, queue_code=row.queue_code, name=row.name, version=row.version
    )

"""People write what was really said."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import or_, select

from agent_desk import shapes
from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, SeatWorker
from agent_desk.permissions import Permission, may
from agent_desk.running import Running
from agent_desk.wire_corrections import CorrectUtterance
from agent_desk.wire_seat import UtteranceInfo
from ivr import corrections
from models.errors import NotFound
from models.tables import AgentSession, Call, Leg, Utterance

router = APIRouter(prefix="/api", tags=["corrections"])


@router.put("/utterances/{utterance_id}/text")
async def correct_utterance(
    utterance_id: UUID, body: CorrectUtterance, person: SeatWorker, desk: Desk
) -> UtteranceInfo:
    """Correct an utterance of a call the person took; supervisors of any call. What was heard is
    kept, and who changed it when."""
    await _check_may(person, utterance_id, desk)
    row = await corrections.correct(
        desk.parts.database, utterance_id, person.user_id, text=body.text, seen=body.seen
    )
    return shapes.utterance(row)


async def _check_may(person: Person, utterance_id: UUID, desk: Running) -> None:
    """Raise ``NotFound`` unless the person may change this utterance."""
    if may(person.role, Permission.PLAY_RECORDINGS):
        return
    own = select(AgentSession.id).where(AgentSession.user_id == person.user_id)
    legs = select(Leg.call_id).where(Leg.agent_session_id.in_(own))
    query = (
        select(Utterance.id)
        .join(Call, Call.id == Utterance.call_id)
        .where(Utterance.id == utterance_id)
        .where(or_(Call.agent_session_id.in_(own), Call.id.in_(legs)))
    )
    async with desk.parts.database.reading() as session:
        if await session.scalar(query) is None:
            raise NotFound("没有这句转写，或这通电话不是您接听的。")

"""Calls that were over before anything but Asterisk saw them."""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Final

from ivr import recording_rows, repository
from ivr.calls import WAITING, Calls
from ivr.journal import Journal
from models.database import UnitOfWork
from models.errors import NotFound
from models.events import CallEnded
from models.kinds import Direction, LegRole
from models.tables import Call, Leg
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

UNSEEN: Final = "unseen"  # the reason why such a call ended, where the caller left no wish


async def mint(work: UnitOfWork, journal: Journal, ended_at: datetime) -> Call:
    """A call with its end, from Asterisk's journal; ``ended_at`` is used where that has none.

    ``end_reason`` holds what the caller wished: ``place``, ``message``, or ``unseen``. Raises
    ``NotFound`` in a centre without queues.
    """
    codes = await repository.queue_codes(work.session)
    if not codes:
        raise NotFound("尚未设置任何受理号码，无法登记来电。")
    ended_at = journal.ended_at or ended_at
    queue = next((code for code in (journal.queue, journal.dialled) if code in codes), codes[0])
    call = Call(
        queue_code=queue,
        dialled=journal.dialled or queue,
        caller_number=journal.number,
        channel="",
        linkedid=journal.linkedid,
        received_at=journal.began_at,
        queued_at=journal.began_at,
        ended_at=ended_at,
        end_reason=journal.wish or UNSEEN,
        direction=Direction.OUT if journal.outward else Direction.IN,
        rating=journal.rating,
    )
    work.session.add(call)
    advance(work.session, call, "queue", actor=SYSTEM, at=journal.began_at)
    answered_at = journal.began_at if journal.outward else journal.answered_at
    if answered_at is not None:
        await _answer(work, call, journal, answered_at)
    advance(work.session, call, "hang_up", actor=SYSTEM, at=ended_at)
    work.emit(CallEnded(call.id))
    log.warning("call %s was over before it was seen; it is kept as %s", call.id, call.status)
    return call


async def catch_up(work: UnitOfWork, calls: Calls, call: Call, journal: Journal | None) -> None:
    """Before a call that is gone from Asterisk is closed: what its caller wished meanwhile, and
    whether somebody answered."""
    if journal is None:
        return
    call.end_reason = call.end_reason or journal.wish
    if journal.answered_at is None or call.status not in WAITING:
        return
    await calls.stop_all_ringing(work, call)
    if call.queued_at is None:
        calls.wait(work, call)
    await _answer(work, call, journal, max(journal.answered_at, call.received_at))


async def _answer(work: UnitOfWork, call: Call, journal: Journal, at: datetime) -> None:
    advance(work.session, call, "answer", actor=SYSTEM, at=at)
    call.answered_at = at
    if journal.member and await recording_rows.has_agent_session(work.session, journal.member):
        call.agent_session_id = journal.member
        ended_at = call.ended_at or journal.ended_at
        work.session.add(
            Leg(
                call_id=call.id,
                role=LegRole.AGENT,
                channel="",
                agent_session_id=journal.member,
                started_at=at,
                ended_at=ended_at,
            )
        )

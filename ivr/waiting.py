"""Callers who wait: who comes next, moving one ahead, and what happens where nobody serves them.

Asterisk keeps the order; a call's ``priority`` says what it was given. The machine only ever
raises a call, so silence and doubt cost nobody the place.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import anyio

from ivr import repository
from ivr.agents import memberships
from ivr.ami import Ami, AmiRefused
from ivr.ami_events import (
    AmiUp,
    CallerJoined,
    ChannelHungUp,
    DialEnded,
    DialplanNotice,
    MemberAdded,
    MemberRemoved,
)
from ivr.calls import Calls
from ivr.switchboard import NOBODY, Switchboard
from models.bus import EventBus
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotFound, Unavailable
from models.events import CallChanged, SuggestionChanged
from models.kinds import Direction
from models.states import CallStatus
from models.tables import Call, Queue
from models.telephony_tables import Audit

log = logging.getLogger(__name__)

# From this probability on an emergency moves ahead. See "Waiting" in docs/telephony.md for the
# share of emergencies and of other calls that it lifts.
LIFT_FROM: Final = 0.85
LIFT_PRIORITY: Final = 10
MOST_PRIORITY: Final = 100
REASON_LIMIT: Final = 255
MOST_REASONS: Final = 5  # words that a reason names

UNSERVED: Final = ("YihuDuty", "YihuMessage")  # what the dialplan's [nobody] tells
UNSERVED_IN: Final = ("Dial", "Playback", "Wait")  # the applications of [nobody]
BACK: Final = "back"  # the dialplan's way from there into the queue


@dataclass(frozen=True, slots=True)
class WaitingCall:
    """A caller who waits. ``position`` counts from 1 in Asterisk's own order; 0 for one who is
    not in the line at this moment: at the front door, at the duty phone, leaving a message.
    ``suggestion`` is the payload of the call's suggestion, empty without one."""

    call: Call
    position: int
    since: datetime
    suggestion: Mapping[str, Any]


def urgent(payload: Mapping[str, Any]) -> bool:
    """Whether a suggestion says emergency, surely enough to move a caller ahead of others."""
    emergency = payload.get("emergency") or {}
    return emergency.get("label") == "emergency" and emergency.get("p", 0.0) >= LIFT_FROM


def reason_of(payload: Mapping[str, Any]) -> str:
    """Why the call was lifted, for people, with the words it rests on."""
    category = (payload.get("category") or {}).get("name", "")
    words = "、".join(f"“{word}”" for word in payload.get("reasons", ())[:MOST_REASONS])
    sure = f"{payload['emergency']['p']:.0%}"
    what = f"，{category}" if category else ""
    said = f"：来电人说到{words}" if words else ""
    return f"疑似紧急警情（{sure}{what}）{said}"[:REASON_LIMIT]


class Waiting:
    """The waiting lines: moves callers ahead and away, and knows who waits where."""

    def __init__(self, database: Database, ami: Ami, calls: Calls, clock: Clock) -> None:
        self._database = database
        self._ami = ami
        self._switchboard = Switchboard(ami)
        self._calls = calls
        self._clock = clock
        self._noted: dict[UUID, None] = {}
        self._news = anyio.Event()
        # Channels at the duty phone or leaving a message, with their linkedid.
        self._unserved: dict[str, str] = {}

    def subscribe(self, bus: EventBus) -> None:
        """Follow the suggestions, and calls that wait again."""
        bus.subscribe(SuggestionChanged, self._note)
        bus.subscribe(CallChanged, self._note)

    async def run(self) -> None:
        """Lift the calls whose words ask for it, until cancelled."""
        while True:
            await self._news.wait()
            self._news = anyio.Event()
            while self._noted:
                call_id = next(iter(self._noted))
                del self._noted[call_id]
                try:
                    await self._consider(call_id)
                except (AmiRefused, Unavailable) as error:
                    log.info("call %s stays where it is: %s", call_id, error)
                except Exception:
                    log.exception("whether call %s is urgent could not be seen to", call_id)

    # --- what people do ----------------------------------------------------------------------

    async def move(
        self, call_id: UUID, queue_code: str, priority: int, reason: str, user_id: UUID
    ) -> None:
        """Put a waiting call into ``queue_code`` with ``priority``, higher first, on a person's
        word; from then on the machine leaves its place alone.

        Raises ``InvalidInput``, ``NotFound``, ``Conflict`` for a call that does not wait in a
        queue, and ``Unavailable`` while Asterisk is away.
        """
        reason = reason.strip()
        if not 0 <= priority <= MOST_PRIORITY:
            raise InvalidInput(f"优先级只能是0到{MOST_PRIORITY}，数字越大越先接听。")
        if not reason or not reason.isprintable() or len(reason) > REASON_LIMIT:
            raise InvalidInput(f"请填写调整原因，不超过{REASON_LIMIT}个字。")
        async with self._database.reading() as session:
            call = await session.get(Call, call_id)
            codes = await repository.queue_codes(session)
        if call is None:
            raise NotFound("没有这个来电的记录，请刷新页面。")
        if queue_code not in codes:
            raise NotFound("没有这个队列，请从列表中选择。")
        if call.status is not CallStatus.QUEUED:
            raise Conflict("该来电当前不在排队，不能调整，请刷新页面。")
        try:
            await self._place(call, queue_code, priority)
        except AmiRefused:
            raise Conflict("该来电正在接通、留言或由值班电话处理，不能调整。") from None
        async with self._database.writing() as work:
            row = await repository.call_to_change(work.session, call_id)
            if row is None:
                return
            before = {"queue_code": row.queue_code, "priority": row.priority}
            self._set(row, priority, f"人工调整：{reason}")
            after = {"queue_code": queue_code, "priority": priority}
            work.session.add(
                Audit(
                    user_id=user_id,
                    action="move",
                    subject="call",
                    subject_id=str(call_id),
                    detail={"before": before, "after": after, "reason": reason},
                    at=self._clock.now(),
                )
            )
            work.emit(CallChanged(call_id))

    async def waiting_calls(self) -> dict[str, list[WaitingCall]]:
        """Who waits in each queue, in the order Asterisk will answer them; those who are not in
        the line come last. While Asterisk is away the rows alone say it."""
        async with self._database.reading() as session:
            codes = await repository.queue_codes(session)
            found = await repository.waiting_calls(session)
        places: dict[str, tuple[str, int]] = {}
        if self._ami.available:
            callers = (await self._ami.queue_status()).callers
            places = {caller.uniqueid: (caller.queue, caller.position) for caller in callers}
        lines: dict[str, list[WaitingCall]] = {code: [] for code in codes}
        for call, suggestion in found:
            queue, position = places.get(call.linkedid, (call.queue_code, 0))
            since = call.queued_at or call.received_at
            payload = suggestion.payload if suggestion is not None else {}
            lines.setdefault(queue, []).append(WaitingCall(call, position, since, payload))
        for line in lines.values():
            line.sort(key=lambda w: (w.position == 0, w.position, -w.call.priority, w.since))
        return lines

    # --- what Asterisk tells -----------------------------------------------------------------

    async def came_up(self, _: AmiUp) -> None:
        """See to every waiting call again, and find those that nobody serves."""
        async with self._database.reading() as session:
            found = await repository.waiting_calls(session)
        in_line = {caller.uniqueid for caller in (await self._ami.queue_status()).callers}
        alive = {channel.uniqueid: channel for channel in await self._ami.channels()}
        for call, _suggestion in found:
            self._noted[call.id] = None
            channel = alive.get(call.linkedid)
            if channel is None or channel.bridge or call.linkedid in in_line:
                continue
            if channel.application in UNSERVED_IN:
                self._unserved[channel.channel] = channel.linkedid
        self._news.set()

    async def noticed(self, event: DialplanNotice) -> None:
        """A caller whom nobody serves is at the duty phone or leaves a message."""
        if event.name in UNSERVED:
            self._unserved[event.channel] = event.linkedid

    async def joined(self, event: CallerJoined) -> None:
        """A caller is in a queue."""
        self._unserved.pop(event.channel, None)

    async def hung_up(self, event: ChannelHungUp) -> None:
        """A channel is gone."""
        self._unserved.pop(event.channel, None)

    async def duty_answered(self, event: DialEnded) -> Call | None:
        """The call that the duty phone has taken, if that is what was dialled."""
        if event.status != "ANSWER" or event.channel not in self._unserved:
            return None
        linkedid = self._unserved.pop(event.channel)
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, linkedid)
            if call is not None:
                await self._calls.bind(work, call, None, event.dialled_channel)
            return call

    async def seat_came(self, event: MemberAdded) -> None:
        """A seat serves a queue: callers who were with nobody go back into it."""
        for channel, linkedid in list(self._unserved.items()):
            async with self._database.reading() as session:
                call = await repository.call_of_linkedid(session, linkedid)
            if call is None or call.queue_code != event.queue:
                continue
            self._unserved.pop(channel, None)
            try:
                await self._switchboard.redirect(channel, BACK, call.dialled)
            except AmiRefused as refused:  # hung up meanwhile; the others wait all the same
                log.info("call %s was not brought back to its queue: %s", call.id, refused)

    async def seat_went(self, event: MemberRemoved) -> None:
        """A seat serves a queue no more: with the last one, nobody is left to wait for."""
        held = await self._ami.queue_status()
        async with self._database.reading() as session:
            emergency_codes = await repository.emergency_codes(session)
            seated = await repository.open_sessions(session)
        if any(member.queue == event.queue for member in held.members) or any(
            event.queue in memberships(agent.seat, emergency_codes) for agent in seated
        ):
            return
        for caller in held.callers:
            if caller.queue != event.queue:
                continue
            async with self._database.reading() as session:
                call = await repository.call_of_linkedid(session, caller.uniqueid)
            priority = call.priority if call is not None else 0
            try:
                await self._switchboard.withdraw(
                    event.queue, caller.channel, to=NOBODY, priority=priority
                )
            except AmiRefused as refused:  # hung up, or just being connected
                log.info("a caller of queue %s was not moved: %s", event.queue, refused)

    # --- lifting -----------------------------------------------------------------------------

    async def _note(self, event: SuggestionChanged | CallChanged) -> None:
        self._noted[event.call_id] = None
        self._news.set()

    async def _consider(self, call_id: UUID) -> None:
        """Lift a waiting call if its suggestion asks for it and nobody has placed it yet."""
        async with self._database.reading() as session:
            call = await session.get(Call, call_id)
            suggestion = await repository.suggestion(session, call_id)
            emergency_codes = await repository.emergency_codes(session)
        if call is None or suggestion is None or not emergency_codes:
            return
        placed = call.lifted_at is not None or call.priority >= LIFT_PRIORITY
        if call.status is not CallStatus.QUEUED or call.direction is not Direction.IN or placed:
            return
        if not urgent(suggestion.payload):
            return
        queue = call.queue_code if call.queue_code in emergency_codes else emergency_codes[0]
        if call.channel not in self._unserved:
            await self._place(call, queue, LIFT_PRIORITY)
        elif not await self._rescue(call, queue):
            return
        async with self._database.writing() as work:
            row = await repository.call_to_change(work.session, call_id)
            if row is not None and row.lifted_at is None:
                self._set(row, LIFT_PRIORITY, reason_of(suggestion.payload))
                work.emit(CallChanged(call_id))
        log.info("call %s moves ahead in queue %s", call_id, queue)

    async def _rescue(self, call: Call, queue: str) -> bool:
        """Bring a caller whom nobody serves into an emergency queue that somebody serves; what
        they are saying stays a message where there is none."""
        members = (await self._ami.queue_status()).members
        async with self._database.reading() as session:
            emergency = await session.get(Queue, queue)
        on_duty = emergency is not None and emergency.duty_phone
        if queue == call.queue_code or not (on_duty or any(m.queue == queue for m in members)):
            return False
        if self._unserved.pop(call.channel, None) is None:
            return False  # back in a queue meanwhile, or gone
        await self._switchboard.set_var(call.channel, "__YIHU_QUEUE", queue)
        await self._switchboard.set_var(call.channel, "QUEUE_PRIO", str(LIFT_PRIORITY))
        await self._switchboard.redirect(call.channel, BACK, call.dialled)
        return True

    def _set(self, row: Call, priority: int, reason: str) -> None:
        row.priority = priority
        row.lifted_at = self._clock.now()
        row.lift_reason = reason[:REASON_LIMIT]

    async def _place(self, call: Call, queue: str, priority: int) -> None:
        """In Asterisk; the row's queue follows when the caller joins the other one."""
        if queue == call.queue_code:
            await self._switchboard.prioritise(queue, call.channel, priority)
        else:
            await self._switchboard.withdraw(
                call.queue_code, call.channel, to=queue, priority=priority
            )

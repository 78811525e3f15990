"""Calls handed to somebody else: at once, after a talk, or as three.

An action here only sets off what happens in Asterisk; ``ivr.hand_over_moves`` follows what is
told and moves the rows.

In a consultation the caller is taken out of the seat's conversation into one of their own, with
music, after the other party has been added to it; ``YIHU_HELD`` on both names the caller, and
the dialplan gives the caller back to whichever of the two stays.
"""

from __future__ import annotations

import logging
from typing import Final
from uuid import UUID

import anyio

from ivr import hand_over_rows as rows
from ivr import repository
from ivr.agents import Agents, interface_of, move
from ivr.ami import Ami, AmiRefused
from ivr.calls import Calls, is_leg_of
from ivr.hand_over_moves import HandOverMoves, OnLeg, channel_id, extension_of
from ivr.hand_over_targets import Choices, Target, askable, checked_number, choices
from ivr.switchboard import Switchboard
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotFound, Unavailable
from models.events import HandOverChanged
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg
from models.telephony_states import HandOverStatus
from models.telephony_tables import HandOver, HandOverKind

log = logging.getLogger(__name__)

RING_SECONDS: Final = 30
ENTER_SECONDS: Final = 10.0
REFUSED: Final = "转接没有成功，通话仍在您这里，请重试或选择其他对象。"
UNDER_WAY: Final = "这通电话正在移交，请先完成或收回。"
NOT_YOURS: Final = "没有这次移交，或它不是由您发起的。"


class _Taken(Exception):
    """The agent to ask is not ready any more."""


class HandOvers:
    """What people do to hand a call over. ``outward`` says whether calls go out through a trunk;
    ``moves`` takes Asterisk's events."""

    def __init__(
        self,
        database: Database,
        ami: Ami,
        calls: Calls,
        agents: Agents,
        clock: Clock,
        *,
        outward: bool,
        open_leg: OnLeg,
    ) -> None:
        self._database = database
        self._ami = ami
        self._switchboard = Switchboard(ami)
        self._calls = calls
        self._agents = agents
        self._clock = clock
        self._outward = outward
        self.moves = HandOverMoves(database, ami, calls, agents, clock, open_leg)

    # --- what people do ----------------------------------------------------------------------

    async def choices(self, user_id: UUID) -> Choices:
        """Whom this person could hand a call to."""
        own = await self._agents.current(user_id)
        async with self._database.reading() as session:
            return await choices(session, own.id if own else None)

    async def mine(self, user_id: UUID) -> list[HandOver]:
        """The hand-overs under way that this person began or was asked into."""
        own = await self._agents.current(user_id)
        if own is None:
            return []
        async with self._database.reading() as session:
            return list(await rows.open_of_session(session, own.id))

    async def begin(
        self, user_id: UUID, call_id: UUID, kind: HandOverKind, target: Target
    ) -> HandOver:
        """Hand the call over, or ask somebody into it.

        Raises ``NotFound`` for a call that is not the person's or a target there is not,
        ``Conflict`` where nobody is ready, the call is not spoken or is being handed over
        already, ``Unavailable`` without Asterisk, or for a number without a trunk.
        """
        named = [target.queue_code, target.seat_code, target.number]
        if sum(map(bool, named)) != 1:
            raise InvalidInput("请选择一个移交对象：队列、座席或电话号码。")
        agent = await self._agents.current(user_id)
        if agent is None or agent.call_id != call_id or agent.status is not AgentState.ON_CALL:
            raise NotFound("您当前不在这通电话中。")
        async with self._database.reading() as session:
            if await rows.open_of_call(session, call_id) is not None:
                raise Conflict(UNDER_WAY)
        asked: list[AgentSession] = []
        if target.number:
            checked_number(target.number, self._outward)
        elif target.seat_code or kind is not HandOverKind.BLIND:
            async with self._database.reading() as session:
                asked = await askable(session, agent, target)
        hand_over, leg, other = await self._offer(agent, call_id, kind, target, asked)
        try:
            if kind is HandOverKind.BLIND:
                await self._give_away(hand_over, leg, target, other)
            else:
                await self._ring(hand_over, leg, target, other)
        except (AmiRefused, Unavailable) as error:
            log.warning("hand-over %s did not begin: %s", hand_over.id, error)
            await self.moves.keep_unanswered(hand_over.id, REFUSED, "caller_left")
            if isinstance(error, Unavailable):
                raise
            raise Conflict(REFUSED) from None
        finally:
            self.moves.placing.discard(hand_over.id)
        return await self._row(hand_over.id)

    async def join(self, user_id: UUID, hand_over_id: UUID) -> HandOver:
        """Bring the caller into the talk with the other party."""
        hand_over, call, leg = await self._joined(user_id, hand_over_id)
        await self._bring(hand_over, call, leg)
        return await self._row(hand_over_id)

    async def complete(self, user_id: UUID, hand_over_id: UUID) -> HandOver:
        """Leave the caller with the other party."""
        hand_over, call, leg = await self._joined(user_id, hand_over_id)
        if call.held_since is not None:
            await self._bring(hand_over, call, leg)
        await self._ami.hang_up(leg.channel)
        return await self._closed(hand_over_id)

    async def keep(self, user_id: UUID, hand_over_id: UUID) -> HandOver:
        """Go on alone with the caller: stop ringing, or send the other party away."""
        hand_over = await self._begun_by(user_id, hand_over_id)
        if hand_over.status is HandOverStatus.OFFERED and hand_over.kind is HandOverKind.BLIND:
            raise Conflict("通话已经转出，不能收回。")
        if hand_over.status is HandOverStatus.OFFERED:
            await self.moves.keep_unanswered(hand_over_id, "", "caller_left", actor=str(user_id))
            await self._ami.hang_up(hand_over.channel)
            return await self._row(hand_over_id)
        hand_over, call, leg = await self._joined(user_id, hand_over_id)
        if call.held_since is not None:
            await self._bring(hand_over, call, leg)
        await self._ami.hang_up(hand_over.channel)
        return await self._closed(hand_over_id)

    # --- beginning ---------------------------------------------------------------------------

    async def _offer(
        self,
        agent: AgentSession,
        call_id: UUID,
        kind: HandOverKind,
        target: Target,
        asked: list[AgentSession],
    ) -> tuple[HandOver, Leg, AgentSession | None]:
        """Store the hand-over; the first of ``asked`` who is still ready rings from now on."""
        for other in asked:
            await self._agents.hold(other)
            try:
                return await self._store(agent.id, call_id, kind, target, other)
            except _Taken:
                await self._agents.sync(other.id)
            except BaseException:
                with anyio.CancelScope(shield=True):
                    await self._agents.sync(other.id)
                raise
        if asked:
            raise Conflict("对方刚刚接了其他电话，请重新选择。")
        return await self._store(agent.id, call_id, kind, target, None)

    async def _store(
        self,
        agent_id: UUID,
        call_id: UUID,
        kind: HandOverKind,
        target: Target,
        other: AgentSession | None,
    ) -> tuple[HandOver, Leg, AgentSession | None]:
        async with self._database.writing() as work:
            session = work.session
            call = await repository.call_to_change(session, call_id)
            agent = await repository.session_to_change(session, agent_id)
            if call is None or call.status is not CallStatus.ANSWERED or agent is None:
                raise Conflict("通话已经结束，不能移交。")
            if await rows.open_of_call(session, call_id, for_update=True) is not None:
                raise Conflict(UNDER_WAY)
            if call.agent_session_id != agent.id:
                raise Conflict("这通电话由首接席负责，只有首接席可以移交。")
            legs = await repository.open_legs(session, call_id)
            leg = next((leg for leg in legs if is_leg_of(leg, agent)), None)
            if leg is None:
                raise Conflict("您的话机已不在这通电话中，不能移交。")
            hand_over = HandOver(
                call_id=call_id,
                from_session_id=agent.id,
                kind=kind,
                queue_code=target.queue_code,
                seat_code=target.seat_code,
                number=target.number,
                started_at=self._clock.now(),
            )
            if other is not None:
                row = await repository.session_to_change(session, other.id)
                if row is None or row.status is not AgentState.READY:
                    raise _Taken
                move(work, row, "ring", self._clock, call_id=call_id)
                hand_over.to_session_id = row.id
            if kind is not HandOverKind.BLIND:
                hand_over.channel = channel_id(hand_over)
            self.moves.placing.add(hand_over.id)
            session.add(hand_over)
            work.emit(HandOverChanged(hand_over.id, call_id))
            return hand_over, leg, other

    async def _give_away(
        self, hand_over: HandOver, leg: Leg, target: Target, other: AgentSession | None
    ) -> None:
        call = await self._call(hand_over.call_id)
        if target.queue_code and other is None:
            await self._switchboard.redirect(call.channel, "to-queue", target.queue_code)
            return
        to = interface_of(other) if other is not None else target.number
        await self._switchboard.set_var(call.channel, "YIHU_TO", to)
        context = "to-seat" if other is not None else "to-number"
        await self._switchboard.redirect(call.channel, context, "s")
        async with self._database.writing() as work:
            row = await repository.call_to_change(work.session, hand_over.call_id)
            open_one = await rows.open_of_call(work.session, hand_over.call_id)
            if row is not None and row.status is CallStatus.ANSWERED and open_one is not None:
                self._calls.requeue(work, row)
                self._calls.rings(work, row)

    async def _ring(
        self, hand_over: HandOver, leg: Leg, target: Target, other: AgentSession | None
    ) -> None:
        call = await self._call(hand_over.call_id)
        consults = hand_over.kind is HandOverKind.CONSULT
        variables = {"YIHU_JOIN": leg.channel, "__YIHU_DIALLED": extension_of(call)}
        if consults:
            variables["YIHU_HELD"] = call.channel
        await self._switchboard.originate(
            interface_of(other) if other is not None else f"PJSIP/{target.number}@trunk",
            "join",
            "consult" if consults else "party",
            channel_id=channel_id(hand_over),
            caller_id=call.caller_number if other is not None else call.queue_code,
            ring_seconds=RING_SECONDS,
            variables=variables,
        )

    # --- within a hand-over ------------------------------------------------------------------

    async def _begun_by(self, user_id: UUID, hand_over_id: UUID) -> HandOver:
        """A hand-over under way that this person began."""
        async with self._database.reading() as session:
            hand_over = await rows.hand_over(session, hand_over_id)
        if hand_over is None or hand_over.from_session.user_id != user_id:
            raise NotFound(NOT_YOURS)
        if hand_over.status not in rows.OPEN:
            raise Conflict("这次移交已经结束，请按页面上的最新状态操作。")
        return hand_over

    async def _joined(self, user_id: UUID, hand_over_id: UUID) -> tuple[HandOver, Call, Leg]:
        """A hand-over that this person began and the other party has answered, with the call
        and the person's own leg in it."""
        hand_over = await self._begun_by(user_id, hand_over_id)
        if hand_over.status is not HandOverStatus.JOINED:
            raise Conflict("对方尚未接听，请等对方接听后再操作。")
        call = await self._call(hand_over.call_id)
        async with self._database.reading() as session:
            legs = await repository.open_legs(session, call.id)
        leg = next((leg for leg in legs if is_leg_of(leg, hand_over.from_session)), None)
        if leg is None:
            raise Conflict("您的话机已不在这通电话中。")
        return hand_over, call, leg

    async def _bring(self, hand_over: HandOver, call: Call, leg: Leg) -> None:
        """Take the caller, who hears music, into the talk of the two seats."""
        entered = self.moves.entering[call.channel] = anyio.Event()
        try:
            await self._switchboard.set_var(call.channel, "YIHU_JOIN", leg.channel)
            await self._switchboard.redirect(call.channel, "join", extension_of(call))
            with anyio.fail_after(ENTER_SECONDS):
                await entered.wait()
        except AmiRefused:
            raise Conflict("来电人已不在线，请按页面上的最新状态操作。") from None
        except TimeoutError:
            raise Unavailable("来电人没有接入通话，请重试。") from None
        finally:
            self.moves.entering.pop(call.channel, None)
        # Nobody has to take the caller back any more.
        for channel in (leg.channel, hand_over.channel):
            try:
                await self._switchboard.set_var(channel, "YIHU_HELD", "")
            except AmiRefused as refused:
                log.info("a party of hand-over %s is gone already: %s", hand_over.id, refused)
        await self.moves.set_held(call.id, False)

    async def _closed(self, hand_over_id: UUID) -> HandOver:
        """The hand-over once it is over, or as it is after ``ENTER_SECONDS``."""
        hand_over = await self._row(hand_over_id)
        with anyio.move_on_after(ENTER_SECONDS):
            while hand_over.status in rows.OPEN:
                moved = self.moves.moved
                hand_over = await self._row(hand_over_id)
                if hand_over.status in rows.OPEN:
                    await moved.wait()
        return hand_over

    async def _call(self, call_id: UUID) -> Call:
        async with self._database.reading() as session:
            call = await session.get(Call, call_id)
        if call is None:
            raise NotFound("没有这个来电的记录。")
        return call

    async def _row(self, hand_over_id: UUID) -> HandOver:
        async with self._database.reading() as session:
            hand_over = await rows.hand_over(session, hand_over_id)
        if hand_over is None:
            raise NotFound(NOT_YOURS)
        return hand_over

"""After every (re)connect: rows are made equal to what Asterisk holds."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection

from sqlalchemy.ext.asyncio import AsyncSession

from ivr import repository
from ivr.agents import Agents, interface_of, move
from ivr.ami import Ami
from ivr.ami_events import Channel
from ivr.calls import LOST, WAITING, Calls, FirstContact
from ivr.journal import Journal
from ivr.past import catch_up
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.kinds import Direction
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg

log = logging.getLogger(__name__)

IN_QUEUE_APPLICATION = "Queue"
RINGING, UP = "Ringing", "Up"


async def reconcile(
    database: Database,
    ami: Ami,
    calls: Calls,
    agents: Agents,
    clock: Clock,
    knows_stream: Callable[[str], bool],
    journal_of: Callable[[str], Awaitable[Journal | None]],
    placing: Collection[str] = (),
    unsure: Callable[[], None] = lambda: None,
) -> list[tuple[Call, list[Leg]]]:
    """Compare rows with Asterisk and correct the rows, the queue members and stale taps.

    Calls of the linkedids ``placing`` may have no channel yet. ``unsure`` is called where Asterisk
    is about to connect two, of which it may have told already: a later comparison sees them
    together. Returns the calls that live, each with its open legs. Raises ``Unavailable`` where
    Asterisk goes away meanwhile.
    """
    # Rows first: a call minted after this has a channel that the later snapshot may not show.
    async with database.reading() as session:
        # A cloud carrier's call without a linkedid has not come to Asterisk yet.
        known = {c.linkedid: c.id for c in await repository.open_calls(session) if c.linkedid}
    known = {linkedid: known[linkedid] for linkedid in known.keys() - set(placing)}
    queues = await ami.queue_status()
    channels = await ami.channels()
    alive = {channel.uniqueid: channel for channel in channels}
    names = {channel.channel for channel in channels}
    waiting = {caller.uniqueid: caller for caller in queues.callers}

    for channel in channels:
        is_caller = channel.uniqueid == channel.linkedid
        if is_caller and channel.application == IN_QUEUE_APPLICATION:
            queue = waiting[channel.uniqueid].queue if channel.uniqueid in waiting else ""
            contact = FirstContact(
                channel.channel, channel.linkedid, channel.caller_number, channel.dialled, queue
            )
            known[channel.linkedid] = (await calls.ensure(contact)).id

    for linkedid, call_id in known.items():
        journal = None if linkedid in alive else await journal_of(linkedid)
        async with database.writing() as work:
            call = await repository.call_to_change(work.session, call_id)
            if call is None or call.status not in repository.OPEN_CALL:
                continue
            # Of a call that a seat placed, the other one's channel counts once they have answered.
            if (call.channel or linkedid) not in names | alive.keys():
                log.warning("call %s is gone from Asterisk", call_id)
                await catch_up(work, calls, call, journal)
                await calls.finish(work, call, LOST)
            else:
                if not await _settle_call(work, calls, call, channels, linkedid in waiting):
                    unsure()

    async with database.writing() as work:
        await _free_agents(work, clock)
    await agents.settle_members(queues.members)
    await _close_stale_taps(ami, channels, knows_stream)
    async with database.reading() as session:
        return [
            (call, list(await repository.open_legs(session, call.id)))
            for call in await repository.open_calls(session)
        ]


async def _settle_call(
    work: UnitOfWork,
    calls: Calls,
    call: Call,
    channels: tuple[Channel, ...],
    waits: bool,
) -> bool:
    """Bring one living call's row to where Asterisk has it; false where a seat has answered that
    is not together with the caller yet."""
    others = [c for c in channels if c.linkedid == call.linkedid and c.uniqueid != c.linkedid]
    first = next((c for c in channels if c.uniqueid == call.linkedid), None)
    if waits and call.status is CallStatus.RECEIVED:
        calls.wait(work, call)
    elif waits and call.status is CallStatus.ANSWERED:
        calls.requeue(work, call)
    bridge = first.bridge if first is not None else ""
    sure = True
    if call.status is CallStatus.RECEIVED and call.direction is Direction.OUT:
        reached = next((c for c in others if c.bridge and c.bridge == bridge), None)
        if reached is not None:
            await calls.reach(work, call, reached.channel)
    elif call.status in WAITING:
        agent_channel = next((c for c in others if c.bridge and c.bridge == bridge), None)
        if agent_channel is not None:
            agent = await _agent_of(work.session, agent_channel)
            await calls.bind(work, call, agent, agent_channel.channel)
        elif any(c.state == UP and not c.bridge for c in others):
            sure = False
        elif call.status is CallStatus.RINGING and not any(c.state == RINGING for c in others):
            await calls.stop_all_ringing(work, call)
    present = {c.channel for c in channels}
    for leg in await repository.open_legs(work.session, call.id):
        if leg.channel not in present:
            await calls.end_leg(work, call, leg.channel)
    return sure


async def _agent_of(session: AsyncSession, channel: Channel) -> AgentSession | None:
    """The open agent session whose phone ``channel`` belongs to."""
    for agent in await repository.open_sessions(session):
        if channel.channel.rpartition("-")[0] == interface_of(agent):
            return agent
    return None


async def _free_agents(work: UnitOfWork, clock: Clock) -> None:
    """Agents who ring or talk in a call that is over do so no more."""
    for agent in await repository.open_sessions(work.session):
        if agent.status not in (AgentState.RINGING, AgentState.ON_CALL):
            continue
        call = await work.session.get(Call, agent.call_id) if agent.call_id else None
        if call is not None and call.status in repository.OPEN_CALL:
            continue
        if agent.status is AgentState.RINGING:
            move(work, agent, "caller_left", clock)
        else:
            move(work, agent, "hang_up", clock, call_id=agent.call_id)


async def _close_stale_taps(
    ami: Ami, channels: tuple[Channel, ...], knows_stream: Callable[[str], bool]
) -> None:
    """Hang up taps that nobody here listens to."""
    for channel in channels:
        name = channel.channel
        if name.startswith("AudioSocket/") and not knows_stream(name[-36:]):
            await ami.hang_up(name)

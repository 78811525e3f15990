"""Supervisors beside seats in a call: listening, whispering, talking along, taking the call.

The supervisor's own device is rung and stays connected while the mode changes. One who talks
along is in the conversation itself, so the recording has it; listening and whispering leave
the caller's side untouched.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from uuid import UUID

import anyio

from ivr.agents import Agents
from ivr.ami import Ami, AmiRefused
from ivr.ami_events import (
    AmiUp,
    BridgeEntered,
    BridgeLeft,
    Channel,
    ChannelHungUp,
    OriginateEnded,
)
from ivr.beside import CHANNEL_ID, MODE_NAMES, Beside, BesideRows, LeftOpen, Mode
from ivr.life import CallLife
from ivr.switchboard import Switchboard
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, NotFound, Unavailable
from models.events import SupervisionChanged
from models.kinds import LegRole

log = logging.getLogger(__name__)

CONTEXT: Final = "supervise"
# The supervisor's own page answers an INVITE with this header by itself. A caller cannot set it.
MARK: Final = ("PJSIP_HEADER(add,X-Yihu)", "supervise")
CALLER_ID: Final = "supervise"
RING_SECONDS: Final = 20
FIRST_WAIT_SECONDS: Final = 3.0  # for a device that cannot be rung at all, to say so
MOVE_SECONDS: Final = 10.0


class Supervision:
    """Who is beside whom. ``life_of`` finds the tasks of a call that lives."""

    def __init__(
        self,
        database: Database,
        ami: Ami,
        agents: Agents,
        clock: Clock,
        life_of: Callable[[UUID], CallLife | None],
    ) -> None:
        self._database = database
        self._ami = ami
        self._agents = agents
        self._switchboard = Switchboard(ami)
        self._rows = BesideRows(database, clock)
        self._life_of = life_of
        self._by_user: dict[UUID, Beside] = {}

    def of_user(self, user_id: UUID) -> Beside | None:
        """Beside whom the supervisor is."""
        return self._by_user.get(user_id)

    def of_agent(self, agent_id: UUID) -> list[Beside]:
        """Who is beside this agent session, in the order they came."""
        return [beside for beside in self._by_user.values() if beside.agent_id == agent_id]

    # --- what supervisors do -----------------------------------------------------------------

    async def supervise(self, user_id: UUID, agent_id: UUID, mode: Mode) -> Beside:
        """Be beside the agent session ``agent_id``; beside it already, only the mode changes.

        Comes back when the supervisor's device is answered, or still rings after a few seconds.
        Raises ``NotFound`` without an own seat, ``Conflict`` where either side is not free for
        it, ``Unavailable`` while Asterisk is away or where the device cannot be rung.
        """
        present = self._by_user.get(user_id)
        if present is not None:
            if present.agent_id == agent_id:
                return await self.change(user_id, mode)
            raise Conflict(f"您正在{MODE_NAMES[present.mode]}“{present.seat_name}”，请先结束。")
        if not self._ami.available:
            raise Unavailable("电话系统暂时不可用，请稍后重试。")
        if any(beside.session_id == agent_id for beside in self._by_user.values()):
            raise Conflict("该席本身正在监听其他座席，不能监听。")
        mine = await self._agents.current(user_id)
        if mine is not None:
            await self._agents.hold(mine)
        try:
            if mode is Mode.BARGE:
                await self._check_talks(agent_id)
            beside = await self._rows.begin(user_id, agent_id, mode)
        finally:
            if mine is not None:
                await self._agents.sync(mine.id, join=False)
        self._by_user[user_id] = beside
        await self._tell(beside)
        await self._ring(beside)
        with anyio.move_on_after(FIRST_WAIT_SECONDS):
            await _either(beside.answered, beside.over)
        if beside.over.is_set() and not beside.answered.is_set():
            raise Unavailable("您的话机没有接通，请检查签入的话机后重试。")
        return beside

    async def change(self, user_id: UUID, mode: Mode) -> Beside:
        """Take part in another way, without ringing again.

        Raises ``NotFound`` beside nobody, ``Conflict`` where it cannot be done now.
        """
        beside = self._of(user_id)
        if beside.mode is mode:
            return beside
        if not beside.answered.is_set():
            raise Conflict("请先接听您的话机，再切换方式。")
        if mode is Mode.BARGE:
            await self._check_talks(beside.agent_id)
        before, beside.mode, beside.bridged = beside.mode, mode, anyio.Event()
        try:
            await self._switchboard.redirect(beside.channel, CONTEXT, mode.value)
        except AmiRefused:
            beside.mode = before
            raise Conflict("监听已经结束，请刷新页面。") from None
        await self._rows.change(beside, before)
        self._listen(beside)
        await self._tell(beside)
        return beside

    async def stop(self, user_id: UUID) -> bool:
        """Be beside nobody any more; false where that was so already."""
        beside = self._by_user.get(user_id)
        if beside is None:
            return False
        await self._switchboard.hang_up(beside.channel_id)
        with anyio.move_on_after(MOVE_SECONDS):
            await beside.over.wait()
            return True
        raise Unavailable("监听没有及时结束，请重试。")

    async def take(self, user_id: UUID, call_id: UUID) -> Beside:
        """Take the call from the seat that has it: the supervisor joins, the seat is hung up.

        Raises as ``supervise``; the seat keeps the call unless the supervisor talks with the
        caller.
        """
        agent_id = await self._rows.agent_of(call_id)
        beside = self._by_user.get(user_id)
        if beside is None:
            beside = await self.supervise(user_id, agent_id, Mode.BARGE)
        elif beside.agent_id != agent_id:
            raise Conflict(f"您正在{MODE_NAMES[beside.mode]}“{beside.seat_name}”，请先结束。")
        else:
            beside = await self.change(user_id, Mode.BARGE)
        with anyio.move_on_after(RING_SECONDS):
            await _either(beside.bridged, beside.over)
        if not beside.bridged.is_set() or not await self._together(beside):
            raise Conflict("未能与来电者接通（可能正在保持），座席仍在处理，请稍后重试。")
        beside.taker = user_id
        await self._switchboard.hang_up(beside.agent_channel)
        with anyio.move_on_after(MOVE_SECONDS):
            await _either(beside.taken, beside.over)
        if not beside.taken.is_set():
            raise Conflict("来电已经结束，不能接管。")
        return beside

    # --- what Asterisk tells -----------------------------------------------------------------

    async def originate_ended(self, event: OriginateEnded) -> None:
        """The supervisor's device was answered, or not."""
        if not event.uniqueid.startswith(CHANNEL_ID):
            return
        beside = self._by_channel_id(event.uniqueid)
        if beside is None:
            if event.ok:
                await self._switchboard.hang_up(event.channel)
        elif event.ok:
            beside.channel = event.channel
            await self._rows.answered(beside)
            beside.answered.set()
            if beside.mode is Mode.BARGE and await self._together(beside):
                beside.bridged.set()  # it joined before its name was known here
            self._listen(beside)
            await self._tell(beside)
        else:
            await self._finish(beside)

    async def entered(self, event: BridgeEntered) -> None:
        """A channel joined a conversation."""
        for beside in self._by_user.values():
            if event.channel == beside.channel and beside.mode is Mode.BARGE:
                beside.bridged.set()

    async def left(self, event: BridgeLeft) -> None:
        """A channel left a conversation: a supervisor does not stay behind without the caller."""
        for beside in list(self._by_user.values()):
            if event.channel == beside.caller_channel and beside.bridged.is_set():
                await self._switchboard.hang_up(beside.channel_id)

    async def hung_up(self, event: ChannelHungUp) -> None:
        """A channel is gone: the supervisor's own, the seat's or the caller's."""
        own = self._by_channel_id(event.uniqueid)
        if own is not None:
            await self._finish(own)
            return
        for beside in list(self._by_user.values()):
            if event.channel == beside.agent_channel:
                await self._agent_left(beside)
            elif event.channel == beside.caller_channel:
                await self._switchboard.hang_up(beside.channel_id)
                if beside.mode is Mode.BARGE:  # the two would go on talking
                    await self._switchboard.hang_up(beside.agent_channel)

    async def came_up(self, _: AmiUp) -> None:
        """Make what is known here equal to Asterisk's channels, and the rows to that."""
        channels = await self._ami.channels()
        by_id = {channel.uniqueid: channel for channel in channels}
        names = {channel.channel for channel in channels}
        for beside in list(self._by_user.values()):
            if beside.answered.is_set() and beside.channel_id not in by_id:
                await self._finish(beside)
        known = {beside.channel for beside in self._by_user.values()}
        for left in await self._rows.left_open():
            if left.leg.channel in known:
                continue
            channel = next((c for c in channels if c.channel == left.leg.channel), None)
            if channel is None or not await self._resume(left, channel):
                await self._rows.end_leg(left.leg.id)
        for beside in list(self._by_user.values()):
            if beside.answered.is_set() and beside.agent_channel not in names:
                await self._agent_left(beside)
        await self._end_strays(channels)
        busy = {beside.session_id for beside in self._by_user.values()}
        for session_id in await self._rows.free_lost(busy):
            await self._agents.sync(session_id, join=False)

    # --- the steps ---------------------------------------------------------------------------

    async def _ring(self, beside: Beside) -> None:
        try:
            await self._switchboard.originate(
                beside.device,
                CONTEXT,
                beside.mode.value,
                channel_id=beside.channel_id,
                caller_id=f'"{MODE_NAMES[beside.mode]}" <{CALLER_ID}>',
                ring_seconds=RING_SECONDS,
                variables={"YIHU_SPY": beside.agent_channel, MARK[0]: MARK[1]},
            )
        except (AmiRefused, Unavailable):
            await self._finish(beside)
            raise Unavailable("您的话机无法呼叫，请检查签入的话机后重试。") from None

    async def _agent_left(self, beside: Beside) -> None:
        """The seat's channel is gone. Whoever talks with the caller now has the call."""
        talks = beside.mode is Mode.BARGE and await self._together(beside)
        if talks and await self._take_over(beside):
            await self._took(beside)
        else:
            await self._switchboard.hang_up(beside.channel_id)

    async def _take_over(self, beside: Beside) -> bool:
        """The call is the supervisor's, who is beside nobody before the rows say so: one who
        has the caller alone cannot be sent to listen."""
        self._by_user.pop(beside.user_id, None)
        taken = False
        try:
            taken = await self._rows.take(beside)
        finally:
            if not taken:
                self._by_user[beside.user_id] = beside
        return taken

    async def _took(self, beside: Beside) -> None:
        life = self._life_of(beside.call_id)
        if life is not None:
            life.leave_leg(beside.channel)
            life.open_leg(LegRole.AGENT, beside.channel)
        for other in self.of_agent(beside.agent_id):
            await self._switchboard.hang_up(other.channel_id)
        await self._agents.sync(beside.session_id, join=False)
        await self._agents.rejoin(beside.agent_id)
        beside.taken.set()
        await self._tell(beside)

    async def _finish(self, beside: Beside) -> None:
        if self._by_user.pop(beside.user_id, None) is None:
            return
        try:
            life = self._life_of(beside.call_id)
            if life is not None and beside.channel:
                life.end_leg(beside.channel)
            await self._rows.end(beside)
            await self._agents.sync(beside.session_id, join=False)
        finally:
            beside.over.set()
        await self._tell(beside)

    def _listen(self, beside: Beside) -> None:
        """What a supervisor says to the caller is written down; whispers are not."""
        life = self._life_of(beside.call_id)
        if life is None:
            return
        if beside.mode is Mode.BARGE:
            life.open_leg(LegRole.SUPERVISOR, beside.channel)
        else:
            life.leave_leg(beside.channel)

    async def _check_talks(self, agent_id: UUID) -> None:
        channel = await self._rows.channel_of(agent_id)
        if not any(c.channel == channel and c.bridge for c in await self._ami.channels()):
            raise Conflict("该座席此刻没有与人通话（可能正在保持），请稍后再插话。")

    async def _together(self, beside: Beside) -> bool:
        """Whether the supervisor and the caller are in one conversation."""
        bridges = {c.channel: c.bridge for c in await self._ami.channels()}
        bridge = bridges.get(beside.channel, "")
        return bool(bridge) and bridges.get(beside.caller_channel) == bridge

    async def _resume(self, left: LeftOpen, channel: Channel) -> bool:
        """Take up a supervision that outlived this process."""
        if channel.dialled not in tuple(Mode):
            return False
        spied = await self._switchboard.get_var(channel.channel, "YIHU_SPY")
        beside = left.beside(channel, spied)
        if beside is None:
            return False
        beside.answered.set()
        if beside.mode is Mode.BARGE and channel.bridge:
            beside.bridged.set()
        self._by_user[beside.user_id] = beside
        self._listen(beside)
        await self._tell(beside)
        return True

    async def _end_strays(self, channels: tuple[Channel, ...]) -> None:
        """Supervisors' channels that belong to nothing, as of a device that rang at the end of
        the process."""
        wanted = {beside.channel_id for beside in self._by_user.values()}
        talking = await self._rows.talking()
        for channel in channels:
            stray = channel.uniqueid.startswith(CHANNEL_ID) and channel.uniqueid not in wanted
            if stray and channel.channel not in talking:
                await self._switchboard.hang_up(channel.channel)

    def _of(self, user_id: UUID) -> Beside:
        beside = self._by_user.get(user_id)
        if beside is None:
            raise NotFound("您当前没有监听任何座席，请刷新页面。")
        return beside

    def _by_channel_id(self, channel_id: str) -> Beside | None:
        found = (b for b in self._by_user.values() if b.channel_id == channel_id)
        return next(found, None)

    async def _tell(self, beside: Beside) -> None:
        event = SupervisionChanged(beside.user_id, beside.agent_id)
        await self._database.bus.publish(event)


async def _either(one: anyio.Event, other: anyio.Event) -> None:
    """Wait until one of two things has happened."""
    async with anyio.create_task_group() as group:

        async def finish_after(event: anyio.Event) -> None:
            await event.wait()
            group.cancel_scope.cancel()

        group.start_soon(finish_after, one)
        group.start_soon(finish_after, other)

"""Telephony as the rest of the system sees it: one object that owns every task of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

import anyio
from anyio.abc import TaskStatus

from asr.client import SpeechDown, SpeechEvent, SpeechUp
from ivr import repository
from ivr.agents import PAUSE_REASONS, Agents
from ivr.agi import AgiServer
from ivr.ami import Ami, AmiRefused
from ivr.ami_events import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    AgentRingNoAnswer,
    AmiDown,
    AmiEvent,
    AmiUp,
    BridgeEntered,
    BridgeLeft,
    CallerJoined,
    ChannelHungUp,
    ContactStatus,
    DialEnded,
    DialplanNotice,
    HoldChanged,
    KeyReceived,
    MemberAdded,
    MemberRemoved,
    OriginateEnded,
)
from ivr.applying import OnRowsChanged, tell_asterisk
from ivr.asterisk import AMI_USER
from ivr.auto_calls import AutoCalls, Speaks
from ivr.call_backs import CallBacks
from ivr.call_out import CallOut
from ivr.calls import Calls, is_leg_of
from ivr.forced_states import ForcedStates
from ivr.front import FrontDoor
from ivr.hand_overs import HandOvers
from ivr.lives import Lives
from ivr.lost_voice import LostVoice
from ivr.numbers import Numbers
from ivr.places import Places
from ivr.ratings import Ratings
from ivr.reconcile import reconcile
from ivr.recordings import Folders, Recordings
from ivr.recover import Recover
from ivr.repair import Repair
from ivr.silence import Silence
from ivr.statistics import Statistics
from ivr.supervision import Supervision
from ivr.sweep import Sweep
from ivr.switchboard import Switchboard
from ivr.taps import Source, Speech, Taps
from ivr.texts import Gateway, Texts
from ivr.transcribing import Transcribes
from ivr.transcripts import Classifier
from ivr.twilio.account import TwilioAccount
from ivr.twilio.door import open_door
from ivr.twilio.gateway import TwilioGateway
from ivr.waiting import Waiting
from models.clock import Clock
from models.database import Database
from models.errors import NotFound, Unavailable
from models.events import (
    SpeechAvailabilityChanged,
    TelephonyAvailabilityChanged,
    TranscriptGrew,
)
from models.kinds import Device, LegRole
from models.states import AgentState
from models.tables import AgentSession, Call, User

__all__ = ["PAUSE_REASONS", "Telephony"]

log = logging.getLogger(__name__)


class Telephony:
    """Seats, calls and their words. One object per instance; ``run`` owns every task.

    ``speech`` is made by the caller with ``heard`` as its handler and run by the caller;
    ``audio_address`` is where the speech process takes audio, ``agi_address`` where FastAGI
    listens. Without ``classifier`` there are no suggestions, without ``folders`` no recordings,
    without ``trunk`` no calls outward; ``speaker`` reads orders aloud, ``transcriber`` hears what
    was missed; ``on_rows_changed`` makes Asterisk know queues, seats, numbers; ``speech_engines``
    are by queue, where it is not the usual one that hears.
    """

    def __init__(
        self,
        database: Database,
        speech: Speech,
        classifier: Classifier | None,
        clock: Clock,
        *,
        ami_address: tuple[str, int],
        ami_secret: str,
        agi_address: tuple[str, int],
        audio_address: tuple[str, int],
        twilio: TwilioAccount | None = None,
        text_gateway: Gateway | None = None,
        trunk: bool = False,
        speaker: Speaks | None = None,
        transcriber: Transcribes | None = None,
        folders: Folders | None = None,
        on_rows_changed: OnRowsChanged | None = None,
        speech_engines: Mapping[str, str] | None = None,
    ) -> None:
        ami = Ami(*ami_address, AMI_USER, ami_secret)
        self._database = database
        self._ami = ami
        self._agi = AgiServer(*agi_address)
        self._speech, self._clock = speech, clock
        self._taps = Taps(ami, speech, audio_address, clock, speech_engines)
        self._repair = Repair(ami)
        self._agents = Agents(database, ami, clock, self._repair.mismatch)
        self._calls = Calls(database, clock)
        self._ratings = Ratings(database)
        self.waiting = Waiting(database, ami, self._calls, clock)
        self.waiting.subscribe(database.bus)
        self.call_backs = CallBacks(database, clock, self.call_out)
        self.call_backs.subscribe(database.bus)
        self.numbers = Numbers(database, clock, on_rows_changed)
        self._on_rows_changed = on_rows_changed
        self.texts = Texts(
            database, clock, text_gateway or (TwilioGateway(twilio) if twilio else None)
        )
        self.twilio = (
            open_door(twilio, database, clock, self._calls, self.texts) if twilio else None
        )
        self.auto_calls = AutoCalls(
            database, clock, Switchboard(ami), speaker, lambda: trunk and self.available
        )
        self.places = Places(
            database, self.call_backs, Switchboard(ami), lambda: trunk and self.available
        )
        self.statistics = Statistics(database, clock)
        self.recordings = Recordings(database, clock, folders.archive if folders else None)
        self.sweep = Sweep(database, clock, folders, self.recordings, ami.channel_ids)
        self.sweep.subscribe(database.bus)
        self._lives = Lives(
            database,
            self._taps,
            classifier,
            self.sweep,
            self._calls.set_speech,
            self.call_backs.words_stored,
        )
        self.recover = Recover(database, clock, self.recordings, transcriber, self._lives.ids)
        self.recover.subscribe(database.bus)
        self._front = FrontDoor(
            self._calls, self._lives, self._taps, self._carried_voice, self._repair.mismatch
        )
        parts = (database, ami, self._calls, self._agents, clock)
        self.hand_overs = HandOvers(*parts, outward=trunk, open_leg=self._lives.open_leg)
        self.calls_out = CallOut(*parts, outward=trunk, open_leg=self._lives.open_leg)
        self.silence = Silence(database, ami, clock, self._lives.partials)
        self._lost_voice = LostVoice(database, ami)
        self.supervision = Supervision(database, ami, self._agents, clock, self._lives.get)
        self.forced_states = ForcedStates(database, ami, self._agents, self._calls, clock)
        self._reconciled = False
        # Handlers of one event run in this order, one after the other.
        self._handlers: Mapping[type[Any], tuple[Callable[[Any], Awaitable[object]], ...]] = {
            AmiUp: (
                self._came_up,
                self.waiting.came_up,
                self.places.came_up,  # the call-backs
                self.supervision.came_up,
                self.hand_overs.moves.came_up,
                self.auto_calls.came_up,
            ),
            AmiDown: (self._went_down,),
            CallerJoined: (self._joined, self.waiting.joined, self.hand_overs.moves.joined),
            AgentCalled: (self._calls.ring,),
            AgentConnected: (self._answered, self.hand_overs.moves.answered),
            AgentRingNoAnswer: (self._not_answered,),
            AgentCompleted: (self._completed,),
            MemberAdded: (self.waiting.seat_came,),
            MemberRemoved: (self.waiting.seat_went,),
            DialEnded: (self._dial_ended, self.hand_overs.moves.dialled, self.calls_out.dialled),
            DialplanNotice: (
                self.waiting.noticed,
                self.call_backs.wished,
                self.auto_calls.noticed,
                self._ratings.noticed,
            ),
            BridgeLeft: (self.supervision.left,),
            BridgeEntered: (self.supervision.entered, self.hand_overs.moves.bridge_entered),
            OriginateEnded: (
                self.supervision.originate_ended,
                self.auto_calls.originate_ended,
                self.places.originated,
                self.hand_overs.moves.originated,
                self.calls_out.originated,
            ),
            ContactStatus: (self._lost_voice.contact_changed,),
            HoldChanged: (self.silence.held,),
            KeyReceived: (self.silence.pressed,),
            ChannelHungUp: (
                self.waiting.hung_up,
                self.supervision.hung_up,
                self.auto_calls.hung_up,
                self.places.hung_up,
                self.calls_out.hung_up,
                self._hung_up,
                self._lost_voice.hung_up,
                self.hand_overs.moves.hung_up,
            ),
        }

    @property
    def available(self) -> bool:
        """Whether Asterisk is connected and the rows agree with it."""
        return self._ami.available and self._reconciled

    @property
    def speech_available(self) -> bool:
        """Whether calls can be written down now."""
        return self._speech.available

    @property
    def hearing(self) -> bool:
        """Whether a call is being written down."""
        return bool(self._taps.streams)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Serve until cancelled; started once FastAGI listens. Raises ``OSError`` where its
        port is taken."""
        async with anyio.create_task_group() as group:
            await group.start(self._lives.run)
            await group.start(self._front.run)
            await group.start(self._agi.serve, self._front.answer, self._lost_voice.after)
            group.start_soon(self._lost_voice.run)
            group.start_soon(self.silence.run)
            group.start_soon(self._ami.run, self._on_ami)
            group.start_soon(self._repair.run)
            group.start_soon(self.sweep.run)
            group.start_soon(self.recover.run)
            group.start_soon(self.auto_calls.run)
            group.start_soon(self.places.run)
            group.start_soon(self.waiting.run)
            group.start_soon(self.texts.run)
            task_status.started()
            await anyio.sleep_forever()

    # --- what people do ----------------------------------------------------------------------

    async def sign_in(self, user: User, seat_code: str, device: Device) -> AgentSession:
        """Take a seat, ready for calls; while Asterisk is away it takes effect when it is back.

        Raises ``NotFound`` for an unknown seat, ``Conflict`` where seat or person is taken."""
        return await self._agents.sign_in(user, seat_code, device)

    async def sign_out(self, user_id: UUID) -> None:
        """Leave the seat; nothing happens when there is none.

        Raises ``IllegalTransition`` while the phone rings or in a call.
        """
        await self.supervision.stop(user_id)
        await self._agents.sign_out(user_id)

    async def set_ready(self, user_id: UUID) -> AgentSession:
        """Take calls again. Raises ``NotFound`` without a seat, ``IllegalTransition`` in a call."""
        return await self._agents.set_ready(user_id)

    async def pause(self, user_id: UUID, reason: str) -> AgentSession:
        """Take no calls; raises ``InvalidInput`` for a reason that is none of ``PAUSE_REASONS``,
        ``IllegalTransition`` while the phone rings or in a call."""
        return await self._agents.pause(user_id, reason)

    async def current_session(self, user_id: UUID) -> AgentSession | None:
        """The person's open session with ``seat`` and ``user`` loaded."""
        return await self._agents.current(user_id)

    async def hang_up(self, user_id: UUID, call_id: UUID) -> None:
        """End the call the person is in. Raises ``NotFound`` for any other call and
        ``Unavailable`` while Asterisk is away. A supervisor leaves the call to its seat."""
        beside = self.supervision.of_user(user_id)
        if beside is not None and beside.call_id == call_id:
            await self.supervision.stop(user_id)
            return
        agent = await self._agents.current(user_id)
        if agent is None or agent.call_id != call_id or agent.status is not AgentState.ON_CALL:
            raise NotFound("您当前不在这通电话中。")
        async with self._database.reading() as session:
            legs = await repository.open_legs(session, call_id)
        own = [leg for leg in legs if leg.role is LegRole.AGENT and is_leg_of(leg, agent)]
        with self._calls.agent_hangs_up(call_id):
            for leg in own or legs:
                await self._ami.hang_up(leg.channel)

    async def call_out(self, user_id: UUID, number: str, call_back_id: UUID | None = None) -> Call:
        """Ring the person's own device, then ``number``: see ``CallOut.place``."""
        return await self.calls_out.place(user_id, number, call_back_id)

    async def rows_changed(self, what: str) -> None:
        """Let Asterisk and its queues do what the rows say, calls go on; raises ``Unavailable``."""
        await tell_asterisk(self._on_rows_changed, what)
        self._repair.mismatch()

    def partials(self, call_id: UUID) -> list[TranscriptGrew]:
        """The segments of a call that are being spoken now."""
        return self._lives.partials(call_id)

    # --- what is heard -----------------------------------------------------------------------

    async def heard(self, event: SpeechEvent) -> None:
        """Take one event of the speech process."""
        if isinstance(event, SpeechUp):
            self._taps.speech_up()
            await self._database.bus.publish(SpeechAvailabilityChanged(available=True))
        elif isinstance(event, SpeechDown):
            self._taps.speech_down()
            await self._database.bus.publish(SpeechAvailabilityChanged(available=False))
        else:
            await self._taps.heard(event)

    # --- what Asterisk tells -----------------------------------------------------------------

    async def _on_ami(self, event: AmiEvent) -> None:
        for handler in self._handlers.get(type(event), ()):
            try:
                await handler(event)
            except (Unavailable, AmiRefused) as error:
                log.warning("handling %s was cut short: %s", type(event).__name__, error)
                self._repair.mismatch()
            except Exception:
                log.exception("handling %s failed", type(event).__name__)
                self._repair.mismatch()

    async def _came_up(self, _: AmiUp) -> None:
        before = self._lives.ids()
        living = await reconcile(
            self._database,
            self._ami,
            self._calls,
            self._agents,
            self._clock,
            self._taps.knows,
            self.sweep.journal_of,
            self.calls_out.placing,
            self._repair.mismatch,
        )
        self.sweep.look()
        self._lives.settle(before, living)
        if not self._reconciled:
            self._reconciled = True
            await self._database.bus.publish(TelephonyAvailabilityChanged(available=True))

    async def _went_down(self, _: AmiDown) -> None:
        if self._reconciled:
            self._reconciled = False
            await self._database.bus.publish(TelephonyAvailabilityChanged(available=False))

    async def _joined(self, event: CallerJoined) -> None:
        self._lives.open_caller(await self._calls.join(event))

    async def _answered(self, event: AgentConnected) -> None:
        call, changed = await self._calls.answer(event)
        if call is not None:
            self._lives.open_leg(call, LegRole.AGENT, event.agent_channel)
        await self._sync(changed)

    async def _not_answered(self, event: AgentRingNoAnswer) -> None:
        await self._sync(await self._calls.no_answer(event))

    async def _completed(self, event: AgentCompleted) -> None:
        await self._sync(await self._calls.complete(event))

    async def _dial_ended(self, event: DialEnded) -> None:
        call = await self.waiting.duty_answered(event)
        if call is not None:
            self._lives.open_leg(call, LegRole.AGENT, event.dialled_channel)

    async def _hung_up(self, event: ChannelHungUp) -> None:
        self._taps.sources.pop(event.channel, None)
        loss = self._lost_voice.loss(event)
        call_id, over, changed = await self._calls.hang_up(event, loss)
        self._lives.end_leg(call_id, event.channel, over=over)
        await self._sync(changed)

    # --- tasks -------------------------------------------------------------------------------

    def _carried_voice(self, external_id: str) -> Source | None:
        return self.twilio.media.find(external_id) if self.twilio else None

    async def _sync(self, changed: list[UUID]) -> None:
        for agent_id in changed:
            await self._agents.sync(agent_id, join=False)

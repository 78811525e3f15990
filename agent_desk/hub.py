"""From events to the open pages.

An event handler only notes what has to be told; tasks read the rows and hand the messages out:
some the words of calls, which must not wait for anything, one all the rest.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from uuid import UUID

import anyio
from pydantic import BaseModel

from agent_desk import repository, shapes, sharing
from agent_desk.accounts import Accounts, Person
from agent_desk.hand_over_views import HandOverNews
from agent_desk.lane import Lane, Lanes, Telling
from agent_desk.messages import (
    AgentMessage,
    CallBackMessage,
    CallMessage,
    HelpersMessage,
    OrderMessage,
    PartialMessage,
    SuggestionMessage,
    UnitOrderMessage,
    UtteranceMessage,
    WorkspaceMessage,
)
from agent_desk.outbox import Listener
from agent_desk.permissions import Permission, may
from agent_desk.problems import NOT_SIGNED_IN, where
from agent_desk.telephony_views import call_back_info
from agent_desk.views import Views
from dispatch import levels
from dispatch import repository as order_rows
from models.bus import EventBus
from models.database import Database
from models.errors import Unavailable
from models.events import (
    AgentStateChanged,
    CallAnswered,
    CallBackChanged,
    CallChanged,
    CallEnded,
    DispatchOrderChanged,
    SpeechAvailabilityChanged,
    SuggestionChanged,
    TaxonomyChanged,
    TelephonyAvailabilityChanged,
    TranscriptGrew,
    UtteranceCorrected,
    UtteranceStored,
    WorkOrderChanged,
)
from models.kinds import Device
from models.states import AgentState, DispatchStatus

log = logging.getLogger(__name__)

MOST_NOTED = 5_000
MOST_PER_PERSON = 20
MOST_DISPATCHES = 100
GOING_AWAY = 1001
NORMAL = 1000
WITH_A_CALL = frozenset({AgentState.RINGING, AgentState.ON_CALL, AgentState.WRAP_UP})

Wanted = Callable[[Person], bool]


class Hub:
    """Knows every open connection and what each may hear."""

    def __init__(
        self, database: Database, views: Views, accounts: Accounts, check_interval: timedelta
    ) -> None:
        self._database = database
        self._views = views
        self._accounts = accounts
        self._check_interval = check_interval
        self._listeners: set[Listener] = set()
        self._leaving: set[UUID] = set()
        self._words = Lanes(self._resync_all)  # by call
        self._rest = Lane(self._resync_all)
        # A page that is told its whole call must not be told words in between.
        self._whole = anyio.Lock()
        self._dispatches: dict[UUID, None] = {}  # of whose orders units are to be told
        self._hand_over_news = HandOverNews(database, self._note, self.send)
        # Who hears a call's words, until a call or an agent moves (and makes a new dict).
        self._users_of_call: dict[UUID, frozenset[UUID]] = {}
        # Per agent session the call and state its page was last told as a whole.
        self._shown: dict[UUID, tuple[UUID | None, AgentState | None]] = {}

    # --- connections -------------------------------------------------------------------------

    @contextmanager
    def join(self, person: Person, *, hears: bool = True) -> Iterator[Listener]:
        """Keep a connection known while it is open; ``hears`` whether it gets messages.

        Raises ``Unavailable`` for a person with very many connections.
        """
        mine = sum(listener.user_id == person.user_id for listener in self._listeners)
        if mine >= MOST_PER_PERSON:
            raise Unavailable("同一账号打开的页面过多，请关闭其他页面后重试。")
        listener = Listener(person, hears=hears)
        self._listeners.add(listener)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    @contextmanager
    def leaving(self, session_id: UUID) -> Iterator[None]:
        """While a sign-in ends, its softphone is not closed as if only the seat were left:
        ``drop_sign_in`` says why it closes."""
        self._leaving.add(session_id)
        try:
            yield
        finally:
            self._leaving.discard(session_id)

    def drop_sign_in(self, session_id: UUID) -> None:
        """Close every connection of a sign-in that is over."""
        for listener in self._listeners:
            if listener.person.session_id == session_id:
                listener.close(NOT_SIGNED_IN)

    def drop_person(self, user_id: UUID, but: UUID | None = None) -> None:
        """Close every connection of somebody, except those of the sign-in ``but``."""
        for listener in self._listeners:
            if listener.user_id == user_id and listener.person.session_id != but:
                listener.close(NOT_SIGNED_IN)

    def close(self) -> None:
        """Close every connection: the server stops."""
        for listener in self._listeners:
            listener.close(GOING_AWAY)

    async def run(self) -> None:
        """Tell what was noted, and watch that open connections are still signed in."""
        async with anyio.create_task_group() as group:
            group.start_soon(self._words.run)
            group.start_soon(self._rest.run)
            group.start_soon(self._watch)

    async def _watch(self) -> None:
        while True:
            await anyio.sleep(self._check_interval.total_seconds())
            try:
                await self._check_sign_ins()
            except Exception as error:
                log.error("sign-ins of open sockets not checked: %s", where(error))

    async def _check_sign_ins(self) -> None:
        people = {listener.person.session_id: listener.person for listener in self._listeners}
        if not people:
            return
        live = await self._accounts.live(list(people))
        for session_id in people.keys() - live:
            self.drop_sign_in(session_id)
        # A unit's terminal waits for orders with nobody at it; its open page counts as use.
        standing = [
            session_id
            for session_id in live
            if may(people[session_id].role, Permission.WORK_UNIT_ORDERS)
        ]
        await self._accounts.prolong(standing)

    # --- noting ------------------------------------------------------------------------------

    def subscribe(self, bus: EventBus) -> None:
        """Follow the events that pages want to hear of."""
        bus.subscribe(CallChanged, self._on_call)
        bus.subscribe(CallAnswered, self._on_call)
        bus.subscribe(CallEnded, self._on_call)
        bus.subscribe(AgentStateChanged, self._on_agent)
        bus.subscribe(TranscriptGrew, self._on_words)
        bus.subscribe(UtteranceStored, self._on_utterance)
        bus.subscribe(UtteranceCorrected, self._on_utterance)
        bus.subscribe(SuggestionChanged, self._on_suggestion)
        bus.subscribe(SpeechAvailabilityChanged, self._on_helper)
        bus.subscribe(TelephonyAvailabilityChanged, self._on_helper)
        bus.subscribe(WorkOrderChanged, self._on_order)
        bus.subscribe(DispatchOrderChanged, self._on_dispatch)
        bus.subscribe(CallBackChanged, self._on_call_back)
        bus.subscribe(TaxonomyChanged, self._on_taxonomy)
        self._hand_over_news.subscribe(bus)

    async def _on_call(self, event: CallChanged | CallAnswered | CallEnded) -> None:
        self._users_of_call = {}
        self._note(("call", event.call_id), partial(self._tell_call, event.call_id))

    async def _on_agent(self, event: AgentStateChanged) -> None:
        self._users_of_call = {}
        agent_id = event.agent_session_id
        self._note(("agent", agent_id), partial(self._tell_agent, agent_id))

    async def _on_words(self, event: TranscriptGrew) -> None:
        key = ("words", event.stream_id)
        # To the end of the line: newer words must not overtake the segment they follow.
        self._note(key, partial(self._tell_words, event), self._words.of(event.call_id))

    async def _on_utterance(self, event: UtteranceStored | UtteranceCorrected) -> None:
        utterance_id = event.utterance_id
        telling = partial(self._tell_utterance, utterance_id)
        self._note(("utterance", utterance_id), telling, self._words.of(event.call_id))

    async def _on_suggestion(self, event: SuggestionChanged) -> None:
        self._note(("suggestion", event.call_id), partial(self._tell_suggestion, event.call_id))

    async def _on_helper(
        self, event: SpeechAvailabilityChanged | TelephonyAvailabilityChanged
    ) -> None:
        self._note("helpers", self._tell_helpers)

    async def _on_order(self, event: WorkOrderChanged) -> None:
        self._note(("order", event.work_order_id), partial(self._tell_order, event.work_order_id))

    async def _on_dispatch(self, event: DispatchOrderChanged) -> None:
        work_order_id, dispatch_id = event.work_order_id, event.dispatch_order_id
        if self._listeners:
            self._dispatches[dispatch_id] = None
        # Units first: ninety of them wait for what the seat's own click has shown already.
        self._note("dispatches", self._tell_dispatches)
        self._note(("order", work_order_id), partial(self._tell_order, work_order_id))

    async def _on_call_back(self, event: CallBackChanged) -> None:
        key = ("call back", event.call_back_id)
        self._note(key, partial(self._tell_call_back, event.call_back_id))

    async def _on_taxonomy(self, _: TaxonomyChanged) -> None:
        # It is seldom edited, and every page shows its names.
        self._resync_all()

    def _note(self, key: Hashable, telling: Telling, lane: Lane | None = None) -> None:
        if not self._listeners:
            self._shown.clear()
            return
        if len(self._words) + len(self._rest) >= MOST_NOTED:
            log.warning("%d messages wait; every page fetches everything again", MOST_NOTED)
            self._words.clear()
            self._rest.clear()
            self._dispatches.clear()
            self._resync_all()
        # An empty lane is false.
        (self._rest if lane is None else lane).note(key, telling, last=lane is not None)

    # --- telling -----------------------------------------------------------------------------

    def _resync_all(self) -> None:
        for listener in self._listeners:
            if listener.hears:
                listener.resync()

    def send(self, wanted: Wanted, message: BaseModel) -> None:
        """Let a message wait at the open pages of the people ``wanted``; never blocks."""
        text = message.model_dump_json()
        for listener in self._listeners:
            if listener.hears and wanted(listener.person):
                listener.put(text)

    def anybody(self, wanted: Wanted) -> bool:
        """Whether a page of somebody ``wanted`` is open."""
        return any(listener.hears and wanted(listener.person) for listener in self._listeners)

    def pages_of_unit(self, unit_id: UUID) -> int:
        """How many pages of a unit are open."""
        return sum(one.hears and one.person.unit_id == unit_id for one in self._listeners)

    def centres_of(self, wanted: Wanted) -> set[str]:
        """The centres of the people ``wanted`` whose pages are open."""
        return {
            listener.person.centre_code
            for listener in self._listeners
            if listener.hears and wanted(listener.person)
        }

    async def _tell_helpers(self) -> None:
        message = HelpersMessage(helpers=self._views.helpers())
        self.send(lambda person: may(person.role, Permission.READ_ORDERS), message)

    async def _tell_agent(self, agent_session_id: UUID) -> None:
        async with self._whole, self._database.reading() as session:
            row = await repository.agent_session(session, agent_session_id)
            if row is None:
                return
            user_id, over = row.user_id, row.status is AgentState.LOGGED_OUT
            if over or row.device is not Device.WEB:
                self._hang_up_relays(user_id)
            agent = None if over else shapes.agent(row)
            self.send(lambda person: person.user_id == user_id, AgentMessage(agent=agent))
            shown = (row.call_id, row.status if row.status in WITH_A_CALL else None)
            if shown == self._shown.get(agent_session_id, (None, None)):
                return
            workspace = await self._views.workspace_of(session, row)
            message = WorkspaceMessage(workspace=workspace)
            self.send(lambda person: person.user_id == user_id, message)
        self._shown[agent_session_id] = shown
        if over:
            del self._shown[agent_session_id]

    def _hang_up_relays(self, user_id: UUID) -> None:
        for listener in self._listeners:
            if listener.hears or listener.user_id != user_id:
                continue
            if listener.person.session_id not in self._leaving:
                listener.close(NORMAL)

    async def _tell_call(self, call_id: UUID) -> None:
        async with self._database.reading() as session:
            users = await repository.users_of_call(session, call_id)
            if not self.anybody(lambda person: person.user_id in users):
                return
            row = await repository.call(session, call_id)
            if row is None:
                return
            message = CallMessage(call=await self._views.call_info(session, row))
        self.send(lambda person: person.user_id in users, message)

    async def _listening_to(self, call_id: UUID) -> frozenset[UUID]:
        known = self._users_of_call
        if call_id not in known:
            async with self._database.reading() as session:
                known[call_id] = await repository.users_of_call(session, call_id)
        return known[call_id]

    async def _tell_words(self, event: TranscriptGrew) -> None:
        users = await self._listening_to(event.call_id)
        message = PartialMessage(partial=shapes.partial(event))
        async with self._whole:
            self.send(lambda person: person.user_id in users, message)

    async def _tell_utterance(self, utterance_id: UUID) -> None:
        async with self._database.reading() as session:
            row = await repository.utterance(session, utterance_id)
        if row is None:
            return
        users = await self._listening_to(row.call_id)
        message = UtteranceMessage(call_id=row.call_id, utterance=shapes.utterance(row))
        async with self._whole:
            self.send(lambda person: person.user_id in users, message)

    async def _tell_suggestion(self, call_id: UUID) -> None:
        users = await self._listening_to(call_id)
        if not self.anybody(lambda person: person.user_id in users):
            return
        async with self._database.reading() as session:
            row = await repository.suggestion(session, call_id)
        suggestion = shapes.suggestion(row) if row else None
        if suggestion is not None:
            message = SuggestionMessage(call_id=call_id, suggestion=suggestion)
            self.send(lambda person: person.user_id in users, message)

    async def _tell_order(self, work_order_id: UUID) -> None:
        async with self._database.reading() as session:
            row = await order_rows.order(session, work_order_id)
            users = {row.owner_id}
            if row.call_id:
                users |= await repository.users_of_call(session, row.call_id)

            codes = {share.centre_code for share in await levels.shares(session, row.id)}

            def wanted(person: Person) -> bool:
                return person.user_id in users or sharing.sees(person, row, codes)

            if not self.anybody(wanted):
                return
            message = OrderMessage(order=await self._views.order_info(session, row))
        self.send(wanted, message)

    async def _tell_dispatches(self) -> None:
        """Tell the units of a hundred orders with one reading."""
        told = list(self._dispatches)[:MOST_DISPATCHES]
        for dispatch_id in told:
            del self._dispatches[dispatch_id]
        if self._dispatches:
            self._note("dispatches", self._tell_dispatches)
        async with self._database.reading() as session:
            rows = await order_rows.dispatch_orders(session, told)
        for row in rows:
            if row.status is not DispatchStatus.CREATED:
                message = UnitOrderMessage(order=self._views.unit_order(row))
                self.send(partial(_is_of, row.unit_id), message)

    async def _tell_call_back(self, call_back_id: UUID) -> None:
        info = await call_back_info(self._database, call_back_id)
        if info is not None:
            message = CallBackMessage(call_back=info)
            self.send(lambda person: may(person.role, Permission.CALL_BACK), message)


def _is_of(unit_id: UUID, person: Person) -> bool:
    return person.unit_id == unit_id

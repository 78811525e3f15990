"""The one session with Asterisk's manager interface (AMI), over ``panoramisk``."""

from __future__ import annotations

import asyncio
import codecs
import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, Final, NoReturn
from uuid import UUID

import anyio
from anyio.abc import TaskStatus
from anyio.streams.memory import MemoryObjectReceiveStream, MemoryObjectSendStream
from panoramisk import Manager
from panoramisk.actions import Action
from panoramisk.ami_protocol import AMIProtocol

from ivr.ami_events import AmiDown, AmiEvent, AmiUp, Channel, QueueSnapshot
from ivr.ami_wire import TRANSLATIONS, channel, queue_caller, queue_member, text
from models.errors import Unavailable

log = logging.getLogger(__name__)
# panoramisk logs whole messages below this level, with callers' numbers in them.
quiet = logging.getLogger(f"{__name__}.panoramisk")
quiet.setLevel(logging.WARNING)

CONNECT_SECONDS: Final = 5.0
BOOT_SECONDS: Final = 60.0
ACTION_SECONDS: Final = 5.0
PING_SECONDS: Final = 10.0
FIRST_RETRY_SECONDS: Final = 0.25
LAST_RETRY_SECONDS: Final = 10.0
MOST_EVENTS: Final = 10_000  # waiting to be handled; beyond that the session is begun anew
MOST_BUFFERED: Final = 256 * 1024  # characters without the end of a message
EVENT_CLASSES: Final = "system,call,agent,dtmf,user"

OnEvent = Callable[[AmiEvent], Awaitable[None]]


class AmiRefused(Exception):
    """Asterisk answered an action with an error."""


class _Protocol(AMIProtocol):  # type: ignore[misc]  # panoramisk ships no types
    """Keeps characters whole that arrive in two pieces, and bounds what it buffers."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        super().connection_made(transport)
        self.log = quiet
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def data_received(self, data: bytes) -> None:
        super().data_received(self._decoder.decode(data).encode())
        if sum(map(len, self.queue)) > MOST_BUFFERED:
            log.error("AMI sent %d characters without ending a message", MOST_BUFFERED)
            self.transport.abort()


class _Connection(Manager):  # type: ignore[misc]  # panoramisk ships no types
    """One connection. It never reconnects by itself: ``Ami`` owns that."""

    def __init__(self, host: str, port: int, on_message: Callable[[Any], None]) -> None:
        super().__init__(
            loop=asyncio.get_running_loop(),
            host=host,
            port=port,
            protocol_factory=_Protocol,
            log=quiet,
            ping_delay=86_400,  # Ami asks for signs of life with a time-out of its own
        )
        self.booted = anyio.Event()
        self.lost = anyio.Event()
        self._on_message = on_message
        self._pending: set[asyncio.Future[Any]] = set()

    def connection_made(self, f: asyncio.Future[Any]) -> None:
        if not f.cancelled() and f.exception() is None:
            super().connection_made(f)

    def connection_lost(self, exc: object) -> None:
        self.close()
        self.lost.set()
        self.booted.set()
        for future in self._pending:
            if not future.done():
                future.set_exception(Unavailable("电话系统连接已断开，请稍后重试。"))

    def dispatch(self, event: Any) -> list[str]:
        self._on_message(event)
        return []

    async def ask(self, action: Action, as_list: bool | None, within: float) -> Any:
        """The response to ``action``; a list with its events when it has several."""
        future: asyncio.Future[Any] = self.send_action(action, as_list=as_list)
        self._pending.add(future)
        try:
            with anyio.fail_after(within):
                return await future
        finally:
            self._pending.discard(future)
            self.protocol.responses.pop(action.id, None)


class Ami:
    """Typed actions and events of one Asterisk, reconnecting for as long as it runs.

    Actions raise ``Unavailable`` while there is no session or no answer comes in time, and
    ``AmiRefused`` where Asterisk says no.
    """

    def __init__(self, host: str, port: int, username: str, secret: str) -> None:
        self._address = (host, port)
        self._account = (username, secret)
        self._connection: _Connection | None = None
        self._send: MemoryObjectSendStream[AmiEvent | anyio.Event] | None = None
        self.available = False

    async def run(
        self, on_event: OnEvent, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Stay connected until cancelled and hand every event, in order, to ``on_event``.

        ``AmiUp`` comes first in every session, ``AmiDown`` ends it. An event whose handling
        fails is logged and the next one is handled.
        """
        send, receive = anyio.create_memory_object_stream[AmiEvent | anyio.Event](MOST_EVENTS)
        async with send, receive, anyio.create_task_group() as group:
            self._send = send
            try:
                group.start_soon(self._deliver, receive, on_event)
                task_status.started()
                await self._stay_connected(send)
            finally:
                self._send = None

    async def settled(self, within: float = 2.0) -> None:
        """Wait until every event that has arrived is handled, at most ``within`` seconds."""
        if self._send is None:
            return
        mark = anyio.Event()
        with anyio.move_on_after(within):
            await self._send.send(mark)
            await mark.wait()

    async def compare_again(self) -> None:
        """Hand out ``AmiUp`` once more, so that rows are compared with Asterisk; else nothing."""
        if self.available and self._send is not None:
            await self._send.send(AmiUp())

    # --- actions ---------------------------------------------------------------------------

    async def queue_add(
        self,
        queue: str,
        interface: str,
        *,
        member: str,
        paused: bool,
        reason: str,
        penalty: int = 0,
    ) -> None:
        """Make ``interface`` a member of ``queue``; one that is there already stays.

        Members of a higher ``penalty`` ring only when no free one of a lower is left.
        """
        fields = {"Queue": queue, "Interface": interface, "MemberName": member}
        fields |= {"Paused": str(paused).lower(), "Penalty": str(penalty)}
        try:
            await self.ask("QueueAdd", fields)
        except AmiRefused as refused:
            if "Already there" not in str(refused):
                raise
        if paused:
            await self.queue_pause(interface, paused=True, reason=reason, queue=queue)

    async def queue_remove(self, queue: str, interface: str) -> None:
        """End the membership; one that does not exist is no error."""
        try:
            await self.ask("QueueRemove", {"Queue": queue, "Interface": interface})
        except AmiRefused as refused:
            if "Not there" not in str(refused):
                raise

    async def queue_pause(
        self, interface: str, *, paused: bool, reason: str = "", queue: str = ""
    ) -> None:
        """Pause or unpause a member in ``queue``, or in all its queues."""
        fields = {"Interface": interface, "Paused": str(paused).lower()}
        if reason:
            fields["Reason"] = reason
        if queue:
            fields["Queue"] = queue
        await self.ask("QueuePause", fields)

    async def originate_tap(
        self, channel: str, stream_id: UUID, audiosocket: tuple[str, int]
    ) -> None:
        """Send ``channel``'s own voice as 8 kHz signed-linear audio to ``audiosocket``.

        The stream carries ``stream_id``. Returns when Asterisk has connected to it.
        """
        host, port = audiosocket
        fields = {
            "Channel": f"AudioSocket/{host}:{port}/{stream_id}",
            "Application": "ChanSpy",
            "Data": f"{channel},oqS",
            "Codecs": "slin",
            "Timeout": "4000",
            "Async": "true",
        }
        answer = await self.ask("Originate", fields, listing=True)
        if text(answer[-1], "Response") != "Success":
            raise AmiRefused(f"Originate: audio of a leg could not be opened on {host}:{port}")

    async def hang_up(self, channel: str) -> None:
        """End a channel with the cause "normal clearing"; a channel that is gone is no error."""
        try:
            await self.ask("Hangup", {"Channel": channel, "Cause": "16"})
        except AmiRefused as refused:
            if "No such channel" not in str(refused):
                raise

    async def set_var(self, channel: str, name: str, value: str) -> None:
        """Set a channel variable."""
        await self.ask("Setvar", {"Channel": channel, "Variable": name, "Value": value})

    async def queue_status(self) -> QueueSnapshot:
        """All queues with their members and callers."""
        answer = await self.ask("QueueStatus", {}, listing=True)
        of_kind: dict[str, list[Any]] = {"QueueParams": [], "QueueMember": [], "QueueEntry": []}
        for message in answer:
            of_kind.get(text(message, "Event"), []).append(message)
        return QueueSnapshot(
            queues=frozenset(text(raw, "Queue", 32) for raw in of_kind["QueueParams"]),
            members=tuple(map(queue_member, of_kind["QueueMember"])),
            callers=tuple(map(queue_caller, of_kind["QueueEntry"])),
        )

    async def channels(self) -> tuple[Channel, ...]:
        """All channels that exist now."""
        answer = await self.ask("CoreShowChannels", {}, listing=True)
        return tuple(channel(raw) for raw in answer if text(raw, "Event") == "CoreShowChannel")

    async def channel_ids(self) -> frozenset[str]:
        """The ids of all channels that exist now."""
        return frozenset(channel.uniqueid for channel in await self.channels())

    # --- session ---------------------------------------------------------------------------

    async def ask(self, name: str, fields: dict[str, str], *, listing: bool = False) -> Any:
        """The messages that answer the action ``name``; with ``listing``, its events too.

        Raises ``Unavailable`` without an answer in time and ``AmiRefused`` for a refusal.
        """
        connection = self._connection
        if connection is None:
            raise Unavailable("电话系统暂时不可用，请稍后重试。")
        for key, value in fields.items():
            if not value.isprintable():
                raise ValueError(f"AMI {name}: {key} holds a control character")
        action = Action({"Action": name, **fields})
        try:
            # panoramisk takes "Added interface to queue" for the start of a list, so single
            # answers are asked for; a list that ends in an error comes as a single answer.
            answer = await connection.ask(action, None if listing else False, ACTION_SECONDS)
        except TimeoutError:
            raise Unavailable("电话系统没有在限定时间内答复，请稍后重试。") from None
        first = answer[0] if isinstance(answer, list) else answer
        if not first.success:
            raise AmiRefused(f"{name}: {text(first, 'Message')}")
        return answer if isinstance(answer, list) else [answer]

    async def _deliver(
        self, receive: MemoryObjectReceiveStream[AmiEvent | anyio.Event], on_event: OnEvent
    ) -> None:
        async for event in receive:
            if isinstance(event, anyio.Event):
                event.set()
                continue
            try:
                await on_event(event)
            except Exception:
                log.exception("handling %s failed", type(event).__name__)

    async def _stay_connected(
        self, send: MemoryObjectSendStream[AmiEvent | anyio.Event]
    ) -> NoReturn:
        delay = FIRST_RETRY_SECONDS
        while True:
            try:
                await self._session(send)
            except (OSError, TimeoutError, AmiRefused, Unavailable) as error:
                reason = str(error) or type(error).__name__
            if self.available:
                self.available = False
                delay = FIRST_RETRY_SECONDS
                log.warning("AMI session lost: %s", reason)
                await send.send(AmiDown(reason))
            else:
                log.info("no AMI session: %s", reason)
            await anyio.sleep(delay * random.uniform(0.75, 1.25))  # noqa: S311 - only jitter
            delay = min(delay * 2, LAST_RETRY_SECONDS)

    async def _session(self, send: MemoryObjectSendStream[AmiEvent | anyio.Event]) -> NoReturn:
        host, port = self._address
        connection = _Connection(host, port, self._note)
        try:
            with anyio.fail_after(CONNECT_SECONDS):
                await connection.connect()
            self._connection = connection
            username, secret = self._account
            await self.ask(
                "Login", {"Username": username, "Secret": secret, "Events": EVENT_CLASSES}
            )
            with anyio.fail_after(BOOT_SECONDS):
                await connection.booted.wait()
            if connection.lost.is_set():
                raise Unavailable("the connection was closed")
            self.available = True
            await send.send(AmiUp())
            log.info("AMI session on %s:%d", host, port)
            while True:
                with anyio.move_on_after(PING_SECONDS):
                    await connection.lost.wait()
                    raise Unavailable("the connection was closed")
                await self.ask("Ping", {})
        finally:
            self._connection = None
            connection.connection_lost(None)

    def _note(self, message: Any) -> None:
        name = text(message, "Event")
        connection = self._connection
        if name == "FullyBooted" and connection is not None:
            connection.booted.set()
        translate = TRANSLATIONS.get(name)
        if translate is None or not self.available or self._send is None:
            return
        event = translate(message)
        if event is None:
            return
        try:
            self._send.send_nowait(event)
        except anyio.WouldBlock:
            log.error("%d AMI events wait to be handled; beginning anew", MOST_EVENTS)
            if connection is not None:
                connection.connection_lost(None)

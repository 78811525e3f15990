"""短信: text messages out and in. A message to send is a row first; one task sends what waits."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

import anyio
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import Clock
from models.database import Database
from models.errors import IllegalTransition, InvalidInput, NotFound, Unavailable
from models.events import TextMessageChanged
from models.tables import Call
from models.telephony_states import TextMessageStatus
from models.telephony_tables import MessageDirection, TextMessage
from models.transitions import SYSTEM, advance

log = logging.getLogger(__name__)

FIRST_RETRY_SECONDS: Final = 2.0
LAST_RETRY_SECONDS: Final = 300.0
TOO_OLD: Final = timedelta(hours=1)  # a message nobody could send in this time is given up
MOST_AT_ONCE: Final = 20
MOST_LISTED: Final = 100


class GatewayDown(Exception):
    """The gateway could not be reached or is too busy; later it may work."""


class GatewayRefused(Exception):
    """The gateway will never send this message; the text is for people."""


class Gateway(Protocol):
    """Whoever carries text messages."""

    async def send(self, number: str, text: str) -> str: ...


class Texts:
    """Text messages of the centre; without ``gateway`` nothing can be sent."""

    def __init__(self, database: Database, clock: Clock, gateway: Gateway | None) -> None:
        self._database = database
        self._clock = clock
        self._gateway = gateway
        self._wake = anyio.Event()
        database.bus.subscribe(TextMessageChanged, self._changed)

    async def _changed(self, _: TextMessageChanged) -> None:
        self._wake.set()

    @property
    def configured(self) -> bool:
        """Whether messages can be sent at all."""
        return self._gateway is not None

    async def send(
        self, user_id: UUID, text: str, *, call_id: UUID | None, number: str | None
    ) -> TextMessage:
        """Put a message on its way to ``number``, or to the caller of ``call_id``.

        Raises ``Unavailable`` without a gateway, ``NotFound`` for an unknown call and
        ``InvalidInput`` where there is no number to send to.
        """
        if self._gateway is None:
            raise Unavailable("短信通道未开通，请改用电话联系；开通方法见运维文档。")
        async with self._database.writing() as work:
            if call_id is not None:
                call = await work.session.get(Call, call_id)
                if call is None:
                    raise NotFound("没有这通来电，请刷新页面后重试。")
                number = number or call.caller_number
            if not number or not number.lstrip("+").isdigit():
                raise InvalidInput("来电号码不明，无法发送短信；请先问清对方号码。")
            message = TextMessage(
                direction=MessageDirection.OUT,
                number=number,
                text=text,
                status=TextMessageStatus.QUEUED,
                call_id=call_id,
                user_id=user_id,
                created_at=self._clock.now(),
            )
            work.session.add(message)
            work.emit(TextMessageChanged(message.id))
        self._wake.set()
        return message

    async def received(self, external_id: str, number: str, text: str) -> TextMessage:
        """Store a message that came in; one told twice is stored once. It belongs to the newest
        call of that number within the last day."""
        async with self._database.writing() as work:
            known = await _by_external_id(work.session, external_id)
            if known is not None:
                return known
            now = self._clock.now()
            query = (
                select(Call.id)
                .where(Call.caller_number == number, Call.received_at > now - timedelta(days=1))
                .order_by(Call.received_at.desc())
            )
            message = TextMessage(
                direction=MessageDirection.IN,
                number=number,
                text=text,
                status=TextMessageStatus.RECEIVED,
                external_id=external_id,
                call_id=(await work.session.scalars(query)).first(),
                user_id=None,
                created_at=now,
            )
            work.session.add(message)
            work.emit(TextMessageChanged(message.id))
            return message

    async def reported(self, external_id: str, trigger: str, error: str = "") -> None:
        """The gateway tells what became of a message: ``send``, ``deliver`` or ``fail``.

        Reports that come late or twice change nothing.
        """
        async with self._database.writing() as work:
            message = await _by_external_id(work.session, external_id)
            if message is None:
                log.info("a report about an unknown text message")
                return
            try:
                advance(work.session, message, trigger, actor=SYSTEM, at=self._clock.now())
            except IllegalTransition:
                return
            message.error = error[:255]
            work.emit(TextMessageChanged(message.id))

    async def of_call(self, call_id: UUID) -> list[TextMessage]:
        """The messages of one call, oldest first."""
        query = select(TextMessage).where(TextMessage.call_id == call_id)
        async with self._database.reading() as session:
            found = await session.scalars(query.order_by(TextMessage.created_at).limit(MOST_LISTED))
            return list(found)

    async def run(self) -> None:
        """Send what waits, until cancelled; what failed is tried again ever more seldom."""
        delay = FIRST_RETRY_SECONDS
        while True:
            self._wake = anyio.Event()
            delay = FIRST_RETRY_SECONDS if await self._send_waiting() else delay * 2
            delay = min(delay, LAST_RETRY_SECONDS)
            with anyio.move_on_after(delay):
                await self._wake.wait()

    async def _send_waiting(self) -> bool:
        """Try every waiting message once; whether none was put off."""
        gateway = self._gateway
        if gateway is None:
            return True
        query = select(TextMessage).where(TextMessage.status == TextMessageStatus.QUEUED)
        try:
            async with self._database.reading() as session:
                found = await session.scalars(
                    query.order_by(TextMessage.created_at).limit(MOST_AT_ONCE)
                )
                waiting = list(found)
            for message in waiting:
                await self._send_one(gateway, message)
        except GatewayDown as down:
            log.warning("text messages wait: %s", down)
            return False
        except Exception:
            log.exception("text messages could not be sent")
            return False
        return True

    async def _send_one(self, gateway: Gateway, message: TextMessage) -> None:
        if message.created_at < self._clock.now() - TOO_OLD:
            await self._moved(message.id, "fail", error="超过一小时未能发出")
            return
        try:
            external_id = await gateway.send(message.number, message.text)
        except GatewayRefused as refused:
            await self._moved(message.id, "fail", error=str(refused))
            return
        await self._moved(message.id, "send", external_id=external_id)

    async def _moved(
        self, message_id: UUID, trigger: str, *, external_id: str = "", error: str = ""
    ) -> None:
        async with self._database.writing() as work:
            message = await work.session.get_one(TextMessage, message_id)
            advance(work.session, message, trigger, actor=SYSTEM, at=self._clock.now())
            message.external_id = external_id or message.external_id
            message.error = error[:255]
            work.emit(TextMessageChanged(message.id))


async def _by_external_id(session: AsyncSession, external_id: str) -> TextMessage | None:
    query = select(TextMessage).where(TextMessage.external_id == external_id)
    return (await session.scalars(query.with_for_update())).first()

"""Sends what waits in ``deliveries``: text messages, webhooks, e-mails.

A try is claimed first: the row's next try is moved behind the time a try can take, in a committed
transaction. So a process that dies in a try leaves a row that is tried again, and two processes
never make the same try. What the other side may so get twice carries the delivery's id.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final, Protocol
from uuid import UUID

import anyio
from sqlalchemy import select, text

from dispatch import deliveries
from models.bus import EventBus
from models.clock import Clock
from models.database import Database
from models.deadline_states import DeliveryStatus
from models.deadline_tables import Delivery, SlaNotice
from models.dispatch_tables import ChannelKind
from models.events import AutoCallChanged, DeliveryChanged, TextMessageChanged
from models.telephony_states import AutoCallStatus, TextMessageStatus
from models.telephony_tables import AutoCall, MessageDirection, TextMessage

log = logging.getLogger(__name__)

TICK_SECONDS: Final = 0.5
MOST_AT_ONCE: Final = 100
MOST_OPEN: Final = 32
TRY_SECONDS: Final = 20.0
LEASE: Final = timedelta(seconds=60)  # longer than a try can take
FIRST_RETRY: Final = timedelta(seconds=5)
LAST_RETRY: Final = timedelta(minutes=5)
MOST_TRIES: Final = 8
REACH_BACK: Final = timedelta(days=1)
# Written out, as the index of what waits is: with a parameter no database would use it.
WAITING: Final = text("deliveries.status = 'waiting'")
SENT_FROM_HERE: Final = (ChannelKind.SMS, ChannelKind.WEBHOOK, ChannelKind.EMAIL)

NOT_CONFIGURED: Final[Mapping[ChannelKind, str]] = {
    ChannelKind.SMS: "短信通道未开通",
    ChannelKind.WEBHOOK: "系统接口未开通",
    ChannelKind.EMAIL: "邮件通道未开通",
}


class NotDelivered(Exception):
    """The other side did not take it; ``for_good`` when trying again cannot help.

    The text is for people and holds neither address nor content.
    """

    def __init__(self, text: str, *, for_good: bool = False) -> None:
        super().__init__(text)
        self.text = text
        self.for_good = for_good


class Carrier(Protocol):
    """Takes one delivery to the other side."""

    async def carry(self, delivery: Delivery) -> bool:
        """Whether the other side has it for certain, not only its mail server.

        Raises ``NotDelivered``.
        """


class Sender:
    """``carriers`` are the configured ways out; ``texts`` whether text messages can be sent."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        carriers: Mapping[ChannelKind, Carrier],
        *,
        texts: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._carriers = carriers
        self._texts = texts
        self._limiter = anyio.CapacityLimiter(MOST_OPEN)
        self._wake = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Send at once what is new, and follow calls and text messages."""
        bus.subscribe(DeliveryChanged, self._changed)
        bus.subscribe(AutoCallChanged, self._call_changed)
        bus.subscribe(TextMessageChanged, self._text_changed)

    async def run(self) -> None:
        """Send until cancelled."""
        while True:
            self._wake = anyio.Event()
            try:
                sent = await self.send_due()
            except Exception:
                log.exception("deliveries could not be sent")
                sent = 0
            if sent < MOST_AT_ONCE:
                with anyio.move_on_after(TICK_SECONDS):
                    await self._wake.wait()

    async def send_due(self) -> int:
        """Try once everything that is due; how many tries that were."""
        claimed = await self._claim()
        async with anyio.create_task_group() as group:
            for delivery in claimed:
                group.start_soon(self._try, delivery)
        return len(claimed)

    async def try_out(self, delivery: Delivery) -> bool:
        """Carry a message that no order stands behind, once; ``delivery`` is in no table.

        Returns whether the other side has it for certain. Raises ``NotDelivered``.
        """
        carrier = self._carriers.get(delivery.channel)
        if carrier is None:
            raise NotDelivered(NOT_CONFIGURED[delivery.channel], for_good=True)
        try:
            async with self._limiter:
                with anyio.fail_after(TRY_SECONDS):
                    return await carrier.carry(delivery)
        except TimeoutError:
            raise NotDelivered("对方没有及时应答") from None

    async def reconcile(self) -> None:
        """At start: do for calls and texts of the last day what lost events would have."""
        query = select(Delivery.channel, Delivery.carrier_id).where(
            Delivery.status.in_((DeliveryStatus.WAITING, DeliveryStatus.SENT)),
            Delivery.carrier_id.is_not(None),
            Delivery.created_at > self._clock.now() - REACH_BACK,
        )
        async with self._database.reading() as session:
            found = (await session.execute(query)).all()
        for channel, carrier_id in found:
            if carrier_id is not None:
                await self._mirror(channel, carrier_id)

    # --- one try -----------------------------------------------------------------------------

    async def _claim(self) -> Sequence[Delivery]:
        now = self._clock.now()
        due = (
            select(Delivery)
            .where(
                WAITING,
                Delivery.due_at <= now,
                Delivery.carrier_id.is_(None),
                Delivery.channel.in_(SENT_FROM_HERE),
            )
            .order_by(Delivery.due_at)
            .limit(MOST_AT_ONCE)
        )
        async with self._database.reading() as session:  # most times nothing is due: no lock
            if (await session.scalars(due.limit(1))).first() is None:
                return ()
        async with self._database.writing() as work:
            claimed = list(await work.session.scalars(due.with_for_update(skip_locked=True)))
            for delivery in claimed:
                delivery.tries += 1
                delivery.due_at = now + LEASE
        return claimed

    async def _try(self, delivery: Delivery) -> None:
        async with self._limiter:
            try:
                if delivery.channel is ChannelKind.SMS:
                    await self._hand_to_texts(delivery.id)
                    return
                carrier = self._carriers.get(delivery.channel)
                if carrier is None:
                    raise NotDelivered(NOT_CONFIGURED[delivery.channel], for_good=True)
                with anyio.fail_after(TRY_SECONDS):
                    certain = await carrier.carry(delivery)
            except NotDelivered as failed:
                await self._failed(delivery.id, failed.text, for_good=failed.for_good)
            except TimeoutError:
                await self._failed(delivery.id, "对方没有及时应答", for_good=False)
            except Exception as error:
                log.error("delivery %s failed: %s", delivery.id, type(error).__name__)
                await self._failed(delivery.id, "发送出错", for_good=False)
            else:
                await self._moved(delivery.id, "deliver" if certain else "send")

    async def _hand_to_texts(self, delivery_id: UUID) -> None:
        """Lay the text message out; from then on its row is followed."""
        if not self._texts:
            raise NotDelivered(NOT_CONFIGURED[ChannelKind.SMS], for_good=True)
        async with self._database.writing() as work:
            delivery = await work.session.get_one(Delivery, delivery_id, with_for_update=True)
            if delivery.status is not DeliveryStatus.WAITING or delivery.carrier_id is not None:
                return
            message = TextMessage(
                direction=MessageDirection.OUT,
                number=delivery.address,
                text=str(delivery.payload.get("text", "")),
                status=TextMessageStatus.QUEUED,
                call_id=None,
                user_id=None,
                created_at=self._clock.now(),
            )
            work.session.add(message)
            delivery.carrier_id = message.id
            work.emit(TextMessageChanged(message.id))

    async def _moved(self, delivery_id: UUID, trigger: str) -> None:
        async with self._database.writing() as work:
            delivery = await work.session.get_one(Delivery, delivery_id, with_for_update=True)
            deliveries.move(work, delivery, trigger, self._clock.now())

    async def _failed(self, delivery_id: UUID, error: str, *, for_good: bool) -> None:
        async with self._database.writing() as work:
            delivery = await work.session.get_one(Delivery, delivery_id, with_for_update=True)
            if delivery.status is not DeliveryStatus.WAITING:
                return
            if for_good or delivery.tries >= MOST_TRIES:
                deliveries.move(work, delivery, "fail", self._clock.now(), error)
                return
            delivery.due_at = self._clock.now() + retry_after(delivery.tries)
            delivery.error = error[:255]
            work.emit(DeliveryChanged(delivery.id, delivery.work_order_id))

    # --- calls and texts ---------------------------------------------------------------------

    async def _changed(self, _: DeliveryChanged) -> None:
        self._wake.set()

    async def _call_changed(self, event: AutoCallChanged) -> None:
        await self._mirror(ChannelKind.PHONE, event.auto_call_id)

    async def _text_changed(self, event: TextMessageChanged) -> None:
        await self._mirror(ChannelKind.SMS, event.text_message_id)

    async def _mirror(self, channel: ChannelKind, carrier_id: UUID) -> None:
        """Let a delivery show how far its call or text message has got."""
        query = select(Delivery).where(Delivery.carrier_id == carrier_id)
        async with self._database.reading() as session:
            if (await session.scalars(query.limit(1))).first() is None:
                return
        async with self._database.writing() as work:
            delivery = (await work.session.scalars(query.with_for_update())).one()
            if channel is ChannelKind.PHONE:
                call = await work.session.get_one(AutoCall, carrier_id)
                trigger, error = CALL_MOVES.get(call.status, ("", ""))
                at = call.ended_at or self._clock.now()
                if call.key and delivery.notice_id is not None:
                    notice = await work.session.get_one(SlaNotice, delivery.notice_id)
                    notice.seen_at = notice.seen_at or at
            else:
                message = await work.session.get_one(TextMessage, carrier_id)
                trigger, error = TEXT_MOVES.get(message.status, ""), message.error
                at = self._clock.now()
            if trigger:
                deliveries.move(work, delivery, trigger, at, error)


CALL_MOVES: Final[Mapping[AutoCallStatus, tuple[str, str]]] = {
    AutoCallStatus.DIALLING: ("send", ""),
    AutoCallStatus.DONE: ("deliver", ""),
    AutoCallStatus.FAILED: ("fail", "电话多次未接通"),
    AutoCallStatus.CANCELLED: ("cancel", ""),
}
TEXT_MOVES: Final[Mapping[TextMessageStatus, str]] = {
    TextMessageStatus.SENT: "send",
    TextMessageStatus.DELIVERED: "deliver",
    TextMessageStatus.FAILED: "fail",
}


def retry_after(tries: int) -> timedelta:
    """How long to wait after the ``tries``-th try: twice as long each time."""
    return min(FIRST_RETRY * (1 << max(tries - 1, 0)), LAST_RETRY)

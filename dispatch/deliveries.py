"""Rows of what is told to units, made in the transaction of what they tell.

The machine's calls go out from their own rows (``AutoCall``), which are made here as well; text
messages, webhooks and e-mails go out from here, by ``dispatch.sender``.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from models.database import UnitOfWork
from models.deadline_states import DeliveryStatus
from models.deadline_tables import Delivery, Purpose
from models.dispatch_tables import ChannelKind
from models.events import AutoCallChanged, DeliveryChanged
from models.telephony_tables import AutoCall, AutoCallKind
from models.transitions import SYSTEM, advance

NO_ADDRESS = "没有登记号码或地址"
OUR_ERROR = 255


def add(
    work: UnitOfWork,
    kind: ChannelKind,
    purpose: Purpose,
    now: datetime,
    *,
    work_order_id: UUID,
    payload: dict[str, Any],
    address: str = "",
    dispatch_order_id: UUID | None = None,
    unit_id: UUID | None = None,
    notice_id: UUID | None = None,
) -> Delivery:
    """A new delivery, to be tried at once.

    What a page shows is sent with the commit; what has no address has failed at once.
    """
    delivery = Delivery(
        dispatch_order_id=dispatch_order_id,
        work_order_id=work_order_id,
        unit_id=unit_id,
        notice_id=notice_id,
        channel=kind,
        purpose=purpose,
        address=address,
        payload=payload,
        carrier_id=None,
        due_at=now,
        created_at=now,
        sent_at=None,
        delivered_at=None,
    )
    work.session.add(delivery)
    if kind is ChannelKind.WEB:
        delivery.status, delivery.sent_at = DeliveryStatus.SENT, now
    elif not address:
        delivery.status, delivery.error = DeliveryStatus.FAILED, NO_ADDRESS
    return delivery


def call(
    work: UnitOfWork, delivery: Delivery, kind: AutoCallKind, text: str, now: datetime
) -> None:
    """Let the machine carry a delivery by telephone; one without a number has failed already."""
    if delivery.status is not DeliveryStatus.WAITING:
        return
    subject = delivery.dispatch_order_id if kind is AutoCallKind.DISPATCH else delivery.notice_id
    row = AutoCall(
        kind=kind,
        subject_id=subject or delivery.work_order_id,
        number=delivery.address,
        text=text,
        due_at=now,
        created_at=now,
        ended_at=None,
    )
    work.session.add(row)
    delivery.carrier_id = row.id
    work.emit(AutoCallChanged(row.id, row.subject_id))


def move(work: UnitOfWork, delivery: Delivery, trigger: str, at: datetime, error: str = "") -> bool:
    """Move a delivery on where its status allows it; whether it did."""
    if trigger not in delivery.machine.table.get(delivery.status, {}):
        return False
    advance(work.session, delivery, trigger, actor=SYSTEM, at=at, reason=error)
    if trigger == "send":
        delivery.sent_at = at
    elif trigger == "deliver":
        delivery.sent_at = delivery.sent_at or at
        delivery.delivered_at, delivery.error = at, ""
    if error:
        delivery.error = error[:OUR_ERROR]
    work.emit(DeliveryChanged(delivery.id, delivery.work_order_id))
    return True

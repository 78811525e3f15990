"""通知渠道: how a unit is reached. The list is a part of the unit and shares its version."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID, uuid4

from agent_desk.accounts import Person
from agent_desk.administration.record import note
from agent_desk.administration.unit_views import channels
from agent_desk.administration.units import SUBJECT, to_change
from agent_desk.wire_typed import PHONE
from agent_desk.wire_units import AddChannel, ChannelTried, PutChannel
from dispatch.mail import ADDRESS
from dispatch.sender import NotDelivered
from dispatch.watch import Watch
from dispatch.webhooks import checked_url
from ivr.service import Telephony
from models.clock import Clock
from models.database import Database, UnitOfWork
from models.deadline_tables import Delivery, Purpose
from models.dispatch_tables import ChannelKind, UnitChannel
from models.errors import Conflict, DomainError, InvalidInput, NotFound
from models.events import AutoCallChanged
from models.tables import LinkageUnit
from models.telephony_tables import AutoCall, AutoCallKind

log = logging.getLogger(__name__)

MOST_CHANNELS: Final = 20
SECRET_BYTES: Final = 32
PHONES: Final = (ChannelKind.PHONE, ChannelKind.SMS)
TITLE: Final = "通道测试"
TEXT: Final = "这是指挥中心对“{}”的通道测试，收到即说明通道正常，无需处理。"
NO_CHANNEL: Final = "没有这个渠道，请刷新页面。"
NOBODY_DIALS: Final = "电话系统没有接通外呼线路，无法拨打；请检查中继设置。"


class Channels:
    """Changes and tries out units' channels. ``loopback``: webhooks to this machine may be."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        telephony: Telephony,
        watch: Watch | None,
        *,
        loopback: bool,
    ) -> None:
        self._database = database
        self._clock = clock
        self._telephony = telephony
        self._watch = watch
        self._loopback = loopback

    async def add(self, unit_id: UUID, wanted: AddChannel, by: Person) -> str:
        """Add a way of reaching a unit; a webhook's new secret, else an empty string.

        Raises ``InvalidInput`` for an address that leads nowhere, ``Conflict`` for one that is
        there already, ``EditedMeanwhile``.
        """
        address = self._checked(wanted.kind, wanted.address)
        secret = secrets.token_urlsafe(SECRET_BYTES) if _signed(wanted.kind) else ""
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, wanted.version)
            held = await channels(work.session, unit_id)
            _refuse_twice(held, wanted.kind, address)
            if len(held) >= MOST_CHANNELS:
                raise Conflict(f"一个单位最多 {MOST_CHANNELS} 个渠道，请先删除不用的。")
            row = UnitChannel(
                unit_id=unit_id,
                kind=wanted.kind,
                address=address,
                secret=secret,
                active=wanted.active,
                position=1 + max((one.position for one in held), default=-1),
            )
            work.session.add(row)
            self._note(work, "add_channel", unit, by, None, _shown(row))
        return secret

    async def change(self, unit_id: UUID, channel_id: UUID, wanted: PutChannel, by: Person) -> None:
        """Change an address, or take a channel out of use; raises as ``add``."""
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, wanted.version)
            held = await channels(work.session, unit_id)
            row = _one(held, channel_id)
            address = self._checked(row.kind, wanted.address)
            _refuse_twice([one for one in held if one is not row], row.kind, address)
            before = _shown(row)
            row.address, row.active = address, wanted.active
            self._note(work, "change_channel", unit, by, before, _shown(row))

    async def remove(self, unit_id: UUID, channel_id: UUID, version: int, by: Person) -> None:
        """Take a channel off the list."""
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, version)
            row = _one(await channels(work.session, unit_id), channel_id)
            self._note(work, "remove_channel", unit, by, _shown(row), None)
            await work.session.delete(row)

    async def order(
        self, unit_id: UUID, version: int, channel_ids: Sequence[UUID], by: Person
    ) -> None:
        """Put the channels in another order; all of them have to be named."""
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, version)
            held = await channels(work.session, unit_id)
            if sorted(channel_ids) != sorted(row.id for row in held):
                raise InvalidInput("渠道有增减，请刷新页面后再排序。")
            before = [_words(row) for row in held]
            for row in held:
                row.position = channel_ids.index(row.id)
            after = [_words(row) for row in sorted(held, key=lambda one: one.position)]
            self._note(work, "order_channels", unit, by, {"order": before}, {"order": after})

    async def new_secret(self, unit_id: UUID, channel_id: UUID, version: int, by: Person) -> str:
        """A new signing secret of a webhook; the former one is void at once."""
        secret = secrets.token_urlsafe(SECRET_BYTES)
        async with self._database.writing() as work:
            unit = await to_change(work, unit_id, version)
            row = _one(await channels(work.session, unit_id), channel_id)
            if not _signed(row.kind):
                raise InvalidInput("只有系统接口才有签名密钥。")
            row.secret = secret
            self._note(work, "channel_secret", unit, by, None, None)
        return secret

    async def try_out(
        self, unit_id: UUID, channel_id: UUID, by: Person, terminals: int
    ) -> ChannelTried:
        """Send a test message; raises ``NotFound``."""
        async with self._database.reading() as session:
            unit = await session.get(LinkageUnit, unit_id)
            if unit is None:
                raise NotFound("没有这个联动单位，请刷新页面。")
            row = _one(await channels(session, unit_id), channel_id)
        tried = await self._try(unit, row, by, terminals)
        async with self._database.writing() as work:
            note(
                work, self._clock, by.user_id, "test_channel", SUBJECT, str(unit.id), unit.name,
                None, {"channel": _words(row), "result": tried.text},
            )  # fmt: skip
        return tried

    async def _try(
        self, unit: LinkageUnit, row: UnitChannel, by: Person, terminals: int
    ) -> ChannelTried:
        if row.kind is ChannelKind.WEB:
            if terminals:
                return ChannelTried(ok=True, text=f"终端在线，打开了 {terminals} 个页面。")
            return ChannelTried(ok=False, text="没有人登录终端，派单要等有人登录才看得到。")
        address = row.address or (unit.duty_phone if row.kind in PHONES else "")
        if not address:
            return ChannelTried(ok=False, text="没有填写号码，也没有值班电话。")
        text = TEXT.format(unit.name)
        try:
            if row.kind is ChannelKind.PHONE:
                return await self._call(address, text)
            if row.kind is ChannelKind.SMS:
                await self._telephony.texts.send(by.user_id, text, call_id=None, number=address)
                return ChannelTried(ok=True, text="已交给短信通道，请向对方核实是否收到。")
            return await self._carry(row, address, text)
        except (DomainError, NotDelivered) as failed:
            said = failed.message if isinstance(failed, DomainError) else failed.text
            return ChannelTried(ok=False, text=said)

    async def _call(self, number: str, text: str) -> ChannelTried:
        if not self._telephony.auto_calls.can_dial:
            return ChannelTried(ok=False, text=NOBODY_DIALS)
        now = self._clock.now()
        async with self._database.writing() as work:
            call = AutoCall(
                kind=AutoCallKind.TEST,
                subject_id=uuid4(),
                number=number,
                text=text,
                due_at=now,
                created_at=now,
                ended_at=None,
            )
            work.session.add(call)
            work.emit(AutoCallChanged(call.id, call.subject_id))
        return ChannelTried(ok=True, text="正在拨打，对方会听到测试语音，并按 1 确认。")

    async def _carry(self, row: UnitChannel, address: str, text: str) -> ChannelTried:
        if self._watch is None:
            return ChannelTried(ok=False, text="派单发送没有启动，请查看启动信息。")
        now = self._clock.now()
        delivery = Delivery(
            id=uuid4(),
            unit_id=row.unit_id,
            channel=row.kind,
            purpose=Purpose.ORDER,
            address=address,
            payload={"type": "test", "title": TITLE, "text": text},
            due_at=now,
            created_at=now,
        )
        if await self._watch.sender.try_out(delivery):
            return ChannelTried(ok=True, text="对方系统已收下测试消息。")
        return ChannelTried(ok=True, text="邮件服务器已接收，请向对方核实是否收到。")

    def _checked(self, kind: ChannelKind, address: str) -> str:
        """The address as it is kept; raises ``InvalidInput``."""
        if kind is ChannelKind.WEB:
            if address:
                raise InvalidInput("网页终端不需要地址，请清空。")
        elif kind in PHONES:
            address = re.sub(r"[ \-]", "", address)
            if address and not PHONE.fullmatch(address):
                raise InvalidInput("号码应为 3 至 20 位数字，可以以 + 开头；留空表示值班电话。")
        elif kind is ChannelKind.EMAIL:
            if not ADDRESS.fullmatch(address):
                raise InvalidInput("邮箱地址不对，应类似 zhiban@unit.example。")
        else:
            checked_url(address, loopback=self._loopback)
        return address

    def _note(
        self,
        work: UnitOfWork,
        action: str,
        unit: LinkageUnit,
        by: Person,
        before: dict[str, Any] | None,
        after: dict[str, Any] | None,
    ) -> None:
        if note(
            work, self._clock, by.user_id, action, SUBJECT, str(unit.id), unit.name, before, after
        ):
            unit.version += 1


def _signed(kind: ChannelKind) -> bool:
    return kind is ChannelKind.WEBHOOK


def _one(held: Sequence[UnitChannel], channel_id: UUID) -> UnitChannel:
    row = next((one for one in held if one.id == channel_id), None)
    if row is None:
        raise NotFound(NO_CHANNEL)
    return row


def _refuse_twice(held: Sequence[UnitChannel], kind: ChannelKind, address: str) -> None:
    if any(one.kind is kind and one.address == address for one in held):
        raise Conflict("这个渠道已经在列表里了，不用重复添加。")


def _words(row: UnitChannel) -> str:
    return f"{row.kind.value} {row.address}".strip()


def _shown(row: UnitChannel) -> dict[str, Any]:
    return {"channel": row.kind.value, "address": row.address, "active": row.active}

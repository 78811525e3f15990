"""Units' own systems: who they are, what they may do, and each request taken once."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from dispatch import repository, signatures
from dispatch.orders import Orders
from models.clock import Clock
from models.database import Database
from models.deadline_tables import IdempotencyKey, UnitToken, UsedSignature
from models.dispatch_tables import ChannelKind, UnitChannel
from models.errors import Conflict, Forbidden, InvalidInput, NotSignedIn
from models.order_tables import DispatchOrder
from models.tables import LinkageUnit, Transition
from models.telephony_tables import Audit

log = logging.getLogger(__name__)

KEY: Final = re.compile(r"[A-Za-z0-9._:-]{8,64}", re.ASCII)
KEEP_KEYS: Final = timedelta(days=2)
TRACE_EVERY: Final = timedelta(minutes=1)  # a flood of forgeries fills no table
MOST_TRACED: Final = 1_000

# What a system says, and the trigger it pulls.
ACTIONS: Final = {
    "receive": "receive",
    "return": "reject",
    "depart": "depart",
    "arrive": "arrive",
    "feedback": "feed_back",
}


@dataclass(frozen=True, slots=True)
class Request:
    """What a unit's system asks for; ``text`` is the reason of a return or the feedback."""

    action: str
    order_id: UUID
    text: str = ""

    @property
    def digest(self) -> str:
        """The same for the same request."""
        parts = f"{self.action}\n{self.order_id}\n{self.text}"
        return hashlib.sha256(parts.encode()).hexdigest()


class Systems:
    """Signs units' systems in and does what they ask, through the same actions as everybody."""

    def __init__(self, database: Database, clock: Clock, orders: Orders) -> None:
        self._database = database
        self._clock = clock
        self._orders = orders
        self._traced: dict[tuple[str, str], datetime] = {}

    # --- who ---------------------------------------------------------------------------------

    async def of_token(self, token: str) -> LinkageUnit:
        """The active unit whose token this is; raises ``NotSignedIn``."""
        query = (
            select(LinkageUnit)
            .join(UnitToken, UnitToken.unit_id == LinkageUnit.id)
            .where(UnitToken.token_hash == token_hash(token), LinkageUnit.active)
        )
        async with self._database.reading() as session:
            unit = (await session.scalars(query)).first()
        if unit is None:
            raise NotSignedIn("接口令牌无效，请向指挥中心索取新令牌。")
        return unit

    async def of_signature(
        self, unit_code: str, timestamp: str, signature: str, body: bytes, address: str
    ) -> LinkageUnit:
        """The unit that signed ``body``, once: a second time the same signature is a replay.

        Raises ``Forbidden`` and leaves a trace for anything else.
        """
        now = self._clock.now()
        query = (
            select(LinkageUnit, UnitChannel.secret)
            .join(UnitChannel, UnitChannel.unit_id == LinkageUnit.id)
            .where(
                LinkageUnit.code == unit_code,
                LinkageUnit.active,
                UnitChannel.kind == ChannelKind.WEBHOOK,
                UnitChannel.active,
            )
        )
        async with self._database.reading() as session:
            known = (await session.execute(query)).all()
        wrong: str | None = "unknown_unit"
        for unit, secret in known:
            wrong = signatures.wrong(secret, timestamp, signature, body, now)
            if wrong is None:
                if await self._use(unit.id, signature, now):
                    return unit
                wrong = "replayed"
            if wrong != "forged":
                break
        await self._trace(unit_code, wrong or "", address, now)
        raise Forbidden("请求签名无效或已使用过。")

    async def _use(self, unit_id: UUID, signature: str, now: datetime) -> bool:
        digest = hashlib.sha256(signature.encode()).hexdigest()
        try:
            async with self._database.writing() as work:
                work.session.add(UsedSignature(unit_id=unit_id, signature=digest, at=now))
                old = now - 2 * signatures.WINDOW
                await work.session.execute(delete(UsedSignature).where(UsedSignature.at < old))
        except IntegrityError:
            return False
        return True

    async def _trace(self, unit_code: str, reason: str, address: str, now: datetime) -> None:
        key = (unit_code[:32], reason)
        last = self._traced.get(key)
        if last is not None and timedelta() <= now - last < TRACE_EVERY:
            return
        if len(self._traced) >= MOST_TRACED:
            self._traced.clear()
        self._traced[key] = now
        log.warning("a request in a unit's name was refused: %s", reason)
        async with self._database.writing() as work:
            detail = {"reason": reason, "address": address[:64]}
            work.session.add(self._forged(unit_code, detail))

    # --- what --------------------------------------------------------------------------------

    async def act(self, unit: LinkageUnit, request: Request, key: str = "") -> DispatchOrder:
        """Do what a unit's system asks; with ``key``, once however often it is asked.

        Raises what the action raises, ``InvalidInput`` for a key that is none and ``Conflict``
        for one that was used for another request.
        """
        if not key:
            return await self._do(unit, request)
        if not KEY.fullmatch(key):
            raise InvalidInput("Idempotency-Key 应为 8 至 64 个字母、数字或 . _ : - 字符。")
        known = await self._claim(unit.id, key, request.digest)
        if known is None:
            found = await self._do(unit, request)
        elif known.status or await self._was_done(unit, request, known.at):
            found = await self._order(unit, request)
        else:
            found = await self._do(unit, request)  # the first one died, or was refused
        await self._done(unit.id, key)
        return found

    async def _claim(self, unit_id: UUID, key: str, digest: str) -> IdempotencyKey | None:
        """Note the key; the one that is known already."""
        now = self._clock.now()
        try:
            async with self._database.writing() as work:
                await work.session.execute(
                    delete(IdempotencyKey).where(IdempotencyKey.at < now - KEEP_KEYS)
                )
                known = await work.session.get(IdempotencyKey, (unit_id, key))
                if known is None:
                    work.session.add(
                        IdempotencyKey(unit_id=unit_id, key=key, request_hash=digest, at=now)
                    )
        except IntegrityError:
            raise Conflict("同一请求正在处理，请稍后查询结果。") from None
        if known is not None and known.request_hash != digest:
            raise Conflict("该 Idempotency-Key 已用于另一个请求，请换一个新的。")
        return known

    async def _done(self, unit_id: UUID, key: str) -> None:
        async with self._database.writing() as work:
            row = await work.session.get(IdempotencyKey, (unit_id, key))
            if row is not None:
                row.status = 200

    async def _was_done(self, unit: LinkageUnit, request: Request, since: datetime) -> bool:
        """Whether the request did its work before it could say so."""
        query = select(Transition.id).where(
            Transition.entity == "dispatch_order",
            Transition.entity_id == request.order_id,
            Transition.trigger == ACTIONS[request.action],
            Transition.actor == str(unit.id),
            Transition.at >= since,
        )
        async with self._database.reading() as session:
            return await session.scalar(query.limit(1)) is not None

    async def _order(self, unit: LinkageUnit, request: Request) -> DispatchOrder:
        async with self._database.reading() as session:
            return await repository.dispatch_order(session, request.order_id, unit_id=unit.id)

    async def _do(self, unit: LinkageUnit, request: Request) -> DispatchOrder:
        who = {"unit_id": unit.id, "actor_id": unit.id}
        orders, item = self._orders, request.order_id
        does: dict[str, Callable[[], Awaitable[DispatchOrder]]] = {
            "receive": lambda: orders.receive(item, **who),
            "depart": lambda: orders.depart(item, **who),
            "arrive": lambda: orders.arrive(item, **who),
            "return": lambda: orders.reject(item, **who, reason=request.text),
            "feedback": lambda: orders.feed_back(item, **who, text=request.text),
        }
        if request.action not in does:
            raise InvalidInput(f"不支持的操作“{request.action[:32]}”。")
        return await does[request.action]()

    def _forged(self, unit: str, detail: dict[str, str]) -> Audit:
        return Audit(
            user_id=None,
            action="forged",
            subject="unit_system",
            subject_id=unit[:64],
            detail=detail,
            at=self._clock.now(),
        )


def token_hash(token: str) -> str:
    """What is kept of a unit's token."""
    return hashlib.sha256(token.encode()).hexdigest()

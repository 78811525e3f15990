"""Orders that go out on a unit's channels, and a unit's own system to receive them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from fastapi import FastAPI, Request, Response
from sqlalchemy import select

from dispatch.limits import rules
from dispatch.reactions import Reactions
from dispatch.sender import Carrier, Sender
from dispatch.webhooks import Webhooks
from models.deadline_states import DeliveryStatus
from models.deadline_tables import Delivery, Purpose
from models.dispatch_tables import ChannelKind, UnitChannel
from models.states import CallStatus
from tests.support.desk import served
from tests.support.world import World

SECRET = "unit-secret-0123456789"
UNIT_USER = uuid4()


@dataclass
class Far:
    """A unit's own system: what it got, and what it answers next (200 once that runs out)."""

    answers: list[int] = field(default_factory=list)
    got: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    address: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Far]:
        app = FastAPI()

        @app.post("/orders")
        async def orders(request: Request) -> Response:
            self.got.append((dict(request.headers), await request.body()))
            status = self.answers.pop(0) if self.answers else 200
            return Response("{}", status, headers={"Location": "/elsewhere"})

        @app.post("/elsewhere")
        async def elsewhere() -> None:
            raise AssertionError("a redirect was followed")

        @app.post("/sms")
        async def sms(request: Request) -> dict[str, str]:
            self.got.append((dict(request.headers), await request.body()))
            return {"id": "sms-1"}

        async with served(app) as host:
            self.address = f"http://{host}"
            yield self


@dataclass
class Dispatching:
    """A world whose orders go out."""

    world: World
    sender: Sender

    async def send(self, *channels: tuple[ChannelKind, str]) -> UUID:
        """An order to the water company, which has these channels; its dispatch order."""
        world = self.world
        async with world.database.writing() as work:
            work.session.add_all(
                UnitChannel(
                    unit_id=world.water.id,
                    kind=kind,
                    address=address,
                    secret=SECRET if kind is ChannelKind.WEBHOOK else "",
                    position=position,
                )
                for position, (kind, address) in enumerate(channels)
            )
        call = await world.call(CallStatus.ANSWERED)
        order = await world.orders.open_draft(call.id)
        fields = {"address": "南苑小区", "summary": "水管破裂", "contact_phone": "13800000001"}
        order = await world.orders.edit(order.id, world.seat_user.id, order.version, fields)
        order = await world.orders.send(
            order.id, world.seat_user.id, order.version, [world.water.id]
        )
        return order.dispatch_orders[0].id

    async def deliveries(self, purpose: Purpose | None = None) -> Sequence[Delivery]:
        query = select(Delivery).order_by(Delivery.created_at, Delivery.channel)
        if purpose is not None:
            query = query.where(Delivery.purpose == purpose)
        async with self.world.database.reading() as session:
            return (await session.scalars(query)).all()

    async def states(self) -> dict[ChannelKind, DeliveryStatus]:
        return {row.channel: row.status for row in await self.deliveries(Purpose.ORDER)}


def with_carriers(
    world: World, carriers: dict[ChannelKind, Carrier], *, texts: bool = False
) -> Dispatching:
    world.database.follow(Reactions(rules(), lambda code: None).follow)
    sender = Sender(world.database, world.clock, carriers, texts=texts)
    sender.subscribe(world.database.bus)
    return Dispatching(world, sender)


def webhooks(world: World) -> dict[ChannelKind, Carrier]:
    return {ChannelKind.WEBHOOK: Webhooks(world.database, world.clock, loopback=True)}

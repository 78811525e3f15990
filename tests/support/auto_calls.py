"""A centre whose machine calls a provider that answers, and what its calls come to."""

from __future__ import annotations

import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch.orders import Orders
from dispatch.service import subscribe
from ivr.auto_calls import SCRIPTS
from models.clock import ManualClock
from models.database import Database
from models.order_tables import DispatchOrder, Incident, WorkOrder
from models.states import DispatchStatus
from models.tables import LinkageUnit
from models.telephony_states import AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from tests.support.asterisk import asterisk_config, eventually, running
from tests.support.ports import port_base
from tests.support.provider import Answered, Provider, provider
from tests.support.telephony import Desk, telephony_at

SOUNDS = sorted(
    {
        name
        for script in SCRIPTS.values()
        for name in (*script.before, *script.after, *script.said.values())
    }
)


class Reader:
    """Reads every text as one second of sound; keeps the texts."""

    def __init__(self, folder: Path) -> None:
        self.texts: list[str] = []
        self._path = folder / "read.wav"
        sound(self._path, 1.0)

    async def speak(self, text: str) -> Path:
        self.texts.append(text)
        return self._path


def sound(path: Path, seconds: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as made:
        made.setnchannels(1)
        made.setsampwidth(2)
        made.setframerate(8000)
        made.writeframes(b"\x00\x10" * int(8000 * seconds))


@asynccontextmanager
async def centre(
    tmp_path: Path, database: Database, clock: ManualClock, speaker: Reader | None = None
) -> AsyncIterator[tuple[Desk, Provider]]:
    """A telephony with a trunk outward, and the provider at its end."""
    for name in SOUNDS:
        sound(tmp_path / "sounds" / "zh" / f"{name}.wav", 0.2)
    subscribe(database.bus, Orders(database, clock))
    with port_base() as base:
        async with provider() as far:
            config = asterisk_config(
                tmp_path,
                base,
                sounds_dir=tmp_path / "sounds",
                trunk_proxy=f"127.0.0.1:{far.port}",
            )
            async with (
                running(config),
                telephony_at(
                    config, database, clock, trunk=True, speaker=speaker or Reader(tmp_path)
                ) as desk,
            ):
                yield desk, far


async def sent_order(desk: Desk, clock: ManualClock, phone: str) -> UUID:
    """An order that was sent to a unit with nothing but a telephone; its dispatch order."""
    unit = LinkageUnit(
        code="V1", name="青竹口供水站", kind="供水", tier=3, duty_phone=phone, voice_dispatch=True
    )
    order = WorkOrder(
        number="GD20260301-0001",
        incident=Incident(number="JQ20260301-0001", opened_at=clock.now()),
        queue_code="96345",
        fields={"address": "南苑小区12栋", "summary": "水管爆裂", "contact_phone": "13800001111"},
        field_states={},
        created_at=clock.now(),
        dispatch_orders=[],
    )
    async with desk.database.writing() as work:
        work.session.add_all([unit, order])
    orders = Orders(desk.database, clock)
    sent = await orders.send(order.id, uuid4(), order.version, [unit.id])
    return sent.dispatch_orders[0].id


async def answered(far: Provider, number: str) -> Answered:
    async def check() -> bool:
        return any(call.number == number for call in far.calls)

    await eventually(check, f"a call to {number}", 30)
    return next(call for call in far.calls if call.number == number)


async def auto_call(desk: Desk, kind: AutoCallKind) -> AutoCall:
    async with desk.database.reading() as session:
        return (await session.scalars(select(AutoCall).where(AutoCall.kind == kind))).one()


async def becomes(desk: Desk, kind: AutoCallKind, status: AutoCallStatus) -> AutoCall:
    async def check() -> bool:
        return (await auto_call(desk, kind)).status is status

    await eventually(check, f"a call that is {status}", 30)
    return await auto_call(desk, kind)


async def lamp_becomes(desk: Desk, dispatch_id: UUID, status: DispatchStatus) -> DispatchOrder:
    found: list[DispatchOrder] = []

    async def check() -> bool:
        async with desk.database.reading() as session:
            found[:] = [await session.get_one(DispatchOrder, dispatch_id)]
        return found[0].status is status

    await eventually(check, f"a dispatch order that is {status}")
    return found[0]

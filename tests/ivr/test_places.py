"""A caller who kept the place is called in turn, speaks with a seat, and rates the service."""

from __future__ import annotations

import wave
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import anyio
import pytest
from sqlalchemy import select

from models.clock import SystemClock
from models.database import Database
from models.kinds import Device
from models.states import CallStatus
from models.tables import Call
from models.telephony_states import CallBackStatus
from models.telephony_tables import CallBack, CallBackKind
from tests.support.asterisk import asterisk_config, eventually, running
from tests.support.ports import port_base
from tests.support.provider import Provider, provider
from tests.support.telephony import Desk, People, phone, telephony_at

pytestmark = pytest.mark.asterisk

NUMBER = "13800001111"


def sounds(folder: Path) -> Path:
    """Half a second for everything that is played here."""
    for name in ("callback-hello", "rating", "rating-thanks"):
        path = folder / "zh" / "yihu" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        with wave.open(str(path), "wb") as made:
            made.setnchannels(1)
            made.setsampwidth(2)
            made.setframerate(8000)
            made.writeframes(b"\x00\x10" * 4000)
    return folder


async def keep_place(desk: Desk, queue: str = "96345", number: str = NUMBER) -> UUID:
    """Somebody pressed 1 a while ago."""
    now = desk.database.clock.now()
    call = Call(
        queue_code=queue,
        dialled=queue,
        caller_number=number,
        channel="PJSIP/gone",
        status=CallStatus.ABANDONED,
        received_at=now - timedelta(minutes=5),
        ended_at=now - timedelta(minutes=4),
        end_reason="place",
    )
    entry = CallBack(
        call_id=call.id,
        queue_code=queue,
        number=number,
        kind=CallBackKind.PLACE,
        place_since=call.received_at,
        created_at=now - timedelta(minutes=4),
    )
    async with desk.database.writing() as work:
        work.session.add_all([call, entry])
    return entry.id


async def entry_becomes(desk: Desk, entry_id: UUID, status: CallBackStatus, tries: int) -> None:
    async def check() -> bool:
        async with desk.database.reading() as session:
            row = await session.get_one(CallBack, entry_id)
        return (row.status, row.tries) == (status, tries)

    await eventually(check, f"an entry that is {status} after {tries} tries", 60)


async def called(far: Provider) -> None:
    async def check() -> bool:
        return bool(far.calls)

    await eventually(check, "the caller's telephone to ring", 30)


async def test_the_caller_is_next_when_a_seat_is_free(
    database: Database, people: People, real_clock: SystemClock, tmp_path: Path
) -> None:
    with port_base() as base:
        async with provider() as far:
            config = asterisk_config(
                tmp_path,
                base,
                sounds_dir=sounds(tmp_path / "sounds"),
                trunk_proxy=f"127.0.0.1:{far.port}",
            )
            async with (
                running(config),
                telephony_at(config, database, real_clock, trunk=True) as desk,
                phone(config),
            ):
                entry_id = await keep_place(desk)
                await desk.telephony.places.call_next()
                assert not far.calls, "nobody is ready yet"
                await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
                await called(far)
                await desk.agent_becomes(people.one, "on_call", 30)
                call = await desk.call_becomes("answered", 30)
                assert (call.caller_number, call.queue_code) == (NUMBER, "96345")
                assert far.calls[0].number == NUMBER
                await entry_becomes(desk, entry_id, CallBackStatus.DONE, 1)

                far.calls[0].heard.clear()
                await desk.telephony.hang_up(people.one.id, call.id)

                async def asked() -> bool:
                    return len(far.calls[0].heard) > 3000

                await eventually(asked, "the question how it was", 30)
                await far.calls[0].press("2")
                with anyio.fail_after(20):
                    await far.calls[0].ended.wait()
                await desk.call_becomes("ended")
    async with database.reading() as session:
        [rated] = await session.scalars(select(Call).where(Call.id == call.id))
    assert rated.rating == 2


async def test_who_does_not_answer_is_left_to_a_seat_after_three_tries(
    database: Database, people: People, real_clock: SystemClock, tmp_path: Path
) -> None:
    with port_base() as base:
        async with provider() as far:
            far.answers[NUMBER] = 486
            config = asterisk_config(
                tmp_path,
                base,
                sounds_dir=sounds(tmp_path / "sounds"),
                trunk_proxy=f"127.0.0.1:{far.port}",
            )
            async with (
                running(config),
                telephony_at(config, database, real_clock, trunk=True) as desk,
                phone(config),
            ):
                await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
                hostile = [
                    await keep_place(desk, number=number)
                    for number in ("", "1,2", "1&PJSIP/8002", '1@127.0.0.1:9;x="', "9" * 60)
                ]
                entry_id = await keep_place(desk)
                await entry_becomes(desk, entry_id, CallBackStatus.OPEN, 3)
                for one in hostile:
                    await entry_becomes(desk, one, CallBackStatus.OPEN, 0)
                await desk.telephony.places.call_next()
                assert len(far.refused) == 3

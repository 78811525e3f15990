"""First rows of a centre."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database import Database
from models.tables import Queue, Seat
from yihu import centre

pytestmark = pytest.mark.integration


async def test_a_new_centre_has_two_queues_with_ten_seats_each(database: Database) -> None:
    await centre.ensure_centre(database)
    await centre.ensure_centre(database)
    async with database.reading() as session:
        queues = {queue.code: queue for queue in await session.scalars(select(Queue))}
        seats = list(await session.scalars(select(Seat)))
    assert queues["110"].emergency
    assert not queues["96345"].emergency
    assert [sum(code in seat.queue_codes for seat in seats) for code in ("110", "96345")] == [
        10,
        10,
    ]
    assert {seat.code for seat in seats if not seat.queue_codes} == {"lead01", "lead02"}
    assert len({seat.sip_secret for seat in seats}) == 22


async def test_a_centre_without_supervisors_seats_gets_them_once(database: Database) -> None:
    async with database.writing() as work:
        work.session.add(Queue(code="110", name="报警", emergency=True))
        work.session.add(Seat(code="a1", name="一席", queue_codes=["110"], sip_secret="s" * 18))
        work.session.add(Seat(code="lead01", name="旧席", queue_codes=["110"], sip_secret="t" * 18))
    for _ in range(2):
        await centre.ensure_centre(database)
        async with database.reading() as session:
            seats = {seat.code: seat for seat in await session.scalars(select(Seat))}
        assert seats.keys() == {"a1", "lead01", "lead02"}
        assert seats["lead02"].queue_codes == []
        assert seats["lead01"].name == "旧席"

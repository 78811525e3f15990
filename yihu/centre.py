"""What every centre starts with: queues and seats."""

from __future__ import annotations

import secrets

from sqlalchemy import func, select

from models.database import Database
from models.tables import Queue, Seat

QUEUES = (("110", "紧急报警", True), ("96345", "便民服务", False))
SEATS_PER_QUEUE = 10
SUPERVISOR_SEATS = 2


async def ensure_centre(database: Database) -> None:
    """Make the two queues and ten seats for each, and the supervisors' seats, where there are
    none yet. A supervisor's seat is one that serves no queue."""
    async with database.writing() as work:
        session = work.session
        seats = list(await session.scalars(select(Seat)))
        if all(seat.queue_codes for seat in seats):
            taken = {seat.code for seat in seats}
            for position in range(1, SUPERVISOR_SEATS + 1):
                code = f"lead{position:02d}"
                if code not in taken:
                    session.add(_seat(code, f"班长席{position}", []))
        if await session.scalar(select(func.count()).select_from(Queue)):
            return
        number = 0
        for code, name, emergency in QUEUES:
            session.add(Queue(code=code, name=name, emergency=emergency))
            for position in range(1, SEATS_PER_QUEUE + 1):
                number += 1
                session.add(_seat(f"seat{number:02d}", f"{code} 第{position}席", [code]))


def _seat(code: str, name: str, queue_codes: list[str]) -> Seat:
    return Seat(code=code, name=name, queue_codes=queue_codes, sip_secret=secrets.token_urlsafe(18))

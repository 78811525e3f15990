"""Callers, rules and the evaluator for tests of alarms over rows."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import select

from agent_desk.alarms.evaluator import Evaluator
from agent_desk.alarms.rules import ensure
from models.alarm_tables import Alarm, AlarmKind, AlarmRule
from models.tables import Call
from models.transitions import SYSTEM, advance
from tests.support.desk import Site


def evaluator(site: Site, helpers: dict[str, bool] | None = None) -> Evaluator:
    """A new one, as after a restart; ``helpers`` may be changed while it runs."""
    works = helpers if helpers is not None else {}
    return Evaluator(site.database, site.clock, lambda: works, lambda: {"P0101": "水管破裂"})


async def rule(site: Site, kind: AlarmKind, queue: str = "", **changes: object) -> UUID:
    """The rule of a kind, changed; every other rule is switched off."""
    await ensure(site.database, site.clock)
    async with site.database.writing() as work:
        for row in await work.session.scalars(select(AlarmRule)):
            row.active = (row.kind, row.queue_code, row.centre_code) == (kind, queue, "")
            if row.active:
                found = row
                for name, value in changes.items():
                    setattr(row, name, value)
    return found.id


async def alarms(site: Site) -> list[Alarm]:
    async with site.database.reading() as session:
        return list(await session.scalars(select(Alarm).order_by(Alarm.raised_at, Alarm.id)))


async def caller(site: Site, queue: str = "110") -> UUID:
    now = site.clock.now()
    async with site.database.writing() as work:
        call = Call(
            queue_code=queue,
            dialled=queue,
            caller_number="13800001234",
            channel=f"PJSIP/trunk-{uuid4()}",
            received_at=now,
            queued_at=now,
        )
        work.session.add(call)
        advance(work.session, call, "queue", actor=SYSTEM, at=now)
    return call.id


async def leaves(site: Site, call_id: UUID) -> None:
    async with site.database.writing() as work:
        call = await work.session.get_one(Call, call_id)
        advance(work.session, call, "hang_up", actor=SYSTEM, at=site.clock.now())
        call.ended_at = site.clock.now()


def passes(site: Site, seconds: float) -> None:
    site.clock.advance(timedelta(seconds=seconds))

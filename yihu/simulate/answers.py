"""What an instance's own rows say of a simulated call: when a seat picked up."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from models.database import Database
from models.tables import Call
from yihu.simulate.caller import CallReport


async def seat_answer_seconds(
    database: Database, from_number: str, started: datetime
) -> float | None:
    """Seconds from a call's first contact to a seat's answer; ``None`` when none answered."""
    async with database.reading() as session:
        row = await session.scalar(
            select(Call)
            .where(Call.caller_number == from_number, Call.received_at >= started)
            .order_by(Call.received_at.desc())
            .limit(1)
        )
    if row is None or row.answered_at is None:
        return None
    waited: timedelta = row.answered_at - row.received_at
    return round(waited.total_seconds(), 2)


def sentence(report: CallReport, answered_s: float | None) -> str:
    """What became of a call, for people."""
    if report.answered_after is None:
        code = f" (SIP {report.sip_code})" if report.sip_code else ""
        return f"not connected: {report.outcome.value}{code}"
    seat = f"a seat answered after {answered_s:.1f} s" if answered_s is not None else "no seat seen"
    return f"connected, {seat}, {report.duration:.1f} s on the line, {report.outcome.value}"

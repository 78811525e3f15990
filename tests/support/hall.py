"""A hall of real telephones, each speaking a tone of its own, and a caller who is one of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import anyio
import soundfile
from sqlalchemy import select

from ivr.asterisk import AsteriskConfig, SeatConf
from models.clock import Clock
from models.database import Database
from models.kinds import Device, Role
from models.tables import Call, Queue, Seat, User
from models.telephony_tables import Audit, Recording
from tests.support.asterisk import SEAT_SECRET, eventually, running
from tests.support.telephony import Desk, folders, telephony_at
from tests.support.tones import tones_in, write_tone
from yihu.simulate.audio import decode_alaw
from yihu.simulate.phone import Phone

CALLER, AGENT, OTHER, LEAD, LEAD_TWO = "8009", "8001", "8002", "lead01", "lead02"
TONES = {CALLER: 400, AGENT: 700, LEAD: 1000, OTHER: 1300, LEAD_TWO: 1600}
SEATS = {AGENT: ["110", "96345"], OTHER: ["110"], LEAD: [], LEAD_TWO: [], CALLER: ["110"]}
BLOCK = 4_000  # samples that are looked at: half a second


def hall_config(config: AsteriskConfig) -> dict[str, object]:
    """What changes in an Asterisk's configuration for the hall."""
    return {"seats": tuple(SeatConf(code, code, SEAT_SECRET) for code in SEATS)}


@dataclass(slots=True)
class Hall:
    """Asterisk, telephony, telephones and people. ``agent`` sits at 8001, ``other`` at 8002,
    ``boss`` and ``chief`` may sit down at lead01 and lead02."""

    config: AsteriskConfig
    desk: Desk
    phones: dict[str, Phone]
    people: dict[str, User]

    @property
    def supervision(self):  # type: ignore[no-untyped-def]  # as Telephony's
        return self.desk.telephony.supervision

    async def sit(self, name: str, code: str):  # type: ignore[no-untyped-def]  # as sign_in
        return await self.desk.telephony.sign_in(self.people[name], code, Device.PHONE)

    async def call_comes(self, status: str = "answered", caller: str = CALLER) -> Call:
        """A telephone, the caller's unless told, calls 110."""
        known = {call.id for call in await self.desk.calls()}
        fields = {"Channel": f"PJSIP/{caller}", "Context": "from-trunk", "Exten": "110"}
        fields |= {"Priority": "1", "Async": "true", "CallerID": "13800000001"}
        await self.desk.ami.ask("Originate", fields)
        found: list[Call] = []

        async def there() -> bool:
            calls = await self.desk.calls()
            found[:] = [c for c in calls if c.id not in known and c.status == status]
            return bool(found)

        await eventually(there, f"a new call that is {status}")
        return found[0]

    async def all_hear(self, wanted: dict[str, set[int]], within: float = 30.0) -> None:
        """Wait until each telephone named hears exactly these tones, all at one time."""
        heard: dict[str, set[int]] = {}

        async def right() -> bool:
            for code in wanted:
                newest = self.phones[code].heard[-BLOCK:]
                if len(newest) < BLOCK:
                    return False
                heard[code] = tones_in(decode_alaw(newest), TONES.values())
            return heard == wanted

        try:
            await eventually(right, "", within)
        except AssertionError:
            raise AssertionError(f"wanted {wanted}, heard {heard}") from None

    def mark(self, code: str) -> int:
        """Where a telephone's ears are now."""
        return len(self.phones[code].heard)

    async def heard_since(self, code: str, mark: int) -> set[int]:
        """The tones a telephone hears from ``mark`` on for a second at least, in any half
        second of it."""

        async def enough() -> bool:
            return self.mark(code) >= mark + 2 * BLOCK

        await eventually(enough, "a second of sound")
        samples = decode_alaw(self.phones[code].heard[mark:])
        blocks = [samples[i : i + BLOCK] for i in range(0, len(samples) - BLOCK + 1, BLOCK // 2)]
        return set().union(*(tones_in(block, TONES.values()) for block in blocks))

    async def recorded(self, call: Call) -> tuple[list[set[int]], list[set[int]]]:
        """The tones in every half second of the call's recording, four a half second: of the
        caller, and of what the caller heard."""
        found: list[Recording] = []

        async def stored() -> bool:
            async with self.desk.database.reading() as session:
                query = select(Recording).where(Recording.call_id == call.id)
                found[:] = (await session.scalars(query)).all()
            return bool(found)

        await eventually(stored, "the call's recording", 30)
        path = folders(self.config).archive / found[0].path
        samples, _ = soundfile.read(path, dtype="int16", always_2d=True)
        ends = range(BLOCK, len(samples) + 1, BLOCK // 4)
        said, heard = (
            [tones_in(samples[end - BLOCK : end, side], TONES.values()) for end in ends]
            for side in (0, 1)
        )
        return said, heard

    async def audits(self) -> list[tuple[str, str]]:
        """What was noted: action and kind of subject, oldest first."""
        async with self.desk.database.reading() as session:
            rows = await session.scalars(select(Audit).order_by(Audit.id))
            return [(row.action, row.subject) for row in rows]


async def people_of_hall(database: Database) -> dict[str, User]:
    """The hall's queues, seats and people."""
    roles = {"agent": Role.SEAT, "other": Role.SEAT}
    roles |= {"boss": Role.SUPERVISOR, "chief": Role.SUPERVISOR}
    people = {
        name: User(
            username=name,
            display_name=name,
            password_hash="-",
            role=role,
            created_at=datetime(2026, 3, 1, tzinfo=UTC),
        )
        for name, role in roles.items()
    }
    async with database.writing() as work:
        work.session.add(Queue(code="110", name="报警", emergency=True))
        work.session.add(Queue(code="96345", name="便民", emergency=False))
        work.session.add_all(people.values())
        for code, queues in SEATS.items():
            work.session.add(
                Seat(code=code, name=f"{code}号席", queue_codes=queues, sip_secret=SEAT_SECRET)
            )
    return people


@asynccontextmanager
async def phones_at(config: AsteriskConfig, folder: Path) -> AsyncIterator[dict[str, Phone]]:
    """Asterisk with everybody's telephones, without the Python side."""
    async with running(config), anyio.create_task_group() as tasks:
        phones = {}
        for code, hertz in TONES.items():
            phones[code] = Phone(
                sip_host="127.0.0.1",
                sip_port=config.sip_port,
                username=code,
                secret=SEAT_SECRET,
                answer_after=0.1,
                greeting=write_tone(folder / f"{code}.wav", hertz),
                record_seconds=300,
            )
            await tasks.start(phones[code].run)
        yield phones
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def hall(
    config: AsteriskConfig, database: Database, clock: Clock, folder: Path
) -> AsyncIterator[Hall]:
    """A running hall; ``agent`` has signed in."""
    people = await people_of_hall(database)
    async with phones_at(config, folder) as phones, telephony_at(config, database, clock) as desk:
        made = Hall(config, desk, phones, people)
        await made.sit("agent", AGENT)
        yield made

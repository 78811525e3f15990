"""Demo accounts: made only by ``yihu demo``, with one password minted per data directory."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from agent_desk import accounts
from models.database import Database
from models.dispatch_tables import Centre
from models.kinds import Role
from models.tables import LinkageUnit, User
from yihu.instance import write_private
from yihu.settings import Settings

SEATS_PER_NUMBER = 4


@dataclass(frozen=True, slots=True)
class Person:
    """A demo account and what it is for."""

    username: str
    display_name: str
    role: Role
    unit_id: UUID | None = None
    centre_code: str = ""


def demo_password(settings: Settings) -> str:
    """The password of every demo account of this data directory."""
    path = settings.data_dir / "demo-password"
    if not path.exists():
        write_private(path, f"yihu-{secrets.token_hex(3)}\n")
    return path.read_text().strip()


async def ensure_people(database: Database, password: str) -> list[Person]:
    """Make the demo accounts that are missing; returns all of them.

    A lower centre has a supervisor ``banzhang-CODE`` and a seat ``zuoxi-CODE``. As the password
    is one and the same, so is its hash: hundreds of them would take minutes.
    """
    async with database.reading() as session:
        known = set(await session.scalars(select(User.username)))
        units = list(await session.scalars(select(LinkageUnit).order_by(LinkageUnit.code)))
        lower = select(Centre).where(Centre.parent_code.is_not(None)).order_by(Centre.code)
        centres = list(await session.scalars(lower))
    people = [Person("banzhang", "演示班长", Role.SUPERVISOR)]
    for first, label in ((1, "110"), (11, "96345")):
        people += [
            Person(f"zuoxi{number:02d}", f"演示座席{number:02d}（{label}）", Role.SEAT)
            for number in range(first, first + SEATS_PER_NUMBER)
        ]
    for centre in centres:
        for name, title, role in (
            ("banzhang", "演示班长", Role.SUPERVISOR),
            ("zuoxi", "演示座席", Role.SEAT),
        ):
            shown = f"{title}（{centre.name}）"
            person = Person(f"{name}-{centre.code}", shown, role, centre_code=centre.code)
            people.append(person)
    people += [Person(unit.code, "演示值班员", Role.UNIT, unit.id) for unit in units]
    missing = [person for person in people if person.username not in known]
    password_hash = await accounts.hashed(password) if missing else ""
    for person in missing:
        await accounts.create_user(
            database,
            database.clock,
            username=person.username,
            display_name=person.display_name,
            password=password,
            role=person.role,
            unit_id=person.unit_id,
            centre_code=person.centre_code,
            password_hash=password_hash,
        )
    return people

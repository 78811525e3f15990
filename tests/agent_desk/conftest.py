"""A desk on real rows: two seats, a supervisor, two units, an administrator."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher

from agent_desk.app import create_app
from agent_desk.parts import Parts
from asr.client import SpeechClient, SpeechEvent
from dispatch.orders import Orders
from ivr.service import Telephony
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from models.kinds import Role
from models.tables import LinkageUnit, Queue, Seat, User
from tests.support.desk import CHECK_INTERVAL, PASSWORD, Item, Site


@pytest.fixture
def orders(database: Database, clock: ManualClock) -> Orders:
    return Orders(database, clock)


@pytest.fixture
def telephony(database: Database, clock: ManualClock) -> Telephony:
    """The real one, which nobody runs: there is neither Asterisk nor a speech process."""

    async def hear(event: SpeechEvent) -> None:
        raise AssertionError(f"{event} without a speech process")

    nowhere = ("127.0.0.1", 1)
    return Telephony(
        database,
        SpeechClient(*nowhere, "no-token", hear),
        None,
        clock,
        ami_address=nowhere,
        ami_secret="no-secret",
        agi_address=nowhere,
        audio_address=nowhere,
    )


@pytest.fixture
async def site(
    database: Database,
    clock: ManualClock,
    bus: InProcessBus,
    orders: Orders,
    telephony: Telephony,
    tmp_path: Path,
) -> Site:
    """The desk with its people, without Asterisk."""
    units = {
        kind: LinkageUnit(code=code, name=f"{kind}公司", kind=kind, tier=1)
        for code, kind in (("U1", "供水"), ("U2", "供电"))
    }
    people = {
        "seat-a": (Role.SEAT, None),
        "seat-b": (Role.SEAT, None),
        "boss": (Role.SUPERVISOR, None),
        "water": (Role.UNIT, units["供水"].id),
        "power": (Role.UNIT, units["供电"].id),
        "admin": (Role.ADMINISTRATOR, None),
    }
    hasher = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # weak and quick
    password_hash = hasher.hash(PASSWORD)
    users = {
        name: User(
            username=name,
            display_name=f"{name}员",
            password_hash=password_hash,
            role=role,
            unit_id=unit_id,
            created_at=clock.now(),
        )
        for name, (role, unit_id) in people.items()
    }
    async with database.writing() as work:
        work.session.add_all([*units.values(), *users.values()])
        work.session.add(Queue(code="110", name="报警", emergency=True))
        work.session.add(Queue(code="96345", name="服务热线", emergency=False))
        for code in ("1001", "1002"):
            work.session.add(
                Seat(code=code, name=f"{code}号席", queue_codes=["110"], sip_secret=f"sip-{code}")
            )
    parts = Parts(
        database=database,
        clock=clock,
        bus=bus,
        telephony=telephony,
        orders=orders,
        categories=(Item(),),
        suggestion_available=True,
        web_dist=tmp_path / "dist",
        asterisk_http_port=1,
        check_interval=CHECK_INTERVAL,
        password_hasher=hasher,
    )
    return Site(
        app=create_app(parts),
        parts=parts,
        database=database,
        clock=clock,
        orders=orders,
        users={name: user.id for name, user in users.items()},
        units={kind: unit.id for kind, unit in units.items()},
    )


@pytest.fixture
def with_parts(site: Site) -> Callable[..., Site]:
    """The site with an application of other parts."""

    def build(**changed: Any) -> Site:
        parts = replace(site.parts, **changed)
        return replace(site, app=create_app(parts), parts=parts)

    return build

"""The real web application on a database, without Asterisk, speech and a classifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from agent_desk.app import create_app
from agent_desk.parts import Parts
from asr.client import SpeechClient, SpeechEvent
from dispatch.limits import rules
from dispatch.orders import Orders
from dispatch.watch import Watch
from ivr.service import Telephony
from models.clock import Clock
from models.database import Database
from tests.support.desk import Item

PASSWORD = "right-password-of-all"  # noqa: S105 - of invented people


def application(database: Database, clock: Clock, folder: Path) -> tuple[Any, Watch]:
    """The real application, without Asterisk and speech."""

    async def hear(heard: SpeechEvent) -> None:
        raise AssertionError(heard)

    nowhere = ("127.0.0.1", 1)
    telephony = Telephony(
        database,
        SpeechClient(*nowhere, "no-token", hear),
        None,
        clock,
        ami_address=nowhere,
        ami_secret="no-secret",  # noqa: S106 - nothing listens there
        agi_address=nowhere,
        audio_address=nowhere,
    )
    orders = Orders(database, clock)
    watch = Watch(database, clock, rules(), {}, texts=False)
    parts = Parts(
        database=database,
        clock=clock,
        bus=database.bus,
        telephony=telephony,
        orders=orders,
        categories=(Item(code="W01"),),
        suggestion_available=False,
        web_dist=folder,
        asterisk_http_port=1,
        watch=watch,
        password_hasher=hasher(),
    )
    return create_app(parts), watch


def hasher() -> PasswordHasher:
    """Weak and quick: not what is measured."""
    return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

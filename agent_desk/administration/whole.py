"""All of administration, put together for one desk."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desk.accounts import Accounts
from agent_desk.administration.areas import Areas
from agent_desk.administration.audits import Audits
from agent_desk.administration.channels import Channels
from agent_desk.administration.days import Days
from agent_desk.administration.leaving import Leaving
from agent_desk.administration.people import People
from agent_desk.administration.prompts import Prompts
from agent_desk.administration.queues import Queues
from agent_desk.administration.seats import Seats
from agent_desk.administration.tokens import Tokens
from agent_desk.administration.unit_views import UnitViews
from agent_desk.administration.units import Units
from agent_desk.hub import Hub
from agent_desk.parts import Parts


@dataclass(frozen=True, slots=True)
class Administration:
    """Its parts; ``leaving`` has a task of its own."""

    leaving: Leaving
    people: People
    seats: Seats
    queues: Queues
    units: Units
    unit_views: UnitViews
    channels: Channels
    tokens: Tokens
    areas: Areas
    days: Days
    prompts: Prompts
    audits: Audits


def administration(parts: Parts, accounts: Accounts, hub: Hub) -> Administration:
    """Administration on ``parts``, following the ends of calls."""
    rows = (parts.database, parts.clock)
    leaving = Leaving(parts.database, parts.telephony)
    leaving.subscribe(parts.bus)
    return Administration(
        leaving=leaving,
        people=People(*rows, accounts, hub, leaving),
        seats=Seats(*rows, parts.telephony),
        queues=Queues(*rows, parts.telephony),
        units=Units(*rows),
        unit_views=UnitViews(*rows, hub.pages_of_unit),
        channels=Channels(*rows, parts.telephony, parts.watch, loopback=parts.webhook_loopback),
        tokens=Tokens(*rows),
        areas=Areas(*rows),
        days=Days(*rows),
        prompts=Prompts(*rows, parts.prompts),
        audits=Audits(parts.database),
    )

"""A morning in an invented county: people, waiting callers, orders of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from models.events import TranscriptGrew
from models.kinds import Device, LegRole, Role
from models.tables import AgentSession, LinkageUnit, Seat, User
from models.telephony_tables import CallBack, CallBackKind, CallerMark
from models.transitions import SYSTEM, advance
from tests.support import page_calls
from tests.support.page_desk import PageDesk, Site
from tests.support.page_words import FIRE, PIPE, SUBSIDY, Matter
from yihu.centre import ensure_centre
from yihu.site_tables import read_site
from yihu.sites import load_site

PASSWORD = "right-password-of-all"
SEATS = {"zuoxi01": "seat01", "zuoxi02": "seat02", "zuoxi11": "seat11", "zuoxi12": "seat12"}
UNITS = ("xiaofang", "jijiu", "gongan", "gongshui", "gongdian", "chengguan")


@dataclass
class World:
    """The ids of what the rows hold. ``zuoxi01`` at seat01 is free and of 110, ``zuoxi11`` at
    seat11 of 96345; both are signed in with a telephone. ``zuoxi03`` sits nowhere."""

    desk: PageDesk
    users: dict[str, UUID] = field(default_factory=dict)
    units: dict[str, UUID] = field(default_factory=dict)
    agents: dict[str, UUID] = field(default_factory=dict)
    orders: dict[str, UUID] = field(default_factory=dict)
    calls: dict[str, UUID] = field(default_factory=dict)

    def ring(self, username: str, matter: Matter = FIRE, number: str = "13800001234") -> UUID:
        """A caller rings at somebody's seat; the call's id."""

        async def there(site: Site) -> UUID:
            return await page_calls.ring(site, self.agents[username], matter, number)

        return self.desk.run(there)

    def answer(self, username: str, call_id: UUID) -> UUID:
        """The seat takes the call; the id of its order."""

        async def there(site: Site) -> UUID:
            return await page_calls.answer(site, self.agents[username], call_id)

        return self.desk.run(there)

    def says(self, call_id: UUID, text: str, role: LegRole = LegRole.CALLER) -> UUID:
        """A finished sentence is stored; the utterance's id."""

        async def there(site: Site) -> UUID:
            return await page_calls.says(site, call_id, text, role)

        return self.desk.run(there)

    def speaking(self, call_id: UUID, text: str) -> None:
        """The caller's words so far, not stored yet."""

        async def there(site: Site) -> None:
            words = TranscriptGrew(call_id, call_id, LegRole.CALLER, 10_000, text)
            await site.database.bus.publish(words)

        self.desk.run(there)

    def suggests(self, call_id: UUID, payload: Mapping[str, Any]) -> None:
        """The machine suggests something of a call; its draft is filled."""

        async def there(site: Site) -> None:
            await page_calls.suggests(site, call_id, payload)

        self.desk.run(there)

    def takes(
        self, username: str, matter: Matter, number: str = "13800001234"
    ) -> tuple[UUID, UUID]:
        """A whole call up to its filled draft: (call, order)."""
        call_id = self.ring(username, matter, number)
        order_id = self.answer(username, call_id)
        for text in matter.said:
            self.says(call_id, text)
        self.suggests(call_id, matter.suggestion)
        return call_id, order_id

    def many_units(self, order_id: UUID, count: int) -> None:
        """Somebody chooses many units for an order."""

        async def there(site: Site) -> None:
            order = await page_calls.order_of(site, order_id)
            chosen = [str(unit) for code, unit in sorted(self.units.items())][:count]
            actor = order.owner_id
            assert actor is not None
            await site.orders.edit(order_id, actor, order.version, {"unit_ids": chosen})

        self.desk.run(there)

    def edits(self, username: str, order_id: UUID, **fields: Any) -> None:
        """Somebody changes fields of an order, having seen its newest state."""

        async def there(site: Site) -> None:
            order = await page_calls.order_of(site, order_id)
            await site.orders.edit(order_id, self.users[username], order.version, fields)

        self.desk.run(there)

    def field(self, order_id: UUID, name: str) -> Any:
        """A field of an order as its row has it."""

        async def there(site: Site) -> Any:
            return (await page_calls.order_of(site, order_id)).fields.get(name)

        return self.desk.run(there)

    def hangs_up(self, username: str, call_id: UUID) -> None:
        """The caller hangs up; the seat is in wrap-up."""

        async def there(site: Site) -> None:
            await page_calls.hang_up(site, self.agents[username], call_id)

        self.desk.run(there)

    def ready(self, username: str) -> None:
        """The seat is free again, whatever it did; its caller has hung up."""

        async def there(site: Site) -> None:
            agent_id = self.agents[username]
            async with site.database.reading() as session:
                agent = await session.get_one(AgentSession, agent_id)
            if agent.status in ("ringing", "on_call"):
                assert agent.call_id is not None
                if agent.status == "ringing":
                    await page_calls.answer(site, agent_id, agent.call_id)
                await page_calls.hang_up(site, agent_id, agent.call_id)
            if agent.status != "ready":
                await page_calls.be_ready(site, agent_id)

        self.desk.run(there)


def fill(desk: PageDesk) -> World:
    """Store the county and its morning."""
    world = World(desk)

    async def there(site: Site) -> None:
        await _people(site, world, desk.folder)
        await _orders(site, world)
        await _hall(site, world)

    desk.run(there)
    return world


async def _people(site: Site, world: World, folder: Path) -> None:
    county = read_site("qingyuan")
    await ensure_centre(site.database)
    await load_site(site.database, county, folder / "gazetteer.csv")
    async with site.database.writing() as work:
        found = {unit.code: unit.id for unit in await work.session.scalars(select(LinkageUnit))}
        world.units.update(found)
        people: list[tuple[str, str, Role, UUID | None]] = [
            ("banzhang", "演示班长", Role.SUPERVISOR, None),
            ("admin", "演示管理员", Role.ADMINISTRATOR, None),
            *((name, f"演示座席{name[-2:]}", Role.SEAT, None) for name in (*SEATS, "zuoxi03")),
            *((code, f"{code}值班员", Role.UNIT, found[code]) for code in UNITS),
        ]
        password_hash = site.parts.password_hasher.hash(PASSWORD)
        now = site.clock.now()
        for username, shown, role, unit_id in people:
            user = User(
                username=username,
                display_name=shown,
                password_hash=password_hash,
                role=role,
                unit_id=unit_id,
                created_at=now,
            )
            work.session.add(user)
            world.users[username] = user.id
        seats = {seat.code: seat.id for seat in await work.session.scalars(select(Seat))}
        for username, code in SEATS.items():
            agent = AgentSession(
                user_id=world.users[username],
                seat_id=seats[code],
                device=Device.PHONE,
                status_since=now,
                signed_in_at=now,
            )
            work.session.add(agent)
            advance(work.session, agent, "sign_in", actor=SYSTEM, at=now)
            world.agents[username] = agent.id


@dataclass(frozen=True)
class _Plan:
    """An order of the morning: how long ago, at which units, how far it has come."""

    key: str
    by: str
    matter: Matter
    minutes: int
    units: Sequence[str]
    steps: Sequence[tuple[str, str]] = ()
    end: str = ""


PLANS = (
    _Plan("closed", "zuoxi11", PIPE, 170, ("gongshui",), (("gongshui", "feed_back"),), "close"),
    _Plan("answered", "zuoxi11", SUBSIDY, 130, (), (), "answer"),
    _Plan("checked", "zuoxi11", PIPE, 95, ("gongshui",), (("gongshui", "feed_back"),)),
    _Plan("late", "zuoxi01", FIRE, 55, ("xiaofang", "jijiu"), (("jijiu", "receive"),)),
    _Plan("red", "zuoxi11", PIPE, 12, ("chengguan",)),
    _Plan(
        "lamps",
        "zuoxi01",
        FIRE,
        9,
        ("xiaofang", "jijiu", "gongan"),
        (("xiaofang", "receive"), ("xiaofang", "arrive"), ("gongan", "feed_back")),
    ),
)
ANSWERED = "凭身份证和户口簿到户籍所在地的村（社区）或乡镇民政窗口申请，七个工作日内办结。"


async def _orders(site: Site, world: World) -> None:
    for number, plan in enumerate(PLANS):
        site.clock.back = timedelta(minutes=plan.minutes)
        agent, actor = world.agents[plan.by], world.users[plan.by]
        call_id = await page_calls.ring(site, agent, plan.matter, f"1390000{number:04d}")
        order_id = await page_calls.answer(site, agent, call_id)
        for text in plan.matter.said:
            await page_calls.says(site, call_id, text, LegRole.CALLER)
        await page_calls.suggests(site, call_id, plan.matter.suggestion)
        await page_calls.hang_up(site, agent, call_id)
        await page_calls.be_ready(site, agent)
        if plan.units:
            wanted = [world.units[code] for code in plan.units]
            order = await page_calls.order_of(site, order_id)
            await site.orders.send(order_id, actor, order.version, wanted, even_off_duty=True)
        for code, step in plan.steps:
            await page_calls.unit_does(site, order_id, world.units[code], world.users[code], step)
        order = await page_calls.order_of(site, order_id)
        if plan.end == "close":
            await site.orders.close(order_id, actor, order.version)
        elif plan.end == "answer":
            await site.orders.answer(order_id, actor, order.version, ANSWERED)
        world.orders[plan.key], world.calls[plan.key] = order_id, call_id
    site.clock.back = timedelta()


async def _hall(site: Site, world: World) -> None:
    """Two callers wait, somebody has to be called back, one seat is in wrap-up."""
    now = site.clock.now()
    async with site.database.writing() as work:
        for seconds, queue, number in ((75, "96345", "13700000001"), (20, "96345", "13700000002")):
            call = page_calls.a_call(number, queue, now - timedelta(seconds=seconds))
            work.session.add(call)
            advance(work.session, call, "queue", actor=SYSTEM, at=call.received_at)
            call.queued_at = call.received_at
        for minutes, kind in ((42, CallBackKind.MISSED), (7, CallBackKind.CUT_OFF)):
            at = now - timedelta(minutes=minutes)
            missed = page_calls.a_call(f"1360000{minutes:04d}", "110", at)
            work.session.add(missed)
            advance(work.session, missed, "hang_up", actor=SYSTEM, at=at)
            missed.ended_at = at
            work.session.add(
                CallBack(
                    call_id=missed.id,
                    queue_code="110",
                    number=missed.caller_number,
                    kind=kind,
                    created_at=at,
                )
            )
        work.session.add(
            CallerMark(
                number="13800001234",
                kind="vulnerable",
                note="独居老人，听力不好，请放慢语速。",
                user_id=world.users["banzhang"],
                created_at=now - timedelta(days=3),
            )
        )
    agent = world.agents["zuoxi12"]
    call_id = await page_calls.ring(site, agent, PIPE, "13500000001")
    await page_calls.answer(site, agent, call_id)
    await page_calls.hang_up(site, agent, call_id)

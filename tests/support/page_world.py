"""A morning in an invented county: people, waiting callers, orders of every kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from models.events import (
    AgentStateChanged,
    CallAnswered,
    CallChanged,
    CallEnded,
    CallReceived,
    SuggestionChanged,
    TranscriptGrew,
    UtteranceStored,
)
from models.kinds import Device, LegRole, Role
from models.order_tables import DispatchOrder, WorkOrder
from models.tables import AgentSession, Call, CallSuggestion, LinkageUnit, Seat, User, Utterance
from models.telephony_tables import CallBack, CallBackKind, CallerMark
from models.transitions import SYSTEM, advance
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
            return await _ring(site, self.agents[username], matter, number)

        return self.desk.run(there)

    def answer(self, username: str, call_id: UUID) -> UUID:
        """The seat takes the call; the id of its order."""

        async def there(site: Site) -> UUID:
            return await _answer(site, self.agents[username], call_id)

        return self.desk.run(there)

    def says(self, call_id: UUID, text: str, role: LegRole = LegRole.CALLER) -> UUID:
        """A finished sentence is stored; the utterance's id."""

        async def there(site: Site) -> UUID:
            return await _says(site, call_id, text, role)

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
            await _suggests(site, call_id, payload)

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
            order = await _order(site, order_id)
            chosen = [str(unit) for code, unit in sorted(self.units.items())][:count]
            actor = order.owner_id
            assert actor is not None
            await site.orders.edit(order_id, actor, order.version, {"unit_ids": chosen})

        self.desk.run(there)

    def edits(self, username: str, order_id: UUID, **fields: Any) -> None:
        """Somebody changes fields of an order, having seen its newest state."""

        async def there(site: Site) -> None:
            order = await _order(site, order_id)
            await site.orders.edit(order_id, self.users[username], order.version, fields)

        self.desk.run(there)

    def field(self, order_id: UUID, name: str) -> Any:
        """A field of an order as its row has it."""

        async def there(site: Site) -> Any:
            return (await _order(site, order_id)).fields.get(name)

        return self.desk.run(there)

    def hangs_up(self, username: str, call_id: UUID) -> None:
        """The caller hangs up; the seat is in wrap-up."""

        async def there(site: Site) -> None:
            await _hang_up(site, self.agents[username], call_id)

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
                    await _answer(site, agent_id, agent.call_id)
                await _hang_up(site, agent_id, agent.call_id)
            if agent.status != "ready":
                await _be_ready(site, agent_id)

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
DONE = "现场已处置完毕，管道已修复并恢复供水，路面已清理，请回访确认。"
ANSWERED = "凭身份证和户口簿到户籍所在地的村（社区）或乡镇民政窗口申请，七个工作日内办结。"


async def _orders(site: Site, world: World) -> None:
    for number, plan in enumerate(PLANS):
        site.clock.back = timedelta(minutes=plan.minutes)
        agent, actor = world.agents[plan.by], world.users[plan.by]
        call_id = await _ring(site, agent, plan.matter, f"1390000{number:04d}")
        order_id = await _answer(site, agent, call_id)
        for text in plan.matter.said:
            await _says(site, call_id, text, LegRole.CALLER)
        await _suggests(site, call_id, plan.matter.suggestion)
        await _hang_up(site, agent, call_id)
        await _be_ready(site, agent)
        if plan.units:
            wanted = [world.units[code] for code in plan.units]
            order = await _order(site, order_id)
            await site.orders.send(order_id, actor, order.version, wanted, even_off_duty=True)
        for code, step in plan.steps:
            await _unit_does(site, order_id, world.units[code], world.users[code], step)
        order = await _order(site, order_id)
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
            call = _a_call(number, queue, now - timedelta(seconds=seconds))
            work.session.add(call)
            advance(work.session, call, "queue", actor=SYSTEM, at=call.received_at)
            call.queued_at = call.received_at
        for minutes, kind in ((42, CallBackKind.MISSED), (7, CallBackKind.CUT_OFF)):
            at = now - timedelta(minutes=minutes)
            missed = _a_call(f"1360000{minutes:04d}", "110", at)
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
    call_id = await _ring(site, agent, PIPE, "13500000001")
    await _answer(site, agent, call_id)
    await _hang_up(site, agent, call_id)


def _a_call(number: str, queue: str, at: Any) -> Call:
    return Call(
        queue_code=queue,
        dialled=queue,
        caller_number=number,
        channel=f"PJSIP/trunk-{uuid4()}",
        received_at=at,
        speech="live",
    )


async def _ring(site: Site, agent_id: UUID, matter: Matter, number: str) -> UUID:
    now = site.clock.now()
    async with site.database.writing() as work:
        call = _a_call(number, matter.queue, now)
        work.session.add(call)
        agent = await work.session.get_one(AgentSession, agent_id)
        for trigger in ("queue", "ring"):
            advance(work.session, call, trigger, actor=SYSTEM, at=now)
        call.queued_at = now
        advance(work.session, agent, "ring", actor=SYSTEM, at=now)
        agent.call_id, agent.status_since = call.id, now
        for notice in (CallReceived(call.id), CallChanged(call.id), AgentStateChanged(agent.id)):
            work.emit(notice)
    return call.id


async def _answer(site: Site, agent_id: UUID, call_id: UUID) -> UUID:
    now = site.clock.now()
    async with site.database.writing() as work:
        call = await work.session.get_one(Call, call_id)
        agent = await work.session.get_one(AgentSession, agent_id)
        advance(work.session, call, "answer", actor=SYSTEM, at=now)
        advance(work.session, agent, "answer", actor=SYSTEM, at=now)
        agent.status_since = now
        call.agent_session_id, call.answered_at = agent.id, now
        work.emit(CallAnswered(call.id, agent.id))
        work.emit(AgentStateChanged(agent.id))
    return (await site.orders.open_draft(call_id)).id


async def _says(site: Site, call_id: UUID, text: str, role: LegRole) -> UUID:
    async with site.database.writing() as work:
        call = await work.session.get_one(Call, call_id)
        spoken = await work.session.scalars(select(Utterance).where(Utterance.call_id == call_id))
        number = len(list(spoken))
        row = Utterance(
            call_id=call.id,
            role=role,
            stream_id=call_id if role is LegRole.CALLER else uuid4(),
            sequence=number,
            text=text,
            raw_text=text,
            words=[],
            start_ms=number * 4000,
            end_ms=number * 4000 + 3500,
            call_ms=number * 4000,
            confidence=0.92,
            engine="test",
            created_at=site.clock.now(),
        )
        work.session.add(row)
        work.emit(UtteranceStored(call_id, row.id))
    return row.id


async def _suggests(site: Site, call_id: UUID, payload: Mapping[str, Any]) -> None:
    async with site.database.writing() as work:
        await work.session.merge(
            CallSuggestion(
                call_id=call_id,
                payload=dict(payload),
                model_version="recorded",
                updated_at=site.clock.now(),
            )
        )
        work.emit(SuggestionChanged(call_id))


async def _hang_up(site: Site, agent_id: UUID, call_id: UUID) -> None:
    now = site.clock.now()
    async with site.database.writing() as work:
        call = await work.session.get_one(Call, call_id)
        agent = await work.session.get_one(AgentSession, agent_id)
        advance(work.session, call, "hang_up", actor=SYSTEM, at=now)
        advance(work.session, agent, "hang_up", actor=SYSTEM, at=now)
        call.ended_at, agent.status_since = now, now
        work.emit(CallEnded(call.id))
        work.emit(AgentStateChanged(agent.id))


async def _be_ready(site: Site, agent_id: UUID) -> None:
    async with site.database.writing() as work:
        agent = await work.session.get_one(AgentSession, agent_id)
        advance(work.session, agent, "ready", actor=SYSTEM, at=site.clock.now())
        agent.call_id, agent.status_since = None, site.clock.now()
        work.emit(AgentStateChanged(agent.id))


async def _order(site: Site, order_id: UUID) -> WorkOrder:
    async with site.database.reading() as session:
        return await session.get_one(WorkOrder, order_id)


async def _unit_does(site: Site, order_id: UUID, unit_id: UUID, actor: UUID, step: str) -> None:
    async with site.database.reading() as session:
        item = await session.scalar(
            select(DispatchOrder.id).where(
                DispatchOrder.work_order_id == order_id, DispatchOrder.unit_id == unit_id
            )
        )
    assert item is not None
    if step == "receive":
        await site.orders.receive(item, unit_id=unit_id, actor_id=actor)
    elif step == "arrive":
        await site.orders.arrive(item, unit_id=unit_id, actor_id=actor)
    else:
        await site.orders.receive(item, unit_id=unit_id, actor_id=actor)
        await site.orders.feed_back(item, unit_id=unit_id, actor_id=actor, text=DONE)

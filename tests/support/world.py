"""A small centre to test orders in: people, units, and calls that say something."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from dispatch import repository
from dispatch.orders import Orders
from models.clock import ManualClock
from models.database import Database
from models.events import DispatchOrderChanged, Event, WorkOrderChanged
from models.kinds import Device, LegRole, Role
from models.order_tables import WorkOrder
from models.states import AgentState, CallStatus
from models.tables import (
    AgentSession,
    Call,
    CallSuggestion,
    LinkageUnit,
    Queue,
    Seat,
    Transition,
    User,
)
from tests.support.spoken import utterance

BURST_PIPE: dict[str, Any] = {
    "emergency": {"label": "non_emergency", "p": 0.03},
    "level": "三级",
    "category": {"name": "供水管道破裂", "p": 0.93, "code": "W01"},
    "alternatives": [],
    "units": [{"name": "供水", "p": 0.93}],
    "abstain": False,
    "reasons": ["自来水管", "破裂"],
    "slots": {
        "address": {
            "text": "南苑小区12栋",
            "parts": {"compound": "南苑小区", "building": "12栋"},
            "p": 0.9,
            "source": "南苑小区十二栋",
            "read_back": "",
        }
    },
    "model_version": "test",
}


@dataclass(slots=True)
class World:
    """The centre's rows, and the events that were published."""

    database: Database
    clock: ManualClock
    orders: Orders
    seat_user: User
    other_user: User
    supervisor: User
    water: LinkageUnit
    water_far: LinkageUnit
    fire: LinkageUnit
    closed_unit: LinkageUnit
    agent: AgentSession
    events: list[Event]

    async def call(
        self, status: CallStatus = CallStatus.QUEUED, number: str = "13800000001"
    ) -> Call:
        """A call; an answered one was taken by ``seat_user``."""
        answered = status in (CallStatus.ANSWERED, CallStatus.ENDED)
        made = Call(
            queue_code="110",
            dialled="110",
            caller_number=number,
            channel=f"PJSIP/{uuid4()}",
            status=status,
            received_at=self.clock.now(),
            agent_session_id=self.agent.id if answered else None,
        )
        async with self.database.writing() as work:
            work.session.add(made)
        return made

    async def set_call(self, call_id: UUID, **values: Any) -> None:
        async with self.database.writing() as work:
            row = await repository.call(work.session, call_id)
            for name, value in values.items():
                setattr(row, name, value)

    async def say(self, call: Call, text: str, role: LegRole = LegRole.CALLER) -> None:
        async with self.database.writing() as work:
            spoken = await repository.caller_utterances(work.session, call.id)
            work.session.add(
                utterance(
                    call.id,
                    text,
                    self.clock.now(),
                    role=role,
                    stream_id=call.id if role is LegRole.CALLER else uuid4(),
                    sequence=len(spoken),
                    end_ms=1000,
                )
            )

    async def suggest(self, call: Call, payload: dict[str, Any]) -> None:
        async with self.database.writing() as work:
            await work.session.merge(
                CallSuggestion(
                    call_id=call.id,
                    payload=payload,
                    model_version="test",
                    updated_at=self.clock.now(),
                )
            )

    async def draft(self) -> WorkOrder:
        """The draft of an answered call in which a burst pipe was reported."""
        call = await self.call(CallStatus.ANSWERED)
        order = await self.orders.open_draft(call.id)
        await self.say(call, "自来水管破裂了")
        await self.suggest(call, BURST_PIPE)
        await self.orders.apply_suggestion(call.id)
        return await self.order(order.id)

    async def suggest_again(self, order: WorkOrder, level: str = "四级") -> None:
        """A new suggestion that differs in the level, applied."""
        async with self.database.reading() as session:
            call = await repository.call(session, order.call_id or order.id)
        await self.suggest(call, BURST_PIPE | {"level": level})
        await self.orders.apply_suggestion(call.id)

    async def order(self, work_order_id: UUID) -> WorkOrder:
        async with self.database.reading() as session:
            return await repository.order(session, work_order_id)

    async def trail(self, entity_id: UUID) -> list[str]:
        """The triggers that moved a row, in order."""
        query = select(Transition.trigger).where(Transition.entity_id == entity_id)
        async with self.database.reading() as session:
            return list((await session.scalars(query.order_by(Transition.id))).all())


async def build_world(database: Database, clock: ManualClock) -> World:
    """Fill an empty database and follow what is published about orders."""

    def user(name: str, role: Role, unit: LinkageUnit | None = None) -> User:
        return User(
            username=name,
            display_name=name,
            password_hash="-",
            role=role,
            unit_id=unit.id if unit else None,
            created_at=clock.now(),
        )

    water = LinkageUnit(code="U1", name="演示水务公司", kind="供水", tier=1)
    far = LinkageUnit(code="U2", name="演示北乡水厂", kind="供水", tier=2, area="北乡镇")
    fire = LinkageUnit(code="U3", name="演示消防救援站", kind="消防", tier=1)
    shut = LinkageUnit(code="U0", name="演示旧水厂", kind="供水", tier=1, active=False)
    one, two = user("one", Role.SEAT), user("two", Role.SEAT)
    boss = user("boss", Role.SUPERVISOR)
    seat = Seat(code="8001", name="1号席", queue_codes=["110"], sip_secret="-")
    agent = AgentSession(
        user_id=one.id,
        seat_id=seat.id,
        device=Device.WEB,
        status=AgentState.READY,
        status_since=clock.now(),
        signed_in_at=clock.now(),
    )
    rows = [agent, seat, one, two, boss, water, far, fire, shut]
    async with database.writing() as work:
        work.session.add_all([*rows, Queue(code="110", name="报警", emergency=True)])
    events: list[Event] = []

    async def follow(event: Event) -> None:
        events.append(event)

    database.bus.subscribe(WorkOrderChanged, follow)
    database.bus.subscribe(DispatchOrderChanged, follow)
    return World(
        database=database,
        clock=clock,
        orders=Orders(database, clock),
        seat_user=one,
        other_user=two,
        supervisor=boss,
        water=water,
        water_far=far,
        fire=fire,
        closed_unit=shut,
        agent=agent,
        events=events,
    )

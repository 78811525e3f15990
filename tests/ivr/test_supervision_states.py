"""What a supervisor does to seats and calls, on real Asterisk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from dispatch.orders import Orders
from dispatch.service import subscribe
from ivr.asterisk import AsteriskConfig
from ivr.beside import Mode
from ivr.hand_over_targets import Target
from models.clock import SystemClock
from models.database import Database
from models.errors import Conflict, NotFound
from models.order_tables import WorkOrder
from models.states import AgentState
from models.telephony_tables import HandOverKind
from tests.support.asterisk import asterisk_config, eventually
from tests.support.hall import AGENT, CALLER, LEAD, OTHER, TONES, hall, hall_config
from tests.support.ports import port_base
from yihu.simulate.phone import PhoneState

pytestmark = pytest.mark.asterisk


@pytest.fixture
def config(tmp_path: Path) -> Iterator[AsteriskConfig]:
    with port_base() as base:
        made = asterisk_config(tmp_path, base, ring_seconds=20, wrap_up_guard_seconds=1)
        yield replace(made, **hall_config(made))  # type: ignore[arg-type]  # its own fields


async def test_a_call_goes_on_where_a_seat_is_taken_away_while_it_rings(
    config: AsteriskConfig, database: Database, real_clock: SystemClock, tmp_path: Path
) -> None:
    async with hall(config, database, real_clock, tmp_path) as here:
        desk, people, forced = here.desk, here.people, here.desk.telephony.forced_states
        boss = people["boss"].id
        for code in (AGENT, OTHER):
            here.phones[code].answer_after = None
        await here.call_comes("ringing")
        agent = await desk.agent_becomes(people["agent"], "ringing")
        await forced.pause(agent.id, "临时谈话", boss)
        row = await desk.agent_becomes(people["agent"], "paused")
        assert (row.pause_reason, row.call_id) == ("临时谈话", None)
        await here.phones[AGENT].wait_for(PhoneState.IDLE, within=30)
        await desk.paused_becomes(
            f"PJSIP/{AGENT}", {("110", True, "临时谈话"), ("96345", True, "临时谈话")}
        )
        await here.sit("other", OTHER)
        other = await desk.agent_becomes(people["other"], "ringing")
        await forced.sign_out(other.id, boss)
        assert await desk.telephony.current_session(people["other"].id) is None
        await here.phones[OTHER].wait_for(PhoneState.IDLE, within=30)
        await desk.paused_becomes(f"PJSIP/{OTHER}", set())
        assert (await desk.call_becomes("queued")).ended_at is None
        here.phones[AGENT].answer_after = 0.1
        await forced.ready(agent.id, boss)
        call = await desk.call_becomes("answered")
        assert call.agent_session_id == agent.id
        with pytest.raises(Conflict, match="正在通话"):
            await forced.sign_out(agent.id, boss)
        await here.all_hear({CALLER: {700}, AGENT: {400}})
        assert await here.audits() == [(name, "agent") for name in ("pause", "sign_out", "ready")]


async def test_a_call_is_taken_with_its_order_and_the_seat_takes_the_next(
    config: AsteriskConfig, database: Database, real_clock: SystemClock, tmp_path: Path
) -> None:
    subscribe(database.bus, Orders(database, real_clock))
    async with hall(config, database, real_clock, tmp_path) as here:
        desk, people, supervision = here.desk, here.people, here.supervision
        boss, agent = people["boss"], people["agent"]
        await here.sit("boss", LEAD)
        with pytest.raises(NotFound):
            await supervision.take(boss.id, boss.id)
        # A first call, so that the queue has seen the seat complete one.
        first = await here.call_comes()
        here.phones[AGENT].hang_up()
        await desk.call_becomes("ended")
        with pytest.raises(Conflict, match="没有座席"):
            await supervision.take(boss.id, first.id)
        await desk.agent_becomes(agent, "wrap_up")
        await desk.telephony.set_ready(agent.id)

        call = await here.call_comes()
        await _owned_by(database, call.id, agent.id)
        await supervision.take(boss.id, call.id)
        await here.all_hear({CALLER: {1000}, LEAD: {400}})
        await _owned_by(database, call.id, boss.id)
        with pytest.raises(Conflict, match="通话中"):
            await supervision.take(boss.id, call.id)
        # The seat is free for the next caller while the one it gave away still talks.
        await desk.agent_becomes(agent, "wrap_up")
        await desk.telephony.set_ready(agent.id)
        second = await here.call_comes(caller=OTHER)
        assert (await desk.agent_becomes(agent, "on_call")).call_id == second.id
        here.phones[CALLER].hang_up()
        await desk.agent_becomes(boss, "wrap_up")
        assert (await desk.agent_becomes(agent, "on_call")).call_id == second.id
        here.phones[OTHER].hang_up()
        await desk.agent_becomes(agent, "wrap_up")


async def _owned_by(database: Database, call_id: UUID, user_id: UUID) -> None:
    async def owned() -> bool:
        async with database.reading() as session:
            query = select(WorkOrder.owner_id).where(WorkOrder.call_id == call_id)
            return list(await session.scalars(query)) == [user_id]

    await eventually(owned, "the order to be that person's")


async def test_a_supervisor_does_not_stay_behind_when_the_caller_is_given_away(
    config: AsteriskConfig, database: Database, real_clock: SystemClock, tmp_path: Path
) -> None:
    async with hall(config, database, real_clock, tmp_path) as here:
        desk, people = here.desk, here.people
        await here.sit("boss", LEAD)
        await here.sit("other", OTHER)
        call = await here.call_comes()
        agent = await desk.telephony.current_session(people["agent"].id)
        assert agent is not None
        if agent.status is not AgentState.ON_CALL:
            agent = await desk.agent_becomes(people["other"], "on_call")
        giver, taker = (AGENT, OTHER) if agent.user_id == people["agent"].id else (OTHER, AGENT)
        await here.supervision.supervise(people["boss"].id, agent.id, Mode.BARGE)
        await here.all_hear({CALLER: {TONES[giver], TONES[LEAD]}})
        await desk.telephony.hand_overs.begin(
            agent.user_id, call.id, HandOverKind.BLIND, Target(seat_code=taker)
        )
        await here.all_hear({CALLER: {TONES[taker]}, taker: {TONES[CALLER]}})
        await desk.agent_becomes(people["boss"], "ready")
        for code in (giver, LEAD):
            await here.phones[code].wait_for(PhoneState.IDLE, within=30)

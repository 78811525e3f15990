"""The Python side is killed and started again while ten callers are on the line."""

from __future__ import annotations

import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import anyio
import psutil
import pytest
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from ivr import repository
from ivr.agents import memberships
from ivr.ami import Ami
from ivr.asterisk import AMI_USER
from models.bus import InProcessBus
from models.clock import SystemClock
from models.database import Database
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg, Seat
from tests.e2e.conftest import Instance, launched
from tests.support.asterisk import eventually
from yihu.simulate.caller import CallOutcome, CallReport, place_call
from yihu.simulate.phone import Phone, PhoneState

pytestmark = pytest.mark.asterisk

SEATS = {"110": ("01", "02", "03"), "96345": ("11", "12", "13")}
CALLERS_EACH = 5
LONGEST_CALL = 240.0


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    yield from launched(
        tmp_path_factory.mktemp("restart"), YIHU_SPEECH_GRAPH="lazy", YIHU_KEEP_ASTERISK="true"
    )


@dataclass(slots=True)
class Watch:
    """Rows and Asterisk of one instance, both looked at from outside."""

    database: Database
    ami: Ami

    async def rows(self) -> tuple[set[Any], set[Any], set[Any]]:
        """(call, queue, whether it waits, the seat that talks), open legs, queue members."""
        async with self.database.reading() as session:
            calls = await repository.open_calls(session)
            agents = {agent.id: agent for agent in await _agents(session)}
            emergency = await repository.emergency_codes(session)
            ids = [call.id for call in calls]
            legs = list(await session.scalars(select(Leg).where(Leg.call_id.in_(ids))))
        return (
            {
                (
                    call.linkedid,
                    "" if call.status is CallStatus.ANSWERED else call.queue_code,
                    _interface(agents[call.agent_session_id]) if call.agent_session_id else "",
                )
                for call in calls
            },
            {leg.channel for leg in legs if leg.ended_at is None},
            {
                (queue, _interface(agent), penalty, agent.status is not AgentState.READY)
                for agent in agents.values()
                for queue, penalty in memberships(agent.seat, emergency).items()
            },
        )

    async def asterisk(self) -> tuple[set[Any], set[Any], set[Any]]:
        """The same as Asterisk has it."""
        queues = await self.ami.queue_status()
        channels = [c for c in await self.ami.channels() if c.channel.startswith("PJSIP/")]
        waiting = {caller.uniqueid: caller.queue for caller in queues.callers}
        seats = {c.bridge: c.channel.rpartition("-")[0] for c in channels if not _calls(c)}
        return (
            {
                (c.uniqueid, waiting.get(c.uniqueid, ""), seats.get(c.bridge, ""))
                for c in channels
                if _calls(c)
            },
            {c.channel for c in channels},
            {(m.queue, m.interface, m.penalty, m.paused) for m in queues.members},
        )

    async def agree(self) -> None:
        """Wait until rows and Asterisk say the same."""
        both: list[tuple[set[Any], set[Any], set[Any]]] = []

        async def check() -> bool:
            both[:] = [await self.rows(), await self.asterisk()]
            return both[0] == both[1]

        try:
            await eventually(check, "rows to equal Asterisk", 30)
        except AssertionError:
            assert both[0] == both[1]  # tells the difference

    async def count(self, status: str) -> int:
        async with self.database.reading() as session:
            return sum(call.status == status for call in await session.scalars(select(Call)))

    async def becomes(self, **wanted: int) -> None:
        """Wait until there are so many calls of each status."""

        async def check() -> bool:
            return {name: await self.count(name) for name in wanted} == wanted

        await eventually(check, f"calls to be {wanted}", 40)


def _calls(channel: Any) -> bool:
    return bool(channel.uniqueid == channel.linkedid)


def _interface(agent: AgentSession) -> str:
    return f"PJSIP/{agent.seat.code}"


async def _agents(session: Any) -> list[AgentSession]:
    query = select(AgentSession).where(AgentSession.signed_out_at.is_(None))
    return list(await session.scalars(query.options(selectinload(AgentSession.seat))))


@asynccontextmanager
async def watching(instance: Instance) -> AsyncIterator[Watch]:
    data = instance.folder / "data"
    secret = json.loads((data / "secrets.json").read_text())["ami"]
    clock = SystemClock()
    database = Database(f"sqlite+aiosqlite:///{data / 'yihu.sqlite3'}", InProcessBus(), clock)
    ami = Ami("127.0.0.1", instance.port_base + 2, AMI_USER, secret)

    async def ignore(event: object) -> None:
        pass

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ami.run, ignore)
            yield Watch(database, ami)
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await database.close()


async def telephone(instance: Instance, watch: Watch, number: str) -> Phone:
    """The telephone of a seat; it answers by itself."""
    async with watch.database.reading() as session:
        seat = await session.scalar(select(Seat).where(Seat.code == f"seat{number}"))
    assert seat is not None
    return Phone(
        sip_host="127.0.0.1",
        sip_port=instance.port_base + 1,
        username=seat.code,
        secret=seat.sip_secret,
        answer_after=0.2,
    )


async def call(instance: Instance, reports: list[CallReport], to: str, number: str) -> None:
    """A caller who stays until hung up on, or until the test is over."""
    report = await place_call(
        sip_host="127.0.0.1",
        sip_port=instance.port_base + 1,
        to=to,
        from_number=number,
        stay_seconds=LONGEST_CALL,
    )
    reports.append(report)


def _sign_in(instance: Instance, number: str) -> None:
    client = instance.client(f"zuoxi{number}")
    body = {"seat_code": f"seat{number}", "device": "phone"}
    answer = client.post("/api/agent-session", json=body)
    client.close()
    assert answer.status_code == 200, answer.text


def _make_ready(instance: Instance, number: str) -> None:
    client = instance.client(f"zuoxi{number}")
    answer = client.patch("/api/agent-session", json={"state": "ready"})
    client.close()
    assert answer.status_code == 200, answer.text


def _talking_pages(instance: Instance) -> set[str]:
    """The seats whose page shows the call they talk in."""
    shown = set()
    for number in (number for numbers in SEATS.values() for number in numbers):
        client = instance.client(f"zuoxi{number}")
        page = client.get("/api/desk").json()
        client.close()
        if page["agent"]["status"] == "on_call":
            assert page["workspace"]["call"]["id"] == page["agent"]["call_id"]
            shown.add(f"PJSIP/{page['agent']['seat_code']}")
    return shown


async def test_no_call_drops_when_python_is_killed_and_started_again(instance: Instance) -> None:
    reports: list[CallReport] = []

    async with watching(instance) as watch, anyio.create_task_group() as tasks:
        phones = {}
        for number in (number for numbers in SEATS.values() for number in numbers):
            phones[number] = await telephone(instance, watch, number)
            await tasks.start(phones[number].run)
            await anyio.to_thread.run_sync(_sign_in, instance, number)
        for position in range(CALLERS_EACH):
            for to in SEATS:
                tasks.start_soon(call, instance, reports, to, f"138000{to:0>5}{position}"[:11])
        await watch.becomes(answered=6, queued=4)
        await watch.agree()
        before, (_, legs, _) = await watch.rows(), await watch.asterisk()
        asterisk = instance.asterisk()
        assert asterisk is not None
        speech = instance.speech_process()

        instance.kill()
        psutil.wait_procs([speech], timeout=10)
        # Nobody's call notices: Asterisk is asked itself.
        calls, alive, _ = await watch.asterisk()
        assert alive == legs
        assert calls == before[0]
        assert {phone.state for phone in phones.values()} == {PhoneState.TALKING}

        # While nothing of Python is there, one caller is hung up on and another one comes.
        phones["11"].hang_up()
        await phones["11"].wait_for(PhoneState.IDLE, within=30)
        tasks.start_soon(call, instance, reports, "96345", "13800000099")

        async def comes() -> bool:
            return len([each for each in (await watch.asterisk())[0] if each[1]]) == 5

        await eventually(comes, "the new caller in the queue")

        await anyio.to_thread.run_sync(instance.start)
        assert instance.asterisk() == asterisk
        await watch.agree()
        await watch.becomes(answered=5, queued=5, ended=1)

        async def reported() -> bool:
            return len(reports) == 1

        await eventually(reported, "the caller who was hung up on to say so", 30)
        assert [p.state for p in phones.values()].count(PhoneState.TALKING) == 5
        after = await watch.rows()
        assert len(before[0] & after[0]) == 9
        pages = await anyio.to_thread.run_sync(_talking_pages, instance)
        assert pages == {seat for _, _, seat in after[0] if seat}

        # And it goes on: the seat wraps up and gets the next one.
        await anyio.to_thread.run_sync(_make_ready, instance, "11")
        await watch.becomes(answered=6, queued=4, ended=1)
        await watch.agree()
        tasks.cancel_scope.cancel()
    assert {report.outcome for report in reports} <= {
        CallOutcome.FAR_END_HUNG_UP,
        CallOutcome.COMPLETED,
    }


async def test_the_two_roles_apart_take_over_what_a_kept_asterisk_holds(
    instance: Instance,
) -> None:
    """SIGTERM with ``YIHU_KEEP_ASTERISK``, then Asterisk and centre as two processes."""
    reports: list[CallReport] = []
    assert instance.process is not None
    async with watching(instance) as watch, anyio.create_task_group() as tasks:
        await watch.becomes(answered=0, queued=0)
        phone = await telephone(instance, watch, "02")
        await tasks.start(phone.run)
        await anyio.to_thread.run_sync(_make_ready, instance, "02")
        for position in range(2):
            tasks.start_soon(call, instance, reports, "110", f"1390000000{position}")
        await watch.becomes(answered=1, queued=1)
        await watch.agree()
        before, asterisk = await watch.rows(), instance.asterisk()

        instance.process.send_signal(signal.SIGTERM)
        await anyio.to_thread.run_sync(instance.process.wait, 30)
        async with await anyio.open_process(
            instance.command("run", "--roles", "asterisk"),
            env=instance.env,
            stdout=None,
            stderr=None,
        ) as keeper:
            await anyio.to_thread.run_sync(instance.start, "--roles", "centre")
            await watch.agree()
            assert await watch.rows() == before
            instance.process.send_signal(signal.SIGINT)
            await anyio.to_thread.run_sync(instance.process.wait, 30)
            assert instance.asterisk() == asterisk
            assert keeper.returncode is None
            assert phone.state is PhoneState.TALKING
            assert reports == []
            keeper.send_signal(signal.SIGINT)
            await phone.wait_for(PhoneState.IDLE, within=30)
            with anyio.fail_after(30):
                await keeper.wait()
        assert instance.asterisk() is None
        tasks.cancel_scope.cancel()

"""Sixty callers at five a second for twenty seats: nobody is refused, forgotten or overtaken."""

from __future__ import annotations

import logging
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import anyio
import anyio.to_thread
import numpy as np
import pytest
from sqlalchemy import func, select

from ivr import prompts
from ivr.ami_wire import number, text
from ivr.asterisk import AsteriskConfig, QueueConf, SeatConf
from ivr.voice import Voice
from models.clock import ManualClock, SystemClock
from models.database import Database
from models.events import AgentStateChanged
from models.kinds import Device, LegRole, Role
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Leg, Queue, Seat
from models.tables import User as Person
from models.telephony_tables import CallBack, CallBackKind, Recording
from tests.support.asterisk import SEAT_SECRET, asterisk_config, eventually, running
from tests.support.figures import asterisk_counters
from tests.support.heard import LONGEST, RATE
from tests.support.lines import (
    CALLER_TONE,
    RING_SECONDS,
    SEAT_TONE,
    Heard,
    check_positions,
    heard,
    overtaken,
)
from tests.support.ports import port_base
from tests.support.sipp import Sipp, many_callers, many_seats
from tests.support.telephony import Desk, telephony_at
from yihu.simulate.audio import encode_alaw

pytestmark = pytest.mark.asterisk

log = logging.getLogger(__name__)

EMERGENCY, OTHER = "110", "96345"
SEATS = {
    EMERGENCY: [f"jing{place:02}" for place in range(1, 11)],
    OTHER: [f"min{place:02}" for place in range(1, 11)],
}
CODES = [code for codes in SEATS.values() for code in codes]
CALLS = [(f"138000000{place:02}", (EMERGENCY, OTHER)[place % 2]) for place in range(60)]
PER_SECOND = 5
TALK_SECONDS = 12.0
ANNOUNCE_SECONDS = 8
OFFER_SECONDS = 2.5 * ANNOUNCE_SECONDS  # until 96345's callers hear that they may be called back
GOAL_SECONDS = 15
LONGEST_SECONDS = 400  # for all calls, on the busiest machine


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path, models_dir: Path) -> Path:
    """All prompts, spoken now where the cache does not hold them."""
    folder = tmp_path_factory.mktemp("sounds")
    table, cache = prompts.Table.load(), cache_dir / "prompts"
    prompts.speak_missing(table, cache, lambda: Voice.load(models_dir), log.info, better=False)
    assert prompts.lay_out(table, cache, folder / "none", folder) == []
    return folder


@pytest.fixture
def config(tmp_path: Path, sounds: Path) -> Iterator[AsteriskConfig]:
    with port_base() as base:
        yield asterisk_config(
            tmp_path,
            base,
            sounds_dir=sounds,
            seats=tuple(SeatConf(code, code, SEAT_SECRET) for code in CODES),
            announce_seconds=ANNOUNCE_SECONDS,
            queues=(
                QueueConf("110", "报警", True, answer_goal_seconds=GOAL_SECONDS),
                QueueConf("96345", "便民", False, answer_goal_seconds=GOAL_SECONDS),
            ),
            wrap_up_guard_seconds=1,
        )


@pytest.fixture
async def agents(database: Database, clock: ManualClock) -> dict[str, Person]:
    """Whoever will sit at each seat."""
    made = {
        code: Person(
            username=code,
            display_name=code,
            password_hash="-",
            role=Role.SEAT,
            created_at=clock.now(),
        )
        for code in CODES
    }
    async with database.writing() as work:
        work.session.add(Queue(code=EMERGENCY, name="报警", emergency=True))
        work.session.add(Queue(code=OTHER, name="便民", emergency=False))
        work.session.add_all(made.values())
        for queue, codes in SEATS.items():
            for code in codes:
                work.session.add(
                    Seat(code=code, name=code, queue_codes=[queue], sip_secret=SEAT_SECRET)
                )
    return made


@asynccontextmanager
async def automatic(desk: Desk) -> AsyncIterator[None]:
    """Agents who are ready for the next caller as soon as they wrap up."""
    send, receive = anyio.create_memory_object_stream[UUID](1_000)

    async def note(event: AgentStateChanged) -> None:
        send.send_nowait(event.agent_session_id)

    async def work() -> None:
        async for session_id in receive:
            async with desk.database.reading() as session:
                agent = await session.get_one(AgentSession, session_id)
            if agent.status is AgentState.WRAP_UP:
                await desk.telephony.set_ready(agent.user_id)

    desk.database.bus.subscribe(AgentStateChanged, note)
    async with send, receive, anyio.create_task_group() as tasks:
        tasks.start_soon(work)
        yield
        tasks.cancel_scope.cancel()


async def check_seats(desk: Desk, phones: Sipp) -> None:
    """Never two calls at one seat: by the rows, and as the telephones saw it."""
    spans: dict[object, list[tuple[datetime, datetime]]] = defaultdict(list)
    async with desk.database.reading() as session:
        for leg in await session.scalars(select(Leg).where(Leg.role == LegRole.AGENT)):
            assert leg.ended_at is not None
            spans[leg.agent_session_id].append((leg.started_at, leg.ended_at))
    assert len(spans) == len(CODES)
    assert sum(map(len, spans.values())) == len(CALLS)
    for talks in spans.values():
        assert all(former[1] <= later[0] for former, later in pairwise(sorted(talks)))

    rung: dict[str, str] = {}
    times: dict[str, list[float]] = defaultdict(list)
    for message in phones.messages():
        if message.text.startswith("INVITE sip:"):
            rung[message.call_id] = message.text.removeprefix("INVITE sip:").partition("@")[0]
        times[message.call_id].append(message.at)
    assert len(rung) == len(CALLS)
    assert set(rung.values()) == set(CODES)
    for code in CODES:
        calls = sorted((times[each][0], times[each][-1]) for each in rung if rung[each] == code)
        assert all(former[1] <= later[0] for former, later in pairwise(calls)), code


def check_callers(callers: Sipp, code: int) -> None:
    """Every caller was answered with 200, and with nothing else."""
    assert code == 0, callers.errors()
    counts = callers.counts()
    assert (counts["SuccessfulCall(C)"], counts["FailedCall(C)"]) == (str(len(CALLS)), "0")
    answers = {
        (message.call_id, message.status)
        for message in callers.messages()
        if not message.sent and message.sequence.endswith("INVITE") and message.status >= 200
    }
    assert Counter(status for _, status in answers) == {200: len(CALLS)}


def lag(callers: Sipp, phones: Sipp, calls: list[Call]) -> float:
    """By how many seconds at most the rows came behind the telephones: on a busy machine what
    Asterisk tells waits to be handled."""
    dialled: dict[str, float] = {}
    for message in callers.messages():
        if message.sent and message.text.startswith("INVITE "):
            dialled.setdefault(message.call_id, message.at)
    lifted: dict[str, float] = {}
    for message in phones.messages():
        if message.sent and message.status == 200 and message.sequence.endswith("INVITE"):
            lifted.setdefault(message.call_id, message.at)
    assert len(dialled) == len(lifted) == len(calls)
    received = sorted(call.received_at.timestamp() for call in calls)
    answered = sorted(call.answered_at.timestamp() for call in calls if call.answered_at)
    behind = [row - true for row, true in zip(received, sorted(dialled.values()), strict=True)]
    behind += [row - true for row, true in zip(answered, sorted(lifted.values()), strict=True)]
    return max(behind)


async def seats_are_free(desk: Desk) -> None:
    """Wait until Asterisk would ring every seat again: it learns of a wrap-up's end after the
    row, and keeps a second's guard."""
    free = {EMERGENCY: [20, 20, 0], OTHER: [10, 10, 0]}

    async def check() -> bool:
        summary = {
            text(raw, "Queue"): [number(raw, key) for key in ("LoggedIn", "Available", "Callers")]
            for raw in await desk.ami.ask("QueueSummary", {}, listing=True)
            if text(raw, "Event") == "QueueSummary"
        }
        return summary == free

    await eventually(check, "every seat to be free", 60)


async def check_counters(
    desk: Desk, began: datetime, now: datetime, late: float
) -> dict[str, float]:
    """Rows and Asterisk count the same; the service level of each queue. The rows came ``late``
    seconds behind at most."""
    counted = await asterisk_counters(desk.ami)
    report = await desk.telephony.statistics.between(began, now)
    calls = await desk.calls()
    levels = {}
    for queue, figures in report.queues.items():
        of_queue = [call for call in calls if call.queue_code == queue]
        assert figures.offered == figures.answered == len(of_queue) == len(CALLS) // 2
        assert figures.abandoned == counted[queue].abandoned == counted[queue].waiting == 0
        assert counted[queue].completed == figures.answered
        # Asterisk counts whole seconds, and from the queue on.
        waits = [seconds(call) for call in of_queue]
        surely = sum(wait < GOAL_SECONDS - 1 - late for wait in waits)
        perhaps = sum(wait < GOAL_SECONDS + 3 + late for wait in waits)
        within = counted[queue].service_level / 100 * counted[queue].completed
        assert surely - 0.5 <= within <= perhaps + 0.5
        assert surely <= figures.answered_in_goal <= perhaps
        assert figures.service_level == figures.answered_in_goal / figures.offered
        levels[queue] = figures.service_level
    assert sum(agent.answered for agent in report.agents) == len(CALLS)
    return levels


def seconds(call: Call) -> float:
    """How long a caller waited, by the rows."""
    assert call.answered_at is not None
    return (call.answered_at - call.received_at).total_seconds()


async def waiting_agrees(desk: Desk) -> int:
    """Wait until rows and Asterisk hold the same callers in the same queues; how many."""
    agreed = 0

    async def check() -> bool:
        nonlocal agreed
        rows = {
            (call.linkedid, call.queue_code)
            for call in await desk.calls()
            if call.status in (CallStatus.QUEUED, CallStatus.RINGING)
        }
        held = {(c.uniqueid, c.queue) for c in (await desk.ami.queue_status()).callers}
        agreed = len(rows)
        return rows == held

    await eventually(check, "rows and Asterisk to hold the same callers", 300)
    return agreed


async def is_over(desk: Desk) -> bool:
    """Whether every call is ended and stored, and every seat ready."""
    async with desk.database.reading() as session:
        calls = select(func.count()).select_from(Call).where(Call.status == CallStatus.ENDED)
        stored = select(func.count()).select_from(Recording)
        ready = select(func.count()).where(AgentSession.status == AgentState.READY)
        found = [await session.scalar(query) for query in (calls, stored, ready)]
    return found == [len(CALLS), len(CALLS), len(CODES)]


async def test_sixty_callers_are_answered_in_their_order_told_their_places_and_recorded(
    config: AsteriskConfig,
    sounds: Path,
    database: Database,
    agents: dict[str, Person],
    real_clock: SystemClock,
    tmp_path: Path,
) -> None:
    for name, hertz in (("caller", CALLER_TONE), ("seat", SEAT_TONE)):
        wave = 8_000 * np.sin(2 * np.pi * hertz * np.arange(10 * RATE) / RATE)
        (tmp_path / f"{name}.alaw").write_bytes(encode_alaw(wave.astype(np.int16)))
    began = real_clock.now()
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        many_seats(
            config.sip_port,
            tmp_path / "seats",
            CODES,
            audio=tmp_path / "seat.alaw",
            ring_seconds=RING_SECONDS,
            talk_seconds=TALK_SECONDS,
        ) as phones,
        automatic(desk),
    ):
        for code, person in agents.items():
            await desk.telephony.sign_in(person, code, Device.PHONE)
        async with many_callers(
            config.sip_port,
            tmp_path / "callers",
            CALLS,
            audio=tmp_path / "caller.alaw",
            per_second=PER_SECOND,
            longest_seconds=LONGEST_SECONDS,
        ) as callers:

            async def all_there() -> bool:
                return len(await desk.calls()) == len(CALLS)

            await eventually(all_there, "all callers", 120)
            most = await waiting_agrees(desk)
            exit_code = await callers.ends(LONGEST_SECONDS + 20)
        check_callers(callers, exit_code)

        async def over() -> bool:
            return await is_over(desk)

        await eventually(over, "all calls to be ended and stored", 300)
        await seats_are_free(desk)
        await phones.stop()
        late = lag(callers, phones, await desk.calls())
        log.info("the rows came %.2f s behind at most", late)
        levels = await check_counters(desk, began, real_clock.now(), late)
        assert phones.counts()["SuccessfulCall(C)"] == str(len(CALLS)), phones.errors()
        await check_seats(desk, phones)

    for call in await desk.calls():
        assert call.agent_session_id is not None
        assert (await desk.trail(call.id))[-2:] == ["answered", "ended"]
        assert call.priority == 0
    async with database.reading() as session:
        # Nobody's words are written down here, so 110's callers count as silent; none is missed.
        kinds = set(await session.scalars(select(CallBack.kind)))
    assert kinds <= {CallBackKind.CUT_OFF}
    lines: dict[str, list[Heard]] = defaultdict(list)
    for each in await heard(desk, config, sounds, TALK_SECONDS):
        lines[each.call.dialled].append(each)
    for queue, line in lines.items():
        crossed = overtaken(line, lines[EMERGENCY] if queue != EMERGENCY else ())
        told, unclear = check_positions(line)
        offered = [each for each in line if each.offered]
        assert queue != EMERGENCY or not offered
        long = [each for each in line if each.answered - each.began > OFFER_SECONDS + LONGEST]
        assert queue == EMERGENCY or set(map(id, long)) <= set(map(id, offered))
        waits = np.array([seconds(each.call) for each in line])
        log.info(
            "%s: answered after %.1f s (p50), %.1f s (p95), %.1f s at most; %.0f %% within %d s; "
            "%d places told (%d unclear), %d offers to be called back, %d pairs not in order",
            queue,
            *np.percentile(waits, (50, 95, 100)),
            levels[queue] * 100,
            GOAL_SECONDS,
            told,
            unclear,
            len(offered),
            len(crossed),
        )
    log.info("%d callers waited when the last had come", most)

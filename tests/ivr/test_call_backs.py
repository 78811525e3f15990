"""Which callers must be called back, and what becomes of the entries."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from ivr.ami_events import DialplanNotice
from ivr.call_backs import CallBacks
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict, IllegalTransition, InvalidInput, NotFound, Unavailable
from models.events import CallAnswered, CallBackChanged, CallEnded, Event
from models.kinds import Device, Direction, SpeechState
from models.states import AgentState, CallStatus
from models.tables import AgentSession, Call, Seat, Transition
from models.telephony_states import CallBackStatus
from models.telephony_tables import CallBack, CallBackKind
from tests.support import both_databases
from tests.support.spoken import utterance
from tests.support.telephony import People

pytestmark = pytest.mark.integration

NUMBER = "13800000001"
database = both_databases.database  # on SQLite and PostgreSQL


async def no_calls() -> set[UUID]:
    """What the machine calls."""
    return set()


class Entries:
    """Call-backs on one database; ``placed`` holds the calls asked for."""

    def __init__(self, database: Database, clock: ManualClock, people: People) -> None:
        self.database = database
        self.clock = clock
        self.people = people
        self.placed: list[tuple[UUID, str]] = []
        self.refusal: Exception | None = None
        self.place: Callable[[UUID, str, UUID], Awaitable[None]] | None = None
        self.events: list[Event] = []
        self.call_backs = CallBacks(database, clock, self._place)
        self.call_backs.subscribe(database.bus)
        database.bus.subscribe(CallBackChanged, self._note)

    async def _note(self, event: Event) -> None:
        self.events.append(event)

    async def _place(self, user_id: UUID, number: str, call_back_id: UUID) -> None:
        if self.place is not None:
            await self.place(user_id, number, call_back_id)
        if self.refusal is not None:
            raise self.refusal
        self.placed.append((user_id, number))

    async def over(
        self,
        *,
        queue: str = "96345",
        number: str = NUMBER,
        status: CallStatus = CallStatus.ABANDONED,
        waited: float = 30,
        talked: float = 0,
        reason: str = "cause 16",
        speech: SpeechState = SpeechState.LIVE,
        words: str = "",
        direction: Direction = Direction.IN,
        tell: bool = True,
    ) -> Call:
        """A call that has just ended, of which the bus tells."""
        now = self.clock.now()
        answered = now - timedelta(seconds=talked) if status is CallStatus.ENDED else None
        received = now - timedelta(seconds=talked + waited)
        call = Call(
            queue_code=queue,
            dialled=queue,
            caller_number=number,
            channel=f"PJSIP/trunk-{uuid4()}",
            linkedid=str(uuid4()),
            status=status,
            speech=speech,
            received_at=received,
            queued_at=received,
            answered_at=answered,
            ended_at=now,
            end_reason=reason,
            direction=direction,
        )
        async with self.database.writing() as work:
            work.session.add(call)
            await work.session.flush()
            if words:
                work.session.add(utterance(call.id, words, now))
            if tell:
                work.emit(CallEnded(call.id))
        return call

    async def answered(self, number: str = NUMBER, direction: Direction = Direction.IN) -> Call:
        """A seat speaks with ``number``."""
        now = self.clock.now()
        call = Call(
            queue_code="96345",
            dialled="96345",
            caller_number=number,
            channel="PJSIP/trunk-2",
            status=CallStatus.ANSWERED,
            received_at=now,
            answered_at=now,
            direction=direction,
        )
        async with self.database.writing() as work:
            seat = (await work.session.scalars(select(Seat).where(Seat.code == "8001"))).one()
            agent = AgentSession(
                user_id=self.people.one.id,
                seat_id=seat.id,
                device=Device.PHONE,
                status=AgentState.ON_CALL,
                status_since=now,
                signed_in_at=now,
            )
            work.session.add_all([call, agent])
            await work.session.flush()
            work.emit(CallAnswered(call.id, agent.id))
        return call

    async def rows(self) -> list[CallBack]:
        async with self.database.reading() as session:
            return list(await session.scalars(select(CallBack).order_by(CallBack.created_at)))

    async def row(self) -> CallBack:
        (found,) = await self.rows()
        return found

    async def trail(self, entry: CallBack) -> list[tuple[str, str]]:
        async with self.database.reading() as session:
            query = select(Transition).where(Transition.entity_id == entry.id)
            found = await session.scalars(query.order_by(Transition.id))
            return [(move.trigger, move.actor) for move in found]


@pytest.fixture
def entries(database: Database, clock: ManualClock, people: People) -> Entries:
    return Entries(database, clock, people)


@pytest.mark.parametrize(("waited", "short"), [(9.9, True), (10.0, False), (40.0, False)])
async def test_an_abandoned_call_is_missed_and_a_short_one_marked(
    entries: Entries, waited: float, short: bool
) -> None:
    call = await entries.over(waited=waited)
    row = await entries.row()
    assert (row.call_id, row.number, row.queue_code) == (call.id, NUMBER, "96345")
    assert (row.kind, row.short, row.status) == (CallBackKind.MISSED, short, CallBackStatus.OPEN)
    assert entries.events == [CallBackChanged(row.id)]


async def test_one_call_has_one_entry(entries: Entries) -> None:
    call = await entries.over()
    await entries.call_backs.enter(call.id)
    await entries.call_backs.words_stored(call.id)
    await entries.call_backs.came_up(no_calls)
    assert len(await entries.rows()) == 1


@pytest.mark.parametrize(
    ("notice", "kind"),
    [("YihuPlace", CallBackKind.PLACE), ("YihuMessage", CallBackKind.MESSAGE)],
)
async def test_a_kept_place_and_a_message_are_told_by_the_dialplan(
    entries: Entries, notice: str, kind: CallBackKind
) -> None:
    now = entries.clock.now()
    call = Call(
        queue_code="96345",
        dialled="96345",
        caller_number=NUMBER,
        channel="PJSIP/trunk-1",
        linkedid="yihu-1.1",
        status=CallStatus.QUEUED,
        received_at=now,
        queued_at=now,
    )
    async with entries.database.writing() as work:
        work.session.add(call)
    for name, linkedid in (("YihuRating", "yihu-1.1"), (notice, "nobody"), (notice, "yihu-1.1")):
        await entries.call_backs.wished(DialplanNotice(name, "PJSIP/trunk-1", linkedid, "", ""))
    async with entries.database.writing() as work:
        row = await work.session.get_one(Call, call.id)
        row.status, row.ended_at = CallStatus.ABANDONED, now + timedelta(seconds=4)
        work.emit(CallEnded(call.id))
    entry = await entries.row()
    assert (entry.kind, entry.short) == (kind, False)
    assert entry.place_since == (now if kind is CallBackKind.PLACE else None)


@pytest.mark.parametrize(
    ("queue", "talked", "reason", "speech", "words", "cut_off"),
    [
        ("110", 9.0, "caller", SpeechState.LIVE, "救命", True),
        ("110", 9.0, "agent", SpeechState.LIVE, "打错了", False),
        ("110", 11.0, "caller", SpeechState.LIVE, "救命", False),
        ("110", 60.0, "agent", SpeechState.LIVE, "", True),
        ("110", 60.0, "caller", SpeechState.UNAVAILABLE, "", False),
        ("96345", 5.0, "caller", SpeechState.LIVE, "", False),
    ],
)
async def test_an_emergency_call_that_broke_off_or_was_silent_is_called_back(
    entries: Entries,
    queue: str,
    talked: float,
    reason: str,
    speech: SpeechState,
    words: str,
    cut_off: bool,
) -> None:
    call = await entries.over(
        queue=queue,
        status=CallStatus.ENDED,
        talked=talked,
        reason=reason,
        speech=speech,
        words=words,
    )
    await entries.call_backs.words_stored(call.id)
    assert [row.kind for row in await entries.rows()] == [CallBackKind.CUT_OFF] * cut_off


async def test_silence_counts_only_once_the_last_words_are_stored(entries: Entries) -> None:
    call = await entries.over(queue="110", status=CallStatus.ENDED, talked=60, words="")
    assert await entries.rows() == []
    async with entries.database.writing() as work:
        work.session.add(utterance(call.id, "救命", entries.clock.now()))
    await entries.call_backs.words_stored(call.id)
    assert await entries.rows() == []


async def test_whoever_rings_again_and_is_answered_needs_no_call(entries: Entries) -> None:
    await entries.over()
    await entries.over(number="13900000009")
    call = await entries.answered()
    mine, other = sorted(await entries.rows(), key=lambda row: row.number)
    assert (mine.status, mine.done_call_id) == (CallBackStatus.DONE, call.id)
    assert mine.user_id == entries.people.one.id
    assert await entries.trail(mine) == [("reached", "system")]
    assert other.status is CallBackStatus.OPEN


async def test_a_call_that_was_answered_before_the_missed_one_is_seen_makes_no_entry(
    entries: Entries,
) -> None:
    call = await entries.over(tell=False)
    await entries.answered()
    await entries.call_backs.enter(call.id)
    assert await entries.rows() == []


async def test_callers_without_a_number_are_not_mistaken_for_each_other(entries: Entries) -> None:
    await entries.over(number="")
    await entries.answered(number="")
    assert (await entries.row()).status is CallBackStatus.OPEN
    with pytest.raises(InvalidInput, match="未显示号码"):
        await entries.call_backs.call((await entries.row()).id, entries.people.one.id)
    assert (await entries.row()).status is CallBackStatus.OPEN


async def test_calling_back_reaches_the_caller_or_not(entries: Entries) -> None:
    await entries.over()
    entry, one, two = await entries.row(), entries.people.one.id, entries.people.two.id
    await entries.call_backs.call(entry.id, one)
    assert entries.placed == [(one, NUMBER)]
    row = await entries.row()
    assert (row.status, row.tries, row.user_id) == (CallBackStatus.CALLING, 1, one)
    with pytest.raises(IllegalTransition):
        await entries.call_backs.call(entry.id, two)
    with pytest.raises(Conflict, match="正在回拨"):
        await entries.call_backs.close(entry.id, two, "已处理")

    await entries.over(direction=Direction.OUT)
    assert (await entries.row()).status is CallBackStatus.OPEN
    await entries.call_backs.call(entry.id, two)
    call = await entries.answered(direction=Direction.OUT)
    row = await entries.row()
    assert (row.status, row.tries, row.done_call_id) == (CallBackStatus.DONE, 2, call.id)
    assert [trigger for trigger, _ in await entries.trail(entry)] == [
        "call_back",
        "not_reached",
        "call_back",
        "reached",
    ]
    with pytest.raises(IllegalTransition):
        await entries.call_backs.call(entry.id, one)


async def test_a_call_that_cannot_be_placed_leaves_the_entry_as_it_was(entries: Entries) -> None:
    await entries.over()
    entry = await entries.row()
    entries.refusal = Unavailable("外呼线路暂不可用，请稍后重试。")
    with pytest.raises(Unavailable):
        await entries.call_backs.call(entry.id, entries.people.one.id)
    row = await entries.row()
    assert (row.status, row.tries) == (CallBackStatus.OPEN, 0)


async def test_an_entry_is_closed_with_a_reason(entries: Entries) -> None:
    await entries.over()
    entry, one = await entries.row(), entries.people.one.id
    for reason in ("", "  ", "甲\n乙", "长" * 256):
        with pytest.raises(InvalidInput):
            await entries.call_backs.close(entry.id, one, reason)
    await entries.call_backs.close(entry.id, one, " 重复来电 ")
    row = await entries.row()
    assert (row.status, row.closed_reason, row.user_id) == (
        CallBackStatus.CLOSED,
        "重复来电",
        one,
    )
    assert row.closed_at == entries.clock.now()
    with pytest.raises(IllegalTransition):
        await entries.call_backs.close(entry.id, one, "再关一次")


@pytest.mark.parametrize("act", ["call", "close"])
async def test_an_unknown_entry_is_not_found(entries: Entries, act: str) -> None:
    actions: dict[str, Callable[[], Awaitable[None]]] = {
        "call": lambda: entries.call_backs.call(uuid4(), entries.people.one.id),
        "close": lambda: entries.call_backs.close(uuid4(), entries.people.one.id, "原因"),
    }
    with pytest.raises(NotFound):
        await actions[act]()


async def test_what_was_missed_while_away_is_entered_at_start(entries: Entries) -> None:
    old = await entries.over(tell=False)
    async with entries.database.writing() as work:
        row = await work.session.get_one(Call, old.id)
        row.ended_at = entries.clock.now() - timedelta(days=2)
    missed = await entries.over(tell=False)
    silent = await entries.over(queue="110", status=CallStatus.ENDED, talked=60, tell=False)
    entries.clock.advance(timedelta(minutes=1))
    await entries.call_backs.came_up(no_calls)
    assert {(row.call_id, row.kind) for row in await entries.rows()} == {
        (missed.id, CallBackKind.MISSED),
        (silent.id, CallBackKind.CUT_OFF),
    }


async def test_an_entry_whose_call_died_with_the_process_waits_again(entries: Entries) -> None:
    await entries.over()
    entry = await entries.row()
    await entries.call_backs.call(entry.id, entries.people.one.id)
    await entries.call_backs.came_up(no_calls)
    assert (await entries.row()).status is CallBackStatus.OPEN


async def test_an_entry_that_is_being_called_is_left_alone(entries: Entries) -> None:
    await entries.over()
    entry = await entries.row()

    async def compared(_: UUID, __: str, ___: UUID) -> None:  # before the call has its row
        await entries.call_backs.came_up(no_calls)
        assert (await entries.row()).status is CallBackStatus.CALLING

    entries.place = compared
    await entries.call_backs.call(entry.id, entries.people.one.id)
    await entries.call_backs.not_reached(entry.id)
    tries = await entries.call_backs.machine_calls(entry.id)

    async def by_machine() -> set[UUID]:
        return {entry.id}

    await entries.call_backs.came_up(by_machine)
    await entries.call_backs.not_reached(entry.id, tries - 1)  # told late of the try before
    assert (await entries.row()).status is CallBackStatus.CALLING
    await entries.call_backs.not_reached(entry.id, tries)
    assert (await entries.row()).status is CallBackStatus.OPEN


async def test_the_list_shows_what_waits_first(entries: Entries) -> None:
    for number in ("13800000001", "13800000002", "13800000003"):
        await entries.over(number=number)
        entries.clock.advance(timedelta(seconds=1))
    await entries.call_backs.close((await entries.rows())[0].id, entries.people.one.id, "重复")
    listed = await entries.call_backs.listed()
    assert [row.number[-1] for row in listed] == ["2", "3", "1"]
    assert listed[2].user is not None
    assert listed[2].user.display_name == "甲"

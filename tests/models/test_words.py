"""Parts of what was said, found by the index as by looking through all words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, text

from models import grams, words
from models.clock import ManualClock
from models.database import Database
from models.grams import Sought
from models.migrations.versions import v0013_words
from models.states import CallStatus
from models.tables import Utterance
from models.word_tables import CallWords
from tests.support.archive import Archive

# Few, so that what is looked for is there; those that a query language reads as its own as well.
LETTERS = "的水管破0aA *\"'%_-😀\\"
PARTS = st.text(LETTERS, min_size=1, max_size=4)
SAID = st.text(LETTERS, min_size=1, max_size=12)
STEP = st.one_of(
    st.tuples(st.just("call"), st.integers(0, 400), SAID),
    st.tuples(st.just("say"), st.integers(0, 9), SAID),
    st.tuples(st.just("correct"), st.integers(0, 9), SAID),
    st.tuples(st.just("end"), st.integers(0, 9), SAID),
    st.tuples(st.just("take_back"), st.integers(0, 9), SAID),
    st.tuples(st.just("forget"), st.integers(0, 9), SAID),
)


@pytest.fixture
async def archive(database: Database, clock: ManualClock) -> Archive:
    made = Archive(database, clock)
    await made.open()
    return made


@given(steps=st.lists(STEP, min_size=4, max_size=14), parts=st.lists(PARTS, min_size=4, max_size=8))
@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_index_finds_what_looking_through_all_words_finds(
    archive: Archive, steps: list[tuple[str, int, str]], parts: list[str]
) -> None:
    """Calls of former examples stay: the archive grows."""
    archive.calls, archive.said = [], []
    for step in steps:
        await archive.play(*step)
    for call_id in archive.calls[::2]:
        await archive.end(call_id)
    for part in parts:
        expected = await archive.scanned(part)
        times = {call_id: at for at, call_id in expected}
        got = await archive.found(part)
        assert sorted(got) == sorted(times), part
        assert [times[call_id] for call_id in got] == [at for at, _ in expected], part
        assert await archive.paged(part, 2) == list(got), part


async def test_marks_and_days_narrow_the_search(archive: Archive) -> None:
    now = archive.clock.now()
    one, two = archive.agents
    ended: dict[str, Any] = {"status": CallStatus.ENDED, "ended_at": now}
    mine = await archive.call(1, "水管破了", agent_session_id=one.id, **ended)
    other = await archive.call(200, "水管破了", agent_session_id=two.id, **ended)
    gave_up = {"ended_at": now, "status": CallStatus.ABANDONED, "queue_code": "96345"}
    missed = await archive.call(300, "水管破了", **gave_up)
    await archive.call(2, "水管破了")
    await archive.call(2, "水闸", **ended)

    async def found(*marks: str, since: int = 1000, before: int = -1) -> Sequence[UUID]:
        return await archive.found(
            Sought("水管", marks, now - timedelta(days=since), now - timedelta(days=before))
        )

    assert await archive.found("水管") == [mine, other, missed]
    assert await found() == [mine, other, missed]
    assert await found(words.of_queue("96345")) == [missed]
    assert await found(words.MISSED) == [missed]
    assert await found(words.of_seat(one.seat_id)) == [mine]
    assert await found(words.of_person(two.user_id), words.of_queue("110")) == [other]
    assert await found(words.of_person(two.user_id), words.MISSED) == []
    assert await found(words.of_seat(UUID(int=0))) == []
    assert await found(since=250, before=100) == [other]
    assert await found(since=200, before=1) == [other]  # the first day's begin, not the last's
    assert await found(since=1, before=0) == [mine]


@pytest.mark.parametrize(
    "part",
    [
        '" OR "',
        "*",
        "水 AND 管",
        "NEAR(水 管)",
        "grams:水",
        "%",
        "_",
        "-",
        "水*",
        "\x00水",
        "😀" * 64,
    ],
)
async def test_what_is_looked_for_is_never_a_query(archive: Archive, part: str) -> None:
    await archive.call(1, "演示路水管破裂了", ended_at=archive.clock.now())
    if "\x00" in part and archive.database.engine.dialect.name != "sqlite":
        return  # PostgreSQL knows no such text, and the desk takes it away
    assert await archive.found(part) == []
    exact = await archive.call(2, f"他说{part}。", ended_at=archive.clock.now())
    assert await archive.found(part) == [exact]


async def test_case_counts_as_the_database_compares(archive: Archive) -> None:
    call_id = await archive.call(0, "车牌浙A12345", ended_at=archive.clock.now())
    folds = archive.database.engine.dialect.name == "sqlite"
    assert await archive.found("浙A123") == [call_id]
    assert await archive.found("浙a123") == ([call_id] if folds else [])


async def test_words_that_come_together_are_all_kept(archive: Archive) -> None:
    """The end of a call, its last words and a correction at the same time."""
    call_id = await archive.call(0, "第一句")
    said = archive.said[0]
    async with anyio.create_task_group() as group:
        for number in range(8):
            group.start_soon(archive.say, call_id, f"第{number}句在后")
        group.start_soon(archive.end, call_id)
        group.start_soon(archive.correct, said, "改过的话")
    for part in ("第一句", "改过的", *(f"第{number}句在后" for number in range(8))):
        assert await archive.found(part) == [call_id], part


async def test_many_calls_of_one_moment(archive: Archive) -> None:
    made = {await archive.call(0, "同时", ended_at=archive.clock.now()) for _ in range(60)}
    got = await archive.found("同时")
    assert set(got) == made
    assert len(got) == 60


async def test_work_that_is_rolled_back_leaves_the_index_alone(archive: Archive) -> None:
    call_id = await archive.call(0, "原来的话", ended_at=archive.clock.now())

    async def fail() -> None:
        async with archive.database.writing() as work:
            row = await work.session.get_one(Utterance, archive.said[0])
            row.text = "没有提交"
            await work.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await archive.found("没有提交") == []
    assert await archive.found("原来") == [call_id]


async def test_migration_indexes_what_is_there(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are those that are written call by call."""
    now = archive.clock.now()
    for number in range(5):
        agent = archive.agents[number % 2].id if number % 3 else None
        status = CallStatus.ENDED if agent else CallStatus.ABANDONED
        await archive.call(
            number // 2,
            f"第{number}通",
            "Abc😀",
            agent_session_id=agent,
            status=status,
            ended_at=now,
        )
    await archive.correct(archive.said[0], "改过了")
    await archive.call(0, "还在说")
    await archive.call(0, ended_at=now)

    async def rows() -> dict[UUID, tuple[set[str], str]]:
        async with archive.database.reading() as session:
            found = await session.scalars(select(CallWords))
            return {
                row.call_id: (set(row.words.split(grams.SEPARATOR)), row.marks) for row in found
            }

    monkeypatch.setattr(v0013_words, "AT_ONCE", 2)
    before = await rows()
    order = await archive.found("第")

    def again(connection: Connection) -> None:
        connection.execute(delete(CallWords))
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TABLE call_grams"))
            connection.exec_driver_sql(v0013_words.SQLITE_INDEX)
        v0013_words.fill(connection)

    async with archive.database.engine.begin() as connection:
        await connection.run_sync(again)
    assert len(before) == 5
    assert await rows() == before
    assert set(await archive.found("第")) == set(order)
    assert len(await archive.found("bc😀")) == 5
    # And they are changed like any other.
    await archive.correct(archive.said[2], "全新")
    assert await archive.found("全新") == [archive.calls[1]]
    assert await archive.found("第1通") == [archive.calls[1]]


@pytest.mark.unit
def test_numbers_grow_with_time() -> None:
    one = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
    assert grams.at(one) < grams.at(one + timedelta(microseconds=1))
    assert grams.at(datetime(1999, 1, 1, tzinfo=UTC)) < 0 < grams.at(one) < 1 << 62

"""Orders that a unit is done with, found by the index as by looking through all of them."""

from __future__ import annotations

from uuid import UUID

import anyio
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, delete, select, text

from models.clock import ManualClock
from models.database import Database
from models.grams import SEPARATOR
from models.migrations.versions import v0014_order_words
from models.order_tables import DispatchOrder
from models.states import DispatchStatus
from models.word_tables import OrderWords
from tests.support.past_orders import PastOrders

# Few, so that what is looked for is there; those that a query language reads as its own as well.
LETTERS = "的水管破0aA *\"'%_-😀\\"
PARTS = st.text(LETTERS, min_size=1, max_size=3)
STEP = st.tuples(
    st.sampled_from(["order", "address", "summary", "category", "feedback", "status", "status"]),
    st.integers(0, 99),
    st.text(LETTERS, max_size=8),
)


@pytest.fixture
async def past(database: Database, clock: ManualClock) -> PastOrders:
    made = PastOrders(database, clock)
    await made.open()
    return made


@given(steps=st.lists(STEP, min_size=6, max_size=16), parts=st.lists(PARTS, min_size=4, max_size=8))
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_index_finds_what_looking_through_all_orders_finds(
    past: PastOrders, steps: list[tuple[str, int, str]], parts: list[str]
) -> None:
    """Orders of former examples stay: the history grows."""
    for step in [("order", 5, "水管破的A"), ("order", 27, "a0%_"), *steps]:
        await past.play(*step)
    for part in parts:
        for unit in range(2):
            assert list(await past.found(part, unit)) == await past.scanned(part, unit), part
        assert await past.paged(part, 2) == await past.scanned(part), part


async def test_what_comes_and_goes_with_the_order_and_its_form(past: PastOrders) -> None:
    item = await past.order(1, "南苑小区", 2, DispatchStatus.SENT, summary="漏水")
    assert await past.found("南苑") == []
    await past.change(item, status=DispatchStatus.FED_BACK, feedback="换了阀门")
    for part in ("南苑", "漏水", "阀门"):
        assert await past.found(part) == [item], part
    assert await past.found("南苑", 1) == []  # still at work
    assert await past.found("区换了") == []  # not across two of them
    await past.edit(past.orders[0], address="北苑", category_code="A")
    assert await past.found("南苑") == []
    assert await past.found("北苑") == [item]
    assert await past.found("水管") == [item]  # the category's name
    await past.edit(past.orders[0], category_code=None)
    assert await past.found("水管") == []
    await past.change(item, status=DispatchStatus.SENT)  # to be done again
    assert await past.found("北苑") == []
    await past.change(item, status=DispatchStatus.RECALLED)
    await past.change(past.items[1], status=DispatchStatus.REJECTED)
    assert await past.found("阀门") == [item]
    assert await past.found("北苑", 1) == [past.items[1]]
    async with past.database.writing() as work:
        await work.session.delete(await work.session.get_one(DispatchOrder, item))
    assert await past.found("北苑") == []
    assert await past.found("北苑", 1) == [past.items[1]]


async def test_many_units_of_one_order_at_the_same_time(past: PastOrders) -> None:
    """They were made in the same moment; the form is changed meanwhile."""
    for _ in range(6):
        await past.order(0, "同时", 2, DispatchStatus.ON_SITE)
    async with anyio.create_task_group() as group:
        for number, item in enumerate(past.items):
            done = {"status": DispatchStatus.FED_BACK, "feedback": f"第{number}家"}
            group.start_soon(lambda one, values: past.change(one, **values), item, done)
    for order in past.orders:
        await past.edit(order, summary="改过")
    for unit in range(2):
        mine = past.items[unit::2]
        assert set(await past.found("改过", unit)) == set(mine)
        for one in mine:
            assert await past.found(f"第{past.items.index(one)}家", unit) == [one]


async def test_work_that_is_rolled_back_leaves_the_index_alone(past: PastOrders) -> None:
    item = await past.order(0, "原来的地址")

    async def fail() -> None:
        async with past.database.writing() as work:
            row = await work.session.get_one(DispatchOrder, item)
            row.feedback = "没有提交"
            await work.session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await past.found("没有提交") == []
    assert await past.found("原来") == [item]


async def test_migration_indexes_what_is_there(
    past: PastOrders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are those that are written order by order."""
    for number in range(5):
        status = (DispatchStatus.FED_BACK, DispatchStatus.SENT)[number == 4]
        summary = {} if number == 2 else {"summary": "Abc😀" if number else None}
        code = {} if number == 1 else {"category_code": ("", "b-1", "管")[number % 3]}
        await past.order(number // 2, f"第{number}号", 2, status, **summary, **code)
    await past.change(past.items[0], feedback="修好了")

    async def rows() -> dict[UUID, tuple[set[str], str]]:
        async with past.database.reading() as session:
            return {
                row.dispatch_order_id: (set(row.words.split(SEPARATOR)), row.marks)
                for row in await session.scalars(select(OrderWords))
            }

    monkeypatch.setattr(v0014_order_words, "AT_ONCE", 3)
    before = await rows()
    order = await past.found("第")

    def again(connection: Connection) -> None:
        connection.execute(delete(OrderWords))
        if connection.dialect.name == "sqlite":
            connection.execute(text("DROP TABLE order_grams"))
            connection.exec_driver_sql(v0014_order_words.SQLITE_INDEX)
        v0014_order_words.fill(connection)

    async with past.database.engine.begin() as connection:
        await connection.run_sync(again)
    assert len(before) == 8
    assert await rows() == before
    assert list(await past.found("第")) == list(order)
    assert await past.found("破A", 1) == await past.scanned("破A", 1)
    # And they are changed like any other.
    await past.change(past.items[0], feedback="全新")
    assert await past.found("全新") == [past.items[0]]
    assert await past.found("修好") == []

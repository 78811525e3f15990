"""First rows of a centre, and sites."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from models.database import Database
from models.errors import SetupError
from models.tables import LinkageUnit, Queue, Seat
from models.telephony_tables import HotlineNumber
from yihu import centre

pytestmark = pytest.mark.integration


async def test_a_new_centre_has_two_queues_with_ten_seats_each(database: Database) -> None:
    await centre.ensure_centre(database)
    await centre.ensure_centre(database)
    async with database.reading() as session:
        queues = {queue.code: queue for queue in await session.scalars(select(Queue))}
        seats = list(await session.scalars(select(Seat)))
    assert queues["110"].emergency
    assert not queues["96345"].emergency
    assert [sum(code in seat.queue_codes for seat in seats) for code in ("110", "96345")] == [
        10,
        10,
    ]
    assert {seat.code for seat in seats if not seat.queue_codes} == {"lead01", "lead02"}
    assert len({seat.sip_secret for seat in seats}) == 22


async def test_a_centre_without_supervisors_seats_gets_them_once(database: Database) -> None:
    async with database.writing() as work:
        work.session.add(Queue(code="110", name="报警", emergency=True))
        work.session.add(Seat(code="a1", name="一席", queue_codes=["110"], sip_secret="s" * 18))
        work.session.add(Seat(code="lead01", name="旧席", queue_codes=["110"], sip_secret="t" * 18))
    for _ in range(2):
        await centre.ensure_centre(database)
        async with database.reading() as session:
            seats = {seat.code: seat for seat in await session.scalars(select(Seat))}
        assert seats.keys() == {"a1", "lead01", "lead02"}
        assert seats["lead02"].queue_codes == []
        assert seats["lead01"].name == "旧席"


async def test_loading_a_site_twice_changes_nothing(database: Database, tmp_path: Path) -> None:
    await centre.ensure_centre(database)
    site = centre.read_site("qingyuan")
    names = tmp_path / "site" / "gazetteer.csv"
    await centre.load_site(database, site, names)
    await centre.load_site(database, site, names)
    async with database.reading() as session:
        units = list(await session.scalars(select(LinkageUnit)))
        numbers = list(await session.scalars(select(HotlineNumber)))
    assert len(numbers) == len(site.numbers) > 100
    assert {number.queue_code for number in numbers} == {"110", "96345"}
    assert len(units) == len(site.units)
    assert "供水" in {unit.kind for unit in units}
    assert "南苑小区" in names.read_text()


def test_an_unknown_site_names_the_known() -> None:
    with pytest.raises(SetupError, match="qingyuan"):
        centre.read_site("atlantis")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("code,name\n", r"units.csv:1: the columns must be"),
        ("code,name,kind,tier,area,duty_phone\na,b,,1,,\n", r"units.csv:2: .*must not be empty"),
        ("code,name,kind,tier,area,duty_phone\na,b,c,9,,\n", r"units.csv:2: tier is '9'"),
    ],
)
def test_a_bad_unit_row_is_named(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "units.csv").write_text(text)
    monkeypatch.setattr(centre, "SITES", tmp_path)
    with pytest.raises(SetupError, match=message):
        centre.read_site("broken")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("number,name\n", r"hotlines.csv:1: the columns must be"),
        ("number,queue,name\n12345678,119,旧线\n", r"hotlines.csv:2: there is no queue '119'"),
        ("number,queue,name\n１２３４,110,旧线\n", r"hotlines.csv:2: number .*must be 3 to 32"),
        ("number,queue,name\n1234,110,一\n1234,110,二\n", r"hotlines.csv:3: number '1234'"),
        ("number,queue,name\n1234,110\n", r"hotlines.csv:2: there must be 3 columns"),
    ],
)
def test_a_bad_hotline_row_is_named(
    text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "units.csv").write_text("code,name,kind,tier,area,duty_phone\n")
    (tmp_path / "broken" / "hotlines.csv").write_text(text)
    monkeypatch.setattr(centre, "SITES", tmp_path)
    with pytest.raises(SetupError, match=message):
        centre.read_site("broken")

"""Demo sites: what they hold, loading them again, and bad rows."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import func, select

from classifier.taxonomy import load_taxonomy
from models.base import Base
from models.database import Database
from models.dispatch_tables import Area, AreaLevel, Centre, Duty, DutyShift, Force
from models.errors import SetupError
from models.knowledge_tables import GazetteerTable, KnowledgeArticle
from models.tables import LinkageUnit, User
from models.telephony_tables import HotlineNumber
from models.unit_forms import UnitForm
from yihu import centre, site_tables
from yihu.demo.people import ensure_people
from yihu.demo.tour import read_calls
from yihu.sites import load_site

pytestmark = pytest.mark.integration

TABLES: tuple[type[Base], ...] = (
    LinkageUnit, Area, Centre, Duty, Force, DutyShift, HotlineNumber, KnowledgeArticle,
)  # fmt: skip


async def counts(database: Database) -> dict[str, int]:
    async with database.reading() as session:
        return {
            table.__tablename__: await session.scalar(select(func.count()).select_from(table)) or 0
            for table in TABLES
        }


async def units_of(database: Database) -> list[LinkageUnit]:
    async with database.reading() as session:
        return list(await session.scalars(select(LinkageUnit).order_by(LinkageUnit.code)))


def covered(units: list[LinkageUnit]) -> set[str]:
    return {kind for unit in units for kind in (unit.kind, *unit.kinds)}


WANTED = {kind for item in load_taxonomy().items.values() for kind in item.units}


async def test_qingyuan_holds_what_its_report_says_and_loads_twice(
    database: Database, tmp_path: Path
) -> None:
    await centre.ensure_centre(database)
    site = site_tables.read_site("qingyuan")
    names = tmp_path / "site" / "gazetteer.csv"
    await load_site(database, site, names)
    first = await counts(database)
    await load_site(database, site, names)
    assert await counts(database) == first
    units = await units_of(database)
    forms = Counter(unit.form for unit in units if not unit.centre_code)
    assert forms == {UnitForm.AUTHORITY: 73, UnitForm.TOWNSHIP: 19, UnitForm.FIRM: 80}
    assert {unit.centre_code for unit in units if unit.centre_code} == {"331126201"}
    assert covered(units) >= WANTED
    assert all(unit.area_code for unit in units if unit.area)
    assert "南苑小区" in names.read_text()
    assert first["hotline_numbers"] > 100
    assert first["knowledge_articles"] > 0
    assert first["duty_shifts"] > 0


async def test_names_that_supervisors_have_applied_stay(database: Database, tmp_path: Path) -> None:
    await centre.ensure_centre(database)
    site = site_tables.read_site("qingyuan")
    names = tmp_path / "site" / "gazetteer.csv"
    await load_site(database, site, names)
    applied = GazetteerTable(
        name="own.csv",
        sha256="-",
        names=1,
        problems=0,
        user_id=None,
        created_at=database.clock.now(),
        applied_at=database.clock.now(),
    )
    async with database.writing() as work:
        work.session.add(applied)
    names.write_text("名称\n翠竹小区\n", encoding="utf-8")
    await load_site(database, site, names)
    assert "翠竹小区" in names.read_text(encoding="utf-8")


async def test_jinhua_has_three_tiers_and_county_centres_with_their_own_units(
    database: Database, tmp_path: Path
) -> None:
    await load_site(database, site_tables.read_site("jinhua"), tmp_path / "names.csv")
    units = await units_of(database)
    own = [unit for unit in units if not unit.centre_code]
    assert Counter(unit.tier for unit in own) == {1: 43, 2: 25, 3: 15}
    assert covered(own) >= WANTED
    per_county = Counter(unit.centre_code for unit in units if unit.centre_code)
    assert len(per_county) == 9
    assert all(44 <= count <= 57 for count in per_county.values())
    people = await ensure_people(database, "a-demo-password")
    async with database.reading() as session:
        query = select(User).where(User.username == "banzhang-330782")
        boss = (await session.scalars(query)).one()
        count = await session.scalar(select(func.count()).select_from(User))
    assert boss.centre_code == "330782"
    assert count == len(people) == 1 + 8 + 18 + len(units)


@pytest.mark.parametrize("name", ["qingyuan", "jinhua", "wangcheng"])
def test_every_site_has_calls_about_its_places_and_answers(name: str) -> None:
    site = site_tables.read_site(name)
    names = (site.folder / "gazetteer.csv").read_text(encoding="utf-8").splitlines()[1:]
    places = {line.split(",", 1)[0] for line in names}
    calls = read_calls(name)
    assert {call.to for call in calls} == {"110", "96345"}
    asked = [call for call in calls if "咨询" not in call.title]
    for call in asked:
        spoken = any(place in call.text for place in places)
        assert spoken, f"{call.title} names no place of {name}"
    assert len({call.from_number for call in calls}) == len(calls)
    assert len(site.articles) >= 10
    kinds = {kind for unit in site.units for kind in (unit.kind, *unit.kinds)}
    assert sum(article.unit in kinds for article in site.articles) >= 8


async def test_wangcheng_has_its_duty_list_and_grids(database: Database, tmp_path: Path) -> None:
    site = site_tables.read_site("wangcheng")
    await load_site(database, site, tmp_path / "names.csv")
    units = await units_of(database)
    assert len(units) == 14
    assert covered(units) >= WANTED
    async with database.reading() as session:
        duties = list(await session.scalars(select(Duty)))
        grids = list(await session.scalars(select(Area).where(Area.level == AreaLevel.GRID)))
    assert (len({duty.class_name for duty in duties}), len(duties)) == (36, 126)
    known = {item.code for item in load_taxonomy().items.values()}
    assert {duty.category_code for duty in duties} <= known
    assert len(grids) == 529
    assert all(grid.contact_name.startswith("演示") for grid in grids)
    with pytest.raises(SetupError, match="already holds another site"):
        await load_site(database, site_tables.read_site("jinhua"), tmp_path / "names.csv")


@pytest.mark.parametrize("name", ["qingyuan", "jinhua", "wangcheng"])
def test_everybody_and_every_number_of_a_site_is_invented(name: str) -> None:
    for unit in site_tables.read_site(name).units:
        assert "演示" in unit.name
        assert unit.duty_phone.isdecimal()
        assert unit.duty_phone.startswith(("00", "9"))
        assert len(unit.duty_phone) == 8


@pytest.mark.parametrize("name", ["atlantis", "../demo/qingyuan", ""])
def test_an_unknown_site_names_the_known(name: str) -> None:
    with pytest.raises(SetupError, match="jinhua, qingyuan, wangcheng"):
        site_tables.read_site(name)


U = "code,name,kind,tier,area,duty,duty_phone,form,kinds,capabilities,lon,lat\n"
GOOD = U + "a,甲,供水,1,,always,1,authority,,,,\n"
AREA = "code,name,level,parent,lon,lat\n1,甲县,county,,,\n"


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("units.csv", "code,name\n", r"units.csv:1: the columns must be"),
        ("units.csv", U + "a,,供水,1,,always,1,authority,,,,\n", r"2: .*must not be empty"),
        ("units.csv", U + "a,b,c,9,,always,1,authority,,,,\n", r"2: tier is '9'"),
        ("units.csv", U + "a,b,c,1,东村,always,1,authority,,,,\n", r"2: there is no area '东村'"),
        ("units.csv", U + "a,b,c,1,,never,1,authority,,,,\n", r"2: duty is 'never', use one of"),
        ("units.csv", U + "a,b,c,1,,always,1,army,,,,\n", r"2: form is 'army', use one of"),
        ("units.csv", U + "a,b,c,1,,always,1,authority,,,x,\n", r"2: lon is 'x', give degrees"),
        ("units.csv", GOOD + "a,b,c,1,,always,1,authority,,,,\n", r"unit 'a' is there twice"),
        ("areas.csv", AREA + "2,乙镇,township,9,,\n", r"3: there is no area '9' above"),
        ("areas.csv", AREA + "2,乙市,city,1,,\n", r"3: a city cannot lie in a county"),
        ("areas.csv", AREA + "1,乙县,county,,,\n", r"3: area '1' is there twice"),
        ("grids.csv", "township,grids\n丙镇,3\n", r"2: give a township of areas.csv"),
        ("centres.csv", "code,name,area,parent,duty_phone\nx,中心,7,,\n", r"no area '7'"),
        ("firms.csv", "code,name,trades,area,duty,duty_phone\nf,店,,,always,1\n", r"2: .*trades"),
        ("forces.csv", "code,unit,kind,name,capabilities,people,lon,lat\nt,z,team,队,,3,,\n",
         r"2: there is no unit 'z'"),
        ("forces.csv", "code,unit,kind,name,capabilities,people,lon,lat\nt,a,team,队,,many,,\n",
         r"2: people is 'many'"),
        ("duties.csv", "code,class,name,category,unit,role,area,hours\n1,c,n,C1,a,lead,,8-9\n",
         r"2: hours is '8-9'"),
        ("duties.csv", "code,class,name,category,unit,role,area,hours\n1,c,n,C1,a,boss,,\n",
         r"2: role is 'boss'"),
        ("hotlines.csv", "number,name\n", r"hotlines.csv:1: the columns must be"),
        ("hotlines.csv", "number,queue,name\n12345678,119,旧线\n", r"2: there is no queue '119'"),
        ("hotlines.csv", "number,queue,name\n１２３４,110,旧线\n", r"2: number .*must be 3 to 32"),
        ("hotlines.csv", "number,queue,name\n1234,110,一\n1234,110,二\n", r"3: number '1234'"),
        ("hotlines.csv", "number,queue,name\n1234,110\n", r"2: there must be 3 columns"),
    ],
)  # fmt: skip
def test_a_bad_row_is_named(
    file: str, text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "broken"
    folder.mkdir()
    (folder / "units.csv").write_text(GOOD)
    (folder / "areas.csv").write_text(AREA)
    (folder / file).write_text(text)
    monkeypatch.setattr(site_tables, "SITES", tmp_path)
    with pytest.raises(SetupError, match=message):
        site_tables.read_site("broken")


def test_a_whole_folder_of_ones_own_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(site_tables.SITES / "wangcheng", tmp_path / "own")
    monkeypatch.setattr(site_tables, "SITES", tmp_path)
    assert "529 grids, 126 duties in 36 classes" in site_tables.read_site("own").described()

"""Who goes, and why."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from dispatch.duty import OnDuty
from dispatch.routing import Candidate, Case, Part, Route, Wanted, propose, within_hours
from models.dispatch_states import ForceStatus
from models.dispatch_tables import Area, AreaLevel, Duty, DutyRole, Force, ForceKind
from models.tables import LinkageUnit
from models.unit_forms import UnitForm

pytestmark = pytest.mark.unit

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)  # 12:00 in China
NIGHT = datetime(2026, 3, 2, 18, 0, tzinfo=UTC)  # 02:00 in China


def unit(
    code: str, kind: str, tier: int, area: str = "", active: bool = True, **more: object
) -> LinkageUnit:
    return LinkageUnit(code=code, name=code, kind=kind, tier=tier, area=area, active=active, **more)


UNITS = [
    unit("city-police", "公安", 1),
    unit("town-police", "公安", 2, "松源街道"),
    unit("village-police", "公安", 3, "松源街道东村"),
    unit("fire", "消防", 2),
    unit("old-fire", "消防", 1, active=False),
]
COUNTY = Area(code="1", name="庆元县", level=AreaLevel.COUNTY, path="1/", lon=119.06, lat=27.61)
TOWN = Area(
    code="11", name="松源街道", level=AreaLevel.TOWNSHIP, parent_code="1", path="1/11/",
    lon=119.05, lat=27.62,
)  # fmt: skip


def known(*units: LinkageUnit) -> list[Candidate]:
    return [Candidate(one) for one in units]


def codes(route: Route) -> list[str]:
    return [item.code for item in route.units]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("", "city-police"),
        ("北山镇1号", "city-police"),
        ("松源街道8号", "town-police"),
        ("松源街道东村8号", "village-police"),
    ],
)
def test_area_comes_before_tier(address: str, code: str) -> None:
    route = propose(Case([Wanted("公安", 0.9)], address), known(*UNITS))
    assert codes(route) == [code]


def test_inactive_units_do_not_go() -> None:
    assert codes(propose(Case([Wanted("消防", 0.9)]), known(*UNITS))) == ["fire"]


def test_kinds_nobody_covers_are_named_in_the_reasons() -> None:
    wanted = [Wanted("公安", 0.9), Wanted("供水", 0.6), Wanted("消防", 0.7)]
    route = propose(Case(wanted), known(*UNITS))
    assert codes(route) == ["city-police", "fire"]
    assert route.p == 0.7
    assert "供水：没有可派的单位，请人工选择" in route.reasons


def test_nothing_wanted_sends_nobody() -> None:
    assert propose(Case([], "松源街道"), known(*UNITS)).units == ()


def test_a_unit_of_several_kinds_goes_once_and_says_why() -> None:
    both = unit("both", "城管", 1, kinds=["市政"])
    route = propose(Case([Wanted("城管", 0.9), Wanted("市政", 0.8)]), known(both))
    assert codes(route) == ["both"]


def test_the_nearest_is_passed_over_off_duty_and_the_reason_says_so() -> None:
    town, city = unit("town", "公安", 2, "松源街道"), unit("city", "公安", 1)
    off = Candidate(town, duty=OnDuty(False, next_at=NOON))
    route = propose(Case([Wanted("公安", 0.9)], "松源街道8号"), [off, Candidate(city)])
    assert codes(route) == ["city"]
    assert "“town”当前不值班，下一班 03月02日 12:00，顺延至本单位" in route.chosen[0].reasons
    assert [item.unit.code for item in route.proposed if not item.chosen] == ["town"]


def test_a_unit_that_gave_the_order_back_comes_last() -> None:
    one, other = unit("a", "公安", 1), unit("b", "公安", 2)
    back = Candidate(one, gave_back=True)
    assert codes(propose(Case([Wanted("公安", 0.9)]), [back, Candidate(other)])) == ["b"]


def test_unreachable_and_overloaded_units_yield() -> None:
    one, two, three = (unit(code, "公安", 1) for code in "abc")
    fit = [Candidate(one, reachable=False), Candidate(two, load=10), Candidate(three, load=9)]
    route = propose(Case([Wanted("公安", 0.9)]), fit)
    assert codes(route) == ["c"]
    assert "在办 9 件" in route.chosen[0].reasons


def test_of_equals_the_nearer_goes() -> None:
    near = unit("near", "医疗急救", 1, lon=119.051, lat=27.621)
    far = unit("afar", "医疗急救", 1, lon=119.30, lat=27.70)
    case = Case([Wanted("医疗急救", 0.9)], "松源街道", areas=[COUNTY, TOWN], emergency=True)
    route = propose(case, known(far, near))
    assert codes(route) == ["near"]
    assert route.chosen[0].part is Part.NEAREST
    assert "距现场约 0.1 公里" in route.chosen[0].reasons


def test_another_areas_unit_comes_after_one_of_everywhere() -> None:
    other = unit("other", "公安", 1, "竹口镇", area_code="12")
    county = unit("county", "公安", 2)
    case = Case([Wanted("公安", 0.9)], "庆元县松源街道", areas=[COUNTY, TOWN])
    assert codes(propose(case, known(other, county))) == ["county"]
    assert "辖区“竹口镇”，跨区支援" in propose(case, known(other)).chosen[0].reasons


def test_the_specialist_is_added_to_the_nearest() -> None:
    near = unit("town-fire", "消防", 2, "松源街道")
    boats = unit("rescue", "应急", 2, capabilities=["水上救援"])
    case = Case([Wanted("消防", 0.9), Wanted("公安", 0.9)], "松源街道", "E0901", emergency=True)
    route = propose(case, known(near, unit("police", "公安", 1), boats))
    assert {item.unit.code: item.part for item in route.chosen} == {
        "town-fire": Part.NEAREST,
        "police": Part.SUPPORT,
        "rescue": Part.SPECIALIST,
    }
    assert "具备“水上救援”" in route.chosen[2].reasons


def test_of_a_disaster_the_township_is_told_too() -> None:
    town = unit("town", "乡镇", 2, "松源街道", form=UnitForm.TOWNSHIP)
    other = unit("other", "乡镇", 2, "竹口镇", form=UnitForm.TOWNSHIP)
    yingji = unit("yingji", "应急", 1)
    case = Case([Wanted("应急", 0.9)], "松源街道东村", "E1202", emergency=True)
    parts = {item.unit.code: item.part for item in propose(case, known(yingji, town, other)).chosen}
    assert parts == {"yingji": Part.NEAREST, "town": Part.LOCAL}
    fire = Case([Wanted("应急", 0.9)], "松源街道东村", "E0101", emergency=True)
    assert codes(propose(fire, known(yingji, town))) == ["yingji"]


def test_the_middle_of_a_county_is_no_place() -> None:
    near = unit("near", "公安", 1, lon=119.06, lat=27.61)
    case = Case([Wanted("公安", 0.9)], "庆元县", areas=[COUNTY])
    assert not any("公里" in reason for reason in propose(case, known(near)).chosen[0].reasons)


def test_a_ready_team_makes_its_unit_the_specialist() -> None:
    fire = unit("fire", "消防", 1)
    team = Force(
        code="t1", unit_id=uuid4(), kind=ForceKind.TEAM, name="水上分队", capabilities=["水上救援"],
        status=ForceStatus.READY, lon=119.05, lat=27.62,
    )  # fmt: skip
    case = Case([Wanted("消防", 0.9)], "松源街道", "E0902", areas=[COUNTY, TOWN], emergency=True)
    route = propose(case, [Candidate(unit("afire", "消防", 1)), Candidate(fire, forces=[team])])
    assert codes(route) == ["fire"]
    assert "具备“水上救援”，1 支力量待命" in route.chosen[0].reasons
    assert "距现场约 0.0 公里" in route.chosen[0].reasons


@pytest.mark.parametrize(
    ("at", "area", "code"),
    [(NOON, "", "lead"), (NIGHT, "", "general"), (NOON, "99", "general")],
)
def test_the_duty_list_names_the_unit_by_area_and_hours(at: datetime, area: str, code: str) -> None:
    lead, general = unit("lead", "城管", 3), unit("general", "城管", 1)
    duty = Duty(
        code="1-1", class_name="市容管理", name="小广告", category_code="C0503", unit_id=lead.id,
        role=DutyRole.LEAD, area_code=area, hours="08:00-20:00",
    )  # fmt: skip
    duty.unit = lead
    case = Case([Wanted("城管", 0.9)], "松源街道", "C0503", at=at, areas=[COUNTY, TOWN])
    route = propose(case, known(lead, general), [duty])
    assert codes(route) == [code]
    if code == "lead":
        assert "职责清单：市容管理·小广告" in route.chosen[0].reasons


@pytest.mark.parametrize(
    ("hours", "at", "inside"),
    [("", NIGHT, True), ("22:00-06:00", NIGHT, True), ("22:00-06:00", NOON, False),
     ("08:00-20:00", NOON, True), ("12:00-12:01", NOON, True), ("11:00-12:00", NOON, False)],
)  # fmt: skip
def test_hours_may_go_over_midnight(hours: str, at: datetime, inside: bool) -> None:
    assert within_hours(hours, at) is inside

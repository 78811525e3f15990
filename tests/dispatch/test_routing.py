"""Which unit of a kind goes."""

from __future__ import annotations

import pytest

from dispatch.routing import Wanted, choose
from models.tables import LinkageUnit

pytestmark = pytest.mark.unit


def unit(code: str, kind: str, tier: int, area: str = "", active: bool = True) -> LinkageUnit:
    return LinkageUnit(code=code, name=code, kind=kind, tier=tier, area=area, active=active)


UNITS = [
    unit("city-police", "公安", 1),
    unit("town-police", "公安", 2, "松源街道"),
    unit("village-police", "公安", 3, "松源街道东村"),
    unit("fire", "消防", 2),
    unit("old-fire", "消防", 1, active=False),
]


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
    route = choose([Wanted("公安", 0.9)], address, UNITS)
    assert [item.code for item in route.units] == [code]


def test_inactive_units_do_not_go() -> None:
    assert [item.code for item in choose([Wanted("消防", 0.9)], "", UNITS).units] == ["fire"]


def test_kinds_nobody_covers_are_named_in_the_reasons() -> None:
    route = choose([Wanted("公安", 0.9), Wanted("供水", 0.6), Wanted("消防", 0.7)], "", UNITS)
    assert [item.code for item in route.units] == ["city-police", "fire"]
    assert route.p == 0.7
    assert "供水：没有可派的单位，请人工选择" in route.reasons


def test_nothing_wanted_sends_nobody() -> None:
    assert choose([], "松源街道", UNITS).units == ()

"""Offers to merge a call with an open incident, on written cases and on edges."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from classifier.duplicates import Matter, compared, same_matter
from classifier.gazetteer import Gazetteer
from classifier.mergecases import BadCases, main, measure

pytestmark = pytest.mark.unit

DATA = Path(__file__).with_name("data")
NAMES = Path(__file__).parents[2] / "yihu" / "demo" / "qingyuan" / "gazetteer.csv"
NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("file", "precision", "recall"),
    [("matters.tsv", 0.95, 0.95), ("matters-heldout.tsv", 0.75, 0.7)],
)
def test_written_cases(file: str, precision: float, recall: float) -> None:
    figures = measure(DATA / file, Gazetteer.read(NAMES))
    assert figures.precision >= precision, figures.errors
    assert figures.recall >= recall, figures.errors


def _fire(id_: str, minutes: float = 0, **more: object) -> Matter:
    parts = {"compound": "南苑小区", "building": "12栋"}
    known = {"parts": parts, "category": "E0101", "emergency": True} | more
    return Matter(id_, "着火了，冒烟", NOON + timedelta(minutes=minutes), **known)  # type: ignore[arg-type] # mixed


def test_the_same_fire_is_offered_with_reasons() -> None:
    (offer,) = same_matter(_fire("call", 3), [_fire("open")])
    assert offer.id == "open"
    assert offer.p > 0.9
    assert offer.reasons == ("同在南苑小区同一栋", "同一类别", "相隔3分钟", "说法相近")


def test_offers_are_ranked_and_bounded() -> None:
    incidents = [_fire(f"open-{minutes}", -minutes) for minutes in range(40)]
    offers = same_matter(_fire("call"), incidents, limit=3)
    assert [offer.id for offer in offers] == ["open-0", "open-1", "open-2"]
    assert same_matter(_fire("call"), incidents, limit=0) == []


@pytest.mark.parametrize(
    "other",
    [
        _fire("x", parts={"compound": "万通小区", "building": "12栋"}),
        _fire("x", parts={"town": "竹口镇"}),
        _fire("x", parts={}),
        replace(_fire("x"), category="C0601", emergency=False, text="楼上半夜装修，很吵"),
        _fire("x", -60 * 24),
    ],
    ids=["compound", "town", "nowhere", "kind", "yesterday"],
)
def test_another_matter_is_not_offered(other: Matter) -> None:
    assert same_matter(_fire("call"), [other]) == []


def test_near_coordinates_speak_for_the_same_place() -> None:
    here = _fire("a", parts={"landmark": "学校"}, lon=119.0670, lat=27.6180, located="landmark")
    near = _fire("b", parts={"road": "新建路"}, lon=119.0675, lat=27.6182, located="road")
    far = _fire("c", parts={"road": "新建路"}, lon=119.2, lat=27.6, located="road")
    wide = _fire("d", parts={"road": "新建路"}, lon=119.0670, lat=27.6180, located="county")
    assert [offer.id for offer in same_matter(here, [near, far, wide])] == ["b"]


def test_a_call_is_not_its_own_incident() -> None:
    assert compared(_fire("a"), _fire("a")) is None
    assert same_matter(_fire("a"), []) == []


@pytest.mark.parametrize("text", ["", "火" * 100_000, "\x00😀", "<b>x</b>"])
def test_any_text_is_compared(text: str) -> None:
    one, other = (Matter(id_, text, NOON) for id_ in "ab")
    offer = compared(one, other)
    assert offer is not None
    assert 0 <= offer.p < 0.5  # no place: never offered


def test_the_command_prints_figures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(DATA / "matters-heldout.tsv"), "--gazetteer", str(NAMES)]) == 0
    assert '"precision"' in capsys.readouterr().out


def test_a_bad_line_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "cases.tsv"
    path.write_text("a\t0\t\t\t着火\nb\tsoon\t\t\t着火\n", encoding="utf-8")
    with pytest.raises(BadCases, match=":2: "):
        measure(path, Gazetteer())
    assert main([str(path)]) == 2
    assert f"{path}:2" in capsys.readouterr().err

"""Addresses as they are written, on highways, at crossings, beside landmarks; where they lie."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier.address import find_address
from classifier.addresses import main, measure, read_examples
from classifier.gazetteer import Gazetteer
from classifier.text import clean

pytestmark = pytest.mark.unit

DATA = Path(__file__).with_name("data")
NAMES = Path(__file__).parents[2] / "yihu" / "demo" / "qingyuan" / "gazetteer.csv"


@pytest.fixture(scope="module")
def demo() -> Gazetteer:
    return Gazetteer.read(NAMES)


@pytest.mark.parametrize(
    ("text", "written", "parts"),
    [
        (
            "我在G25高速长深方向三十二公里处追尾了",
            "G25高速长深方向32公里处",
            {"highway": "G25高速", "direction": "长深方向", "kilometre": "32公里"},
        ),
        (
            "在鸡二五高速长深方向三十二公里",
            "G25高速长深方向32公里处",
            {"highway": "G25高速", "direction": "长深方向", "kilometre": "32公里"},
        ),
        (
            "龙庆高速往庆元方向一百二十公里加三百米有辆车翻了",
            "龙庆高速庆元方向120公里300米处",
            {"highway": "龙庆高速", "direction": "庆元方向", "kilometre": "120公里300米"},
        ),
        (
            "丽水往庆元方向的G25高速K32+500出车祸了",
            "G25高速庆元方向32公里500米处",
            {"highway": "G25高速", "direction": "庆元方向", "kilometre": "32公里500米"},
        ),
        (
            "长深高速公路龙泉往庆元方向，三百二十功利处",
            "长深高速庆元方向320公里处",
            {"highway": "长深高速", "direction": "庆元方向", "kilometre": "320公里"},
        ),
        (
            "三三零国道五十六公里处",
            "330国道56公里处",
            {"highway": "330国道", "kilometre": "56公里"},
        ),
        (
            "新建路和石龙街交叉口有人打架",
            "新建路与石龙街交叉口",
            {"road": "新建路", "crossing": "石龙街"},
        ),
        (
            "新建路石龙街路口红绿灯坏了",
            "新建路与石龙街交叉口",
            {"road": "新建路", "crossing": "石龙街"},
        ),
        (
            "人民医院对面有人晕倒",
            "庆元县人民医院对面",
            {"landmark": "庆元县人民医院", "relation": "对面"},
        ),
        ("我在大济村3组，水管爆了", "大济村3组", {"village": "大济村", "group": "3组"}),
        ("新建路幺二九九号着火", "新建路1299号", {"road": "新建路", "number": "1299号"}),
        (
            "新建路一千二百九十九号着火了",
            "新建路1299号",
            {"road": "新建路", "number": "1299号"},
        ),
        ("在石龙街三百八十八好", "石龙街388号", {"road": "石龙街", "number": "388号"}),
    ],
)
def test_spoken(demo: Gazetteer, text: str, written: str, parts: dict[str, str]) -> None:
    found = find_address(clean(text), demo)
    assert found is not None
    assert found.slot.parts == parts
    assert found.slot.text == written
    assert (found.slot.read_back == "") == (found.slot.p >= 0.8)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "浙江省丽水市庆元县松源街道新建路15号南苑小区3幢2单元501室",
            {
                "county": "庆元县", "town": "松源街道", "road": "新建路", "number": "15号",
                "compound": "南苑小区", "building": "3幢", "unit": "2单元", "room": "501室",
            },
        ),
        (
            "浙江丽水庆元濛洲街道石龙街八十八号三楼",
            {
                "county": "庆元", "town": "濛洲街道", "road": "石龙街", "number": "88号",
                "floor": "3楼",
            },
        ),
        (
            "永嘉路1692号荣华心居8-10-2396",
            {
                "road": "永嘉路", "number": "1692号", "compound": "荣华心居", "building": "8栋",
                "unit": "10单元", "room": "2396室",
            },
        ),
        (
            "西岸区环城北路24弄3号永兴大厦12层",
            {
                "county": "西岸区", "road": "环城北路", "number": "24弄3号", "landmark": "永兴大厦",
                "floor": "12层",
            },
        ),
        ("蒙洲街道时龙街88号", {"town": "濛洲街道", "road": "石龙街", "number": "88号"}),
    ],
)  # fmt: skip
def test_written(demo: Gazetteer, text: str, parts: dict[str, str]) -> None:
    found = find_address(clean(text), demo)
    assert found is not None
    assert found.slot.parts == parts


@pytest.mark.parametrize(
    "text",
    [
        "走了三公里才到",
        "高速上出车祸了",
        "路口有人打架",
        "房子对面有人吵架",
        "第一次打电话",
        "A",
        "1-2-3",
    ],
)
def test_nothing_is_made_up(demo: Gazetteer, text: str) -> None:
    assert find_address(clean(text), demo) is None


def test_coordinates_are_those_of_the_narrowest_known_place(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text(
        "name,kind,parent,aliases,lon,lat\n"
        "庆元县,county,,,119.06,27.61\n"
        "松源街道,town,庆元县,,,\n"
        "新建路,road,松源街道,,119.07,27.62\n"
        "南苑小区,compound,松源街道,,,\n",
        encoding="utf-8",
    )
    names = Gazetteer.read(path)

    def where(text: str) -> tuple[float | None, float | None, str]:
        found = find_address(text, names)
        assert found is not None
        return found.slot.lon, found.slot.lat, found.slot.located

    assert where("我在新建路15号") == (119.07, 27.62, "road")
    assert where("我在南苑小区3栋") == (119.06, 27.61, "county")
    assert where("我在永安路3号") == (None, None, "")


@pytest.mark.parametrize(
    ("noise", "least"), [(0.0, 0.93), (0.1, 0.80)], ids=["written", "misheard"]
)
def test_own_sentences(demo: Gazetteer, noise: float, least: float) -> None:
    figures = measure(DATA / "addresses.jsonl", demo, noise)
    assert float(str(figures["f1"])) >= least, figures["parts"]


def test_tagged_addresses_are_mapped(tmp_path: Path) -> None:
    spans = [
        ("浙江省", "prov"), ("庆元县", "district"), ("大济村", "community"), ("万里路", "road"),
        ("832弄", "roadno"), ("125号", "houseno"), ("-", "redundant"), ("荣华", "poi"),
        ("北苑", "subpoi"), ("8", "houseno"), ("10", "cellno"), ("七楼", "floorno"),
        ("302室", "roomno"), ("前台", "person"),
    ]  # fmt: skip
    path = tmp_path / "tagged.txt"
    path.write_text(
        "".join(
            f"{ch} {'I' if at else 'B'}-{label}\n"
            for said, label in spans
            for at, ch in enumerate(said)
        ),
        encoding="utf-8",
    )
    (example,) = read_examples(path)
    assert example.text == "".join(said for said, _ in spans)
    assert dict(example.parts) == {
        "county": "庆元", "village": "大济", "road": "万里路", "number": "832-125",
        "place": "荣华北苑", "building": "8", "unit": "10", "floor": "7", "room": "302",
    }  # fmt: skip
    assert "前台" in example.others


def test_the_command_reports_and_names_bad_lines(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(DATA / "addresses.jsonl"), "--gazetteer", str(NAMES)]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["addresses"] == 60
    assert report["f1"] > 0.9
    for content in ('{"text": "x"}\n', "永 B-district\n坏\n"):
        path = tmp_path / "bad.txt"
        path.write_text(content, encoding="utf-8")
        assert main([str(path)]) == 2
        assert f"{path}:{content.count(chr(10))}: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "text",
    [
        "路" * 100,
        "1号" * 50,
        "一" * 100,
        "G25高速" * 20,
        "-" * 100,
        "浙江省" * 33,
        "A栋" * 40,
        "号栋室路街镇村",
    ],
)
def test_odd_texts_take_no_exception(demo: Gazetteer, text: str) -> None:
    find_address(text, demo)
    find_address(text, Gazetteer())

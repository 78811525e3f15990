"""Names from tables of many shapes; a large table; taking in another without a restart."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from classifier.address import find_address
from classifier.gazetteer import Gazetteer
from classifier.nametables import Place
from classifier.slots import find_slots

pytestmark = pytest.mark.unit


def test_official_divisions_are_read_together(tmp_path: Path) -> None:
    (tmp_path / "1-areas.csv").write_text(
        'code,name,cityCode,provinceCode\n331126,"庆元县",3311,33\n331127,"景宁畲族自治县",3311,33\n',
        encoding="utf-8",
    )
    (tmp_path / "2-streets.csv").write_text(
        "code,name,areaCode,provinceCode,cityCode\n331126100,竹口镇,331126,33,3311\n"
        "331127001,红星街道办事处,331127,33,3311\n",
        encoding="utf-8",
    )
    (tmp_path / "3-villages.csv").write_text(
        "code,name,streetCode,provinceCode,cityCode,areaCode\n"
        "331126100200,新窑村委会,331126100,33,3311,331126\n"
        "331126100201,黄坛村民委员会,331126100,33,3311,331126\n"
        "331126100001,竹口社区居委会,331126100,33,3311,331126\n"
        "331127001001,红星社区居委会,331127001,33,3311,331127\n",
        encoding="utf-8",
    )
    everything = Gazetteer.read(tmp_path)
    assert everything.problems == ()
    assert [(p.name, p.kind, p.parent) for p in everything.places] == [
        ("庆元县", "county", ""),
        ("景宁畲族自治县", "county", ""),
        ("竹口镇", "town", "庆元县"),
        ("红星街道", "town", "景宁畲族自治县"),
        ("新窑村", "village", "竹口镇"),
        ("黄坛村", "village", "竹口镇"),
        ("竹口社区", "community", "竹口镇"),
        ("红星社区", "community", "红星街道"),
    ]
    county = Gazetteer.read(tmp_path, within="331126")
    assert [p.name for p in county.places] == ["庆元县", "竹口镇", "新窑村", "黄坛村", "竹口社区"]
    found = find_address("我在竹口镇新窑村", county)
    assert found is not None
    assert found.slot.parts == {"town": "竹口镇", "village": "新窑村"}


def test_a_chinese_table_from_a_spreadsheet(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(
        "名称;类型;所属街道;别名;经度;纬度\n"
        "南苑小区;住宅小区;松源街道;南苑、南苑新区;119.06;27.62\n"
        "石龙街;道路;松源街道;;;\n"
        "咏归桥;桥梁;;;;\n"
        "天外天;飞船;;;;\n".encode("gb18030")
    )
    gazetteer = Gazetteer.read(path)
    assert gazetteer.places == (
        Place("南苑小区", "compound", "松源街道", 119.06, 27.62),
        Place("石龙街", "road", "松源街道", None, None),
        Place("咏归桥", "bridge", "", None, None),
    )
    assert gazetteer.problems == (f"{path}:5: unknown kind '飞船'",)
    found = find_address("我在南苑新区3栋", gazetteer)
    assert found is not None
    assert found.slot.parts["compound"] == "南苑小区"


def test_names_alone_are_enough(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("地名\n永安路\n大洋小区\n后溪村\n钟楼\n", encoding="utf-8")
    kinds = [(place.name, place.kind) for place in Gazetteer.read(path).places]
    assert kinds == [
        ("永安路", "road"), ("大洋小区", "compound"), ("后溪村", "village"), ("钟楼", "landmark"),
    ]  # fmt: skip


def test_half_a_coordinate_is_a_problem(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text("name,kind,lon,lat\n永安路,road,119,\n", encoding="utf-8")
    assert Gazetteer.read(path).problems == (f"{path}:2: of the two coordinates one is missing",)


def test_an_empty_folder_is_a_problem(tmp_path: Path) -> None:
    assert str(tmp_path) in Gazetteer.read(tmp_path).problems[0]


def test_a_large_table_is_quick(tmp_path: Path) -> None:
    """20,000 names; the bound is far above what it takes, for a loaded machine."""
    first, second = "东西南北上下前后大小", "溪山岭坑源岙田桥塘湾"
    third, fourth = "坪坂垟坞洋村头尾口井", "林竹松梅兰桂杏桃李柳"
    path = tmp_path / "names.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("name,kind,parent\n")
        for a in first:
            for b in second:
                for c in third:
                    for d in fourth:
                        file.write(f"{a}{b}{c}{d}村,village,城关镇\n{d}{a}{b}{c}路,road,城关镇\n")
    gazetteer = Gazetteer.read(path)
    assert len(gazetteer) == 20_000
    texts = [
        "喂你好我在东溪坪林村这边有人打架打得很厉害你们快点派人过来",
        "我是梅西岭坞路二十二号的，家里煤气漏了，味道很大，老人还在里面",
        "前几天就跟你们反映过了，路灯一直不亮，晚上走路看不见，很危险的",
    ]
    spent: list[float] = []
    for text in texts * 10:
        began = time.perf_counter()
        find_slots(text, gazetteer)
        spent.append(time.perf_counter() - began)
    assert sorted(spent)[len(spent) // 2] < 0.015

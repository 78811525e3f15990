"""Addresses, people, numbers and names read out of speech."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.address import find_address
from classifier.gazetteer import Gazetteer
from classifier.slots import find_slots
from classifier.text import clean, folded

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我在南苑小区十二栋楼下", {"compound": "南苑小区", "building": "12栋"}),
        ("我在南苑小区时而动楼下", {"compound": "南苑小区", "building": "12栋"}),
        ("我在南苑小区12栋", {"compound": "南苑小区", "building": "12栋"}),
        ("我在蓝园小区十二栋", {"compound": "南苑小区", "building": "12栋"}),
        ("我在南苑，3栋", {"compound": "南苑小区", "building": "3栋"}),
        (
            "我在万通小区三栋二单元五零一室",
            {"compound": "万通小区", "building": "3栋", "unit": "2单元", "room": "501室"},
        ),
        (
            "万通小区三栋二单元五零一",
            {"compound": "万通小区", "building": "3栋", "unit": "2单元", "room": "501室"},
        ),
        (
            "南苑小区12-3-501",
            {"compound": "南苑小区", "building": "12栋", "unit": "3单元", "room": "501室"},
        ),
        (
            "在蒙洲街道时龙街八十八好三楼",
            {"town": "濛洲街道", "road": "石龙街", "number": "88号", "floor": "3楼"},
        ),
        (
            "庆元县竹口镇新窑村35号",
            {"county": "庆元县", "town": "竹口镇", "village": "新窑村", "number": "35号"},
        ),
        ("不对，不是南苑小区，是万通小区五栋", {"compound": "万通小区", "building": "5栋"}),
        ("我要去人民医院，我在新建路", {"road": "新建路"}),
        ("人民医院门口有人打架", {"landmark": "庆元县人民医院"}),
        ("水管破了十二栋，在南苑小区", {"compound": "南苑小区", "building": "12栋"}),
    ],
)
def test_known_names(gazetteer: Gazetteer, text: str, expected: dict[str, str]) -> None:
    found = find_address(clean(text), gazetteer)
    assert found is not None
    assert found.slot.parts == expected
    assert found.slot.text == "".join(expected.values())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("在解放路二十二号", {"road": "解放路", "number": "22号"}),
        (
            "我在阳光花园三幢一单元501室",
            {"compound": "阳光花园", "building": "3幢", "unit": "1单元", "room": "501室"},
        ),
        ("西山镇大安村有人打架", {"town": "西山镇", "village": "大安村"}),
        ("我在滨河花园8号楼2单元", {"compound": "滨河花园", "building": "8号楼", "unit": "2单元"}),
    ],
)
def test_unknown_names_by_their_form(text: str, expected: dict[str, str]) -> None:
    found = find_address(clean(text), Gazetteer())
    assert found is not None
    assert found.slot.parts == expected
    assert found.slot.read_back == f"您说的是{found.slot.text}，对吗？"


@pytest.mark.parametrize(
    "text",
    [
        "走路的时候摔了，马路上有坑",
        "我们小区停电了",
        "电路短路着火了",
        "房子塌了两栋楼",
        "三个小时了还没来，是不是都睡了",
        "我爸爸在路上摔了",
        "",
    ],
)
def test_no_address_is_made_up(gazetteer: Gazetteer, text: str) -> None:
    assert find_address(clean(text), gazetteer) is None


def test_doubt_is_read_back_and_certainty_is_not(gazetteer: Gazetteer) -> None:
    doubtful = find_address("我在南苑小区时而动楼下", gazetteer)
    certain = find_address("我在南苑小区十二栋楼下", gazetteer)
    assert doubtful is not None
    assert certain is not None
    assert doubtful.slot.p < 0.8 <= certain.slot.p
    assert doubtful.slot.read_back == "您说的是南苑小区12栋，对吗？"
    assert doubtful.slot.source == "南苑小区时而动"
    assert certain.slot.read_back == ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("zhang", "zan"),
        ("shi", "si"),
        ("lan", "nan"),
        ("fu", "hu"),
        ("ming", "min"),
        ("fang", "huan"),
    ],
)
def test_near_sounds_are_one(one: str, other: str) -> None:
    assert folded(one) == folded(other)


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("两个人被困", "trapped", 2),
        ("车里有5个人被卡住了", "trapped", 5),
        ("电梯里关了三个人", "trapped", 3),
        ("老人还没出来", "trapped", 1),
        ("有人受伤了", "injured", 1),
        ("十二个工人受伤", "injured", 12),
        ("没有人受伤", "injured", 0),
        ("人没事", "injured", 0),
        ("家里全是水", "injured", None),
        ("三楼着火了", "trapped", None),
        ("我的电话幺三八零零一二三四五六", "phone", "13800123456"),
        ("电话是13800138000", "phone", "13800138000"),
        ("我的电话妖三吧林林一二三四五六", "phone", "13800123456"),
        ("联系电话六一二三四五六", "phone", "6123456"),
        ("我家住八楼", "phone", None),
        ("我叫张伟，快来", "name", "张伟"),
        ("我姓王", "name", "王"),
        ("我是路过的", "name", None),
        ("我叫你们快来", "name", None),
    ],
)
def test_slots(text: str, slot: str, value: object) -> None:
    slots, _ = find_slots(clean(text), Gazetteer())
    found = getattr(slots, slot)
    assert (None if found is None else found.value) == value
    if found is not None:
        assert found.source in clean(text)
        assert bool(found.read_back) == (found.p < 0.8)


def test_bad_rows_are_named_and_skipped(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text(
        "name,kind,parent,aliases,lon,lat\n"
        "南苑小区,compound,松源街道,,119.06,27.62\n"
        ",road,,,,\n"
        "新建路,highway,,,,\n"
        "石龙街,road,,,east,27\n"
        "石龙街,road,,,119,127\n"
        "a,b,c,d,e,f,g\n"
        "\n"
        "咏归桥,bridge,,廊桥,,\n",
        encoding="utf-8",
    )
    gazetteer = Gazetteer.read(path)
    assert [place.name for place in gazetteer.places] == ["南苑小区", "咏归桥"]
    assert [problem.split(": ")[0] for problem in gazetteer.problems] == [
        f"{path}:{line}" for line in (3, 4, 5, 6, 7)
    ]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b'name,kind\n"open'])
def test_an_unusable_file_is_an_empty_gazetteer(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes(content)
    gazetteer = Gazetteer.read(path)
    assert len(gazetteer) == 0
    assert gazetteer.problems
    assert all(str(path) in problem for problem in gazetteer.problems)


def test_a_missing_file_is_an_empty_gazetteer(tmp_path: Path) -> None:
    gazetteer = Gazetteer.read(tmp_path / "none.csv")
    assert len(gazetteer) == 0
    assert gazetteer.problems


def test_the_demo_site_is_clean() -> None:
    path = Path(__file__).parents[2] / "yihu" / "demo" / "qingyuan" / "gazetteer.csv"
    gazetteer = Gazetteer.read(path)
    assert gazetteer.problems == ()
    assert len(gazetteer) >= 150

"""Dangers, kinds of people, plates, sums and times read out of speech."""

from __future__ import annotations

from dataclasses import fields

import pytest

from classifier.gazetteer import Gazetteer
from classifier.slots import find_slots
from classifier.text import clean
from classifier.types import AddressSlot, Slots

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("他拿着一把菜刀要砍人", "weapons", "菜刀"),
        ("他手里有刀", "weapons", "刀"),
        ("对方没有带刀", "weapons", "无"),
        ("刀削面太贵了", "weapons", None),
        ("没有明火，在冒烟", "fire", "冒烟"),
        ("楼上没有着火", "fire", "无"),
        ("家里煤气泄漏了，味道很大", "gas", "煤气泄漏"),
        ("煤起泄漏了", "gas", "煤气泄漏"),
        ("燃气费怎么交", "gas", None),
        ("油罐车翻了，汽油漏了一地", "chemicals", "油罐车、汽油"),
        ("今天下午三点十分", "chemicals", None),
        ("电线掉下来了，有人触电", "electricity", "电线掉、触电"),
        ("早上七点到现在没电", "electricity", None),
        ("水深一米五", "water_level", "1.5米"),
        ("积水有三十公分", "water_level", "0.3米"),
        ("水已经淹到胸口了", "water_level", "到胸口"),
        ("水管破了", "water_level", None),
        ("三个小孩掉水里了", "children", 3),
        ("有两三个人困在里面", "trapped", 3),
        ("七八个人受伤了", "injured", 8),
        ("十二个人被困", "trapped", 12),
        ("一个五岁的小孩不见了", "children", 1),
        ("我奶奶走丢了，八十多岁", "elderly", 1),
        ("我爸六十五岁", "elderly", 1),
        ("我今年三十岁", "elderly", None),
        ("有个孕妇快生了", "pregnant", 1),
        ("她没有怀孕", "pregnant", None),
        ("两个人失踪", "missing", 2),
        ("我钱包不见了", "missing", None),
        ("没有人失踪", "missing", 0),
        ("浙K12345撞了我就跑", "plates", "浙K12345"),
        ("车牌是浙K幺二三四五", "plates", "浙K12345"),
        ("车牌尾号三八八", "plates", "388"),
        ("被骗了三万五", "sums", 35_000),
        ("转账12.5万元给他，又取了两千块钱", "sums", 125_000),
        ("二十多万被骗", "sums", 200_000),
        ("我们一块儿去", "sums", None),
        ("昨天晚上八点半发生的", "times", "昨天晚上8点30分"),
        ("半小时前", "times", "半小时前"),
        ("2024年3月5日", "times", "2024年3月5日"),
        ("你们几点上班", "times", None),
    ],
)
def test_particulars(text: str, slot: str, value: object) -> None:
    slots, _ = find_slots(clean(text), Gazetteer())
    found = getattr(slots, slot)
    assert (None if found is None else found.value) == value


@pytest.mark.parametrize(
    "text",
    [
        "两个小孩和一个老人困在水里，水到膝盖，大概半小时前，电话13800138000，我叫张伟",
        "煤起泄漏，车牌尾号三八八，骗了我三千多块，我奶奶不见了",
    ],
)
def test_every_slot_has_its_words_and_doubt_is_read_back(text: str) -> None:
    said = clean(text)
    slots, _ = find_slots(said, Gazetteer())
    filled = [slot for one in fields(Slots) if (slot := getattr(slots, one.name)) is not None]
    assert len(filled) >= 4
    for slot in filled:
        assert 0 < slot.p < 1
        assert slot.source in said
        assert bool(slot.read_back) == (slot.p < 0.8)
        assert isinstance(slot, AddressSlot) or slot.read_back.endswith(("，对吗？", "？", ""))


@pytest.mark.parametrize(
    "text",
    ["", "刀" * 2_000, "三" * 2_000, "3万" * 900, "12:" * 600, "车牌" * 900, "岁" * 2_000,
     "点" * 2_000,
     "水到" * 900, "K" * 2_000, "😀", "\x00", "<script>", "ひらがな", "ประเทศไทย"],
    ids=lambda text: ascii(text[:4]),
)  # fmt: skip
def test_any_text_is_read(text: str) -> None:
    find_slots(clean(text), Gazetteer())

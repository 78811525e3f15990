"""What the trained classifier proposes for whole calls."""

from __future__ import annotations

from pathlib import Path

import pytest

from classifier.model import Classifier

pytestmark = pytest.mark.integration

HELD_OUT = Path(__file__).with_name("data") / "heldout.tsv"


@pytest.mark.parametrize(
    "text",
    [
        "我在南苑小区十二栋楼下，自来水管破裂了，水喷得老高",
        "我 在 南苑 小区 时而 动 楼下 自来水管 破裂 了 水 喷 的 老 高",
        "我在南苑小区时而动楼下自来水管破裂了水喷的老高",
        "我在南院小区时而动楼下自来水管破裂了水喷得老高",
        "我在南园小区十二动楼下自来水管破裂了",
    ],
)
def test_burst_pipe_goes_to_the_water_company(classifier: Classifier, text: str) -> None:
    suggestion = classifier.suggest(text, dialled="110")
    assert suggestion.emergency == "non_emergency"
    assert suggestion.category is not None
    assert suggestion.category.code == "C0101"
    assert suggestion.units[0].name == "供水"
    address = suggestion.slots.address
    assert address is not None
    assert address.text == "南苑小区12栋"
    assert address.parts == {"compound": "南苑小区", "building": "12栋"}


def test_fire_with_people_inside_is_level_one(classifier: Classifier) -> None:
    suggestion = classifier.suggest(
        "喂，110吗，我们楼着火了，在濛洲街道石龙街88号三楼，烟很大，老人还没出来"
    )
    assert suggestion.emergency == "emergency"
    assert suggestion.level == "一级"
    assert suggestion.category is not None
    assert suggestion.category.name == "住宅火灾"
    assert suggestion.units[0].name == "消防"
    assert {unit.name for unit in suggestion.units} >= {"消防", "医疗急救", "公安"}
    assert suggestion.slots.address is not None
    assert suggestion.slots.address.text == "濛洲街道石龙街88号3楼"
    assert suggestion.slots.trapped is not None
    assert suggestion.slots.trapped.read_back == "请问有几个人被困？"
    assert "着火" in "".join(suggestion.reasons)


def test_blocked_drain_is_a_household_service(classifier: Classifier) -> None:
    suggestion = classifier.suggest("我家卫生间下水道堵了，想请人来通一下，在松源街道新建路15号")
    assert suggestion.emergency == "non_emergency"
    assert suggestion.units[0].name == "家政服务"
    assert suggestion.slots.address is not None
    assert suggestion.slots.address.parts == {
        "town": "松源街道",
        "road": "新建路",
        "number": "15号",
    }


def test_question_goes_to_the_authority_that_knows(classifier: Classifier) -> None:
    suggestion = classifier.suggest("我想问一下，高龄老人补贴怎么申请，要带什么材料")
    assert suggestion.emergency == "non_emergency"
    assert suggestion.category is not None
    assert suggestion.category.code == "Q0103"
    assert suggestion.units[0].name == "民政"


@pytest.mark.parametrize(
    "text", ["", "   ", "喂，你好", "我在南苑小区十二栋", "help, my house burns"]
)
def test_nothing_said_yet_is_not_guessed(classifier: Classifier, text: str) -> None:
    suggestion = classifier.suggest(text)
    assert suggestion.abstain
    assert suggestion.emergency == "unsure"
    assert suggestion.category is None
    assert suggestion.units == ()


def test_doubt_names_the_two_best(classifier: Classifier) -> None:
    suggestion = classifier.suggest("楼上水从天花板和路上的东西弄坏了要人管", confidence=0.1)
    assert suggestion.abstain
    assert suggestion.category is None
    assert len(suggestion.alternatives) == 2
    first, second = suggestion.alternatives
    assert first.p >= second.p
    assert first.code != second.code


def test_reasons_are_words_of_the_caller(classifier: Classifier) -> None:
    text = "我爸刚才吃着饭突然晕倒了叫不醒"
    reasons = classifier.suggest(text).reasons
    assert reasons
    assert all(reason in text for reason in reasons)


def test_a_place_does_not_decide_the_category(classifier: Classifier) -> None:
    suggestion = classifier.suggest("路灯不亮了，在人民医院门口")
    assert suggestion.category is not None
    assert suggestion.category.name == "路灯不亮"
    assert suggestion.slots.address is not None
    assert suggestion.slots.address.parts == {"landmark": "庆元县人民医院"}


def test_suggesting_is_pure(classifier: Classifier) -> None:
    text = "电梯里关了三个人，在万通小区五栋"
    assert classifier.suggest(text) == classifier.suggest(text)


def test_held_out_sentences(classifier: Classifier) -> None:
    items = {item.code: item for item in classifier.categories()}
    right = leads = missed = alarms = total = 0
    for line in HELD_OUT.read_text(encoding="utf-8").splitlines():
        code, text = line.split("\t")
        suggestion = classifier.suggest(text)
        best = suggestion.category or (suggestion.alternatives or (None,))[0]
        total += 1
        right += best is not None and best.code == code
        leads += (suggestion.units[0].name if suggestion.units else "") == items[code].lead
        missed += items[code].emergency and suggestion.emergency == "non_emergency"
        alarms += not items[code].emergency and suggestion.emergency == "emergency"
    assert right / total >= 0.85
    assert leads / total >= 0.90
    assert missed == 0
    assert alarms / total <= 0.05


@pytest.mark.parametrize(
    "text",
    [
        "着火了" * 33_334,
        "路" * 100_000,
        "1" * 100_000,
        "<" * 100_000,
        "<b>着火</b><script>alert(1)</script>",
        "😀着火了😀",
        "\x00\x01着火\x7f",
        "\ud800着火",
        "العربية Ελληνικά",
        "我叫" * 50_000,
        "电话" + "1" * 99_999,
    ],
    ids=lambda text: ascii(text[:8]),
)
def test_any_text_is_answered(classifier: Classifier, text: str) -> None:
    suggestion = classifier.suggest(text, dialled="\n", confidence=7.0)
    assert 0 <= suggestion.emergency_p <= 1
    assert suggestion.as_dict()["model_version"] == classifier.version

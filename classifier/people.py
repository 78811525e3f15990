"""Who is concerned: hurt, trapped and missing people, children, the elderly, the pregnant."""

from __future__ import annotations

import re
from collections.abc import Callable

from classifier.numerals import NUMERALS, spoken_number
from classifier.types import Slot, read_slot

_PERSON = (
    "(?:人|小孩子?|孩子|老人家?|工人|学生|女的|男的|娃儿?|大人|司机|乘客|游客|村民|同志|伤员|员工)"
)
_COUNT = rf"(?P<count>[{NUMERALS}]{{1,5}}|十几|几十|几|好几|好多|很多|不少|多)"
_HURT = (
    "(?:受了?重?轻?伤|伤了|烧伤|烫伤|砸伤|炸伤|摔伤|撞伤|砍伤"
    "|流了?好?多?血|出血|昏迷|晕倒|被砸|倒在?地)"
)
_STUCK = (
    "(?:被困|困在|困住|被埋|埋住|埋在|压在|压住|卡在|卡住|被卡|关在|没出来|没有出来|出不来|还没下来"
    "|没下来|下不来|没跑出来|逃不出来|在里面|在里头|(?:关|困|卡|压|埋)[着了])"
)
_GONE = (
    "(?:失踪|不见了|走丢了?|走失|失联|找不到了?|联系不上|没找到|下落不明|没回来|没有回来"
    "|被(?:水|洪水)?冲走了?)"
)
_NONE_HURT = re.compile(
    "没有?人受伤|人没事|没伤到?人|没有受伤|人都没事|没有人员伤亡|人都好的|都没受伤|无人受伤"
)
_NONE_STUCK = re.compile("没有?人被困|里面没有?人|没有人在里面|人都(?:跑|撤|逃)?出来了|都出来了")
_NONE_GONE = re.compile("没有?人失踪|人找到了|已经找到了?|人都在|人都齐")
_FOUND_THING = re.compile("钱包|手机|钥匙|车子|电动车|摩托|自行车|狗|猫|快递|身份证|包包|东西")
_KIN = "爸爸?|妈妈?|爷爷|奶奶|外公|外婆|公公|婆婆|老婆|老公|妻子|丈夫|弟弟?|妹妹?|哥哥?|姐姐?|儿子|女儿|朋友|同学|同事|邻居|老婆婆|老头|老太太|女孩|男孩|姑娘"  # noqa: E501 - one word list

_CHILD = r"(?:小孩子?|小朋友|孩子|小男孩|小女孩|男孩|女孩|婴儿|宝宝|娃儿?|儿童|小学生|幼儿|新生儿)"
_ELDER = r"(?:老人家?|老大爷|老大妈|大爷|老奶奶|老爷爷|老太太|老太婆|老头子?|老婆婆|爷爷|奶奶|外公|外婆|老伯|高龄|孤寡)"  # noqa: E501 - one word list
_PREGNANT = re.compile(
    r"孕妇|怀孕|怀着孕|怀了孕|大肚子|羊水破了?|要生了|快生了|临产|产妇|预产期|身孕"
)
_ABOUT = re.compile("[一二两三四五六七八九]{2}")
_NOT = re.compile(r"(?:没有?|不是|无|没怀)$")
_AGE = re.compile(rf"(?P<age>[{NUMERALS}]{{1,4}})(?:多|来)?岁(?P<half>半)?")
_CHILD_UNTIL, _ELDER_FROM = 14, 60


def injured(text: str) -> Slot | None:
    """How many people are hurt: counted, some (1, in doubt), or none (0)."""
    return _state(text, _HURT, _NONE_HURT, "受伤")


def trapped(text: str) -> Slot | None:
    """How many people cannot get out: counted, some (1, in doubt), or none (0)."""
    return _state(text, _STUCK, _NONE_STUCK, "被困")


def missing(text: str) -> Slot | None:
    """How many people cannot be found: counted, some (1, in doubt), or none (0)."""
    slot = _state(text, _GONE, _NONE_GONE, "失踪")
    if slot is not None and slot.value and _FOUND_THING.search(slot.source):
        return None
    return slot


def children(text: str) -> Slot | None:
    """How many children are concerned, with the age in the source words where told."""
    return _kind(text, _CHILD, lambda age: age <= _CHILD_UNTIL, "小孩")


def elderly(text: str) -> Slot | None:
    """How many old people are concerned, with the age in the source words where told."""
    return _kind(text, _ELDER, lambda age: age >= _ELDER_FROM, "老人")


def pregnant(text: str) -> Slot | None:
    """How many pregnant women are concerned."""
    for match in _PREGNANT.finditer(text):
        if not _NOT.search(text[max(0, match.start() - 3) : match.start()]):
            return read_slot(1, 0.88, match.group(), "您说的是孕妇，对吗？")
    return None


def _count(said: str) -> tuple[int | None, float]:
    """A number of people with how sure it is; of 两三个 the larger, in doubt."""
    about = _ABOUT.fullmatch(said)
    if about is not None:
        fewer, more = spoken_number(said[0]), spoken_number(said[1])
        if fewer and more and 1 <= more - fewer <= 2:
            return more, 0.6
    return spoken_number(said), 0.88


def _state(text: str, state: str, none: re.Pattern[str], word: str) -> Slot | None:
    counted = re.search(
        rf"{_COUNT}[个名位]?多?个?{_PERSON}?[^，。！？]{{0,5}}?{state}"
        rf"|{state}了?(?:大概|大约|可能)?(?P<after>[{NUMERALS}]{{1,4}})(?:[个名位]|{_PERSON})",
        text,
    )
    if counted:
        said = counted.group("count") or counted.group("after")
        number, p = _count(said)
        follows = text[counted.start() + len(said) : counted.start() + len(said) + 6]
        people = counted.group("after") or re.match(rf"[个名位]|{_PERSON}", follows)
        if number is not None and number <= 500 and people:
            return read_slot(number, p, counted.group(), f"您说的是{number}人{word}，对吗？")
    if match := none.search(text):
        return read_slot(0, 0.85, match.group(), f"您说的是没有人{word}，对吗？")
    some = re.search(
        rf"(?:{_PERSON}|{_KIN}|[我他她妈爸爷奶公婆弟妹哥姐儿女夫])[^，。！？]{{0,6}}?{state}", text
    )
    if some:
        return read_slot(1, 0.55, some.group(), f"请问有几个人{word}？")
    return None


def _kind(text: str, noun: str, fits: Callable[[int], bool], word: str) -> Slot | None:
    """People of one kind: counted before the noun, told by their age, or only named."""
    counted = re.search(rf"(?P<count>[{NUMERALS}]{{1,3}})(?:多|几)?[个名位]?{noun}", text)
    aged = next(
        (
            match
            for match in _AGE.finditer(text)
            if (age := spoken_number(match.group("age"))) is not None and age < 120 and fits(age)
        ),
        None,
    )
    if counted:
        number, p = _count(counted.group("count"))
        if number is not None and 0 < number <= 500:
            return read_slot(number, p, counted.group(), f"您说的是{number}个{word}，对吗？")
    named = next(
        (
            match
            for match in re.finditer(noun, text)
            if not _NOT.search(text[max(0, match.start() - 3) : match.start()])
        ),
        None,
    )
    if aged:
        return read_slot(1, 0.85, aged.group(), f"您说的是{aged.group()}，对吗？")
    if named:
        return read_slot(1, 0.6, named.group(), f"请问是不是有{word}在场，有几个？")
    return None

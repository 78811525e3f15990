"""What a form can be filled from: place, people hurt or trapped, number to call, name."""

from __future__ import annotations

import re

from classifier.address import find_address
from classifier.gazetteer import Gazetteer
from classifier.lexicon import LEXICON
from classifier.numerals import NUMERALS, Token, numeral, numeral_run
from classifier.text import syllables
from classifier.types import Slot, Slots

SURE = 0.8

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
_NONE_HURT = re.compile(
    "没有?人受伤|人没事|没伤到?人|没有受伤|人都没事|没有人员伤亡|人都好的|都没受伤|无人受伤"
)
_NONE_STUCK = re.compile("没有?人被困|里面没有?人|没有人在里面|人都(?:跑|撤|逃)?出来了|都出来了")
_MOBILE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(?:0\d{2,3}-?)?[2-8]\d{6,7}(?!\d)")
_PHONE_NEAR = re.compile("电话|号码|手机|联系|打给|打我|座机")
_DIGIT = re.compile(r"[0-9零〇一二三四五六七八九幺两\- ]")
_DIGIT_SOUNDS = {
    "ling": "0", "lin": "0", "yi": "1", "yao": "1", "er": "2", "liang": "2", "san": "3", "si": "4",
    "wu": "5",     "liu": "6", "qi": "7", "ba": "8", "jiu": "9",
}  # fmt: skip
_SURNAMES = LEXICON["people"]["surnames"]
_NAME = re.compile(
    rf"(?P<lead>我(?:的名字)?叫|名字叫|我是|联系人是?|本人|我姓|免贵姓|鄙姓|姓)(?P<name>[{_SURNAMES}][\u4e00-\u9fff]{{0,2}})"
)
_NAME_ENDS = re.compile(
    "[，。的在住是有想要说叫来给被和跟就这那个了吧啊呢吗我你他家电]|先生|女士|小姐|师傅|同志"
)
_NO_NAME = frozenset(LEXICON["people"]["not_names"])


def find_slots(text: str, gazetteer: Gazetteer) -> tuple[Slots, tuple[tuple[int, int], ...]]:
    """Slots of a cleaned text, and the stretches that are address, number or name."""
    found = find_address(text, gazetteer)
    spans = list(found.spans) if found else []
    phone, phone_span = _phone(text)
    name, name_span = _name(text)
    spans.extend(span for span in (phone_span, name_span) if span)
    slots = Slots(
        address=found.slot if found else None,
        injured=_people(text, _HURT, _NONE_HURT, "受伤"),
        trapped=_people(text, _STUCK, _NONE_STUCK, "被困"),
        phone=phone,
        name=name,
    )
    return slots, tuple(sorted(spans))


def _people(text: str, state: str, none: re.Pattern[str], word: str) -> Slot | None:
    """How many people are in ``state``: counted, some, or none."""
    counted = re.search(
        rf"{_COUNT}[个名位]?多?个?{_PERSON}?[^，。！？]{{0,5}}?{state}"
        rf"|{state}了?(?:大概|大约|可能)?(?P<after>[{NUMERALS}]{{1,4}})(?:[个名位]|{_PERSON})",
        text,
    )
    if counted:
        said = counted.group("count") or counted.group("after")
        number = numeral(numeral_run([Token(ch, "") for ch in said], 0, by_sound=False))
        follows = text[counted.start() + len(said) : counted.start() + len(said) + 6]
        people = counted.group("after") or re.match(rf"[个名位]|{_PERSON}", follows)
        if number and number.count == len(said) and number.value <= 500 and people:
            return _slot(
                number.value, 0.88, counted.group(), f"您说的是{number.value}人{word}，对吗？"
            )
    if none.search(text):
        match = none.search(text)
        return _slot(0, 0.85, match.group() if match else "", f"您说的是没有人{word}，对吗？")
    some = re.search(
        rf"(?:{_PERSON}|[我他她妈爸爷奶公婆弟妹哥姐儿女夫])[^，。！？]{{0,6}}?{state}", text
    )
    if some:
        return _slot(1, 0.55, some.group(), f"请问有几个人{word}？")
    return None


def _slot(value: object, p: float, source: str, question: str) -> Slot:
    return Slot(value, p, source, "" if p >= SURE else question)


def _phone(text: str) -> tuple[Slot | None, tuple[int, int] | None]:
    best: tuple[float, str, int, int] | None = None
    start = 0
    while start < len(text):
        if not _DIGIT.match(text[start]):
            start += 1
            continue
        end = start
        while end < len(text) and _DIGIT.match(text[end]):
            end += 1
        digits = _digits(text[start:end])
        near = _PHONE_NEAR.search(text[max(0, start - 12) : start]) is not None
        p = 0.0
        if _MOBILE.fullmatch(digits):
            p = 0.95
        elif near and _LANDLINE.fullmatch(digits):
            p = 0.85
        if p and (best is None or p >= best[0]):
            best = (p, digits.replace("-", ""), start, end)
        start = end
    if best is None:
        best = _phone_by_sound(text)
    if best is None:
        return None, None
    p, digits, start, end = best
    spoken = "，".join((digits[:3], digits[3:7], digits[7:])) if len(digits) == 11 else digits
    return _slot(digits, p, text[start:end].strip(), f"您的电话是{spoken}，对吗？"), (start, end)


def _phone_by_sound(text: str) -> tuple[float, str, int, int] | None:
    """Eleven numerals in a row after the word for telephone, some only by their sound."""
    for match in _PHONE_NEAR.finditer(text):
        tail = text[match.end() : match.end() + 24]
        digits, places = "", []
        for offset, ch in enumerate(tail):
            value = ch if ch.isdigit() else _DIGIT_SOUNDS.get(syllables(ch)[0], "")
            if value:
                digits += value
                places.append(offset)
            elif digits and ch not in "，- ":
                if len(digits) >= 11:
                    break
                digits, places = "", []
            if len(digits) == 11 and _MOBILE.fullmatch(digits):
                base = match.end()
                return 0.7, digits, base + places[0], base + places[-1] + 1
    return None


def _digits(said: str) -> str:
    table = str.maketrans("零〇一二三四五六七八九幺两", "0012345678912")
    return re.sub(r"[ ]", "", said.translate(table)).strip("-")


def _name(text: str) -> tuple[Slot | None, tuple[int, int] | None]:
    for match in _NAME.finditer(text):
        lead, name = match.group("lead"), match.group("name")
        cut = _NAME_ENDS.search(name, 1)
        if cut:
            name = name[: cut.start()]
        surname_only = lead.endswith("姓")
        if surname_only:
            name = name[:1]
        elif (
            len(name) < 2
            or name in _NO_NAME
            or any(name.startswith(w) for w in _NO_NAME if len(w) > 1)
        ):
            continue
        if lead in ("我是", "本人") and (
            len(name) < 2 or not re.match("[，。]|$", text[match.start("name") + len(name) :])
        ):
            continue
        end = match.start("name") + len(name)
        p = 0.7 if surname_only else 0.6
        question = f"请问您{'姓' if surname_only else '叫'}{name}，对吗？"
        return _slot(name, p, text[match.start() : end], question), (match.start(), end)
    return None, None

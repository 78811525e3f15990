"""What a form can be filled from: place, people, dangers, particulars, number to call, name."""

from __future__ import annotations

import re

from classifier import people
from classifier.address import find_address
from classifier.dangers import KINDS, danger, water_level
from classifier.gazetteer import Gazetteer
from classifier.lexicon import LEXICON
from classifier.particulars import plates, sums, times
from classifier.text import syllables, text_syllables
from classifier.types import Slot, Slots, read_slot

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
    read = text_syllables(text)
    slots = Slots(
        address=found.slot if found else None,
        injured=people.injured(text),
        trapped=people.trapped(text),
        missing=people.missing(text),
        children=people.children(text),
        elderly=people.elderly(text),
        pregnant=people.pregnant(text),
        water_level=water_level(text),
        plates=plates(text),
        sums=sums(text),
        times=times(text),
        phone=phone,
        name=name,
        **{kind: danger(kind, text, read) for kind in KINDS},
    )
    return slots, tuple(sorted(spans))


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
    return read_slot(digits, p, text[start:end].strip(), f"您的电话是{spoken}，对吗？"), (
        start,
        end,
    )


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
        return read_slot(name, p, text[match.start() : end], question), (match.start(), end)
    return None, None

"""Number plates, sums of money and times, as callers say them."""

from __future__ import annotations

import re

from classifier.numerals import NUMERALS, spoken_number
from classifier.types import Slot, read_slot

MOST_NAMED = 5
_PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_PLATE = re.compile(
    rf"(?P<head>[{_PROVINCES}]\s?[A-HJ-NP-Za-hj-np-z])[·.\s]?"
    rf"(?P<tail>(?:[A-HJ-NP-Za-hj-np-z0-9零〇一二三四五六七八九幺两]\s?){{5,6}}[挂学警港澳]?)"
)
_PART_OF_PLATE = re.compile(
    r"(?:车牌|牌照|尾号|车号)(?:号码?|照)?[^，。！？0-9零一二三四五六七八九幺两A-Za-z]{0,6}"
    r"(?P<tail>[A-Za-z0-9零〇一二三四五六七八九幺两]{3,6})"
)
_PLATE_DIGITS = str.maketrans("零〇一二三四五六七八九幺两", "0012345678912")

_AMOUNT = rf"(?:[{NUMERALS}]{{1,9}}(?:\.\d{{1,2}})?|[几好]几?)"
_MONEY = re.compile(
    rf"(?P<number>(?:{_AMOUNT}多?[万亿]?多?[{NUMERALS}]{{0,6}}))(?P<more>多|来)?"
    rf"(?P<unit>块钱?|元钱?|圆|人民币|万(?P<rest>[{NUMERALS}]{{1,5}})?(?:块钱?|元)?|毛钱?)"
)
_MONEY_NEAR = re.compile(
    "钱|骗|转|汇|付|赔|欠|工资|价|收费|罚|损失|花了?|卖|买|押金|租金|现金|存款|打款|充|贷|借|还"
)
_ONE_MOTION = re.compile(r"一块[儿去来走玩吃住]?")

_DAY = "大前天|前天|昨天|昨晚|昨夜|今天|今早|今晚|今晨|明天|上周[一二三四五六日天]?|上个?星期[一二三四五六日天]?|这周|上个?月|去年|前年|当天"  # noqa: E501 - one word list
_DAYTIME = "凌晨|清晨|早上|早晨|上午|中午|下午|傍晚|晚上|夜里|半夜|深夜|夜间|白天"
_N = f"[{NUMERALS}]"
_CLOCK = (
    rf"{_N}{{1,3}}点(?:钟|整)?(?:{_N}{{1,3}}分|半|一刻|三刻|{_N}{{2,3}}(?!{_N}))?"
    r"|\d{1,2}:\d{2}"
)
_TIME = re.compile(
    rf"(?P<date>(?:{_N}{{2,4}}年)?{_N}{{1,3}}月{_N}{{1,3}}[日号]|{_DAY})?(?P<daytime>{_DAYTIME})?"
    rf"(?P<clock>{_CLOCK})(?:多|左右|前后)?"
    rf"|(?P<ago>(?:{_N}{{1,3}}|半|几)(?:个)?(?:多|半)?(?:分钟|小时|钟头|天|星期|礼拜|月|年)(?:以|之)?前)"
    rf"|(?P<whole>(?:{_N}{{2,4}}年)?{_N}{{1,3}}月{_N}{{1,3}}[日号](?:{_DAYTIME})?"
    rf"|(?:{_DAY})(?:{_DAYTIME})?)"
    r"|(?P<just>刚刚|刚才|就现在|就刚)"
)
_OPENING = re.compile(r"(?:营业|上班|下班|开门|关门|几)$")


def plates(text: str) -> Slot | None:
    """Number plates, the whole ones joined by 、; a part of one is doubtful."""
    found: list[str] = []
    first = ""
    for match in _PLATE.finditer(text):
        tail = re.sub(r"\s", "", match.group("tail")).translate(_PLATE_DIGITS)
        plate = (re.sub(r"\s", "", match.group("head")) + tail).upper()
        first = first or match.group().strip()
        if plate not in found and len(found) < MOST_NAMED:
            found.append(plate)
    if found:
        value = "、".join(found)
        return read_slot(value, 0.9, first, f"您说的车牌是{value}，对吗？")
    part = _PART_OF_PLATE.search(text)
    if part:
        value = part.group("tail").translate(_PLATE_DIGITS).upper()
        return read_slot(value, 0.6, part.group(), f"您说的车牌号是{value}，对吗？")
    return None


def sums(text: str) -> Slot | None:
    """The largest sum told, in yuan."""
    best: Slot | None = None
    for match in _MONEY.finditer(text):
        near = text[max(0, match.start() - 10) : match.end() + 6]
        if (
            (match.group("unit")[0] in "块万")
            and not match.group().endswith(("钱", "元"))
            and not _MONEY_NEAR.search(near)
        ):
            continue
        if _ONE_MOTION.match(match.group()) and "钱" not in match.group():
            continue
        unit, number = match.group("unit"), match.group("number")
        if unit.startswith("万"):
            number += "万" + (match.group("rest") or "")
        yuan = _yuan(number.replace("多", ""))
        if yuan is None:
            continue
        if unit.startswith("毛"):
            yuan /= 10
        about = "多" in match.group() or "来" in (match.group("more") or "")
        value: int | float = int(yuan) if yuan == int(yuan) else round(yuan, 2)
        if best is None or value > best.value:
            p = 0.7 if about else 0.86
            question = f"您说的是{'大约' if about else ''}{value}元，对吗？"
            best = read_slot(value, p, match.group(), question)
    return best


def _yuan(said: str) -> float | None:
    """三万五, 12.5万, 两千三, 一亿二 as a number; ``None`` when it is not one."""
    for word, worth in (("亿", 100_000_000), ("万", 10_000)):
        if word in said:
            head, _, tail = said.partition(word)
            many = _yuan(head)
            if many is None:
                return None
            if not tail:
                return many * worth
            rest = spoken_number(tail)
            if rest is None:
                return None
            short = len(tail) == 1 and rest < 10
            return many * worth + (rest * worth / 10 if short else rest)
    if re.fullmatch(r"\d+\.\d+", said):
        return float(said)
    number = spoken_number(said)
    return None if number is None or number == 0 else float(number)


def times(text: str) -> Slot | None:
    """When it happened, as the caller put it, with digits: 昨天晚上8点30分."""
    best: tuple[int, re.Match[str]] | None = None
    for match in _TIME.finditer(text):
        if _OPENING.search(text[max(0, match.start() - 2) : match.start()]):
            continue
        groups = match.groupdict()
        rank = 3 if groups["clock"] else 2 if groups["ago"] or groups["whole"] else 1
        if groups["clock"] and (groups["date"] or groups["daytime"]):
            rank = 4
        if best is None or rank > best[0]:
            best = (rank, match)
    if best is None:
        return None
    rank, match = best
    value = _with_digits(match.group())
    p = (0.6, 0.65, 0.82, 0.82, 0.88)[rank]
    return read_slot(value, p, match.group(), f"您说的时间是{value}，对吗？")


def _with_digits(said: str) -> str:
    def digits(match: re.Match[str]) -> str:
        number = spoken_number(match.group())
        return match.group() if number is None else str(number)

    said = re.sub(rf"(?<!周)(?<!期){_N}+(?=[年月日号点分个多小天]|$)", digits, said)
    said = re.sub(r"点(?:钟|整)", "点", said)
    said = said.replace("点半", "点30分").replace("点一刻", "点15分").replace("点三刻", "点45分")
    return re.sub(r"点(\d{2})$", r"点\1分", said)

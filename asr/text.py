"""The model's words as people write them: no spaces, digits where a form wants them.

The model writes 十二 栋, 幺 三 八, 嗯 我 在; a seat reads 12栋, 138, 我在. Numbers turn to digits
only where the words around say that they are an address, a time, a sum, a plate or a number to
call; 一个人, 一下 and 三三两两 stay. The raw text is kept beside, so nothing is lost by this.
"""

from __future__ import annotations

import re
from itertools import pairwise

DIGITS = {"零": 0, "〇": 0, "幺": 1, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4}
DIGITS |= {"五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
SMALL = {"十": 10, "百": 100, "千": 1000}
LARGE = {"万": 10_000, "亿": 100_000_000}

FILLERS = frozenset(("嗯", "呃", "额", "唔", "呣", "嗯嗯"))
STUTTERED = frozenset(("那个", "这个", "就是", "就是说", "然后", "我", "在", "是"))

NUMBER = re.compile(r"[零〇幺一二两三四五六七八九十百千万亿]+")
PURE = re.compile(r"[零〇幺一二三四五六七八九]+")
# A province's short name and a letter begin a plate; five to six letters or digits follow.
PROVINCES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
PLATE = re.compile(rf"([{PROVINCES}])([A-Za-z])([A-Za-z0-9零〇幺一二三四五六七八九]{{5,6}})")

TWENTY = re.compile(r"[廿卅](?=[一二三四五六七八九号日岁栋幢弄年])")
DASHED = re.compile(rf"{NUMBER.pattern}(?:杠{NUMBER.pattern})+")
CLOCK_MINUTES = re.compile(r"(?<=点)零([一二三四五六七八九])(?=分|$|[，。？！])")
# 一万八千五 is a sum whatever follows; 一万, 三千 and 一千多 may be anything.
LARGE_SUM = re.compile(r"[一二两三四五六七八九十]+[万千][零一二两三四五六七八九十百千]+")
ABOUT = ("多", "来", "几", "余", "夜")

# Sayings that look like digits read out one by one.
SAYINGS = frozenset(("七七八八", "三三五五", "一一二二", "八九不离十"))

# After these any number is an address's or a floor's, unless COUNTING stands before.
PLACE = ("号楼", "号线", "号门", "号院", "栋", "幢", "单元", "弄", "室", "楼", "层", "号")
COUNTING = "有这那每某第同几前后整全另共"
# 一栋楼 and 三层楼 count houses and floors; they name none. 八栋楼下 names one.
COUNTED = {"栋": "楼房别小民住居", "幢": "楼房别小民住居", "层": "楼房", "楼": ()}
NAMED = ("楼下", "楼上", "楼道", "楼顶", "楼梯", "楼前", "楼后", "楼里", "楼门")
TALL = ("公里", "国道", "省道", "县道", "岁", "月")  # any number
SUMS = ("块钱", "元钱", "万元", "元", "块", "毛钱")  # not a lone digit, except 五块钱
MEASURES = (
    "平方米",
    "平米",
    "米",
    "公斤",
    "斤",
    "吨",
    "度",
    "小时",
    "分钟",
    "秒",
    "天",
    "年",
    "路",
)
PARTS_OF_DAY: tuple[str, ...] = ("上午", "下午", "早上", "晚上", "中午", "凌晨", "半夜", "傍晚")
PARTS_OF_DAY += ("今晚", "昨晚", "明晚", "今早", "明早", "早晨", "清晨", "夜里")
DAYS = ("今天", "明天", "昨天", "后天", "前天", "大概", "从", "到")  # 今天一点水也没有 is no time
DECIMAL = re.compile(
    rf"({NUMBER.pattern})点({PURE.pattern})(?=公里|千米|米|平|吨|公斤|斤|度|万|亿|元|块)"
)


def readable(raw: str) -> str:
    """``raw`` is the model's words with spaces between; empty stays empty."""
    return digits("".join(without_fillers(raw.split())))


def without_fillers(words: list[str]) -> list[str]:
    """Words without hesitation and stutter; an utterance of nothing else is an answer (嗯)."""
    kept: list[str] = []
    for word in words:
        if word in FILLERS or (kept and word == kept[-1] and word in STUTTERED):
            continue
        kept.append(word)
    return kept or words[:1]


def digits(text: str) -> str:
    """``text`` with Chinese numerals as digits where that is how one writes them."""
    text = TWENTY.sub(lambda m: "二十" if m[0] == "廿" else "三十", text)
    text = PLATE.sub(lambda m: m[1] + m[2].upper() + _one_by_one(m[3]).upper(), text)
    text = DASHED.sub(_dashed, text)
    text = DECIMAL.sub(_decimal, text)
    text = CLOCK_MINUTES.sub(lambda m: f"0{DIGITS[m[1]]}", text)
    parts: list[str] = []
    at = 0
    for match in NUMBER.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        parts.append(text[at : match.start()])
        parts.append(_number(match[0], before, after))
        at = match.end()
    parts.append(text[at:])
    return re.sub(r"百分之(\d+(?:\.\d+)?)", r"\1%", "".join(parts))


def _dashed(match: re.Match[str]) -> str:
    """十二杠三杠四零二 → 12-3-402."""
    values = [written(part) for part in match[0].split("杠")]
    return match[0] if None in values else "-".join(filter(None, values))


def written(number: str) -> str | None:
    """A number in digits, be it a value or read out; ``None`` when it is none."""
    if PURE.fullmatch(number):
        return _one_by_one(number)
    value = value_of(number)
    return None if value is None else str(value)


def _decimal(match: re.Match[str]) -> str:
    whole = value_of(match[1])
    return match[0] if whole is None else f"{whole}.{_one_by_one(match[2])}"


def _number(number: str, before: str, after: str) -> str:
    """One run of numeral characters, as it should stand between ``before`` and ``after``."""
    if PURE.fullmatch(number):
        written = _read_out(number, after)
        if written is not None:
            return written
    value = value_of(number)
    if value is None or not _wants_digits(number, value, before, after):
        return number
    if number.endswith(("万", "亿")) and number[:-1] and value_of(number[:-1]) is not None:
        return f"{value_of(number[:-1])}{number[-1]}"
    return str(value)


def _read_out(number: str, after: str) -> str | None:
    """A telephone, house or year number said digit by digit; ``None`` if it is none."""
    if number in SAYINGS or len(number) == 1:
        return None
    if len(number) >= 3:
        approximate = _ascending(number) and after[:1] in tuple("个天次岁米年块家户辆位名")
        return None if approximate and len(number) == 3 else _one_by_one(number)
    clear = "幺" in number or number[-1] in "零〇" or not _ascending(number)
    return _one_by_one(number) if clear and number[0] not in "零〇" and _is_place(after) else None


def _wants_digits(number: str, value: int, before: str, after: str) -> bool:
    lone = len(number) == 1
    if before.endswith("百分之"):
        return True
    if before.endswith(("几", "数")):
        return False
    if after.startswith(("日", "点")):
        return _is_time(number, before, after)
    if number == "两":
        return False
    if before.endswith("第") and not after.startswith(("号楼", "单元")):
        return False
    if _is_place(after):
        return not lone or not _counts(number, before, after)
    if after.startswith(("路公交", "路车", "路汽车", "路巴士")):
        return True
    if LARGE_SUM.fullmatch(number) and not after.startswith(ABOUT):
        return True
    if after.startswith(TALL):
        return not (lone and after.startswith("月") and before.endswith(("个", "半")))
    if after.startswith("分") and before.endswith("点"):
        return True
    if after.startswith(SUMS):
        return not lone or (after.startswith("块钱") and number != "一")
    return not lone and after.startswith(MEASURES) and number not in ("十", "百", "千", "万")


def _is_place(after: str) -> bool:
    return after.startswith(PLACE)


def _counts(number: str, before: str, after: str) -> bool:
    """Whether a lone digit counts things (有一栋, 三层楼) rather than names one (三单元)."""
    if before[-1:] and before[-1:] in COUNTING:
        return True
    rest = after[1:2]
    if rest and rest in COUNTED.get(after[0], ()) and not after[1:].startswith(NAMED):
        return True
    return number == "一" and (after[0] == "弄" or (after[0] == "层" and not before))


def _is_time(number: str, before: str, after: str) -> bool:
    lone = len(number) == 1
    if after.startswith("日"):
        return before.endswith("月") or not lone
    if re.match(rf"点(钟|半|整|多|左右|前|后|[一三]刻|0?\d分|{NUMBER.pattern}分)", after):
        return not before.endswith(("有", "早", "快", "差"))
    if before.endswith(PARTS_OF_DAY) or (before.endswith(DAYS) and number != "一"):
        return True
    return (not lone or number == "十") and not NUMBER.match(after[1:])


def value_of(number: str) -> int | None:
    """十二 → 12, 三千五 → 3500, 一万二 → 12000; ``None`` when it is no number (一一十)."""
    total = section = 0
    digit: int | None = None
    last = 0  # the last unit, for 三千五
    smaller = 10**12
    for char in number:
        if char in DIGITS:
            if digit is not None and digit != 0:
                return None
            digit = DIGITS[char]
            if digit == 0:
                last = 0
        elif char in SMALL:
            unit = SMALL[char]
            if unit >= smaller or digit == 0 or (digit is None and unit != 10):
                return None
            section += (1 if digit is None else digit) * unit
            digit, last, smaller = None, unit, unit
        else:
            section += digit or 0
            if section == 0:
                return None
            total = (total + section) * LARGE[char] if char == "亿" else total + section * 10_000
            section, digit, last, smaller = 0, None, LARGE[char], 10**12
    if digit:
        section += digit * (last // 10 if last > 10 else 1)
    return total + section


def _one_by_one(number: str) -> str:
    return "".join(str(DIGITS[char]) if char in DIGITS else char for char in number)


def _ascending(number: str) -> bool:
    """三四, 五六七: how one says about so many."""
    values = [DIGITS[char] for char in number]
    return all(b - a == 1 for a, b in pairwise(values))

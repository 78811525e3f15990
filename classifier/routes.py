"""Places on highways and at crossings: G25高速长深方向32公里处, 新建路和石龙街交叉口."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from classifier.numerals import NUMERALS, Token, numeral, numeral_run, spoken_number

_HAN = "\u4e00-\u9fff"
_N = f"[{NUMERALS}]"
WRITTEN, CODE_BY_SOUND, KILOMETRE_BY_SOUND, NO_LETTER = 0.93, 0.72, 0.74, 0.62
_LETTERS = {"ji": "G", "jing": "G", "ai si": "S", "si": "S"}
_NAMED = re.compile(
    rf"(?P<code>[GgSsXx]\s?{_N}{{1,4}})?(?P<name>(?:[{_HAN}]{{2,6}}?)?)"
    rf"(?P<kind>高速公路|高速|国道|省道|县道)"
)
_CODE_ONLY = re.compile(r"(?<![A-Za-z0-9])(?P<code>[GSgs]\s?\d{1,4})(?![\dA-Za-z])(?P<kind>线)?")
_NUMBERED = re.compile(rf"(?P<number>{_N}{{2,4}})(?P<kind>国道|省道|县道)")
_NOT_A_NAME = re.compile(
    r"^.*(?:在|到|从|往|去|上|是|的|这|那|走|下|开|进|出|了|有|条|个|我|你|他|喂|报警|这边|发生)"
)
_DIRECTION = re.compile(
    rf"(?:由|从)?(?:往|向|去|开往)?(?P<way>[{_HAN}]{{2,8}}?)(?P<word>方向|方面)"
)
_KILOMETRE = re.compile(
    rf"(?:[Kk桩号]{{1,2}})?(?P<whole>{_N}{{1,9}})"
    rf"(?:(?:公里|千米|km)(?:处|路段)?(?:(?:又|加|零)?(?P<metres>{_N}{{1,5}})米)?"
    rf"|[Kk]?\+(?P<plus>\d{{1,3}}))"
)
_KILOMETRE_LED = re.compile(r"[Kk](?P<whole>\d{1,4})(?:\+(?P<plus>\d{1,3}))?")
_DISTANCE = re.compile(r"(?:走了?|开了?|还有|大概|约|离|距离|跑了?)$")
_WITHIN = 40  # characters from the highway in which direction and kilometre are looked for

_AND = re.compile(r"(?:的)?(?:和|与|跟|同|交|、|/|到)(?:了)?$")
CROSSING_AFTER = re.compile(
    r"(?:的)?(?:那个|这个)?(?:交叉|交汇|交界|交接|十字|丁字|三岔|路口|岔口|口|转角|拐角|之间|中间)"
)


@dataclass(frozen=True, slots=True)
class RoutePart:
    """A part such as ``kilometre`` 32公里 read from ``start`` to ``end``."""

    key: str
    text: str
    start: int
    end: int
    p: float


def on_highway(text: str, tokens: Sequence[Token]) -> list[RoutePart]:
    """The highway with its direction and kilometre, or nothing."""
    highway = _highway(text, tokens)
    if highway is None:
        return []
    found = [highway]
    last = min(len(text), highway.end + _WITHIN)
    direction = _DIRECTION.search(text, highway.end, last)
    if direction is None:
        direction = _DIRECTION.search(text, max(0, highway.start - 12), highway.start)
    if direction:
        way = _NOT_A_NAME.sub("", direction.group("way")) or direction.group("way")
        way = way if "到" not in direction.group("way") else direction.group("way")
        start = direction.end("way") - len(way)
        if len(way) >= 2:
            found.append(RoutePart("direction", f"{way}方向", start, direction.end(), 0.88))
    kilometre = _kilometre(text, tokens, highway.end, last)
    if kilometre is None:
        kilometre = _kilometre(text, tokens, max(0, highway.start - 20), highway.start)
    if kilometre:
        found.append(kilometre)
    return found


def _highway(text: str, tokens: Sequence[Token]) -> RoutePart | None:
    if match := _NUMBERED.search(text):
        digits = "".join(str(number) for number in [spoken_number(match.group("number"))])
        name = digits + match.group("kind")
        return RoutePart("highway", name, match.start(), match.end(), WRITTEN)
    for match in _NAMED.finditer(text):
        kind = "高速" if match.group("kind").startswith("高速") else match.group("kind")
        name = _NOT_A_NAME.sub("", match.group("name") or "")
        code, start = match.group("code") or "", match.start("kind") - len(name)
        p = WRITTEN
        if code:
            start = match.start("code")
            code = code[0].upper() + _digits(code[1:])
            name = match.group("name") or ""
        else:
            heard = _code_by_sound(text, tokens, match.start("kind"))
            if heard:
                code, start, p = heard
                name = ""
        if not code and len(name) < 2:
            continue
        if not code and kind != "高速":
            continue
        return RoutePart("highway", code + name + kind, start, match.end(), p)
    if match := _CODE_ONLY.search(text):
        code = match.group("code").replace(" ", "").upper()
        return RoutePart("highway", code + (match.group("kind") or ""), *match.span(), 0.85)
    return None


def _digits(said: str) -> str:
    number = spoken_number(said.strip())
    return said.strip() if number is None else str(number)


def _code_by_sound(text: str, tokens: Sequence[Token], kind: int) -> tuple[str, int, float] | None:
    """鸡二五高速: the letter by its sound, then numerals up to the word for highway."""
    for width in (1, 2, 3, 4):
        at = kind - width
        if at < 1:
            break
        run = numeral_run(tokens[:kind], at, by_sound=True)
        number = numeral(run) if len(run) == width else None
        letter = _LETTERS.get(tokens[at - 1].syllable)
        if number is not None and letter and tokens[at - 1].ch not in "0123456789":
            return letter + number.digits, at - 1, CODE_BY_SOUND
    # 二十五高速: the letter was not heard at all.
    for width in (3, 2):
        run = numeral_run(tokens[:kind], max(kind - width, 0), by_sound=False)
        number = numeral(run) if len(run) == width else None
        if number is not None and number.value <= 9_999:
            return f"G{number.digits}", kind - width, NO_LETTER
    return None


def _kilometre(text: str, tokens: Sequence[Token], start: int, stop: int) -> RoutePart | None:
    for match in [
        *_KILOMETRE.finditer(text, start, stop),
        *_KILOMETRE_LED.finditer(text, start, stop),
    ]:
        if _DISTANCE.search(text[max(0, match.start() - 3) : match.start()]):
            continue
        whole = spoken_number(match.group("whole"))
        if whole is None or whole > 9_999:
            continue
        groups = match.groupdict()
        metres = spoken_number(groups.get("metres") or "") or 0
        if groups.get("plus"):
            metres = int(groups["plus"])
        value = f"{whole}公里" + (f"{metres}米" if metres else "")
        return RoutePart("kilometre", value, *match.span(), WRITTEN)
    for at in range(start, stop):
        run = numeral_run(tokens[:stop], at, by_sound=True)
        for count in range(len(run), 0, -1):
            unit = [token.syllable for token in tokens[at + count : at + count + 2]]
            number = numeral(run[:count])
            if unit == ["gong", "li"] and number is not None and 0 < number.value < 10_000:
                return RoutePart(
                    "kilometre", f"{number.value}公里", at, at + count + 2, KILOMETRE_BY_SOUND
                )
    return None


def joins_crossing(text: str, first_end: int, second_start: int, second_end: int) -> bool:
    """Whether two road names in ``text`` are said as a crossing."""
    between = text[first_end:second_start]
    if len(between) > 3:
        return False
    if _AND.fullmatch(between):
        return between != "到" or CROSSING_AFTER.match(text, second_end) is not None
    return between in ("", "，") and CROSSING_AFTER.match(text, second_end) is not None

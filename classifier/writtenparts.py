"""The stretches of a written address that may be a part of it, each with a score.

A score says what speaks for a stretch: a name among the regions or in the gazetteer, its form
(…路, 12幢). Only differences between scores matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from classifier.gazetteer import Gazetteer, Place
from classifier.numerals import spoken_number
from classifier.regions import LONGEST as LONGEST_REGION
from classifier.regions import Region, regions

HOUSE = ("building", "unit", "floor", "room")
KNOWN, KNOWN_SHORT, BY_FORM, NUMBERED, BARE_NUMBER = 4.0, 2.2, 2.4, 3.2, 1.6
PLACE_SUFFIX, PLACE_BARE = 1.2, -0.4
_INNER = -1.1  # per sign of another part inside a name

_HAN = "\u4e00-\u9fff"
_N = r"[0-9零〇一二三四五六七八九十百千两幺]"
_NAME = rf"[{_HAN}A-Za-z0-9]"
SEPARATORS = re.compile(r"[\s\-_－—/\\，,。.、;；:：()（）\[\]【】#~·]+")

_TOWN = re.compile(rf"[{_HAN}]{{1,6}}?(?:街道办事处|街道|镇|乡)")
_VILLAGE = re.compile(
    rf"[{_HAN}]{{1,6}}?(?:村民委员会|村委会|行政村|自然村|(?<!新)村|社区居委会|居委会|社区)"
)
_ROAD = re.compile(
    rf"(?:第?{_N}{{1,3}}号(?:大街|大道|路|街)|[{_HAN}0-9A-Z]{{1,7}}?"
    r"(?:大道|大街|公路|国道|省道|县道|胡同|路(?!口)|街(?!道)|巷|(?<![0-9])弄|(?<=[一二三四五六七八九])道))"
)
_NUMBER = re.compile(
    rf"甲?乙?附?{_N}{{1,8}}(?:[-~至]{_N}{{1,8}})*(?:号(?!楼|院楼|厂房|库|大街|大道|路|街)|弄|之[一二三四五六])"
    rf"(?:(?:附|之)?{_N}{{1,4}}号(?!楼))?"
)
_BUILDING = re.compile(
    rf"(?:[A-Za-z]?{_N}{{1,4}}[A-Za-z]?|[A-Za-z]{{1,2}}|[{_HAN}](?=[座幢栋]))"
    r"(?:号楼|号厂房|号库|栋|幢|座)"
)
_UNIT = re.compile(rf"(?:{_N}{{1,3}}|[A-Za-z])单元")
_FLOOR = re.compile(rf"(?:负|地下|B)?{_N}{{1,3}}(?:楼|层|[Ff](?![A-Za-z]))")
_ROOM = re.compile(rf"[A-Za-z]?{_N}{{2,5}}[A-Za-z]?(?:室|房间|房|号房|户)")
_BARE = re.compile(r"[A-Za-z]?[0-9]{1,5}[A-Za-z]?(?![0-9A-Za-z号栋幢座单楼层室房弄组排区期米])")
_RANGE = re.compile(r"[0-9]{1,4}[-—~至][0-9]{1,4}(?![-0-9A-Za-z号栋幢单楼室])")
_ROOM_NUMBER = re.compile(rf"{_N}{{1,8}}号(?!楼)")
_SPOKEN_ROOM = re.compile(r"[零一二三四五六七八九]{3,4}$")
_GROUP = re.compile(rf"第?{_N}{{1,2}}(?:村民小组|小组|组)|[{_HAN}]{{2,3}}组(?=$|[0-9])")
_LETTER = re.compile(r"[A-Za-z](?:(?![A-Za-z0-9区座幢栋楼])|(?=[0-9]{3,4}(?![0-9])))")
_COUNTY = re.compile(rf"[{_HAN}]{{1,3}}?(?<![小园社景厂校矿片街])(?:[区县]|市(?!场)|旗)")
_CITY = re.compile(rf"[{_HAN}]{{2,3}}(?:市)")

_COMPOUND_WORDS = (
    "小区|花园|公寓|家园|新村|新城|名苑|佳苑|嘉苑|雅苑|花苑|华庭|豪庭|华府|公馆|名邸|山庄|住宅区|"
    "苑|庭|府|邸|湾|郡|居|里|坊|阁|庄|墅|城|园|轩|景|都|大院|宿舍|公租房|名都|家苑|小镇|区|新区"
)
_LANDMARK_WORDS = (
    "有限公司|分公司|公司|集团|厂|医院|卫生院|诊所|学校|小学|中学|大学|学院|幼儿园|市场|超市|"
    "商场|商城|广场|中心|大厦|大楼|酒店|宾馆|饭店|酒楼|旅馆|公园|车站|火车站|汽车站|银行|支行|局|"
    "派出所|政府|法院|检察院|大桥|桥|水库|加油站|工业园|工业区|园区|开发区|科技园|产业园|创意园|"
    "仓库|店|馆|所|站|院|部|场|庙|寺|库|楼|港|码头|机场|门|会所|网吧|药店|食堂|基地|大队|厂区|"
    "总部|专柜|经营部|批发部|门市部|俱乐部|工作室|物流|快递|专卖店|营业厅|收费站|服务区|花木城"
)
_COMPOUND = re.compile(
    rf"(?:{_COMPOUND_WORDS})(?:[东西南北一二三四五六七八九十0-9A-Z]+[区期苑园])?$"
)
_LANDMARK = re.compile(rf"(?:{_LANDMARK_WORDS})$")
_FIRM_END = re.compile("大厦|公司|医院|学校|学院|中心|酒店|集团|市场|广场$")
_PLACE_END = re.compile(rf"(?:{_COMPOUND_WORDS}|{_LANDMARK_WORDS})")
_BORDER = re.compile(
    r"街道|[镇乡村路街弄巷号]|大道|社区|[0-9一二三四五六七八九十](?:栋|幢|单元|号楼|楼|层|室)"
)
_ASIDE = re.compile("对面|对过|附近|旁边|门口|[东西南北]侧")
_ASSIST = (
    r"(?:大?门口)?(?:斜|正)?(?:对面|对过|附近|旁边)|门口|"
    r"(?<=[路街道])[东西南北中一二三四五六0-9]段|(?<=[路街道巷])[与和跟及](?=[^0-9]{2,7}[路街道巷])|电联|自提|收件人|路口|(?:交叉|交汇|交界)(?:路?口|处)|(?:往|向)?[东西南北]{1,2}(?:侧|边|面|方向)?[0-9]{1,5}米|"
    r"(?:的)?(?:旁边|斜对面|正对面|对面|对过|大门口?|隔壁|附近|门口|边上|楼下|路口|后面|前面|前台|[东西南北]侧|"
    r"[东西南北]大?门|正门|后门|旁|内|里面)(?=$|[0-9\s\-_,，(（])"
)
SKIPPED_WORDS = re.compile(rf"{SEPARATORS.pattern}|(?P<beside>{_ASSIST})")
_DASHES = re.compile(r"[-—－~至]")


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a written address. ``place`` is the gazetteer's, ``known`` says that the
    name is in the gazetteer or among the country's regions."""

    label: str
    start: int
    end: int
    score: float
    known: bool = False
    place: Place | None = None
    region: Region | None = None
    above: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """The name it has in the gazetteer or among the regions, else nothing."""
        return self.region.name if self.region else self.place.name if self.place else ""


def place_borders(text: str) -> frozenset[int]:
    """Positions at which the name of a place may end."""
    ends = {len(text)}
    ends.update(match.end() for match in _PLACE_END.finditer(text))
    ends.update(match.start() for match in re.finditer(r"(?<![0-9A-Za-z])[0-9A-Za-z]", text))
    ends.update(match.start() for match in SKIPPED_WORDS.finditer(text))
    for pattern in (_BUILDING, _UNIT, _FLOOR, _ROOM, _NUMBER):
        ends.update(match.start() for match in pattern.finditer(text))
    return frozenset(ends)


def pieces_at(text: str, at: int, gazetteer: Gazetteer, place_ends: frozenset[int]) -> list[Piece]:
    return [
        *_named(text, at, gazetteer),
        *_formed(text, at),
        *_numbered(text, at),
        *_places(text, at, place_ends),
    ]


def _places(text: str, at: int, place_ends: frozenset[int]) -> Iterator[Piece]:
    for end in sorted(place_ends):
        if at + 1 < end <= at + 24:
            if SEPARATORS.search(text, at, end):
                return
            name = text[at:end]
            score = PLACE_SUFFIX if suffixed(name) else PLACE_BARE
            inner = len(_BORDER.findall(name[:-1] if len(name) > 2 else ""))
            score += inner * (_INNER / 2 if _FIRM_END.search(name) else _INNER)
            score -= 0.04 * max(0, end - at - 8)
            if name.isdigit() or not re.search(rf"[{_HAN}A-Za-z]", name):
                score -= 3.0
            elif name[0].isdigit() or name[0] in "号室楼幢栋弄层区内与和及":
                score -= 1.0
            if _ASIDE.search(name):
                score -= 1.5
            if text[end : end + 1] == "区" and name[-1] in "园小社":
                continue
            yield Piece("place", at, end, score)
            yield Piece("tail", at, end, score * 0.5 - 0.4)


def suffixed(name: str) -> bool:
    """Whether ``name`` ends as compounds and landmarks do."""
    return bool(_COMPOUND.search(name) or _LANDMARK.search(name))


def is_compound(name: str) -> bool:
    """Whether ``name`` ends as compounds do and not as landmarks do."""
    return bool(_COMPOUND.search(name)) and not _LANDMARK.search(name)


# A short name with one of these behind it is the beginning of a longer one: 福田二区, 吴宁东路.
_GOES_ON = "路街大工小新公商国第一二三四五六七八九东南西北中花园市区社学医"


def _named(text: str, at: int, gazetteer: Gazetteer) -> Iterator[Piece]:
    table = regions()
    for end in range(at + 2, min(at + LONGEST_REGION, len(text)) + 1):
        for region in table.get(text[at:end], ()):
            score = KNOWN_SHORT if region.short else KNOWN
            yield Piece(region.level, at, end, score, known=True, region=region)
    for end, bearers in gazetteer.beginning(text, at):
        by_part: dict[tuple[str, bool], list[Place]] = {}
        for place, short in bearers:
            by_part.setdefault((place.part, short), []).append(place)
        for (part, short), places in by_part.items():
            above = frozenset(place.parent for place in places if place.parent)
            if part == "county":
                if text[at:end] not in table:
                    region = Region(part, places[0].name, short, frozenset())
                    yield Piece(part, at, end, KNOWN, known=True, region=region)
                continue
            label = "place" if part in ("compound", "landmark") else part
            follows = text[end : end + 1]
            if part == "town" and (text[end - 1] in "区园场" or (short and follows in _GOES_ON)):
                continue
            score = KNOWN_SHORT - 0.8 if short else KNOWN
            if short and part == "village" and follows and not follows.isdigit():
                score -= 1.0
            if part in ("village", "community"):
                score -= 0.6 if short else 0.8
                if follows and follows in _GOES_ON:
                    score -= 2.5
            yield Piece(label, at, end, score, True, places[0], None, above)


def _formed(text: str, at: int) -> Iterator[Piece]:
    for label, pattern in (
        ("town", _TOWN),
        ("village", _VILLAGE),
        ("road", _ROAD),
        ("county", _COUNTY),
        ("prefecture", _CITY),
    ):
        ends: set[int] = set()
        match = pattern.match(text, at)
        if match:
            ends.add(match.end())
            # The shortest reading may stop inside a name (镇 in 镇前街): offer a longer one too.
            longer = re.compile(pattern.pattern.replace("}?", "}")).match(text, at)
            if longer:
                ends.add(longer.end())
        for end in ends:
            name = text[at:end]
            stem = name[:-1]
            inner = len(_BORDER.findall(stem[:-1])) + len(re.findall("[省市县区]", stem[1:]))
            score = BY_FORM + _INNER * inner - 0.12 * max(0, len(name) - 5)
            if name[0] in "与和跟及":
                score -= 2.0
            if len(name) == 2:
                score -= 0.6
            if label == "county" or label == "prefecture":
                score = 1.6 + 2 * _INNER * inner - (1.2 if len(name) == 2 else 0.0)
            if label == "village" and name.endswith("新村"):
                score -= 1.0
            if name.endswith(("路路", "道路")):
                score -= 1.0
            if label == "village" and name.endswith(("社区", "居委会")):
                yield Piece("community", at, end, score)
            else:
                yield Piece(label, at, end, score)


def _numbered(text: str, at: int) -> Iterator[Piece]:
    if at and text[at].isdigit() and text[at - 1].isdigit():
        return
    for label, pattern in (
        ("number", _NUMBER),
        ("building", _BUILDING),
        ("unit", _UNIT),
        ("floor", _FLOOR),
        ("room", _ROOM),
    ):
        match = pattern.match(text, at)
        if match:
            ranged = label == "number" and "-" in match.group()
            yield Piece(label, at, match.end(), NUMBERED + (1.5 if ranged else 0.0))
    if match := _GROUP.match(text, at):
        yield Piece("group", at, match.end(), NUMBERED)
    if match := _RANGE.match(text, at):
        yield Piece("number", at, match.end(), BARE_NUMBER + 0.8)
    if match := _ROOM_NUMBER.match(text, at):
        many = len(match.group()) > 4
        yield Piece("room", at, match.end(), NUMBERED - (0.0 if many else 0.5))
    if match := _SPOKEN_ROOM.match(text, at):
        yield Piece("room", at, match.end(), BARE_NUMBER)
    bare = _BARE.match(text, at)
    if bare:
        digits = len(re.sub(r"\D", "", bare.group()))
        end = bare.end()
        # In 3-11-3367 more numbers follow: a building or unit rather than the room.
        more = re.match(r"[-_—－/#](?=[0-9A-Za-z])", text[end:]) is not None
        if digits <= 4:
            yield Piece("number", at, end, BARE_NUMBER)
        if digits == 4 and more:
            yield Piece("building", at, end, BARE_NUMBER - 0.4)
        if digits <= 3:
            yield Piece("building", at, end, BARE_NUMBER - 0.4 + (0.4 if more else 0.0))
        if digits <= 2:
            yield Piece("unit", at, end, BARE_NUMBER - 0.5 + (0.3 if more else -0.4))
        if 3 <= digits <= 5:
            yield Piece("room", at, end, BARE_NUMBER + (-0.8 if more else 0.3))
        elif not more:
            yield Piece("room", at, end, BARE_NUMBER - 0.9)
    letter = _LETTER.match(text, at)
    if letter:
        yield Piece("building", at, letter.end(), BARE_NUMBER - 0.8)


@cache
def _digits_of(said: str) -> str:
    number = spoken_number(said)
    return said if number is None else str(number)


def value(piece: Piece, text: str) -> str:
    """How the part is written: numerals as digits, bare ones with their unit."""
    said = text[piece.start : piece.end]
    if piece.place is not None:
        return piece.place.name
    if piece.label in ("number", "group", *HOUSE):
        said = re.sub(r"(?<=[0-9])一(?=[0-9])", "-", said)
        said = re.sub(r"[零〇一二三四五六七八九十百千两幺]+", lambda m: _digits_of(m.group()), said)
        said = _DASHES.sub("-", said)
        if said[-1:].isalnum() and said[-1:].isascii() and piece.label != "floor":
            said += {"number": "号", "building": "栋", "unit": "单元", "room": "室"}[piece.label]
        elif piece.label == "room" and said.endswith("号"):
            said = said[:-1] + "室"
        return said
    return said

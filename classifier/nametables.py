"""Tables of place names: a site's own CSV, a list exported from elsewhere, official divisions.

Columns are known by many headings, Chinese and English (``HEADINGS``); only the name is needed.
Without a kind it is told from the name's ending or, in tables of administrative divisions
(``code,name,streetCode,areaCode,…``), from the codes. UTF-8 and GB 18030; commas, tabs or
semicolons. A bad row is left out and named by file and line.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from classifier.text import clean, has_chinese

PART_OF_KIND = {
    "county": "county",
    "town": "town",
    "community": "community",
    "village": "village",
    "road": "road",
    "compound": "compound",
} | dict.fromkeys(
    ("landmark", "school", "hospital", "market", "park", "station", "bridge", "hotel", "shop",
     "factory", "office", "reservoir", "scenic"),
    "landmark",
)  # fmt: skip
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "名称", "地名", "标准名称", "标准地名", "名字", "小区名称", "单位名称"),
    "kind": ("kind", "type", "类型", "类别", "地名类别", "种类"),
    "parent": ("parent", "上级", "所属", "所属街道", "所属乡镇", "乡镇", "乡镇街道", "街道"),
    "aliases": ("aliases", "alias", "别名", "俗称", "曾用名", "简称"),
    "lon": ("lon", "lng", "longitude", "经度", "x"),
    "lat": ("lat", "latitude", "纬度", "y"),
    "code": ("code", "代码", "编码", "区划代码"),
    "streetcode": ("streetcode",),
    "areacode": ("areacode",),
    "citycode": ("citycode",),
    "provincecode": ("provincecode",),
}
_PARENT_CODES = ("streetcode", "areacode", "citycode", "provincecode")
_KIND_WORDS = (
    ("county", "县|区县|县级市|市辖区|区划"),
    ("town", "街道|镇|乡|乡镇|乡镇街道"),
    ("community", "社区|居委会|居民委员会"),
    ("village", "村|行政村|自然村|村委会|村庄"),
    ("road", "道路|路|街|街巷|巷|大道|公路|道路街巷"),
    ("compound", "小区|住宅区|居民区|楼盘|住宅|住宅小区|公寓|花园"),
    ("school", "学校|小学|中学|幼儿园|大学|教育"),
    ("hospital", "医院|卫生院|医疗|诊所"),
    ("market", "市场|菜场|农贸市场"),
    ("park", "公园|广场"),
    ("station", "车站|站|公交站|火车站|加油站"),
    ("bridge", "桥|桥梁|大桥"),
    ("hotel", "酒店|宾馆|旅馆|民宿"),
    ("shop", "商店|店铺|超市|商场|商铺"),
    ("factory", "工厂|厂|企业|公司"),
    ("office", "单位|机关|政府|派出所|事业单位"),
    ("reservoir", "水库|湖泊"),
    ("scenic", "景区|景点|风景区|名胜"),
    ("landmark", "地标|建筑|建筑物|大厦|其他|其它|兴趣点|poi"),
)  # fmt: skip
_KIND_OF_WORD = {word: kind for kind, words in _KIND_WORDS for word in words.split("|")}
_KIND_BY_END = (
    (re.compile("街道办事处$|街道$|[镇乡]$|民族乡$|苏木$"), "town"),
    (re.compile("社区$|居委会$|居民委员会$|居民区$"), "community"),
    (
        re.compile("小区$|花园$|公寓$|家园$|花苑$|名苑$|佳苑$|嘉苑$|雅苑$|新村$|山庄$|公馆$"),
        "compound",
    ),
    (re.compile("村$|村委会$|村民委员会$"), "village"),
    (re.compile("路$|街$|大道$|巷$|弄$|公路$"), "road"),
    (re.compile("县$|区$|市$|旗$"), "county"),
)
_OFFICE = re.compile(r"(?:村民委员会|居民委员会|村委会|居委会|办事处)$")
LONGEST_NAME = 16
MOST_ROWS = 1_000_000
_LONGEST_CELL = 1_000


@dataclass(frozen=True, slots=True)
class Place:
    """A named place; coordinates are degrees or ``None``."""

    name: str
    kind: str
    parent: str
    lon: float | None
    lat: float | None

    @property
    def part(self) -> str:
        """The key it takes in an address."""
        return PART_OF_KIND[self.kind]


@dataclass(frozen=True, slots=True)
class _Row:
    place: Place
    aliases: tuple[str, ...]
    code: str
    parent_code: str


def read_tables(
    paths: Sequence[Path], problems: list[str], within: str = ""
) -> list[tuple[Place, tuple[str, ...]]]:
    """The places of all tables with their aliases; a folder stands for its ``*.csv``.

    ``within`` keeps only rows whose code begins so (331126 for one county). Whatever is left
    out is told in ``problems``, by file and line.
    """
    rows: list[_Row] = []
    for path in (one for given in paths for one in _files(given, problems)):
        try:
            for row in _table(path, problems, within):
                rows.append(row)
                if len(rows) >= MOST_ROWS:
                    problems.append(f"{path}: more than {MOST_ROWS} rows, the rest left out")
                    break
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            problems.append(f"{path}: cannot be read: {error}")
    named = {row.code: row.place.name for row in rows if row.code}
    return [
        (
            row.place
            if row.place.parent or row.parent_code not in named
            else Place(
                row.place.name, row.place.kind, named[row.parent_code], row.place.lon, row.place.lat
            ),
            row.aliases,
        )
        for row in rows
    ]


def _files(path: Path, problems: list[str]) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.glob("*.csv"))
    if not files:
        problems.append(f"{path}: the folder holds no *.csv")
    return files


def _table(path: Path, problems: list[str], within: str) -> Iterator[_Row]:
    encoding = _encoding(path)
    with path.open(encoding=encoding, newline="") as file:
        head = file.readline()
        delimiter = max(",\t;", key=head.count)
        header = [cell.strip() for cell in next(csv.reader([head], delimiter=delimiter), [])]
        columns = _columns(header)
        if "name" not in columns:
            problems.append(f"{path}:1: the column 'name' (or 名称) is missing")
            return
        reader = csv.reader(file, delimiter=delimiter)
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            where = f"{path}:{reader.line_num + 1}"
            if len(cells) > len(header):
                problems.append(f"{where}: {len(cells)} cells, the header has {len(header)}")
                continue
            row = {
                key: cells[at].strip()[:_LONGEST_CELL] if at < len(cells) else ""
                for key, at in columns.items()
            }
            if within and "code" in row and not row["code"].startswith(within):
                continue
            try:
                yield _row(row, where, problems)
            except ValueError as error:
                problems.append(f"{where}: {error}")


def _encoding(path: Path) -> str:
    """UTF-8 where the file's beginning is, else GB 18030."""
    with path.open("rb") as file:
        beginning = file.read(65_536)
    try:
        beginning.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.start < len(beginning) - 4:
            return "gb18030"
    return "utf-8-sig"


def _columns(header: Sequence[str]) -> dict[str, int]:
    heading_of = {heading: key for key, headings in HEADINGS.items() for heading in headings}
    columns: dict[str, int] = {}
    for at, heading in enumerate(header):
        key = heading_of.get(heading.casefold())
        if key and key not in columns:
            columns[key] = at
    return columns


def _row(row: Mapping[str, str], where: str, problems: list[str]) -> _Row:
    """One row as a place; raises ``ValueError`` with what is wrong with it."""
    name = clean(row["name"])
    if not 2 <= len(name) <= LONGEST_NAME or not has_chinese(name):
        raise ValueError(
            f"the name {row['name'][:32]!r} is not 2 to {LONGEST_NAME} Chinese characters"
        )
    kind = _kind(row, name)
    if "kind" not in row or not row["kind"]:
        name = _plain(name, kind)
    lon, lat = _coordinate(row.get("lon", ""), 180), _coordinate(row.get("lat", ""), 90)
    if (lon is None) != (lat is None):
        raise ValueError("of the two coordinates one is missing")
    said = [
        clean(alias) for alias in re.split(r"[|、;；]", row.get("aliases", "")) if alias.strip()
    ]
    aliases = tuple(alias for alias in said if 2 <= len(alias) <= LONGEST_NAME)
    if len(aliases) < len(said):
        problems.append(f"{where}: an alias is not 2 to {LONGEST_NAME} characters, left out")
    parent_code = next((row[key] for key in _PARENT_CODES if row.get(key)), "")
    place = Place(name, kind, clean(row.get("parent", "")), lon, lat)
    return _Row(place, aliases, row.get("code", ""), parent_code)


def _kind(row: Mapping[str, str], name: str) -> str:
    given = row.get("kind", "")
    if given:
        kind = given if given in PART_OF_KIND else _KIND_OF_WORD.get(given, "")
        if not kind:
            raise ValueError(f"unknown kind {given[:32]!r}")
        return kind
    by_end = next((kind for pattern, kind in _KIND_BY_END if pattern.search(name)), "landmark")
    if "streetcode" in row:
        return "community" if by_end == "community" else "village"
    if "areacode" in row:
        return "town"
    return "county" if "citycode" in row else by_end


def _plain(name: str, kind: str) -> str:
    """A name as people say it: 大济村 for 大济村村民委员会."""
    plain = _OFFICE.sub("", name)
    if plain == name or len(plain) < 2:
        return name
    if kind == "village" and not plain.endswith("村"):
        return plain + "村"
    if kind == "community" and not plain.endswith(("社区", "村")):
        return plain + "社区"
    return plain


def _coordinate(cell: str, bound: float) -> float | None:
    if not cell:
        return None
    try:
        value = float(cell)
    except ValueError:
        raise ValueError(f"the coordinate {cell[:32]!r} is not a number") from None
    if not -bound <= value <= bound:
        raise ValueError(f"the coordinate {cell[:32]!r} is outside ±{bound:g}")
    return value

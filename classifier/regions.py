"""Provinces, prefectures and counties of the country, by full and by short name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

LEVELS = ("province", "prefecture", "county")
_SHORTENED = re.compile(
    r"(?:维吾尔|壮族|回族)?自治区$|特别行政区$|(?:[\u4e00-\u9fff]{1,3}族)+自治[州县]$"
    r"|自治[州县旗]$|[省市县区旗州盟]$|地区$|林区$"
)


@dataclass(frozen=True, slots=True)
class Region:
    """A region as it is named: ``short`` is without its suffix (庆元), ``above`` the regions it
    lies in, by their names as in the table."""

    level: str
    name: str
    short: bool
    above: frozenset[str]


@cache
def regions() -> dict[str, tuple[Region, ...]]:
    """The regions per full or short name."""
    table: dict[str, dict[tuple[str, str], Region]] = {}

    def add(name: str, level: str, *above: str) -> None:
        short = _SHORTENED.sub("", name)
        for said in {name, short} if len(short) >= 2 else {name}:
            region = Region(level, name, said != name, frozenset(filter(None, above)))
            table.setdefault(said, {})[level, name + "".join(above)] = region

    path = Path(__file__).with_name("regions.tsv")
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        province, prefecture, counties = line.split("\t")
        add(province, "province")
        if prefecture:
            add(prefecture, "prefecture", province)
        for county in filter(None, counties.split("、")):
            add(county, "county", province, prefecture)
    return {said: tuple(named.values()) for said, named in table.items()}


LONGEST = 15

"""The taxonomy: what a call can be about, read and checked from ``taxonomy.toml``."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.lexicon import LEXICON

DEFAULT_PATH = Path(__file__).with_name("taxonomy.toml")
LEVELS = ("一级", "二级", "三级", "四级")
UNIT_KINDS = frozenset(LEXICON["unit_kinds"])


class BadTaxonomy(ValueError):
    """The taxonomy file cannot be used; the message names the file, the item and the member."""


@dataclass(frozen=True, slots=True)
class Item:
    """One matter. ``lead`` is the authority that owns it, empty when the seat itself does."""

    code: str
    name: str
    group: str
    emergency: bool
    level: str
    lead: str
    support: tuple[str, ...]
    ask: tuple[str, ...]
    advise: tuple[str, ...]

    @property
    def units(self) -> tuple[str, ...]:
        """Lead first, then support."""
        return ((self.lead,) if self.lead else ()) + self.support


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """All items by code, in the file's order."""

    version: str
    items: Mapping[str, Item]


def load_taxonomy(path: Path = DEFAULT_PATH) -> Taxonomy:
    """Read and check a taxonomy; raises ``BadTaxonomy``."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadTaxonomy(f"{path}: cannot be read: {error}") from error
    version = raw.get("version")
    if not isinstance(version, str) or not version:
        raise BadTaxonomy(f"{path}: 'version' must be a text")
    entries = raw.get("item")
    if not isinstance(entries, list) or not entries:
        raise BadTaxonomy(f"{path}: holds no [[item]]")
    items: dict[str, Item] = {}
    for number, entry in enumerate(entries, start=1):
        code = entry.get("code") if isinstance(entry, dict) else None
        where = f"{path}: item {number} ({code or 'no code'})"
        item = _item(entry, where)
        if item.code in items:
            raise BadTaxonomy(f"{where}: the code is used twice")
        items[item.code] = item
    return Taxonomy(version, items)


def _item(entry: Any, where: str) -> Item:
    if not isinstance(entry, dict):
        raise BadTaxonomy(f"{where}: must be a table")
    unknown = entry.keys() - Item.__slots__
    if unknown:
        raise BadTaxonomy(f"{where}: unknown member {sorted(unknown)[0]!r}")

    def text(member: str, *, empty: bool = False) -> str:
        value = entry.get(member)
        if not isinstance(value, str) or not (value.strip() or empty):
            raise BadTaxonomy(f"{where}: {member!r} must be a text, is {value!r}")
        return value

    def texts(member: str) -> tuple[str, ...]:
        value = entry.get(member)
        if not isinstance(value, list) or not all(isinstance(x, str) and x for x in value):
            raise BadTaxonomy(f"{where}: {member!r} must be a list of texts, is {value!r}")
        return tuple(value)

    if not isinstance(entry.get("emergency"), bool):
        raise BadTaxonomy(f"{where}: 'emergency' must be true or false")
    item = Item(
        code=text("code"),
        name=text("name"),
        group=text("group"),
        emergency=entry["emergency"],
        level=text("level"),
        lead=text("lead", empty=True),
        support=texts("support"),
        ask=texts("ask"),
        advise=texts("advise"),
    )
    if item.level not in LEVELS:
        raise BadTaxonomy(f"{where}: 'level' is {item.level!r}, must be one of {'、'.join(LEVELS)}")
    for unit in item.units:
        if unit not in UNIT_KINDS:
            raise BadTaxonomy(f"{where}: unknown unit kind {unit!r}")
    if len(set(item.units)) != len(item.units):
        raise BadTaxonomy(f"{where}: a unit kind is named twice")
    if not item.lead and item.support:
        raise BadTaxonomy(f"{where}: 'support' needs a 'lead'")
    return item

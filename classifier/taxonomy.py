"""The taxonomy: what a call can be about, read, checked and written as TOML.

The project's own file lies beside this module; a site may keep an edited one of its own.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Self

from classifier.lexicon import LEXICON

DEFAULT_PATH = Path(__file__).with_name("taxonomy.toml")
LEVELS = ("一级", "二级", "三级", "四级")
UNIT_KINDS = frozenset(LEXICON["unit_kinds"])
MOST_BYTES = 4_000_000
LONGEST_MINUTES = 100_000
_CODE = re.compile(r"[A-Z][0-9]{1,6}")
_HEADER = re.compile(r"\s*\[\[\s*item\s*\]\]")
_NOTE = """\
# What a call can be about. One [[item]] per matter.
#
# emergency  true: a matter of 110; false: everything else
# level      一级 life in danger now · 二级 serious or getting worse · 三级 today · 四级 no hurry
# deadlines  minutes until a unit has received, is on site (0: nobody goes), has given feedback
# lead       the authority that owns it; support: those told at the same time
# ask        questions for the seat to put; advise: what to tell the caller until help comes
"""


class BadTaxonomy(ValueError):
    """The taxonomy cannot be used; the message names file, line, item and member."""


@dataclass(frozen=True, slots=True)
class Deadlines:
    """Minutes until a unit has received, is on site (0: nobody goes) and has given feedback."""

    received: int
    on_site: int
    feedback: int


@dataclass(frozen=True, slots=True)
class Item:
    """One matter. ``lead`` is the authority that owns it, empty when the seat itself does."""

    code: str
    name: str
    group: str
    emergency: bool
    level: str
    deadlines: Deadlines
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

    @classmethod
    def load(cls, path: Path = DEFAULT_PATH) -> Self:
        """Read and check a file; raises ``BadTaxonomy`` naming the file and the line."""
        try:
            if path.stat().st_size > MOST_BYTES:
                raise BadTaxonomy(f"{path}: larger than {MOST_BYTES} bytes")
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise BadTaxonomy(f"{path}: cannot be read: {error}") from error
        return cls.parse(text, str(path))

    @classmethod
    def parse(cls, text: str, source: str) -> Self:
        """Check the content of a file; ``source`` is what messages call it."""
        try:
            raw = tomllib.loads(text)
        except (tomllib.TOMLDecodeError, RecursionError) as error:
            raise BadTaxonomy(f"{source}: cannot be read: {error}") from error
        lines = _Lines(source, text)
        version = raw.get("version")
        if not isinstance(version, str) or not version.strip():
            raise BadTaxonomy(f"{source}:1: 'version' must be a text")
        extra = raw.keys() - {"version", "item"}
        if extra:
            raise BadTaxonomy(f"{source}:1: unknown member {min(extra)!r}")
        entries = raw.get("item")
        if not isinstance(entries, list) or not entries:
            raise BadTaxonomy(f"{source}:1: holds no [[item]]")
        items: dict[str, Item] = {}
        names: set[str] = set()
        for number, entry in enumerate(entries):
            item = _item(entry, lines, number)
            if item.code in items:
                raise lines.bad(number, item.code, "code", "the code is used twice")
            if item.name in names:
                raise lines.bad(number, item.code, "name", f"the name {item.name!r} is used twice")
            items[item.code] = item
            names.add(item.name)
        return cls(version, items)

    def as_toml(self) -> str:
        """The whole taxonomy as the text that ``parse`` reads back to an equal one."""
        parts = [_NOTE, f"version = {_quoted(self.version)}\n"]
        for item in self.items.values():
            due = item.deadlines
            parts.append(
                f"\n[[item]]\ncode = {_quoted(item.code)}\nname = {_quoted(item.name)}\n"
                f"group = {_quoted(item.group)}\nemergency = {str(item.emergency).lower()}\n"
                f"level = {_quoted(item.level)}\n"
                f"deadlines = {{ received = {due.received}, on_site = {due.on_site}, "
                f"feedback = {due.feedback} }}\n"
                f"lead = {_quoted(item.lead)}\nsupport = {_list(item.support)}\n"
                f"ask = {_list(item.ask)}\nadvise = {_list(item.advise)}\n"
            )
        return "".join(parts)

    def save(self, path: Path) -> None:
        """Write the file whole or not at all; refuses, as ``load`` would, what is not valid."""
        text = self.as_toml()
        Taxonomy.parse(text, str(path))
        try:
            content = text.encode()
        except UnicodeEncodeError as error:
            raise BadTaxonomy(f"{path}: holds a character that cannot be written") from error
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        try:
            part.write_bytes(content)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def revised(self, item: Item, version: str) -> Taxonomy:
        """A copy called ``version`` with ``item`` in place of the one of its code, or added."""
        return replace(self, version=version, items={**self.items, item.code: item})

    def without(self, code: str, version: str) -> Taxonomy:
        """A copy called ``version`` without one item; raises ``KeyError`` for an unknown one."""
        kept = dict(self.items)
        del kept[code]
        return replace(self, version=version, items=kept)


def load_taxonomy(path: Path = DEFAULT_PATH) -> Taxonomy:
    """The project's own taxonomy, or the one of ``path``; raises ``BadTaxonomy``."""
    return Taxonomy.load(path)


class _Lines:
    """Where each item and member stands in a file, for messages."""

    def __init__(self, source: str, text: str) -> None:
        self._source = source
        self._text = text.splitlines()
        self._starts = [n for n, line in enumerate(self._text) if _HEADER.match(line)]

    def bad(self, number: int, code: object, member: str, what: str) -> BadTaxonomy:
        """The error of the ``number``-th item (from 0) at its ``member``, or at its head."""
        at = self._starts[number] if number < len(self._starts) else 0
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._text)
        named = re.compile(rf"\s*[\"']?{re.escape(member)}[\"']?\s*=") if member else None
        for line in range(at, end):
            if named and named.match(self._text[line]):
                at = line
                break
        where = f"{self._source}:{at + 1}: item {number + 1} ({code or 'no code'})"
        return BadTaxonomy(f"{where}: {what}")


def _item(entry: Any, lines: _Lines, number: int) -> Item:
    code = entry.get("code") if isinstance(entry, dict) else None

    def bad(member: str, what: str) -> BadTaxonomy:
        return lines.bad(number, code, member, what)

    def text(member: str, *, empty: bool = False) -> str:
        value = entry.get(member)
        if not isinstance(value, str) or not (value.strip() or empty):
            raise bad(member, f"{member!r} must be a text, is {value!r}")
        return value

    def texts(member: str) -> tuple[str, ...]:
        value = entry.get(member)
        if not isinstance(value, list) or not all(isinstance(x, str) and x for x in value):
            raise bad(member, f"{member!r} must be a list of texts, is {value!r}")
        return tuple(value)

    def minutes() -> Deadlines:
        value = entry.get("deadlines")
        wanted = Deadlines.__slots__
        if (
            not isinstance(value, dict)
            or value.keys() != set(wanted)
            or not all(type(n) is int and 0 <= n <= LONGEST_MINUTES for n in value.values())
        ):
            raise bad("deadlines", f"'deadlines' must give minutes for {', '.join(wanted)}")
        return Deadlines(**value)

    if not isinstance(entry, dict):
        raise bad("", "must be a table")
    unknown = entry.keys() - {field.name for field in fields(Item)}
    if unknown:
        raise bad(min(unknown), f"unknown member {min(unknown)!r}")
    if not isinstance(entry.get("emergency"), bool):
        raise bad("emergency", "'emergency' must be true or false")
    item = Item(
        code=text("code"),
        name=text("name"),
        group=text("group"),
        emergency=entry["emergency"],
        level=text("level"),
        deadlines=minutes(),
        lead=text("lead", empty=True),
        support=texts("support"),
        ask=texts("ask"),
        advise=texts("advise"),
    )
    if not _CODE.fullmatch(item.code):
        raise bad("code", f"'code' is {item.code!r}, must be a letter A to Z and digits")
    if item.level not in LEVELS:
        raise bad("level", f"'level' is {item.level!r}, must be one of {'、'.join(LEVELS)}")
    for unit in item.units:
        if unit not in UNIT_KINDS:
            at = "lead" if unit == item.lead else "support"
            raise bad(at, f"unknown unit kind {unit!r}, known are {'、'.join(sorted(UNIT_KINDS))}")
    if len(set(item.units)) != len(item.units):
        raise bad("support", "a unit kind is named twice")
    if not item.lead and item.support:
        raise bad("support", "'support' needs a 'lead'")
    return item


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(texts: tuple[str, ...]) -> str:
    return "[" + ", ".join(_quoted(text) for text in texts) + "]"


__all__ = [
    "LEVELS",
    "UNIT_KINDS",
    "BadTaxonomy",
    "Deadlines",
    "Item",
    "Taxonomy",
    "load_taxonomy",
]

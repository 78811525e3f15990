"""A story's file, read and checked: who calls, and what everybody does after that.

A file is TOML: ``title``, ``site`` (the demo site it plays at), optionally ``about`` and
``[channels]`` (unit code = list of ways by which it is told), then ``[[step]]`` tables with ``do``
and what that takes (``STEPS``). A step with ``refused`` must be refused in a sentence that holds
these words.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from classifier.taxonomy import load_taxonomy
from models.deadline_tables import DeadlineKind, NoticeStep
from models.dispatch_tables import ChannelKind
from models.errors import SetupError
from models.forms import FIELDS
from yihu.simulate import sip
from yihu.site_tables import Site, read_site

STORIES: Final = Path(__file__).with_name("stories")
MOST_BYTES: Final = 200_000
MOST_STEPS: Final = 200
ORDER: Final = "order"  # the name of an order whose call gives none

TEXT, NUMBER, FLAG, TEXTS, TABLE = (
    "a text",
    "a number",
    "true or false",
    "a list of texts",
    "a table",
)
KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    TEXT: (str,),
    NUMBER: (int, float),
    FLAG: (bool,),
    TEXTS: (list,),
    TABLE: (dict,),
}


@dataclass(frozen=True, slots=True)
class Takes:
    """What a kind of step takes: needed and possible parameters with their kinds."""

    needed: Mapping[str, str]
    possible: Mapping[str, str]


def _takes(possible: Mapping[str, str] | None = None, **needed: str) -> Takes:
    return Takes(needed, {"order": TEXT, "as": TEXT, "refused": TEXT, **(possible or {})})


UNIT: Final = _takes({"by": TEXT, "text": TEXT, "reason": TEXT, "key": TEXT}, unit=TEXT)
STEPS: Final[Mapping[str, Takes]] = {
    # the caller and the seat
    "call": _takes({"to": TEXT, "says": TEXT, "voice": TEXT, "stay": FLAG}, number=TEXT),
    "hang_up": _takes(),
    "fill": _takes({"heard": TEXTS}, fields=TABLE),
    "propose": _takes({"units": TEXTS, "without": TEXTS, "part": TABLE}),
    "send": _takes({"units": TEXTS, "also": TEXTS, "without": TEXTS, "insist": FLAG}),
    "offer": _takes({"least": NUMBER}),
    "answer": _takes({"text": TEXT, "search": TEXT, "article": TEXT}),
    "merge": _takes(into=TEXT),
    "recall": _takes(unit=TEXT, reason=TEXT),
    "redo": _takes(unit=TEXT, reason=TEXT),
    "reroute": _takes(unit=TEXT, to=TEXT, reason=TEXT),
    "rate": _takes(unit=TEXT, stars=NUMBER),
    "suspend": _takes(reason=TEXT),
    "resume": _takes(),
    "reopen": _takes(reason=TEXT),
    "close": _takes({"opinion": TEXT, "note": TEXT}),
    # centres
    "pass_on": _takes(centre=TEXT, reason=TEXT),
    "take_over": _takes(),
    "report_up": _takes(note=TEXT),
    # units
    "receive": UNIT,
    "depart": UNIT,
    "arrive": UNIT,
    "return": UNIT,
    "feedback": UNIT,
    "quote": UNIT,
    "ask": _takes(unit=TEXT, text=TEXT),
    "tell": _takes(unit=TEXT, text=TEXT),
    # what the machine does by itself, and what must be so
    "wait": _takes({"kind": TEXT}, unit=TEXT, until=TEXT),
    "review": _takes({"number": TEXT}, key=TEXT),
    "expect": _takes(
        {
            "status": TEXT, "lamps": TABLE, "matter": TEXT, "check": TEXT, "checked_how": TEXT,
            "review": TEXT, "callers": NUMBER, "shared_with": TEXTS, "owner": TEXT,
            "delivered": TABLE,
        }
    ),
}  # fmt: skip
AT_UNITS: Final = ("receive", "depart", "arrive", "return", "feedback", "quote")
BY: Final = ("terminal", "system", "phone")
BY_PHONE: Final = ("receive", "return")  # what a key can do
BY_SYSTEM: Final = ("receive", "depart", "arrive", "return", "feedback")
# How far a deadline has got: reminded, past its limit, or escalated to somebody.
UNTIL: Final = ("reminded", "late", *(step for step in NoticeStep if step != NoticeStep.REMIND))
KEYS: Final = ("1", "2")
CHANNELS: Final[Mapping[str, ChannelKind]] = {
    "terminal": ChannelKind.WEB,
    "phone": ChannelKind.PHONE,
    "system": ChannelKind.WEBHOOK,
}


@dataclass(frozen=True, slots=True)
class Step:
    """``number`` counts from 1. ``order`` is the name of the order it is about."""

    number: int
    do: str
    args: Mapping[str, Any]

    @property
    def order(self) -> str:
        return str(self.args.get("order", ORDER))

    @property
    def refused(self) -> str:
        """Words of the refusal that must come; empty where none must."""
        return str(self.args.get("refused", ""))

    def text(self, name: str, default: str = "") -> str:
        return str(self.args.get(name, default))

    def texts(self, name: str) -> list[str]:
        return [str(item) for item in self.args.get(name, [])]


@dataclass(frozen=True, slots=True)
class Story:
    """A file, checked."""

    path: Path
    title: str
    site: str
    about: str
    channels: Mapping[str, Sequence[ChannelKind]]
    steps: tuple[Step, ...]
    phones: Mapping[str, str]  # duty phones of the site's units by code

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def spoken(self) -> bool:
        """Whether a caller says something aloud."""
        return any(step.do == "call" and step.text("says") for step in self.steps)

    @property
    def needs_telephones(self) -> bool:
        """Whether the machine calls somebody who presses a key."""
        return any(step.do == "review" or step.text("by") == "phone" for step in self.steps)

    @property
    def needs_review(self) -> bool:
        return any(step.do == "review" for step in self.steps)

    @property
    def needs_systems(self) -> bool:
        """Whether a unit's own system is told by signed requests."""
        return any(ChannelKind.WEBHOOK in kinds for kinds in self.channels.values())

    def numbers(self) -> list[str]:
        """The telephones at which somebody has to be."""
        found = [self.phones[s.text("unit")] for s in self.steps if s.text("by") == "phone"]
        found += [self.review_number(step) for step in self.steps if step.do == "review"]
        return list(dict.fromkeys(found))

    def review_number(self, step: Step) -> str:
        """Whom a review call reaches: the number given, else the order's caller's."""
        given = step.text("number")
        calls = (one for one in self.steps if one.do == "call" and one.order == step.order)
        return given or next((one.text("number") for one in calls), "")


@cache
def _categories() -> frozenset[str]:
    return frozenset(load_taxonomy().items)


def shipped() -> list[Path]:
    """The stories that come with the project."""
    return sorted(STORIES.glob("*.toml"))


def find(named: str) -> Path:
    """A file, or a shipped story by its name; raises ``SetupError``."""
    path = Path(named)
    if path.is_file():
        return path
    known = {item.stem: item for item in shipped()}
    if named in known:
        return known[named]
    raise SetupError(
        f"There is no story {named[:200]!r}: give a file or one of {', '.join(known) or 'none'}."
    )


def read(path: Path, sites: dict[str, Site] | None = None) -> Story:
    """Read a story; ``sites`` keeps the sites that were read before.

    Raises ``SetupError`` with the file and the line or step of what is wrong.
    """
    return _Reader(path, sites if sites is not None else {}).story()


class _Reader:
    """One file while it is read."""

    def __init__(self, path: Path, sites: dict[str, Site]) -> None:
        self._path = path
        self._sites = sites
        self._units: dict[str, str] = {}
        self._centres: set[str] = set()
        self._opened: set[str] = set()
        self._told: Mapping[str, Sequence[ChannelKind]] = {}

    def story(self) -> Story:
        data = self._data()
        extra = sorted(set(data) - {"title", "site", "about", "channels", "step"})
        if extra:
            raise self._wrong(f"there is no {extra[0]!r}: use title, site, about, channels, step")
        for name in ("title", "site"):
            if not isinstance(data.get(name), str) or not data[name]:
                raise self._wrong(f"{name} is missing: give a text")
        site = data["site"]
        if site not in self._sites:
            self._sites[site] = read_site(site)
        found = self._sites[site]
        self._units = {unit.code: unit.duty_phone for unit in found.units}
        self._centres = {centre.code for centre in found.centres} | {""}
        channels = self._told = self._channels(data.get("channels", {}))
        rows = data.get("step", [])
        if not isinstance(rows, list) or not 1 <= len(rows) <= MOST_STEPS:
            raise self._wrong(f"give 1 to {MOST_STEPS} [[step]] tables")
        steps = tuple(self._step(number, row) for number, row in enumerate(rows, start=1))
        return Story(
            path=self._path,
            title=data["title"],
            site=site,
            about=str(data.get("about", "")),
            channels=channels,
            steps=steps,
            phones=self._units,
        )

    def _data(self) -> dict[str, Any]:
        try:
            if self._path.stat().st_size > MOST_BYTES:
                raise self._wrong(f"the file is larger than {MOST_BYTES // 1000} kB")
            return tomllib.loads(self._path.read_text("utf-8"))
        except OSError as error:
            raise self._wrong(f"it cannot be read ({error.strerror})") from None
        except UnicodeDecodeError:
            raise self._wrong("it is not UTF-8 text") from None
        except tomllib.TOMLDecodeError as error:
            raise self._wrong(f"it is not TOML: {error}") from None

    def _channels(self, rows: object) -> dict[str, list[ChannelKind]]:
        if not isinstance(rows, dict):
            raise self._wrong("channels must be a table of units")
        found: dict[str, list[ChannelKind]] = {}
        for code, kinds in rows.items():
            if code not in self._units:
                raise self._wrong(f"channels: there is no unit {code!r} in this site")
            if not isinstance(kinds, list) or not kinds or set(map(str, kinds)) - set(CHANNELS):
                raise self._wrong(f"channels: {code} takes a list of {', '.join(CHANNELS)}")
            found[code] = [CHANNELS[kind] for kind in dict.fromkeys(kinds)]
        return found

    def _step(self, number: int, row: object) -> Step:
        if not isinstance(row, dict):
            raise self._wrong("a step must be a table", number)
        do = row.get("do")
        takes = STEPS.get(do) if isinstance(do, str) else None
        if takes is None:
            raise self._wrong(f"there is no step {do!r}: use one of {', '.join(STEPS)}", number)
        kinds = {**takes.possible, **takes.needed}
        args = {name: value for name, value in row.items() if name != "do"}
        where = f"{number} ({do})"
        for name in takes.needed:
            if name not in args:
                raise self._wrong(f"{name} is missing: give {kinds[name]}", where)
        for name, value in args.items():
            if name not in kinds:
                raise self._wrong(f"there is no {name!r}: use {', '.join(kinds)}", where)
            if not _is(value, kinds[name]):
                raise self._wrong(f"{name} must be {kinds[name]}", where)
        step = Step(number, str(do), args)
        self._check(step, where)
        return step

    def _check(self, step: Step, where: str) -> None:
        if step.do == "call":
            if step.order in self._opened:
                raise self._wrong(f"a call has opened {step.order!r} before: name another", where)
            self._opened.add(step.order)
        elif step.order not in self._opened:
            raise self._wrong(f"no call has opened an order {step.order!r} before", where)
        if step.do == "merge" and step.text("into") not in self._opened:
            raise self._wrong(f"no call has opened an order {step.text('into')!r}", where)
        named = [*step.texts("units"), *step.texts("also"), *step.texts("without")]
        named += [step.args[key] for key in ("unit",) if key in step.args]
        named += [step.args["to"]] if step.do == "reroute" else []
        for table in ("lamps", "part", "delivered"):
            named += list(step.args.get(table, {}))
        for code in named:
            if code not in self._units:
                raise self._wrong(f"there is no unit {code!r} in this site", where)
        if step.do in AT_UNITS:
            self._check_by(step, where)
        for name, number in step.args.items():
            if name == "number" and not sip.NUMBER.fullmatch(str(number)):
                raise self._wrong(f"{number!r} is no telephone number", where)
        for name, allowed in (("until", UNTIL), ("kind", tuple(DeadlineKind)), ("key", KEYS)):
            if name in step.args and step.args[name] not in allowed:
                raise self._wrong(f"{name} is {step.args[name]!r}: use {', '.join(allowed)}", where)
        if step.do == "fill":
            self._check_form(step, where)
        centres = [step.text("centre")] if step.do == "pass_on" else step.texts("shared_with")
        for code in centres:
            if code not in self._centres:
                raise self._wrong(f"there is no centre {code!r} in this site", where)

    def _check_by(self, step: Step, where: str) -> None:
        unit, by = step.text("unit"), step.text("by", "terminal")
        if by not in BY:
            raise self._wrong(f"by is {by!r}: use {', '.join(BY)}", where)
        if by == "phone" and step.do not in BY_PHONE:
            raise self._wrong(f"by telephone a unit can only {' or '.join(BY_PHONE)}", where)
        if by == "phone" and not self._units[unit]:
            raise self._wrong(f"{unit} has no duty phone", where)
        if by == "system" and step.do not in BY_SYSTEM:
            raise self._wrong(f"a unit's system can only {', '.join(BY_SYSTEM)}", where)
        if by == "system" and ChannelKind.WEBHOOK not in self._told.get(unit, ()):
            raise self._wrong(f"give {unit} the channel 'system' in [channels]", where)

    def _check_form(self, step: Step, where: str) -> None:
        fields = step.args["fields"]
        for name in fields:
            if name not in FIELDS or name == "unit_ids":
                raise self._wrong(f"there is no field {name!r}: use {', '.join(FIELDS)}", where)
        for name in step.texts("heard"):
            if name not in fields:
                raise self._wrong(f"heard names {name!r}, which is not in fields", where)
        code = fields.get("category_code", "")
        if code and code not in _categories():
            raise self._wrong(f"there is no category {code!r}", where)

    def _wrong(self, what: str, step: int | str = "") -> SetupError:
        place = f"{self._path}, step {step}" if step else str(self._path)
        return SetupError(f"{place}: {what}.")


def _is(value: object, kind: str) -> bool:
    if not isinstance(value, KINDS[kind]) or (kind != FLAG and isinstance(value, bool)):
        return False
    return kind != TEXTS or all(isinstance(item, str) for item in value)  # type: ignore[attr-defined] # a list here

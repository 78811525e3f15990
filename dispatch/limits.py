"""Which limits an order has at a unit: ``deadlines.toml`` and the category's own times."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from functools import cache
from pathlib import Path
from typing import Any, Final

from models.deadline_tables import DeadlineKind, NoticeStep
from models.errors import SetupError
from models.tables import LinkageUnit
from models.unit_forms import DutyRule, UnitForm

FILE: Final = Path(__file__).with_name("deadlines.toml")
ALWAYS, OFFICE = "always", "office"
CONDITIONS: Final = frozenset({"kinds", "rural", "tiers", "duty", "emergency"})
RURAL_ENDINGS: Final = ("镇", "乡", "村")

Plan = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Item:
    """A category's name and its own times in seconds; ``on_site`` is 0 where nobody goes."""

    name: str
    received: int
    on_site: int
    feedback: int


@dataclass(frozen=True, slots=True)
class Limit:
    """What is due when: ``plan`` as in ``SlaTimer``, all seconds counted by ``calendar``."""

    kind: DeadlineKind
    seconds: int
    calendar: str
    plan: tuple[tuple[int, NoticeStep], ...]

    def rows(self) -> Plan:
        """The plan as a timer keeps it."""
        return [{"at": at, "step": step.value} for at, step in self.plan]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the file: whom it fits, and the limit."""

    seconds: int
    calendar: str
    kinds: frozenset[str]
    tiers: frozenset[int]
    duty: frozenset[DutyRule]
    rural: bool | None
    emergency: bool | None

    @property
    def fits_all(self) -> bool:
        return not (self.kinds or self.tiers or self.duty) and self.rural is self.emergency is None

    def fits(self, unit: LinkageUnit | None, emergency: bool) -> bool:
        if self.emergency is not None and self.emergency is not emergency:
            return False
        if unit is None:
            return not (self.kinds or self.tiers or self.duty) and self.rural is None
        return (
            (not self.kinds or unit.kind in self.kinds)
            and (not self.tiers or unit.tier in self.tiers)
            and (not self.duty or unit.duty_rule in self.duty)
            and (self.rural is None or self.rural is is_rural(unit))
        )


@dataclass(frozen=True, slots=True)
class Rules:
    """The file, read and checked."""

    hours: tuple[tuple[time, time], ...]
    entries: Mapping[DeadlineKind, tuple[Entry, ...]]
    remind: Mapping[DeadlineKind, float]
    escalate: Mapping[DeadlineKind, tuple[tuple[int, NoticeStep], ...]]

    def of_unit(
        self, unit: LinkageUnit, *, emergency: bool, item: Item | None, sent: bool
    ) -> list[Limit]:
        """The limits that begin when a unit is sent an order, or (not ``sent``) receives it."""
        goes = item.on_site > 0 if item is not None else unit.form is not UnitForm.FIRM
        if not sent:
            return [self._limit(DeadlineKind.EN_ROUTE, unit, emergency)] if goes else []
        received = self._limit(
            DeadlineKind.RECEIVED, unit, emergency, item.received if item else None
        )
        feedback = self._limit(DeadlineKind.FEEDBACK, unit, emergency)
        if item is not None:
            feedback = self._planned(DeadlineKind.FEEDBACK, item.feedback, feedback.calendar)
        if not goes:
            return [received, feedback]
        on_site = self._limit(DeadlineKind.ON_SITE, unit, emergency, item.on_site if item else None)
        if item is not None and not emergency:
            on_site = self._planned(DeadlineKind.ON_SITE, item.on_site, on_site.calendar)
        return [received, on_site, feedback]

    def of_order(self, *, emergency: bool) -> Limit:
        """The limit of a work order as a whole."""
        return self._limit(DeadlineKind.CLOSED, None, emergency)

    def _limit(
        self,
        kind: DeadlineKind,
        unit: LinkageUnit | None,
        emergency: bool,
        at_most: int | None = None,
    ) -> Limit:
        entry = next(found for found in self.entries[kind] if found.fits(unit, emergency))
        seconds = entry.seconds if at_most is None else min(entry.seconds, at_most)
        return self._planned(kind, seconds, entry.calendar)

    def _planned(self, kind: DeadlineKind, seconds: int, calendar: str) -> Limit:
        reminder = (round(seconds * self.remind[kind]), NoticeStep.REMIND)
        later = tuple((seconds + after, step) for after, step in self.escalate[kind])
        return Limit(kind, seconds, calendar, (reminder, *later))


def is_rural(unit: LinkageUnit) -> bool:
    """Whether the unit serves the country: a township or a village."""
    return unit.area.endswith(RURAL_ENDINGS)


@cache
def rules(path: Path = FILE) -> Rules:
    """The rules of ``path``; raises ``SetupError`` that names what is wrong in it."""
    try:
        with path.open("rb") as handle:
            data = tomllib.load(handle)
        return _rules(data)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise SetupError(f"{path} cannot be used ({type(error).__name__}: {error}).") from None


def _rules(data: Mapping[str, Any]) -> Rules:
    escalate: dict[DeadlineKind, tuple[tuple[int, NoticeStep], ...]] = {}
    remind: dict[DeadlineKind, float] = {}
    entries: dict[DeadlineKind, tuple[Entry, ...]] = {}
    for kind in DeadlineKind:
        share = float(data["remind"][kind.value])
        if not 0 < share < 1:
            raise ValueError(f"remind.{kind.value} must lie between 0 and 1")
        remind[kind] = share
        steps = [(int(at), NoticeStep(step)) for step, at in data["escalate"][kind.value].items()]
        if [at for at, _ in steps] != sorted(at for at, _ in steps) or steps[0][0] != 0:
            raise ValueError(f"escalate.{kind.value} must begin at 0 and go from sooner to later")
        escalate[kind] = tuple(steps)
        entries[kind] = tuple(_entry(kind, line) for line in data[kind.value])
        if not entries[kind][-1].fits_all:
            raise ValueError(f"the last entry of {kind.value} must fit everybody")
    return Rules(_hours(data["office"]["hours"]), entries, remind, escalate)


def _entry(kind: DeadlineKind, line: Mapping[str, Any]) -> Entry:
    unknown = line.keys() - CONDITIONS - {"limit", "calendar"}
    if unknown:
        raise ValueError(f"{kind.value}: unknown {sorted(unknown)}")
    calendar = line.get("calendar", ALWAYS)
    if calendar not in (ALWAYS, OFFICE) or int(line["limit"]) <= 0:
        raise ValueError(f"{kind.value}: calendar {calendar!r} or limit {line['limit']!r}")
    return Entry(
        seconds=int(line["limit"]),
        calendar=calendar,
        kinds=frozenset(line.get("kinds", ())),
        tiers=frozenset(line.get("tiers", ())),
        duty=frozenset(DutyRule(name) for name in line.get("duty", ())),
        rural=line.get("rural"),
        emergency=line.get("emergency"),
    )


def _hours(lines: list[str]) -> tuple[tuple[time, time], ...]:
    found: list[tuple[time, time]] = []
    for line in lines:
        opens, closes = (datetime.strptime(part, "%H:%M").time() for part in line.split("-"))
        if opens >= closes or (found and opens < found[-1][1]):
            raise ValueError(f"office hours {line!r}")
        found.append((opens, closes))
    if not found:
        raise ValueError("office hours are missing")
    return tuple(found)

"""Whether what is known of the centre is an alarm: pure, by one rule at a time."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from agent_desk.alarms.kinds import CALM_BELOW, HELPER_NAMES, NEAR_METRES
from models.alarm_tables import AlarmKind, AlarmRule

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is over a rule's threshold, or near it (``Condition.warm``)."""

    subject: str
    name: str
    began_at: datetime
    value: int = 0
    work_order_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """What a rule finds: ``over`` raises alarms, ``warm`` only keeps them from calming down."""

    over: Sequence[Finding] = ()
    warm: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Line:
    """A queue: its name, since when its first caller waits, whether nobody is free there and
    since when."""

    name: str
    waiting_since: datetime | None = None
    busy_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class OrderFact:
    """An order's units on red, or its escalations, since ``began_at``."""

    work_order_id: UUID
    number: str
    unit_name: str
    count: int
    began_at: datetime


@dataclass(frozen=True, slots=True)
class CallFact:
    """A caller's order of the last minutes: what about, and where (longitude and latitude in
    degrees) if that is known."""

    category_code: str
    centre_code: str
    at: datetime
    place: tuple[float, float] | None = None


@dataclass(slots=True)
class Facts:
    """What is known of the centre at one moment. ``orders`` are by rule."""

    lines: Mapping[str, Line] = field(default_factory=dict)
    down_since: Mapping[str, datetime] = field(default_factory=dict)
    orders: Mapping[UUID, Sequence[OrderFact]] = field(default_factory=dict)
    calls: Sequence[CallFact] = ()
    category_names: Mapping[str, str] = field(default_factory=dict)


def judge(rule: AlarmRule, facts: Facts, now: datetime) -> Condition:
    """What ``rule`` finds in ``facts`` at ``now``."""
    match rule.kind:
        case AlarmKind.LONGEST_WAIT:
            since = {code: line.waiting_since for code, line in _lines(rule, facts)}
            return _lasting(rule, since, {code: one.name for code, one in facts.lines.items()}, now)
        case AlarmKind.SEATS_BUSY:
            since = {code: line.busy_since for code, line in _lines(rule, facts)}
            return _lasting(rule, since, {code: one.name for code, one in facts.lines.items()}, now)
        case AlarmKind.HELPER_DOWN:
            return _lasting(rule, facts.down_since, HELPER_NAMES, now)
        case AlarmKind.RED_LAMP:
            return _red(rule, facts.orders.get(rule.id, ()), now)
        case AlarmKind.ESCALATED:
            found = facts.orders.get(rule.id, ())
            return Condition([_of_order(one) for one in found])
        case AlarmKind.SURGE:
            return _surge(rule, facts, now)


def _lines(rule: AlarmRule, facts: Facts) -> Iterable[tuple[str, Line]]:
    for code, line in facts.lines.items():
        if rule.queue_code in ("", code):
            yield code, line


def _lasting(
    rule: AlarmRule,
    since: Mapping[str, datetime | None],
    names: Mapping[str, str],
    now: datetime,
) -> Condition:
    """What has lasted for more than the threshold's seconds; warm from 80 % of them on."""
    limit = timedelta(seconds=rule.threshold)
    over = [
        Finding(subject, names.get(subject, subject), begin)
        for subject, begin in since.items()
        if begin is not None and now - begin > limit
    ]
    warm = {
        subject
        for subject, begin in since.items()
        if begin is not None and now - begin > limit * CALM_BELOW
    }
    return Condition(over, frozenset(warm))


def _red(rule: AlarmRule, orders: Sequence[OrderFact], now: datetime) -> Condition:
    limit = timedelta(minutes=rule.threshold)
    over = [_of_order(one) for one in orders if now - one.began_at > limit]
    warm = {str(one.work_order_id) for one in orders if now - one.began_at > limit * CALM_BELOW}
    return Condition(over, frozenset(warm))


def _of_order(one: OrderFact) -> Finding:
    name = f"{one.number} {one.unit_name}".strip()
    return Finding(str(one.work_order_id), name, one.began_at, one.count, one.work_order_id)


def _surge(rule: AlarmRule, facts: Facts, now: datetime) -> Condition:
    """Many calls about one matter; warm while more than half of the threshold are there."""
    since = now - timedelta(minutes=rule.window_minutes)
    by_category: dict[str, list[CallFact]] = defaultdict(list)
    for call in facts.calls:
        if call.centre_code == rule.centre_code and call.category_code and call.at > since:
            by_category[call.category_code].append(call)
    over, warm = [], set()
    for code, calls in by_category.items():
        those = nearest(calls) if rule.near else calls
        if len(those) * 2 > rule.threshold:
            warm.add(code)
        if len(those) >= rule.threshold:
            name = facts.category_names.get(code, code)
            over.append(Finding(code, name, min(call.at for call in those), len(those)))
    return Condition(over, frozenset(warm))


def nearest(calls: Sequence[CallFact]) -> Sequence[CallFact]:
    """The most calls that lie near to one of them; calls without a place count nowhere."""
    placed = [(call, call.place) for call in calls if call.place is not None]
    groups = (
        [call for call, there in placed if _metres(here, there) <= NEAR_METRES]
        for _, here in placed
    )
    return max(groups, key=len, default=[])


def _metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Flat over so small a distance."""
    north = (one[1] - other[1]) * METRES_PER_DEGREE
    east = (one[0] - other[0]) * METRES_PER_DEGREE * math.cos(math.radians(one[1]))
    return math.hypot(north, east)

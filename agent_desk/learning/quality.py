"""How good first dispatch and suggestions are, and whether calls are still as they were."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import anyio.to_thread
from sqlalchemy import Row, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk.learning.store import Models
from agent_desk.learning.taxonomies import Taxonomies
from classifier.drift import psi
from classifier.gaps import MOST_TEXTS, gather
from models.clock import CHINA_TIME, Clock
from models.database import Database
from models.learning_tables import Judged, JudgedCall, Judgement, LabelledExample
from models.order_tables import DispatchOrder, WorkOrder
from models.states import WorkOrderStatus
from models.tables import LinkageUnit, Transition

BLOCK: Final = 500
LONGEST: Final = 26  # weeks
BEFORE: Final = 4  # weeks that a week is compared with
OTHER: Final = "其他"
MOST_GAPS: Final = 20


@dataclass(slots=True)
class Hits:
    """Cases and how many of them were right."""

    name: str
    count: int = 0
    right: int = 0
    returned: int = 0
    rerouted: int = 0


@dataclass(frozen=True, slots=True)
class FirstDispatch:
    """Orders sent, decided and right at the first go; by item and by unit. An order is right
    when no first unit sent it back or lost it and none was added later; it is decided once its
    feedback is in, or it went wrong."""

    sent: int
    total: Hits
    classes: list[Hits]
    units: list[Hits]


@dataclass(frozen=True, slots=True)
class Field:
    """What became of the values of one field: see ``Judgement``."""

    field: Judged
    confirmed: int
    kept: int
    changed: int
    chosen: int


@dataclass(slots=True)
class Week:
    """One week of judged calls, from its Monday. ``psi_training`` compares its groups of items
    with the training's, ``psi_before`` with the four weeks before; ``None``: too few calls."""

    monday: date
    calls: int = 0
    suggested: int = 0
    unsure: int = 0
    unknown_share: float | None = None
    psi_training: float | None = None
    psi_before: float | None = None
    groups: Counter[str] = field(default_factory=Counter)
    unknown: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Gap:
    """Calls that ended in no item, in 其他 or unsure, and share words."""

    words: tuple[str, ...]
    calls: int
    unsure: int
    ended_in: list[tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Quality:
    """The whole report of ``since`` to before ``until``."""

    since: datetime
    until: datetime
    model_version: str
    first_dispatch: FirstDispatch
    fields: list[Field]
    suggested: list[Hits]
    weeks: list[Week]
    gaps: list[Gap]


class QualityReport:
    """Draws the report from rows."""

    def __init__(
        self, database: Database, clock: Clock, models: Models, taxonomies: Taxonomies
    ) -> None:
        self._database = database
        self._clock = clock
        self._models = models
        self._taxonomies = taxonomies

    async def draw(self, weeks: int) -> Quality:
        """The report of this week and the ``weeks - 1`` before it."""
        until = self._clock.now()
        first = _monday(until) - timedelta(weeks=min(max(weeks, 1), LONGEST) - 1)
        since = datetime.combine(first, datetime.min.time(), CHINA_TIME)
        names = self._taxonomies.names()
        evaluation = await self._models.evaluation()
        return Quality(
            since=since,
            until=until,
            model_version=self._models.version,
            first_dispatch=await self._first_dispatch(since, until, names),
            fields=await self._fields(since, until),
            suggested=await self._suggested(since, until, names),
            weeks=await self._weeks(since, until, evaluation),
            gaps=await self._gaps(since, until, names),
        )

    async def _first_dispatch(
        self, since: datetime, until: datetime, names: Mapping[str, str]
    ) -> FirstDispatch:
        sent, total = 0, Hits("全部")
        classes: dict[str, Hits] = {}
        units: dict[str, Hits] = {}
        last: tuple[datetime, UUID] | None = None
        while True:
            async with self._database.reading() as session:
                orders = await _sent(session, since, until, last)
                pieces = await _pieces(session, [order.id for order in orders])
            for order in orders:
                sent += 1
                code = order.fields.get("category_code") or ""
                held = classes.setdefault(code, Hits(names.get(code, code) or "未定类目"))
                over = order.status in (WorkOrderStatus.AWAITING_CHECK, WorkOrderStatus.CLOSED)
                _count(order.sent_at, over, pieces[order.id], (total, held), units)
            if len(orders) < BLOCK:
                break
            last = (orders[-1].sent_at, orders[-1].id)
        return FirstDispatch(
            sent, total, _worst_first(classes.values()), _worst_first(units.values())
        )

    async def _fields(self, since: datetime, until: datetime) -> list[Field]:
        query = (
            select(LabelledExample.field, LabelledExample.judgement, func.count())
            .join(JudgedCall, JudgedCall.id == LabelledExample.judged_id)
            .where(JudgedCall.judged_at >= since, JudgedCall.judged_at < until)
            .where(LabelledExample.subject == "")
            .group_by(LabelledExample.field, LabelledExample.judgement)
        )
        counts: dict[Judged, Counter[Judgement]] = defaultdict(Counter)
        async with self._database.reading() as session:
            for judged, judgement, count in await session.execute(query):
                counts[judged][judgement] = count
        return [
            Field(
                judged,
                counts[judged][Judgement.CONFIRMED],
                counts[judged][Judgement.KEPT],
                counts[judged][Judgement.CHANGED],
                counts[judged][Judgement.CHOSEN],
            )
            for judged in Judged
        ]

    async def _suggested(
        self, since: datetime, until: datetime, names: Mapping[str, str]
    ) -> list[Hits]:
        """Per final item how often the likeliest item of the suggestion was it."""
        same = JudgedCall.proposed_code == JudgedCall.category_code
        query = (
            select(JudgedCall.category_code, same, func.count())
            .where(JudgedCall.judged_at >= since, JudgedCall.judged_at < until)
            .where(JudgedCall.suggested, JudgedCall.category_code != "")
            .group_by(JudgedCall.category_code, same)
        )
        found: dict[str, Hits] = {}
        async with self._database.reading() as session:
            for code, hit, count in await session.execute(query):
                held = found.setdefault(code, Hits(names.get(code, code)))
                held.count += count
                held.right += count if hit else 0
        return _worst_first(found.values())

    async def _weeks(
        self, since: datetime, until: datetime, evaluation: Mapping[str, Any]
    ) -> list[Week]:
        groups = {item.code: item.group for item in self._taxonomies.current.items.values()}
        first = _monday(since) - timedelta(weeks=BEFORE)
        begin = datetime.combine(first, datetime.min.time(), CHINA_TIME)
        query = select(
            JudgedCall.judged_at,
            JudgedCall.suggested,
            JudgedCall.abstained,
            JudgedCall.unknown,
            JudgedCall.category_code,
            JudgedCall.proposed_code,
        ).where(JudgedCall.judged_at >= begin, JudgedCall.judged_at < until)
        held: dict[date, Week] = {}
        async with self._database.reading() as session:
            for at, suggested, abstained, unknown, code, guess in await session.execute(query):
                monday = _monday(at)
                week = held.setdefault(monday, Week(monday))
                week.calls += 1
                week.suggested += suggested
                week.unsure += suggested and abstained
                if unknown is not None:
                    week.unknown.append(unknown)
                week.groups[groups.get(code or guess, OTHER)] += 1
        lines: dict[str, int] = dict(evaluation.get("lines") or {})
        trained: Counter[str] = Counter()
        for code, count in lines.items():
            trained[groups.get(code, OTHER)] += count
        for monday, week in held.items():
            before: Counter[str] = Counter()
            for back in range(1, BEFORE + 1):
                past = held.get(monday - timedelta(weeks=back))
                before.update(past.groups if past else {})
            week.psi_training = psi(week.groups, trained)
            week.psi_before = psi(week.groups, before)
            if week.unknown:
                week.unknown_share = sum(week.unknown) / len(week.unknown)
        mondays, shown = _monday(since), []
        while mondays <= _monday(until):
            shown.append(held.get(mondays, Week(mondays)))
            mondays += timedelta(weeks=1)
        return shown

    async def _gaps(self, since: datetime, until: datetime, names: Mapping[str, str]) -> list[Gap]:
        other = [i.code for i in self._taxonomies.current.items.values() if i.group == OTHER]
        query = (
            select(JudgedCall.text, JudgedCall.category_code, JudgedCall.abstained)
            .where(JudgedCall.judged_at >= since, JudgedCall.judged_at < until)
            .where(JudgedCall.text != "")
            .where(
                or_(
                    JudgedCall.abstained,
                    JudgedCall.category_code == "",
                    JudgedCall.category_code.in_(other),
                )
            )
            .order_by(JudgedCall.judged_at.desc())
            .limit(MOST_TEXTS)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        found = await anyio.to_thread.run_sync(gather, [row[0] for row in rows])
        gaps = []
        for one in found[:MOST_GAPS]:
            held = [rows[place] for place in one.members]
            ended = Counter(names.get(row[1], row[1]) or "未定类目" for row in held)
            unsure = sum(bool(row[2]) for row in held)
            gaps.append(Gap(one.words, len(held), unsure, ended.most_common(3)))
        return gaps


@dataclass(frozen=True, slots=True)
class Piece:
    """An order at one unit: when it was added, and whether it came back."""

    unit: str
    created_at: datetime
    returned: bool
    recalled: bool


def _count(
    sent_at: datetime,
    over: bool,
    pieces: Sequence[Piece],
    counted: Iterable[Hits],
    units: dict[str, Hits],
) -> None:
    first = [piece for piece in pieces if piece.created_at <= sent_at]
    later = len(first) < len(pieces)
    returned = any(piece.returned for piece in first)
    rerouted = later or any(piece.recalled for piece in first)
    right = not (returned or rerouted)
    if not first or (right and not over):
        return
    for hits in counted:
        hits.count += 1
        hits.right += right
        hits.returned += returned
        hits.rerouted += rerouted
    for piece in first:
        unit = units.setdefault(piece.unit, Hits(piece.unit))
        unit.count += 1
        unit.right += not (piece.returned or piece.recalled)
        unit.returned += piece.returned
        unit.rerouted += piece.recalled


async def _sent(
    session: AsyncSession, since: datetime, until: datetime, last: tuple[datetime, UUID] | None
) -> Sequence[Row[Any]]:
    """A block of orders by when they were first sent: id, time, status and fields."""
    query = (
        select(WorkOrder.id, WorkOrder.sent_at, WorkOrder.status, WorkOrder.fields)
        .where(WorkOrder.sent_at >= since, WorkOrder.sent_at < until)
        .where(WorkOrder.status != WorkOrderStatus.MERGED)
        .order_by(WorkOrder.sent_at, WorkOrder.id)
        .limit(BLOCK)
    )
    if last is not None:
        at, row_id = last
        query = query.where(
            or_(WorkOrder.sent_at > at, (WorkOrder.sent_at == at) & (WorkOrder.id > row_id))
        )
    return (await session.execute(query)).all()


async def _pieces(session: AsyncSession, ids: Sequence[UUID]) -> Mapping[UUID, list[Piece]]:
    """What went to units of these orders, offers to firms left out."""
    query = (
        select(
            DispatchOrder.id,
            DispatchOrder.work_order_id,
            DispatchOrder.created_at,
            LinkageUnit.name,
        )
        .join(LinkageUnit, LinkageUnit.id == DispatchOrder.unit_id)
        .where(DispatchOrder.work_order_id.in_(ids), ~DispatchOrder.offer)
        .order_by(DispatchOrder.position)
    )
    rows = (await session.execute(query)).all()
    back: dict[UUID, set[str]] = defaultdict(set)
    for at in range(0, len(rows), BLOCK):
        moves = select(Transition.entity_id, Transition.trigger).where(
            Transition.entity == DispatchOrder.machine.name,
            Transition.entity_id.in_([row[0] for row in rows[at : at + BLOCK]]),
            Transition.trigger.in_(("reject", "recall")),
        )
        for entity_id, trigger in await session.execute(moves):
            back[entity_id].add(trigger)
    found: dict[UUID, list[Piece]] = defaultdict(list)
    for row_id, order_id, created_at, unit in rows:
        moved = back.get(row_id, set())
        piece = Piece(unit, created_at, "reject" in moved, "recall" in moved)
        found[order_id].append(piece)
    return found


def _monday(at: datetime) -> date:
    day = at.astimezone(CHINA_TIME).date()
    return day - timedelta(days=day.weekday())


def _worst_first(hits: Iterable[Hits]) -> list[Hits]:
    counted = [one for one in hits if one.count]
    return sorted(counted, key=lambda one: (one.right / one.count, -one.count, one.name))

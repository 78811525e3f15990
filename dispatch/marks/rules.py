"""What is marked by how many points: ``rules.toml``, and the rows an administrator edits."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from anyio import to_thread
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.clock import Clock
from models.database import Database
from models.errors import InvalidInput, NotFound, SetupError
from models.marks_tables import MarkRule, Occasion, SpotCheckQuota
from models.telephony_tables import Audit

FILE: Final = Path(__file__).with_name("rules.toml")
MOST_POINTS: Final = 50
MOST_CHECKED: Final = 100
MOST_WORKING_DAYS: Final = 60
BY_PEOPLE: Final = (Occasion.MANUAL, Occasion.PRAISE)
HOURS: Final = 24
OCCASION_NAMES: Final[Mapping[Occasion, str]] = {
    Occasion.SPOT_CHECK: "值班抽查",
    Occasion.RECEIVED: "接收时限",
    Occasion.EN_ROUTE: "出发时限",
    Occasion.ON_SITE: "到场时限",
    Occasion.FEEDBACK: "反馈时限",
    Occasion.REDO: "结果核查",
    Occasion.UNSATISFIED: "回访满意度",
    Occasion.LOW_RATING: "服务评价",
    Occasion.MANUAL: "人工核查",
    Occasion.PRAISE: "表扬返分",
}


@dataclass(frozen=True, slots=True)
class Defaults:
    """The file, read and checked. ``working_days`` is how long a unit may appeal."""

    working_days: int
    rules: tuple[Mapping[str, Any], ...]
    quotas: tuple[tuple[int, int, int, int], ...]


@cache
def defaults(path: Path = FILE) -> Defaults:
    """The file's content; raises ``SetupError`` that names what is wrong in it."""
    try:
        with path.open("rb") as handle:
            data = tomllib.load(handle)
        return _defaults(data)
    except (OSError, KeyError, ValueError, TypeError) as error:
        raise SetupError(f"{path} cannot be used ({type(error).__name__}: {error}).") from None


def _defaults(data: Mapping[str, Any]) -> Defaults:
    days = int(data["appeal"]["working_days"])
    if not 1 <= days <= MOST_WORKING_DAYS:
        raise ValueError(f"appeal.working_days {days}")
    rules: list[Mapping[str, Any]] = []
    for position, line in enumerate(data["rule"]):
        occasion, points = Occasion(line["occasion"]), int(line["points"])
        if wrong := wrong_points(occasion, points):
            raise ValueError(f"rule {line['code']}: {wrong}")
        rules.append(
            {
                "code": str(line["code"]),
                "position": position,
                "occasion": occasion,
                "name": str(line["name"]),
                "about": str(line["about"]),
                "points": points,
                "active": bool(line.get("active", True)),
            }
        )
    if len({line["code"] for line in rules}) != len(rules):
        raise ValueError("two rules have the same code")
    of_machine = [line["occasion"] for line in rules if line["occasion"] not in BY_PEOPLE]
    if len(set(of_machine)) != len(of_machine):
        raise ValueError("two rules are about the same occasion")
    quotas = []
    for line in data["quota"]:
        quota = tuple(int(line[name]) for name in ("tier", "units", "begins", "ends"))
        tier, units, begins, ends = quota
        if wrong := wrong_quota(units, begins, ends):
            raise ValueError(f"quota of tier {tier}: {wrong}")
        quotas.append((tier, units, begins, ends))
    return Defaults(days, tuple(rules), tuple(quotas))


def wrong_points(occasion: Occasion, points: int) -> str:
    """What is wrong with the points of a rule, for people; empty where nothing is."""
    if occasion is Occasion.PRAISE:
        return "" if 1 <= points <= MOST_POINTS else f"返分应为 1 到 {MOST_POINTS} 分。"
    return "" if -MOST_POINTS <= points <= -1 else f"扣分应为 1 到 {MOST_POINTS} 分。"


def wrong_quota(units: int, begins: int, ends: int) -> str:
    """What is wrong with a tier's daily draw, for people; empty where nothing is."""
    if not 0 <= units <= MOST_CHECKED:
        return f"每日抽查数应为 0 到 {MOST_CHECKED}。"
    if not 0 <= begins < ends <= HOURS:
        return "抽查时段应从 0 时到 24 时，且开始早于结束。"
    return ""


async def ensure_rules(database: Database, clock: Clock) -> None:
    """Add the rules and quotas that have no row yet."""
    told = await to_thread.run_sync(defaults)
    async with database.writing() as work:
        known = set(await work.session.scalars(select(MarkRule.code)))
        tiers = set(await work.session.scalars(select(SpotCheckQuota.tier)))
        for line in told.rules:
            if line["code"] not in known:
                work.session.add(MarkRule(**line, changed_at=clock.now(), changed_by=None))
        for tier, units, begins, ends in told.quotas:
            if tier not in tiers:
                work.session.add(SpotCheckQuota(tier=tier, units=units, begins=begins, ends=ends))


async def rules(session: AsyncSession) -> Sequence[MarkRule]:
    """Every rule, in the order of the file."""
    query = select(MarkRule).order_by(MarkRule.position, MarkRule.code)
    return (await session.scalars(query)).all()


async def by_occasion(session: AsyncSession) -> dict[Occasion, MarkRule]:
    """The active rules that the machine applies."""
    return {
        rule.occasion: rule
        for rule in await rules(session)
        if rule.active and rule.occasion not in BY_PEOPLE
    }


async def quotas(session: AsyncSession) -> Sequence[SpotCheckQuota]:
    """The daily draw by tier."""
    return (await session.scalars(select(SpotCheckQuota).order_by(SpotCheckQuota.tier))).all()


async def change_rule(
    database: Database, clock: Clock, user_id: UUID, code: str, *, points: int, active: bool
) -> MarkRule:
    """Give a rule other points, or switch it; whoever did so is recorded.

    Raises ``NotFound`` and ``InvalidInput``. Marks that were given keep their points.
    """
    async with database.writing() as work:
        row = await work.session.get(MarkRule, code, with_for_update=True)
        if row is None:
            raise NotFound("没有这条考核规则，请刷新页面后重试。")
        if wrong := wrong_points(row.occasion, points):
            raise InvalidInput(wrong)
        before = {"points": row.points, "active": row.active}
        now = clock.now()
        row.points, row.active, row.changed_at, row.changed_by = points, active, now, user_id
        after = {"points": points, "active": active}
        work.session.add(_audit(now, user_id, "mark_rule", code, before, after))
    return row


async def change_quota(
    database: Database,
    clock: Clock,
    user_id: UUID,
    tier: int,
    *,
    units: int,
    begins: int,
    ends: int,
) -> SpotCheckQuota:
    """Change a tier's daily draw, from the next one on; whoever did so is recorded.

    Raises ``NotFound`` and ``InvalidInput``.
    """
    if wrong := wrong_quota(units, begins, ends):
        raise InvalidInput(wrong)
    async with database.writing() as work:
        row = await work.session.get(SpotCheckQuota, tier, with_for_update=True)
        if row is None:
            raise NotFound("没有这一层级的抽查设置，请刷新页面后重试。")
        before = {"units": row.units, "begins": row.begins, "ends": row.ends}
        row.units, row.begins, row.ends = units, begins, ends
        after = {"units": units, "begins": begins, "ends": ends}
        work.session.add(_audit(clock.now(), user_id, "spot_quota", str(tier), before, after))
    return row


def _audit(
    at: datetime,
    user_id: UUID,
    subject: str,
    subject_id: str,
    before: dict[str, Any],
    after: dict[str, Any],
) -> Audit:
    return Audit(
        user_id=user_id,
        action="put",
        subject=subject,
        subject_id=subject_id,
        detail={"before": before, "after": after},
        at=at,
    )

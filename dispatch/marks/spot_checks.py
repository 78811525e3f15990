"""值班抽查: units' duty phones are called without warning, and somebody has to press a key.

Every day each centre draws some of its units by lot, tier by tier, each at a moment by lot. A
check is a row with its moment; the sweeper asks the telephony for the call (``AutoCall``) and takes
its end from that row. What the centre itself could not do (no line, no number, nobody on duty by
the roster) says nothing about the unit and is set aside.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import joinedload

from dispatch import duty, reach
from dispatch.marks import figures
from dispatch.marks.giving import Evidence, by_machine
from dispatch.marks.periods import begin_of, day_of
from dispatch.marks.rules import by_occasion, quotas
from dispatch.refusals import recorded
from models.clock import CHINA_TIME, Clock
from models.database import Database, UnitOfWork
from models.errors import Conflict, NotFound, OffDuty
from models.events import AutoCallChanged, SpotCheckChanged
from models.marks_states import SpotCheckStatus
from models.marks_tables import (
    DrawKind,
    EvidenceKind,
    Occasion,
    SpotCheck,
    SpotCheckQuota,
    SpotDraw,
)
from models.tables import LinkageUnit, Transition
from models.telephony_states import AUTO_CALL, AutoCallStatus
from models.telephony_tables import AutoCall, AutoCallKind
from models.transitions import SYSTEM, advance
from models.unit_forms import UnitForm

LIMIT: Final = timedelta(minutes=5)  # from the first ring to the key, two tries included
TOO_LATE: Final = timedelta(hours=1)
MOST_AT_ONCE: Final = 50
# What the telephony writes of a try that did not fail on the unit's side.
OUR_SIDE: Final = "line"
OPEN: Final = (SpotCheckStatus.PLANNED, SpotCheckStatus.CALLING)
# Written out, as the index of what is open is: with a parameter no database would use it.
STILL_OPEN: Final = text("spot_checks.status IN ('planned', 'calling')")


class SpotChecks:
    """Draws, calls and concludes by ``clock``; ``chance`` draws the lots."""

    def __init__(
        self, database: Database, clock: Clock, chance: random.Random | None = None
    ) -> None:
        self._database = database
        self._clock = clock
        self._chance = chance or random.SystemRandom()

    async def sweep(self) -> int:
        """Draw, call and conclude what is due; how many checks moved."""
        now = self._clock.now()
        await self._draw(now)
        async with self._database.reading() as session:
            query = select(SpotCheck.id).where(STILL_OPEN, SpotCheck.due_at <= now)
            due = (await session.scalars(query.order_by(SpotCheck.due_at))).all()
        moved = 0
        for check_id in due[:MOST_AT_ONCE]:
            moved += await self._step(check_id, now)
        return moved

    async def ask(self, unit_id: UUID, user_id: UUID, centre_code: str) -> SpotCheck:
        """Check a unit by hand, at once.

        Raises ``NotFound`` for another centre's unit, ``OffDuty`` where nobody has to be there,
        ``Conflict`` without a duty phone or while another check of the unit is open.
        """
        now = self._clock.now()
        trace = recorded(self._database, "spot_check", "linkage_unit", unit_id, user_id)
        async with trace, self._database.writing() as work:
            query = select(LinkageUnit).where(LinkageUnit.id == unit_id).with_for_update()
            unit = (await work.session.scalars(query)).one_or_none()
            if unit is None or centre_code not in ("", unit.centre_code):
                raise NotFound("没有这个联动单位，或它不归本中心考核。")
            if not unit.active:
                raise Conflict(f"“{unit.name}”已停用，不能抽查。")
            same = select(SpotCheck.id).where(
                SpotCheck.unit_id == unit_id,
                SpotCheck.status.in_(OPEN),
                SpotCheck.due_at <= now,
            )
            if await work.session.scalar(same) is not None:
                raise Conflict(f"“{unit.name}”正在抽查中，请等这次抽查结束。")
            check = _check(unit, day_of(now), now, DrawKind.BY_HAND, user_id)
            check.unit = unit
            work.session.add(check)
            on_duty = (await duty.states(work.session, [unit], now))[unit.id]
            if not on_duty.on:
                raise OffDuty(f"“{unit.name}”{on_duty.sentence()}，请在其值班时间抽查。")
            if wrong := await self._call(work, check, unit, now, on_duty):
                raise Conflict(f"“{unit.name}”{wrong}，请先在单位资料中登记。")
        return check

    # --- the draw ----------------------------------------------------------------------------

    async def _draw(self, now: datetime) -> None:
        today = day_of(now)
        async with self._database.reading() as session:
            drawn = set(
                await session.scalars(select(SpotDraw.centre_code).where(SpotDraw.day == today))
            )
            codes = await _centre_codes(session)
        for code in sorted(codes - drawn):
            await self._draw_centre(code, today, now)

    async def _draw_centre(self, code: str, today: date, now: datetime) -> None:
        async with self._database.writing() as work:
            if await work.session.get(SpotDraw, (today, code)) is not None:
                return
            earlier = select(SpotDraw.day).where(SpotDraw.centre_code == code).limit(1)
            first = await work.session.scalar(earlier) is None
            work.session.add(SpotDraw(day=today, centre_code=code, at=now))
            if first:
                return  # a centre's first draw is the next day's, when people know of it
            query = select(LinkageUnit).where(
                LinkageUnit.active,
                LinkageUnit.form != UnitForm.FIRM,
                LinkageUnit.centre_code == code,
            )
            units = (await work.session.scalars(query.order_by(LinkageUnit.code))).all()
            for unit, due_at in lots(self._chance, units, await quotas(work.session), today, now):
                check = _check(unit, today, due_at, DrawKind.DRAWN, None)
                work.session.add(check)
                work.emit(SpotCheckChanged(check.id, unit.id))

    # --- one check ---------------------------------------------------------------------------

    async def _step(self, check_id: UUID, now: datetime) -> int:
        async with self._database.writing() as work:
            query = (
                select(SpotCheck)
                .where(SpotCheck.id == check_id)
                .options(joinedload(SpotCheck.unit))
                .with_for_update(of=SpotCheck)
            )
            check = (await work.session.scalars(query)).one()
            before = check.status
            if check.status is SpotCheckStatus.PLANNED:
                await self._begin(work, check, now)
            elif check.status is SpotCheckStatus.CALLING:
                await self._conclude(work, check, now)
            if check.status is before:
                return 0
            work.emit(SpotCheckChanged(check.id, check.unit_id))
            if check.status not in OPEN:
                check.ended_at = now
                await work.session.flush()
                await figures.recount(work.session, check.day, [check.unit_id])
        return 1

    async def _begin(self, work: UnitOfWork, check: SpotCheck, now: datetime) -> None:
        unit = check.unit
        on_duty = (await duty.states(work.session, [unit], now))[unit.id]
        if not unit.active:
            wrong = "单位已停用"
        elif now - check.due_at > TOO_LATE:
            wrong = "到时系统没有运行"
        elif not on_duty.on:
            wrong = "抽查时不在值班时间"
        else:
            wrong = await self._call(work, check, unit, now, on_duty)
        if wrong:
            self._set_aside(work, check, wrong, now)

    async def _call(
        self,
        work: UnitOfWork,
        check: SpotCheck,
        unit: LinkageUnit,
        now: datetime,
        on_duty: duty.OnDuty,
    ) -> str:
        """Ask for the call; why that cannot be, where it cannot."""
        number = (await reach.duty_phones(work.session, [unit], now))[unit.id]
        if not number:
            return "没有登记值班电话"
        call = AutoCall(
            kind=AutoCallKind.SPOT_CHECK,
            subject_id=check.id,
            number=number,
            text=f"请{unit.name}值班人员确认在岗。",
            due_at=now,
            created_at=now,
            ended_at=None,
        )
        work.session.add(call)
        check.auto_call_id, check.on_duty = call.id, on_duty.who
        check.called_at, check.expires_at = now, now + LIMIT
        advance(work.session, check, "call_duty", actor=SYSTEM, at=now)
        work.emit(AutoCallChanged(call.id, check.id))
        work.emit(SpotCheckChanged(check.id, unit.id))
        return ""

    async def _conclude(self, work: UnitOfWork, check: SpotCheck, now: datetime) -> None:
        call = await work.session.get(AutoCall, check.auto_call_id) if check.auto_call_id else None
        if call is None or check.expires_at is None:
            self._set_aside(work, check, "呼叫记录缺失", now)
            return
        expired = now > check.expires_at
        match call.status:
            case AutoCallStatus.DONE:
                if (call.ended_at or now) <= check.expires_at:
                    advance(work.session, check, "key_pressed", actor=SYSTEM, at=now)
                else:
                    await self._miss(work, check, "超过时限才按键确认", now)
            case AutoCallStatus.FAILED:
                await self._failed(work, check, call, now)
            case AutoCallStatus.CANCELLED:
                self._set_aside(work, check, "值班电话号码无法拨打，请核对号码", now)
            case AutoCallStatus.DUE | AutoCallStatus.DIALLING if expired:
                if call.tries == 0:
                    self._set_aside(work, check, "外线未开通或线路全忙，没有呼出", now)
                elif call.status is AutoCallStatus.DUE:
                    await self._failed(work, check, call, now)
                elif now > check.expires_at + LIMIT:
                    self._set_aside(work, check, "呼叫结果没有收到", now)

    async def _failed(
        self, work: UnitOfWork, check: SpotCheck, call: AutoCall, now: datetime
    ) -> None:
        """Nobody pressed a key: the unit's fault unless no try came through on our side."""
        query = select(Transition.reason).where(
            Transition.entity == AUTO_CALL.name,
            Transition.entity_id == call.id,
            Transition.trigger.in_(("retry", "give_up")),
        )
        reasons = (await work.session.scalars(query)).all()
        if reasons and all(reason.startswith(OUR_SIDE) for reason in reasons):
            self._set_aside(work, check, "线路故障，电话没有打通，请人工核实", now)
            return
        await self._miss(work, check, f"呼叫 {call.tries} 次，无人应答或未按键确认", now)

    def _set_aside(self, work: UnitOfWork, check: SpotCheck, why: str, now: datetime) -> None:
        advance(work.session, check, "set_aside", actor=SYSTEM, at=now, reason=why)
        check.note = why

    async def _miss(self, work: UnitOfWork, check: SpotCheck, why: str, now: datetime) -> None:
        advance(work.session, check, "miss", actor=SYSTEM, at=now, reason=why)
        check.note = why
        rule = (await by_occasion(work.session)).get(Occasion.SPOT_CHECK)
        if rule is None:
            return
        at = check.called_at or now
        said = f"{at.astimezone(CHINA_TIME):%m月%d日 %H:%M} 值班抽查，{why}。"
        evidence = Evidence(EvidenceKind.SPOT_CHECK, str(check.id), at, said)
        await by_machine(work, rule, check.unit_id, evidence, now)


def lots(
    chance: random.Random,
    units: Sequence[LinkageUnit],
    by_tier: Sequence[SpotCheckQuota],
    today: date,
    now: datetime,
) -> list[tuple[LinkageUnit, datetime]]:
    """Which units are checked today, each when; of hours that have passed none is drawn."""
    found: list[tuple[LinkageUnit, datetime]] = []
    midnight = begin_of(today)
    for quota in by_tier:
        begins = max(midnight + timedelta(hours=quota.begins), now)
        span = (midnight + timedelta(hours=quota.ends) - begins).total_seconds()
        of_tier = [unit for unit in units if unit.tier == quota.tier]
        if span <= 0:
            continue
        found += [
            (unit, begins + timedelta(seconds=chance.uniform(0, span)))
            for unit in chance.sample(of_tier, min(quota.units, len(of_tier)))
        ]
    return found


def _check(
    unit: LinkageUnit, day: date, due_at: datetime, kind: DrawKind, asked_by: UUID | None
) -> SpotCheck:
    return SpotCheck(
        unit_id=unit.id,
        day=day,
        kind=kind,
        due_at=due_at,
        asked_by=asked_by,
        called_at=None,
        expires_at=None,
        ended_at=None,
        auto_call_id=None,
    )


async def _centre_codes(session: AsyncSession) -> set[str]:
    """The centres that have units."""
    return set(
        await session.scalars(select(LinkageUnit.centre_code).where(LinkageUnit.active).distinct())
    )


async def of_day(session: AsyncSession, day: date, centre_code: str) -> Sequence[SpotCheck]:
    """A day's checks with their units; those of the highest centre, written empty, are all."""
    query = (
        select(SpotCheck)
        .where(SpotCheck.day == day)
        .options(joinedload(SpotCheck.unit))
        .order_by(SpotCheck.due_at, SpotCheck.id)
    )
    if centre_code:
        query = query.join(LinkageUnit, LinkageUnit.id == SpotCheck.unit_id).where(
            LinkageUnit.centre_code == centre_code
        )
    return (await session.scalars(query.limit(500))).all()


async def calls_of(session: AsyncSession, checks: Sequence[SpotCheck]) -> Mapping[UUID, AutoCall]:
    """The machine's call of each check that has one."""
    ids = [check.auto_call_id for check in checks if check.auto_call_id is not None]
    calls = await session.scalars(select(AutoCall).where(AutoCall.id.in_(ids)))
    return {call.subject_id: call for call in calls}

"""The alarms as supervisors see and acknowledge them, and telling open pages of changes."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import ColumnElement, and_, or_, select

from agent_desk import repository
from agent_desk.accounts import Person
from agent_desk.alarms.kinds import SPECS
from agent_desk.hub import Hub
from agent_desk.permissions import Permission, may
from agent_desk.problems import where
from agent_desk.wire_alarms import AlarmHistory, AlarmInfo, AlarmList, AlarmsMessage
from dispatch.levels import HIGHEST
from models.alarm_states import AlarmStatus
from models.alarm_tables import Alarm
from models.bus import EventBus
from models.database import Database
from models.dispatch_tables import Centre
from models.errors import NotFound
from models.events import AlarmChanged
from models.transitions import advance

log = logging.getLogger(__name__)

MOST_SHOWN: Final = 200
PAGE: Final = 50
TELL_SECONDS: Final = 1.0
READ_SECONDS: Final = 10
OF_HALL: Final = tuple(kind for kind, spec in SPECS.items() if spec.of_hall)


class AlarmView:
    """Loads alarms, and takes note of who acknowledged them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def open(self, centre_code: str) -> AlarmList:
        """The alarms of a centre and of the hall that are not over."""
        query = (
            select(Alarm)
            .where(Alarm.cleared_at.is_(None), _seen_in(centre_code))
            .order_by(Alarm.acknowledged_at.is_not(None), Alarm.raised_at.desc(), Alarm.id)
            .limit(MOST_SHOWN)
        )
        async with self._database.reading() as session:
            rows = list(await session.scalars(query))
            names = await repository.display_names(session, _people(rows))
        return AlarmList(alarms=[_info(row, names) for row in rows])

    async def history(self, centre_code: str, page: int) -> AlarmHistory:
        """All alarms of a centre and of the hall, newest first; pages count from 0."""
        query = (
            select(Alarm)
            .where(_seen_in(centre_code))
            .order_by(Alarm.raised_at.desc(), Alarm.id)
            .limit(PAGE + 1)
            .offset(page * PAGE)
        )
        async with self._database.reading() as session:
            rows = list(await session.scalars(query))
            names = await repository.display_names(session, _people(rows))
        return AlarmHistory(
            alarms=[_info(row, names) for row in rows[:PAGE]], more=len(rows) > PAGE
        )

    async def acknowledge(self, person: Person, ids: Sequence[UUID], now: datetime) -> None:
        """Take note of alarms; who did so first counts. One that is over stays so.

        Raises ``NotFound`` where none of them is one the person sees.
        """
        async with self._database.writing() as work:
            query = select(Alarm).where(Alarm.id.in_(ids), _seen_in(person.centre_code))
            rows = list(await work.session.scalars(query.with_for_update()))
            if not rows:
                raise NotFound("没有这些告警，请刷新页面后重试。")
            for row in rows:
                if row.status is AlarmStatus.RAISED:
                    advance(work.session, row, "acknowledge", actor=str(person.user_id), at=now)
                    row.acknowledged_at, row.acknowledged_by = now, person.user_id
                    work.emit(AlarmChanged(row.id))


class AlarmTeller:
    """Sends the open alarms to supervisors' pages when one has changed."""

    def __init__(self, hub: Hub, view: AlarmView, database: Database) -> None:
        self._hub = hub
        self._view = view
        self._database = database
        self._changed = anyio.Event()

    def subscribe(self, bus: EventBus) -> None:
        """Follow the alarms."""
        bus.subscribe(AlarmChanged, self._on_change)

    async def _on_change(self, _: AlarmChanged) -> None:
        self._changed.set()

    async def run(self) -> None:
        """Tell until cancelled; what could not be told is told again."""
        while True:
            await self._changed.wait()
            self._changed = anyio.Event()
            try:
                with anyio.fail_after(READ_SECONDS):
                    await self._tell()
            except Exception as error:
                log.error("alarms could not be told: %s", where(error))
                self._changed.set()
            await anyio.sleep(TELL_SECONDS)

    async def _tell(self) -> None:
        async with self._database.reading() as session:
            below = await session.scalars(
                select(Centre.code).where(Centre.parent_code.is_not(None))
            )
            codes = [HIGHEST, *below]
        for code in codes:

            def wanted(person: Person, code: str = code) -> bool:
                return may(person.role, Permission.SUPERVISE) and person.centre_code == code

            if self._hub.anybody(wanted):
                self._hub.send(wanted, AlarmsMessage(alarms=await self._view.open(code)))


def _seen_in(centre_code: str) -> ColumnElement[bool]:
    own = Alarm.centre_code == centre_code
    if centre_code == HIGHEST:
        return own
    return or_(own, and_(Alarm.centre_code == HIGHEST, Alarm.kind.in_(OF_HALL)))


def _people(rows: Sequence[Alarm]) -> set[UUID]:
    return {row.acknowledged_by for row in rows if row.acknowledged_by is not None}


def _info(row: Alarm, names: dict[UUID, str]) -> AlarmInfo:
    spec = SPECS[row.kind]
    return AlarmInfo(
        id=row.id,
        kind=row.kind,
        kind_name=spec.name,
        name=row.name,
        value=row.value,
        threshold=row.threshold,
        unit=spec.unit,
        status=row.status,
        sound=row.sound,
        work_order_id=row.work_order_id,
        began_at=row.began_at,
        raised_at=row.raised_at,
        calm=row.calm_since is not None,
        cleared_at=row.cleared_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=names.get(row.acknowledged_by, "") if row.acknowledged_by else "",
    )

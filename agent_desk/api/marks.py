"""Checks of units, marks, appeals, and the tables of units by day, quarter and year."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Depends, Query, Response

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, UnitWorker, require, running
from agent_desk.marks_files import as_csv, as_xlsx, title
from agent_desk.marks_shapes import rule_info
from agent_desk.marks_views import MarksView
from agent_desk.permissions import Permission
from agent_desk.running import Running
from agent_desk.wire_marks import (
    AppealMark,
    AskSpotCheck,
    DecideMark,
    GiveMark,
    MarkInfo,
    MarkList,
    MarkRules,
    PutQuota,
    PutRule,
    QuotaInfo,
    RuleInfo,
    SpotCheckDay,
    SpotCheckInfo,
    StandingTable,
    UnitMarks,
    WithdrawMark,
)
from dispatch.marks import rules
from dispatch.marks.giving import Found, Marks
from dispatch.marks.periods import Stretch
from dispatch.marks.spot_checks import SpotChecks
from models.errors import Forbidden
from models.marks_states import MarkStatus

router = APIRouter(prefix="/api", tags=["marks"])

Reader = Annotated[Person, Depends(require(Permission.READ_MARKS))]
Marker = Annotated[Person, Depends(require(Permission.GIVE_MARKS))]
Editor = Annotated[Person, Depends(require(Permission.CHANGE_CENTRE))]
Which = Annotated[str, Query(max_length=10)]
Group = Annotated[str, Query(pattern="^(1|2|3|firm)?$")]


class FileForm(StrEnum):
    """What kind of file a table is given as."""

    CSV = "csv"
    XLSX = "xlsx"


TYPES = {
    FileForm.CSV: "text/csv; charset=utf-8",
    FileForm.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def shown(desk: Annotated[Running, Depends(running)]) -> MarksView:
    """What loads the pages' rows."""
    return MarksView(desk.parts.database, desk.parts.clock)


def acting(desk: Annotated[Running, Depends(running)]) -> Marks:
    """What people do with marks."""
    return Marks(desk.parts.database, desk.parts.clock)


Shown = Annotated[MarksView, Depends(shown)]
Acting = Annotated[Marks, Depends(acting)]


# --- spot checks -------------------------------------------------------------------------------


@router.get("/spot-checks")
async def list_spot_checks(person: Reader, view: Shown, day: Which = "") -> SpotCheckDay:
    """A day's spot checks of duty."""
    return await view.checks(person, day)


@router.post("/spot-checks")
async def ask_spot_check(
    body: AskSpotCheck, person: Marker, view: Shown, desk: Desk
) -> SpotCheckInfo:
    """Check a unit's duty at once."""
    checks = SpotChecks(desk.parts.database, desk.parts.clock)
    return await view.check(await checks.ask(body.unit_id, person.user_id, person.centre_code))


# --- marks -------------------------------------------------------------------------------------


@router.get("/marks")
async def list_marks(
    person: Reader,
    view: Shown,
    status: MarkStatus | None = None,
    unit_id: UUID | None = None,
    page: Annotated[int, Query(ge=0, le=10_000)] = 0,
) -> MarkList:
    """Marks of the centre's units, the newest first."""
    return await view.marks(person, status=status, unit_id=unit_id, page=page)


@router.post("/marks")
async def give_mark(body: GiveMark, person: Marker, view: Shown, marks: Acting) -> MarkInfo:
    """Mark a unit by hand."""
    found = Found(**body.model_dump())
    return await view.mark(await marks.give(found, person.user_id, person.centre_code))


@router.post("/marks/{mark_id}/decide")
async def decide_mark(
    mark_id: UUID, body: DecideMark, person: Marker, view: Shown, marks: Acting
) -> MarkInfo:
    """Decide a unit's appeal."""
    row = await marks.decide(
        mark_id, person.user_id, person.centre_code, uphold=body.uphold, note=body.note
    )
    return await view.mark(row)


@router.post("/marks/{mark_id}/withdraw")
async def withdraw_mark(
    mark_id: UUID, body: WithdrawMark, person: Marker, view: Shown, marks: Acting
) -> MarkInfo:
    """Take a mark back."""
    row = await marks.withdraw(mark_id, person.user_id, person.centre_code, body.note)
    return await view.mark(row)


# --- tables ------------------------------------------------------------------------------------


@router.get("/standings/{stretch}")
async def standings(
    stretch: Stretch, person: Reader, view: Shown, which: Which = "", group: Group = ""
) -> StandingTable:
    """The table of a day, quarter or year, such as ``2026-11-22``, ``2026Q4``, ``2026``; of the
    present one without ``which``."""
    return await view.table(person, stretch, which, group)


@router.get("/standings/{stretch}/{form}", response_class=Response)
async def standings_file(
    stretch: Stretch,
    form: FileForm,
    person: Reader,
    view: Shown,
    which: Which = "",
    group: Group = "",
) -> Response:
    """The same as a file."""
    table = await view.table(person, stretch, which, group)
    write = as_csv if form is FileForm.CSV else as_xlsx
    content = await to_thread.run_sync(write, table)
    name = quote(f"{title(table)}.{form.value}")
    return Response(
        content,
        media_type=TYPES[form],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )


# --- rules -------------------------------------------------------------------------------------


@router.get("/mark-rules")
async def mark_rules(person: Reader, view: Shown) -> MarkRules:
    """What is marked by how many points, and how many units are checked a day."""
    return await view.rules(person)


@router.put("/mark-rules/{code}")
async def put_mark_rule(code: str, body: PutRule, person: Editor, desk: Desk) -> RuleInfo:
    """Change a rule; marks given before keep their points."""
    _check_highest(person)
    row = await rules.change_rule(
        desk.parts.database,
        desk.parts.clock,
        person.user_id,
        code,
        points=body.points,
        active=body.active,
    )
    return rule_info(row, {person.user_id: person.user.display_name})


@router.put("/spot-check-quotas/{tier}")
async def put_spot_check_quota(tier: int, body: PutQuota, person: Editor, desk: Desk) -> QuotaInfo:
    """Change how many units of a tier are checked a day, from the next draw on."""
    _check_highest(person)
    row = await rules.change_quota(
        desk.parts.database,
        desk.parts.clock,
        person.user_id,
        tier,
        units=body.units,
        begins=body.begins,
        ends=body.ends,
    )
    return QuotaInfo(tier=row.tier, units=row.units, begins=row.begins, ends=row.ends)


def _check_highest(person: Person) -> None:
    if person.centre_code:
        raise Forbidden("考核规则由上级中心统一设置，请联系上级中心的管理员。")


# --- a unit's own ------------------------------------------------------------------------------


@router.get("/unit/marks")
async def unit_marks(person: UnitWorker, view: Shown, desk: Desk) -> UnitMarks:
    """The own unit's marks."""
    return await view.of_unit(desk.views.unit_of(person))


@router.post("/unit/marks/{mark_id}/appeal")
async def appeal_mark(
    mark_id: UUID, body: AppealMark, person: UnitWorker, view: Shown, marks: Acting, desk: Desk
) -> MarkInfo:
    """Contest a mark of the own unit, once."""
    unit_id = desk.views.unit_of(person)
    return await view.mark(await marks.appeal(mark_id, unit_id, person.user_id, body.reason))

"""Reports for supervisors, and reports as files."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from urllib.parse import quote

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Response

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, require
from agent_desk.permissions import Permission
from agent_desk.reports.days import Report
from agent_desk.reports.files import as_csv, as_xlsx, file_name
from agent_desk.reports.reading import shown
from agent_desk.reports.tables import Asked
from agent_desk.wire_reports import ExportFormat, Reports, ReportTable

router = APIRouter(prefix="/api", tags=["reports"])

Supervisor = Annotated[Person, Depends(require(Permission.SUPERVISE))]
Code = Annotated[str, Query(max_length=32)]
MEDIA: dict[str, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}


def asked(
    person: Supervisor,
    desk: Desk,
    report: Report,
    from_day: date,
    to_day: date,
    by: Code = "",
    step: Code = "",
    queue_code: Code = "",
    centre: Code = "",
) -> Asked:
    """What is asked for: both days count; a centre's code, ``.`` for the highest, ``*`` for all;
    every queue where none is named."""
    return desk.reports.asked(
        person,
        report,
        from_day,
        to_day,
        by=by,
        step=step,
        queue_code=queue_code,
        centre=centre,
    )


Wanted = Annotated[Asked, Depends(asked)]


@router.get("/reports")
async def reports(person: Supervisor, desk: Desk) -> Reports:
    """Every report, how it can be broken down, and how its figures are defined."""
    return await desk.reports.about(person)


@router.get("/reports/{report}")
async def report_table(wanted: Wanted, desk: Desk) -> ReportTable:
    """A report of a period of at most a year."""
    return shown(await desk.reports.made(wanted))


@router.get(
    "/reports/{report}/export",
    response_class=Response,
    responses={200: {"content": {media: {} for media in MEDIA.values()}}},
)
async def export_report(
    wanted: Wanted, person: Supervisor, desk: Desk, format: ExportFormat = "xlsx"
) -> Response:
    """The same as a file; every export is recorded."""
    made = await desk.reports.made(wanted)
    write = as_xlsx if format == "xlsx" else as_csv
    content = await anyio.to_thread.run_sync(write, made)
    await desk.reports.note_export(person, made, format)
    name = quote(file_name(made, format))
    return Response(
        content,
        media_type=MEDIA[format],
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{name}"},
    )

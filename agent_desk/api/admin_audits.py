"""The audit log, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from agent_desk.administration.audits import Search
from agent_desk.dependencies import CentreChanger, Desk
from agent_desk.wire_audits import AuditChoices, AuditPage
from models.errors import InvalidInput

router = APIRouter(prefix="/api/admin/audits", tags=["audits"])

FILE = "attachment; filename*=UTF-8''%E5%AE%A1%E8%AE%A1.csv"  # 审计.csv


def wanted(
    user_id: UUID | None = None,
    kind: Annotated[str, Query(max_length=32)] = "",
    since: datetime | None = None,
    until: datetime | None = None,
    words: Annotated[str, Query(max_length=64)] = "",
) -> Search:
    """What a request asks for; raises ``InvalidInput`` for a time without its zone."""
    for at in (since, until):
        if at is not None and at.tzinfo is None:
            raise InvalidInput("时间须带时区，请刷新页面后重试。")
    return Search(user_id, kind, since, until, words.strip())


Wanted = Annotated[Search, Depends(wanted)]


@router.get("")
async def audit_log(
    search: Wanted,
    person: CentreChanger,
    desk: Desk,
    before: Annotated[int | None, Query(ge=1)] = None,
) -> AuditPage:
    """Who did what, newest first, a hundred at a time."""
    return await desk.administration.audits.page(search, before)


@router.get("/choices")
async def audit_choices(person: CentreChanger, desk: Desk) -> AuditChoices:
    """By what the log can be searched."""
    return await desk.administration.audits.choices()


@router.get(
    "/table", response_class=StreamingResponse, responses={200: {"content": {"text/csv": {}}}}
)
async def audit_table(search: Wanted, person: CentreChanger, desk: Desk) -> StreamingResponse:
    """The same as a table for spreadsheets, at most 50,000 entries."""
    return StreamingResponse(
        desk.administration.audits.csv(search),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": FILE},
    )

"""Tables of place names, as supervisors bring them in."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, status

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, require
from agent_desk.permissions import Permission
from agent_desk.wire_gazetteer import GazetteerPreview, GazetteerState

router = APIRouter(prefix="/api/gazetteer", tags=["gazetteer"])

Editor = Annotated[Person, Depends(require(Permission.EDIT_KNOWLEDGE))]


@router.get("")
async def gazetteer(person: Editor, desk: Desk) -> GazetteerState:
    """The tables there are, and which one is in use."""
    return await desk.gazetteers.state()


@router.post(
    "",
    status_code=status.HTTP_201_CREATED,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
async def upload_gazetteer(
    request: Request,
    person: Editor,
    desk: Desk,
    name: Annotated[str, Query(min_length=1, max_length=255)],
) -> GazetteerPreview:
    """Keep a CSV table, at most 20 MB, and say what it holds; nothing changes yet."""
    return await desk.gazetteers.upload(name, request.stream(), person.user_id)


@router.post("/{table_id}/apply")
async def apply_gazetteer(table_id: UUID, person: Editor, desk: Desk) -> GazetteerState:
    """Read addresses with this table from now on."""
    return await desk.gazetteers.apply(table_id, person.user_id)

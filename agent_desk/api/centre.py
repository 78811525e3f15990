"""What changes seldom."""

from __future__ import annotations

from fastapi import APIRouter

from agent_desk.dependencies import CentreReader, Desk
from agent_desk.wire import Centre

router = APIRouter(prefix="/api", tags=["centre"])


@router.get("/centre")
async def centre(person: CentreReader, desk: Desk) -> Centre:
    """Queues, taxonomy, levels, units and pause reasons."""
    return await desk.views.centre()

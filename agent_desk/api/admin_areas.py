"""Areas, centres and the limits in force, for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path

from agent_desk.administration.limits import limits
from agent_desk.dependencies import CentreChanger, Desk
from agent_desk.wire_areas import AreaInfo, CentreInfo, LimitsInfo, PutArea, PutCentre
from dispatch.limits import rules

router = APIRouter(prefix="/api/admin", tags=["areas"])

Code = Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,24}$")]


@router.get("/areas")
async def all_areas(person: CentreChanger, desk: Desk) -> list[AreaInfo]:
    """The tree of areas, each after the one it lies in."""
    return await desk.administration.areas.areas()


@router.put("/areas/{code}")
async def put_area(code: Code, body: PutArea, person: CentreChanger, desk: Desk) -> AreaInfo:
    """Change an area's name, contact or point."""
    await desk.administration.areas.put_area(code, body, person)
    return await desk.administration.areas.area(code)


@router.get("/centres")
async def all_centres(person: CentreChanger, desk: Desk) -> list[CentreInfo]:
    """The centres, the highest first."""
    return await desk.administration.areas.centres()


@router.put("/centres/{code}")
async def put_centre(
    code: Code, body: PutCentre, person: CentreChanger, desk: Desk
) -> list[CentreInfo]:
    """Change a centre's name or duty phone."""
    await desk.administration.areas.put_centre(code, body, person)
    return await desk.administration.areas.centres()


@router.get("/limits")
async def all_limits(person: CentreChanger, desk: Desk) -> LimitsInfo:
    """The deadlines in force."""
    return limits(rules())

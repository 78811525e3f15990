"""All routes and sockets."""

from __future__ import annotations

from fastapi import FastAPI

from agent_desk import sockets, softphone
from agent_desk.api import (
    admin_areas,
    admin_audits,
    admin_hall,
    admin_people,
    admin_prompts,
    admin_units,
    alarms,
    call_backs,
    callers,
    centre,
    corrections,
    deadlines,
    dispatching,
    floor,
    gazetteer,
    hand_overs,
    knowledge,
    learning,
    maps,
    marks,
    merging,
    numbers,
    orders,
    recordings,
    reports,
    seat,
    session,
    talk,
    texts,
    twilio,
    unit,
    unit_duty,
    unit_systems,
)
from agent_desk.wire import Problem

PARTS = (
    session,
    centre,
    seat,
    orders,
    unit,
    talk,
    texts,
    twilio,
    call_backs,
    numbers,
    recordings,
    callers,
    corrections,
    hand_overs,
    floor,
    knowledge,
    merging,
    learning,
    deadlines,
    unit_systems,
    gazetteer,
    dispatching,
    unit_duty,
    alarms,
    reports,
    maps,
    admin_people,
    admin_hall,
    admin_units,
    admin_areas,
    admin_prompts,
    admin_audits,
    marks,
)


def add_routes(app: FastAPI) -> None:
    """Add the routes, every error answer of which is a ``Problem``, and the sockets."""
    for part in PARTS:
        app.include_router(
            part.router,
            responses={"4XX": {"model": Problem}, "5XX": {"model": Problem}},
            generate_unique_id_function=lambda route: route.name,
        )
    app.include_router(sockets.router)
    app.include_router(softphone.router)

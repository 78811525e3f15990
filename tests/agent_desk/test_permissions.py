"""Every route and socket, and who may use it. A new one fails here until it is listed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.routing import iter_route_contexts

from agent_desk.dependencies import Require
from agent_desk.permissions import PERMISSIONS, Permission
from models.kinds import Role
from tests.support.desk import Site

pytestmark = pytest.mark.integration

SEAT, BOSS, UNIT, ADMIN = Role.SEAT, Role.SUPERVISOR, Role.UNIT, Role.ADMINISTRATOR
STAFF = frozenset({SEAT, BOSS, ADMIN})
EVERYBODY = frozenset(Role)
ANYBODY = None  # no sign-in needed

WHO: dict[str, frozenset[Role] | None] = {
    "POST /api/session": ANYBODY,
    "GET /api/session": EVERYBODY,
    "DELETE /api/session": EVERYBODY,
    "GET /api/health": ANYBODY,
    "GET /api/centre": STAFF,
    "GET /api/seats": frozenset({SEAT, BOSS}),
    "POST /api/agent-session": frozenset({SEAT, BOSS}),
    "PATCH /api/agent-session": frozenset({SEAT, BOSS}),
    "DELETE /api/agent-session": frozenset({SEAT, BOSS}),
    "GET /api/desk": frozenset({SEAT, BOSS}),
    "POST /api/calls/{call_id}/hang-up": frozenset({SEAT, BOSS}),
    "POST /api/calls": frozenset({SEAT, BOSS}),
    "POST /api/calls/{call_id}/ask-key": frozenset({SEAT, BOSS}),
    "POST /api/calls/{call_id}/hand-overs": frozenset({SEAT, BOSS}),
    "GET /api/hand-overs": frozenset({SEAT, BOSS}),
    "GET /api/hand-overs/targets": frozenset({SEAT, BOSS}),
    "POST /api/hand-overs/{hand_over_id}/join": frozenset({SEAT, BOSS}),
    "POST /api/hand-overs/{hand_over_id}/complete": frozenset({SEAT, BOSS}),
    "POST /api/hand-overs/{hand_over_id}/keep": frozenset({SEAT, BOSS}),
    "GET /api/calls/{call_id}/caller": frozenset({SEAT, BOSS}),
    "POST /api/calls/{call_id}/caller/marks": frozenset({SEAT, BOSS}),
    "DELETE /api/caller-marks/{mark_id}": frozenset({SEAT, BOSS}),
    "GET /api/call-backs": frozenset({SEAT, BOSS}),
    "POST /api/call-backs/{call_back_id}/call": frozenset({SEAT, BOSS}),
    "POST /api/call-backs/{call_back_id}/close": frozenset({SEAT, BOSS}),
    "GET /api/numbers": frozenset({ADMIN}),
    "PUT /api/numbers/{number}": frozenset({ADMIN}),
    "DELETE /api/numbers/{number}": frozenset({ADMIN}),
    "PUT /api/utterances/{utterance_id}/text": frozenset({SEAT, BOSS}),
    "GET /api/recordings": frozenset({BOSS}),
    "GET /api/calls/{call_id}": frozenset({BOSS}),
    "GET /api/calls/{call_id}/recording": frozenset({SEAT, BOSS}),
    "POST /api/calls/{call_id}/recording/verify": frozenset({BOSS}),
    "GET /api/statistics": frozenset({BOSS}),
    "GET /api/floor": frozenset({BOSS}),
    "GET /api/supervise": frozenset({BOSS}),
    "POST /api/supervise": frozenset({BOSS}),
    "PATCH /api/supervise": frozenset({BOSS}),
    "DELETE /api/supervise": frozenset({BOSS}),
    "POST /api/calls/{call_id}/take": frozenset({BOSS}),
    "POST /api/calls/{call_id}/move": frozenset({BOSS}),
    "POST /api/agents/{session_id}/pause": frozenset({BOSS}),
    "POST /api/agents/{session_id}/ready": frozenset({BOSS}),
    "POST /api/agents/{session_id}/sign-out": frozenset({BOSS}),
    "GET /api/audits": frozenset({BOSS}),
    "GET /api/orders": STAFF,
    "GET /api/orders/{order_id}": STAFF,
    "PATCH /api/orders/{order_id}": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/accept-sure": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/send": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/answer": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/discard": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/close": frozenset({SEAT, BOSS}),
    "GET /api/orders/{order_id}/same": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/merge": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/split": frozenset({SEAT, BOSS}),
    "POST /api/knowledge/search": frozenset({SEAT, BOSS}),
    "POST /api/knowledge/gaps": frozenset({SEAT, BOSS}),
    "GET /api/knowledge/gaps": frozenset({BOSS, ADMIN}),
    "POST /api/knowledge/gaps/{gap_id}/dismiss": frozenset({BOSS, ADMIN}),
    "GET /api/knowledge/articles": frozenset({BOSS, ADMIN}),
    "POST /api/knowledge/articles": frozenset({BOSS, ADMIN}),
    "PUT /api/knowledge/articles/{article_id}": frozenset({BOSS, ADMIN}),
    "GET /api/knowledge/articles/{article_id}/changes": frozenset({BOSS, ADMIN}),
    "POST /api/knowledge/articles/{article_id}/retire": frozenset({BOSS, ADMIN}),
    "POST /api/knowledge/articles/{article_id}/restore": frozenset({BOSS, ADMIN}),
    "GET /api/map": EVERYBODY,
    "GET /api/map/base": EVERYBODY,
    "PUT /api/map/base": frozenset({ADMIN}),
    "DELETE /api/map/base": frozenset({ADMIN}),
    "GET /api/orders/{order_id}/surroundings": STAFF,
    "GET /api/board": frozenset({BOSS}),
    "GET /api/gazetteer": frozenset({BOSS, ADMIN}),
    "POST /api/gazetteer": frozenset({BOSS, ADMIN}),
    "POST /api/gazetteer/{table_id}/apply": frozenset({BOSS, ADMIN}),
    "GET /api/unit/orders": frozenset({UNIT}),
    "POST /api/unit/orders/{dispatch_id}/receive": frozenset({UNIT}),
    "POST /api/unit/orders/{dispatch_id}/depart": frozenset({UNIT}),
    "POST /api/unit/orders/{dispatch_id}/arrive": frozenset({UNIT}),
    "POST /api/unit/orders/{dispatch_id}/reject": frozenset({UNIT}),
    "POST /api/unit/orders/{dispatch_id}/feedback": frozenset({UNIT}),
    "POST /api/unit/orders/{dispatch_id}/messages": frozenset({UNIT}),
    "GET /api/unit/orders/{dispatch_id}/talk": frozenset({UNIT}),
    "GET /api/unit/talk": frozenset({UNIT}),
    "GET /api/unit/history": frozenset({UNIT}),
    "POST /api/unit/photos": frozenset({UNIT}),
    "GET /api/orders/{order_id}/talk": STAFF,
    "POST /api/orders/{order_id}/dispatches/{dispatch_id}/messages": frozenset({SEAT, BOSS}),
    "GET /api/photos/{photo_id}": EVERYBODY,
    "GET /api/photos/{photo_id}/thumbnail": EVERYBODY,
    "GET /api/orders/{order_id}/proposals": STAFF,
    "GET /api/orders/{order_id}/levels": STAFF,
    "GET /api/orders/{order_id}/steps": STAFF,
    "POST /api/orders/{order_id}/offer": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/suspend": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/resume": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/reopen": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/owner": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/pass": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/report": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/dispatches/{dispatch_id}/recall": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/dispatches/{dispatch_id}/redo": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/dispatches/{dispatch_id}/reroute": frozenset({SEAT, BOSS}),
    "POST /api/orders/{order_id}/dispatches/{dispatch_id}/rate": frozenset({SEAT, BOSS}),
    "GET /api/unit/shifts": frozenset({UNIT}),
    "POST /api/unit/shifts": frozenset({UNIT}),
    "DELETE /api/unit/shifts/{shift_id}": frozenset({UNIT}),
    "GET /api/unit/forces": frozenset({UNIT}),
    "POST /api/unit/forces/{force_id}": frozenset({UNIT}),
    "POST /api/unit/orders/{dispatch_id}/quote": frozenset({UNIT}),
    "GET /api/models": frozenset({BOSS}),
    "POST /api/models/use": frozenset({BOSS}),
    "POST /api/models/roll-back": frozenset({BOSS}),
    "POST /api/training": frozenset({BOSS}),
    "DELETE /api/training": frozenset({BOSS}),
    "GET /api/quality": frozenset({BOSS}),
    "GET /api/quality/tables/{table}": frozenset({BOSS}),
    "GET /api/dial": frozenset({BOSS}),
    "PUT /api/dial": frozenset({BOSS}),
    "POST /api/dial/roll-back": frozenset({BOSS}),
    "GET /api/taxonomy": frozenset({BOSS}),
    "PUT /api/taxonomy/{code}": frozenset({BOSS}),
    "DELETE /api/taxonomy/{code}": frozenset({BOSS}),
    "POST /api/taxonomy/roll-back": frozenset({BOSS}),
    "POST /api/texts": frozenset({SEAT, BOSS}),
    "GET /api/calls/{call_id}/texts": frozenset({SEAT, BOSS}),
    "GET /api/orders/{order_id}/watch": STAFF,
    "GET /api/deadlines/late": frozenset({BOSS}),
    "GET /api/reports": frozenset({BOSS}),
    "GET /api/reports/{report}": frozenset({BOSS}),
    "GET /api/reports/{report}/export": frozenset({BOSS}),
    "GET /api/alarms": frozenset({BOSS}),
    "GET /api/alarms/history": frozenset({BOSS}),
    "POST /api/alarms/acknowledge": frozenset({BOSS}),
    "GET /api/alarm-rules": frozenset({BOSS}),
    "PUT /api/alarm-rules/{rule_id}": frozenset({BOSS}),
    "POST /api/notices/{notice_id}/seen": frozenset({BOSS}),
    "GET /api/unit/deadlines": frozenset({UNIT}),
    "POST /api/unit/orders/shown": frozenset({UNIT}),
    "GET /api/calendar-days": STAFF,
    "PUT /api/calendar-days/{day}": frozenset({ADMIN}),
    "DELETE /api/calendar-days/{day}": frozenset({ADMIN}),
    "PUT /api/admin/units/{unit_id}/token": frozenset({ADMIN}),
    "PUT /api/account/password": EVERYBODY,
    "GET /api/admin/people": frozenset({ADMIN}),
    "POST /api/admin/people": frozenset({ADMIN}),
    "PUT /api/admin/people/{user_id}": frozenset({ADMIN}),
    "POST /api/admin/people/{user_id}/password": frozenset({ADMIN}),
    "POST /api/admin/people/{user_id}/lock": frozenset({ADMIN}),
    "POST /api/admin/people/{user_id}/unlock": frozenset({ADMIN}),
    "GET /api/admin/seats": frozenset({ADMIN}),
    "POST /api/admin/seats": frozenset({ADMIN}),
    "PUT /api/admin/seats/{seat_id}": frozenset({ADMIN}),
    "POST /api/admin/seats/{seat_id}/secret": frozenset({ADMIN}),
    "GET /api/admin/queues": frozenset({ADMIN}),
    "POST /api/admin/queues": frozenset({ADMIN}),
    "PUT /api/admin/queues/{code}": frozenset({ADMIN}),
    "GET /api/admin/units": frozenset({ADMIN}),
    "GET /api/admin/unit-choices": frozenset({ADMIN}),
    "GET /api/admin/units/{unit_id}": frozenset({ADMIN}),
    "POST /api/admin/units": frozenset({ADMIN}),
    "PUT /api/admin/units/{unit_id}": frozenset({ADMIN}),
    "POST /api/admin/units/{unit_id}/retire": frozenset({ADMIN}),
    "POST /api/admin/units/{unit_id}/restore": frozenset({ADMIN}),
    "POST /api/admin/units/{unit_id}/channels": frozenset({ADMIN}),
    "PUT /api/admin/units/{unit_id}/channels": frozenset({ADMIN}),
    "PUT /api/admin/units/{unit_id}/channels/{channel_id}": frozenset({ADMIN}),
    "DELETE /api/admin/units/{unit_id}/channels/{channel_id}": frozenset({ADMIN}),
    "POST /api/admin/units/{unit_id}/channels/{channel_id}/secret": frozenset({ADMIN}),
    "POST /api/admin/units/{unit_id}/channels/{channel_id}/test": frozenset({ADMIN}),
    "GET /api/admin/areas": frozenset({ADMIN}),
    "PUT /api/admin/areas/{code}": frozenset({ADMIN}),
    "GET /api/admin/centres": frozenset({ADMIN}),
    "PUT /api/admin/centres/{code}": frozenset({ADMIN}),
    "GET /api/admin/limits": frozenset({ADMIN}),
    "GET /api/admin/prompts": frozenset({ADMIN}),
    "GET /api/admin/prompts/sound": frozenset({ADMIN}),
    "POST /api/admin/prompts/recording": frozenset({ADMIN}),
    "POST /api/admin/prompts/speak": frozenset({ADMIN}),
    "POST /api/admin/prompts/restore": frozenset({ADMIN}),
    "GET /api/admin/audits": frozenset({ADMIN}),
    "GET /api/admin/audits/choices": frozenset({ADMIN}),
    "GET /api/admin/audits/table": frozenset({ADMIN}),
    "DELETE /api/admin/units/{unit_id}/token": frozenset({ADMIN}),
    "GET /api/spot-checks": frozenset({BOSS, ADMIN}),
    "POST /api/spot-checks": frozenset({BOSS}),
    "GET /api/marks": frozenset({BOSS, ADMIN}),
    "POST /api/marks": frozenset({BOSS}),
    "POST /api/marks/{mark_id}/decide": frozenset({BOSS}),
    "POST /api/marks/{mark_id}/withdraw": frozenset({BOSS}),
    "GET /api/standings/{stretch}": frozenset({BOSS, ADMIN}),
    "GET /api/standings/{stretch}/{form}": frozenset({BOSS, ADMIN}),
    "GET /api/mark-rules": frozenset({BOSS, ADMIN}),
    "PUT /api/mark-rules/{code}": frozenset({ADMIN}),
    "PUT /api/spot-check-quotas/{tier}": frozenset({ADMIN}),
    "GET /api/unit/marks": frozenset({UNIT}),
    "POST /api/unit/marks/{mark_id}/appeal": frozenset({UNIT}),
    # Proved by the unit's token or signature instead.
    "GET /unit-api/orders": ANYBODY,
    "POST /unit-api/orders/{order_id}/receive": ANYBODY,
    "POST /unit-api/orders/{order_id}/depart": ANYBODY,
    "POST /unit-api/orders/{order_id}/arrive": ANYBODY,
    "POST /unit-api/orders/{order_id}/return": ANYBODY,
    "POST /unit-api/orders/{order_id}/feedback": ANYBODY,
    "POST /unit-api/signed/{unit_code}": ANYBODY,
    # Proved by Twilio's signature instead; absent without an account.
    "POST /twilio/voice": ANYBODY,
    "POST /twilio/dialled": ANYBODY,
    "POST /twilio/status": ANYBODY,
    "POST /twilio/sms": ANYBODY,
    "POST /twilio/sms-status": ANYBODY,
    "WS /twilio/media": ANYBODY,
    "WS /ws": EVERYBODY,
    "WS /ws/sip": frozenset({SEAT, BOSS}),
    "GET /{path:path}": ANYBODY,
    "HEAD /{path:path}": ANYBODY,
}
PEOPLE = {SEAT: "seat-a", BOSS: "boss", UNIT: "water", ADMIN: "admin"}


def _found(site: Site) -> Iterator[tuple[str, Any]]:
    for route in iter_route_contexts(site.app.routes):
        for method in route.methods or {"WS"}:
            yield f"{method} {route.path}", route


def _required(route: Any) -> Permission | None:
    waiting = [getattr(route, "dependant", None)]
    while waiting:
        dependant = waiting.pop()
        if dependant is None:
            continue
        if isinstance(dependant.call, Require):
            return dependant.call.permission
        waiting += dependant.dependencies
    return None


def test_every_route_and_socket_is_for_whom_the_table_says(site: Site) -> None:
    found: dict[str, frozenset[Role] | None] = {}
    for name, route in _found(site):
        permission = _required(route)
        if permission is None:
            found[name] = ANYBODY
        else:
            found[name] = frozenset(role for role in Role if permission in PERMISSIONS[role])
    assert found == WHO


@pytest.mark.parametrize("role", [None, *Role])
async def test_routes_refuse_everybody_else(site: Site, role: Role | None) -> None:
    async with site.visitor() as visitor:
        client = visitor
        if role is not None:
            answer = await client.post(
                "/api/session",
                json={"username": PEOPLE[role], "password": "right-password-of-all"},
            )
            client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        for name, allowed in WHO.items():
            method, path = name.split(" ")
            if method == "WS" or allowed is ANYBODY or name == "DELETE /api/session":
                continue
            filled = "/".join(str(uuid4()) if "{" in part else part for part in path.split("/"))
            body: dict[str, str] | None = {} if method in ("POST", "PATCH") else None
            status = (await client.request(method, filled, json=body)).status_code
            if role is None:
                assert status == 401, name
            elif role in allowed:
                # 503: this desk has no classifier to teach.
                assert status in (200, 204, 404, 422, 503), (name, status)
            else:
                assert status == 403, (name, status)

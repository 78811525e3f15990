"""Every changing route of administration leaves an entry in the audit log, and no secret in it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from fastapi.routing import iter_route_contexts
from sqlalchemy import func, select

from ivr.own_prompts import Folders, OwnPrompts
from models.dispatch_tables import Area, AreaLevel, Centre
from models.telephony_tables import Audit
from tests.support.desk import PASSWORD, Site

pytestmark = pytest.mark.integration

ADMINISTRATION = ("/api/admin/", "/api/account/", "/api/numbers", "/api/calendar-days")

UNIT = {"name": "演示燃气", "kind": "燃气", "tier": 1, "form": "authority", "duty_rule": "always"}
SEAT = {"name": "新席", "queue_codes": ["110"]}
QUEUE = {"name": "新队列", "duty_phone": "0100888", "recording_days": 90}
HOOK = {"kind": "webhook", "address": "https://unit.example/orders"}


@dataclass(frozen=True, slots=True)
class Step:
    """A request; names in braces are taken from ``known``, where ``keep`` puts the answer's."""

    route: str
    body: Mapping[str, Any] | bytes | None = None
    params: Mapping[str, Any] | None = None
    keep: Callable[[Any], Mapping[str, Any]] = lambda answer: {}


def _person(answer: Any) -> Mapping[str, Any]:
    return {"user_id": answer["person"]["id"], "secret": answer["password"]}


def _unit(answer: Any) -> dict[str, Any]:
    return {"unit_id": answer["unit"]["id"], "version": answer["unit"]["version"]}


def _channel(answer: Any) -> Mapping[str, Any]:
    ways = answer["unit"]["ways"]
    return _unit(answer["unit"]) | {"channel_id": ways[-1]["id"], "secret": answer["secret"]}


def _wav() -> bytes:
    out = io.BytesIO()
    tone = np.sin(np.arange(24_000) / 5).astype(np.float32) / 4
    soundfile.write(out, np.stack([tone, tone], axis=1), 48_000, format="WAV")
    return out.getvalue()


NEW_PERSON = {"username": "wang.wu", "display_name": "王五", "role": "seat"}
STEPS = [
    Step("POST /api/admin/people", NEW_PERSON, keep=_person),
    Step("PUT /api/admin/people/{user_id}", NEW_PERSON | {"role": "supervisor", "version": 0}),
    Step("POST /api/admin/people/{user_id}/password", {"version": 1}, keep=_person),
    Step("POST /api/admin/people/{user_id}/lock", {"version": 2}),
    Step("POST /api/admin/people/{user_id}/unlock", {"version": 3}),
    Step("POST /api/admin/seats", SEAT | {"code": "new1"}, keep=lambda a: {"seat_id": a["id"]}),
    Step("PUT /api/admin/seats/{seat_id}", SEAT | {"name": "改名席", "version": 0}),
    Step(
        "POST /api/admin/seats/{seat_id}/secret",
        {"version": 1},
        keep=lambda a: {"secret": a["password"]},
    ),
    Step("POST /api/admin/queues", QUEUE | {"code": "12345", "emergency": False}),
    Step("PUT /api/admin/queues/{code}", QUEUE | {"name": "改名", "version": 0}, {"code": "12345"}),
    Step("PUT /api/numbers/{number}", {"queue_code": "110"}, {"number": "00012345"}),
    Step("DELETE /api/numbers/{number}", None, {"number": "00012345", "version": 0}),
    Step("POST /api/admin/units", UNIT | {"code": "ranqi"}, keep=_unit),
    Step("PUT /api/admin/units/{unit_id}", UNIT | {"tier": 2, "version": 0}, keep=_unit),
    Step("POST /api/admin/units/{unit_id}/channels", HOOK | {"version": 1}, keep=_channel),
    Step(
        "POST /api/admin/units/{unit_id}/channels/{channel_id}/secret",
        {"version": 2},
        keep=_channel,
    ),
    Step("POST /api/admin/units/{unit_id}/channels/{channel_id}/test"),
    Step(
        "PUT /api/admin/units/{unit_id}/channels/{channel_id}",
        {"address": "https://unit.example/neu", "active": False, "version": 3},
    ),
    Step(
        "POST /api/admin/units/{unit_id}/channels",
        {"kind": "sms", "address": "0100 1234", "version": 4},
        keep=lambda a: {"order": [way["id"] for way in a["unit"]["ways"]][::-1]},
    ),
    Step("PUT /api/admin/units/{unit_id}/channels", {"channel_ids": "{order}", "version": 5}),
    Step("DELETE /api/admin/units/{unit_id}/channels/{channel_id}", None, {"version": 6}),
    Step(
        "PUT /api/admin/units/{unit_id}/token",
        {"version": 7},
        keep=lambda a: {"secret": a["token"]},
    ),
    Step("DELETE /api/admin/units/{unit_id}/token", None, {"version": 8}),
    Step("POST /api/admin/units/{unit_id}/retire", {"version": 9}),
    Step("POST /api/admin/units/{unit_id}/restore", {"version": 10}),
    Step("PUT /api/admin/areas/{code}", {"name": "新名镇", "version": 0}, {"code": "331121"}),
    Step("PUT /api/admin/centres/{code}", {"name": "新中心", "version": 0}, {"code": "331121"}),
    Step(
        "PUT /api/calendar-days/{day}",
        {"kind": "holiday", "name": "节", "version": ""},
        {"day": "2026-12-25"},
        keep=lambda a: {"day_version": a["version"]},
    ),
    Step(
        "DELETE /api/calendar-days/{day}", None, {"day": "2026-12-25", "version": "{day_version}"}
    ),
    Step("POST /api/admin/prompts/recording", _wav(), {"name": "yihu/greeting", "version": 0}),
    Step(
        "POST /api/admin/prompts/speak",
        {"name": "yihu/greeting", "text": "您好，请讲。", "version": 1},
    ),
    Step("POST /api/admin/prompts/restore", {"name": "yihu/greeting", "version": 2}),
    Step("PUT /api/account/password", {"current": PASSWORD, "password": "another-good-one-9"}),
]


class Teller:
    """Speaks any text as a short tone, so that nobody waits for a voice."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def speak(self, text: str, voice: str) -> Path | None:
        path = self._folder / "spoken.wav"
        path.write_bytes(_wav())
        return path


@pytest.fixture
async def centre(site: Site, with_parts: Callable[..., Site], tmp_path: Path) -> Site:
    """The desk with an area, a centre and prompts of its own."""
    async with site.database.writing() as work:
        area = {"code": "331121", "name": "青田县", "level": AreaLevel.COUNTY, "path": "331121/"}
        work.session.add(Area(parent_code=None, lon=None, lat=None, **area))
        work.session.add(Centre(code="331121", name="演示中心", area_code="331121"))
    folders = Folders(tmp_path / "sounds", tmp_path / "own", tmp_path / "cache")
    return with_parts(prompts=OwnPrompts(folders, Teller(tmp_path)))


def _filled(value: Any, known: Mapping[str, Any]) -> Any:
    if isinstance(value, str) and value.startswith("{") and value[1:-1] in known:
        return known[value[1:-1]]
    return value


async def _entries(site: Site) -> list[Audit]:
    async with site.database.reading() as session:
        return list(await session.scalars(select(Audit).order_by(Audit.id)))


async def _ask(client: httpx.AsyncClient, step: Step, known: Mapping[str, Any]) -> httpx.Response:
    method, path = step.route.split(" ")
    rest = {key: _filled(value, known) for key, value in (step.params or {}).items()}
    for name in [part[1:-1] for part in path.split("/") if part.startswith("{")]:
        path = path.replace("{" + name + "}", str(rest.pop(name, None) or known[name]))
    if isinstance(step.body, bytes):
        return await client.request(method, path, params=rest, content=step.body)
    body = None
    if step.body is not None:
        body = {key: _filled(value, known) for key, value in step.body.items()}
    return await client.request(method, path, params=rest, json=body)


async def test_every_change_is_audited_and_no_secret_with_it(centre: Site) -> None:
    changing = {
        f"{method} {route.path}"
        for route in iter_route_contexts(centre.app.routes)
        for method in route.methods or ()
        if method not in ("GET", "HEAD") and (route.path or "").startswith(ADMINISTRATION)
    }
    assert changing == {step.route for step in STEPS}

    known: dict[str, Any] = {}
    secrets: list[str] = [PASSWORD, "another-good-one-9"]
    async with centre.signed_in("admin") as client:
        for step in STEPS:
            before = len(await _entries(centre))
            answer = await _ask(client, step, known)
            assert answer.status_code in (200, 201, 204), (step.route, answer.text)
            fresh = (await _entries(centre))[before:]
            assert len(fresh) == 1, step.route
            assert fresh[0].user_id == centre.users["admin"], step.route
            told = answer.json() if answer.content and answer.status_code != 204 else {}
            known |= step.keep(told)
            if known.get("secret"):
                secrets.append(known["secret"])
            if step.route.startswith("PUT") and "token" not in step.route:
                changed = fresh[0].detail
                assert "account" in step.route or "before" in changed or "after" in changed, step

        page = (await client.get("/api/admin/audits")).json()
        assert len(page["lines"]) == len(STEPS)
        for line in page["lines"]:
            assert line["by"] == "admin员"
            assert "做了“" not in line["sentence"], line
        table = await client.get("/api/admin/audits/table")
        assert table.status_code == 200
        assert len(table.text.splitlines()) == len(STEPS) + 1

    entries = json.dumps([entry.detail for entry in await _entries(centre)], ensure_ascii=False)
    assert len(secrets) > 5
    for secret in secrets:
        assert secret not in entries
        assert secret not in table.text


async def test_a_refused_change_leaves_no_entry(centre: Site) -> None:
    async with centre.signed_in("admin") as client:
        answer = await client.post("/api/admin/seats", json=SEAT | {"code": "1001"})
        assert answer.status_code == 409
        answer = await client.put("/api/admin/areas/331121", json={"name": "新名", "version": 7})
        assert answer.status_code == 409
    async with centre.database.reading() as session:
        assert await session.scalar(select(func.count()).select_from(Audit)) == 0

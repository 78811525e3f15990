"""Administration against careless people, attackers, and two people at one thing."""

from __future__ import annotations

import ast
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from agent_desk.administration.audit_words import KINDS, SENTENCES
from agent_desk.administration.passwords import check, one_time
from ivr.own_prompts import Folders, OwnPrompts
from models.errors import InvalidInput
from models.tables import AgentSession, AuthSession, User
from tests.agent_desk.test_sockets import page
from tests.support.desk import PASSWORD, Site, served, sign_in

pytestmark = pytest.mark.integration

PEOPLE = "/api/admin/people"
UNIT = {"name": "演示燃气", "kind": "燃气", "tier": 1, "form": "authority", "duty_rule": "always"}
NEW = {"username": "xin", "display_name": "新来的", "role": "seat"}
SCRIPT = "<script>alert(1)</script>"


async def _version(site: Site, username: str) -> int:
    async with site.database.reading() as session:
        return (await session.get_one(User, site.users[username])).version


async def _refused(answer: httpx.Response, status: int, words: str) -> None:
    assert answer.status_code == status, answer.text
    assert words in answer.json()["message"], answer.text


async def test_a_one_time_password_opens_nothing_but_a_new_one(site: Site) -> None:
    async with site.signed_in("admin") as admin:
        made = (await admin.post(PEOPLE, json=NEW)).json()
    once = made["password"]
    async with site.visitor() as client:
        await sign_in(client, "XIN ", once)
        assert (await client.get("/api/session")).json()["must_change_password"]
        await _refused(await client.get("/api/centre"), 403, "一次性密码")
        assert (await client.get("/api/desk")).json()["code"] == "password_change_needed"
        path = "/api/account/password"
        for password, words in (
            ("short", "8 至 256"),
            ("aaaaaaaaaaaa", "5 种不同"),
            ("12345678", "太常见"),
            ("Password123", "太常见"),
            (once, "相同"),
        ):
            answer = await client.put(path, json={"current": once, "password": password})
            await _refused(answer, 422, words)
        answer = await client.put(path, json={"current": "wrong", "password": "mine-and-good-7"})
        await _refused(answer, 422, "不对")
        async with site.visitor() as elsewhere:
            await sign_in(elsewhere, "xin", once)
            body = {"current": once, "password": "mine-and-good-7"}
            assert (await client.put(path, json=body)).status_code == 204
            assert (await elsewhere.get("/api/session")).status_code == 401
        assert (await client.get("/api/centre")).status_code == 200
    async with site.visitor() as client:
        await sign_in(client, "xin", "mine-and-good-7")


async def test_a_lock_ends_sign_ins_sockets_and_the_seat_at_once(site: Site) -> None:
    agent_id = await site.sit_down("seat-a", "1001")
    async with served(site.app) as address, page(address, "seat-a") as open_page:
        async with site.signed_in("admin") as admin:
            version = await _version(site, "seat-a")
            path = f"{PEOPLE}/{site.users['seat-a']}"
            answer = await admin.post(f"{path}/lock", json={"version": version})
            assert answer.json()["in_call"] is False
            assert answer.json()["person"]["locked_at"]
            with anyio.fail_after(30):
                await open_page.socket.wait_closed()
            assert open_page.socket.close_code == 4401
        async with site.database.reading() as session:
            assert (await session.get_one(AgentSession, agent_id)).signed_out_at is not None
            left = select(AuthSession.id).where(AuthSession.user_id == site.users["seat-a"])
            assert await session.scalar(left) is None
    async with site.visitor() as client:
        answer = await client.post(
            "/api/session", json={"username": "seat-a", "password": PASSWORD}
        )
        await _refused(answer, 401, "不正确")


async def test_the_last_administrator_stays_and_nobody_changes_the_own_role(site: Site) -> None:
    own = f"{PEOPLE}/{site.users['admin']}"
    body = {"username": "admin", "display_name": "管", "role": "seat", "version": 0}
    async with site.signed_in("admin") as admin:
        await _refused(await admin.put(own, json=body), 409, "自己的角色")
        await _refused(await admin.post(f"{own}/lock", json={"version": 0}), 409, "自己的账号")
        second = {"username": "two", "display_name": "二", "role": "administrator"}
        made = (await admin.post(PEOPLE, json=second)).json()
        other = f"{PEOPLE}/{made['person']['id']}"
        assert (await admin.post(f"{other}/lock", json={"version": 0})).status_code == 200
        unlocked = await admin.post(f"{other}/unlock", json={"version": 1})
        assert unlocked.status_code == 200
    async with site.visitor() as client:
        await sign_in(client, "two", made["password"])
        body = {"current": made["password"], "password": "mine-and-good-7"}
        assert (await client.put("/api/account/password", json=body)).status_code == 204
        version = await _version(site, "admin")
        assert (await client.post(f"{own}/lock", json={"version": version})).status_code == 200
        demoted = second | {"role": "seat", "version": 3}
        await _refused(await client.put(other, json=demoted), 409, "自己的角色")


@pytest.mark.parametrize(
    ("changed", "status", "words"),
    [
        ({"username": "Seat-A"}, 409, "已经有人使用"),
        ({"username": "x"}, 422, "用户名"),
        ({"username": "a b<c>"}, 422, "用户名应为"),
        ({"username": "长" * 65}, 422, "过长"),
        ({"display_name": ""}, 422, "姓名"),
        ({"display_name": "长" * 65}, 422, "过长"),
        ({"display_name": "一\n二"}, 422, "看不见"),
        ({"display_name": "王\u202e五"}, 422, "看不见"),
        ({"role": "king"}, 422, "取值"),
        ({"role": "unit"}, 422, "请选择该人员所属"),
        ({"unit_id": "00000000-0000-0000-0000-000000000000"}, 422, "只有联动单位"),
        ({"centre_code": "none"}, 422, "没有这个指挥中心"),
        ({"password": "chosen"}, 422, "多余"),
    ],
)
async def test_what_no_account_can_be(
    site: Site, changed: dict[str, Any], status: int, words: str
) -> None:
    async with site.signed_in("admin") as admin:
        await _refused(await admin.post(PEOPLE, json=NEW | changed), status, words)


async def test_two_administrators_at_one_thing(site: Site) -> None:
    async with site.signed_in("admin") as admin:
        made = (await admin.post("/api/admin/units", json=UNIT | {"code": "rq"})).json()
        path = f"/api/admin/units/{made['unit']['id']}"
        first = UNIT | {"name": SCRIPT, "version": 0}
        assert (await admin.put(path, json=first)).json()["unit"]["name"] == SCRIPT
        answer = await admin.put(path, json=UNIT | {"tier": 3, "version": 0})
        await _refused(answer, 409, "admin员在 ")
        assert answer.json()["code"] == "edited_meanwhile"
        assert (await admin.get(path)).json()["unit"]["tier"] == 1
        hook = {"kind": "email", "address": "a@unit.example", "version": 0}
        assert (await admin.post(f"{path}/channels", json=hook)).status_code == 409
        same = await admin.put(path, json=first | {"version": 1})
        assert same.json()["unit"]["version"] == 1  # nothing differs, so nothing is counted


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tier": 4}, "不能大于 3"),
        ({"lon": 120.1}, "一起填写"),
        ({"lon": 1e9, "lat": 0}, "不能大于"),
        ({"duty_phone": "abc"}, "3 至 20 位"),
        ({"voice_dispatch": True}, "值班电话"),
        ({"area_code": "none"}, "没有这个区域"),
        ({"form": "firm"}, "服务项目"),
        ({"kinds": ["x"] * 21}, "过多"),
        ({"name": "长" * 101}, "过长"),
        ({"code": "../etc"}, "编号"),
    ],
)
async def test_what_no_unit_can_be(site: Site, changed: dict[str, Any], words: str) -> None:
    async with site.signed_in("admin") as admin:
        body = UNIT | {"code": "rq"} | changed
        await _refused(await admin.post("/api/admin/units", json=body), 422, words)


@pytest.mark.parametrize(
    ("kind", "address", "words"),
    [
        ("webhook", "http://unit.example", "https://"),
        ("webhook", "https://127.0.0.1/x", "本机"),
        ("webhook", "https://a:b@unit.example", "密码"),
        ("email", "a@b\r\nBcc: c@d", "邮箱"),
        ("sms", "call me", "号码"),
        ("web", "x", "不需要地址"),
    ],
)
async def test_where_no_order_can_go(site: Site, kind: str, address: str, words: str) -> None:
    async with site.signed_in("admin") as admin:
        path = f"/api/admin/units/{site.units['供水']}/channels"
        body = {"kind": kind, "address": address, "version": 0}
        await _refused(await admin.post(path, json=body), 422, words)


@pytest.mark.parametrize(
    ("path", "body", "status", "words"),
    [
        ("seats", {"code": "1001", "name": "x", "queue_codes": []}, 409, "已经有了"),
        ("seats", {"code": "trunk", "name": "x", "queue_codes": []}, 422, "保留"),
        ("seats", {"code": "a b", "name": "x", "queue_codes": []}, 422, "编号"),
        ("seats", {"code": "n1", "name": "[x]", "queue_codes": []}, 422, "名称里不能有"),
        ("seats", {"code": "n1", "name": "x", "queue_codes": ["999"]}, 422, "没有“999”"),
        ("queues", {"code": "110", "name": "x"}, 409, "已经在用"),
        ("queues", {"code": "12345", "name": "x;y"}, 422, "名称里不能有"),
        ("queues", {"code": "12345", "name": "x", "duty_phone": "+861"}, 422, "不带 + 号"),
        ("queues", {"code": "12345", "name": "x", "answer_goal_seconds": 0}, 422, "不能小于 1"),
    ],
)
async def test_what_asterisk_cannot_carry(
    site: Site, path: str, body: dict[str, Any], status: int, words: str
) -> None:
    async with site.signed_in("admin") as admin:
        await _refused(await admin.post(f"/api/admin/{path}", json=body), status, words)


async def test_a_seat_is_not_taken_away_under_anybody(site: Site) -> None:
    await site.sit_down("seat-a", "1001")
    async with site.signed_in("admin") as admin:
        seats = {row["code"]: row["id"] for row in (await admin.get("/api/admin/seats")).json()}
        body = {"name": "一号", "queue_codes": ["110"], "active": False, "version": 0}
        taken = await admin.put(f"/api/admin/seats/{seats['1001']}", json=body)
        await _refused(taken, 409, "seat-a员正在这个座席")
        free = await admin.put(f"/api/admin/seats/{seats['1002']}", json=body)
        assert free.status_code == 200
    async with site.signed_in("seat-b") as client:
        assert [one["code"] for one in (await client.get("/api/seats")).json()] == ["1001"]
        body = {"seat_code": "1002", "device": "web"}
        assert (await client.post("/api/agent-session", json=body)).status_code == 404


def _wav(seconds: float = 1.0, rate: int = 16_000, channels: int = 1, loud: float = 0.3) -> bytes:
    out = io.BytesIO()
    tone = np.sin(np.arange(round(seconds * rate)) / 9).astype(np.float32) * loud
    soundfile.write(out, np.stack([tone] * channels, axis=1), rate, format="WAV")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "WAV"),
        (b"#!/bin/sh\nrm", "WAV"),
        (_wav()[:60], "没有声音"),
        (b"RIFF\xff\xff\xff\xffWAVEjunk" + bytes(100), "无法读取"),
        (_wav(rate=4_000), "采样率"),
        (_wav(channels=3), "声道"),
        (_wav(61.0, rate=8_000), "最长 60 秒"),
        (_wav(loud=0.0), "没有声音"),
    ],
)
async def test_what_is_no_recording(
    with_parts: Callable[..., Site], tmp_path: Path, data: bytes, words: str
) -> None:
    folders = Folders(tmp_path / "sounds", tmp_path / "own", tmp_path / "cache")
    site = with_parts(prompts=OwnPrompts(folders, None))
    path = "/api/admin/prompts"
    async with site.signed_in("admin") as admin:
        given: dict[str, str | int] = {"name": "yihu/greeting", "version": 0}
        answer = await admin.post(f"{path}/recording", params=given, content=data)
        await _refused(answer, 422, words)
        assert not list((tmp_path / "own").rglob("*.wav"))
        strange: dict[str, str | int] = {"name": "../../etc/passwd", "version": 0}
        answer = await admin.post(f"{path}/recording", params=strange, content=_wav())
        assert answer.status_code == 422
        unknown: dict[str, str | int] = {"name": "yihu/none", "version": 0}
        answer = await admin.post(f"{path}/recording", params=unknown, content=_wav())
        assert answer.status_code == 404
        spoken = await admin.post(f"{path}/speak", json={**given, "text": "您好"})
        await _refused(spoken, 503, "语音合成没有启用")
        done = await admin.post(f"{path}/recording", params=given, content=_wav(2.0, 48_000, 2))
        found = next(one for one in done.json()["prompts"] if one["name"] == "yihu/greeting")
        assert (found["source"], found["seconds"]) == ("recorded", 2.0)
        heard = await admin.get(f"{path}/sound", params={"name": "yihu/greeting"})
        samples, rate = soundfile.read(io.BytesIO(heard.content))
        assert (rate, samples.ndim, len(samples)) == (8_000, 1, 16_000)


async def test_the_log_finds_and_exports_without_formulas(site: Site) -> None:
    async with site.signed_in("admin") as admin:
        body = UNIT | {"code": "rq", "name": "=HYPERLINK(1)", "leader_name": "+1"}
        await admin.post("/api/admin/units", json=body)
        await admin.post(PEOPLE, json=NEW)
        found = (await admin.get("/api/admin/audits", params={"words": "新来的"})).json()
        assert [line["sentence"] for line in found["lines"]] == ["新建了账号“新来的”"]
        found = (await admin.get("/api/admin/audits", params={"kind": "unit"})).json()
        assert len(found["lines"]) == 1
        other = str(site.users["boss"])
        assert (await admin.get("/api/admin/audits", params={"user_id": other})).json() == {
            "lines": [],
            "more": False,
        }
        late = {"since": "2999-01-01T00:00:00Z"}
        assert not (await admin.get("/api/admin/audits", params=late)).json()["lines"]
        await _refused(
            await admin.get("/api/admin/audits", params={"since": "2026-01-01T00:00:00"}),
            422,
            "时区",
        )
        table = (await admin.get("/api/admin/audits/table")).text
        assert not [
            cell
            for line in table.splitlines()
            for cell in line.split(",")
            if cell.strip('"').startswith(("=", "+", "@"))
        ]


def test_one_time_passwords_are_good_ones() -> None:
    made = {one_time() for _ in range(200)}
    assert len(made) == 200
    for password in made:
        check(password, "wang.wu")
    for poor in ("qwertyuiop", "abcdefgh1", "wang.wu-2026", "98765432", "p@ssw0rd!"):
        with pytest.raises(InvalidInput):
            check(poor, "wang.wu")


def test_every_sentence_is_about_a_known_kind() -> None:
    assert {kind for kind, _ in SENTENCES} <= KINDS.keys()


def _written_in(path: Path) -> Iterator[tuple[str, str]]:
    """Kind and action of every entry of the log that a module makes with both in plain sight."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {
        node.targets[0].id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and isinstance(node.value, ast.Constant)
    } | {
        node.target.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and isinstance(node.value, ast.Constant)
    }

    def said(node: ast.expr | None) -> str:
        found = node.value if isinstance(node, ast.Constant) else None
        found = names.get(node.id) if isinstance(node, ast.Name) else found
        return found if isinstance(found, str) else ""

    for call in ast.walk(tree):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        given = {one.arg: one.value for one in call.keywords}
        if name == "Audit":
            yield said(given.get("subject")), said(given.get("action"))
        elif name in ("audit", "note") and len(call.args) >= 6:
            action, subject = said(call.args[3]), said(call.args[4])
            yield subject, action


def test_every_action_of_the_program_has_a_sentence() -> None:
    root = Path(__file__).resolve().parents[2]
    packages = ("agent_desk", "dispatch", "ivr", "yihu")
    made = {
        pair
        for package in packages
        for path in (root / package).rglob("*.py")
        for pair in _written_in(path)
    }
    assert len(made) > 20
    unknown = {kind for kind, _ in made if kind} - KINDS.keys()
    assert not unknown, f"say in audit_words.KINDS what these are: {unknown}"
    silent = {pair for pair in made if all(pair)} - SENTENCES.keys()
    assert not silent, f"say in audit_words.SENTENCES what was done: {silent}"


async def test_who_is_locked_in_a_call_leaves_the_seat_at_its_end(site: Site) -> None:
    async with served(site.app):  # whose tasks sign out
        agent_id = await site.sit_down("seat-a", "1001")
        call_id = await site.ring(agent_id)
        await site.answer(call_id, agent_id)
        async with site.signed_in("admin") as admin:
            path = f"{PEOPLE}/{site.users['seat-a']}/lock"
            answer = await admin.post(path, json={"version": await _version(site, "seat-a")})
            assert answer.json()["in_call"] is True
        await site.hang_up(call_id, agent_id)
        with anyio.fail_after(20):
            while True:
                async with site.database.reading() as session:
                    agent = await session.get_one(AgentSession, agent_id)
                if agent.signed_out_at is not None:
                    break
                await anyio.sleep(0.05)

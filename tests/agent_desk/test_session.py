"""Signing in, staying signed in, and what is refused on the way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from agent_desk import accounts
from agent_desk.accounts import TRIES_PER_ADDRESS, TRIES_PER_NAME
from models.clock import ManualClock
from models.database import Database
from models.errors import Conflict, InvalidInput
from models.kinds import Role
from models.tables import AuthSession, User
from tests.support.desk import PASSWORD, Site, sign_in

pytestmark = pytest.mark.integration


async def test_sign_in_gives_a_cookie_scripts_cannot_read(site: Site) -> None:
    async with site.visitor() as client:
        answer = await client.post(
            "/api/session", json={"username": " Seat-A ", "password": PASSWORD}
        )
        cookie = answer.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert "secure" not in cookie
        assert answer.json()["username"] == "seat-a"
        again = await client.get("/api/session")
        assert again.json() == answer.json()
    async with site.database.reading() as session:
        row = (await session.scalars(select(AuthSession))).one()
        assert client.cookies["yihu_session"] not in (row.token_hash, row.csrf_token)


async def test_cookie_is_secure_where_the_site_says_so(
    with_parts: Callable[..., Site],
) -> None:
    async with with_parts(secure_cookies=True).visitor() as client:
        answer = await client.post(
            "/api/session", json={"username": "seat-a", "password": PASSWORD}
        )
        assert "; secure" in answer.headers["set-cookie"].lower()
        assert "max-age" in answer.headers["strict-transport-security"]


async def test_a_unit_hears_its_name(site: Site) -> None:
    async with site.signed_in("water") as client:
        me = (await client.get("/api/session")).json()
        assert me["unit_name"] == "供水公司"
        assert me["role"] == "unit"


@pytest.mark.parametrize("username", ["seat-a", "nobody", "x' OR 1=1 --", "席\u0000位"])
async def test_wrong_name_and_wrong_password_are_told_alike(site: Site, username: str) -> None:
    async with site.visitor() as client:
        answer = await client.post("/api/session", json={"username": username, "password": "no"})
        assert answer.status_code == 401
        assert answer.json() == {"code": "not_signed_in", "message": "用户名或密码不正确。"}
        assert "set-cookie" not in answer.headers


async def test_a_weak_hash_is_made_anew_at_its_next_use(with_parts: Callable[..., Site]) -> None:
    site = with_parts(password_hasher=PasswordHasher())
    async with site.visitor() as client:
        await sign_in(client, "seat-a")
        await sign_in(client, "seat-a")
    async with site.database.reading() as session:
        row = await session.get_one(User, site.users["seat-a"])
    assert not PasswordHasher().check_needs_rehash(row.password_hash)
    assert PASSWORD not in row.password_hash


async def test_disabled_accounts_stay_out(site: Site) -> None:
    async with site.signed_in("seat-a") as client:
        async with site.database.writing() as work:
            user = await work.session.get_one(User, site.users["seat-a"])
            user.disabled_at = site.clock.now()
        assert (await client.get("/api/session")).status_code == 401
        again = await client.post("/api/session", json={"username": "seat-a", "password": PASSWORD})
        assert again.status_code == 401


async def test_guessing_a_name_gets_slow_and_waiting_helps(site: Site) -> None:
    async with site.visitor() as client:
        wrong = {"username": "seat-a", "password": "guess"}
        codes = [
            (await client.post("/api/session", json=wrong)).status_code
            for _ in range(TRIES_PER_NAME)
        ]
        assert set(codes) == {401}
        refused = await client.post("/api/session", json={**wrong, "password": PASSWORD})
        assert refused.status_code == 429
        assert refused.json()["message"] == "登录尝试次数过多，请 5 分钟后再试。"
        await sign_in(client, "seat-b")  # others are not touched
        site.clock.advance(timedelta(minutes=5))
        await sign_in(client, "seat-a")


async def test_guessing_many_names_from_one_address_gets_slow(
    with_parts: Callable[..., Site],
) -> None:
    site = with_parts()
    async with site.visitor(client=("192.0.2.7", 1)) as client:
        for number in range(TRIES_PER_ADDRESS):
            site.app.state.running.accounts._count(f"name{number}", "192.0.2.7")
        refused = await client.post(
            "/api/session", json={"username": "seat-a", "password": PASSWORD}
        )
        assert refused.status_code == 429
    async with site.visitor(client=("192.0.2.8", 1)) as other:
        await sign_in(other, "seat-a")


async def test_a_sign_in_ends_unused_and_lives_on_in_use(site: Site) -> None:
    async with site.signed_in("seat-a") as client:
        site.clock.advance(timedelta(hours=11))
        assert (await client.get("/api/session")).status_code == 200
        site.clock.advance(timedelta(hours=11))
        assert (await client.get("/api/session")).status_code == 200
        site.clock.advance(timedelta(hours=12))
        assert (await client.get("/api/session")).status_code == 401


async def test_signing_out_ends_the_sign_in_and_the_seat(site: Site) -> None:
    async with site.signed_in("seat-a") as client:
        await client.post("/api/agent-session", json={"seat_code": "1001", "device": "web"})
        cookie = client.cookies["yihu_session"]
        assert (await client.delete("/api/session")).status_code == 204
        client.cookies.set("yihu_session", cookie)
        assert (await client.get("/api/session")).status_code == 401
    async with site.signed_in("seat-b") as other:
        seats = (await other.get("/api/seats")).json()
        assert [seat["occupied_by"] for seat in seats] == ["", ""]


async def test_signing_in_again_ends_the_former_sign_in_of_the_browser(site: Site) -> None:
    async with site.signed_in("seat-a") as client:
        former = client.cookies["yihu_session"]
        body = {"username": "seat-b", "password": PASSWORD}
        assert (await client.post("/api/session", json=body)).status_code == 200
        client.cookies.clear()
        client.cookies.set("yihu_session", former)
        assert (await client.get("/api/session")).status_code == 401


async def test_signing_out_on_one_screen_leaves_the_seat_to_the_other(site: Site) -> None:
    async with site.signed_in("seat-a") as first, site.signed_in("seat-a") as second:
        await first.post("/api/agent-session", json={"seat_code": "1001", "device": "web"})
        assert (await second.delete("/api/session")).status_code == 204
        assert (await first.get("/api/desk")).json()["agent"]["status"] == "ready"


async def test_nobody_signs_out_of_a_ringing_call(site: Site) -> None:
    agent = await site.sit_down("seat-a", "1001")
    async with site.signed_in("seat-b") as client:
        assert (await client.delete("/api/session")).status_code == 204
    await site.ring(agent)
    async with site.database.writing() as work:  # leave one sign-in only
        for row in await work.session.scalars(select(AuthSession)):
            await work.session.delete(row)
    async with site.signed_in("seat-a") as client:
        answer = await client.delete("/api/session")
        assert answer.status_code == 409
        assert "座席" in answer.json()["message"]
        assert (await client.get("/api/session")).status_code == 200


@pytest.mark.parametrize("token", ["", "wrong", "\u00e9\u00e9"])
async def test_changes_need_the_csrf_token(site: Site, token: str) -> None:
    async with site.signed_in("seat-a") as client:
        client.headers.encoding = "latin-1"
        client.headers["X-CSRF-Token"] = token
        for method, path in (
            ("POST", "/api/agent-session"),
            ("PATCH", "/api/agent-session"),
            ("DELETE", "/api/agent-session"),
            ("DELETE", "/api/session"),
        ):
            body = {"seat_code": "1001", "device": "web"} if method == "POST" else None
            answer = await client.request(method, path, json=body)
            assert answer.status_code == 403, (method, path)
            assert answer.json()["code"] == "forbidden"
        assert (await client.get("/api/desk")).json()["agent"] is None


@pytest.mark.parametrize("origin", ["http://evil.test", "null", "http://desk.test:8080", "x"])
async def test_foreign_pages_change_nothing(site: Site, origin: str) -> None:
    async with site.signed_in("seat-a") as client:
        client.headers["Origin"] = origin
        answer = await client.post(
            "/api/agent-session", json={"seat_code": "1001", "device": "web"}
        )
        assert answer.status_code == 403
        assert answer.json()["message"] == "请求来自其他网站，已拒绝。"
    async with site.visitor() as stranger:
        signing = {"username": "seat-a", "password": PASSWORD}
        answer = await stranger.post("/api/session", json=signing, headers={"Origin": origin})
        assert answer.status_code == 403


async def test_own_and_listed_pages_do(with_parts: Callable[..., Site]) -> None:
    site = with_parts(allowed_origins=["https://desk.example"])
    async with site.visitor() as client:
        signing = {"username": "seat-a", "password": PASSWORD}
        for origin in ("http://desk.test", "http://desk.test:80", "https://desk.example"):
            answer = await client.post("/api/session", json=signing, headers={"Origin": origin})
            assert answer.status_code == 200, origin


async def test_first_start_makes_one_administrator(database: Database, clock: ManualClock) -> None:
    password = await accounts.ensure_administrator(database, clock)
    assert password is not None
    async with database.reading() as session:
        row = (await session.scalars(select(User))).one()
    assert (row.username, row.role) == ("admin", Role.ADMINISTRATOR)
    assert PasswordHasher().verify(row.password_hash, password)
    assert await accounts.ensure_administrator(database, clock) is None


async def test_accounts_that_cannot_be(site: Site) -> None:
    async def create(**changed: object) -> User:
        given: dict[str, Any] = {"username": "new", "display_name": "新", "role": Role.SEAT}
        given |= {"password": "long-enough", "unit_id": None, **changed}
        return await accounts.create_user(site.database, site.clock, **given)

    for wrong in (
        {"username": "a"},
        {"username": "has blank"},
        {"password": "short"},
        {"display_name": ""},
        {"role": Role.UNIT},
        {"unit_id": site.units["供水"]},
    ):
        with pytest.raises(InvalidInput):
            await create(**wrong)
    with pytest.raises(Conflict):
        await create(username="SEAT-A")
    assert (await create(username="Ｎｅｗ")).username == "new"

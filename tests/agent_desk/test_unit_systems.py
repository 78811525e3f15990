"""Units' own systems: tokens, signatures, replays, keys, and what is refused with a trace."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import select

from dispatch import signatures
from models.dispatch_tables import ChannelKind, UnitChannel
from models.order_tables import DispatchOrder
from models.states import DispatchStatus
from models.tables import Transition
from models.telephony_tables import Audit
from tests.support.desk import Site

pytestmark = pytest.mark.integration

SECRET = "water-secret-0123456789"


async def sent(site: Site, *kinds: str) -> list[UUID]:
    """An order sent to units of these kinds; their dispatch orders."""
    order_id, _ = await site.order_of("seat-a", "1001")
    async with site.signed_in("seat-a") as seat:
        edited = await seat.patch(
            f"/api/orders/{order_id}", json={"version": 1, "fields": {"address": "南苑小区"}}
        )
        assert edited.status_code == 200, edited.text
        body = {
            "version": edited.json()["version"],
            "unit_ids": [str(site.units[kind]) for kind in kinds],
        }
        answer = await seat.post(f"/api/orders/{order_id}/send", json=body)
        assert answer.status_code == 200, answer.text
    return [UUID(item["id"]) for item in answer.json()["dispatch_orders"]]


async def token_of(site: Site, kind: str) -> str:
    async with site.signed_in("admin") as admin:
        version = await version_of(admin, site, kind)
        answer = await admin.put(token_path(site, kind), json={"version": version})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["token"])


def token_path(site: Site, kind: str) -> str:
    return f"/api/admin/units/{site.units[kind]}/token"


async def version_of(admin: httpx.AsyncClient, site: Site, kind: str) -> int:
    unit = (await admin.get(f"/api/admin/units/{site.units[kind]}")).json()
    return int(unit["unit"]["version"])


def bearer(token: str, key: str = "") -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", **({"Idempotency-Key": key} if key else {})}


async def act(
    site: Site,
    token: str,
    item: UUID,
    action: str,
    body: dict[str, Any] | None = None,
    key: str = "",
) -> httpx.Response:
    async with site.visitor() as client:
        where = f"/unit-api/orders/{item}/{action}"
        return await client.post(where, json=body, headers=bearer(token, key))


async def moves(site: Site, item: UUID) -> list[str]:
    query = select(Transition.trigger).where(Transition.entity_id == item)
    async with site.database.reading() as session:
        return list(await session.scalars(query.order_by(Transition.id)))


async def test_unit_works_an_order_through_its_own_system(site: Site) -> None:
    [item] = await sent(site, "供水")
    token = await token_of(site, "供水")
    async with site.visitor() as client:
        listed = await client.get("/unit-api/orders", headers=bearer(token))
    assert [order["id"] for order in listed.json()["orders"]] == [str(item)]
    for action in ("receive", "depart", "arrive"):
        assert (await act(site, token, item, action)).status_code == 200
    done = await act(site, token, item, "feedback", {"text": "已修复"})
    assert (done.json()["status"], done.json()["feedback"]) == ("fed_back", "已修复")
    again = await act(site, token, item, "feedback", {"text": "又修复"})
    assert (again.status_code, again.json()["code"]) == (409, "illegal_transition")


async def test_nobody_without_the_token_and_no_order_of_another_unit(site: Site) -> None:
    water, power = await sent(site, "供水", "供电")
    token = await token_of(site, "供水")
    assert (await act(site, token, power, "receive")).status_code == 404
    assert (await act(site, "x" * 43, water, "receive")).status_code == 401
    async with site.visitor() as client:
        assert (await client.get("/unit-api/orders")).status_code == 401
        odd = {"Authorization": "Bearer a b"}
        assert (await client.get("/unit-api/orders", headers=odd)).status_code == 401
    newer = await token_of(site, "供水")
    assert (await act(site, token, water, "receive")).status_code == 401
    assert (await act(site, newer, water, "receive")).status_code == 200
    async with site.signed_in("admin") as admin:
        seen = {"version": await version_of(admin, site, "供水")}
        assert (await admin.delete(token_path(site, "供水"), params=seen)).status_code == 200
    assert (await act(site, newer, water, "depart")).status_code == 401


async def test_nobody_voids_a_token_that_another_has_just_handed_out(site: Site) -> None:
    path = token_path(site, "供水")
    async with site.signed_in("admin") as admin:
        seen = await version_of(admin, site, "供水")
        made = (await admin.put(path, json={"version": seen})).json()
        assert made["unit"]["unit"]["version"] == seen + 1
        assert made["unit"]["token_since"] is not None
        for refused in (
            await admin.put(path, json={"version": seen}),
            await admin.delete(path, params={"version": seen}),
        ):
            assert (refused.status_code, refused.json()["code"]) == (409, "edited_meanwhile")
            assert refused.json()["message"].startswith("admin员在 ")
        for odd in ({}, {"version": -1}, {"version": "0; --"}):
            assert (await admin.put(path, json=odd)).status_code == 422, odd
            assert (await admin.delete(path, params=odd)).status_code == 422, odd
        async with site.visitor() as system:
            headers = bearer(made["token"])
            assert (await system.get("/unit-api/orders", headers=headers)).status_code == 200
        gone = await admin.delete(path, params={"version": seen + 1})
        assert (gone.status_code, gone.json()["token_since"]) == (200, None)
        assert (await admin.delete(path, params={"version": seen + 2})).status_code == 404


async def test_request_with_a_key_is_done_once_however_often_it_comes(site: Site) -> None:
    [item] = await sent(site, "供水")
    token = await token_of(site, "供水")
    for _ in range(3):
        answer = await act(site, token, item, "receive", key="order-1-receive")
        assert (answer.status_code, answer.json()["status"]) == (200, "received")
    assert await moves(site, item) == ["send", "receive"]
    other = await act(site, token, item, "depart", key="order-1-receive")
    assert other.status_code == 409
    assert (await act(site, token, item, "depart", key="short")).status_code == 422
    assert await moves(site, item) == ["send", "receive"]


async def test_return_needs_a_reason_and_an_order_that_is_there(site: Site) -> None:
    [item] = await sent(site, "供水")
    token = await token_of(site, "供水")
    assert (await act(site, token, item, "return", {"reason": ""})).status_code == 422
    assert (await act(site, token, uuid4(), "return", {"reason": "忙"})).status_code == 404
    back = await act(site, token, item, "return", {"reason": "不属本单位"})
    assert back.json()["status"] == "rejected"


async def test_recalled_order_cannot_be_accepted(site: Site) -> None:
    [item] = await sent(site, "供水")
    token = await token_of(site, "供水")
    await site.orders.recall(item, actor_id=site.users["seat-a"], reason="误派")
    answer = await act(site, token, item, "receive")
    assert answer.status_code == 409
    assert "撤回" in answer.json()["message"]


# --- signed requests --------------------------------------------------------------------------


async def with_secret(site: Site) -> None:
    async with site.database.writing() as work:
        work.session.add(
            UnitChannel(
                unit_id=site.units["供水"],
                kind=ChannelKind.WEBHOOK,
                address="https://water.example/orders",
                secret=SECRET,
            )
        )


def signed(site: Site, body: bytes, secret: str = SECRET, age: int = 0) -> dict[str, str]:
    stamp = str(int((site.clock.now() - timedelta(seconds=age)).timestamp()))
    return {
        signatures.TIMESTAMP: stamp,
        signatures.SIGNATURE: signatures.sign(secret, stamp, body),
    }


async def post(
    site: Site, body: bytes, headers: dict[str, str], code: str = "U1"
) -> httpx.Response:
    async with site.visitor() as client:
        return await client.post(f"/unit-api/signed/{code}", content=body, headers=headers)


async def traces(site: Site) -> list[str]:
    query = select(Audit.detail).where(Audit.action == "forged").order_by(Audit.id)
    async with site.database.reading() as session:
        return [detail["reason"] for detail in await session.scalars(query)]


async def test_signed_request_is_taken_once_and_a_replay_leaves_a_trace(site: Site) -> None:
    [item] = await sent(site, "供水")
    await with_secret(site)
    body = json.dumps({"action": "receive", "order_id": str(item)}).encode()
    headers = signed(site, body)
    answer = await post(site, body, headers)
    assert (answer.status_code, answer.json()["status"]) == (200, "received")
    replayed = await post(site, body, headers)
    assert (replayed.status_code, replayed.json()["code"]) == (403, "forbidden")
    assert await traces(site) == ["replayed"]
    assert await moves(site, item) == ["send", "receive"]


async def test_forged_old_and_unknown_requests_are_refused_with_a_trace(site: Site) -> None:
    [item] = await sent(site, "供水")
    await with_secret(site)
    body = json.dumps({"action": "receive", "order_id": str(item)}).encode()
    other = json.dumps({"action": "return", "order_id": str(item), "text": "假"}).encode()
    wrong = [
        (body, signed(site, body, secret="another-secret-000000"), "U1", "forged"),
        (other, signed(site, body), "U1", "forged"),
        (body, signed(site, body, age=301), "U1", "too_old"),
        (body, signed(site, body, age=-301), "U1", "too_old"),
        (body, {}, "U1", "no_timestamp"),
        (body, signed(site, body), "NOBODY", "unknown_unit"),
        (body, signed(site, body), "U2", "unknown_unit"),  # a unit without a secret
    ]
    for content, headers, code, _ in wrong:
        assert (await post(site, content, headers, code)).status_code == 403
    expected = [reason for *_, reason in wrong]
    assert set(await traces(site)) == set(expected)
    # A flood of the same leaves a trace a minute.
    count = len(await traces(site))
    for _ in range(5):
        await post(site, body, {}, "U1")
    assert len(await traces(site)) == count
    async with site.database.reading() as session:
        row = await session.get_one(DispatchOrder, item)
    assert row.status is DispatchStatus.SENT


async def test_signed_nonsense_is_refused_in_words(site: Site) -> None:
    await with_secret(site)
    for content in (b"", b"[]", b'{"action": "explode"}', b"\xff\xfe", b'{"order_id": 1}'):
        answer = await post(site, content, signed(site, content))
        assert answer.status_code == 422
        assert "请求内容有误" in answer.json()["message"]

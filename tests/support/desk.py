"""A desk on real rows, and how its people use it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import anyio
import httpx
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from agent_desk.parts import Parts
from dispatch.orders import Orders
from models.clock import ManualClock
from models.database import Database
from models.events import AgentStateChanged, CallAnswered, CallChanged, CallEnded
from models.tables import AgentSession, Call
from models.transitions import SYSTEM, advance

PASSWORD = "right-password-of-all"
ORIGIN = "http://desk.test"
CHECK_INTERVAL = timedelta(milliseconds=50)


@dataclass(frozen=True)
class Item:
    """A taxonomy item."""

    code: str = "P0101"
    name: str = "水管破裂"
    group: str = "供水"
    emergency: bool = False
    level: str = "三级"
    units: tuple[str, ...] = ("供水",)
    ask: tuple[str, ...] = ("是主管还是入户管？",)
    advise: tuple[str, ...] = ("请先关闭总阀",)


@dataclass
class Site:
    """The application, and what its rows hold."""

    app: FastAPI
    parts: Parts
    database: Database
    clock: ManualClock
    orders: Orders
    users: dict[str, UUID]
    units: dict[str, UUID]

    def visitor(self, **options: Any) -> httpx.AsyncClient:
        """Somebody not signed in."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False, **options)
        return httpx.AsyncClient(transport=transport, base_url=ORIGIN)

    @asynccontextmanager
    async def signed_in(self, username: str) -> AsyncIterator[httpx.AsyncClient]:
        """Somebody signed in, who sends the CSRF token with every request."""
        async with self.visitor() as client:
            await sign_in(client, username)
            yield client

    async def sit_down(self, username: str, seat_code: str) -> UUID:
        """Take a seat as the pages do; the agent session's id."""
        async with self.signed_in(username) as client:
            answer = await client.post(
                "/api/agent-session", json={"seat_code": seat_code, "device": "web"}
            )
            assert answer.status_code == 200, answer.text
            return UUID(answer.json()["id"])

    async def ring(self, agent_session_id: UUID, number: str = "13800001234") -> UUID:
        """A call comes in and rings at a seat."""
        now = self.clock.now()
        async with self.database.writing() as work:
            call = Call(
                queue_code="96345",
                dialled="96345",
                caller_number=number,
                channel=f"PJSIP/trunk-{uuid4()}",
                received_at=now,
            )
            work.session.add(call)
            agent = await work.session.get_one(AgentSession, agent_session_id)
            for trigger in ("queue", "ring"):
                advance(work.session, call, trigger, actor=SYSTEM, at=now)
            advance(work.session, agent, "ring", actor=SYSTEM, at=now)
            agent.call_id = call.id
            work.emit(CallChanged(call.id))
            work.emit(AgentStateChanged(agent.id))
        return call.id

    async def answer(self, call_id: UUID, agent_session_id: UUID) -> UUID:
        """The seat takes the call; the id of the order opened for it."""
        now = self.clock.now()
        async with self.database.writing() as work:
            call = await work.session.get_one(Call, call_id)
            agent = await work.session.get_one(AgentSession, agent_session_id)
            advance(work.session, call, "answer", actor=SYSTEM, at=now)
            advance(work.session, agent, "answer", actor=SYSTEM, at=now)
            call.agent_session_id, call.answered_at = agent.id, now
            work.emit(CallAnswered(call.id, agent.id))
            work.emit(AgentStateChanged(agent.id))
        return (await self.orders.open_draft(call_id)).id

    async def hang_up(self, call_id: UUID, agent_session_id: UUID) -> None:
        """The caller hangs up."""
        now = self.clock.now()
        async with self.database.writing() as work:
            call = await work.session.get_one(Call, call_id)
            agent = await work.session.get_one(AgentSession, agent_session_id)
            advance(work.session, call, "hang_up", actor=SYSTEM, at=now)
            advance(work.session, agent, "hang_up", actor=SYSTEM, at=now)
            call.ended_at = now
            work.emit(CallEnded(call.id))
            work.emit(AgentStateChanged(agent.id))

    async def order_of(self, username: str, seat_code: str) -> tuple[UUID, UUID]:
        """An answered call's order at this seat: (order, call)."""
        agent = await self.sit_down(username, seat_code)
        call_id = await self.ring(agent)
        return await self.answer(call_id, agent), call_id


async def sign_in(client: httpx.AsyncClient, username: str, password: str = PASSWORD) -> None:
    """Sign ``client`` in."""
    answer = await client.post("/api/session", json={"username": username, "password": password})
    assert answer.status_code == 200, answer.text
    client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self):  # type: ignore[no-untyped-def]  # as the base class
        yield


@asynccontextmanager
async def served(app: FastAPI) -> AsyncIterator[str]:
    """``app`` behind a real uvicorn on a free loopback port: its ``host:port``."""
    async with served_on(app, 0) as address:
        yield address


@asynccontextmanager
async def served_on(app: ASGIApp, port: int, *, date_header: bool = True) -> AsyncIterator[str]:
    """``app`` behind a real uvicorn on a loopback port: its ``host:port``."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        log_config=None,
        timeout_graceful_shutdown=2,
        date_header=date_header,
    )
    server = _Server(config)
    async with anyio.create_task_group() as group:
        group.start_soon(server.serve)
        await until(lambda: server.started)
        host, bound = server.servers[0].sockets[0].getsockname()
        try:
            yield f"{host}:{bound}"
        finally:
            server.should_exit = True


async def until(holds: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until ``holds()``, at most ``seconds``."""
    with anyio.fail_after(seconds):
        while not holds():
            await anyio.sleep(0.01)

"""The relay between the browser's telephone and Asterisk's web server.

Asterisk's place is taken by a bare WebSocket server that sends back what it gets; the browser
tests speak to the real one.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest
import websockets
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Origin, Subprotocol

from tests.support.desk import PASSWORD, Site, served

pytestmark = pytest.mark.integration

SIP = Subprotocol("sip")
SECONDS = 30


class Exchange:
    """Answers every message with itself; ``BYE`` makes it hang up."""

    def __init__(self) -> None:
        self.open = 0

    async def talk(self, socket: ServerConnection) -> None:
        self.open += 1
        try:
            async for message in socket:
                if message == "BYE":
                    return
                await socket.send(message)
        except ConnectionClosed:
            pass
        finally:
            self.open -= 1

    async def empties(self) -> None:
        """Wait until nobody is connected."""
        with anyio.fail_after(SECONDS):
            while self.open:
                await anyio.sleep(0.01)


@asynccontextmanager
async def asterisk_at() -> AsyncIterator[tuple[Exchange, int]]:
    exchange = Exchange()
    async with serve(exchange.talk, "127.0.0.1", 0, subprotocols=[SIP]) as server:
        yield exchange, server.sockets[0].getsockname()[1]


@asynccontextmanager
async def person(address: str, username: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=f"http://{address}", timeout=SECONDS) as client:
        signing = {"username": username, "password": PASSWORD}
        answer = await client.post("/api/session", json=signing)
        client.headers["X-CSRF-Token"] = answer.json()["csrf_token"]
        yield client


def phone(
    address: str, client: httpx.AsyncClient, protocols: list[Subprotocol] | None = None
) -> websockets.connect:
    return websockets.connect(
        f"ws://{address}/ws/sip",
        origin=Origin(f"http://{address}"),
        additional_headers={"Cookie": f"yihu_session={client.cookies['yihu_session']}"},
        subprotocols=[SIP] if protocols is None else protocols,
        proxy=None,
        open_timeout=SECONDS,
    )


async def sit(client: httpx.AsyncClient, device: str = "web") -> None:
    answer = await client.post("/api/agent-session", json={"seat_code": "1001", "device": device})
    assert answer.status_code == 200, answer.text


async def test_carries_both_ways_until_the_page_hangs_up(
    with_parts: Callable[..., Site],
) -> None:
    async with asterisk_at() as (exchange, port):
        app = with_parts(asterisk_http_port=port).app
        async with served(app) as address, person(address, "seat-a") as client:
            await sit(client)
            async with phone(address, client) as line:
                assert line.subprotocol == "sip"
                for message in ("REGISTER sip:yihu.invalid SIP/2.0\r\n\r\n", b"\x00\xff"):
                    await line.send(message)
                    with anyio.fail_after(SECONDS):
                        assert await line.recv() == message
                assert exchange.open == 1
            await exchange.empties()


@pytest.mark.parametrize(
    ("end", "code"),
    [("asterisk", 1000), ("seat left", 1000), ("signed out", 4401), ("too big", 1009)],
)
async def test_each_end_ends_both(with_parts: Callable[..., Site], end: str, code: int) -> None:
    async with asterisk_at() as (exchange, port):
        app = with_parts(asterisk_http_port=port).app
        async with served(app) as address, person(address, "seat-a") as client:
            await sit(client)
            async with phone(address, client) as line:
                await line.send("hello")
                await line.recv()
                match end:
                    case "asterisk":
                        await line.send("BYE")
                    case "seat left":
                        assert (await client.delete("/api/agent-session")).status_code == 204
                    case "signed out":
                        assert (await client.delete("/api/session")).status_code == 204
                    case "too big":
                        await line.send("x" * 70_000)
                with anyio.fail_after(SECONDS):
                    await line.wait_closed()
                assert line.close_code == code
            await exchange.empties()


async def test_only_a_seat_with_the_browser_as_telephone(
    with_parts: Callable[..., Site],
) -> None:
    async with asterisk_at() as (exchange, port):
        app = with_parts(asterisk_http_port=port).app
        async with served(app) as address:
            for username, device in (("seat-a", None), ("seat-b", "phone"), ("boss", None)):
                async with person(address, username) as client:
                    if device:
                        await sit(client, device)
                    with pytest.raises(InvalidStatus) as refused:
                        async with phone(address, client):
                            pass
                    assert refused.value.response.status_code == 403
        assert exchange.open == 0


async def test_without_the_subprotocol_there_is_no_line(site: Site) -> None:
    async with served(site.app) as address, person(address, "seat-a") as client:
        await sit(client)
        with pytest.raises(InvalidStatus):
            async with phone(address, client, []):
                pass


async def test_an_asterisk_that_is_away_is_told_as_try_later(site: Site) -> None:
    async with served(site.app) as address, person(address, "seat-a") as client:
        await sit(client)
        async with phone(address, client) as line:
            with anyio.fail_after(SECONDS):
                await line.wait_closed()
            assert line.close_code == 1013

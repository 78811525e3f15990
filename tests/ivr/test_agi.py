"""The front door against clients that behave, misbehave and go away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, nullcontext
from uuid import UUID

import anyio
import pytest
from anyio.abc import SocketStream

from ivr import agi
from ivr.agi import AgiServer, FrontAnswer, FrontRequest

pytestmark = pytest.mark.integration

CALL = UUID("5f6e0a52-9a5c-4a54-8b8b-6f3d1f6f4a01")
HEADER = (
    "agi_network: yes\n"
    "agi_network_script: front\n"
    "agi_request: agi://127.0.0.1:4573/front\n"
    "agi_channel: PJSIP/trunk-00000007\n"
    "agi_language: en\n"
    "agi_type: PJSIP\n"
    "agi_uniqueid: yihu-1700000000.7\n"
    "agi_version: 22.0.0\n"
    "agi_callerid: 13800000001\n"
    "agi_calleridname: unknown\n"
    "agi_dnid: 110\n"
    "agi_context: front\n"
    "agi_extension: 110\n"
    "agi_priority: 3\n"
    "agi_arg_1: 110\n"
)


LIMITS = ("HEADER_SECONDS", "ANSWER_SECONDS", "REPLY_SECONDS")


class Door:
    """A running server, what it was asked, and how slowly it answers."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.requests: list[FrontRequest] = []
        self.answer_after = 0.0
        self.queue = ""

    async def front(self, request: FrontRequest) -> FrontAnswer:
        self.requests.append(request)
        await anyio.sleep(self.answer_after)
        return FrontAnswer(CALL, self.queue)

    async def connect(self) -> SocketStream:
        return await anyio.connect_tcp("127.0.0.1", self.port)

    async def still_serves(self) -> None:
        """A well-behaved client is served now."""
        before = len(self.requests)
        async with await self.connect() as client:
            assert await dialogue(client) == [f'SET VARIABLE "YIHU_CALL_ID" "{CALL}"']
        assert len(self.requests) == before + 1


@pytest.fixture
async def door(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Door]:
    for name in LIMITS:  # nobody comes near them but on purpose
        monkeypatch.setattr(agi, name, 30)
    made = Door(0)
    listening, over = anyio.Event(), anyio.Event()

    async def host() -> None:  # a task of its own: fixtures end in another than they begin in
        async with anyio.create_task_group() as tasks:
            made.port = await tasks.start(AgiServer("127.0.0.1", 0).serve, made.front)
            listening.set()
            await over.wait()
            tasks.cancel_scope.cancel()

    hosting = asyncio.create_task(host())
    await listening.wait()
    yield made
    over.set()
    await hosting


@contextmanager
def hasty() -> Iterator[None]:
    """Whoever lets the server wait is given up soon."""
    with pytest.MonkeyPatch.context() as patch:
        for name in LIMITS:
            patch.setattr(agi, name, 0.3)
        yield


async def dialogue(client: SocketStream, reply: bytes = b"200 result=1\n") -> list[str]:
    """Send the header, acknowledge each command, return the commands."""
    await client.send((HEADER + "\n").encode())
    commands = []
    with anyio.fail_after(60):
        while line := await read_line(client):
            commands.append(line)
            await client.send(reply)
    return commands


async def read_line(client: SocketStream) -> str:
    """A command, or nothing once the server has closed."""
    line = b""
    with anyio.fail_after(60):
        while not line.endswith(b"\n"):
            try:
                line += await client.receive(1)
            except (anyio.EndOfStream, anyio.BrokenResourceError):
                return ""
    return line.decode().strip()


async def test_names_the_call(door: Door) -> None:
    await door.still_serves()
    assert door.requests == [
        FrontRequest("PJSIP/trunk-00000007", "yihu-1700000000.7", "13800000001", "110")
    ]


async def test_chooses_the_queue(door: Door) -> None:
    door.queue = "96345"
    async with await door.connect() as client:
        assert (await dialogue(client))[1] == 'SET VARIABLE "YIHU_QUEUE" "96345"'


async def test_header_in_pieces(door: Door) -> None:
    async with await door.connect() as client:
        for character in HEADER.encode():
            await client.send(bytes([character]))
        await client.send(b"\n")
        assert "YIHU_CALL_ID" in await read_line(client)
        await client.send(b"200 res")
        await client.send(b"ult=1\n")
        assert await read_line(client) == ""


async def test_unknown_caller_id_is_empty(door: Door) -> None:
    header = HEADER.replace("13800000001", "unknown")
    async with await door.connect() as client:
        await client.send((header + "\n").encode())
        await read_line(client)
    assert door.requests[0].caller_number == ""


@pytest.mark.parametrize(
    ("sent", "logged"),
    [
        (b"", "took too long"),
        (b"agi_network: yes\nagi_netw", "took too long"),
        (b"agi_callerid: " + b"1" * 10_000 + b"\n\n", "header line of more than"),
        (b"agi_arg_1: 1\n" * 5_000, "header of more than"),
        (b"agi_network_script: other\n\n", "a script other than"),
        (b"agi_network_script: front\n\n", "no channel"),
        (b"\xff\xfe\n\n", "not UTF-8"),
        (b"GET / HTTP/1.1\r\n\r\n", "a script other than"),
        (b"\n\n", "a script other than"),
    ],
)
async def test_bad_client_is_closed_with_a_reason(
    door: Door, caplog: pytest.LogCaptureFixture, sent: bytes, logged: str
) -> None:
    with hasty() if logged == "took too long" else nullcontext():
        async with await door.connect() as client:
            if sent:
                await client.send(sent)
            assert await read_line(client) == ""
    assert logged in caplog.text
    assert door.requests == []
    await door.still_serves()


@pytest.mark.parametrize("sent", [b"", b"agi_network: yes\n", (HEADER + "\n").encode()])
async def test_client_that_closes_at_once(
    door: Door, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    caplog.set_level(logging.INFO)
    for _ in range(20):
        async with await door.connect() as client:
            if sent:
                await client.send(sent)
    with anyio.fail_after(60):
        while caplog.text.count("FastAGI") < 20:
            await anyio.sleep(0.01)
    await door.still_serves()


async def test_caller_hangs_up_in_the_dialogue(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with await door.connect() as client:
        assert await dialogue(client, reply=b"HANGUP\n") != []
    assert "the caller hung up" in caplog.text
    await door.still_serves()


@pytest.mark.parametrize("reply", [b"510 Invalid or unknown command\n", b"nonsense\n", b"\n"])
async def test_odd_reply_ends_the_session_only(door: Door, reply: bytes) -> None:
    async with await door.connect() as client:
        assert len(await dialogue(client, reply)) == 1
    await door.still_serves()


async def test_endless_reply_is_refused(door: Door) -> None:
    async with await door.connect() as client:
        await client.send((HEADER + "\n").encode())
        await read_line(client)
        await client.send(b"2" * 10_000)
        assert await read_line(client) == ""
    await door.still_serves()


async def test_silence_after_the_command(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    with hasty():
        async with await door.connect() as client:
            await client.send((HEADER + "\n").encode())
            await read_line(client)
            assert await read_line(client) == ""
    assert "took too long" in caplog.text


async def test_slow_row_leaves_the_caller_to_the_dialplan(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    door.answer_after = 30
    with hasty():
        async with await door.connect() as client:
            assert await dialogue(client) == []
    assert "took too long" in caplog.text
    door.answer_after = 0
    await door.still_serves()


async def test_many_at_once(door: Door) -> None:
    door.answer_after = 0.05

    async def one() -> None:
        async with await door.connect() as client:
            assert len(await dialogue(client)) == 1

    async with anyio.create_task_group() as tasks:
        for _ in range(30):
            tasks.start_soon(one)
    assert len(door.requests) == 30

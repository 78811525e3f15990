"""What callers, strangers and garbage meet at the front door."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
import pytest
from anyio.abc import SocketStream

from ivr.asterisk import AsteriskConfig
from tests.support.asterisk import asterisk_config, console, enters, running
from tests.support.sip import ask, caller

pytestmark = pytest.mark.asterisk


@asynccontextmanager
async def python_side(
    port: int, serve: Callable[[SocketStream], Awaitable[None]]
) -> AsyncIterator[None]:
    """A FastAGI server of one line within the block."""
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=port)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, serve)
        yield
        tasks.cancel_scope.cancel()


async def test_call_enters_its_queue_without_the_python_side(
    config: AsteriskConfig, tmp_path: Path
) -> None:
    async with running(config), caller(config.sip_port, "110", tmp_path / "sipp"):
        await enters(config, "110")


async def test_call_enters_its_queue_when_the_python_side_says_nothing(
    config: AsteriskConfig, tmp_path: Path
) -> None:
    connected = anyio.Event()

    async def say_nothing(stream: SocketStream) -> None:
        async with stream:
            connected.set()
            await anyio.sleep_forever()

    async with (
        python_side(config.agi_port, say_nothing),
        running(config),
        caller(config.sip_port, "96345", tmp_path / "sipp"),
    ):
        await enters(config, "96345")
        assert connected.is_set()


@pytest.mark.parametrize(("answer", "queue"), [("96345", "96345"), ("nowhere", "110")])
async def test_python_side_chooses_the_queue(
    config: AsteriskConfig, tmp_path: Path, answer: str, queue: str
) -> None:
    asked = b""

    async def choose(stream: SocketStream) -> None:
        nonlocal asked
        async with stream:
            while b"\n\n" not in asked:
                asked += await stream.receive()
            await stream.send(f"SET VARIABLE YIHU_QUEUE {answer}\n".encode())
            await stream.receive()

    async with (
        python_side(config.agi_port, choose),
        running(config),
        caller(config.sip_port, "110", tmp_path / "sipp"),
    ):
        await enters(config, queue)
    assert b"agi_arg_1: 110\n" in asked
    assert b"agi_extension: 110\n" in asked


async def test_caller_whose_number_is_a_seats_code_is_taken(
    config: AsteriskConfig, tmp_path: Path
) -> None:
    async with (
        running(config),
        caller(config.sip_port, "110", tmp_path / "sipp", number="8001"),
    ):
        await enters(config, "110")
        assert "PJSIP/trunk-" in await console(config, "queue show 110")


async def test_unknown_number_is_not_found(config: AsteriskConfig) -> None:
    async with running(config):
        assert (await ask(config.sip_port, "INVITE", "12345")).status == 404


async def test_options_is_answered(config: AsteriskConfig) -> None:
    async with running(config):
        assert (await ask(config.sip_port, "OPTIONS", "110")).status == 200


async def test_stranger_is_refused(tmp_path: Path, base: int) -> None:
    config = asterisk_config(tmp_path, base, trunk_matches=("127.0.0.99",))
    async with running(config):
        for method, to in (("INVITE", "110"), ("INVITE", "8001"), ("REGISTER", "9999")):
            assert (await ask(config.sip_port, method, to)).status in (401, 403)
        assert "0 active channels" in await console(config, "core show channels")


GARBAGE = [
    b"",
    b"\x00" * 1400,
    b"INVITE\r\n\r\n",
    b"INVITE sip:110@127.0.0.1 SIP/2.0\r\n\r\n",
    b"INVITE sip:110@127.0.0.1 SIP/2.0\r\nContent-Length: -1\r\n\r\n",
    b"INVITE sip:110@127.0.0.1 SIP/2.0\r\nVia: " + b"A" * 10_000 + b"\r\n\r\n",
    b"REGISTER sip:[::::::: SIP/2.0\r\nTo: <<<<sip:8001@>>>\r\nFrom: ;;;\r\nCSeq: x\r\n\r\n",
    "INVITE sip:一呼@127.0.0.1 SIP/2.0\r\nTo: 一\r\n\r\n".encode(),
    b"SIP/2.0 999 " + b"\xff" * 2000,
]


async def test_garbage_is_survived(config: AsteriskConfig, tmp_path: Path) -> None:
    async with running(config):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for _ in range(20):
                for datagram in GARBAGE:
                    sender.sendto(datagram, ("127.0.0.1", config.sip_port))
        async with caller(config.sip_port, "110", tmp_path / "sipp"):
            await enters(config, "110")

"""Seats: who may register, and how a queue rings them."""

from __future__ import annotations

import dataclasses
import sqlite3
from contextlib import closing
from pathlib import Path

import anyio
import pytest

from ivr.asterisk import AsteriskConfig, AsteriskGone
from tests.support.asterisk import SEAT_SECRET, console, eventually, own_process, running
from tests.support.sip import Line, caller, hear, request, udp_line, websocket_line

pytestmark = pytest.mark.asterisk


async def register(line: Line, user: str, username: str = "", secret: str = SEAT_SECRET) -> int:
    answer = await request(
        line, "REGISTER", user, sender=user, username=username or user, secret=secret
    )
    return answer.status


async def contacts(config: AsteriskConfig) -> str:
    return await console(config, "pjsip show contacts")


async def test_phone_registers_with_its_own_secret_only(config: AsteriskConfig) -> None:
    async with running(config), udp_line(config.sip_port) as line:
        assert await register(line, "8001", secret="wrong") in (401, 403)
        await register(line, "8001", username="8002")  # its right secret opens nobody else's line
        assert "8001/sip" not in await contacts(config)
        assert await register(line, "8001") == 200
        assert "8001/sip" in await contacts(config)


async def test_newest_registration_replaces_the_older(config: AsteriskConfig) -> None:
    async with running(config):
        for _ in range(2):
            async with udp_line(config.sip_port) as line:
                assert await register(line, "8001") == 200
        assert (await contacts(config)).count("8001/sip") == 1


async def test_seat_cannot_dial(config: AsteriskConfig) -> None:
    config = dataclasses.replace(config, trunk_matches=("127.0.0.99",))
    async with running(config), udp_line(config.sip_port) as line:
        for number in ("8002", "13900000000", "110"):
            answer = await request(
                line, "INVITE", number, sender="8001", username="8001", secret=SEAT_SECRET
            )
            assert answer.status == 403


async def test_browser_is_rung_over_websocket(config: AsteriskConfig, tmp_path: Path) -> None:
    url = f"ws://127.0.0.1:{config.http_port}/ws"
    async with running(config), websocket_line(url) as line:
        assert await register(line, "8001-web") == 200
        await console(config, "queue add member PJSIP/8001-web to 110")
        async with caller(config.sip_port, "110", tmp_path / "sipp"):
            invite = await hear(line, "INVITE ")
    assert "\r\nFrom: <sip:13800000000@" in invite
    assert "UDP/TLS/RTP/SAVPF 8 0" in invite
    assert "a=fingerprint:SHA-256" in invite
    assert "a=candidate:" in invite
    assert "\r\nc=IN IP4 127.0.0.1\r\n" in invite


async def test_closed_browser_is_gone_at_once(config: AsteriskConfig) -> None:
    async with running(config):
        async with websocket_line(f"ws://127.0.0.1:{config.http_port}/ws") as line:
            assert await register(line, "8001-web") == 200
            assert "8001-web/sip" in await contacts(config)

        async def is_gone() -> bool:
            return "8001-web/sip" not in await contacts(config)

        await eventually(is_gone, "the contact goes with its socket", 30)


async def test_seat_that_lets_it_ring_is_paused_in_all_its_queues(
    config: AsteriskConfig, tmp_path: Path
) -> None:
    config = dataclasses.replace(config, ring_seconds=1)
    async with running(config), udp_line(config.sip_port) as line:
        assert await register(line, "8001") == 200
        for queue in ("110", "96345"):
            await console(config, f"queue add member PJSIP/8001 to {queue}")
        async with caller(config.sip_port, "110", tmp_path / "sipp"):
            await hear(line, "INVITE ")

            async def is_paused() -> bool:
                return (await console(config, "queue show")).count("(paused:Auto-Pause") == 2

            await eventually(is_paused, "the seat is paused")


async def test_restart_keeps_phones_and_forgets_browsers(config: AsteriskConfig) -> None:
    url = f"ws://127.0.0.1:{config.http_port}/ws"

    async def is_kept() -> bool:
        with closing(sqlite3.connect(config.instance_dir / "state" / "astdb.sqlite3")) as kept:
            found = kept.execute("SELECT count(*) FROM astdb WHERE key LIKE '%contact/8001%'")
            return bool(found.fetchone() == (2,))

    async def register_then_crash() -> None:
        async with (
            running(config),
            udp_line(config.sip_port) as phone,
            websocket_line(url) as browser,
        ):
            assert await register(phone, "8001") == 200
            assert await register(browser, "8001-web") == 200
            await eventually(is_kept, "both contacts are on the disk")
            own_process(config).kill()
            await anyio.sleep_forever()

    with pytest.raises(ExceptionGroup) as crashed:
        await register_then_crash()
    assert crashed.group_contains(AsteriskGone)
    async with running(config):
        shown = await contacts(config)
    assert "8001/sip" in shown
    assert "8001-web/sip" not in shown

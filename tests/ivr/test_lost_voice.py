"""Seats whose sound is lost in a call, on a real Asterisk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import anyio
import pytest

from ivr import lost_voice
from ivr.ami import Ami
from ivr.asterisk import AMI_USER, AsteriskConfig
from ivr.switchboard import Switchboard
from models.clock import SystemClock
from models.database import Database
from models.events import CallChanged
from models.kinds import Device
from tests.support.asterisk import SEAT_SECRET, console, enters, eventually, running
from tests.support.sip import Line, caller, hear, request, websocket_line
from tests.support.telephony import People, calling, phone, telephony_at
from yihu.simulate.phone import PhoneState

pytestmark = pytest.mark.asterisk

USER = "8001-web"
FINGERPRINT = ":".join(["AB"] * 32)


async def pick_up(line: Line) -> None:
    """Answer a call as a browser does, and then never send a sound."""
    invite = await hear(line, "INVITE ")

    def header(name: str) -> str:
        found = re.search(rf"^{name}: (.*?)\r$", invite, re.MULTILINE)
        assert found is not None
        return found[1]

    mid = re.search(r"^a=mid:(\S+)", invite, re.MULTILINE)
    body = (
        "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
        "m=audio 9 UDP/TLS/RTP/SAVPF 8\r\nc=IN IP4 127.0.0.1\r\n"
        "a=rtpmap:8 PCMA/8000\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\n"
        f"a=fingerprint:sha-256 {FINGERPRINT}\r\na=setup:active\r\na=rtcp-mux\r\n"
        f"a=mid:{mid[1] if mid else 'audio-0'}\r\na=sendrecv\r\n"
        "a=candidate:1 1 udp 2130706431 127.0.0.1 9 typ host\r\n"
    )
    vias = re.findall(r"^Via: .*?(?=\r$)", invite, re.MULTILINE)
    lines = [
        "SIP/2.0 200 OK",
        *vias,
        f"From: {header('From')}",
        f"To: {header('To')};tag=browser",
        f"Call-ID: {header('Call-ID')}",
        f"CSeq: {header('CSeq')}",
        f"Contact: <sip:{USER}@{line.host}>",
        "Content-Type: application/sdp",
        f"Content-Length: {len(body)}",
    ]
    await line.send("\r\n".join(lines) + "\r\n\r\n" + body)


@asynccontextmanager
async def browser(config: AsteriskConfig) -> AsyncIterator[Line]:
    """A registered browser softphone; it is closed with the block."""
    async with websocket_line(f"ws://127.0.0.1:{config.http_port}/ws") as line:
        answer = await request(
            line, "REGISTER", USER, sender=USER, username=USER, secret=SEAT_SECRET
        )
        assert answer.status == 200
        yield line


async def test_closed_browser_gives_its_caller_back(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lost_voice, "BACK_SECONDS", 1.0)
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config, "8002", answer_after=0.1),
    ):
        async with browser(config) as line:
            await desk.telephony.sign_in(people.one, "8001", Device.WEB)
            async with calling(config, "110"), anyio.create_task_group() as group:
                await pick_up(line)
                call = await desk.call_becomes("answered")
                answered_at = call.answered_at
                group.cancel_scope.cancel()
            # The caller has hung up: an ordinary end.
            await desk.call_becomes("ended")
            await desk.agent_becomes(people.one, "wrap_up")
            await desk.telephony.set_ready(people.one.id)
        assert answered_at is not None
        async with calling(config, "110"):
            async with browser(config) as line:
                await pick_up(line)
                call = await desk.call_becomes("answered")
                await desk.telephony.sign_in(people.two, "8002", Device.PHONE)
            taken = await desk.agent_becomes(people.two, "on_call")
            lost = await desk.agent_becomes(people.one, "paused")
            assert (lost.pause_reason, lost.call_id) == ("话机掉线", None)
            now = await desk.call_becomes("answered")
            assert (now.id, now.agent_session_id) == (call.id, taken.id)
            assert now.answered_at == call.answered_at
            trail = ["queued", "ringing", "answered", "queued", "ringing", "answered"]
            assert await desk.trail(call.id) == trail
            assert (await desk.trail(lost.id))[-3:] == ["on_call", "ready", "paused"]


async def test_browser_that_comes_back_keeps_its_call(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lost_voice, "BACK_SECONDS", 3.0)
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.WEB)
        async with calling(config, "110"):
            async with browser(config) as line:
                await pick_up(line)
                call = await desk.call_becomes("answered")
            async with browser(config):
                await anyio.sleep(3.5)  # longer than it may be away
                assert (await desk.calls())[-1].status == "answered"
                await desk.telephony.hang_up(people.one.id, call.id)
                assert (await desk.call_becomes("ended")).end_reason == "agent"


async def test_browser_without_sound_gives_its_caller_back(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    deaf = replace(config, voice_seconds=2)
    async with (
        running(deaf),
        telephony_at(deaf, database, real_clock) as desk,
        browser(deaf) as line,
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.WEB)
        async with calling(deaf, "96345"):
            await pick_up(line)
            call = await desk.call_becomes("answered")
            # The device is there: it is rung again, first of all.
            await desk.call_becomes("ringing")
            agent = await desk.agent_becomes(people.one, "ringing")
            assert agent.call_id == call.id
            assert (await desk.trail(agent.id))[-3:] == ["on_call", "ready", "ringing"]


async def test_seat_hangs_up_while_the_python_side_is_slow(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    """What Asterisk tells is handled in its order; meanwhile nobody is taken for lost."""
    calls: list[UUID] = []
    free = anyio.Event()

    async def take_long(event: CallChanged) -> None:
        if calls and event.call_id not in calls:
            await free.wait()

    database.bus.subscribe(CallChanged, take_long)
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config, answer_after=0.1) as telephone,
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110"):
            calls.append((await desk.call_becomes("answered")).id)
            async with calling(config, "110", "13800000002"):
                await enters(config, "110")
                telephone.hang_up()
                await anyio.sleep(lost_voice.LEGS_SECONDS + 0.5)
                free.set()
                await desk.agent_becomes(people.one, "wrap_up", 30)

                async def over() -> bool:
                    return (await desk.trail(calls[0]))[-1] == "ended"

                await eventually(over, "the first call to end", 30)
                trail = ["queued", "ringing", "answered", "ended"]
                assert await desk.trail(calls[0]) == trail


async def test_seat_hangs_up_while_the_python_side_is_away(
    config: AsteriskConfig, tmp_path: Path
) -> None:
    async with running(config), phone(config, answer_after=0.1) as telephone:
        await console(config, "queue add member PJSIP/8001 to 110")
        async with caller(config.sip_port, "110", tmp_path / "sipp"):
            await telephone.wait_for(PhoneState.TALKING, within=30)

            async def together() -> bool:
                return " 2 basic " in await console(config, "bridge show all")

            # A seat that is gone before has not answered: it would ring again.
            await eventually(together, "the two in one conversation")
            telephone.hang_up()

            async def nobody() -> bool:
                return "0 active channels" in await console(config, "core show channels")

            await eventually(nobody, "the call to end")


async def test_caller_left_on_hold_goes_to_the_front_without_the_python_side(
    config: AsteriskConfig, tmp_path: Path
) -> None:
    quick = replace(config, hold_seconds=1)
    ami = Ami("127.0.0.1", quick.ami_port, AMI_USER, quick.ami_secret)

    async def ignore(event: object) -> None:
        pass

    async def first() -> bool:
        return "prio: 20" in await console(quick, "queue show 110")

    async with running(quick), anyio.create_task_group() as tasks:
        tasks.start_soon(ami.run, ignore)
        async with caller(quick.sip_port, "110", tmp_path / "sipp"):
            await enters(quick, "110")
            (waiting,) = (await ami.queue_status()).callers
            await Switchboard(ami).redirect(waiting.channel, "held", "110")
            await eventually(first, "the caller at the front of the queue")
        tasks.cancel_scope.cancel()

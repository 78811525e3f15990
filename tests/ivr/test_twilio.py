"""Calls and texts through Twilio: voice into the recogniser, texts to its API, the SIP leg."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import anyio
import pytest
from sqlalchemy import select

from ivr import texts as texts_module
from ivr.asterisk import AsteriskConfig
from ivr.texts import Texts
from ivr.twilio.account import TwilioAccount
from ivr.twilio.gateway import TwilioGateway
from ivr.twilio.media import EXPANSION, BadStream, MediaStreams, samples
from ivr.twilio.voice import digits
from models.clock import ManualClock, SystemClock
from models.database import Database
from models.errors import SetupError
from models.telephony_tables import TextMessage
from tests.support import twilio
from tests.support.asterisk import eventually, running
from tests.support.sip import request, udp_line
from tests.support.telephony import Ear, People, telephony_at

pytestmark = pytest.mark.integration


# --- the account -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({"account_sid": "AC1"}, "ACCOUNT_SID"),
        ({"auth_token": ""}, "AUTH_TOKEN"),
        ({"number": "96345"}, "NUMBER"),
        ({"public_url": "http://desk.example"}, "PUBLIC_URL"),
        ({"public_url": "https://desk.example/path"}, "PUBLIC_URL"),
        ({"sip_target": "sip.example;transport=tcp"}, "SIP_TARGET"),
        ({"queue": "abc"}, "QUEUE"),
    ],
)
def test_a_wrong_setting_is_named(changed: dict[str, str], named: str) -> None:
    right = twilio.account()
    values = {name: getattr(right, name) for name in TwilioAccount.__slots__} | changed
    with pytest.raises(SetupError, match=f"YIHU_TWILIO_{named}"):
        TwilioAccount(**values)
    assert twilio.TOKEN not in repr(right)


@pytest.mark.parametrize(
    ("given", "kept"),
    [("+8613800001111", "13800001111"), ("+14155550100", "14155550100"), ("anonymous", "")],
)
def test_numbers_are_kept_as_digits(given: str, kept: str) -> None:
    assert digits(given) == kept


# --- texts -----------------------------------------------------------------------------------


@asynccontextmanager
async def sending(database: Database, clock: ManualClock, api: twilio.Api) -> AsyncIterator[Texts]:
    made = Texts(database, clock, TwilioGateway(twilio.account(api.base)))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(made.run)
        yield made
        tasks.cancel_scope.cancel()


def becomes(database: Database, status: str) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        async with database.reading() as session:
            found = list(await session.scalars(select(TextMessage)))
        return [row.status for row in found] == [status]

    return check


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(texts_module, "FIRST_RETRY_SECONDS", 0.05)


async def test_a_text_goes_out(
    database: Database, clock: ManualClock, people: People, quick: None
) -> None:
    async with twilio.twilio_api() as api, sending(database, clock, api) as texts:
        await texts.send(people.one.id, "民警已出发", call_id=None, number="13800001111")
        await eventually(becomes(database, "sent"), "the text to be sent")
    assert api.messages == [
        {
            "To": "13800001111",
            "From": "+8657800000000",
            "Body": "民警已出发",
            "StatusCallback": "https://desk.example/twilio/sms-status",
        }
    ]
    assert api.authorizations == [f"AC{'a' * 32}:{twilio.TOKEN}"]


async def test_a_busy_gateway_is_asked_again_and_a_refusal_is_final(
    database: Database, clock: ManualClock, people: People, quick: None
) -> None:
    async with twilio.twilio_api() as api, sending(database, clock, api) as texts:
        api.status = 503
        await texts.send(people.one.id, "一", call_id=None, number="13800001111")

        async def tried() -> bool:
            return len(api.authorizations) >= 2

        await eventually(tried, "a second try")
        assert await becomes(database, "queued")()
        api.status = 400
        await eventually(becomes(database, "failed"), "the text to fail")
    async with database.reading() as session:
        [row] = await session.scalars(select(TextMessage))
    assert "21211" in row.error


async def test_a_text_that_waits_too_long_is_given_up(
    database: Database, clock: ManualClock, people: People, quick: None
) -> None:
    async with twilio.twilio_api() as api:
        waiting = Texts(database, clock, TwilioGateway(twilio.account(api.base)))
        await waiting.send(people.one.id, "一", call_id=None, number="13800001111")
        clock.advance(timedelta(hours=2))
        async with sending(database, clock, api):
            await eventually(becomes(database, "failed"), "the text to be given up")
    assert api.messages == []


# --- media streams ---------------------------------------------------------------------------


def test_mu_law_is_expanded_as_the_standard_says() -> None:
    values = {0xFF: 0, 0x7F: 0, 0xFE: 8, 0x7E: -8, 0xEF: 132, 0x80: 32124, 0x00: -32124}
    coded = bytes(values)
    heard = samples(base64.b64encode(coded).decode())
    assert [
        int.from_bytes(heard[at : at + 2], "little", signed=True) for at in range(0, len(heard), 2)
    ] == list(values.values())
    assert len(set(EXPANSION.tolist())) == 255


class Line:
    """A WebSocket's messages, one after the other."""

    def __init__(self) -> None:
        self._messages: asyncio.Queue[str | None] = asyncio.Queue()

    def send(self, message: str) -> None:
        self._messages.put_nowait(message)

    async def receive(self) -> str | None:
        return await self._messages.get()


async def test_a_callers_voice_reaches_the_speech_process_whole() -> None:
    ear, streams, line = Ear(), MediaStreams(), Line()

    async def note(event: object) -> None:
        pass

    ear.on_event = note
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port: int = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django
    stream_id = uuid4()
    await ear.expect(stream_id)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, ear.serve)
        tasks.start_soon(streams.carry, line.receive)
        line.send('{"event": "connected", "protocol": "Call"}')
        line.send(twilio.started())

        async def begun() -> bool:
            return streams.find(twilio.CALL) is not None

        await eventually(begun, "the stream to begin")
        stream = streams.find(twilio.CALL)
        assert stream is not None
        await stream.open(stream_id, ("127.0.0.1", port))
        for _ in range(50):
            line.send(twilio.media(bytes(160)))
            line.send(twilio.media(bytes(160), track="outbound"))

        async def whole() -> bool:
            return ear.heard[stream_id] == 50 * 320

        await eventually(whole, "one second of the caller's voice")
        line.send('{"event": "stop"}')

        async def over() -> bool:
            return streams.find(twilio.CALL) is None and not stream.live

        await eventually(over, "the stream to end")
        tasks.cancel_scope.cancel()


@pytest.mark.parametrize(
    "messages",
    [
        ["not json"],
        ["{}"],
        ['{"event": "other"}'],
        [twilio.media(b"\x00")],
        [twilio.started("CA1")],
        [twilio.started().replace("8000", "16000")],
        [twilio.started(), twilio.media(b"\x00").replace("AA==", "**")],
        [twilio.started(), twilio.media(bytes(3_000))],
        ["x" * 20_000],
        ["[" * 5_000],
    ],
)
async def test_a_stream_that_breaks_the_protocol_is_refused(messages: list[str]) -> None:
    streams, line = MediaStreams(), Line()
    for message in messages:
        line.send(message)
    with pytest.raises(BadStream), anyio.fail_after(5):
        await streams.carry(line.receive)
    assert streams.find(twilio.CALL) is None


async def test_a_stream_that_falls_silent_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.twilio.media.START_SECONDS", 0.05)
    with pytest.raises(BadStream, match="nothing came"), anyio.fail_after(5):
        await MediaStreams().carry(Line().receive)


# --- the call --------------------------------------------------------------------------------


async def test_the_sip_leg_finds_its_row_and_the_stream_is_its_voice(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    line = Line()
    async with (
        running(config),
        telephony_at(config, database, real_clock, twilio=twilio.account()) as desk,
        udp_line(config.sip_port) as trunk,
        anyio.create_task_group() as tasks,
    ):
        door = desk.telephony.twilio
        assert door is not None
        await door.calls.arrived(
            {"CallSid": twilio.CALL, "From": "+8613800001111", "To": "+8657812340000"}
        )
        tasks.start_soon(door.media.carry, line.receive)
        line.send(twilio.started())
        header = [f"X-Twilio-CallSid: {twilio.CALL}"]
        answer = await request(trunk, "INVITE", "96345", sender="13800001111", headers=header)
        assert answer.status == 200
        call = await desk.call_becomes("queued")
        assert len(await desk.calls()) == 1
        assert (call.external_id, call.dialled) == (twilio.CALL, "57812340000")
        [leg] = await desk.legs(call.id)
        assert leg.channel == call.channel

        async def connected() -> bool:
            return len(desk.ear.expected) == 1

        await eventually(connected, "the voice to be announced")
        [stream_id] = desk.ear.expected
        for _ in range(10):
            line.send(twilio.media(bytes(160)))

        async def heard() -> bool:
            return desk.ear.heard[stream_id] >= 320

        await eventually(heard, "Twilio's voice at the speech process")
        # Its stream ends while the call goes on: Asterisk's own tap takes over.
        line.send('{"event": "stop"}')

        async def tapped() -> bool:
            return len(desk.ear.expected) == 2

        await eventually(tapped, "Asterisk's tap")
        await desk.speech_becomes("live")
        tasks.cancel_scope.cancel()

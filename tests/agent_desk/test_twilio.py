"""Twilio's webhooks: who may call them, and what they answer and store."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree

import pytest
from sqlalchemy import select
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ivr.service import Telephony
from models.clock import ManualClock
from models.database import Database
from models.states import CallStatus
from models.tables import Call
from models.telephony_tables import Audit, HotlineNumber, TextMessage
from tests.support import twilio
from tests.support.desk import Site, served

pytestmark = pytest.mark.integration

ARRIVED = {"CallSid": twilio.CALL, "From": "+8613800001111", "To": "+8657812340000"}
NOWHERE = ("127.0.0.1", 1)
SIGNATURE = "X-Twilio-Signature"


class DeafSpeech:
    """No speech process."""

    available = False

    async def expect(
        self, stream_id: object, *, first: bool = True, engine: str | None = None
    ) -> None: ...

    async def forget(self, stream_id: object) -> None: ...


@pytest.fixture
def telephony(database: Database, clock: ManualClock) -> Telephony:
    """Telephony with a Twilio account."""
    return Telephony(
        database,
        DeafSpeech(),
        None,
        clock,
        ami_address=NOWHERE,
        ami_secret="no-secret",
        agi_address=NOWHERE,
        audio_address=NOWHERE,
        twilio=twilio.account(),
    )


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314 - the application's own answer


async def calls(site: Site) -> list[Call]:
    async with site.database.reading() as session:
        return list(await session.scalars(select(Call)))


async def test_a_call_becomes_a_row_and_is_brought_to_its_queue(site: Site) -> None:
    async with site.database.writing() as work:
        work.session.add(HotlineNumber(number="57812340000", queue_code="110", name="旧线"))
    async with site.visitor() as client:
        answer = await twilio.post(client, "/twilio/voice", ARRIVED)
        again = await twilio.post(client, "/twilio/voice", ARRIVED)
    assert (answer.status_code, again.status_code) == (200, 200)
    assert answer.headers["content-type"].startswith("application/xml")
    response = parsed(answer.text)
    stream, sip = response.find("Start/Stream"), response.find("Dial/Sip")
    assert stream is not None
    assert stream.get("url") == "wss://desk.example/twilio/media"
    assert sip is not None
    assert sip.text == "sip:110@sip.example:5060"
    [call] = await calls(site)
    assert (call.queue_code, call.dialled, call.caller_number, call.external_id) == (
        "110",
        "57812340000",
        "13800001111",
        twilio.CALL,
    )
    assert call.status is CallStatus.RECEIVED


async def test_a_call_that_never_reaches_asterisk_is_a_missed_call(site: Site) -> None:
    async with site.visitor() as client:
        await twilio.post(client, "/twilio/voice", ARRIVED)
        failed = ARRIVED | {"DialCallStatus": "failed"}
        answer = await twilio.post(client, "/twilio/dialled", failed)
        over = ARRIVED | {"CallStatus": "completed"}
        assert (await twilio.post(client, "/twilio/status", over)).status_code == 204
    said = parsed(answer.text).find("Say")
    assert said is not None
    assert "回电" in (said.text or "")
    [call] = await calls(site)
    assert (call.status, call.end_reason) == (CallStatus.ABANDONED, "never came")


async def test_texts_come_in_once_and_reports_move_those_that_went_out(site: Site) -> None:
    form = {"MessageSid": "SM1", "From": "+8613800001111", "Body": "我在 302 <script>"}
    async with site.visitor() as client:
        for _ in range(2):
            answer = await twilio.post(client, "/twilio/sms", form)
            assert answer.status_code == 200
    async with site.database.reading() as session:
        [text] = await session.scalars(select(TextMessage))
    assert (text.number, text.text, text.status) == ("13800001111", form["Body"], "received")
    async with site.signed_in("seat-a") as client:
        sent = await client.post("/api/texts", json={"number": "13800001111", "text": "请稍候"})
        assert sent.json()["status"] == "queued"
    async with site.database.writing() as work:
        [row] = await work.session.scalars(select(TextMessage).where(TextMessage.external_id == ""))
        row.external_id = "SM2"
    async with site.visitor() as client:
        for status in ("sent", "delivered", "sent", "nonsense"):
            report = {"MessageSid": "SM2", "MessageStatus": status}
            assert (await twilio.post(client, "/twilio/sms-status", report)).status_code == 204
    async with site.database.reading() as session:
        [text] = await session.scalars(select(TextMessage).where(TextMessage.external_id == "SM2"))
    assert text.status == "delivered"


@pytest.mark.parametrize("path", ["voice", "dialled", "status", "sms", "sms-status"])
async def test_forged_requests_are_refused_and_traced(
    site: Site, clock: ManualClock, path: str
) -> None:
    async with site.visitor() as client:
        wrong = await twilio.post(client, f"/twilio/{path}", ARRIVED, token="f" * 32)
        none = await client.post(f"/twilio/{path}", data=ARRIVED)
        signed = twilio.signature(twilio.PUBLIC + f"/twilio/{path}", ARRIVED)
        changed = await client.post(
            f"/twilio/{path}",
            data=ARRIVED | {"From": "+8613899999999"},
            headers={"X-Twilio-Signature": signed},
        )
        garbage = await client.post(
            f"/twilio/{path}", content=b"\xff" * 50, headers={"X-Twilio-Signature": signed}
        )
    answers = [wrong, none, changed, garbage]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert "签名" in wrong.json()["message"]
    assert await calls(site) == []
    async with site.database.reading() as session:
        [trace] = await session.scalars(select(Audit))
    assert (trace.action, trace.subject_id) == ("forged", f"/twilio/{path}")
    assert "138" not in str(trace.detail)


async def test_signed_nonsense_is_one_sentence(site: Site) -> None:
    async with site.visitor() as client:
        for path, form in (("voice", {"CallSid": "x"}), ("sms", {"Body": "x"})):
            answer = await twilio.post(client, f"/twilio/{path}", form)
            assert answer.status_code == 422, answer.text
            assert answer.json()["message"].endswith("。")


async def test_without_an_account_there_are_no_webhooks(
    site: Site, with_parts: Callable[..., Site], clock: ManualClock
) -> None:
    bare = Telephony(
        site.database,
        DeafSpeech(),
        None,
        clock,
        ami_address=NOWHERE,
        ami_secret="no-secret",
        agi_address=NOWHERE,
        audio_address=NOWHERE,
    )
    other = with_parts(telephony=bare)
    async with other.visitor() as client:
        answer = await twilio.post(client, "/twilio/voice", ARRIVED)
        assert answer.status_code == 404
    async with other.signed_in("seat-a") as client:
        text = await client.post("/api/texts", json={"number": "13800001111", "text": "请稍候"})
        assert text.status_code == 503
        assert "短信通道未开通" in text.json()["message"]


async def test_media_stream_needs_a_signature(site: Site) -> None:
    right = twilio.signature("wss://desk.example/twilio/media")
    async with served(site.app) as host:
        url = f"ws://{host}/twilio/media"
        for signature in ("", "wrong", twilio.signature("wss://desk.example/twilio/other")):
            with pytest.raises(InvalidStatus) as refused:
                async with connect(url, additional_headers={SIGNATURE: signature}):
                    pass
            assert refused.value.response.status_code == 403
        async with connect(url, additional_headers={SIGNATURE: right}) as socket:
            await socket.send(twilio.media(b"\x00"))
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1002

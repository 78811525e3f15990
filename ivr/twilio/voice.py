"""Calls that come through Twilio: a row at once, then by SIP into the same queues.

Twilio asks a webhook what to do with a call; the answer (TwiML) streams the caller's voice and
brings the call to Asterisk, which reads Twilio's call id from a SIP header. A call that never
gets there is a missed call like any other.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Final

from twilio.twiml.voice_response import Dial, VoiceResponse

from ivr import repository
from ivr.calls import Calls, FirstContact
from ivr.twilio.account import TwilioAccount
from models.database import Database
from models.errors import InvalidInput

log = logging.getLogger(__name__)

CALL_ID: Final = re.compile(r"CA[0-9a-f]{32}")
OVER: Final = ("completed", "busy", "failed", "no-answer", "canceled")
REACHED: Final = ("completed", "answered")
RING_SECONDS: Final = 600  # callers wait in the queue meanwhile, answered already
LANGUAGE: Final = "zh-CN"
SORRY: Final = "对不起，线路暂时无法接通。我们已经记下您的号码，会尽快给您回电，再见。"


class CloudCalls:
    """What the voice webhooks answer, and the rows they make."""

    def __init__(self, database: Database, calls: Calls, account: TwilioAccount) -> None:
        self._database = database
        self._calls = calls
        self._account = account

    async def arrived(self, form: Mapping[str, str]) -> str:
        """TwiML for a new call. Raises ``InvalidInput`` for a form without a call id."""
        external_id = call_id(form)
        dialled = digits(form.get("To", ""))
        async with self._database.reading() as session:
            queue = await repository.queue_of_number(session, dialled) or self._account.queue
        contact = FirstContact(
            channel="",
            linkedid="",
            caller_number=digits(form.get("From", "")),
            dialled=dialled or queue,
            queue=queue,
            external_id=external_id,
        )
        await self._calls.ensure(contact)
        answer = VoiceResponse()
        answer.start().stream(url=self._account.socket_url("/twilio/media"), track="inbound_track")
        dial = Dial(
            action=self._account.url("/twilio/dialled"),
            answer_on_bridge=True,
            timeout=RING_SECONDS,
        )
        dial.sip(f"sip:{queue}@{self._account.sip_target}")
        answer.append(dial)
        return str(answer)

    async def dialled(self, form: Mapping[str, str]) -> str:
        """TwiML for the end of the SIP part: nothing more, or an excuse where it failed."""
        external_id = call_id(form)
        answer = VoiceResponse()
        if form.get("DialCallStatus", "") not in REACHED:
            log.warning("a call through Twilio did not reach Asterisk")
            answer.say(SORRY, language=LANGUAGE)
            await self._calls.never_came(external_id)
        answer.hangup()
        return str(answer)

    async def reported(self, form: Mapping[str, str]) -> None:
        """A status callback: a call that is over and never reached Asterisk is closed."""
        if form.get("CallStatus", "") in OVER:
            await self._calls.never_came(call_id(form))


def call_id(form: Mapping[str, str]) -> str:
    """Twilio's id of the call a form is about; raises ``InvalidInput`` without one."""
    found = form.get("CallSid", "")
    if not CALL_ID.fullmatch(found):
        raise InvalidInput("请求中没有通话编号。")
    return found


def digits(number: str) -> str:
    """A number as the centre keeps it: digits, Chinese ones without the country's code."""
    kept = "".join(ch for ch in number[:64] if ch.isascii() and ch.isdigit())
    return kept.removeprefix("86") if number.startswith("+86") else kept

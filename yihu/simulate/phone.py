"""A simulated SIP telephone of a seat: registers, rings, answers, speaks, hangs up.

It speaks SIP itself, on one UDP port, instead of running SIPp: a telephone has to register
again while a call is up, take a CANCEL while it rings, answer OPTIONS at any time and obey
a test or a person, and SIPp's fixed scenarios do none of that together.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from enum import StrEnum
from pathlib import Path
from typing import Any

import anyio
from anyio.abc import TaskGroup, TaskStatus

from models.errors import SetupError
from yihu.simulate import sip
from yihu.simulate.audio import encode_alaw, read_audio, silence
from yihu.simulate.line import Line, PhoneCall
from yihu.simulate.rtp import AudioPort

log = logging.getLogger(__name__)

ANSWER_LIMIT = 5.0  # seconds a request waits for its response, resent every 0.5 s
RESEND_SECONDS = 0.5
ACK_LIMIT = 16.0
GREETING_AFTER = 0.4
CLOSE_SECONDS = 2.0
ALLOW = ("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, INFO, UPDATE")


class PhoneState(StrEnum):
    OFFLINE = "offline"
    IDLE = "idle"
    RINGING = "ringing"
    TALKING = "talking"


class Phone(asyncio.DatagramProtocol):
    """One telephone with one line; a second call meanwhile is told it is busy.

    ``answer_after`` seconds of ringing it answers by itself; with ``None`` it rings until
    ``answer()``. ``greeting`` is a sound file spoken after answering, silence follows.
    ``record_seconds`` of every call are kept in ``PhoneCall.heard``; ``calls`` holds the last
    hundred.
    """

    def __init__(
        self,
        *,
        sip_host: str,
        sip_port: int,
        username: str,
        secret: str,
        answer_after: float | None = 1.0,
        greeting: Path | None = None,
        record_seconds: float = 0.0,
        expires_seconds: int = 120,
    ) -> None:
        sip.check_address(sip_host, sip_port)
        if not sip.USER.fullmatch(username):
            raise SetupError(f"{username[:40]!r} is not a SIP user name.")
        self._host, self._port = sip_host, sip_port
        self._username, self._secret = username, secret
        self.answer_after = answer_after
        self._greeting = greeting
        self._record_seconds = record_seconds
        self._expires = expires_seconds
        self.state = PhoneState.OFFLINE
        self.calls: deque[PhoneCall] = deque(maxlen=100)
        self._changed = anyio.Event()
        self._transport: asyncio.DatagramTransport | None = None
        self._tasks: TaskGroup | None = None
        self._line: Line | None = None
        self._waiting: dict[tuple[str, int, str], asyncio.Future[sip.Message]] = {}
        self._register_id, self._sequence = f"{secrets.token_hex(12)}@phone", 0
        self._audio = b""

    # --- what a person does with it -----------------------------------------------------

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Be this telephone until cancelled; started once registered.

        Raises ``SetupError`` where the first registration fails. At the end it hangs up and
        takes its registration back.
        """
        if self._greeting is not None:
            spoken = await anyio.to_thread.run_sync(read_audio, self._greeting)
            self._audio = silence(GREETING_AFTER) + encode_alaw(spoken)
        loop = asyncio.get_running_loop()
        try:
            address = (self._host, self._port)
            await loop.create_datagram_endpoint(lambda: self, remote_addr=address)
        except OSError as error:
            raise SetupError(f"{self._host}:{self._port} cannot be reached: {error}.") from None
        try:
            problem = await self._register(self._expires)
            if problem:
                raise SetupError(
                    f"Telephone {self._username} could not register at "
                    f"{self._host}:{self._port}: {problem}."
                )
            async with anyio.create_task_group() as tasks:
                self._tasks = tasks
                self._move(PhoneState.IDLE)
                task_status.started()
                await self._stay_registered()
        finally:
            self._tasks = None
            with anyio.CancelScope(shield=True), anyio.move_on_after(CLOSE_SECONDS):
                if self.state is not PhoneState.OFFLINE:
                    await self._register(0)
            self._move(PhoneState.OFFLINE)
            if self._transport is not None:
                self._transport.close()

    @property
    def heard(self) -> bytes:
        """What came from the far side so far in the present call, as A-law, if it records."""
        audio = self._line.audio if self._line is not None else None
        return bytes(audio.heard) if audio is not None else b""

    async def wait_for(self, state: PhoneState, *, within: float) -> None:
        """Come back when the telephone is in ``state``; ``TimeoutError`` after
        ``within`` seconds."""
        with anyio.fail_after(within):
            while self.state is not state:
                await self._changed.wait()

    def answer(self) -> None:
        """Lift the receiver, if it rings."""
        if self._line is not None:
            self._line.answer.set()

    def hang_up(self) -> None:
        """End the call, or refuse it while it rings."""
        if self._line is not None:
            self._end(self._line, "own")

    # --- registration -------------------------------------------------------------------

    async def _stay_registered(self) -> None:
        while True:
            await anyio.sleep(self._expires / 2)
            while problem := await self._register(self._expires):
                log.warning("telephone %s could not register again: %s", self._username, problem)
                await anyio.sleep(2)

    async def _register(self, expires: int) -> str:
        """Register for ``expires`` seconds (0: no longer); what went wrong, or nothing."""
        uri = f"sip:{self._bracketed(self._host)}:{self._port}"
        own = f"<sip:{self._username}@{self._bracketed(self._host)}>"
        headers = [
            ("From", f"{own};tag={secrets.token_hex(6)}"),
            ("To", own),
            ("Call-ID", self._register_id),
            ("Contact", self._contact()),
            ("Expires", str(expires)),
            ALLOW,
        ]
        proof: list[tuple[str, str]] = []
        refused = ""
        for _ in range(3):  # without proof, with it, and once more for a stale nonce
            answer = await self._request("REGISTER", uri, [*headers, *proof])
            if answer is None:
                return "no answer"
            if answer.status == 200:
                return ""
            refused = f"refused with {answer.start.removeprefix('SIP/2.0 ')}"
            if answer.status != 401:
                break
            try:
                challenge = answer.first("www-authenticate")
                given = sip.authorization(
                    challenge,
                    method="REGISTER",
                    uri=uri,
                    username=self._username,
                    password=self._secret,
                )
            except ValueError as error:
                return str(error)
            if proof and "stale=true" not in challenge.replace('"', "").lower():
                return "user name or password refused"
            proof = [("Authorization", given)]
        return refused

    async def _request(
        self, method: str, uri: str, headers: list[tuple[str, str]]
    ) -> sip.Message | None:
        """Send a request until its final response comes; ``None`` if none does."""
        self._sequence += 1
        sequence = self._sequence
        via = f"SIP/2.0/UDP {self._local()};rport;branch=z9hG4bK{secrets.token_hex(8)}"
        headers = [("Via", via), ("Max-Forwards", "70"), *headers]
        data = sip.encode(f"{method} {uri} SIP/2.0", [*headers, ("CSeq", f"{sequence} {method}")])
        call_id = next(value for name, value in headers if name == "Call-ID")
        waiting = asyncio.get_running_loop().create_future()
        key = (call_id, sequence, method)
        self._waiting[key] = waiting
        try:
            with anyio.move_on_after(ANSWER_LIMIT):
                while True:
                    self._send(data)
                    with anyio.move_on_after(RESEND_SECONDS):
                        return await asyncio.shield(waiting)
        finally:
            del self._waiting[key]
        return None

    # --- what arrives -------------------------------------------------------------------

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def error_received(self, exc: Exception) -> None:
        log.debug("telephone %s: %s", self._username, exc)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        try:
            message = sip.Message.parse(data)
        except ValueError as error:
            log.debug("telephone %s dropped a datagram: %s", self._username, error)
            return
        if not message.is_request:
            waiting = self._waiting.get((message.call_id, *message.sequence))
            if waiting is not None and message.status >= 200 and not waiting.done():
                waiting.set_result(message)
            return
        line = self._line
        mine = line if line is not None and message.call_id == line.invite.call_id else None
        match message.method:
            case "INVITE":
                self._invited(message, mine)
            case "ACK":
                if mine is not None:
                    mine.acknowledged.set()
            case "CANCEL" if mine is not None and not mine.call.answered:
                self._send(sip.reply(message, "200 OK", tag=mine.tag))
                self._end(mine, "cancelled")
            case "BYE" if mine is not None:
                self._send(sip.reply(message, "200 OK", tag=mine.tag))
                self._end(mine, "far_end")
            case "OPTIONS" | "NOTIFY" | "INFO" | "UPDATE":
                self._send(sip.reply(message, "200 OK", tag="phone", more=[ALLOW]))
            case "CANCEL" | "BYE":
                self._send(sip.reply(message, "481 Call/Transaction Does Not Exist", tag="phone"))
            case _:
                self._send(sip.reply(message, "501 Not Implemented", tag="phone"))

    def _invited(self, message: sip.Message, mine: Line | None) -> None:
        if mine is not None and ";tag=" not in message.first("to"):
            self._send(mine.last_reply)  # the same INVITE again
        elif mine is not None:  # a change of the call: keep what was agreed
            self._send(self._ok(message, mine))
        elif self._line is not None or self._tasks is None:
            self._send(sip.reply(message, "486 Busy Here", tag="phone"))
        else:
            call = PhoneCall(from_uri=sip.uri_of(message.first("from")))
            self.calls.append(call)
            self._line = Line(message, call)
            self._tasks.start_soon(self._hold_line, self._line)

    # --- a call -------------------------------------------------------------------------

    async def _hold_line(self, line: Line) -> None:
        """Ring, answer and talk; ``_end`` cancels it."""
        audio: AudioPort | None = None
        try:
            with line.scope:
                self._answer_with(line, sip.reply(line.invite, "180 Ringing", tag=line.tag))
                self._move(PhoneState.RINGING)
                with anyio.move_on_after(self.answer_after):
                    await line.answer.wait()
                target = sip.audio_address(line.invite.body)
                audio = await AudioPort.open(self._local_host(), self._record_seconds)
                line.audio = audio
                line.description = sip.describe_audio(self._local_host(), audio.number)
                line.call.answered = True
                self._move(PhoneState.TALKING)
                async with anyio.create_task_group() as group:
                    group.start_soon(audio.send, self._audio, target)
                    await self._answer_until_acknowledged(line)
        except ValueError as error:
            log.warning("telephone %s cannot take a call: %s", self._username, error)
            self._send(sip.reply(line.invite, "488 Not Acceptable Here", tag=line.tag))
            self._end(line, "failed")
        finally:
            if not line.call.end:  # the telephone itself is being switched off
                self._end(line, "own")
            if audio is not None:
                line.call.heard_seconds = audio.heard_seconds
                line.call.heard = bytes(audio.heard)
                audio.close()
            self._line = None
            self._move(PhoneState.IDLE)

    async def _answer_until_acknowledged(self, line: Line) -> None:
        with anyio.move_on_after(ACK_LIMIT):
            while not line.acknowledged.is_set():
                self._answer_with(line, self._ok(line.invite, line))
                with anyio.move_on_after(RESEND_SECONDS):
                    await line.acknowledged.wait()
            return
        log.warning("telephone %s answered and was not acknowledged", self._username)
        self._end(line, "failed")

    def _end(self, line: Line, how: str) -> None:
        """The one way out of a call: tell the far side if it does not know, stop the task."""
        if line.call.end:
            return
        line.call.end = how
        if not line.call.answered:
            refusal = {"cancelled": "487 Request Terminated", "own": "486 Busy Here"}
            if how in refusal:
                self._answer_with(line, sip.reply(line.invite, refusal[how], tag=line.tag))
        elif how != "far_end":
            self._send(self._bye(line))
        line.scope.cancel()

    def _bye(self, line: Line) -> bytes:
        invite = line.invite
        via = f"SIP/2.0/UDP {self._local()};rport;branch=z9hG4bK{secrets.token_hex(8)}"
        headers = [
            ("Via", via),
            ("Max-Forwards", "70"),
            ("From", f"{invite.first('to')};tag={line.tag}"),
            ("To", invite.first("from")),
            ("Call-ID", invite.call_id),
            ("CSeq", "1 BYE"),
        ]
        target = sip.uri_of(invite.first("contact"))
        return sip.encode(f"BYE {target} SIP/2.0", headers)

    def _ok(self, request: sip.Message, line: Line) -> bytes:
        more = [("Contact", self._contact()), ALLOW, ("Content-Type", "application/sdp")]
        return sip.reply(request, "200 OK", tag=line.tag, more=more, body=line.description)

    def _answer_with(self, line: Line, data: bytes) -> None:
        line.last_reply = data
        self._send(data)

    # --- small things -------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(data)

    def _move(self, state: PhoneState) -> None:
        if state is not self.state:
            self.state = state
            self._changed.set()
            self._changed = anyio.Event()

    def _local_host(self) -> str:
        if self._transport is None:
            raise RuntimeError("the telephone is not running")
        return str(self._transport.get_extra_info("sockname")[0])

    def _local(self) -> str:
        if self._transport is None:
            raise RuntimeError("the telephone is not running")
        port = self._transport.get_extra_info("sockname")[1]
        return f"{self._bracketed(self._local_host())}:{port}"

    def _contact(self) -> str:
        return f"<sip:{self._username}@{self._local()}>"

    @staticmethod
    def _bracketed(host: str) -> str:
        return f"[{host}]" if ":" in host else host

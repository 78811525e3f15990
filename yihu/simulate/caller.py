"""A simulated caller: one SIP call placed by SIPp, which speaks a sound file and hangs up.

The audio is one continuous A-law stream from the moment the call connects: silence until
``speak_after``, the speech, then silence, as a telephone sends it. Connected means that the
far side's SIP answered; an instance answers at once and lets the caller wait in the queue,
so a seat's answer is not visible from here.
"""

from __future__ import annotations

import logging
import shutil
import socket
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from pathlib import Path
from string import Template
from uuid import uuid4

import anyio
from anyio.abc import Process

from models.errors import SetupError
from yihu.simulate.audio import LONGEST_SECONDS, RATE, encode_alaw, read_audio, silence
from yihu.simulate.sip import check_address, check_number

log = logging.getLogger(__name__)

START_ATTEMPTS = 3
HANG_UP_SECONDS = 6.0  # for the last messages of a call


class CallOutcome(StrEnum):
    """How a call ended."""

    COMPLETED = "completed"  # the caller hung up, having stayed as long as asked
    FAR_END_HUNG_UP = "far_end_hung_up"
    NOT_ANSWERED = "not_answered"  # nobody answered within the limit; cancelled
    REFUSED = "refused"  # a final answer of 300 or more: see ``sip_code``
    UNREACHABLE = "unreachable"  # no answer to the INVITE at all
    FAILED = "failed"  # anything else, e.g. an unexpected message


@dataclass(frozen=True, slots=True)
class CallReport:
    """What became of a call. Times are seconds.

    ``answered_after`` runs from the INVITE to the 200, ``None`` if there was none;
    ``duration`` from the 200 to the BYE; ``sip_code`` is the last final answer to the INVITE.
    """

    answered_after: float | None
    duration: float
    outcome: CallOutcome
    sip_code: int | None


def sipp_program() -> str:
    """The path of SIPp; raises ``SetupError`` where it is not installed."""
    found = shutil.which("sipp")
    if found is None:
        raise SetupError("SIPp is missing, simulated callers need it: install sip-tester.")
    return found


async def place_call(
    *,
    sip_host: str,
    sip_port: int,
    to: str,
    audio: Path | None = None,
    from_number: str = "13800000000",
    speak_after: float = 0.5,
    tail_seconds: float = 2.0,
    stay_seconds: float | None = None,
    ring_seconds: float = 60.0,
) -> CallReport:
    """Call ``to`` at ``sip_host:sip_port`` (UDP) and come back when the call is over.

    ``speak_after`` counts from the 200. The caller stays ``stay_seconds`` from the 200, or
    to the end of the speech and ``tail_seconds`` more; earlier if the far side hangs up.
    Unanswered after ``ring_seconds``, the call is cancelled. Cancelling this coroutine hangs
    up. Raises ``SetupError`` for unusable arguments or a missing SIPp.
    """
    program = sipp_program()
    check_number(to, "The number to call")
    check_number(from_number, "The caller's number")
    check_address(sip_host, sip_port)
    speech = await anyio.to_thread.run_sync(read_audio, audio) if audio else None
    spoken = speak_after + (len(speech) / RATE if speech is not None else 0.0)
    stay = spoken + tail_seconds if stay_seconds is None else stay_seconds
    for name, value in (("speak_after", speak_after), ("stay_seconds", stay)):
        if not 0 <= value <= LONGEST_SECONDS:
            raise SetupError(f"{name}={value:g} is not between 0 and {LONGEST_SECONDS} seconds.")
    if not 1 <= ring_seconds <= LONGEST_SECONDS:
        raise SetupError(f"ring_seconds={ring_seconds:g} is not between 1 and {LONGEST_SECONDS}.")
    stream = silence(speak_after) + (encode_alaw(speech) if speech is not None else b"")
    # A second more than the call lasts: SIPp then never runs dry before the BYE.
    stream += silence(max(stay, spoken) + 1 - len(stream) / RATE)
    with tempfile.TemporaryDirectory(prefix="yihu-call-") as name:
        folder = Path(name)
        (folder / "audio.alaw").write_bytes(stream)
        template = Template(files("yihu.simulate").joinpath("caller.xml").read_text("utf-8"))
        scenario = template.substitute(
            to=to,
            from_number=from_number,
            audio=folder / "audio.alaw",
            ring_ms=round(ring_seconds * 1000),
            stay_ms=max(1, round(stay * 1000)),
        )
        (folder / "caller.xml").write_text(scenario, "utf-8")
        limit = ring_seconds + stay + 2 * HANG_UP_SECONDS
        return await _run_sipp(program, folder, sip_host, sip_port, limit)


async def _run_sipp(
    program: str, folder: Path, sip_host: str, sip_port: int, limit: float
) -> CallReport:
    for _ in range(START_ATTEMPTS):
        call_id = f"{uuid4()}@yihu"
        local_ip, local_port = _free_address(sip_host, sip_port)
        command = [program, f"{_bracketed(sip_host)}:{sip_port}", "-sf", "caller.xml"]
        command += ["-i", local_ip, "-mi", local_ip, "-p", str(local_port), "-bind_local"]
        command += ["-m", "1", "-nostdin", "-cid_str", call_id, "-recv_timeout", "60000"]
        command += ["-trace_shortmsg", "-shortmessage_file", "messages.tsv"]
        command += ["-trace_err", "-error_file", "errors.log"]
        if setpriv := shutil.which("setpriv"):  # SIPp must not outlive this process
            command = [setpriv, "--pdeathsig", "TERM", "--", *command]
        with (folder / "output.txt").open("wb") as output:
            process = await anyio.open_process(
                command, stdin=None, stdout=output, stderr=output, cwd=folder
            )
            try:
                with anyio.move_on_after(limit):
                    await process.wait()
            finally:
                if process.returncode is None:
                    with anyio.CancelScope(shield=True):
                        await _hang_up(process, local_ip, local_port, call_id)
        report = _report(folder / "messages.tsv", call_id)
        if report is not None:
            return report
    told = (folder / "output.txt").read_bytes()[-2000:].decode("utf-8", "replace").strip()
    raise SetupError(f"SIPp could not start the call: {told.splitlines()[-1] if told else '?'}")


async def _hang_up(process: Process, local_ip: str, local_port: int, call_id: str) -> None:
    """Make SIPp end its call, by the INFO its scenario listens for; end SIPp if it does not."""
    order = (
        f"INFO sip:caller@{_bracketed(local_ip)}:{local_port} SIP/2.0\r\n"
        f"Via: SIP/2.0/UDP {_bracketed(local_ip)}:9;branch=z9hG4bK{uuid4().hex}\r\n"
        f"From: <sip:yihu@local>;tag=yihu\r\nTo: <sip:caller@local>\r\n"
        f"Call-ID: {call_id}\r\nCSeq: 1 INFO\r\nContent-Length: 0\r\n\r\n"
    )
    with suppress(OSError), socket.socket(_family(local_ip), socket.SOCK_DGRAM) as sender:
        sender.sendto(order.encode(), (local_ip, local_port))
    with anyio.move_on_after(HANG_UP_SECONDS):
        await process.wait()
    if process.returncode is None:
        log.warning("SIPp (pid %d) did not end its call and is killed", process.pid)
        process.kill()
        await process.wait()


def _report(messages: Path, call_id: str) -> CallReport | None:
    """Read SIPp's list of short messages; ``None`` if the INVITE was never sent."""
    invited = connected = ended = None
    heard = cancelled = own_bye = far_bye = False
    code: int | None = None
    lines = messages.read_text("utf-8", "replace").splitlines() if messages.exists() else []
    for line in lines:
        columns = line.split("\t")
        if len(columns) < 7 or columns[4] != call_id:
            continue
        at, sent, sequence, text = float(columns[2]), columns[3] == "S", columns[5], columns[6]
        method = sequence.split()[-1]
        if sent and text.startswith("INVITE "):
            invited = invited or at
        elif sent and text.startswith("CANCEL "):
            cancelled = True
        elif sent and text.startswith("BYE ") and not (own_bye or far_bye):
            own_bye, ended = True, at
        elif not sent and text.startswith("BYE ") and not (own_bye or far_bye):
            far_bye, ended = True, at
        elif not sent and method == "INVITE" and text.startswith("SIP/2.0 "):
            heard = True
            status = int(text.split()[1])
            code = status if status >= 200 else code
            connected = at if status == 200 and connected is None else connected
    if invited is None:
        return None
    if connected is not None:
        outcome = CallOutcome.COMPLETED if own_bye else CallOutcome.FAILED
        outcome = CallOutcome.FAR_END_HUNG_UP if far_bye else outcome
    elif code is not None and code >= 300 and not cancelled:
        outcome = CallOutcome.REFUSED
    elif not heard:
        outcome = CallOutcome.UNREACHABLE
    else:
        outcome = CallOutcome.NOT_ANSWERED if cancelled else CallOutcome.FAILED
    return CallReport(
        answered_after=None if connected is None else connected - invited,
        duration=ended - connected if connected is not None and ended is not None else 0.0,
        outcome=outcome,
        sip_code=code,
    )


def _free_address(sip_host: str, sip_port: int) -> tuple[str, int]:
    """The local address that reaches the host, and a UDP port free on it."""
    try:
        found = socket.getaddrinfo(sip_host, sip_port, type=socket.SOCK_DGRAM)
        with socket.socket(found[0][0], socket.SOCK_DGRAM) as probe:
            probe.connect(found[0][4])
            address = str(probe.getsockname()[0])
        with socket.socket(found[0][0], socket.SOCK_DGRAM) as probe:
            probe.bind((address, 0))
            return address, int(probe.getsockname()[1])
    except OSError as error:
        raise SetupError(f"{sip_host}:{sip_port} cannot be reached: {error.strerror}.") from None


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address

"""SIPp as a crowd: many callers in one process, and all telephones of a hall in another."""

from __future__ import annotations

import csv
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
from anyio.abc import Process, SocketAttribute

from tests.support.asterisk import SEAT_SECRET, eventually
from tests.support.sip import SCENARIOS, Line, request


@dataclass(frozen=True, slots=True)
class Message:
    """A SIP message that SIPp sent or took, at a time in epoch seconds."""

    at: float
    sent: bool
    call_id: str
    sequence: str
    text: str

    @property
    def status(self) -> int:
        """The status of a response, 0 for a request."""
        return int(self.text.split()[1]) if self.text.startswith("SIP/2.0 ") else 0


@dataclass(slots=True)
class Sipp:
    """A running SIPp and the files it writes."""

    process: Process
    folder: Path

    async def ends(self, within_seconds: float) -> int:
        """Wait for its end; the exit code, 0 where every call went by the scenario."""
        with anyio.fail_after(within_seconds):
            return await self.process.wait()

    async def stop(self) -> int:
        """Let it end once no call is left; its exit code."""
        self.process.send_signal(signal.SIGUSR1)
        return await self.ends(30)

    def counts(self) -> dict[str, str]:
        """Its own statistics, as they were last written."""
        with (self.folder / "counts.csv").open(encoding="utf-8") as file:
            return list(csv.DictReader(file, delimiter=";"))[-1]

    def messages(self) -> list[Message]:
        """What it sent and took."""
        found = []
        for line in (self.folder / "messages.tsv").read_text("utf-8", "replace").splitlines():
            columns = line.split("\t")
            if len(columns) >= 7:
                _, _, at, direction, call_id, sequence, text = columns[:7]
                found.append(Message(float(at), direction == "S", call_id, sequence, text))
        return found

    def errors(self) -> str:
        """What it complained of."""
        path = self.folder / "errors.log"
        return path.read_text("utf-8", "replace") if path.exists() else ""


def free_port() -> int:
    """A UDP port of loopback that nobody uses."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _write_rows(folder: Path, calls: Sequence[tuple[str, str]]) -> None:
    folder.mkdir(exist_ok=True)
    rows = "".join(f"{number};{to}\n" for number, to in calls)
    (folder / "callers.csv").write_text(f"SEQUENTIAL\n{rows}")


def _write_scenario(folder: Path, name: str, values: Mapping[str, str]) -> None:
    folder.mkdir(exist_ok=True)
    text = (SCENARIOS / name).read_text()
    for placeholder, value in values.items():
        text = text.replace(placeholder, value)
    (folder / name).write_text(text)


@asynccontextmanager
async def sipp(
    sip_port: int,
    scenario: str,
    folder: Path,
    arguments: Sequence[str],
    *,
    port: int,
    values: Mapping[str, str],
) -> AsyncIterator[Sipp]:
    """SIPp at 127.0.0.1:``port`` within the block; ``values`` are put into the scenario."""
    program = shutil.which("sipp")
    if program is None:
        raise RuntimeError("SIPp is missing: install the package sip-tester")
    _write_scenario(folder, scenario, values)
    command = [program, f"127.0.0.1:{sip_port}", "-sf", scenario, "-i", "127.0.0.1", "-nostdin"]
    command += ["-mi", "127.0.0.1", "-p", str(port), "-bind_local", *arguments]
    command += ["-trace_stat", "-stf", "counts.csv", "-fd", "1"]
    command += ["-trace_shortmsg", "-shortmessage_file", "messages.tsv"]
    command += ["-trace_err", "-error_file", "errors.log"]
    process = await anyio.open_process(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    made = Sipp(process, folder)

    async def takes_calls() -> bool:
        assert process.returncode is None, made.errors()
        return (folder / "counts.csv").exists()

    try:
        await eventually(takes_calls, "SIPp to start", 30)
        yield made
    finally:
        with anyio.CancelScope(shield=True):
            if process.returncode is None:
                process.kill()
            await process.wait()
            await process.aclose()


@asynccontextmanager
async def many_callers(
    sip_port: int,
    folder: Path,
    calls: Sequence[tuple[str, str]],
    *,
    audio: Path,
    per_second: int,
    longest_seconds: int,
) -> AsyncIterator[Sipp]:
    """Callers, each a number and whom it calls, who come ``per_second`` and stay until hung up
    on. ``audio`` is raw 8 kHz A-law, played over and over."""
    _write_rows(folder, calls)
    arguments = ["-inf", "callers.csv", "-r", str(per_second), "-m", str(len(calls))]
    arguments += ["-l", str(len(calls)), "-timeout", str(longest_seconds), "-timeout_error"]
    running = sipp(
        sip_port,
        "many_callers.xml",
        folder,
        arguments,
        port=free_port(),
        values={"AUDIO": str(audio)},
    )
    async with running as made:
        yield made


@asynccontextmanager
async def many_seats(
    sip_port: int,
    folder: Path,
    codes: Sequence[str],
    *,
    audio: Path,
    ring_seconds: float,
    talk_seconds: float,
) -> AsyncIterator[Sipp]:
    """The telephones of these seats, registered: each answers by itself, speaks ``audio`` and
    hangs up after ``talk_seconds``."""
    port = free_port()
    async with await anyio.create_connected_udp_socket(
        "127.0.0.1", sip_port, local_host="127.0.0.1", local_port=port
    ) as bound:
        assert bound.extra(SocketAttribute.local_port) == port  # noqa: S610 - not Django's

        async def send(text: str) -> None:
            await bound.send(text.encode())

        async def receive() -> str:
            return (await bound.receive()).decode(errors="replace")

        line = Line(f"UDP 127.0.0.1:{port};rport", f"127.0.0.1:{port}", send, receive)
        for code in codes:
            answer = await request(
                line,
                "REGISTER",
                code,
                sender=code,
                username=code,
                secret=SEAT_SECRET,
                headers=["Expires: 3600"],
            )
            assert answer.status == 200, answer.text
    values = {"AUDIO": str(audio), "RING": f"{ring_seconds * 1000:.0f}"}
    values["TALK"] = f"{talk_seconds * 1000:.0f}"
    async with sipp(sip_port, "many_seats.xml", folder, [], port=port, values=values) as made:
        yield made

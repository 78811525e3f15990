"""The private Asterisk's life as a child process.

To run one by hand (a test, a benchmark)::

    config = AsteriskConfig(
        program=locate("", Path.home() / ".cache/yihu/asterisk"),
        instance_dir=Path("/tmp/try"), sip_address="127.0.0.1", sip_port=9601,
        ami_port=9602, ami_secret=secrets.token_urlsafe(24), agi_port=9603, http_port=9606,
        rtp_first=9800, rtp_last=10199,
        queues=[QueueConf("110", "报警", True), QueueConf("96345", "便民", False)],
        seats=[SeatConf("8001", "一号席", secrets.token_urlsafe(24), ("110",))],
    )
    async with anyio.create_task_group() as tasks:
        await tasks.start(AsteriskProcess(config).run)   # returns once calls are taken
        ...                                              # AMI: user AMI_USER, config.ami_secret
        tasks.cancel_scope.cancel()                      # stops it

Queues have no members until AMI's QueueAdd; a seat's interfaces are ``PJSIP/<code>`` (phone)
and ``PJSIP/<code>-web`` (browser). Callers dial a queue's code; the call is answered at once,
asks ``agi://127.0.0.1:<agi_port>/front`` and enters the queue named by ``YIHU_QUEUE``.
"""

from __future__ import annotations

import errno
import logging
import re
import shutil
import socket
import subprocess
from pathlib import Path

import anyio
import anyio.abc

from ivr.asterisk_config import AMI_USER, AsteriskConfig, QueueConf, SeatConf, render
from ivr.asterisk_program import MODULES, Program, locate
from models.errors import SetupError

__all__ = [
    "AMI_USER",
    "MODULES",
    "AsteriskConfig",
    "AsteriskGone",
    "AsteriskProcess",
    "Program",
    "QueueConf",
    "SeatConf",
    "locate",
    "render",
]

log = logging.getLogger(__name__)

START_SECONDS = 30.0
STOP_SECONDS = 10.0


class AsteriskGone(Exception):
    """The running Asterisk ended by itself; calls in progress are lost, a new one may start."""


class AsteriskProcess:
    """One private Asterisk, from rendering its files to its end."""

    def __init__(self, config: AsteriskConfig) -> None:
        self.config = config

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Run until cancelled; reports started once calls are taken.

        Raises ``SetupError`` when it cannot start and ``AsteriskGone`` when it ends by itself.
        """
        path = await anyio.to_thread.run_sync(self._prepare)
        with self.config.output_file.open("wb") as sink:
            process = await anyio.open_process(
                [*_leash(), *self.config.program.command, "-f", "-C", str(path)],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
                cwd=self.config.instance_dir,
                start_new_session=True,  # Ctrl-C reaches the parent, which stops it in order
            )
        try:
            await self._until_ready(process)
            log.info("Asterisk takes calls on %s:%d", self.config.sip_address, self.config.sip_port)
            task_status.started()
            code = await process.wait()
            raise AsteriskGone(f"Asterisk ended by itself ({code}): {self._last_words()}")
        finally:
            with anyio.CancelScope(shield=True):
                await _stop(process)

    def _prepare(self) -> Path:
        config = self.config
        conf = render(config)
        _check_free(config.sip_address, config.sip_port, socket.SOCK_DGRAM, "SIP")
        _check_free("127.0.0.1", config.ami_port, socket.SOCK_STREAM, "AMI")
        _check_free("127.0.0.1", config.http_port, socket.SOCK_STREAM, "Asterisk's HTTP")
        for path in (config.log_file, config.output_file):
            if path.exists():
                path.replace(path.with_suffix(".1"))
        return conf

    async def _until_ready(self, process: anyio.abc.Process) -> None:
        with anyio.move_on_after(START_SECONDS):
            while process.returncode is None:
                if await self._is_booted():
                    config = self.config
                    if _is_free(config.sip_address, config.sip_port, socket.SOCK_DGRAM):
                        break  # up, but deaf
                    return
                await anyio.sleep(0.05)
        raise SetupError(f"Asterisk did not start: {self._last_words()}")

    async def _is_booted(self) -> bool:
        """Sign in to AMI once and wait for its FullyBooted."""
        try:
            with anyio.fail_after(START_SECONDS):
                async with await anyio.connect_tcp("127.0.0.1", self.config.ami_port) as stream:
                    await stream.send(
                        f"Action: Login\r\nUsername: {AMI_USER}\r\n"
                        f"Secret: {self.config.ami_secret}\r\n\r\n".encode()
                    )
                    heard = b""
                    while b"Event: FullyBooted" not in heard:
                        heard = heard[-64:] + await stream.receive()
                    return True
        except (OSError, TimeoutError, anyio.EndOfStream, anyio.BrokenResourceError):
            return False

    def _last_words(self) -> str:
        """The first error of Asterisk's own log, else the last line it printed."""
        for path, pattern in (
            (self.config.log_file, r"ERROR\[[^\]]*\](?:\[[^\]]*\])? (.*)"),
            (self.config.output_file, r"(.+)"),
        ):
            text = path.read_text(errors="replace")[-65536:] if path.exists() else ""
            found: list[str] = re.findall(pattern, text)
            if found:
                return (found[0] if path == self.config.log_file else found[-1])[:300]
        return f"no reason given in {self.config.log_file.parent}"


async def _stop(process: anyio.abc.Process) -> None:
    """End the child: politely, then after ``STOP_SECONDS`` by force."""
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(STOP_SECONDS):
            await process.wait()
        if process.returncode is None:
            log.warning("Asterisk did not end within %.0f s and is killed", STOP_SECONDS)
            process.kill()
            await process.wait()
    await process.aclose()


def _leash() -> list[str]:
    """The command prefix that ends the child when this process dies, however that happens."""
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        log.warning("setpriv is missing: an Asterisk could outlive a killed parent")
        return []
    return [setpriv, "--pdeathsig", "TERM", "--"]


def _is_free(address: str, port: int, kind: socket.SocketKind) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind == socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            if error.errno == errno.EADDRNOTAVAIL:
                raise SetupError(
                    f"This machine has no address {address}; set YIHU_SIP_ADDRESS to one it has."
                ) from None
            return False
    return True


def _check_free(address: str, port: int, kind: socket.SocketKind, use: str) -> None:
    if not _is_free(address, port, kind):
        raise SetupError(
            f"Port {port} on {address} ({use}) is taken or not permitted; "
            "set YIHU_PORT_BASE to another range, or end the program that holds it."
        )

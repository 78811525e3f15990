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
from ivr.asterisk_running import Console, Loaded, Running, conf_of, find
from models.errors import SetupError

__all__ = [
    "AMI_USER",
    "MODULES",
    "AsteriskConfig",
    "AsteriskGone",
    "AsteriskProcess",
    "Console",
    "Program",
    "QueueConf",
    "Running",
    "SeatConf",
    "find",
    "locate",
    "render",
]

log = logging.getLogger(__name__)

START_SECONDS = 30.0
ADOPT_SECONDS = 15.0
IDLE_LOOK_SECONDS = 5.0


class AsteriskGone(Exception):
    """The running Asterisk ended by itself; calls in progress are lost, a new one may start."""


class AsteriskProcess:
    """One private Asterisk, from rendering its files to its end.

    An Asterisk that already runs with the instance's files is taken over with its calls; files
    that differ are rendered and reloaded. With ``outlives`` a new one goes on when this process
    is killed. Cancelling ``run`` ends it, or lets it go on, as ``leave`` says; ``None`` lets go
    on what was taken over and ends what was started.
    """

    def __init__(self, config: AsteriskConfig, *, outlives: bool = False) -> None:
        self.config = config
        self.leave: bool | None = None
        self.former_files = False  # render nothing: the rows could not be read
        self.adopted = False
        self._outlives = outlives
        self._outdated = False  # runs, but only a new start brings what has changed

    @property
    def has_files(self) -> bool:
        """Whether an earlier start left files to run with."""
        return conf_of(self.config.instance_dir).exists()

    @property
    def _console(self) -> Console:
        return Console(self.config.program, self.config.instance_dir)

    async def run(
        self, *, task_status: anyio.abc.TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        """Run until cancelled; reports started once calls are taken.

        Raises ``SetupError`` when it cannot start and ``AsteriskGone`` when it ends by itself.
        """
        running = await self._take_over()
        self.adopted = running is not None
        if running is None:
            running = await self._start()
        try:
            if not self.adopted and not await self._is_ready(running, START_SECONDS):
                raise SetupError(f"Asterisk did not start: {self._last_words()}")
            log.info(
                "Asterisk (pid %d%s) takes calls on %s:%d",
                running.pid,
                ", taken over" if self.adopted else "",
                self.config.sip_address,
                self.config.sip_port,
            )
            task_status.started()
            if self._outdated:
                await self._replace_when_idle(running)
            code = await running.ended()
            raise AsteriskGone(f"Asterisk ended by itself ({code}): {self._last_words()}")
        finally:
            leave = self.adopted if self.leave is None else self.leave
            if leave and not running.has_ended:
                log.warning(
                    "Asterisk (pid %d) goes on with its calls; the next start takes it over, "
                    "`yihu stop` ends it",
                    running.pid,
                )
            else:
                await running.stop()
            running.close()

    async def refresh(self) -> str:
        """Bring the files of an Asterisk that another process looks after up to date.

        Says in a sentence what is wrong with it, or nothing. Raises ``SetupError`` where it
        holds calls on other addresses.
        """
        running = await anyio.to_thread.run_sync(find, self.config.instance_dir)
        if running is None:
            return "Asterisk does not run yet: start it with `yihu run --roles asterisk`."
        try:
            if await self._is_usable(running):
                return ""
        finally:
            running.close()
        return (
            f"Asterisk (pid {running.pid}) does not answer or has older settings: "
            "start `yihu run --roles asterisk` again, which replaces it."
        )

    async def _take_over(self) -> Running | None:
        """The running Asterisk, fit for use; one that is not is ended."""
        running = await anyio.to_thread.run_sync(find, self.config.instance_dir)
        if running is None:
            return None
        try:
            if await self._is_usable(running):
                return running
            log.warning("Asterisk (pid %d) cannot be taken over and is replaced", running.pid)
            await running.stop()
        except BaseException:
            running.close()
            raise
        running.close()
        return None

    async def _is_usable(self, running: Running) -> bool:
        """Whether a running Asterisk does what ``config`` asks, made so by reloading.

        Raises ``SetupError`` where it holds calls on other addresses than ``config``'s: neither
        is the operator's new setting obeyed silently, nor are calls dropped for it.
        """
        config = self.config
        self._outdated = False
        if not await self._answers():
            return False
        same_version = await self._console.same_version()
        held = await self._console.channels()
        if same_version is None or held is None:
            return False
        loaded = await anyio.to_thread.run_sync(Loaded.read, config)
        wanted = await anyio.to_thread.run_sync(self._render)
        if loaded is not None and loaded.bound != wanted.bound:
            if held:
                raise SetupError(
                    f"Asterisk (pid {running.pid}) still holds calls on {', '.join(loaded.bound)}: "
                    "set these addresses again, or end it and its calls with `yihu stop`."
                )
            return False
        changed = wanted.changed(loaded)
        if not same_version or (loaded is not None and "asterisk.conf" in changed):
            if not held:
                return False
            log.warning("Asterisk (pid %d) goes on as it is until its last call", running.pid)
            self._outdated = True
        elif changed:
            if "modules.conf" in changed:
                await self._console.load_missing(MODULES)
            await self._console.ask("core reload")
            await anyio.to_thread.run_sync(wanted.keep, config)
            log.info("Asterisk reloaded %s", ", ".join(sorted(changed)))
        return await self._is_ready(running, ADOPT_SECONDS)

    async def _answers(self) -> bool:
        """Whether the console does, within ``ADOPT_SECONDS``: it may just be starting."""
        with anyio.move_on_after(ADOPT_SECONDS):
            while True:
                if await self._console.ask("core waitfullybooted") is not None:
                    return True
                await anyio.sleep(0.1)
        return False

    async def _replace_when_idle(self, running: Running) -> None:
        """End an outdated Asterisk once it holds no call."""
        while not running.has_ended:
            with anyio.move_on_after(IDLE_LOOK_SECONDS):
                await running.ended()
            if await self._console.channels() == 0:
                await running.stop()
                raise AsteriskGone("Asterisk held no call and is replaced by a new one")

    async def _start(self) -> Running:
        path = await anyio.to_thread.run_sync(self._prepare)
        return self._spawn(path)

    def _spawn(self, path: Path) -> Running:
        # Not through the loop, which would end its children when it closes; and from this
        # thread, for the leash ends the child when the thread that started it ends.
        with self.config.output_file.open("wb") as sink:
            # The command is the located Asterisk, the path our own.
            child = subprocess.Popen(  # noqa: S603
                [
                    *([] if self._outlives else _leash()),
                    *self.config.program.command,
                    "-f",
                    "-C",
                    str(path),
                ],
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"},
                cwd=self.config.instance_dir,
                start_new_session=True,  # Ctrl-C reaches this process, which stops it in order
            )
        return Running(child.pid, child)

    def _render(self) -> Loaded:
        if not self.former_files:
            render(self.config)
        return Loaded.of(self.config)

    def _prepare(self) -> Path:
        config = self.config
        loaded = self._render()
        _check_free(config.sip_address, config.sip_port, socket.SOCK_DGRAM, "SIP")
        _check_free("127.0.0.1", config.ami_port, socket.SOCK_STREAM, "AMI")
        _check_free("127.0.0.1", config.http_port, socket.SOCK_STREAM, "Asterisk's HTTP")
        for path in (config.log_file, config.output_file):
            if path.exists():
                path.replace(path.with_suffix(".1"))
        loaded.keep(config)
        return conf_of(config.instance_dir)

    async def _is_ready(self, running: Running, seconds: float) -> bool:
        """Whether it takes calls and our AMI sign-in within ``seconds``."""
        config = self.config
        with anyio.move_on_after(seconds):
            while not running.has_ended:
                if await self._is_booted():
                    # Up, but deaf, where its port is free.
                    return not _is_free(config.sip_address, config.sip_port, socket.SOCK_DGRAM)
                await anyio.sleep(0.05)
        return False

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

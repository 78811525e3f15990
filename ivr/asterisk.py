"""The private Asterisk: its configuration, its program and its life as a child process.

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
import ipaddress
import logging
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import anyio
import anyio.abc
import jinja2

from models.errors import SetupError

log = logging.getLogger(__name__)

AMI_USER = "yihu"
LEAST_VERSION = 20
AGI_SECONDS = 3  # how long the front door may take before the call goes on without it
START_SECONDS = 30.0
STOP_SECONDS = 10.0
LONGEST_SOCKET_PATH = 107
TEMPLATES = Path(__file__).resolve().parent.parent / "dialplans"

MODULES: tuple[str, ...] = (
    "res_timing_timerfd",
    "res_crypto",
    "res_sorcery_config",
    "res_sorcery_memory",
    "res_sorcery_astdb",
    "res_http_websocket",
    "res_pjproject",
    "res_pjsip",
    "res_pjsip_pubsub",
    "res_pjsip_session",
    "res_pjsip_sdp_rtp",
    "res_pjsip_authenticator_digest",
    "res_pjsip_endpoint_identifier_ip",
    "res_pjsip_endpoint_identifier_user",
    "res_pjsip_registrar",
    "res_pjsip_nat",
    "res_pjsip_caller_id",
    "res_pjsip_rfc3326",
    "res_pjsip_transport_websocket",
    "res_srtp",
    "res_rtp_asterisk",
    "res_speech",
    "res_agi",
    "res_audiosocket",
    "codec_alaw",
    "codec_ulaw",
    "codec_a_mu",
    "bridge_simple",
    "bridge_native_rtp",
    "bridge_builtin_features",
    "chan_pjsip",
    "chan_audiosocket",
    "func_timeout",
    "app_chanspy",
    "app_queue",
    "pbx_config",
)

# Files that Asterisk wants to see; left at its own defaults.
EMPTY_FILES = ("acl", "ccss", "features", "pjproject", "stasis", "udptl")


class AsteriskGone(Exception):
    """The running Asterisk ended by itself; calls in progress are lost, a new one may start."""


@dataclass(frozen=True, slots=True)
class Program:
    """An Asterisk to run: its command and where its modules and shared data lie."""

    command: tuple[str, ...]
    module_dir: Path
    data_dir: Path


@dataclass(frozen=True, slots=True)
class QueueConf:
    """A waiting line; ``code`` is both the dialled number and the queue's name."""

    code: str
    name: str
    emergency: bool


@dataclass(frozen=True, slots=True)
class SeatConf:
    """A seat with two SIP accounts, ``code`` and ``<code>-web``, of the same secret.

    ``queue_codes`` are the queues its agent will serve; members are added through AMI.
    """

    code: str
    name: str
    sip_secret: str
    queue_codes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AsteriskConfig:
    """Everything the templates need. AMI, AGI and HTTP are on loopback.

    ``media_address`` is what SDP offers; empty means ``sip_address``, unless that is a
    wildcard. ``trunk_matches`` are addresses or networks whose calls are taken.
    Raises ``SetupError`` for a value that a configuration file cannot carry.
    """

    program: Program
    instance_dir: Path
    sip_address: str
    sip_port: int
    ami_port: int
    ami_secret: str
    agi_port: int
    http_port: int
    rtp_first: int
    rtp_last: int
    queues: Sequence[QueueConf]
    seats: Sequence[SeatConf]
    media_address: str = ""
    trunk_matches: Sequence[str] = ("127.0.0.1",)
    ring_seconds: int = 20
    wrap_up_guard_seconds: int = 3

    def __post_init__(self) -> None:
        for path in (self.instance_dir, self.program.module_dir, self.program.data_dir):
            _check("path", str(path), r"/[^\s;\[\]]*", "an absolute path without spaces or ;[]")
        for address in filter(None, (self.sip_address, self.media_address)):
            _check_address(address)
        if not self.sip_address:
            raise SetupError("The SIP address is empty; set YIHU_SIP_ADDRESS.")
        if not self.trunk_matches:
            raise SetupError("No trunk address is set, so no call could come in; name one.")
        for match in self.trunk_matches:
            _check_address(match)
        _check("AMI secret", self.ami_secret, r"[\w.~-]{16,128}", "16 to 128 of A-Z a-z 0-9 _.~-")
        for line in self.queues:
            _check("queue code", line.code, r"[0-9]{1,32}", "1 to 32 digits")
            _check_name(line.name)
        for seat in self.seats:
            _check("seat code", seat.code, r"[A-Za-z0-9_]{1,32}", "1 to 32 letters or digits")
            _check_name(seat.name)
            _check(
                f"SIP secret of seat {seat.code}",
                seat.sip_secret,
                r"[\w.~-]{12,64}",
                "12 to 64 of A-Z a-z 0-9 _.~-",
            )
        codes = [seat.code for seat in self.seats] + ["trunk", "udp", "websocket"]
        if len(set(codes)) != len(codes):
            raise SetupError("Two seats have the same code, or one is named trunk or udp.")

    @property
    def etc(self) -> Path:
        return self.instance_dir / "etc"

    @property
    def control_socket(self) -> Path:
        return self.instance_dir / "run" / "asterisk.ctl"

    @property
    def log_file(self) -> Path:
        """Asterisk's own warnings and errors."""
        return self.instance_dir / "log" / "asterisk.log"


def _check(what: str, value: str, pattern: str, wanted: str) -> None:
    if not re.fullmatch(pattern, value, re.ASCII):
        shown = "" if "secret" in what else f" {value[:80]!r}"
        raise SetupError(f"The {what}{shown} cannot go into Asterisk's files: use {wanted}.")


def _check_name(name: str) -> None:
    if not name.isprintable() or set(name) & set(";[]#<>") or len(name) > 64:
        raise SetupError(
            f"The name {name[:80]!r} cannot go into Asterisk's files: "
            "use up to 64 printable characters without ; [ ] # < >."
        )


def _check_address(value: str) -> None:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise SetupError(
            f"{value[:80]!r} is no address: write it like 192.0.2.10 or 192.0.2.0/24."
        ) from None


# --- the program ----------------------------------------------------------------------------


def locate(program_setting: str, root: Path) -> Program:
    """The Asterisk to use: the setting's, else the machine's own if fit, else the private one.

    ``program_setting`` is a path to an ``asterisk`` binary or empty; ``root`` is where
    ``docker/install-asterisk.sh`` unpacked. Raises ``SetupError`` when none is fit.
    """
    if program_setting:
        found = Path(program_setting)
        program = _program(found)
        reason = _unfit(program) if program else "there is no such program"
        if program is None or reason:
            raise SetupError(
                f"YIHU_ASTERISK_PROGRAM={program_setting[:200]!r} cannot be used: {reason}; "
                "unset it to use the private Asterisk."
            )
        return program
    own = shutil.which("asterisk", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
    for candidate in ([Path(own)] if own else []) + [root / "usr/sbin/asterisk"]:
        program = _program(candidate)
        if program is not None:
            reason = _unfit(program)
            if not reason:
                return program
            log.warning("%s is not used: %s", candidate, reason)
    raise SetupError(f"No usable Asterisk on this machine or in {root}; run: make setup.")


def _program(binary: Path) -> Program | None:
    if not os.access(binary, os.X_OK) or not binary.is_file():
        return None
    prefix = binary.absolute().parent.parent  # .../usr/sbin/asterisk
    modules = [*prefix.glob("lib/*/asterisk/modules"), *prefix.glob("lib*/asterisk/modules")]
    if not modules:
        return None
    data = prefix / "share/asterisk"
    if not data.is_dir():
        data = Path("/var/lib/asterisk")
    command: tuple[str, ...] = (str(binary),)
    if (prefix.parent / ".yihu-asterisk").exists():
        # The private root brings its own C library, which only its own loader can use.
        loader = next(iter(prefix.glob("lib/*/ld-linux-*.so.*")), None)
        if loader is None:
            return None
        command = (str(loader), "--library-path", str(loader.parent), str(binary))
    return Program(command, modules[0], data)


def _unfit(program: Program) -> str:
    """Why ``program`` cannot serve; empty when it can."""
    try:
        # The command is the located Asterisk itself, run only to print its version.
        done = subprocess.run(  # noqa: S603
            [*program.command, "-V"], capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"it does not run ({error})"
    match = re.search(r"Asterisk (?:certified[/-])?(\d+)", done.stdout)
    if match is None:
        return "it does not tell its version"
    if int(match[1]) < LEAST_VERSION:
        return f"its version is {match[1]}, but {LEAST_VERSION} is the least"
    missing = [name for name in MODULES if not (program.module_dir / f"{name}.so").exists()]
    return f"it lacks the module {missing[0]}" if missing else ""


# --- the configuration ----------------------------------------------------------------------


def render(config: AsteriskConfig) -> Path:
    """Write all configuration files into ``instance_dir/etc``; returns its ``asterisk.conf``.

    Every file is replaced in one step, so a running Asterisk may reload at any time. Only
    the owner can read them: they hold secrets.
    """
    if len(os.fsencode(config.control_socket)) > LONGEST_SOCKET_PATH:
        raise SetupError(
            f"The path {config.control_socket} is too long for a socket "
            f"({LONGEST_SOCKET_PATH} bytes at most); set YIHU_DATA_DIR to a shorter one."
        )
    values = {field.name: getattr(config, field.name) for field in fields(config)}
    values |= {name: config.instance_dir / name for name in ("etc", "state", "log", "run")}
    media = config.media_address or config.sip_address
    values |= {
        "modules": MODULES,
        "ami_user": AMI_USER,
        "agi_seconds": AGI_SECONDS,
        "media_address": "" if ipaddress.ip_address(media).is_unspecified else media,
    }
    environment = jinja2.Environment(  # noqa: S701 - not HTML; values are checked in the dataclass
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    try:
        for name in ("etc", "state", "state/keys", "log", "run"):
            (config.instance_dir / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        texts = {f"{name}.conf": "" for name in EMPTY_FILES}
        for template in TEMPLATES.glob("*.conf.j2"):
            name = template.name.removesuffix(".j2")
            texts[name] = environment.get_template(template.name).render(values)
        for name, text in texts.items():
            target = config.etc / name
            fresh = target.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(target)
    except OSError as error:
        raise SetupError(
            f"Cannot write {error.filename}: {error.strerror}; free the disk or set YIHU_DATA_DIR."
        ) from error
    return config.etc / "asterisk.conf"


# --- the process ----------------------------------------------------------------------------


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
        output = self.config.instance_dir / "log" / "output.log"
        with output.open("wb") as sink:
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
        path = render(self.config)
        config = self.config
        _check_free(config.sip_address, config.sip_port, socket.SOCK_DGRAM, "SIP")
        _check_free("127.0.0.1", config.ami_port, socket.SOCK_STREAM, "AMI")
        _check_free("127.0.0.1", config.http_port, socket.SOCK_STREAM, "Asterisk's HTTP")
        config.log_file.unlink(missing_ok=True)
        return path

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
            (self.config.instance_dir / "log" / "output.log", r"(.+)"),
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

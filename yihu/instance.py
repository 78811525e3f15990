"""An instance's data directory: one owner at a time, generated secrets, room on the disk."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
import time
from collections.abc import Iterator, Set
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from ivr.asterisk import find
from models.errors import SetupError
from yihu.settings import Settings

LOOPBACK = "127.0.0.1"
NEEDED_BYTES = 200 * 1024 * 1024
SPEECH_END_SECONDS = 6.0  # a killed start's speech process may still be on its way out


class Role(StrEnum):
    """What of an instance one process runs."""

    ASTERISK = "asterisk"  # calls, queues, media: nothing but Asterisk and its keeper
    CENTRE = "centre"  # all the rest


EVERYTHING = frozenset(Role)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords between the parts of one instance, made at its first start."""

    ami: str
    speech: str


def prepare(settings: Settings) -> None:
    """Make the data directory; raises ``SetupError`` where that cannot be."""
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        settings.data_dir.chmod(0o700)
        (settings.data_dir / "logs").mkdir(exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The data directory {settings.data_dir} cannot be used ({error.strerror}): "
            "set YIHU_DATA_DIR to a folder this user may write."
        ) from None
    free = shutil.disk_usage(settings.data_dir).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"Only {free // 2**20} MiB are free at {settings.data_dir}: "
            f"make room for {NEEDED_BYTES // 2**20} MiB or set YIHU_DATA_DIR to another disk."
        )


def asterisk_dir(settings: Settings) -> Path:
    """Where the instance's Asterisk has its files."""
    return settings.data_dir.resolve() / "asterisk"


def log_name(roles: Set[Role]) -> str:
    """The log file of a process with ``roles``: two processes do not share one."""
    return "yihu.log" if Role.CENTRE in roles else "yihu-asterisk.log"


@contextmanager
def owned(settings: Settings, roles: Set[Role] = EVERYTHING) -> Iterator[None]:
    """Hold the data directory's lock of each role.

    Raises ``SetupError`` when another process has one of them.
    """
    files = {Role.ASTERISK: "asterisk.lock", Role.CENTRE: "lock"}
    with ExitStack() as held:
        for role in sorted(roles):
            handle = held.enter_context((settings.data_dir / files[role]).open("w"))
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise SetupError(
                    f"Another `yihu run` has the role {role} in {settings.data_dir}: stop it, or "
                    "set YIHU_DATA_DIR and YIHU_PORT_BASE to start a second instance."
                ) from None
        yield


def load_secrets(settings: Settings) -> Secrets:
    """Read the instance's secrets, making them the first time (mode 0600)."""
    path = settings.data_dir / "secrets.json"
    if not path.exists():
        made = Secrets(ami=secrets.token_urlsafe(24), speech=secrets.token_urlsafe(24))
        mine = settings.data_dir / f"secrets-{os.getpid()}.json"
        write_private(mine, json.dumps(asdict(made)))
        with suppress(FileExistsError):  # the other role's process was first
            path.hardlink_to(mine)
        mine.unlink()
    try:
        return Secrets(**json.loads(path.read_text()))
    except (ValueError, TypeError):
        raise SetupError(
            f"{path} is damaged: delete it, new secrets are made at the next start."
        ) from None


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as handle:
        handle.write(text)
    part.replace(path)


def check_ports(settings: Settings, roles: Set[Role] = EVERYTHING) -> None:
    """Raise ``SetupError`` naming the first port of these roles that is taken.

    Asterisk's own are not looked at while this instance's Asterisk runs: it holds them.
    """
    stream, datagram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    if Role.ASTERISK in roles and not asterisk_runs(settings):
        _check_address("YIHU_SIP_ADDRESS", settings.sip_address)
        _check_port(settings, "SIP", datagram, settings.sip_address, settings.sip_port)
        _check_port(settings, "AMI", stream, LOOPBACK, settings.ami_port)
        _check_port(settings, "Asterisk HTTP", stream, LOOPBACK, settings.asterisk_http_port)
    if Role.CENTRE in roles:
        _check_address("YIHU_BIND_ADDRESS", settings.bind_address)
        _check_port(settings, "web", stream, settings.bind_address, settings.http_port)
        _check_port(settings, "AGI", stream, LOOPBACK, settings.agi_port)
        deadline = time.monotonic() + SPEECH_END_SECONDS
        for name, port in (
            ("audio", settings.audiosocket_port),
            ("speech control", settings.speech_control_port),
        ):
            _check_port(settings, name, stream, LOOPBACK, port, deadline)


def asterisk_runs(settings: Settings) -> bool:
    """Whether this instance's Asterisk runs, whoever started it."""
    running = find(asterisk_dir(settings))
    if running is None:
        return False
    running.close()
    return True


def _check_address(setting: str, host: str) -> None:
    """Raise ``SetupError`` where ``host`` is no address of this machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((host, 0))
        except OSError as error:
            raise SetupError(
                f"{setting}={host!r} is no address of this machine ({error.strerror}): set it to "
                "one of its IPv4 addresses, such as 127.0.0.1."
            ) from None


def _check_port(
    settings: Settings,
    name: str,
    kind: socket.SocketKind,
    host: str,
    port: int,
    deadline: float = 0.0,
) -> None:
    """Raise ``SetupError`` where the port is taken, and still is at ``deadline`` (monotonic)."""
    while True:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                if time.monotonic() >= deadline:
                    raise SetupError(
                        f"The {name} port {host}:{port} cannot be used ({error.strerror}): "
                        "set YIHU_PORT_BASE to another number, e.g. "
                        f"{settings.port_base + 1000 if settings.port_base < 60000 else 9600}."
                    ) from None
            else:
                return
        time.sleep(0.05)

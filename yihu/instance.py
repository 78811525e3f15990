"""An instance's data directory: one owner at a time, generated secrets, room on the disk."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from models.errors import SetupError
from yihu.settings import Settings

NEEDED_BYTES = 200 * 1024 * 1024


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


@contextmanager
def owned(settings: Settings) -> Iterator[None]:
    """Hold the data directory's lock; raises ``SetupError`` when another instance has it."""
    with (settings.data_dir / "lock").open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SetupError(
                f"Another instance runs in {settings.data_dir}: "
                "stop it, or set YIHU_DATA_DIR and YIHU_PORT_BASE to start a second one."
            ) from None
        yield


def load_secrets(settings: Settings) -> Secrets:
    """Read the instance's secrets, making them the first time (mode 0600)."""
    path = settings.data_dir / "secrets.json"
    if not path.exists():
        made = Secrets(ami=secrets.token_urlsafe(24), speech=secrets.token_urlsafe(24))
        write_private(path, json.dumps(asdict(made)))
        return made
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


def check_ports(settings: Settings) -> None:
    """Raise ``SetupError`` naming the first port of this instance that is taken."""
    loopback = "127.0.0.1"
    wanted = [
        ("web", socket.SOCK_STREAM, settings.bind_address, settings.http_port),
        ("SIP", socket.SOCK_DGRAM, settings.sip_address, settings.sip_port),
        ("AMI", socket.SOCK_STREAM, loopback, settings.ami_port),
        ("AGI", socket.SOCK_STREAM, loopback, settings.agi_port),
        ("audio", socket.SOCK_STREAM, loopback, settings.audiosocket_port),
        ("speech control", socket.SOCK_STREAM, loopback, settings.speech_control_port),
        ("Asterisk HTTP", socket.SOCK_STREAM, loopback, settings.asterisk_http_port),
    ]
    for name, kind, host, port in wanted:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind is socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise SetupError(
                    f"The {name} port {host}:{port} cannot be used ({error.strerror}): "
                    "set YIHU_PORT_BASE to another number, e.g. "
                    f"{settings.port_base + 1000 if settings.port_base < 60000 else 9600}."
                ) from None

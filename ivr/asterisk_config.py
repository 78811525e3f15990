"""Asterisk's configuration files: what goes in, and writing them from ``dialplans/``."""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import jinja2

from ivr.asterisk_program import MODULES, Program
from models.errors import SetupError

AMI_USER = "yihu"
AGI_SECONDS = 3  # how long the front door may take before the call goes on without it
LONGEST_SOCKET_PATH = 107
TEMPLATES = Path(__file__).resolve().parent.parent / "dialplans"

# Sections of pjsip.conf that are no seat's.
RESERVED = ("global", "system", "udp", "websocket", "endpoint", "trunk", "seat")

# Files that Asterisk wants to see; left at its own defaults.
EMPTY_FILES = ("acl", "ccss", "features", "pjproject", "stasis", "udptl")


@dataclass(frozen=True, slots=True)
class QueueConf:
    """A waiting line; ``code`` is the queue's name. ``duty_phone`` rings, through the trunk,
    when no seat is signed in; empty for none."""

    code: str
    name: str
    emergency: bool
    duty_phone: str = ""
    answer_goal_seconds: int = 15


@dataclass(frozen=True, slots=True)
class NumberConf:
    """A number that callers dial, and the code of the queue it leads to."""

    number: str
    queue: str


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
    wildcard. ``trunk_matches`` are addresses or networks whose calls are taken, ``trunk_proxy``
    is ``host:port`` that calls go out through, or empty. Every queue's code is a number to dial;
    ``hotlines`` are further ones. ``sounds_dir`` holds ``zh/`` and ``moh/``. Callers who wait
    are told their position every ``announce_seconds``; a queue nobody serves is left after
    ``nobody_seconds``, a message may last ``message_seconds``. A browser that sends no sound for
    ``voice_seconds`` has lost its call, a telephone after six times as long.
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
    trunk_proxy: str = ""
    hotlines: Sequence[NumberConf] = ()
    sounds_dir: Path | None = None
    ring_seconds: int = 20
    wrap_up_guard_seconds: int = 3
    announce_seconds: int = 20
    nobody_seconds: int = 20
    message_seconds: int = 120
    hold_seconds: int = 600
    voice_seconds: int = 10

    def __post_init__(self) -> None:
        paths = [self.instance_dir, self.program.module_dir, self.program.data_dir]
        for path in paths + ([self.sounds_dir] if self.sounds_dir else []):
            if not path.is_absolute() or not str(path).isprintable() or set(str(path)) & set(";[]"):
                raise SetupError(
                    f"The path {str(path)[:200]!r} cannot go into Asterisk's files: "
                    "use an absolute one without ; [ ]."
                )
        _check_address(self.sip_address, "YIHU_SIP_ADDRESS")
        if self.media_address:
            _check_address(self.media_address, "YIHU_MEDIA_ADDRESS")
        if not self.trunk_matches:
            raise SetupError(
                "No trunk address is set, so no call could come in; set YIHU_TRUNK_ADDRESSES."
            )
        for match in self.trunk_matches:
            _check_network(match)
        if self.trunk_proxy:
            _check_proxy(self.trunk_proxy)
        _check("AMI secret", self.ami_secret, r"[\w.~-]{16,128}", "16 to 128 of A-Z a-z 0-9 _.~-")
        for line in self.queues:
            _check("queue code", line.code, r"[0-9]{1,32}", "1 to 32 digits")
            _check_name(line.name)
            if line.duty_phone:
                _check("duty phone", line.duty_phone, r"[0-9]{3,20}", "3 to 20 digits")
        codes = {line.code for line in self.queues}
        for entry in self.hotlines:
            _check("hotline number", entry.number, r"[0-9]{3,32}", "3 to 32 digits")
            if entry.queue not in codes:
                raise SetupError(
                    f"The hotline number {entry.number} leads to queue {entry.queue[:32]!r}, "
                    "which does not exist; choose one of the queues."
                )
        _check_unique("number", [entry.number for entry in self.numbers], ())
        for seat in self.seats:
            _check("seat code", seat.code, r"[A-Za-z0-9_]{1,32}", "1 to 32 letters or digits")
            _check_name(seat.name)
            _check(
                f"SIP secret of seat {seat.code}",
                seat.sip_secret,
                r"[\w.~-]{12,64}",
                "12 to 64 of A-Z a-z 0-9 _.~-",
            )
        _check_unique("queue", [line.code for line in self.queues], ())
        _check_unique("seat", [seat.code for seat in self.seats], RESERVED)

    @property
    def numbers(self) -> list[NumberConf]:
        """Every number that is answered: the queues' own, then the hotlines."""
        return [NumberConf(line.code, line.code) for line in self.queues] + list(self.hotlines)

    @property
    def recordings(self) -> Path:
        """Where calls are recorded while they last: ``<uniqueid>.in.wav`` is the caller,
        ``<uniqueid>.out.wav`` what they hear, ``<uniqueid>.call`` the call's journal."""
        return self.instance_dir / "recordings"

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

    @property
    def output_file(self) -> Path:
        """What the process itself prints."""
        return self.instance_dir / "log" / "output.log"


def _check(what: str, value: str, pattern: str, wanted: str) -> None:
    if not re.fullmatch(pattern, value, re.ASCII):
        shown = "" if "secret" in what else f" {value[:80]!r}"
        raise SetupError(f"The {what}{shown} cannot go into Asterisk's files: use {wanted}.")


def _check_unique(what: str, codes: Sequence[str], reserved: Sequence[str]) -> None:
    for code in codes:
        if codes.count(code) > 1 or code in reserved:
            raise SetupError(f"The {what} code {code!r} is taken already; give each its own.")


def _check_name(name: str) -> None:
    if not name.isprintable() or set(name) & set(";[]#<>") or len(name) > 64:
        raise SetupError(
            f"The name {name[:80]!r} cannot go into Asterisk's files: "
            "use up to 64 printable characters without ; [ ] # < >."
        )


def _check_address(value: str, setting: str) -> None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        raise SetupError(
            f"{setting}={value[:80]!r} is no address: write it like 192.0.2.10."
        ) from None


def _check_network(value: str) -> None:
    try:
        ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise SetupError(
            f"The trunk address {value[:80]!r} is none: "
            "write it like 192.0.2.10 or 192.0.2.0/24 into YIHU_TRUNK_ADDRESSES."
        ) from None


def _check_proxy(value: str) -> None:
    host, _, port = value.rpartition(":")
    if not (re.fullmatch(r"[A-Za-z0-9.-]{1,253}", host) and port.isdigit() and int(port) < 65536):
        raise SetupError(
            f"The trunk proxy {value[:80]!r} is none: "
            "write it like 192.0.2.10:5060 into YIHU_TRUNK_PROXY."
        )


def _link_data(config: AsteriskConfig) -> None:
    """Asterisk's data folder: the program's own, with the sounds of ``sounds_dir``."""
    data = config.instance_dir / "data"
    data.mkdir(mode=0o700, exist_ok=True)
    own = config.program.data_dir
    wanted = {path.name: path for path in own.iterdir()} if own.is_dir() else {}
    wanted.pop("sounds", None)
    if config.sounds_dir is not None:
        wanted["sounds"] = config.sounds_dir
    for link in data.iterdir():
        if link.is_symlink() and link.readlink() != wanted.get(link.name):
            link.unlink()
    for name, target in wanted.items():
        if not (data / name).is_symlink():
            (data / name).symlink_to(target)


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
    values |= {name: config.instance_dir / name for name in ("etc", "state", "log", "run", "data")}
    media = config.media_address or config.sip_address
    values |= {
        "modules": MODULES,
        "ami_user": AMI_USER,
        "agi_seconds": AGI_SECONDS,
        "numbers": config.numbers,
        "recordings": config.recordings,
        "sip_host": f"[{config.sip_address}]" if ":" in config.sip_address else config.sip_address,
        "media_address": "" if ipaddress.ip_address(media).is_unspecified else media,
    }
    environment = jinja2.Environment(  # noqa: S701 - not HTML; values are checked in the dataclass
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=False,
        keep_trailing_newline=True,
    )
    try:
        for name in ("etc", "state", "state/keys", "log", "run", "recordings"):
            (config.instance_dir / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        _link_data(config)
        texts = {f"{name}.conf": "" for name in EMPTY_FILES}
        for template in TEMPLATES.glob("*.conf.j2"):
            name = template.name.removesuffix(".j2")
            texts[name] = environment.get_template(template.name).render(values)
        for name, text in texts.items():
            target = config.etc / name
            if target.exists() and target.read_bytes() == text.encode():
                continue  # a reload then sees by its time that it has not changed
            fresh = target.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(text, encoding="utf-8")
            fresh.replace(target)
    except OSError as error:
        raise SetupError(
            f"Cannot write {error.filename}: {error.strerror}; free the disk or set YIHU_DATA_DIR."
        ) from error
    return config.etc / "asterisk.conf"

"""Which Asterisk runs: the machine's own or the private one, and what it must bring."""

from __future__ import annotations

import logging
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from models.errors import SetupError

log = logging.getLogger(__name__)

LEAST_VERSION = 20

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
    "res_pjsip_header_funcs",
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
    # Two parties are mixed as three are, and not by bridge_simple: it hands RTP on with its
    # sequence numbers, and when another party comes whose numbers are lower, a recording that
    # runs on hears nothing of them.
    "bridge_builtin_features",
    "bridge_holding",
    "bridge_softmix",
    "format_wav",
    "chan_pjsip",
    "chan_audiosocket",
    "func_callerid",
    "func_channel",
    "func_cut",
    "func_env",
    "func_global",
    "func_logic",
    "func_strings",
    "func_timeout",
    "res_musiconhold",
    "res_mutestream",
    "app_bridgeaddchan",
    "app_bridgewait",
    "app_chanspy",
    "app_dial",
    "app_exec",
    "app_mixmonitor",
    "app_playback",
    "app_queue",
    "app_read",
    "app_stack",
    "app_userevent",
    "pbx_config",
)


@dataclass(frozen=True, slots=True)
class Program:
    """An Asterisk to run: its command and where its modules and shared data lie."""

    command: tuple[str, ...]
    module_dir: Path
    data_dir: Path


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

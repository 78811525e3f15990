"""A start that cannot succeed ends in one sentence on standard error, and leaves nothing."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.support.ports import port_base

pytestmark = pytest.mark.integration


def fails(tmp_path: Path, *words: str, **env: str) -> str:
    """Run a command that must fail; what it wrote to standard error."""
    done = subprocess.run(
        [sys.executable, "-m", "yihu", *words],
        env={**os.environ, "YIHU_DATA_DIR": str(tmp_path / "data"), **env},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_wrong_setting(tmp_path: Path) -> None:
    assert "YIHU_PORT_BASE" in fails(tmp_path, "run", YIHU_PORT_BASE="many")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"YIHU_TLS": "own"}, "YIHU_TLS_CERTIFICATE"),
        ({"YIHU_TWILIO_ACCOUNT_SID": "AC1"}, "YIHU_TWILIO_ACCOUNT_SID"),
        ({"YIHU_SMTP_HOST": "mail.example"}, "YIHU_SMTP_FROM"),
    ],
)
def test_a_wrong_account_or_certificate_is_told_before_anything_is_made(
    wrong: dict[str, str], named: str, tmp_path: Path
) -> None:
    assert named in fails(tmp_path, "run", **wrong)
    assert not (tmp_path / "data").exists()


def test_a_taken_port(tmp_path: Path) -> None:
    with port_base() as base, socket.socket() as taken:
        taken.bind(("127.0.0.1", base))
        taken.listen()
        assert f"127.0.0.1:{base}" in fails(tmp_path, "run", YIHU_PORT_BASE=str(base))


def test_missing_models_or_asterisk_say_what_to_run(tmp_path: Path) -> None:
    with port_base() as base:
        told = fails(
            tmp_path, "run", YIHU_PORT_BASE=str(base), YIHU_CACHE_DIR=str(tmp_path / "cache")
        )
    assert "make setup" in told or "yihu models fetch" in told


def test_a_speech_model_that_is_not_there(tmp_path: Path, cache_dir: Path) -> None:
    with port_base() as base:
        told = fails(
            tmp_path,
            "run",
            YIHU_PORT_BASE=str(base),
            YIHU_CACHE_DIR=str(cache_dir),
            YIHU_SPEECH_MODEL="vosk-large-cn",
        )
    assert "vosk-large-cn" in told
    assert "yihu models fetch" in told


def test_a_data_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a file")
    assert "YIHU_DATA_DIR" in fails(tmp_path, "run")


def test_an_unknown_site(tmp_path: Path) -> None:
    assert "qingyuan" in fails(tmp_path, "demo", "load", "atlantis")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--to", "110"), "--text or --wav"),
        (("--to", "110; rm", "--wav", "x.wav"), "not a telephone number"),
        (("--to", "110", "--wav", "/nowhere.wav"), "/nowhere.wav"),
    ],
)
def test_a_call_that_cannot_be_placed(tmp_path: Path, words: tuple[str, ...], said: str) -> None:
    assert said in fails(tmp_path, "call", *words)


def test_an_unknown_model(tmp_path: Path) -> None:
    assert "no-such-model" in fails(tmp_path, "models", "fetch", "no-such-model")


def test_an_account_with_a_short_password(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "yihu", "users", "add", "wang", "--role", "seat"],
        env={**os.environ, "YIHU_DATA_DIR": str(tmp_path / "data")},
        input="short\n",
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 2
    assert "密码长度" in done.stderr


def test_missing_packages_without_root_name_the_command() -> None:
    """As an ordinary user without sudo, on a machine where dpkg knows of no package."""
    project = Path(__file__).resolve().parent.parent.parent
    script = (project / "docker" / "install-system.sh").read_text()
    as_nobody = ["setpriv", "--reuid=65534", "--clear-groups"] if os.getuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="yihu-programs-") as name:
        programs = Path(name)
        programs.chmod(0o755)
        (programs / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")
        (programs / "dpkg-query").chmod(0o755)
        for program in ("id", "grep", "python3"):
            (programs / program).symlink_to(f"/usr/bin/{program}")
        done = subprocess.run(
            [*as_nobody, "/bin/bash", "-c", script, "install-system.sh", "run"],
            env={"PATH": name},
            executable="/usr/bin/setpriv" if as_nobody else "/bin/bash",
            capture_output=True,
            text=True,
            timeout=300,
            cwd="/",
        )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "run as root: apt-get install ca-certificates sip-tester" in done.stderr

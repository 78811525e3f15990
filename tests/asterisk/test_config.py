"""What may go into Asterisk's files, and which Asterisk is chosen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from ivr.asterisk import AsteriskConfig, Program, QueueConf, SeatConf, locate, render
from models.errors import SetupError
from tests.support.asterisk import AMI_SECRET, SEAT_SECRET

pytestmark = pytest.mark.unit

PROGRAM = Program(("/usr/sbin/asterisk",), Path("/usr/lib/modules"), Path("/usr/share/asterisk"))


def make(folder: Path, **changes: Any) -> AsteriskConfig:
    values: dict[str, Any] = {
        "program": PROGRAM,
        "instance_dir": folder,
        "sip_address": "127.0.0.1",
        "sip_port": 9601,
        "ami_port": 9602,
        "ami_secret": AMI_SECRET,
        "agi_port": 9603,
        "http_port": 9606,
        "rtp_first": 9800,
        "rtp_last": 10199,
        "queues": (QueueConf("110", "报警", True),),
        "seats": (SeatConf("8001", "一号席", SEAT_SECRET),),
    }
    return AsteriskConfig(**(values | changes))


EVIL = "x\n[evil]\ntype=endpoint"


@pytest.mark.parametrize(
    "changes",
    [
        {"sip_address": EVIL},
        {"sip_address": ""},
        {"sip_address": "10.0.0.0/8"},
        {"media_address": "example"},
        {"ami_secret": "short"},
        {"ami_secret": "long-enough-but\nwrite = all"},
        {"ami_secret": "long-enough-but;a-comment"},
        {"trunk_matches": ()},
        {"trunk_matches": ("127.0.0.1", EVIL)},
        {"trunk_matches": ("sip.example",)},
        {"instance_dir": Path("relative")},
        {"instance_dir": Path("/srv/x;y")},
        {"instance_dir": Path("/srv/x\ny")},
        {"queues": (QueueConf(EVIL, "报警", True),)},
        {"queues": (QueueConf("110,1,System(id)", "报警", True),)},
        {"queues": (QueueConf("110", EVIL, True),)},
        {"queues": (QueueConf("110", "a", True), QueueConf("110", "b", True))},
        {"seats": (SeatConf(EVIL, "席", SEAT_SECRET),)},
        {"seats": (SeatConf("8001", EVIL, SEAT_SECRET),)},
        {"seats": (SeatConf("8001", "席;", SEAT_SECRET),)},
        {"seats": (SeatConf("8001", "席", "secret-secret\nauth = none"),)},
        {"seats": (SeatConf("8001", "席", ""),)},
        {"seats": (SeatConf("trunk", "席", SEAT_SECRET),)},
        {"seats": (SeatConf("a", "席", SEAT_SECRET), SeatConf("a", "席", SEAT_SECRET))},
    ],
)
def test_what_files_cannot_carry_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(SetupError) as refused:
        make(tmp_path, **changes)
    sentence = str(refused.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_a_refused_secret_is_not_shown(tmp_path: Path) -> None:
    for changes in (
        {"ami_secret": "hunter2;hunter2;hunter2"},
        {"seats": (SeatConf("8001", "席", "hunter2;hunter2;hunter2"),)},
    ):
        with pytest.raises(SetupError) as refused:
            make(tmp_path, **changes)
        assert "hunter2" not in str(refused.value)


def test_too_long_a_path_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    config = make(tmp_path / ("x" * 100))
    with pytest.raises(SetupError, match=r"too long for a socket.*YIHU_DATA_DIR"):
        render(config)
    assert list(tmp_path.iterdir()) == []


def test_files_tell_of_every_seat_and_queue(tmp_path: Path) -> None:
    config = make(
        tmp_path,
        sip_address="::1",
        queues=(QueueConf("110", "报警", True), QueueConf("96345", "便民", False)),
        trunk_matches=("192.0.2.1", "198.51.100.0/24"),
    )
    assert render(config) == tmp_path / "etc" / "asterisk.conf"
    etc = {path.name: path.read_text() for path in (tmp_path / "etc").iterdir()}
    assert "bind = [::1]:9601\n" in etc["pjsip.conf"]
    assert "match = 192.0.2.1\nmatch = 198.51.100.0/24\n" in etc["pjsip.conf"]
    assert "[8001](seat)\n" in etc["pjsip.conf"]
    assert "[8001-web](seat-web)\n" in etc["pjsip.conf"]
    assert "[110](line)\nweight = 10\n" in etc["queues.conf"]
    assert "[96345](line)\nweight = 0\n" in etc["queues.conf"]
    assert "exten => 96345,1," in etc["extensions.conf"]
    assert not any("{{" in text or "{%" in text for text in etc.values())


def test_rendering_again_leaves_only_the_new(tmp_path: Path) -> None:
    render(make(tmp_path))
    render(make(tmp_path, seats=()))
    assert "8001" not in (tmp_path / "etc" / "pjsip.conf").read_text()
    assert not list((tmp_path / "etc").glob("*.new"))


def fake_program(folder: Path, text: str) -> Path:
    program = folder / "usr/sbin/asterisk"
    program.parent.mkdir(parents=True)
    (folder / "usr/lib/asterisk/modules").mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo Asterisk 18.26.4", "its version is 18, but 20 is the least"),
        ("echo Asterisk 22.1.0", "it lacks the module res_timing_timerfd"),
        ("exit 1", "it does not tell its version"),
    ],
)
def test_unfit_program_is_refused_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    program = fake_program(tmp_path, text)
    with pytest.raises(SetupError, match=reason):
        locate(str(program), tmp_path / "none")


def test_missing_program_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="no such program"):
        locate(str(tmp_path / "asterisk"), tmp_path)


def test_without_any_asterisk_set_up_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if any(os.access(f"{folder}/asterisk", os.X_OK) for folder in ("/usr/sbin", "/usr/local/sbin")):
        pytest.skip("this machine has an Asterisk of its own")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(SetupError, match="make setup"):
        locate("", tmp_path)

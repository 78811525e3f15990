"""``yihu demo`` as a newcomer runs it, twice in one data directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.support.ports import port_base

pytestmark = pytest.mark.asterisk


def demo_output(folder: Path, base: int) -> str:
    """Run the demo until it says that Ctrl-C stops it after the calls; press Ctrl-C."""
    process = subprocess.Popen(
        [sys.executable, "-m", "yihu", "demo"],
        env={**os.environ, "YIHU_DATA_DIR": str(folder), "YIHU_PORT_BASE": str(base)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    printed: list[str] = []
    children: list[psutil.Process] = []
    with process:
        assert process.stdout is not None
        for line in process.stdout:
            printed.append(line)
            if line.startswith("Ctrl-C stops everything."):
                children = psutil.Process(process.pid).children(recursive=True)
                process.send_signal(signal.SIGINT)
    assert process.returncode == 0, "".join(printed)
    _, alive = psutil.wait_procs(children, timeout=5)
    assert children, "the demo had no Asterisk and no speech process"
    assert not alive, f"left running: {alive}"
    return "".join(printed)


def test_the_demo_places_three_calls_that_seats_answer_also_the_second_time(
    tmp_path: Path,
) -> None:
    with port_base() as base:
        first = demo_output(tmp_path / "data", base)
        second = demo_output(tmp_path / "data", base)
    for printed in (first, second):
        assert printed.count("a seat answered after") == 3, printed
        assert "zuoxi01" in printed
    assert "administrator: admin / " in first
    assert "administrator" not in second

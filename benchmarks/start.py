"""How long a second start takes, with every way to the network shut.

``python -m benchmarks.start [--times N]`` runs ``make demo`` N times (default 3) in this
checkout, in a data directory of its own, after one start that is not counted. All proxies
point to a closed port, so a start that wanted to download would fail. Prints the seconds
from the command to "Yihu is up" of each, and the slowest.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from tests.support.ports import port_base

PROJECT = Path(__file__).resolve().parent.parent
CLOSED = "http://127.0.0.1:9"
LONGEST = 600.0


def start_once(env: dict[str, str]) -> float:
    """Seconds until ``make demo`` says that it is up; then stops it and waits for its end."""
    begun = time.monotonic()
    with subprocess.Popen(
        ["make", "demo"],
        cwd=PROJECT,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        printed: list[str] = []
        took = None
        for line in process.stdout:
            printed.append(line)
            if line.startswith("Yihu is up"):
                took = time.monotonic() - begun
                os.killpg(process.pid, signal.SIGINT)
            if time.monotonic() - begun > LONGEST:
                os.killpg(process.pid, signal.SIGKILL)
    if took is None:
        raise SystemExit("make demo did not start:\n" + "".join(printed[-20:]))
    return took


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--times", type=int, default=3)
    times = parser.parse_args().times
    with tempfile.TemporaryDirectory(prefix="yihu-start-") as folder, port_base() as base:
        env = {
            **os.environ,
            "YIHU_DATA_DIR": folder,
            "YIHU_PORT_BASE": str(base),
        }
        print(f"first start in a new data directory: {start_once(env):.1f} s")
        env |= dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), CLOSED)
        env |= {"no_proxy": "127.0.0.1,localhost", "PIP_NO_INDEX": "1"}
        taken = [start_once(env) for _ in range(times)]
    print("second starts, network shut: " + ", ".join(f"{seconds:.1f} s" for seconds in taken))
    print(f"slowest: {max(taken):.1f} s (asked for: 15 s)")


if __name__ == "__main__":
    main()

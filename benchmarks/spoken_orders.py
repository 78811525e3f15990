"""How long an order takes to be spoken: ``python -m benchmarks.spoken_orders [--busy N]``.

Three orders are spoken by ``ivr.speak.Speaker`` as a centre does it: the first loads the voice,
the second finds it there, the third is the second's text again. ``--busy`` lets N processes
compute all the while at the priority of the recognition of calls. One line of JSON an order.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import anyio

from asr import workers
from ivr.speak import Speaker
from yihu.settings import load_settings

ORDERS: Final = {
    "first": "地点，城关镇北湖路12号。情况，停电，两部电梯停运。联系电话，13800002004",
    "next": "地点，西门大街86号。情况，自来水管爆裂，路面积水。联系电话，13800002003",
    "again": "地点，西门大街86号。情况，自来水管爆裂，路面积水。联系电话，13800002003",
}


@contextmanager
def busy(count: int) -> Iterator[None]:
    """``count`` processes that compute."""
    endless = ["nice", "-n", str(workers.NICE), sys.executable, "-c", "while True: pass"]
    running = [subprocess.Popen(endless) for _ in range(count)]
    try:
        yield
    finally:
        for process in running:
            process.kill()
            process.wait()


async def speak(models_dir: Path, folder: Path) -> None:
    """Speak the orders; prints each one's seconds."""
    speaker = Speaker(models_dir, folder)
    async with anyio.create_task_group() as group:
        await group.start(speaker.run)
        for name, text in ORDERS.items():
            began = time.monotonic()
            path = await speaker.speak(text)
            took = round(time.monotonic() - began, 3)
            print(json.dumps({"order": name, "seconds": took, "spoken": path is not None}))
        group.cancel_scope.cancel()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--busy", type=int, default=0, help="processes that compute meanwhile")
    arguments = parser.parse_args()
    with busy(arguments.busy), tempfile.TemporaryDirectory() as folder:
        anyio.run(speak, load_settings().models_dir, Path(folder))


if __name__ == "__main__":
    main()

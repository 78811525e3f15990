"""Keeps a HEIC or AVIF photo: ``python -m agent_desk.picture_process SOURCE TARGET SMALL MEMORY``.

Prints one line of JSON: ``width``, ``height`` and ``size`` of what was kept, or the sentence of
why nothing was in ``refused``. A process of its own with little memory and little time: these
formats are read by video decoders, and a file made to break one must not end a server that
carries calls.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Final

import anyio
import pi_heif
from PIL import AvifImagePlugin

from agent_desk import pictures
from agent_desk.pictures import Picture
from models.errors import InvalidInput, Unavailable

log = logging.getLogger(__name__)

MOST_MEMORY: Final = 2**30  # bytes of addresses; 64 million pixels take 560 MB
MOST_CPU_SECONDS: Final = 30  # 64 million pixels take 3 s
MOST_SECONDS: Final = 90  # on a machine that has calls to carry first
MOST_WRITTEN: Final = 32 * 2**20  # bytes of a file
NICE: Final = 10
SLOW = "服务器正忙，照片没有处理完，请稍后重试。"


async def keep(
    source: Path,
    target: Path,
    thumbnail: Path,
    *,
    memory: int = MOST_MEMORY,
    seconds: float = MOST_SECONDS,
) -> Picture:
    """As ``pictures.keep``, in a process of its own with ``memory`` bytes of addresses.

    Raises ``InvalidInput`` for a photo that cannot be read within the limits, ``Unavailable``
    where the machine had no time for it
    within ``seconds``.
    """
    command = [sys.executable, "-m", "agent_desk.picture_process"]
    command += [str(source), str(target), str(thumbnail), str(memory)]
    try:
        with anyio.fail_after(seconds):
            done = await anyio.run_process(
                command, stdin=DEVNULL, stdout=PIPE, stderr=DEVNULL, check=False
            )
    except (TimeoutError, OSError) as error:
        log.warning("a photo was not read: %s", type(error).__name__)
        raise Unavailable(SLOW) from None
    try:
        said = json.loads(done.stdout)
    except ValueError:
        log.warning("a photo was not read: its process ended with %s", done.returncode)
        raise InvalidInput(pictures.UNREADABLE) from None
    if "refused" in said:
        raise InvalidInput(said["refused"])
    return Picture(**said)


def main() -> int:
    """Keep the photo that the arguments name; returns the exit status."""
    if len(sys.argv) != 5:
        sys.stderr.write("usage: python -m agent_desk.picture_process SOURCE TARGET SMALL MEMORY\n")
        return 2
    _limit(int(sys.argv[4]))
    pi_heif.register_heif_opener(
        thumbnails=False, depth_images=False, aux_images=False, decode_threads=1
    )
    AvifImagePlugin.DEFAULT_MAX_THREADS = 1
    try:
        kept = pictures.keep(*map(Path, sys.argv[1:4]))
        said: dict[str, int | str] = {"width": kept.width, "height": kept.height, "size": kept.size}
    except InvalidInput as error:
        said = {"refused": error.message}
    sys.stdout.write(f"{json.dumps(said)}\n")
    return 0


def _limit(memory: int) -> None:
    os.nice(NICE)
    for what, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, MOST_CPU_SECONDS),
        (resource.RLIMIT_FSIZE, MOST_WRITTEN),
        (resource.RLIMIT_CORE, 0),  # a dump would hold what the photo shows
    ):
        _, hard = resource.getrlimit(what)
        if hard != resource.RLIM_INFINITY:
            most = min(most, hard)
        resource.setrlimit(what, (most, most))


if __name__ == "__main__":
    sys.exit(main())

"""Port ranges for instances under test, so that test runs side by side do not meet."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PORTS_PER_INSTANCE = 600
NAMED_PORTS = 7  # the ports that settings.py names one by one, from port_base on
FIRST = 10_200  # the first range after that of the default port_base
LAST = 32_767 - PORTS_PER_INSTANCE  # the system hands out ports above by itself


@contextmanager
def port_base() -> Iterator[int]:
    """A ``port_base`` whose 600 ports are this process's until the block is left."""
    folder = Path(tempfile.gettempdir()) / f"yihu-test-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    candidates = list(range(FIRST, LAST, PORTS_PER_INSTANCE))
    random.shuffle(candidates)
    for base in candidates:
        claim = os.open(folder / str(base), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(claim)
            continue
        try:
            if all(_is_free(port) for port in range(base, base + NAMED_PORTS)):
                yield base
                return
        finally:
            os.close(claim)
    raise RuntimeError(f"no {PORTS_PER_INSTANCE} free ports between {FIRST} and {LAST}")


def _is_free(port: int) -> bool:
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                return False
    return True

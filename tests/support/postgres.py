"""A private PostgreSQL for tests: its own directory, a unix socket, no network."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import asyncpg

from models import schema

START_SECONDS = 180
COPY_SECONDS = 300
STOP_SECONDS = 10
UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root
OWNER = "yihu"
TEMPLATE = "yihu_template"


class PostgresServer:
    """A running server. Every test gets a database of its own, copied from an upgraded one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder  # of its socket
        self._numbers = count(1)
        self._template_made = False

    def url(self, name: str) -> str:
        return f"postgresql+asyncpg://{OWNER}@/{name}?host={self._folder}"

    async def create_empty(self) -> str:
        """The URL of a new database without tables."""
        name = f"test_{next(self._numbers)}"
        await self.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    async def create(self) -> str:
        """The URL of a new database with every table."""
        if not self._template_made:
            await self.execute(f"CREATE DATABASE {TEMPLATE}")
            await schema.upgrade(self.url(TEMPLATE))
            self._template_made = True
        name = f"test_{next(self._numbers)}"
        await self.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self.url(name)

    async def execute(self, statement: str) -> str:
        """Run a statement outside of every test's database; what the server said it did."""
        connection = await asyncpg.connect(
            host=str(self._folder), user=OWNER, database="postgres", timeout=START_SECONDS
        )
        try:
            done: str = await connection.execute(statement, timeout=COPY_SECONDS)
            return done
        finally:
            await connection.close()


@contextmanager
def running_postgres(
    data: Path | None = None, settings: Mapping[str, str] = {}
) -> Iterator[PostgresServer]:
    """Start a server from the machine's PostgreSQL, and end it by its process id.

    ``data`` is a data directory that is made on first use and kept; without one it is gone
    afterwards. ``settings`` are the server's own beside a test's.
    """
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="yihu-pg-"))
    account = _account(folder)
    data = data or folder / "data"
    log = folder / "log"
    try:
        if not (data / "PG_VERSION").exists():
            _initialise(programs, data, folder, account)
        options = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "shared_buffers": "32MB",
            "max_connections": "60",
            **settings,
        }
        given = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with log.open("w") as output:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *given],
                stdout=output,
                stderr=output,
                cwd=folder,
                **account,
            )
        try:
            _wait(programs, folder, server, log)
            yield PostgresServer(folder)
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _initialise(programs: Path, data: Path, folder: Path, account: dict[str, Any]) -> None:
    if account:
        data.mkdir(parents=True, exist_ok=True)
        os.chown(data, account["user"], account["group"])
    initdb = [str(programs / "initdb"), "-D", str(data), "-U", OWNER, "-A", "trust"]
    done = subprocess.run(
        [*initdb, "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        cwd=folder,
        **account,
    )
    if done.returncode:
        raise RuntimeError(f"initdb failed: {done.stderr.strip()}")


def _programs() -> Path:
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/postgres"),
        key=lambda program: int(program.parent.parent.name),
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("postgres")
    if on_path is None:
        raise RuntimeError("no PostgreSQL here: run `make test`, or install Debian's `postgresql`")
    return Path(on_path).parent


def _account(folder: Path) -> dict[str, Any]:
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(UNPRIVILEGED)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _wait(programs: Path, folder: Path, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
        ready = subprocess.run([programs / "pg_isready", "-q", "-h", folder], timeout=START_SECONDS)
        if ready.returncode == 0:
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL was not ready after {START_SECONDS} s")


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.send_signal(signal.SIGINT)  # its "fast" shutdown: connections are cut
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait(STOP_SECONDS)

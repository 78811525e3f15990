"""A throw-away instance: own data folder and ports, a demo site, accounts for its seats."""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import anyio
import httpx
from sqlalchemy import select

from agent_desk.accounts import create_user
from models.errors import SetupError
from models.kinds import Role
from models.tables import Seat as SeatRow
from tests.support.ports import port_base
from yihu import bootstrap
from yihu.processes import dying_with_parent
from yihu.settings import PROJECT, Settings
from yihu.site_tables import read_site
from yihu.sites import load_site

START_SECONDS = 600.0  # the first start on a machine composes the recogniser's graph
STOP_SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class SeatAccount:
    """A seat with its telephone's secret and a person who may sit there."""

    code: str
    sip_secret: str
    username: str


@dataclass(frozen=True, slots=True)
class Instance:
    """A running centre."""

    settings: Settings
    url: str
    accounts: tuple[SeatAccount, ...]
    password: str
    pid: int


@asynccontextmanager
async def instance(
    site: str,
    seats: Sequence[str],
    program: Sequence[str] = ("yihu", "run"),
    environment: Mapping[str, str] = {},
) -> AsyncIterator[Instance]:
    """A centre with a demo site, up while the block runs; nothing of it is left.

    ``seats`` are seats' codes; ``program`` is the module that runs it. Raises ``SetupError`` with
    what it said where it does not start.
    """
    with tempfile.TemporaryDirectory(prefix="yihu-calls-") as folder, port_base() as base:
        settings = Settings(data_dir=Path(folder) / "data", port_base=base)
        password = secrets.token_urlsafe(12)
        accounts = await _prepare(settings, site, seats, password)
        own = {"YIHU_DATA_DIR": str(settings.data_dir), "YIHU_PORT_BASE": str(base)}
        env = {**os.environ, **own, **environment}
        log = Path(folder) / "run.log"
        with log.open("wb") as output:
            process = await anyio.open_process(
                dying_with_parent([sys.executable, "-m", *program]),
                cwd=PROJECT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        url = f"http://127.0.0.1:{settings.http_port}"
        try:
            with anyio.move_on_after(START_SECONDS) as limit:
                while not await _answers(url):
                    if process.returncode is not None:
                        break
                    await anyio.sleep(0.2)
            if limit.cancelled_caught or process.returncode is not None:
                said = log.read_text(errors="replace").strip()[-2000:]
                raise SetupError(f"The throw-away instance did not start: {said}")
            yield Instance(settings, url, accounts, password, process.pid)
        finally:
            with anyio.CancelScope(shield=True):
                with anyio.move_on_after(STOP_SECONDS):
                    if process.returncode is None:
                        process.send_signal(signal.SIGINT)
                    await process.wait()
                if process.returncode is None:
                    process.kill()
                    await process.wait()
                    await anyio.run_process(
                        [sys.executable, "-m", "yihu", "stop"], cwd=PROJECT, env=env, check=False
                    )


async def _prepare(
    settings: Settings, site: str, seats: Sequence[str], password: str
) -> tuple[SeatAccount, ...]:
    async with bootstrap.opened_database(settings) as database:
        await load_site(database, read_site(site), settings.gazetteer_csv)
        async with database.reading() as session:
            found = {row.code: row for row in await session.scalars(select(SeatRow))}
        accounts = tuple(
            SeatAccount(code, found[code].sip_secret, f"bench-{code}") for code in seats
        )
        for account in accounts:
            await create_user(
                database,
                database.clock,
                username=account.username,
                display_name=account.username,
                password=password,
                role=Role.SEAT,
            )
    return accounts


async def _answers(url: str) -> bool:
    try:
        async with httpx.AsyncClient(timeout=2) as client:
            health = (await client.get(f"{url}/api/health")).json()
    except (httpx.HTTPError, ValueError):
        return False
    return bool(health.get("telephony") and health.get("speech"))

"""``python -m benchmarks.fan_out_desk URL PORT``: the desk that ``benchmarks.fan_out`` uses."""

from __future__ import annotations

import logging
import sys
import tempfile
from pathlib import Path

import anyio
import uvicorn

from benchmarks.bare_desk import application
from dispatch.limits import rules
from dispatch.orders import Orders
from dispatch.reactions import Reactions
from dispatch.service import subscribe
from models.bus import InProcessBus
from models.clock import SystemClock
from models.database import Database


async def main(url: str, port: int) -> None:
    logging.basicConfig(level=logging.WARNING)
    clock = SystemClock()
    database = Database(url, InProcessBus(), clock)
    database.follow(Reactions(rules(), lambda code: None).follow)
    subscribe(database.bus, Orders(database, clock))
    with tempfile.TemporaryDirectory() as folder:
        app, watch = application(database, clock, Path(folder))
        server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
        )
        async with anyio.create_task_group() as group:
            await group.start(watch.run)
            await server.serve()
            group.cancel_scope.cancel()
    await database.close()


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], int(sys.argv[2]))

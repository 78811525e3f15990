"""The process that ``benchmarks.deadlines`` kills: the real sweeper on a clock it is given.

``python -m benchmarks.deadline_sweeps URL START`` reads moments from its input, one a line
(seconds since 1970), lets the clock go to each as a running sweeper sees it, stopping at every
moment at which something is due, and answers with the moment.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

import anyio
import anyio.to_thread

from dispatch.limits import rules
from dispatch.sweeper import Sweeper
from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database


async def main(url: str, start: float) -> None:
    clock = ManualClock(datetime.fromtimestamp(start, UTC))
    database = Database(url, InProcessBus(), clock)
    sweeper = Sweeper(database, clock, rules())
    try:
        await sweeper.sweep()  # what fell due while nothing ran
        print("ready", flush=True)
        while line := await anyio.to_thread.run_sync(sys.stdin.readline):
            until = datetime.fromtimestamp(float(line), UTC)
            while (due := await sweeper.next_at()) is not None and due <= until:
                clock.advance(max(due - clock.now(), timedelta()))
                await sweeper.sweep()
            clock.advance(until - clock.now())
            print(line.strip(), flush=True)
    finally:
        await database.close()


if __name__ == "__main__":
    anyio.run(main, sys.argv[1], float(sys.argv[2]))

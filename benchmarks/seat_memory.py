"""Whether a seat's page stays as small as it was, call after call.

``python -m benchmarks.seat_memory [--calls 200] [--every 20]`` opens the built page in a real
Chromium on the real desk and lets one call after the other ring, be answered, be spoken (partials,
finished sentences), be understood, fill its form, and end. After every ``--every`` calls it forces
the page to collect its garbage and prints the JavaScript heap, DOM nodes and listeners. Fails with
1 where the heap of the last quarter is more than a tenth above that of the second quarter.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import CDPSession, Page, expect

from tests.e2e.browser import chromium
from tests.support.page_desk import page_desk
from tests.support.page_words import FIRE, PIPE
from tests.support.page_world import World, fill
from tests.support.pages import Desktop

USERNAME = "zuoxi01"
GROWTH = 1.10
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Size:
    """What a page holds after a collection."""

    calls: int
    heap: float  # megabytes
    nodes: int
    listeners: int


def measured(cdp: CDPSession, calls: int) -> Size:
    """Collect the page's garbage and look."""
    for _ in range(3):  # what a first collection frees lets a second one free more
        cdp.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    return Size(
        calls,
        found["JSHeapUsedSize"] / MEGABYTE,
        int(found["Nodes"]),
        int(found["JSEventListeners"]),
    )


def one_call(world: World, page: Page, number: int) -> None:
    """A caller's whole call as the page sees it."""
    matter = (FIRE, PIPE)[number % 2]
    caller = f"138{number:08d}"
    call_id = world.ring(USERNAME, matter, caller)
    world.answer(USERNAME, call_id)
    for text in matter.said:
        for end in range(4, len(text), 6):
            world.speaking(call_id, text[:end])
        world.says(call_id, text)
    world.suggests(call_id, matter.suggestion)
    expect(page.get_by_test_id("caller-number")).to_contain_text(caller[-4:], timeout=20_000)
    expect(page.get_by_test_id("transcript")).to_contain_text(matter.said[-1], timeout=20_000)
    world.hangs_up(USERNAME, call_id)
    world.ready(USERNAME)


def play(folder: Path, calls: int, every: int) -> list[Size]:
    with page_desk(folder) as desk, chromium() as browser:
        world = fill(desk)
        with Desktop.opened(browser, desk.url, USERNAME, path="/seat") as desktop:
            page = desktop.page
            expect(page.get_by_test_id("agent-state")).to_be_visible(timeout=30_000)
            cdp = desktop.context.new_cdp_session(page)
            cdp.send("Performance.enable")
            found = []
            for number in range(1, calls + 1):
                one_call(world, page, number)
                if number % every == 0:
                    found.append(measured(cdp, number))
                    print(
                        f"{number:4} calls: {found[-1].heap:6.2f} MB, {found[-1].nodes} nodes, "
                        f"{found[-1].listeners} listeners",
                        flush=True,
                    )
            assert desktop.complaints == [], desktop.complaints
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=200)
    parser.add_argument("--every", type=int, default=20)
    chosen = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="yihu-seat-") as folder:
        sizes = play(Path(folder), chosen.calls, chosen.every)
    quarter = max(1, len(sizes) // 4)
    before = statistics.median(size.heap for size in sizes[quarter : 2 * quarter])
    after = statistics.median(size.heap for size in sizes[-quarter:])
    print(
        f"heap of the second quarter {before:.2f} MB, of the last {after:.2f} MB "
        f"({after / before - 1:+.1%}); {time.monotonic() - begun:.0f} s"
    )
    sys.exit(0 if after <= before * GROWTH else 1)


if __name__ == "__main__":
    main()

"""How soon a seat's page is whole again: after a reload in mid-call, and after a server's restart.

``python -m benchmarks.seat_return [--reloads 20] [--restarts 5]`` opens the built page in a real
Chromium on the real desk (without Asterisk), with a call that is being spoken and a field that the
seat has typed in. A reload's time is from the navigation until call, words, form, typed text and
seat are all there. A restart's is from the moment the server stops serving until the page, which
stays open, has fetched everything again; printed beside it is how long the server itself was away.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Final
from uuid import UUID

from playwright.sync_api import Page

from benchmarks.seat_latency import RETURN_MS, TYPED, WATCH, told
from tests.e2e.browser import chromium
from tests.support.page_desk import page_desk
from tests.support.page_words import FIRE
from tests.support.page_world import World, fill
from tests.support.pages import Desktop

USERNAME: Final = "zuoxi01"
PATIENCE_MS: Final = 30_000
# The longest pause between two tries to connect again within the first seconds.
RETRY_MS: Final = 2_000.0
SHOWS: Final = (
    "said => document.querySelector('[data-testid=transcript]').textContent.includes(said)"
)


def reloaded(page: Page) -> float:
    """Milliseconds from the navigation until everything is back."""
    page.reload(wait_until="commit")
    found = page.wait_for_function(
        "() => window.__whole > 0 && window.__whole", timeout=PATIENCE_MS
    )
    return float(found.json_value())


def restarted(world: World, call_id: UUID, said: str, page: Page) -> tuple[float, float]:
    """Milliseconds the server was away, and until the page had everything again: also ``said``,
    which was said while the page was cut off."""
    begun = time.monotonic()
    world.desk.stop()
    world.desk.start()
    away = time.monotonic() - begun
    world.says(call_id, said)
    page.wait_for_function(SHOWS, arg=said, timeout=PATIENCE_MS)
    back = time.monotonic() - begun
    kept = page.get_by_test_id("field-contact_name").input_value()
    assert kept == TYPED, kept
    return away * 1000, back * 1000


def play(folder: Path, reloads: int, restarts: int) -> bool:
    with page_desk(folder) as desk, chromium() as browser:
        world = fill(desk)
        with Desktop.opened(browser, desk.url, USERNAME, path="/seat") as desktop:
            page = desktop.page
            desktop.context.add_init_script(f"localStorage.setItem('benchmark.typed', '{TYPED}')")
            desktop.context.add_init_script(WATCH)
            page.get_by_test_id("agent-state").wait_for(timeout=PATIENCE_MS)
            call_id, _ = world.takes(USERNAME, FIRE)
            page.get_by_test_id("field-contact_name").fill(TYPED)
            backs = [reloaded(page) for _ in range(reloads)]
            print("the machine's load", " ".join(f"{one:.1f}" for one in os.getloadavg()))
            kept = told("whole page after a reload in mid-call", backs, RETURN_MS)
            after = []
            for number in range(restarts):
                away, back = restarted(world, call_id, f"重启后的第{number}句话", page)
                after.append(back - away)
                print(f"server away {away:.0f} ms, page whole after {back:.0f} ms")
            kept = told("page after the server is back", after, RETRY_MS) and kept
            assert desktop.complaints == [], desktop.complaints
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--reloads", type=int, default=20)
    parser.add_argument("--restarts", type=int, default=5)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="yihu-return-") as folder:
        kept = play(Path(folder), chosen.reloads, chosen.restarts)
    sys.exit(0 if kept else 1)


if __name__ == "__main__":
    main()

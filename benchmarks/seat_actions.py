"""``python -m benchmarks.seat_actions [--rounds 10]``: from a key or click to its visible effect.

The seat's page in Chromium on a desk without Asterisk, everything on loopback. Of each action the
milliseconds from the browser's own time of the event to the frame after the first change of the
page are printed (median and worst), and those until the server's answer is shown.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.e2e.browser import chromium
from tests.support.page_desk import page_desk
from tests.support.page_words import PIPE
from tests.support.page_world import World, fill
from tests.support.pages import Desktop

# Notes when the next key or click happened and when the page looked different for the first time.
WATCH = """() => {
  window.effect = null
  let began = null
  const note = event => { began ??= event.timeStamp }
  for (const kind of ['keydown', 'click', 'input'])
    window.addEventListener(kind, note, {capture: true})
  const seen = new MutationObserver(() => {
    if (began === null || window.effect !== null) return
    seen.disconnect()
    requestAnimationFrame(() => { setTimeout(() => {
      window.effect = performance.now() - began
    }) })
  })
  window.began = () => began
  seen.observe(document.body,
    {subtree: true, childList: true, attributes: true, characterData: true})
}"""


def timed(page: Page, act: Callable[[], None], settled: Callable[[], None]) -> tuple[float, float]:
    """Milliseconds to the first visible change, and until what ``settled`` waits for."""
    page.evaluate(WATCH)
    act()
    settled()
    whole = page.evaluate("() => performance.now() - window.began()")
    page.wait_for_function("() => window.effect !== null")
    return page.evaluate("() => window.effect"), whole


def one_round(world: World, page: Page) -> dict[str, tuple[float, float]]:
    """Every action once; the seat is free before and after."""
    found: dict[str, tuple[float, float]] = {}
    keys = page.get_by_test_id("shortcuts-dialog")
    found["F1 table of keys"] = timed(
        page, lambda: page.keyboard.press("F1"), lambda: expect(keys).to_be_visible()
    )
    page.keyboard.press("Escape")
    expect(keys).to_be_hidden()
    call, _ = world.takes("zuoxi11", PIPE)
    address = page.get_by_test_id("field-address")
    expect(address).to_have_value("南苑小区12栋")
    expect(page.get_by_test_id("choose-gongshui")).to_be_checked()
    saving = page.get_by_test_id("saving")

    def saved() -> None:
        expect(saving).to_have_attribute("data-saving", "saved")

    page.get_by_test_id("field-contact_name").focus()
    found["a letter typed"] = timed(page, lambda: page.keyboard.type("陈"), saved)
    machine = page.locator('[data-kind="machine"]:has(#f-level)')
    found["F8 accept all"] = timed(
        page, lambda: page.keyboard.press("F8"), lambda: expect(machine).to_have_count(0)
    )
    search = page.get_by_test_id("knowledge-search")
    page.get_by_test_id("agent-state").click()
    found["/ knowledge"] = timed(
        page, lambda: page.keyboard.press("/"), lambda: expect(search).to_be_focused()
    )
    lamp = page.get_by_test_id("lamp-gongshui")
    found["F9 send"] = timed(
        page, lambda: page.keyboard.press("F9"), lambda: expect(lamp).to_be_visible()
    )
    tab = page.get_by_test_id("tab-caller")
    other = page.get_by_test_id("tab-orders")
    other.click()
    found["another tab"] = timed(
        page, tab.click, lambda: expect(tab).to_have_attribute("aria-selected", "true")
    )
    world.hangs_up("zuoxi11", call)
    state = page.get_by_test_id("agent-state")
    expect(state).to_contain_text("整理中")
    found["F10 wrap-up done"] = timed(
        page, lambda: page.keyboard.press("F10"), lambda: expect(state).to_contain_text("就绪")
    )
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=10)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder, page_desk(Path(folder)) as desk:
        world = fill(desk)
        with (
            chromium() as browser,
            Desktop.opened(browser, desk.url, "zuoxi11", path="/seat") as desktop,
        ):
            page = desktop.page
            expect(page.get_by_test_id("agent-state")).to_contain_text("就绪")
            one_round(world, page)  # the first loads what is loaded on demand
            times = [one_round(world, page) for _ in range(rounds)]
    print(f"{'ms':20} first change: median  worst   answered: median  worst")
    for name in times[0]:
        first = sorted(one[name][0] for one in times)
        whole = sorted(one[name][1] for one in times)
        print(
            f"{name:20} {statistics.median(first):20.0f} {first[-1]:6.0f}"
            f" {statistics.median(whole):18.0f} {whole[-1]:6.0f}"
        )


if __name__ == "__main__":
    main()

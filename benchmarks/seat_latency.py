"""From the recogniser's event to pixels on a seat's page, and back after a reload in mid-call.

``python -m benchmarks.seat_latency [--seats 20] [--calls 20] [--pages 3] [--seconds 45]`` starts
a whole instance with its Asterisk, signs ``--seats`` seats in (``--pages`` of them as real Chromium
pages, the others as a page's socket), gives each a telephone, lets ``--calls`` callers in over SIP,
and lets ``benchmarks.scripted_speech`` stand where the speech process stands, so that it is known
when it told what. The time is taken from there until the animation frame of the page that shows
the words. Then every page is reloaded in mid-call: the time is from the navigation until its call,
its words, its form with what was typed and its seat are all there again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final

import anyio
from playwright.async_api import Browser, Page, async_playwright

from benchmarks.seats import ANSWER_AFTER, Board, Seat
from benchmarks.throwaway import Instance, SeatAccount, instance
from tests.e2e.browser import CHROMIUM_ARGS, DESKTOP
from yihu.simulate.phone import Phone
from yihu.simulate.talker import Talker

LIMIT_MS: Final = 150.0
RETURN_MS: Final = 1_000.0
RELOADS: Final = 5
QUEUE_SEATS: Final = 10  # of 110 (seat01...) and of 96345 (seat11...)
PATIENCE_MS: Final = 60_000
TYPED: Final = "演示大厦B座（座席写的）"
# Notes each number of the transcript with the frame that first shows it.
WATCH: Final = """
window.__seen = []
const known = new Set()
const box = () => document.querySelector('[data-testid="transcript"]')
const look = () => {
  const found = []
  for (const one of (box()?.textContent ?? '').slice(-300).matchAll(/第(\\d+)处/g)) {
    if (!known.has(one[1])) { known.add(one[1]); found.push(Number(one[1])) }
  }
  if (found.length) requestAnimationFrame(() => {
    const at = performance.timeOrigin + performance.now()
    for (const number of found) window.__seen.push([number, at])
  })
}
const has = (name) => document.querySelector(`[data-testid="${name}"]`) !== null
const whole = () => ['agent-state', 'caller-number', 'order-number', 'utterance'].every(has)
  && [...document.querySelectorAll('[data-testid="field-contact_name"]')]
    .some((input) => input.value === localStorage.getItem('benchmark.typed'))
window.__whole = null
const back = () => {
  if (window.__whole === null && performance.now() < 60000 && whole()) {
    window.__whole = -1
    requestAnimationFrame(() => { window.__whole = performance.now() })
  }
}
new MutationObserver(() => { look(); back() })
  .observe(document, { subtree: true, childList: true, characterData: true })
const again = setInterval(() => { back(); if (window.__whole) clearInterval(again) }, 10)
"""


def p95(values: Sequence[float]) -> float:
    return quantiles(values, n=20, method="inclusive")[18] if len(values) > 1 else values[0]


def told(what: str, values: Sequence[float], limit: float) -> bool:
    """Print what was found beside what was asked; whether it was kept."""
    kept = bool(values) and p95(values) <= limit
    if values:
        print(
            f"{what}: {median(values):.0f} ms (middle), {p95(values):.0f} ms (p95), "
            f"{max(values):.0f} ms (longest) of {len(values)}; asked: {limit:.0f} ms (p95)",
            flush=True,
        )
    else:
        print(f"{what}: nothing was seen", flush=True)
    return kept


@asynccontextmanager
async def at_page(browser: Browser, centre: Instance, account: SeatAccount) -> AsyncIterator[Page]:
    """A seat at a real page, with a telephone that answers."""
    phone = Phone(
        sip_host="127.0.0.1",
        sip_port=centre.settings.sip_port,
        username=account.code,
        secret=account.sip_secret,
        answer_after=ANSWER_AFTER,
    )
    size = {"width": DESKTOP["width"], "height": DESKTOP["height"]}
    context = await browser.new_context(
        base_url=centre.url,
        viewport={"width": size["width"], "height": size["height"]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    context.set_default_timeout(PATIENCE_MS)
    await context.add_init_script(f"localStorage.setItem('benchmark.typed', '{TYPED}')")
    await context.add_init_script(WATCH)
    async with anyio.create_task_group() as group:
        await group.start(phone.run)
        answer = await context.request.post(
            "/api/session", data={"username": account.username, "password": centre.password}
        )
        assert answer.ok, await answer.text()
        page = await context.new_page()
        await page.goto("/seat")
        await page.get_by_test_id(f"seat-choice-{account.code}").click()
        await page.get_by_test_id("device-phone").click()
        await page.get_by_test_id("take-seat").click()
        await page.get_by_test_id("agent-state").wait_for()
        yield page
        group.cancel_scope.cancel()
    await context.close()


async def seen_on(page: Page) -> list[tuple[int, float]]:
    """Numbers with the milliseconds since 1970 of their frames."""
    found: list[list[float]] = await page.evaluate("() => window.__seen")
    # A page's clock starts with its navigation and is not set with the machine's.
    ahead: float = await page.evaluate(
        "() => performance.timeOrigin + performance.now() - Date.now()"
    )
    off = ahead if abs(ahead) > 3 else 0.0
    return [(int(number), at - off) for number, at in found]


def times_of(path: Path) -> dict[int, tuple[float, bool]]:
    """When each number was told, in milliseconds since 1970, and whether it was finished."""
    lines = path.read_text(encoding="utf-8").splitlines()
    rows: list[tuple[int, float, bool]] = [json.loads(line) for line in lines if line.endswith("]")]
    return {number: (at * 1000, final) for number, at, final in rows}


async def reloaded(page: Page) -> float:
    """Reload in mid-call; milliseconds until everything is back."""
    await page.reload(wait_until="commit")
    found = await page.wait_for_function("() => window.__whole > 0 && window.__whole")
    return float(await found.json_value())


async def measure(centre: Instance, browser: Browser, chosen: Any, times: Path) -> bool:
    # Those of 110 first: the real pages sit there.
    urgent = min(chosen.calls, chosen.seats // 2)
    wanted = {"110": urgent, "96345": chosen.calls - urgent}
    async with AsyncExitStack() as stack:
        board, pages = Board(), []
        for number, account in enumerate(centre.accounts):
            if number < chosen.pages:
                pages.append(await stack.enter_async_context(at_page(browser, centre, account)))
                continue
            seat = Seat(board, centre.url, account.username, centre.password)
            sitting = seat.working(account.code, account.sip_secret, centre.settings.sip_port)
            await stack.enter_async_context(sitting)
        for queue, count in wanted.items():
            for number in range(count):
                caller = Talker(f"139{queue:0>5}{number:03}", queue, centre.settings.sip_port)
                await stack.enter_async_context(caller.calling())
        for page in pages:
            await page.wait_for_function("() => window.__seen.length > 3")
        for page in pages:
            field = page.get_by_test_id("field-contact_name")
            await field.fill(TYPED)
        await anyio.sleep(3)
        first = max(times_of(times))
        await anyio.sleep(chosen.seconds)
        shown = [one for page in pages for one in await seen_on(page) if one[0] > first]
        when = times_of(times)
        load = " ".join(f"{one:.1f}" for one in os.getloadavg())
        print(
            f"{len(centre.accounts)} seats signed in, {len(pages)} of them real pages, "
            f"{sum(wanted.values())} calls; {(len(when) - first) / chosen.seconds:.0f} events "
            f"a second; the machine's load {load}",
            flush=True,
        )
        growing = [at - when[number][0] for number, at in shown if not when[number][1]]
        finished = [at - when[number][0] for number, at in shown if when[number][1]]
        kept = told("words being spoken", growing, LIMIT_MS)
        kept = told("finished utterances", finished, LIMIT_MS) and kept
        backs = [await reloaded(page) for _ in range(RELOADS) for page in pages]
        return told("whole page after a reload in mid-call", backs, RETURN_MS) and kept


async def run(chosen: Any) -> bool:
    half = chosen.seats // 2
    codes = [f"seat{1 + number:02d}" for number in range(half)]
    codes += [f"seat{1 + QUEUE_SEATS + number:02d}" for number in range(chosen.seats - half)]
    with tempfile.TemporaryDirectory(prefix="yihu-latency-") as folder:
        times = Path(folder) / "times.jsonl"
        times.touch()
        environment = {"YIHU_SCRIPTED_TIMES": str(times), "YIHU_SPEECH_GRAPH": "lazy"}
        program = ("benchmarks.scripted_run",)
        async with (
            async_playwright() as playwright,
            instance("qingyuan", codes, program, environment) as centre,
        ):
            browser = await playwright.chromium.launch(
                executable_path=os.environ.get("YIHU_CHROMIUM") or "/usr/bin/chromium",
                args=CHROMIUM_ARGS,
            )
            try:
                return await measure(centre, browser, chosen, times)
            finally:
                await browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seats", type=int, default=20)
    parser.add_argument("--calls", type=int, default=20)
    parser.add_argument("--pages", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=45.0)
    chosen = parser.parse_args()
    if chosen.calls > chosen.seats:
        parser.error("--calls is at most --seats")
    if not 2 <= chosen.seats <= 2 * QUEUE_SEATS:
        parser.error(f"--seats is 2 to {2 * QUEUE_SEATS}")
    sys.exit(0 if anyio.run(run, chosen) else 1)


if __name__ == "__main__":
    main()

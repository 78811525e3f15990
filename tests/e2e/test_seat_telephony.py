"""Browser seats on a real Asterisk: who hears whom is told apart by everybody's tone."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import soundfile
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

from tests.e2e.browser import DESKTOP, Desk, chromium_of
from tests.e2e.conftest import Caller, Instance, launched, wait_until
from tests.support.provider import Provider, provider
from tests.support.tones import RATE, tones_in, write_tone

pytestmark = pytest.mark.browser

CALLER, ONE, TWO = 400, 700, 1000  # hertz: the caller and the seats' microphones
TONES = (CALLER, ONE, TWO)
BLOCK = RATE // 2
NUMBER = "13800000031"
# Lets a test listen to what the page's telephone hears.
LISTEN = """(() => {
  const Native = window.RTCPeerConnection
  window.heardBy = []
  window.RTCPeerConnection = class extends Native {
    constructor(...parts) { super(...parts); window.heardBy.push(this) }
  }
})()"""
LOUDEST = """async () => {
  const track = window.heardBy.at(-1).getReceivers()[0].track
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 8192
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  await new Promise((done) => setTimeout(done, 500))
  const bins = new Float32Array(analyser.frequencyBinCount)
  analyser.getFloatFrequencyData(bins)
  let best = 0
  bins.forEach((level, at) => { if (level > bins[best]) best = at })
  const found = { hertz: best * context.sampleRate / analyser.fftSize, level: bins[best] }
  await context.close()
  return found
}"""


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as made:
        yield made


@pytest.fixture(scope="module")
def far_end(portal: BlockingPortal) -> Iterator[Provider]:
    """A provider that answers what the centre dials."""
    with portal.wrap_async_context_manager(provider()) as made:
        yield made


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory, far_end: Provider) -> Iterator[Instance]:
    """An instance whose calls go out through the provider."""
    folder = tmp_path_factory.mktemp("telephony")
    yield from launched(folder, YIHU_TRUNK_PROXY=f"127.0.0.1:{far_end.port}")


@pytest.fixture(scope="module")
def voices(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("voices")
    return {hertz: write_tone(folder / f"{hertz}.wav", hertz, 60) for hertz in TONES}


@pytest.fixture(scope="module")
def driver() -> Iterator[Playwright]:
    with sync_playwright() as made:
        yield made


@contextmanager
def seat(driver: Playwright, centre: Instance, voice: Path, number: int) -> Iterator[Desk]:
    """A browser of its own at a seat, whose microphone hears ``voice``."""
    with chromium_of(driver, voice) as browser:
        desk = sit_down(browser, centre, number)
        try:
            yield desk
            desk.page.get_by_test_id("leave-seat").click()
            expect(desk.page.get_by_test_id("take-seat")).to_be_visible()
            assert not desk.complaints
        finally:
            desk.context.close()


def sit_down(browser: Browser, centre: Instance, number: int) -> Desk:
    desk = Desk(browser, centre.url, DESKTOP)
    desk.context.add_init_script(LISTEN)
    desk.sign_in(f"zuoxi{number:02}", centre.password)
    desk.take_seat(f"seat{number:02}", "web")
    return desk


@contextmanager
def calling(centre: Instance, voice: Path, stay: int, to: str = "110") -> Iterator[Caller]:
    caller = Caller(centre, "--to", to, "--from", NUMBER, "--wav", str(voice), "--stay", str(stay))
    try:
        yield caller
    finally:
        caller.stop()


def state(page: Page, word: str) -> None:
    expect(page.get_by_test_id("agent-state")).to_contain_text(word, timeout=45_000)


def answer(page: Page) -> None:
    """Answer once the page's telephone rings, which it may do after the state says so."""
    state(page, "振铃")
    expect(page.get_by_test_id("answer")).to_be_enabled(timeout=10_000)
    page.keyboard.press("F2")
    expect(page.get_by_test_id("pad")).to_be_visible(timeout=20_000)


def hears(page: Page, hertz: int) -> None:
    """Wait until the page's telephone plays this tone."""
    found: dict[str, float] = {}

    def right() -> bool:
        found.update(page.evaluate(LOUDEST))
        return found["level"] > -60 and abs(found["hertz"] - hertz) < 20

    try:
        wait_until("", right, 15)
    except BaseException as error:
        raise AssertionError(f"{hertz} Hz is not heard but {found}") from error


def recording(centre: Instance, call_id: str) -> npt.NDArray[np.int16]:
    """The stored recording, as (samples, [caller, what the caller heard])."""
    with closing(centre.client("banzhang")) as boss:

        def stored() -> bytes:
            found = boss.get(f"/api/calls/{call_id}/recording")
            return found.content if found.status_code == 200 else b""

        sound = wait_until("the call's recording", stored, 30)
    samples, rate = soundfile.read(io.BytesIO(sound), dtype="int16", always_2d=True)
    assert rate == RATE
    return np.asarray(samples, dtype=np.int16)


def tones_through(samples: npt.NDArray[np.int16]) -> list[set[int]]:
    """The tones of each half second."""
    ends = range(BLOCK, len(samples) + 1, BLOCK)
    return [tones_in(samples[end - BLOCK : end], TONES) for end in ends]


def live_call(centre: Instance, username: str) -> dict[str, Any]:
    with closing(centre.client(username)) as client:
        found: dict[str, Any] = client.get("/api/desk").json()["workspace"]["call"]
    return found


def finish(page: Page) -> None:
    state(page, "整理")
    page.keyboard.press("F10")
    state(page, "就绪")


def test_a_browser_seat_and_a_caller_hear_each_other_and_both_are_recorded(
    driver: Playwright, centre: Instance, voices: dict[int, Path]
) -> None:
    with seat(driver, centre, voices[ONE], 1) as desk:
        page = desk.page
        with calling(centre, voices[CALLER], 20) as caller:
            answer(page)
            hears(page, CALLER)
            call = live_call(centre, "zuoxi01")

            page.keyboard.press("F3")
            expect(page.get_by_test_id("held")).to_contain_text("听音乐等候")
            state(page, "保持中")
            desk.picture("seat-held-1440x900")
            held_at = page.evaluate("Date.now()")
            page.wait_for_timeout(2_500)
            page.keyboard.press("F3")
            state(page, "通话中")
            expect(page.get_by_test_id("held")).to_have_count(0)
            hears(page, CALLER)
            assert page.evaluate("Date.now()") - held_at < 15_000

            page.keyboard.press("F7")
            expect(page.get_by_test_id("muted")).to_be_visible()
            page.wait_for_timeout(1_500)
            page.keyboard.press("F7")
            expect(page.get_by_test_id("muted")).to_have_count(0)
            page.wait_for_timeout(1_000)
            assert caller.running
            page.get_by_test_id("hang-up").click()
            finish(page)
        samples = recording(centre, call["id"])
        said, heard = (tones_through(samples[:, side]) for side in (0, 1))
        assert set().union(*said) == {CALLER}, "the caller's side holds the caller alone"
        assert set().union(*heard) == {ONE}, "the other side holds the seat alone"
        speaking = [ONE in tones for tones in heard]
        breaks = sum(was and not now for was, now in itertools.pairwise(speaking))
        assert breaks >= 2, f"on hold and muted the caller hears the seat not: {heard}"


def test_one_seat_hands_a_call_to_another_with_its_order(
    driver: Playwright, centre: Instance, voices: dict[int, Path]
) -> None:
    with seat(driver, centre, voices[ONE], 1) as first, calling(centre, voices[CALLER], 40):
        answer(first.page)
        first.page.get_by_test_id("field-summary").fill("来电人称楼上漏水，正在转给二席。")
        with seat(driver, centre, voices[TWO], 2) as second:
            expect(first.page.get_by_test_id("hand-over")).to_be_enabled()
            first.page.keyboard.press("F4")
            dialog = first.page.get_by_test_id("hand-over-dialog")
            expect(dialog).to_be_visible()
            first.page.keyboard.press("2")
            target = first.page.get_by_test_id("hand-over-seat-seat02")
            expect(target).to_contain_text("就绪")
            expect(dialog).to_have_css("opacity", "1")
            first.picture("seat-hand-over-1440x900")
            target.click()
            expect(dialog).to_have_count(0)
            strip = first.page.get_by_test_id("hand-over-strip")
            expect(strip).to_contain_text("等待对方接听")

            answer(second.page)
            expect(strip).to_contain_text("正在咨询", timeout=15_000)
            expect(second.page.get_by_test_id("hand-over-strip")).to_contain_text("移交给您")
            expect(second.page.get_by_test_id("field-summary")).to_have_value(
                "来电人称楼上漏水，正在转给二席。"
            )
            hears(first.page, TWO)
            hears(second.page, ONE)
            first.picture("seat-consulting-1440x900")
            second.picture("seat-asked-1440x900")

            first.page.get_by_test_id("hand-over-join").click()
            expect(strip).to_contain_text("三方通话中", timeout=10_000)
            first.page.get_by_test_id("hand-over-complete").click()
            state(first.page, "整理")
            hears(second.page, CALLER)
            expect(second.page.get_by_test_id("handed-over-by")).to_be_visible()
            second.picture("seat-taken-over-1440x900")
            second.page.get_by_test_id("hang-up").click()
            finish(second.page)
        finish(first.page)


def test_a_caller_who_hung_up_is_called_back_by_the_browser(
    driver: Playwright,
    centre: Instance,
    voices: dict[int, Path],
    far_end: Provider,
    portal: BlockingPortal,
    tmp_path: Path,
) -> None:
    with seat(driver, centre, voices[ONE], 3) as desk:
        page = desk.page
        with calling(centre, write_tone(tmp_path / "short.wav", CALLER, 4), 1) as caller:
            state(page, "振铃")
            assert caller.report()["outcome"] == "completed"
        state(page, "就绪")
        page.get_by_test_id("tab-call-backs").click()
        entry = page.get_by_test_id(f"call-back-{NUMBER}").first
        expect(entry).to_have_attribute("data-status", "open")
        desk.picture("seat-call-backs-1440x900")
        entry.get_by_test_id("call-back-call").click()
        state(page, "通话中")  # the page answers its own call by itself
        expect(page.get_by_test_id("direction")).to_contain_text("呼出")
        wait_until("the provider to be called", lambda: far_end.calls, 15)
        assert far_end.calls[-1].number == NUMBER
        expect(entry).to_have_attribute("data-status", "done", timeout=15_000)
        called = far_end.calls[-1]
        portal.call(called.press, "5")
        expect(page.get_by_test_id("caller-keys")).to_contain_text("5", timeout=10_000)
        page.get_by_test_id("pad").click()
        page.keyboard.press("7")
        page.keyboard.press("#")
        wait_until("the far end to get the keys", lambda: list(called.keys.values()) == ["7", "#"])
        desk.picture("seat-calling-back-1440x900")
        page.keyboard.press("Escape")
        page.get_by_test_id("hang-up").click()
        finish(page)


def test_after_a_reload_the_caller_comes_back_to_the_seat(
    driver: Playwright, centre: Instance, voices: dict[int, Path]
) -> None:
    with seat(driver, centre, voices[ONE], 4) as desk:
        page = desk.page
        page.on("dialog", lambda dialog: dialog.accept())
        with calling(centre, voices[CALLER], 60) as caller:
            answer(page)
            hears(page, CALLER)
            call = live_call(centre, "zuoxi04")
            page.reload()
            expect(page.get_by_test_id("voice-lost")).to_contain_text("再次向您振铃")
            expect(page.get_by_test_id("hang-up")).to_be_disabled()
            desk.picture("seat-reloaded-1440x900")
            state(page, "振铃")
            assert live_call(centre, "zuoxi04")["id"] == call["id"]
            answer(page)
            hears(page, CALLER)
            assert caller.running
            page.get_by_test_id("hang-up").click()
            finish(page)

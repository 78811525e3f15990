"""A spoken call becomes an order at a unit, on the pages that people use."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import DESKTOP, PHONE, Desk, chromium
from tests.e2e.conftest import Caller, Instance

pytestmark = pytest.mark.browser

BURST_PIPE = "我在南苑小区十二栋楼下，自来水管破裂了，水喷得老高"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


def transcript_lengths(page: Page, seconds: float) -> list[int]:
    """How many characters the transcript shows, looked at again and again."""
    seen: list[int] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        length = len(page.get_by_test_id("transcript").inner_text())
        if not seen or seen[-1] != length:
            seen.append(length)
        page.wait_for_timeout(100)
    return seen


def test_a_call_to_110_becomes_a_green_lamp(browser: Browser, centre: Instance) -> None:
    seat = Desk(browser, centre.url, DESKTOP)
    unit = Desk(browser, centre.url, PHONE)
    seat.sign_in("zuoxi02", centre.password)
    seat.take_seat("seat02", "web")
    seat.page.wait_for_timeout(500)
    unit.sign_in("gongshui", centre.password)

    caller = Caller(
        centre, "--to", "110", "--from", "13800000002", "--text", BURST_PIPE, "--stay", "15"
    )
    try:
        page = seat.page
        expect(page.get_by_test_id("agent-state")).to_contain_text("振铃", timeout=30_000)
        page.get_by_test_id("answer").click()
        expect(page.get_by_test_id("agent-state")).to_contain_text("通话")
        page.evaluate("window.__sameDocument = true")

        growth = transcript_lengths(page, 8)
        assert caller.running, "the caller must still be on the line while the text grows"
        assert len(growth) >= 3, f"the text did not grow while it was spoken: {growth}"
        expect(page.get_by_test_id("transcript")).to_contain_text("自来水管", timeout=15_000)

        expect(page.get_by_test_id("suggestion-emergency")).to_contain_text("非紧急")
        expect(page.get_by_test_id("suggestion-units")).to_contain_text("供水")
        address = page.get_by_test_id("field-address")
        expect(address).to_have_value(re.compile(r"南苑小区12栋"), timeout=15_000)

        page.get_by_test_id("send").click()
        lamp = page.get_by_test_id("lamp-gongshui")
        expect(lamp).to_have_attribute("data-lamp", "red")
        seat.picture("seat-1440x900")

        card = unit.page.locator("[data-testid^=unit-order-]").first
        expect(card).to_contain_text("南苑小区12栋")
        expect(card.get_by_test_id("unit-lamp")).to_have_attribute("data-lamp", "red")
        unit.picture("unit-390x844")
        card.get_by_test_id("unit-receive").click()
        expect(lamp).to_have_attribute("data-lamp", "blue")

        card.get_by_test_id("unit-feedback-text").fill("抢修人员已到场，关闭阀门，正在换管。")
        card.get_by_test_id("unit-feedback-submit").click()
        expect(lamp).to_have_attribute("data-lamp", "green")
        assert page.evaluate("window.__sameDocument"), "the page was loaded again"
        seat.picture("seat-green-1440x900")

        report = caller.report()
        assert report["answered_s"] is not None
        expect(page.get_by_test_id("agent-state")).to_contain_text("整理", timeout=15_000)
        page.get_by_test_id("wrap-up-done").click()
        expect(page.get_by_test_id("agent-state")).to_contain_text("就绪")
        assert not seat.complaints
        assert not unit.complaints
    finally:
        caller.stop()
        seat.context.close()
        unit.context.close()


def test_without_speech_the_seat_still_types_and_sends(
    browser: Browser, fragile_centre: Instance
) -> None:
    centre = fragile_centre
    seat = Desk(browser, centre.url, DESKTOP)
    seat.sign_in("zuoxi01", centre.password)
    seat.take_seat("seat01", "web")
    seat.page.wait_for_timeout(500)
    caller = Caller(
        centre, "--to", "110", "--from", "13800000009", "--text", BURST_PIPE, "--stay", "25"
    )
    try:
        page = seat.page
        expect(page.get_by_test_id("agent-state")).to_contain_text("振铃", timeout=30_000)
        page.get_by_test_id("answer").click()
        expect(page.get_by_test_id("agent-state")).to_contain_text("通话")
        expect(page.get_by_test_id("utterance").first).to_be_visible(timeout=20_000)

        centre.speech_process().kill()
        expect(page.get_by_test_id("speech-banner")).to_contain_text("不可用", timeout=10_000)
        seat.picture("seat-without-speech-1440x900")

        page.get_by_test_id("field-address").fill("演示路1号")
        page.get_by_test_id("field-summary").fill("来电人称水管破裂，语音识别中断，手工记录。")
        page.get_by_test_id("send").click()
        expect(page.get_by_test_id("lamp-gongshui")).to_have_attribute("data-lamp", "red")
        expect(page.get_by_test_id("field-address")).to_have_value("演示路1号")
        expect(page.get_by_test_id("agent-state")).to_contain_text("通话")
        assert caller.running, "the call must stay up"
        page.get_by_test_id("hang-up").click()
        expect(page.get_by_test_id("agent-state")).to_contain_text("整理", timeout=15_000)
        assert caller.report()["outcome"] == "far_end_hung_up"
        assert not seat.complaints
    finally:
        caller.stop()
        seat.context.close()

"""The hall's big screen: what stands on it, that it is live, and what it keeps to itself."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.page_words import FIRE
from tests.support.page_world import World
from tests.support.pages import WALL, SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

LONG_MS = 30_000


def fits(page: Page) -> bool:
    """Whether nothing of the page lies beyond the screen."""
    return bool(
        page.evaluate(
            "() => document.documentElement.scrollHeight <= innerHeight"
            " && document.documentElement.scrollWidth <= innerWidth"
        )
    )


def test_wall(world: World, signed_in: SignedIn) -> None:
    page = signed_in("banzhang", path="/wall", size=WALL).page
    expect(page.get_by_test_id("wall-queue-96345").get_by_test_id("wall-waiting")).to_have_text("2")
    expect(page.get_by_test_id("wall-late").first).to_be_visible()
    expect(page.get_by_test_id("wall-emergency").first).to_be_visible()
    expect(page.get_by_test_id("tiers")).to_contain_text("未接收")
    expect(page.get_by_test_id("map")).to_have_attribute("data-state", "ready", timeout=LONG_MS)
    expect(page.locator(".map-incident, .map-cluster").first).to_be_visible()
    assert fits(page)
    assert not re.search(r"1[3-9]\d{9}|演示来电人", page.inner_text("main"))
    shot(page, "wall")
    no_serious_faults(page)

    expect(page.get_by_test_id("wall-emergency").first).not_to_contain_text("未派单")
    call, _ = world.takes("zuoxi01", FIRE, "13800009999")
    try:
        newest = page.get_by_test_id("wall-emergency").first
        expect(newest).to_contain_text("未派单", timeout=LONG_MS)
        assert "13800009999" not in page.content()
    finally:
        world.hangs_up("zuoxi01", call)
        world.ready("zuoxi01")

    world.desk.stop()
    try:
        expect(page.get_by_test_id("wall-stale")).to_be_visible(timeout=LONG_MS)
        shot(page, "wall-lost")
    finally:
        world.desk.start()
    expect(page.get_by_test_id("wall-stale")).to_have_count(0, timeout=LONG_MS)


def test_hall(signed_in: SignedIn) -> None:
    page = signed_in("banzhang", path="/supervisor").page
    expect(page.get_by_test_id("map")).to_have_attribute("data-state", "ready", timeout=LONG_MS)
    expect(page.get_by_test_id("tiers")).to_contain_text("合计")
    expect(page.get_by_test_id("level-now").first).to_be_visible()
    expect(page.get_by_test_id("late-line").first).to_be_visible()
    assert fits(page)
    shot(page, "hall")
    no_serious_faults(page)

"""The seat's map: the scene is placed by the address, by hand, and stays usable without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest
from playwright.sync_api import Page, Route, expect

from tests.support.page_words import FIRE
from tests.support.page_world import World
from tests.support.pages import SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

LONG_MS = 30_000


def spot(page: Page) -> str:
    return page.get_by_test_id("order-map").get_attribute("data-spot") or ""


@contextmanager
def fire(world: World, username: str) -> Iterator[UUID]:
    """A call about a fire; afterwards the seat is as it was, whatever happened."""
    call, _ = world.takes(username, FIRE)
    try:
        yield call
    finally:
        world.hangs_up(username, call)
        world.ready(username)


def test_scene(world: World, signed_in: SignedIn) -> None:
    page = signed_in("zuoxi01", path="/seat").page
    with fire(world, "zuoxi01") as call:
        place_it(world, page, call)


def place_it(world: World, page: Page, call: UUID) -> None:
    page.get_by_test_id("tab-map").click()  # what is known of the caller may stand before it
    expect(page.get_by_test_id("map")).to_have_attribute("data-state", "ready", timeout=LONG_MS)
    expect(page.get_by_test_id("map-said")).to_contain_text("石龙街")
    expect(page.locator(".map-pin.map-guess")).to_be_visible()
    expect(page.locator(".map-unit").first).to_be_visible(timeout=LONG_MS)
    by_machine = spot(page)
    assert by_machine.startswith("119.10954")
    shot(page, "seat-map")
    no_serious_faults(page)
    fits = "() => document.documentElement.scrollHeight <= innerHeight"
    assert page.evaluate(fits)

    # By keyboard: the middle of the map, moved with the arrows, becomes the scene.
    page.get_by_role("application").focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    page.get_by_test_id("place-centre").click()
    expect(page.get_by_test_id("map-said")).to_contain_text("人工定位：演示座席01", timeout=LONG_MS)
    by_hand = spot(page)
    assert by_hand != by_machine
    expect(page.locator(".map-pin.map-sure")).to_be_visible()

    # The machine places it again and again, and never over the seat's word.
    world.says(call, "就在石龙街，你们快来")
    world.suggests(call, FIRE.suggestion)
    page.reload()
    page.get_by_test_id("tab-map").click()
    expect(page.get_by_test_id("map-said")).to_contain_text("人工定位", timeout=LONG_MS)
    assert spot(page) == by_hand

    page.get_by_test_id("follow-address").click()
    expect(page.get_by_test_id("map-said")).to_contain_text("石龙街", timeout=LONG_MS)
    assert spot(page) == by_machine


def test_without_a_map(world: World, signed_in: SignedIn) -> None:
    page = signed_in("zuoxi11", path="/seat").page

    def refuse(route: Route) -> None:
        route.fulfill(status=503, body="")

    page.route("**/api/map", refuse)
    with fire(world, "zuoxi11"):
        page.get_by_test_id("tab-map").click()
        expect(page.get_by_test_id("map-unavailable")).to_contain_text(
            "地图不可用", timeout=LONG_MS
        )
        page.locator("textarea").first.fill("地图坏了也能写")
        expect(page.locator("textarea").first).to_have_value("地图坏了也能写")
        page.unroute("**/api/map")
        page.get_by_role("button", name="重新加载地图").click()
        expect(page.get_by_test_id("map")).to_have_attribute("data-state", "ready", timeout=LONG_MS)

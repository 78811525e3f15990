"""What a seat types: never overwritten, never lost, never executed."""

from __future__ import annotations

import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.e2e.browser import CHROMIUM_ARGS
from tests.support.page_words import FIRE, PIPE
from tests.support.page_world import World
from tests.support.pages import LIMIT_MS, PASSWORD, SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

# A reader waits for the strict writers before it: what it finds is on the disk.
ON_DISK = """text => new Promise(done => {
  const asked = indexedDB.open('yihu-drafts')
  asked.onsuccess = () => {
    const all = asked.result.transaction('drafts').objectStore('drafts').getAll()
    all.onsuccess = () => {
      asked.result.close()
      done(JSON.stringify(all.result).includes(text))
    }
  }
})"""
EVIL = "<img src=x onerror=window.hit=1><script>window.hit=1</script>"


@pytest.fixture(autouse=True)
def seats_at_rest(world: World) -> Iterator[None]:
    yield
    for username in ("zuoxi01", "zuoxi11"):
        world.ready(username)


def stored(page: Page) -> None:
    expect(page.get_by_test_id("saving")).to_have_attribute("data-saving", "saved")


def test_machine_and_colleague_leave_typed_words_alone(world: World, signed_in: SignedIn) -> None:
    page = signed_in("zuoxi01", path="/seat").page
    call = world.ring("zuoxi01", FIRE)
    order = world.answer("zuoxi01", call)
    address = page.get_by_test_id("field-address")
    address.fill("石龙街86号")
    page.get_by_test_id("field-summary").click()
    stored(page)
    world.says(call, FIRE.said[1])
    world.suggests(call, FIRE.suggestion)
    expect(page.get_by_test_id("field-level")).to_have_attribute("data-value", "一级")
    expect(address).to_have_value("石龙街86号")

    # Somebody else changes the same field while the seat types on.
    page.route("**/api/orders/*", lambda route: route.abort())
    address.fill("石龙街86号三楼")
    world.edits("banzhang", order, address="濛洲街道石龙街88号")
    page.unroute("**/api/orders/*")
    clash = page.get_by_test_id("clash-address")
    expect(clash).to_contain_text("濛洲街道石龙街88号")
    expect(clash).to_contain_text("演示班长")
    expect(address).to_have_value("石龙街86号三楼")
    expect(page.get_by_test_id("saving")).to_contain_text("被他人修改")
    shot(page, "seat-two-people")
    no_serious_faults(page)
    clash.get_by_role("button", name="保留我的").click()
    stored(page)
    expect(address).to_have_value("石龙街86号三楼")
    assert world.field(order, "address") == "石龙街86号三楼"


def test_drafts_outlive_reload_and_server(world: World, signed_in: SignedIn) -> None:
    page = signed_in("zuoxi01", path="/seat").page
    _, order = world.takes("zuoxi01", FIRE)
    summary = page.get_by_test_id("field-summary")
    expect(page.get_by_test_id("field-address")).not_to_have_value("")

    page.route("**/api/orders/*", lambda route: route.abort())
    summary.fill("三楼浓烟，老人在北侧卧室。")
    page.reload()
    expect(summary).to_have_value("三楼浓烟，老人在北侧卧室。")
    page.unroute("**/api/orders/*")
    stored(page)
    assert world.field(order, "summary") == "三楼浓烟，老人在北侧卧室。"

    world.desk.stop()
    summary.fill("三楼浓烟，老人已到窗口。")
    expect(page.get_by_test_id("saving")).to_have_attribute("data-saving", "refused")
    expect(page.get_by_test_id("saving")).to_contain_text("连接不到服务器")
    world.desk.start()
    stored(page)
    expect(page.get_by_test_id("helpers-down")).to_be_hidden()
    assert world.field(order, "summary") == "三楼浓烟，老人已到窗口。"


def test_a_draft_outlives_the_browser(world: World, browser: Browser, tmp_path: Path) -> None:
    """Chromium is killed while the server could not be told what was typed."""
    _, order = world.takes("zuoxi01", FIRE)
    for life in ("killed", "anew"):
        context = browser.browser_type.launch_persistent_context(
            tmp_path / "profile",
            executable_path=os.environ.get("YIHU_CHROMIUM") or shutil.which("chromium"),
            args=CHROMIUM_ARGS,
            base_url=world.desk.url,
            viewport={"width": 1440, "height": 900},
        )
        context.set_default_timeout(LIMIT_MS)
        page = context.pages[0]
        # The cookie may be gone with the browser: the person signs in again.
        data = {"username": "zuoxi01", "password": PASSWORD}
        assert context.request.post("/api/session", data=data).ok
        page.goto("/seat")
        summary = page.get_by_test_id("field-summary")
        if life == "anew":
            expect(summary).to_have_value("楼梯间有两人，已让其返回室内。")
            stored(page)
            context.close()
            break
        expect(page.get_by_test_id("field-address")).not_to_have_value("")
        page.route("**/api/orders/*", lambda route: route.abort())
        summary.fill("楼梯间有两人，已让其返回室内。")
        deadline = time.monotonic() + 30
        while not page.evaluate(ON_DISK, "楼梯间有两人"):
            assert time.monotonic() < deadline, "the draft was not written through"
        kill(tmp_path / "profile")
    assert world.field(order, "summary") == "楼梯间有两人，已让其返回室内。"


def kill(profile: Path) -> None:
    """End the browser of a profile as a crash does."""
    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if f"--user-data-dir={profile}" in line and not any("--type=" in one for one in line):
            for child in [*process.children(recursive=True), process]:
                child.send_signal(signal.SIGKILL)
            process.wait(10)
            return
    pytest.fail("the browser is not there")


def test_too_much_and_scripts_do_no_harm(world: World, signed_in: SignedIn) -> None:
    desktop = signed_in("zuoxi11", path="/seat")
    page = desktop.page
    call = world.ring("zuoxi11", PIPE, "13911112222")
    order = world.answer("zuoxi11", call)
    address = page.get_by_test_id("field-address")
    address.fill("")
    address.evaluate(
        "el => { el.focus(); document.execCommand('insertText', false, '长'.repeat(500)) }"
    )
    expect(page.get_by_test_id("address-full")).to_contain_text("200")
    assert len(address.input_value()) == 200
    shot(page, "seat-too-long")
    address.fill(EVIL)
    page.get_by_test_id("field-contact_name").fill(EVIL[:50])
    page.get_by_test_id("field-summary").fill(EVIL * 3)
    world.says(call, EVIL)
    expect(page.get_by_test_id("utterance")).to_contain_text("onerror")
    stored(page)
    world.edits("zuoxi11", order, unit_ids=[str(world.units["gongshui"])])
    expect(page.get_by_test_id("choose-gongshui")).to_be_checked()
    page.keyboard.press("F9")
    expect(page.get_by_test_id("lamp-gongshui")).to_be_visible()
    for other, path in (("gongshui", "/unit"), ("banzhang", "/supervisor")):
        theirs = signed_in(other, path=path).page
        expect(theirs.get_by_text("onerror").first).to_be_visible()
        assert theirs.evaluate("window.hit") is None
    assert page.evaluate("window.hit") is None
    assert world.field(order, "address") == EVIL

"""The seat's page in every state of a call: one screen, keys alone, an emergency at once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.page_words import FIRE, PIPE
from tests.support.page_world import World
from tests.support.pages import SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

# Panes that have to show all they hold; the lists in them may be longer than their place.
WHOLE = "main.seat, .columns, .column, header.bar, form fieldset, form, .panel > footer"
# Writes down every note that the page's Web Audio starts: its pitch, and when in seconds.
NOTES = """() => {
  window.notes = []
  const start = OscillatorNode.prototype.start
  OscillatorNode.prototype.start = function (at = 0) {
    window.notes.push({ hertz: this.frequency.value, at })
    return start.call(this, at)
  }
}"""


@pytest.fixture(autouse=True)
def seats_at_rest(world: World) -> Iterator[None]:
    """Whatever a test left, the next one finds the seats ready."""
    yield
    for username in ("zuoxi01", "zuoxi11"):
        world.ready(username)


def fits(page: Page) -> None:
    """Neither the document nor a main pane is larger than its place."""
    over = page.evaluate(
        """whole => {
          const found = []
          const page = document.scrollingElement
          if (page.scrollHeight > innerHeight || page.scrollWidth > innerWidth) {
            const low = [...document.querySelectorAll('body *')].filter(one => {
              const box = one.getBoundingClientRect()
              return box.bottom > innerHeight + 1 || box.right > innerWidth + 1
            })
            found.push('page', ...low.map(one => `${one.tagName} ${one.className}`).slice(-3))
          }
          for (const one of document.querySelectorAll(whole)) {
            const name = one.className || one.tagName
            const down = one.scrollHeight - one.clientHeight
            const right = one.scrollWidth - one.clientWidth
            if (down > 1 || right > 1) found.push(`${name}: ${down} down, ${right} right`)
          }
          for (const one of document.querySelectorAll('.panel')) {
            const box = one.getBoundingClientRect()
            const out = box.bottom > innerHeight + 1 || box.right > innerWidth + 1
            if (out || box.height < 40) found.push(`${one.className}: ${box.height} high`)
          }
          return found
        }""",
        WHOLE,
    )
    assert over == []


def test_every_state_fits_one_screen(world: World, signed_in: SignedIn) -> None:
    page = signed_in("zuoxi01", path="/seat").page
    expect(page.get_by_test_id("agent-state")).to_contain_text("就绪")
    fits(page)
    shot(page, "seat-idle")

    call = world.ring("zuoxi01", FIRE)
    expect(page.get_by_test_id("agent-state")).to_contain_text("振铃")
    fits(page)
    shot(page, "seat-ringing")

    order = world.answer("zuoxi01", call)
    for text in FIRE.said:
        world.says(call, text)
    world.speaking(call, "火越来越大了，三楼的窗户都")
    expect(page.get_by_test_id("partial")).to_be_visible()
    fits(page)
    world.suggests(call, FIRE.suggestion)
    expect(page.get_by_test_id("read-back-address")).to_contain_text("您说的是")
    expect(page.get_by_test_id("order-form")).to_have_attribute("data-emergency", "true")
    fits(page)
    shot(page, "seat-emergency")
    no_serious_faults(page)

    world.many_units(order, 14)
    expect(page.locator('[data-testid^="choose-"]')).to_have_count(14)
    fits(page)
    shot(page, "seat-many-units")
    page.keyboard.press("F9")
    off_duty = page.get_by_role("button", name="仍要派发")
    sent = page.get_by_test_id("order-status")
    expect(off_duty.or_(page.locator('[data-status="dispatched"]'))).to_be_visible()
    if off_duty.is_visible():
        off_duty.click()
    expect(sent).to_have_attribute("data-status", "dispatched")
    fits(page)
    shot(page, "seat-sent")

    world.desk.set_speech(False)
    expect(page.get_by_test_id("speech-banner")).to_be_visible()
    fits(page)
    world.desk.set_telephony(False)
    expect(page.get_by_test_id("helpers-down")).to_contain_text("电话系统不可用")
    fits(page)
    shot(page, "seat-helpers-down")
    world.desk.set_speech(True)
    world.desk.set_telephony(True)

    world.hangs_up("zuoxi01", call)
    expect(page.get_by_test_id("agent-state")).to_contain_text("整理中")
    fits(page)
    shot(page, "seat-wrap-up")
    page.keyboard.press("F10")
    expect(page.get_by_test_id("agent-state")).to_contain_text("就绪")
    fits(page)


def test_emergency_shows_at_once_and_moves_nothing(world: World, signed_in: SignedIn) -> None:
    desktop = signed_in("zuoxi01", path="/seat")
    page = desktop.page
    page.evaluate(NOTES)
    page.get_by_test_id("agent-state").click()  # browsers sound only after somebody did something
    call = world.ring("zuoxi01", FIRE)
    world.answer("zuoxi01", call)
    world.says(call, FIRE.said[1])
    form = page.get_by_test_id("order-form")
    address = page.get_by_test_id("field-address")
    expect(form).to_be_visible()
    expect(page.get_by_test_id("utterance")).to_have_count(1)
    places = """() => ['field-address', 'field-summary', 'send', 'hang-up', 'accept-sure'].map(
      id => { const b = document.querySelector(`[data-testid="${id}"]`).getBoundingClientRect()
              return [id, b.x, b.y, b.width] })"""
    address.focus()
    before = page.evaluate(places)
    assert page.evaluate("notes") == []
    world.suggests(call, FIRE.suggestion)
    expect(form).to_have_attribute("data-emergency", "true")
    red = "el => getComputedStyle(el).borderTopColor"
    assert form.evaluate(red) == "rgb(224, 69, 69)"
    expect(page.locator("header.bar")).to_have_css("background-color", "rgb(122, 26, 30)")
    assert page.evaluate(places) == before
    expect(address).to_be_focused()
    # The first sound of the page: it is heard although the browser has yet to start its audio.
    page.wait_for_function("notes.length >= 2")
    world.suggests(call, {**FIRE.suggestion, "reasons": ["还有老人"]})
    expect(page.get_by_test_id("suggestion-reasons")).to_contain_text("还有老人")
    first, second = page.evaluate("notes")  # once, whatever else is suggested
    assert (first["hertz"], second["hertz"]) == (660, 880)
    assert second["at"] - first["at"] == pytest.approx(0.2, abs=0.02)


def test_keys_alone(world: World, signed_in: SignedIn) -> None:
    page = signed_in("zuoxi11", path="/seat").page
    expect(page.get_by_test_id("agent-state")).to_contain_text("就绪")
    page.keyboard.press("F1")
    table = page.get_by_test_id("shortcuts-dialog")
    expect(table).to_contain_text("搜索知识库")
    shot(page, "seat-keys")
    no_serious_faults(page)
    page.keyboard.press("Escape")
    expect(table).to_be_hidden()

    call, _ = world.takes("zuoxi11", PIPE, "13911110001")
    expect(page.get_by_test_id("field-address")).to_have_value("南苑小区12栋")
    page.keyboard.press("F8")
    expect(page.locator('[data-kind="machine"]:has(#f-address)')).to_have_count(0)
    page.keyboard.press("/")
    search = page.get_by_test_id("knowledge-search")
    expect(search).to_be_focused()
    page.keyboard.type("高龄补贴")
    expect(page.get_by_test_id("knowledge-hits").first).to_be_visible()

    # No key acts while characters are being composed.
    address = page.get_by_test_id("field-address")
    address.evaluate(
        """el => { el.focus(); for (const key of ['F9', 'F10', 'F6']) el.dispatchEvent(
             new KeyboardEvent('keydown', {key, isComposing: true, bubbles: true})) }"""
    )
    page.keyboard.press("Shift+F9")
    unit = page.get_by_test_id("choose-gongshui")
    expect(unit).to_be_focused()
    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "draft")
    expect(unit).to_be_checked()
    page.keyboard.press("Space")
    expect(unit).not_to_be_checked()
    page.keyboard.press("Space")
    page.keyboard.press("F9")
    expect(page.get_by_test_id("lamp-gongshui")).to_contain_text("未接收")

    world.hangs_up("zuoxi11", call)
    expect(page.get_by_test_id("agent-state")).to_contain_text("整理中")
    page.keyboard.press("F10")
    expect(page.get_by_test_id("agent-state")).to_contain_text("就绪")

    # The same matter once more: one key merges it; a mistaken call is discarded by key.
    call, _ = world.takes("zuoxi11", PIPE, "13911110002")
    expect(page.get_by_text("疑似重复", exact=True)).to_be_visible()
    shot(page, "seat-duplicate")
    page.keyboard.press("F6")
    expect(page.get_by_test_id("merged-into")).to_be_visible()
    world.ready("zuoxi11")
    call, _ = world.takes("zuoxi11", FIRE, "13911110003")
    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "draft")
    page.keyboard.press("Shift+F6")
    expect(page.locator(".el-message-box").get_by_role("textbox")).to_be_focused()
    page.keyboard.type("小孩误拨")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "cancelled")
    world.ready("zuoxi11")


def test_english(world: World, signed_in: SignedIn) -> None:
    page = signed_in("zuoxi01", path="/seat").page
    world.takes("zuoxi01", FIRE)
    expect(page.get_by_test_id("read-back-address")).to_be_visible()
    page.keyboard.press("F1")
    page.get_by_test_id("shortcuts-dialog").get_by_test_id("language").click()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("send")).to_contain_text("Send")
    expect(page.get_by_test_id("order-status")).to_have_text("Draft")
    assert page.evaluate("document.documentElement.lang") == "en"
    fits(page)
    shot(page, "seat-english")
    page.reload()
    expect(page.get_by_test_id("order-status")).to_have_text("Draft")


@pytest.fixture
def without_suggestions(world: World) -> Iterator[None]:
    """The desk, started again where nothing classifies, and as it was afterwards."""
    world.desk.suggestion_available = False
    world.desk.restart()
    yield
    world.desk.suggestion_available = True
    world.desk.restart()


def test_order_is_written_and_sent_without_suggestions(
    without_suggestions: None, world: World, signed_in: SignedIn
) -> None:
    page = signed_in("zuoxi11", path="/seat").page
    expect(page.get_by_test_id("helpers-down")).to_contain_text("建议不可用")
    call = world.ring("zuoxi11", PIPE, "13911110004")
    order = world.answer("zuoxi11", call)
    for text in PIPE.said:
        world.says(call, text)
    expect(page.get_by_test_id("suggestion")).to_contain_text("请自行判断类别和单位")
    expect(page.get_by_test_id("utterance")).to_have_count(len(PIPE.said))
    fits(page)
    page.get_by_test_id("emergency-no").click()
    page.locator("#f-category_code").fill("管道爆")
    page.get_by_role("option", name="供水管道爆裂").click()
    page.get_by_test_id("field-address").fill("南苑小区12栋")
    page.get_by_test_id("field-summary").fill("水管破了，路上积水")
    page.locator("#f-unit_ids").fill("gongshui")
    page.get_by_test_id("unit-option-gongshui").click()
    page.keyboard.press("Escape")  # the list of units
    expect(page.get_by_test_id("choose-gongshui")).to_be_checked()
    fits(page)
    shot(page, "seat-without-suggestions")
    no_serious_faults(page)
    page.get_by_test_id("send").click()
    expect(page.get_by_test_id("lamp-gongshui")).to_contain_text("未接收")
    expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "dispatched")
    assert world.field(order, "address") == "南苑小区12栋"
    assert world.field(order, "category_code") == "C0101"

"""An order of its own, the archive with its recordings, knowledge, names, what is learned."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.page_desk import Site
from tests.support.page_sounds import keep_recording
from tests.support.page_words import FIRE
from tests.support.page_world import World
from tests.support.pages import SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

POSITION = "() => window.heard?.currentTime ?? 0"
NOTE_SOUND = """() => {
  const play = HTMLMediaElement.prototype.play
  HTMLMediaElement.prototype.play = function () { window.heard = this; return play.call(this) }
}"""


@pytest.fixture(autouse=True)
def seat_at_rest(world: World) -> Iterator[None]:
    yield
    world.ready("zuoxi01")


def recorded(world: World, call_key: str) -> None:
    async def there(site: Site) -> None:
        await keep_recording(site, world.desk.folder, world.calls[call_key])

    world.desk.run(there)


def test_an_order(world: World, signed_in: SignedIn) -> None:
    page = signed_in("banzhang", path=f"/orders/{world.orders['lamps']}").page
    expect(page.get_by_test_id("lamp-xiaofang")).to_contain_text("已到场")
    expect(page.get_by_test_id("lamp-jijiu")).to_contain_text("未接收")
    expect(page.get_by_test_id("lamp-gongan")).to_contain_text("已反馈")
    expect(page.get_by_test_id("utterance")).to_have_count(3)
    shot(page, "order")
    no_serious_faults(page)
    page.get_by_test_id("unit-more-jijiu").click()
    page.get_by_test_id("unit-act-recall").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("消防已将伤者送医")
    page.get_by_role("button", name="确定").click()
    expect(page.get_by_text("已撤回：消防已将伤者送医")).to_be_visible()
    page.get_by_test_id("language").click()
    expect(page.get_by_text("Recalled: 消防已将伤者送医")).to_be_visible()
    expect(page.get_by_test_id("send")).to_contain_text("Send")


def test_archive_and_playback(world: World, signed_in: SignedIn) -> None:
    recorded(world, "late")
    page = signed_in("banzhang", path="/archive").page
    page.get_by_test_id("search-text").fill("石龙街")
    page.get_by_test_id("search").click()
    line = page.get_by_test_id(f"recorded-{world.calls['late']}")
    line.click()
    expect(page.get_by_test_id("recorded-call")).to_be_visible()
    page.evaluate(NOTE_SOUND)
    page.get_by_test_id("play-line").nth(2).click()
    page.wait_for_function(f"{POSITION}() > 8")
    shot(page, "archive")
    no_serious_faults(page)
    page.get_by_test_id("verify").click()
    expect(page.get_by_text("录音与存档时一致")).to_be_visible()


def test_a_seat_hears_and_corrects_its_call(world: World, signed_in: SignedIn) -> None:
    call, _ = world.takes("zuoxi01", FIRE)
    world.calls["own"] = call
    world.ready("zuoxi01")
    page = signed_in("zuoxi01", path="/seat").page
    page.get_by_test_id("tab-orders").click()
    page.locator('[data-testid^="order-line-"]').first.click()
    expect(page.get_by_test_id("utterance")).to_have_count(3)
    page.evaluate(NOTE_SOUND)
    page.get_by_test_id("play").nth(1).click()
    expect(page.get_by_test_id("play-failed")).to_contain_text("请稍候再试")
    recorded(world, "own")
    page.get_by_test_id("play").nth(1).click()
    page.wait_for_function(f"{POSITION}() > 4")
    expect(page.get_by_test_id("play").nth(1)).to_have_attribute("aria-pressed", "true")
    page.get_by_test_id("play").nth(1).click()
    assert page.evaluate("() => window.heard.paused")

    page.get_by_test_id("correct").nth(1).click()
    page.get_by_test_id("correct-input").fill("在濛洲街道石龙街八十六号三楼")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("was-heard")).to_contain_text("八十八号")
    shot(page, "seat-corrected")
    no_serious_faults(page)


def test_knowledge(world: World, signed_in: SignedIn) -> None:
    page = signed_in("banzhang", path="/knowledge").page
    page.get_by_test_id("article-new").click()
    for field, text in (
        ("title", "停水通知在哪里查"),
        ("answer", "可拨打供水公司热线，或在公司网站“停水公告”栏查询。"),
        ("unit", "供水公司"),
        ("source", "供水公司服务承诺"),
        ("questions", "什么时候来水\n今天停水吗"),
    ):
        page.get_by_test_id(f"article-{field}").fill(text)
    page.get_by_test_id("article-save").click()
    expect(page.get_by_text("已保存，座席现在就能查到。")).to_be_visible()
    shot(page, "knowledge")
    no_serious_faults(page)


def test_names(world: World, signed_in: SignedIn, tmp_path: Path) -> None:
    page = signed_in("banzhang", path="/names").page
    table = tmp_path / "names.csv"
    table.write_text("名称,类别\n" + "".join(f"演示新村{n}号,小区\n" for n in range(20)))
    page.get_by_test_id("names-file").set_input_files(table)
    expect(page.get_by_test_id("names-preview")).to_contain_text("20")
    shot(page, "names")
    no_serious_faults(page)


def test_categories(world: World, signed_in: SignedIn) -> None:
    page = signed_in("banzhang", path="/learning/taxonomy").page
    page.get_by_test_id("item-C0101").click()
    page.get_by_test_id("item-ask").fill("漏水点在路面还是楼内？\n有没有影响行车？")
    page.get_by_test_id("item-save").click()
    expect(page.get_by_text("已保存，座席和研判即时按新内容。")).to_be_visible()
    shot(page, "categories")
    no_serious_faults(page)
    english(page, "Categories")


def english(page: Page, word: str) -> None:
    """The page speaks English at once, without being loaded again."""
    page.get_by_test_id("language").click()
    expect(page.get_by_text(word).first).to_be_visible()

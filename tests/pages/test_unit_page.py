"""A unit's telephone in Chromium: without a network, with a photo, talking with its seat."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, FilePayload, Locator, Page, expect
from sqlalchemy import select

from dispatch import repository
from models.tables import Transition
from models.terminal_tables import Photo, TerminalAction, UnitMessage
from tests.support.page_desk import Site
from tests.support.page_words import PIPE
from tests.support.page_world import World
from tests.support.pages import (
    LIMIT_MS,
    PHONE,
    SignedIn,
    no_serious_faults,
    shot,
    wait_until,
)

pytestmark = pytest.mark.browser

UNIT = "gongshui"
SEAT = "zuoxi11"
HEIC = (Path(__file__).parents[1] / "agent_desk" / "pictures" / "turned.heic").read_bytes()
SHELL_KEPT = """async () => {
    const shell = await navigator.serviceWorker.getRegistration('/unit')
    return shell?.active?.state === 'activated'
}"""
# The numbers of the orders whose cards this browser keeps.
CARDS_KEPT = """() => new Promise((resolve) => {
    const opening = indexedDB.open('yihu-terminal')
    opening.onsuccess = () => {
        const reading = opening.result.transaction('cards').objectStore('cards').getAll()
        reading.onsuccess = () => {
            opening.result.close()
            resolve(reading.result.flatMap((kept) => kept.orders.map((order) => order.number)))
        }
    }
})"""


def file(name: str, content: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": content}


def picture(kind: str = "JPEG") -> bytes:
    out = io.BytesIO()
    image = Image.new("RGB", (3000, 2000), "#2f6d8f")
    image.paste("#8a6b3d", (0, 1200, 3000, 2000))
    image.save(out, kind)
    return out.getvalue()


def send(world: World, number: str) -> tuple[UUID, UUID]:
    """An order of a caller sent to the unit: (order, dispatch order)."""
    call_id, order_id = world.takes(SEAT, PIPE, number)
    world.hangs_up(SEAT, call_id)
    world.ready(SEAT)

    async def there(site: Site) -> UUID:
        async with site.database.reading() as session:
            order = await repository.order(session, order_id)
        actor, units = world.users[SEAT], [world.units[UNIT]]
        sent = await site.orders.send(order_id, actor, order.version, units, even_off_duty=True)
        return sent.dispatch_orders[0].id

    return order_id, world.desk.run(there)


def number_of(world: World, order_id: UUID) -> str:
    async def there(site: Site) -> str:
        async with site.database.reading() as session:
            return (await repository.order(session, order_id)).number

    return world.desk.run(there)


def moves(world: World, item: UUID) -> Sequence[str]:
    async def there(site: Site) -> Sequence[str]:
        query = select(Transition.trigger).where(Transition.entity_id == item)
        async with site.database.reading() as session:
            return (await session.scalars(query.order_by(Transition.id))).all()

    return world.desk.run(there)


def count(world: World, table: type[Photo | TerminalAction | UnitMessage], item: UUID) -> int:
    async def there(site: Site) -> int:
        query = select(table).where(table.dispatch_order_id == item)
        async with site.database.reading() as session:
            return len((await session.scalars(query)).all())

    return world.desk.run(there)


def recall(world: World, item: UUID) -> None:
    async def there(site: Site) -> None:
        await site.orders.recall(item, actor_id=world.users[SEAT], reason="来电人说已自行修好")

    world.desk.run(there)


def card(page: Page, number: str) -> Locator:
    return page.get_by_test_id(f"unit-order-{number}")


def tap(where: Locator, name: str) -> None:
    """As a thumb does: only once the button has settled."""
    where.get_by_test_id(f"unit-{name}").click()


def go_online(context: BrowserContext, page: Page) -> None:
    context.set_offline(False)
    expect(page.get_by_test_id("link")).to_have_attribute("data-link", "open", timeout=LIMIT_MS)


def test_what_is_done_without_a_network_is_reported_once_and_in_order(
    world: World, signed_in: SignedIn
) -> None:
    expect.set_options(timeout=LIMIT_MS)
    desktop = signed_in(UNIT, path="/unit", size=PHONE)
    page, context = desktop.page, desktop.context
    expect(page.get_by_test_id("link")).to_have_attribute("data-link", "open")
    order, item = send(world, "13800002001")
    other, second = send(world, "13800002002")
    mine, gone = card(page, number_of(world, order)), card(page, number_of(world, other))
    expect(mine).to_be_visible()
    expect(gone.get_by_test_id("unit-lamp")).to_have_attribute("data-lamp", "red")
    shot(page, "unit-orders-390x844")
    no_serious_faults(page)
    wait_until("the page to be kept", lambda: bool(page.evaluate(SHELL_KEPT)))
    wanted = {number_of(world, order), number_of(world, other)}
    wait_until("the cards to be kept", lambda: wanted <= set(page.evaluate(CARDS_KEPT)))

    context.set_offline(True)
    expect(page.get_by_test_id("link")).to_have_attribute("data-link", "lost")
    for step in ("receive", "depart", "arrive"):
        tap(mine, step)
    mine.get_by_test_id("talk-open").click()
    mine.get_by_test_id("talk-text").fill("总阀已关，正在挖开路面")
    mine.get_by_test_id("talk-send").click()
    tap(gone, "receive")
    expect(mine).to_have_attribute("data-status", "on_site")
    expect(mine.get_by_test_id("unit-recorded")).to_have_text("已记录，联网后上报")
    mine.get_by_test_id("unit-feedback-text").fill("已更换爆裂管段，恢复供水。")
    mine.get_by_test_id("photo-file").set_input_files(
        [
            file("坑.jpg", picture()),
            file("网页.jpg", b"<html></html>"),
            file("大.jpg", bytes(20 * 1024 * 1024 + 1)),
        ]
    )
    expect(mine.get_by_test_id("photo-count")).to_have_text("1/9")
    expect(mine.get_by_test_id("photo-wrong")).to_contain_text("“大.jpg”超过 20 MB")
    expect(mine.get_by_test_id("photo-wrong")).to_contain_text("“网页.jpg”不是可用的照片")
    mine.scroll_into_view_if_needed()
    shot(page, "unit-offline-390x844")
    no_serious_faults(page)

    page.reload()  # without a network: the page, the cards and what was typed come back
    expect(mine).to_have_attribute("data-status", "on_site")
    expect(mine.get_by_test_id("photo-count")).to_have_text("1/9")
    expect(mine.get_by_test_id("unit-feedback-text")).to_have_value("已更换爆裂管段，恢复供水。")
    tap(mine, "feedback-submit")
    expect(mine).to_have_attribute("data-status", "fed_back")
    expect(mine).to_have_attribute("data-waiting", "5")
    twin = desktop.watched(context.new_page())
    twin.goto("/unit")
    expect(card(twin, number_of(world, order))).to_have_attribute("data-waiting", "5")
    assert moves(world, item) == ["send"]
    recall(world, second)

    go_online(context, page)
    expect(mine).to_have_attribute("data-waiting", "0")
    expect(mine.get_by_test_id("unit-lamp")).to_have_attribute("data-lamp", "green")
    refused = page.get_by_test_id("unit-refused")
    expect(refused).to_contain_text("来电人说已自行修好")
    expect(card(twin, number_of(world, order))).to_have_attribute("data-waiting", "0")
    assert moves(world, item) == ["send", "receive", "depart", "arrive", "feed_back"]
    assert count(world, TerminalAction, item) == 5
    assert (count(world, UnitMessage, item), count(world, Photo, item)) == (1, 1)
    assert moves(world, second) == ["send", "recall"]
    shot(page, "unit-refused-390x844")
    refused.get_by_test_id("refused-seen").click()
    expect(refused).to_have_count(0)

    page.get_by_test_id("unit-history").click()
    page.get_by_test_id("history-text").fill(number_of(world, order)[-4:])
    row = page.get_by_test_id("history-row")
    expect(row).to_have_count(1)
    expect(row).to_contain_text(number_of(world, order))
    row.get_by_role("button").first.click()
    expect(row.get_by_test_id("photo").locator("img")).to_have_js_property("naturalWidth", 320)
    shot(page, "unit-history-390x844")
    no_serious_faults(page)


def test_seat_and_unit_talk_and_the_seat_sees_the_photo(world: World, signed_in: SignedIn) -> None:
    expect.set_options(timeout=LIMIT_MS)
    order, item = send(world, "13800002003")
    page = signed_in(UNIT, path="/unit", size=PHONE).page
    seat = signed_in(SEAT, path=f"/orders/{order}").page
    mine = card(page, number_of(world, order))
    tap(mine, "receive")

    seat.get_by_test_id(f"talk-{item}").click()
    seat.get_by_test_id("talk-text").fill("来电人说 <b>东门</b> 已开，从东门进")
    seat.get_by_test_id("talk-send").click()
    expect(mine.get_by_test_id("talk")).to_contain_text("来电人说 <b>东门</b> 已开，从东门进")
    mine.get_by_test_id("talk-text").fill("收到，五分钟到")
    mine.get_by_test_id("talk-send").click()
    expect(seat.get_by_role("log")).to_contain_text("收到，五分钟到")
    shot(seat, "seat-unit-talk-1440x900")
    no_serious_faults(seat)
    seat.keyboard.press("Escape")

    mine.get_by_test_id("unit-feedback-text").fill("已修复。")
    # Chromium shows no HEIC: it is sent as it is.
    mine.get_by_test_id("photo-file").set_input_files(
        [file("a.png", picture("PNG")), file("IMG_0001.HEIC", HEIC)]
    )
    expect(mine.get_by_test_id("photo-count")).to_have_text("2/9")
    expect(mine.get_by_test_id("photo-blind")).to_have_count(1)
    tap(mine, "feedback-submit")
    expect(seat.get_by_test_id("photo")).to_have_count(2)
    seat.get_by_test_id("photo").first.click()
    large = seat.get_by_test_id("photo-large").locator("img")
    expect(large).to_have_js_property("naturalWidth", 2048)
    shot(seat, "seat-unit-photo-1440x900")

    page.get_by_test_id("unit-menu").click()
    page.get_by_test_id("sign-out").click()
    page.wait_for_url("**/login")
    left = "Object.keys(localStorage).filter((name) => name.includes('yihu.unit.'))"
    wait_until("no text to be kept", lambda: page.evaluate(left) == [])
    wait_until("no card to be kept", lambda: page.evaluate(CARDS_KEPT) == [])


def test_a_place_is_looked_at_on_the_map(world: World, signed_in: SignedIn) -> None:
    expect.set_options(timeout=LIMIT_MS)
    order, _ = send(world, "13800002004")
    page = signed_in(UNIT, path="/unit", size=PHONE).page
    card(page, number_of(world, order)).get_by_test_id("unit-address").click()
    expect(page.get_by_test_id("unit-map").locator(".leaflet-container")).to_be_visible()
    shot(page, "unit-map-390x844")
    no_serious_faults(page)

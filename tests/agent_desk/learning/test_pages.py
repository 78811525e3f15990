"""A supervisor takes a better model into use, edits an item and turns the dial, by clicks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import anyio.to_thread
import pytest
from playwright.sync_api import expect

from models.learning_tables import Judgement
from tests.e2e.browser import DESKTOP, Desk, chromium
from tests.support.desk import PASSWORD, Site, served
from tests.support.learned import Taught, corrected, judged

pytestmark = pytest.mark.browser

DIST = Path(__file__).resolve().parents[3] / "agent_desk" / "web" / "dist"
OK = "确定"


def teach(url: str, version: str) -> list[str]:
    """What a supervisor does; gives what the pages complained about."""
    expect.set_options(timeout=30_000)
    with chromium() as browser:
        desk = Desk(browser, url, DESKTOP)
        page = desk.page
        desk.sign_in("boss", PASSWORD)

        page.goto("/learning/models")
        expect(page.get_by_test_id("verdict")).to_contain_text("可以启用")
        desk.picture("learning-models")
        page.get_by_test_id(f"use-{version}").click()
        page.get_by_role("button", name=OK).click()
        expect(page.get_by_test_id("models").locator("tr", has_text=version)).to_contain_text(
            "现用"
        )
        expect(page.get_by_test_id("roll-back")).to_be_enabled()

        page.get_by_role("link", name="类目").click()
        page.get_by_test_id("item-C0101").click()
        page.get_by_test_id("item-name").fill("自来水管爆裂")
        page.get_by_test_id("item-ask").fill("水有多大？\n\n堵路了吗？")
        page.get_by_test_id("item-save").click()
        expect(page.get_by_test_id("item-C0101")).to_contain_text("自来水管爆裂")
        page.get_by_test_id("taxonomy-history").click()
        expect(page.get_by_text("修改 C0101 自来水管爆裂：名称、应问")).to_be_visible()
        desk.picture("learning-taxonomy")

        page.get_by_role("link", name="灵敏度").click()
        before = page.get_by_test_id("threshold").inner_text()
        page.get_by_test_id("dial").fill("6")
        page.get_by_test_id("apply-dial").click()
        page.get_by_role("button", name=OK).click()
        expect(page.get_by_test_id("threshold")).not_to_have_text(before)
        desk.picture("learning-dial")
        page.get_by_test_id("roll-back-dial").click()
        expect(page.get_by_test_id("threshold")).to_have_text(before)

        page.get_by_role("link", name="研判质量").click()
        expect(page.get_by_test_id("gaps")).to_contain_text("无人机")
        expect(page.get_by_test_id("hits-suggested")).to_contain_text("自来水管爆裂")
        desk.picture("learning-quality")
        return desk.complaints


async def test_a_supervisor_teaches_by_clicks(
    taught: Taught, with_parts: Callable[..., Site]
) -> None:
    await corrected(taught)
    for text in ("无人机掉在我家屋顶", "有架无人机撞到屋顶", "屋顶上有个无人机"):
        await judged(taught.site.database, text, "O0105", abstained=True, judgement=Judgement.KEPT)
    version = await taught.train()
    taught.site.clock.advance(timedelta(seconds=1))
    desk = with_parts(
        learning=taught.learning, categories=taught.site.parts.categories, web_dist=DIST
    )
    async with served(desk.app) as address:
        complaints = await anyio.to_thread.run_sync(teach, f"http://{address}", version)
    assert complaints == []
    assert taught.live.version == version
    assert taught.learning.taxonomies.current.items["C0101"].ask == ("水有多大？", "堵路了吗？")

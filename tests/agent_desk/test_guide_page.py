"""The seat's page in Chromium: an answer by one key, a second caller merged by another."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.e2e.browser import ARTEFACTS, CHROMIUM_ARGS, DESKTOP
from tests.support.desk import PASSWORD, Site, served

pytestmark = pytest.mark.browser

DIST = Path(__file__).parents[2] / "agent_desk" / "web" / "dist"
PATIENT = 30_000
PLACE = {"address": "南苑小区12栋", "category_code": "P0101", "summary": "水管爆了，水喷得很高。"}
CARD = {
    "title": "身份证补办",
    "answer": "带户口簿到任一派出所户籍窗口办理。",
    "unit": "公安",
    "source": "演示内容",
    "questions": ["身份证丢了怎么办"],
}


@asynccontextmanager
async def page_of(url: str, username: str) -> AsyncIterator[Page]:
    """Somebody's own browser, signed in."""
    program = os.environ.get("YIHU_CHROMIUM") or shutil.which("chromium")
    assert program, "Chromium is missing: run `make test`, which installs it"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGS)
        try:
            page = await browser.new_page(
                base_url=url,
                locale="zh-CN",
                viewport={"width": DESKTOP["width"], "height": DESKTOP["height"]},
            )
            page.set_default_timeout(PATIENT)
            expect.set_options(timeout=PATIENT)
            await page.goto("/login")
            await page.get_by_test_id("login-username").fill(username)
            await page.get_by_test_id("login-password").fill(PASSWORD)
            await page.get_by_test_id("login-submit").click()
            yield page
        finally:
            await browser.close()


async def picture(page: Page, name: str) -> None:
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=ARTEFACTS / f"{name}-1440x900.png")


async def test_a_second_caller_is_merged_and_a_question_answered(
    with_parts: Callable[..., Site],
) -> None:
    site = with_parts(web_dist=DIST)
    first, _ = await site.order_of("seat-b", "1002")
    await site.orders.edit(first, site.users["seat-b"], 0, PLACE)
    async with site.signed_in("boss") as boss:
        answer = await boss.post("/api/knowledge/articles", json=CARD)
        assert answer.status_code == 201, answer.text
    async with site.signed_in("seat-a") as seat:
        body = {"seat_code": "1001", "device": "phone"}
        agent = UUID((await seat.post("/api/agent-session", json=body)).json()["id"])
    second = await site.answer(await site.ring(agent, "13800005678"), agent)

    async with served(site.app) as host, page_of(f"http://{host}", "seat-a") as page:
        await expect(page.get_by_test_id("same-matter")).to_contain_text("没有发现")
        await page.get_by_test_id("field-address").fill("南苑小区12幢")
        await page.get_by_test_id("field-summary").fill("楼下水管爆了，水喷得很高。")
        await expect(page.get_by_test_id("same-offer")).to_contain_text("同在南苑小区同一栋")
        await picture(page, "seat-same-matter")
        await page.keyboard.press("F6")
        await expect(page.get_by_test_id("merged-into")).to_contain_text("已并入")
        await expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "merged")
        await page.get_by_test_id("split").click()
        await expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "draft")

        await page.get_by_test_id("guide-advice").click()
        await page.keyboard.press("/")
        await expect(page.get_by_test_id("knowledge-search")).to_be_focused()
        await page.keyboard.type("养蜂补贴")
        async with page.expect_response("**/api/knowledge/gaps"):
            await page.get_by_test_id("knowledge-missing").click()
        await page.get_by_test_id("knowledge-search").fill("身份证掉了怎么办")
        await expect(page.get_by_test_id("knowledge-article")).to_contain_text("户籍窗口")
        await picture(page, "seat-knowledge")
        assert await page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        await page.get_by_test_id("knowledge-answered").click()
        await expect(page.get_by_test_id("order-status")).to_have_attribute("data-status", "closed")
    async with site.signed_in("boss") as boss:
        (gap,) = (await boss.get("/api/knowledge/gaps")).json()
        order = (await boss.get(f"/api/orders/{second}")).json()["order"]
    assert (gap["text"], gap["asked_by"]) == ("养蜂补贴", "seat-a员")
    assert order["answer"].startswith(CARD["answer"])

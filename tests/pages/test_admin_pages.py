"""Administration in a browser: people, seats, units, prompts, the calendar and the log."""

from __future__ import annotations

import io
import re
from uuid import uuid4

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.support.page_world import World
from tests.support.pages import DESKTOP, SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

OWN = "a-good-one-of-mine-7"
PAGES = {
    "people": "演示班长",
    "seats": "110 第1席",
    "queues": "紧急报警",
    "numbers": "停用",
    "units": "演示",
    "areas": "庆元",
    "calendar": "国庆",
    "limits": "接收",
    "prompts": "您的通话将被录音",
    "audits": "查找",
}


def _wav() -> bytes:
    out = io.BytesIO()
    soundfile.write(out, np.sin(np.arange(32_000) / 8).astype(np.float32) / 3, 16_000, format="WAV")
    return out.getvalue()


def _fits(page: Page) -> None:
    assert page.evaluate(
        "document.documentElement.scrollWidth <= innerWidth"
        " && document.documentElement.scrollHeight <= innerHeight"
    )


def _yes(page: Page) -> None:
    page.locator(".el-message-box").get_by_role("button").filter(
        has_text=re.compile("确定|停用|恢复")
    ).click()


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_administration(signed_in: SignedIn, name: str) -> None:
    page = signed_in("admin", path=f"/admin/{name}", size=DESKTOP).page
    expect(page.locator(".admin-page")).to_contain_text(PAGES[name])
    page.wait_for_load_state("networkidle")
    _fits(page)
    shot(page, f"admin-{name}-1440x900")
    no_serious_faults(page)


def test_a_person_comes_changes_the_password_and_is_locked(signed_in: SignedIn) -> None:
    page = signed_in("admin", path="/").page
    expect(page).to_have_url(re.compile("/admin/people$"))
    username = f"xin{uuid4().hex[:8]}"  # another one where the test is run again
    page.get_by_test_id("person-new").click()
    page.get_by_test_id("display-name").fill("<b>新来的</b>")
    page.get_by_test_id("username").fill("BANZHANG")
    page.get_by_test_id("form-save").click()
    expect(page.get_by_test_id("form-trouble")).to_contain_text("已经有人使用")
    page.get_by_test_id("username").fill(username)
    no_serious_faults(page)
    page.get_by_test_id("form-save").click()
    once = page.get_by_test_id("secret").inner_text()
    shot(page, "admin-one-time-password")
    page.get_by_test_id("secret-done").click()
    row = page.get_by_test_id(f"person-{username}")
    expect(row).to_contain_text("<b>新来的</b>")  # nothing typed is markup
    expect(row).to_contain_text("待改密码")

    other = signed_in("", path="/login").page
    other.get_by_test_id("login-username").fill(username)
    other.get_by_test_id("login-password").fill(once)
    other.get_by_test_id("login-submit").click()
    expect(other).to_have_url(re.compile("/account$"))
    other.goto("/seat")
    expect(other).to_have_url(re.compile("/account$"))
    other.get_by_test_id("current-password").fill(once)
    for field in ("new-password", "new-password-again"):
        other.get_by_test_id(field).fill("12345678")
    other.get_by_test_id("account-save").click()
    expect(other.get_by_test_id("account-trouble")).to_contain_text("太常见")
    shot(other, "account-1440x900")
    no_serious_faults(other)
    for field in ("new-password", "new-password-again"):
        other.get_by_test_id(field).fill(OWN)
    other.get_by_test_id("account-save").click()
    expect(other).to_have_url(re.compile("/seat$"))

    page.reload()
    page.get_by_test_id(f"edit-{username}").click()
    page.get_by_test_id("lock").click()
    _yes(page)
    expect(row).to_contain_text("已锁定")
    expect(other).to_have_url(re.compile("/login$"))  # at once, by its socket


def test_two_people_edit_one_unit_and_nothing_is_lost(signed_in: SignedIn) -> None:
    first = signed_in("admin", path="/admin/units").page
    second = signed_in("admin", path="/admin/units").page
    for page in (first, second):
        page.get_by_test_id("edit-gongshui").click()
        expect(page.get_by_test_id("unit-name")).not_to_have_value("")
    first.get_by_test_id("unit-name").fill("演示供水（一）")
    first.get_by_test_id("unit-duty-phone").fill("010012")
    first.get_by_test_id("form-save").click()
    expect(first.get_by_test_id("unit-gongshui")).to_contain_text("演示供水（一）")

    second.get_by_test_id("unit-name").fill("演示供水（二）")
    second.get_by_test_id("form-save").click()
    expect(second.get_by_test_id("form-trouble")).to_contain_text("演示管理员在")
    expect(second.get_by_test_id("unit-name")).to_have_value("演示供水（二）")
    expect(second.get_by_role("alert").filter(has_text="他人改为")).to_contain_text(
        "演示供水（一）"
    )
    expect(second.get_by_test_id("unit-duty-phone")).to_have_value("010012")
    shot(second, "admin-edited-meanwhile-1440x900")
    no_serious_faults(second)
    second.get_by_test_id("form-save").click()
    expect(second.get_by_test_id("unit-gongshui")).to_contain_text("演示供水（二）")
    expect(second.get_by_test_id("unit-gongshui")).to_contain_text("010012")


def test_two_people_edit_one_day_and_one_channel(signed_in: SignedIn) -> None:
    first = signed_in("admin", path="/admin/calendar").page
    second = signed_in("admin", path="/admin/calendar").page
    for page, name in ((first, "一人的假"), (second, "另一人的假")):
        page.get_by_test_id("day-2026-11-11").click()
        page.get_by_test_id("kind-holiday").check()
        page.get_by_test_id("day-name").fill(name)
    first.get_by_test_id("day-save").click()
    expect(first.get_by_test_id("day-2026-11-11")).to_contain_text("一人的")
    second.get_by_test_id("day-save").click()
    expect(second.get_by_test_id("form-trouble")).to_contain_text("演示管理员在")
    expect(second.get_by_role("alert").filter(has_text="他人改为")).to_contain_text("一人的假")
    expect(second.get_by_test_id("day-name")).to_have_value("另一人的假")
    shot(second, "admin-day-edited-meanwhile")
    no_serious_faults(second)
    second.get_by_test_id("day-save").click()
    expect(second.get_by_test_id("day-2026-11-11")).to_contain_text("另一人")
    second.get_by_test_id("day-2026-11-11").click()
    second.get_by_test_id("kind-").check()
    second.get_by_test_id("day-save").click()
    expect(second.get_by_test_id("day-2026-11-11")).not_to_contain_text("另一人")

    address = f"{uuid4().hex}@unit.invalid"
    for page in (first, second):
        page.get_by_role("link", name="单位").click()
        page.get_by_test_id("edit-gongdian").click()
    first.get_by_test_id("channel-kind").select_option("email")
    first.get_by_test_id("channel-address").fill(address)
    first.get_by_test_id("channel-add").click()
    ours = first.get_by_test_id("channel-email").last  # another one where the test is run again
    expect(ours.get_by_role("textbox")).to_have_value(address)
    second.get_by_test_id("channel-kind").select_option("sms")
    second.get_by_test_id("channel-address").fill("010013")
    second.get_by_test_id("channel-add").click()
    expect(second.locator(".el-message").filter(has_text="演示管理员在")).to_be_visible()
    theirs = second.get_by_test_id("channel-email").last
    expect(theirs.get_by_role("textbox")).to_have_value(address)
    expect(second.get_by_test_id("channel-address")).to_have_value("010013")

    ours.get_by_role("textbox").fill(f"first-{address}")
    theirs.get_by_role("textbox").fill(f"second-{address}")
    ours.get_by_role("button", name="保存").click()
    expect(ours.get_by_role("button", name="保存")).to_have_count(0)
    theirs.get_by_role("button", name="保存").click()
    expect(theirs.get_by_role("alert")).to_contain_text(f"first-{address}")
    expect(theirs.get_by_role("textbox")).to_have_value(f"second-{address}")
    shot(second, "admin-channel-edited-meanwhile")
    theirs.get_by_role("button", name="采用").click()
    expect(theirs.get_by_role("textbox")).to_have_value(f"first-{address}")
    expect(theirs.get_by_role("button", name="保存")).to_have_count(0)


def test_nobody_undoes_what_another_has_just_done(signed_in: SignedIn) -> None:
    first = signed_in("admin", path="/admin/numbers").page
    second = signed_in("admin", path="/admin/numbers").page
    name = uuid4().hex
    ours, theirs = (one.get_by_test_id("hotline-00097777") for one in (first, second))

    def put() -> None:
        first.get_by_test_id("hotline-queue").select_option("96345")
        first.get_by_test_id("hotline-name").fill(name)
        first.get_by_test_id("hotline-save").click()
        expect(ours).to_contain_text(name)

    first.get_by_test_id("hotline-number").fill("00097777")
    put()
    second.reload()
    expect(theirs).to_contain_text(name)
    name = uuid4().hex
    ours.get_by_role("button", name="修改").click()
    put()
    theirs.get_by_role("button", name="停用").click()
    _yes(second)
    expect(second.locator(".el-message")).to_contain_text(f"（{name}），没有停用")
    expect(theirs).to_contain_text(name)
    theirs.get_by_role("button", name="停用").click()
    _yes(second)
    expect(theirs).to_have_count(0)

    for page in (first, second):
        page.get_by_role("link", name="单位").click()
        page.get_by_test_id("edit-gongdian").click()
    first.get_by_test_id("token").click()
    _yes(first)
    first.get_by_test_id("secret-done").click()
    second.get_by_test_id("token").click()
    _yes(second)
    expect(second.locator(".el-message").filter(has_text="演示管理员在")).to_be_visible()
    expect(second.get_by_test_id("secret")).to_have_count(0)
    expect(second.get_by_test_id("token-revoke")).to_be_visible()
    second.get_by_test_id("token-revoke").click()
    _yes(second)
    expect(second.get_by_test_id("token-revoke")).to_have_count(0)


def test_channels_tokens_and_a_retired_unit(signed_in: SignedIn, world: World) -> None:
    page = signed_in("admin", path="/admin/units").page
    page.get_by_test_id("edit-xiaofang").click()
    page.get_by_test_id("channel-kind").select_option("webhook")
    page.get_by_test_id("channel-address").fill("http://127.0.0.1/orders")
    page.get_by_test_id("channel-add").click()
    expect(page.locator(".el-message")).to_contain_text("https://")
    page.get_by_test_id("channel-address").fill(f"https://unit.invalid/{uuid4().hex}")
    page.get_by_test_id("channel-add").click()
    expect(page.get_by_test_id("secret")).not_to_be_empty()
    page.get_by_test_id("secret-done").click()
    page.get_by_test_id("test-webhook").last.click()
    expect(page.get_by_test_id("tried-webhook").last).to_contain_text("无法连接")
    page.get_by_test_id("token").click()
    _yes(page)
    expect(page.get_by_test_id("secret")).not_to_be_empty()
    page.get_by_test_id("secret-done").click()
    page.get_by_test_id("unit-name").scroll_into_view_if_needed()
    shot(page, "admin-unit-1440x900")
    no_serious_faults(page)
    page.get_by_test_id("unit-retire").click()
    expect(page.locator(".el-message-box")).to_contain_text("派单没有办完")
    _yes(page)
    expect(page.get_by_test_id("unit-restore")).to_be_visible()
    page.get_by_test_id("unit-restore").click()
    expect(page.get_by_test_id("unit-retire")).to_be_visible()


def test_a_seat_a_day_a_prompt_and_the_log(signed_in: SignedIn) -> None:
    page = signed_in("admin", path="/admin/seats").page
    page.get_by_test_id("edit-seat02").click()
    page.get_by_test_id("seat-name").fill("二号席;]")
    page.get_by_test_id("form-save").click()
    expect(page.get_by_test_id("form-trouble")).to_contain_text("名称里不能有")
    page.get_by_test_id("seat-name").fill("二号席")
    page.get_by_test_id("form-save").click()
    expect(page.get_by_test_id("seat-seat02")).to_contain_text("二号席")

    page.get_by_role("link", name="日历").click()
    page.get_by_test_id("day-2026-12-25").click()
    page.get_by_test_id("kind-holiday").check()
    page.get_by_test_id("day-name").fill("演示假")
    shot(page, "admin-day")
    page.get_by_test_id("day-save").click()
    expect(page.get_by_test_id("day-2026-12-25")).to_contain_text("演示假")

    page.get_by_role("link", name="提示音").click()
    page.get_by_test_id("edit-yihu/greeting").click()
    file = page.get_by_test_id("prompt-file")
    file.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": b"no sound"})
    expect(page.get_by_test_id("form-trouble")).to_contain_text("WAV")
    no_serious_faults(page)
    file.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": _wav()})
    greeting = page.get_by_test_id("prompt-yihu/greeting")
    expect(greeting).to_contain_text("自己的录音")
    expect(greeting).to_contain_text("2 秒")

    page.get_by_role("link", name="审计").click()
    lines = page.get_by_test_id("audit")
    expect(lines.first).to_contain_text("换上了自己的录音")
    page.get_by_test_id("audit-kind").select_option("seat")
    page.get_by_test_id("audit-search").click()
    expect(lines).to_have_count(1)
    expect(lines.first).to_contain_text("修改了座席“二号席（seat02）”")
    expect(lines.first).to_contain_text("110 第2席")
    page.get_by_test_id("audit-words").fill("没有这样的字")
    page.get_by_test_id("audit-search").click()
    expect(page.locator(".admin-table")).to_contain_text("没有这样的记录")
    with page.expect_download() as got:
        page.get_by_role("link", name="导出 CSV").click()
    assert got.value.suggested_filename == "审计.csv"


def test_others_see_nothing_of_it(signed_in: SignedIn) -> None:
    page = signed_in("banzhang", path="/admin/people").page
    expect(page).to_have_url(re.compile("/supervisor$"))
    answer = page.request.get("/api/admin/people")
    assert (answer.status, answer.json()["code"]) == (403, "forbidden")

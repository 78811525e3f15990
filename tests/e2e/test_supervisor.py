"""The supervisor's pages on a real centre: the floor, sound beside a seat, the archive, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, Page, expect, sync_playwright

from ivr.voice import DEFAULT_VOICE, Voice
from tests.e2e.browser import DESKTOP, Desk, chromium_of
from tests.e2e.conftest import Caller, Instance, wait_until
from tests.e2e.test_api_path import sip_secret
from tests.support.tones import tones_in, write_tone
from yihu.settings import load_settings
from yihu.simulate.audio import decode_alaw
from yihu.simulate.phone import Phone

pytestmark = pytest.mark.browser

BURST_PIPE = "我在南苑小区十二栋楼下，自来水管破裂了，水喷得老高"
FIRE = "着火了，里面有人"
TALKS, SPEAKS, SILENT = "13800000041", "13800000042", "13800000043"
SEAT, LEAD = 700, 1000  # hertz: what the seat's telephone and the supervisor's microphone say
BLOCK = 4_000  # samples that are looked at: half a second
WALL = {"width": 1920, "height": 1080}
OVERFLOWS = """() => {
  const wide = document.documentElement.scrollWidth > window.innerWidth
  const cut = [...document.querySelectorAll('main *')].filter(
    (one) =>
      !one.parentElement.closest('.leaflet-container') && // a map is larger than what it shows
      one.getBoundingClientRect().right > window.innerWidth + 1,
  )
  return wide || cut.length > 0
}"""
# The supervisor's page plays what the telephone receives; this tells how loud 700 Hz is there.
SEAT_LEVEL = """async () => {
  const track = window.heardBy.at(-1).getReceivers()[0].track
  const context = new AudioContext()
  const analyser = context.createAnalyser()
  analyser.fftSize = 4096
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser)
  await new Promise((done) => setTimeout(done, 400))
  const bins = new Float32Array(analyser.frequencyBinCount)
  analyser.getFloatFrequencyData(bins)
  const level = bins[Math.round(700 * analyser.fftSize / context.sampleRate)]
  await context.close()
  return level
}"""
KEEP_CONNECTIONS = """(() => {
  const Native = window.RTCPeerConnection
  window.heardBy = []
  window.RTCPeerConnection = class extends Native {
    constructor(...parts) { super(...parts); window.heardBy.push(this) }
  }
})()"""


@pytest.fixture(scope="module")
def portal() -> Iterator[BlockingPortal]:
    with start_blocking_portal() as made:
        yield made


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One whose microphone hears the supervisor's tone."""
    voice = write_tone(tmp_path_factory.mktemp("lead") / "lead.wav", LEAD, 60)
    with sync_playwright() as playwright, chromium_of(playwright, voice) as made:
        yield made


@pytest.fixture(scope="module")
def spoken(models_dir: Path) -> dict[str, Path]:
    """What callers say, as sound files, made before anybody waits for it."""
    voice = Voice.load(models_dir)
    folder = load_settings().cache_dir / "spoken"
    return {text: voice.speak_to(text, DEFAULT_VOICE, folder) for text in (BURST_PIPE, FIRE)}


@contextmanager
def sitting(centre: Instance, portal: BlockingPortal, number: int, tone: Path) -> Iterator[Phone]:
    """A seat with a telephone that answers by itself and speaks a tone."""
    code, name = f"seat{number:02}", f"zuoxi{number:02}"
    everybody_leaves(centre, code)  # a first try that failed leaves its seats taken
    phone = Phone(
        sip_host="127.0.0.1",
        sip_port=centre.port_base + 1,
        username=code,
        secret=sip_secret(centre, code),
        answer_after=0.3,
        greeting=tone,
        record_seconds=120,
    )
    task, _ = portal.start_task(phone.run)
    try:
        with closing(centre.client(name)) as client:
            answer = client.post("/api/agent-session", json={"seat_code": code, "device": "phone"})
            assert answer.status_code == 200, answer.text
        yield phone
    finally:
        task.cancel()


@contextmanager
def calling(centre: Instance, number: str, sound: Path) -> Iterator[Caller]:
    words = ("--to", "110", "--from", number, "--wav", str(sound), "--stay", "90")
    caller = Caller(centre, *words)
    try:
        yield caller
    finally:
        caller.stop()


def everybody_leaves(centre: Instance, code: str = "") -> None:
    """Sign everybody out whom an earlier test left at a seat, or at this one."""

    def left(boss: httpx.Client) -> bool:  # refused while a call is still on its way out
        taken = [
            seat["session_id"]
            for seat in boss.get("/api/floor").json()["seats"]
            if seat["session_id"] and seat["seat_code"].endswith(code)
        ]
        for session_id in taken:
            boss.post(f"/api/agents/{session_id}/sign-out")
        return not taken

    with closing(centre.client("banzhang")) as boss:
        wait_until("everybody to have left the seats", lambda: left(boss), 60)


def seat_hears(phone: Phone, lead: bool) -> None:
    """Wait until the seat's telephone hears the supervisor's tone, or does not."""

    def right() -> bool:
        newest = phone.heard[-BLOCK:]
        if len(newest) < BLOCK:
            return False
        return (LEAD in tones_in(decode_alaw(newest), (LEAD,))) is lead

    wait_until(f"the seat to hear the supervisor: {lead}", right, 15)


def confirm(page: Page, reason: str = "") -> None:
    box = page.locator(".el-message-box")
    expect(box).to_be_visible()
    if reason:
        box.locator("input").fill(reason)
    box.get_by_role("button", name="确定").click()
    expect(box).to_have_count(0)


def fits(page: Page) -> None:
    """Nothing reaches beyond the window's right edge, on a desk's screen and on a wall's."""
    for size in (WALL, DESKTOP):
        page.set_viewport_size({"width": size["width"], "height": size["height"]})
        wait_until(  # a plot follows the new size a moment later
            f"nothing to overflow at {size['width']} pixels",
            lambda: not page.evaluate(OVERFLOWS),
            10,
        )


def floor_of(page: Page, code: str, status: str) -> None:
    tile = page.get_by_test_id(f"tile-{code}")
    expect(tile).to_have_attribute("data-status", status, timeout=45_000)


@pytest.fixture(scope="module")
def lead(centre: Instance, browser: Browser) -> Iterator[Desk]:
    """The supervisor's page, seated at lead01 with the browser's telephone."""
    everybody_leaves(centre)
    desk = Desk(browser, centre.url, DESKTOP)
    desk.context.add_init_script(KEEP_CONNECTIONS)
    desk.sign_in("banzhang", centre.password)
    page = desk.page
    page.get_by_test_id("lead-seat").select_option("lead01")
    page.get_by_test_id("take-lead-seat").click()
    expect(page.get_by_test_id("phone-state")).to_have_attribute("data-phone", "registered")
    try:
        yield desk
        assert not desk.complaints
    finally:
        desk.context.close()
        everybody_leaves(centre)


def test_a_supervisor_is_beside_a_seat_moves_callers_and_takes_a_call(
    centre: Instance,
    portal: BlockingPortal,
    lead: Desk,
    spoken: dict[str, Path],
    tmp_path: Path,
) -> None:
    page = lead.page
    tone = write_tone(tmp_path / "seat.wav", SEAT, 120)
    with sitting(centre, portal, 2, tone):
        floor_of(page, "seat02", "ready")
        page.get_by_test_id("tile-seat02").get_by_role("button", name="置忙").click()
        confirm(page, "去核对交接班记录")
        expect(page.get_by_test_id("tile-seat02")).to_contain_text("去核对交接班记录")
        floor_of(page, "seat02", "paused")
        with (
            sitting(centre, portal, 1, tone) as phone,
            calling(centre, TALKS, spoken[BURST_PIPE]) as talking,
        ):
            floor_of(page, "seat01", "on_call")
            line = page.get_by_test_id("queue-110").locator(".waiting li")
            with (
                calling(centre, SPEAKS, spoken[FIRE]),
                calling(centre, SILENT, tone),
            ):
                words_are_seen_and_a_caller_is_moved(lead)
                supervises(lead, phone)
                expect(line).to_have_count(2)

                page.get_by_test_id("take-seat01").click()
                confirm(page)
                expect(page.get_by_test_id("own-call")).to_be_visible(timeout=20_000)
                floor_of(page, "seat01", "wrap_up")
                lead.picture("supervisor-took-a-call-1440x900")
                the_order_is_at_hand(page)
                assert talking.running
                page.get_by_test_id("lead-hang-up").click()
                talking.report(30)
                page.get_by_test_id("lead-ready").click()
                expect(page.get_by_test_id("lead-state")).to_have_attribute("data-state", "ready")

                page.get_by_test_id("tile-seat01").get_by_role("button", name="置闲").click()
                floor_of(page, "seat01", "on_call")
                expect(page.get_by_test_id("tile-seat01")).to_contain_text(SILENT)
                expect(line).to_have_count(1)
            expect(line).to_have_count(0)
            expect(page.get_by_test_id("call-backs-open")).to_be_visible()


def the_order_is_at_hand(page: Page) -> None:
    """The call's order can be written in a tab of its own; the sound stays where it is."""
    with page.expect_popup() as opened:
        page.get_by_test_id("open-order").click()
    order = opened.value
    expect(order.get_by_test_id("field-address")).to_have_value(re.compile("南苑小区"))
    expect(order.get_by_test_id("agent-state")).to_contain_text("通话")
    order.close()


def supervises(lead: Desk, phone: Phone) -> None:
    """Listens, whispers, talks along and stops."""
    page = lead.page
    page.get_by_test_id("listen-seat01").click()
    beside = page.get_by_test_id("supervision")
    expect(beside).to_have_attribute("data-connected", "true", timeout=15_000)
    expect(beside).to_have_attribute("data-mode", "listen")
    expect(page.get_by_test_id("tile-seat01")).to_contain_text("演示班长（监听）")
    wait_until("the supervisor to hear the seat", lambda: page.evaluate(SEAT_LEVEL) > -60, 15)
    seat_hears(phone, lead=False)
    page.get_by_test_id("mode-whisper").click()
    expect(beside).to_have_attribute("data-mode", "whisper")
    seat_hears(phone, lead=True)
    expect(page.get_by_test_id("mode-whisper")).to_be_enabled()
    lead.picture("supervisor-1440x900")
    page.get_by_test_id("mode-barge").click()
    expect(beside).to_have_attribute("data-mode", "barge")
    expect(page.get_by_test_id("tile-seat01")).to_contain_text("演示班长（插话）")
    page.get_by_role("link", name="通话记录").click()
    expect(page.locator(".el-message")).to_contain_text("请先结束监听或通话")
    page.get_by_test_id("stop-supervision").click()
    expect(beside).to_have_count(0, timeout=10_000)
    seat_hears(phone, lead=False)
    floor_of(page, "seat01", "on_call")


def words_are_seen_and_a_caller_is_moved(lead: Desk) -> None:
    page = lead.page
    speaker = page.get_by_test_id(f"waiting-{SPEAKS}")
    expect(speaker).to_contain_text("火", timeout=45_000)
    silent = page.get_by_test_id(f"waiting-{SILENT}")
    expect(silent).to_contain_text("尚无建议", timeout=45_000)
    page.get_by_test_id(f"raise-{SILENT}").click()
    confirm(page, "刚才来过电话，孩子独自在家")
    expect(silent).to_contain_text("孩子独自在家", timeout=10_000)
    expect(page.get_by_test_id("queue-110").locator(".waiting li").first).to_contain_text(SILENT)
    fits(page)


def test_an_ended_call_is_found_played_and_its_words_are_followed(
    centre: Instance, lead: Desk
) -> None:
    page = lead.page
    page.get_by_role("link", name="通话记录").click()

    def found() -> bool:
        page.get_by_test_id("search-number").fill(TALKS)
        page.get_by_test_id("search-text").fill("水")
        page.get_by_test_id("search").click()
        rows = page.locator("tbody tr", has_text=TALKS)
        return rows.count() > 0 and "无录音" not in rows.first.inner_text()

    wait_until("the call with its recording", found, 30)
    row = page.locator("tbody tr", has_text=TALKS).first
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("recorded-call")).to_contain_text("自来水")
    player = page.get_by_test_id("player")
    page.get_by_test_id("play-line").first.click()
    wait_until(
        "the recording to play", lambda: player.evaluate("(one) => one.currentTime") > 0.2, 15
    )
    spoken = page.locator(".word.spoken")
    wait_until("a word to light up", lambda: spoken.count() == 1, 15)
    before = spoken.first.inner_text()
    wait_until(
        "another word to light up",
        lambda: spoken.count() == 1 and spoken.first.inner_text() != before,
        15,
    )
    fits(page)
    lead.picture("archive-1440x900")
    page.get_by_test_id("verify").click()
    expect(page.get_by_text("录音与存档时一致")).to_be_visible()
    page.get_by_role("link", name="报表").click()
    expect(page).to_have_url(re.compile("/reports"))
    figures = page.get_by_test_id("report-table")

    def counted() -> bool:
        page.reload()  # the day's figures are made anew every half minute
        expect(page.get_by_test_id("report-notes")).to_be_visible()
        return figures.count() == 1 and "110" in figures.inner_text()

    wait_until("the calls to be counted", counted, 60)
    fits(page)
    lead.picture("reports-1440x900")


def test_an_administrator_adds_and_removes_a_number(centre: Instance, browser: Browser) -> None:
    told = re.search(r"administrator: admin / (\S+)", (centre.folder / "run.log").read_text())
    assert told
    desk = Desk(browser, centre.url, DESKTOP)
    try:
        desk.sign_in("admin", told[1])
        page = desk.page
        page.get_by_role("link", name="受理号码").click()
        page.get_by_test_id("hotline-number").fill("12345678")
        page.get_by_test_id("hotline-queue").select_option("96345")
        page.get_by_test_id("hotline-name").fill("原供水热线")
        page.get_by_test_id("hotline-save").click()
        row = page.get_by_test_id("hotline-12345678")
        expect(row).to_contain_text("原供水热线")
        fits(page)
        desk.picture("numbers-1440x900")
        page.get_by_test_id("hotline-number").fill("110")
        page.get_by_test_id("hotline-queue").select_option("96345")
        page.get_by_test_id("hotline-save").click()
        expect(page.locator(".el-message")).to_contain_text("。")
        row.get_by_role("button", name="停用").click()
        confirm(page)
        expect(row).to_have_count(0)
        assert not desk.complaints
    finally:
        desk.context.close()


def test_a_seat_reaches_no_page_of_the_supervisor(centre: Instance, browser: Browser) -> None:
    desk = Desk(browser, centre.url, DESKTOP)
    try:
        desk.sign_in("zuoxi03", centre.password)
        for path in ("/archive", "/numbers", "/reports", "/alarms", "/supervisor"):
            desk.page.goto(path)
            desk.page.wait_for_url("**/seat")
        with closing(centre.client("zuoxi03")) as client:
            for path in ("/api/recordings", "/api/numbers", "/api/statistics", "/api/floor"):
                answer = client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
    finally:
        desk.context.close()

"""Pages in a real Chromium, with its fake microphone."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

ARTEFACTS = Path(__file__).resolve().parent.parent.parent / "artefacts" / "screenshots"
CHROMIUM_ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
]
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright, chromium_of(playwright) as browser:
        yield browser


@contextmanager
def chromium_of(playwright: Playwright, voice: Path | None = None) -> Iterator[Browser]:
    """The same, one of several; its microphone hears the sound file ``voice``, or beeps."""
    program = os.environ.get("YIHU_CHROMIUM") or shutil.which("chromium")
    assert program, "Chromium is missing: run `make test`, which installs it"
    speaking = [f"--use-file-for-fake-audio-capture={voice}"] if voice else []
    browser = playwright.chromium.launch(executable_path=program, args=CHROMIUM_ARGS + speaking)
    try:
        yield browser
    finally:
        browser.close()


class Desk:
    """A page of its own browser profile; collects what the page complains about."""

    def __init__(self, browser: Browser, url: str, viewport: dict[str, int]) -> None:
        self.context = browser.new_context(
            base_url=url,
            viewport={"width": viewport["width"], "height": viewport["height"]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["microphone"],
            reduced_motion="reduce",  # a picture shows no half-faded dialog
        )
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def sign_in(self, username: str, password: str) -> None:
        self.page.goto("/login")
        self.page.get_by_test_id("login-username").fill(username)
        self.page.get_by_test_id("login-password").fill(password)
        self.page.get_by_test_id("login-submit").click()
        self.page.wait_for_url(lambda url: not url.endswith("/login"))

    def take_seat(self, code: str, device: str) -> None:
        self.page.get_by_test_id(f"seat-choice-{code}").click()
        self.page.get_by_test_id(f"device-{device}").click()
        self.page.get_by_test_id("take-seat").click()
        expect(self.page.get_by_test_id("agent-state")).to_contain_text("就绪")

    def picture(self, name: str) -> None:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=ARTEFACTS / f"{name}.png")

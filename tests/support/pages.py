"""Pages under test: signed in, looked at, and examined for accessibility."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from playwright.sync_api import Browser, BrowserContext, Page

from tests.e2e.browser import ARTEFACTS, DESKTOP, PHONE
from tests.support.page_world import PASSWORD
from yihu.settings import PROJECT

AXE = PROJECT / "agent_desk" / "web" / "node_modules" / "axe-core" / "axe.min.js"
WALL = {"width": 1920, "height": 1080}
GRAVE = ("serious", "critical")
LIMIT_MS = 30_000

__all__ = ["DESKTOP", "PASSWORD", "PHONE", "WALL", "Desktop", "no_serious_faults", "shot"]


class SignedIn(Protocol):
    """The fixture ``signed_in``."""

    def __call__(
        self,
        username: str,
        *,
        path: str = ...,
        size: dict[str, int] = ...,
        language: str = ...,
    ) -> Desktop: ...


class Desktop:
    """A page of a browser profile of its own, and what it complained about."""

    def __init__(self, context: BrowserContext, username: str) -> None:
        self.context, self.username = context, username
        self.complaints: list[str] = []
        self.page = self.watched(context.new_page())

    def watched(self, page: Page) -> Page:
        """``page``, its errors written down."""
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    @classmethod
    @contextmanager
    def opened(
        cls,
        browser: Browser,
        url: str,
        username: str = "",
        *,
        path: str = "/",
        size: dict[str, int] = DESKTOP,
        language: str = "zh",
    ) -> Iterator[Desktop]:
        """Sign in over HTTP (nobody where ``username`` is empty) and open ``path``."""
        context = browser.new_context(
            base_url=url,
            viewport={"width": size["width"], "height": size["height"]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            permissions=["microphone"],
            reduced_motion="reduce",  # a half-faded dialog is neither seen nor judged
            bypass_csp=True,  # else axe-core could not be put into the page
        )
        context.set_default_timeout(LIMIT_MS)
        if language != "zh":
            keep = f"localStorage.getItem(k) ?? localStorage.setItem(k, '{language}')"
            context.add_init_script(f"{{ const k = 'yihu.language'; {keep} }}")
        try:
            desktop = cls(context, username)
            if username:
                answer = context.request.post(
                    "/api/session", data={"username": username, "password": PASSWORD}
                )
                assert answer.ok, answer.text()
            desktop.page.goto(path)
            yield desktop
        finally:
            context.close()


def wait_until(what: str, holds: Callable[[], bool]) -> None:
    """Wait for what only a promise tells: ``wait_for_function`` takes one for an answer."""
    deadline = time.monotonic() + LIMIT_MS / 1000
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.1)


def shot(page: Page, name: str) -> None:
    """Put a screenshot among the artefacts."""
    ARTEFACTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png")


def no_serious_faults(page: Page) -> None:
    """Fail with a list of what axe-core calls serious or critical on the page as it is."""
    found = faults(page)
    assert not found, "\n".join([f"{len(found)} serious accessibility faults:", *found])


def faults(page: Page) -> list[str]:
    """Serious and critical faults, each with its rule, place and what axe-core says."""
    page.evaluate("text => { if (!window.axe) (0, eval)(text) }", AXE.read_text())
    result: dict[str, Any] = page.evaluate(
        "() => axe.run(document, {resultTypes: ['violations'], "
        "runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice']})"
    )
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:160]} "
        f"{node['failureSummary'].splitlines()[-1].strip()}"
        for rule in result["violations"]
        if rule["impact"] in GRAVE
        for node in rule["nodes"]
    ]

"""A unit's page that stays open while the server gets newer pages: it offers them, once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Error, Page, expect

from tests.support import page_desk
from tests.support.pages import PHONE, SignedIn, no_serious_faults, shot, wait_until

pytestmark = pytest.mark.browser

# Whether the newest version the browser knows is in use, and what uses it.
KEPT = """async () => {
    const shell = await navigator.serviceWorker.getRegistration('/unit')
    return shell?.active?.state === 'activated' && !shell.waiting && !shell.installing
}"""
LOOK = """async () => {
    const shell = await navigator.serviceWorker.getRegistration('/unit')
    await shell.update()
}"""


def kept(page: Page) -> bool:
    try:
        return bool(page.evaluate(KEPT))
    except Error:  # asked while the page was being loaded again
        return False


@pytest.fixture(scope="module", autouse=True)
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the built pages, which the desk of this module serves in their place."""
    copied = tmp_path_factory.mktemp("built") / "dist"
    shutil.copytree(page_desk.DIST, copied)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page_desk, "DIST", copied)
        yield copied


def test_newer_pages_are_offered_and_used(pages: Path, signed_in: SignedIn) -> None:
    page = signed_in("gongshui", path="/unit", size=PHONE).page
    wait_until("the page to be kept", lambda: kept(page))
    page.reload()  # what the browser keeps is used from the second visit on
    page.wait_for_function("navigator.serviceWorker.controller !== null")
    offer = page.get_by_test_id("unit-update")
    page.evaluate(LOOK)
    wait_until("nothing newer to be found", lambda: kept(page))
    expect(offer).to_have_count(0)

    with (pages / "sw.js").open("a") as handle:
        handle.write("\n// newer\n")
    page.evaluate(LOOK)  # as the page does by itself every half hour
    expect(offer).to_contain_text("有新版本")
    shot(page, "unit-newer-version")
    no_serious_faults(page)
    page.evaluate("window.older = true")
    offer.click()
    page.wait_for_function("window.older === undefined")  # loaded again
    wait_until("the newer version to be in use", lambda: kept(page))
    expect(page.get_by_test_id("link")).to_have_attribute("data-link", "open")
    expect(offer).to_have_count(0)

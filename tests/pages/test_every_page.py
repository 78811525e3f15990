"""Pages without a test of their own open with real rows and have no serious accessibility fault."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.pages import DESKTOP, SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

PAGES = [
    ("", "/login", DESKTOP),
    ("zuoxi03", "/seat", DESKTOP),
    ("banzhang", "/supervisor", DESKTOP),
    ("banzhang", "/learning/quality", DESKTOP),
    ("banzhang", "/learning/models", DESKTOP),
    ("banzhang", "/learning/dial", DESKTOP),
]


@pytest.mark.parametrize(("username", "path", "size"), PAGES)
def test_page(signed_in: SignedIn, username: str, path: str, size: dict[str, int]) -> None:
    page = signed_in(username, path=path, size=size).page
    expect(page.locator("h1")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    shot(page, f"page{path.replace('/', '-')}-{username or 'nobody'}")
    no_serious_faults(page)

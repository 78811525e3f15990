"""Every page opens with real rows, fits its screen, and has no serious accessibility fault."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.pages import DESKTOP, PHONE, SignedIn, no_serious_faults, shot

pytestmark = pytest.mark.browser

PAGES = [
    ("", "/login", DESKTOP),
    ("zuoxi01", "/seat", DESKTOP),
    ("zuoxi03", "/seat", DESKTOP),
    ("banzhang", "/supervisor", DESKTOP),
    ("banzhang", "/archive", DESKTOP),
    ("banzhang", "/figures", DESKTOP),
    ("banzhang", "/knowledge", DESKTOP),
    ("banzhang", "/names", DESKTOP),
    ("banzhang", "/learning/quality", DESKTOP),
    ("banzhang", "/learning/models", DESKTOP),
    ("banzhang", "/learning/dial", DESKTOP),
    ("banzhang", "/learning/taxonomy", DESKTOP),
    ("admin", "/numbers", DESKTOP),
    ("xiaofang", "/unit", PHONE),
]


@pytest.mark.parametrize(("username", "path", "size"), PAGES)
def test_page(signed_in: SignedIn, username: str, path: str, size: dict[str, int]) -> None:
    page = signed_in(username, path=path, size=size).page
    expect(page.locator("h1")).to_have_count(1)
    page.wait_for_load_state("networkidle")
    shot(page, f"page{path.replace('/', '-')}-{username or 'nobody'}")
    no_serious_faults(page)

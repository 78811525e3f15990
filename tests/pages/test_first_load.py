"""What a page's first load costs over the wire."""

from __future__ import annotations

import pytest

from tests.support.pages import DESKTOP, PHONE, SignedIn

pytestmark = pytest.mark.browser

ASKED = [
    ("xiaofang", "/unit", PHONE, 300_000),
    ("zuoxi01", "/seat", DESKTOP, 900_000),
]
# What was fetched as it went over the wire: files of the pages, without the server's answers.
SIZES = """() => [
  ...performance.getEntriesByType('navigation'),
  ...performance.getEntriesByType('resource').filter((one) => !one.name.includes('/api/')),
].map((one) => [new URL(one.name).pathname, one.encodedBodySize])"""


@pytest.mark.parametrize(("username", "path", "size", "most"), ASKED)
def test_first_load(
    signed_in: SignedIn, username: str, path: str, size: dict[str, int], most: int
) -> None:
    page = signed_in(username, path=path, size=size).page
    page.wait_for_load_state("networkidle")
    sizes: dict[str, int] = dict(page.evaluate(SIZES))
    scripts = [name for name in sizes if name.endswith(".js")]
    assert len(scripts) > 3  # its own, not an error's
    total = sum(sizes.values())
    assert total <= most, sorted(sizes.items(), key=lambda one: -one[1])[:10]

"""A desk with a county's morning, and pages of it in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import chromium
from tests.support.page_desk import DIST, page_desk
from tests.support.page_world import World, fill
from tests.support.pages import DESKTOP, Desktop, SignedIn


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A desk of this module's own, its rows filled. Its url: ``world.desk.url``."""
    if not (DIST / "index.html").is_file():
        pytest.fail("the pages are not built: run `make test`, which builds them")
    with page_desk(tmp_path_factory.mktemp("pages")) as desk:
        filled = fill(desk)
        desk.restart()  # so that what is read once at the start knows the rows
        yield filled


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium. Not for the whole session: its loop would be in the way of asynchronous tests."""
    with chromium() as running:
        yield running


@pytest.fixture
def signed_in(world: World, browser: Browser) -> Iterator[SignedIn]:
    """``signed_in("banzhang", path="/supervisor", size=WALL)``: a page of a browser profile of
    its own; a test fails when one of its pages raised an error."""
    with ExitStack() as stack:
        opened: list[Desktop] = []

        def enter(
            username: str,
            *,
            path: str = "/",
            size: dict[str, int] = DESKTOP,
            language: str = "zh",
        ) -> Desktop:
            wanted = Desktop.opened(
                browser, world.desk.url, username, path=path, size=size, language=language
            )
            page = stack.enter_context(wanted)
            opened.append(page)
            return page

        yield enter
        for desktop in opened:
            assert desktop.complaints == [], f"{desktop.username}: {desktop.complaints}"

"""The everyday stories, each played end to end: all of them in one running centre."""

from __future__ import annotations

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.e2e.conftest import Instance, launched
from tests.support.ports import PORTS_PER_INSTANCE, port_base
from yihu.scenarios.story import shipped

pytestmark = pytest.mark.asterisk

NAMES = [path.stem for path in shipped()]
AT_ONCE = 4
LIMIT_SECONDS = 900.0
PATIENCE_SECONDS = 150


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A centre whose calls go out to simulated telephones, and which asks callers at once."""
    folder = tmp_path_factory.mktemp("stories")
    with port_base() as far:
        yield from launched(
            folder,
            YIHU_TRUNK_PROXY=f"127.0.0.1:{far + PORTS_PER_INSTANCE - 1}",
            YIHU_WEBHOOK_LOOPBACK="true",
            YIHU_REVIEW_AFTER_SECONDS="1",
            YIHU_REVIEW_HOURS="00:00-24:00",
        )


@pytest.fixture(scope="module")
def printed(centre: Instance) -> list[str]:
    """What the command prints that plays every story."""
    done = subprocess.run(
        centre.command(
            *("scenario", "run", "--all", "--at-once", str(AT_ONCE)),
            *("--patience", str(PATIENCE_SECONDS)),
        ),
        env=centre.env,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )
    (centre.folder / "stories.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode in (0, 1), done.stdout[-4000:] + done.stderr[-4000:]
    return done.stdout.splitlines()


def test_the_twelve_stories_are_there() -> None:
    assert len(NAMES) == 12


@pytest.mark.parametrize("name", NAMES)
def test_a_story_goes_as_it_says(printed: list[str], name: str) -> None:
    its_line = [
        line for line in printed if line.startswith(("met: ", "not met: ")) and name in line
    ]
    its_course = [line for line in printed if line.startswith(f"{name} ")]
    assert its_line[0].startswith(f"met: {name}, "), "\n".join([*its_course, *its_line])
    assert any("拨打" in line for line in its_course)


WRONG = """
title = "不会这样"
site = "qingyuan"

[channels]
yuanlin = ["terminal", "system"]

[[step]]
do = "call"
number = "13900009901"

[[step]]
do = "expect"
status = "closed"
"""


def test_what_did_not_happen_is_said_and_nothing_is_left(centre: Instance, tmp_path: Path) -> None:
    story = tmp_path / "wrong.toml"
    story.write_text(WRONG, encoding="utf-8")
    done = subprocess.run(
        centre.command("scenario", "run", str(story), "--patience", "20"),
        env=centre.env,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    last = done.stdout.splitlines()[-1]
    assert last == "not met: wrong: step 2 (expect): the order's status is 'draft', not 'closed'."
    with closing(centre.client("banzhang")) as supervisor:
        floor = supervisor.get("/api/floor").json()
    assert [seat for seat in floor["seats"] if seat["session_id"]] == []
    rows = sqlite3.connect(centre.folder / "data" / "yihu.sqlite3")
    with closing(rows):
        assert rows.execute("select count(*) from unit_channels").fetchone() == (0,)

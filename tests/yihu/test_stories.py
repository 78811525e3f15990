"""Stories' files: those that come with the project, and bad ones, which end in one sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import SetupError
from yihu.cli.scenario import run
from yihu.scenarios.runner import DOES
from yihu.scenarios.stage import check_settings
from yihu.scenarios.story import STEPS, find, read, shipped
from yihu.settings import Settings
from yihu.site_tables import Site

pytestmark = pytest.mark.integration

HEAD = 'title = "测试"\nsite = "qingyuan"\n'
CALL = '[[step]]\ndo = "call"\nnumber = "13900000001"\n'
PLACE = "step 2 (receive)"


@pytest.fixture(scope="module")
def sites() -> dict[str, Site]:
    return {}


def test_every_shipped_story_is_right_and_every_step_can_be_played(sites: dict[str, Site]) -> None:
    stories = [read(path, sites) for path in shipped()]
    assert len(stories) == 12
    assert set(STEPS) == set(DOES)
    for story in stories:
        assert story.title
        assert story.steps[0].do == "call", "every story begins with a real call"
    played = {step.do for story in stories for step in story.steps}
    assert played >= {"return", "reroute", "merge", "offer", "review", "redo", "ask", "wait"}
    assert sum(story.spoken for story in stories) >= 4
    assert sum(story.needs_telephones for story in stories) >= 3
    assert sum(story.needs_systems for story in stories) >= 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('title = "x"\nsite == 3', "line 2"),
        ("site = 3", "title is missing"),
        ("\xff", "line 1"),
        (HEAD, "1 to 200 [[step]]"),
        ('title = "x"\nsite = "atlantis"\n' + CALL, "atlantis"),
        (HEAD + 'colour = "red"\n' + CALL, "'colour'"),
        (HEAD + CALL + '[[step]]\ndo = "dance"\n', "step 2: there is no step 'dance'"),
        (HEAD + CALL + '[[step]]\ndo = "receive"\n', f"{PLACE}: unit is missing"),
        (
            HEAD + CALL + '[[step]]\ndo = "receive"\nunit = "mars"\n',
            f"{PLACE}: there is no unit 'mars'",
        ),
        (HEAD + CALL + '[[step]]\ndo = "receive"\nunit = 7\n', f"{PLACE}: unit must be a text"),
        (
            HEAD + CALL + '[[step]]\ndo = "receive"\nunit = "gongshui"\nby = "smoke"\n',
            f"{PLACE}: by is 'smoke'",
        ),
        (
            HEAD + CALL + '[[step]]\ndo = "receive"\nunit = "gongshui"\nhow = "fast"\n',
            f"{PLACE}: there is no 'how'",
        ),
        (HEAD + '[[step]]\ndo = "send"\n', "step 1 (send): no call has opened an order"),
        (HEAD + CALL + CALL, "step 2 (call): a call has opened 'order' before"),
        (
            HEAD + CALL + '[[step]]\ndo = "pass_on"\ncentre = "9"\nreason = "x"\n',
            "step 2 (pass_on): there is no centre '9'",
        ),
        (
            HEAD + CALL + '[[step]]\ndo = "send"\nunits = ["gongshui", 3]\n',
            "step 2 (send): units must be a list of texts",
        ),
        (
            HEAD + CALL + '[[step]]\ndo = "arrive"\nunit = "gongshui"\nby = "phone"\n',
            "step 2 (arrive): by telephone a unit can only receive or return",
        ),
        (
            HEAD + CALL + '[[step]]\ndo = "receive"\nunit = "gongshui"\nby = "system"\n',
            "give gongshui the channel 'system'",
        ),
        (
            HEAD + CALL + '[[step]]\ndo = "fill"\nfields = { colour = "red" }\n',
            "step 2 (fill): there is no field 'colour'",
        ),
        (
            HEAD + CALL + '[[step]]\ndo = "fill"\nfields = { category_code = "X1" }\n',
            "step 2 (fill): there is no category 'X1'",
        ),
        (
            HEAD + CALL + '[[step]]\ndo = "wait"\nunit = "gongshui"\nuntil = "noon"\n',
            "step 2 (wait): until is 'noon'",
        ),
        (HEAD + CALL + '[[step]]\ndo = "review"\nkey = "9"\n', "step 2 (review): key is '9'"),
        (HEAD + '[[step]]\ndo = "call"\nnumber = "1; rm"\n', "no telephone number"),
        (HEAD + '[channels]\ngongshui = ["smoke"]\n' + CALL, "gongshui takes a list of"),
        (HEAD + '[channels]\nmars = ["phone"]\n' + CALL, "no unit 'mars'"),
        (HEAD + 'step = ["call"]\n', "step 1: a step must be a table"),
        (HEAD + CALL * 201, "1 to 200 [[step]]"),
        (HEAD + "#" * 300_000, "larger than"),
    ],
)
def test_a_bad_file_ends_in_one_sentence_with_its_place(
    tmp_path: Path, sites: dict[str, Site], text: str, said: str
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SetupError) as refused:
        read(path, sites)
    told = str(refused.value)
    assert said in told
    assert "\n" not in told
    assert told.endswith(".")


def test_a_file_that_is_no_text(tmp_path: Path, sites: dict[str, Site]) -> None:
    path = tmp_path / "bad.toml"
    path.write_bytes(b"title = \xff\xfe")
    with pytest.raises(SetupError, match="not UTF-8"):
        read(path, sites)


def test_a_story_that_nobody_knows() -> None:
    with pytest.raises(SetupError, match="burst_pipe"):
        find("atlantis")


@pytest.mark.parametrize(
    ("name", "changes", "said"),
    [
        ("gas_smell", {}, "YIHU_TRUNK_PROXY=127.0.0.1:"),
        ("gas_smell", {"trunk_proxy": "192.0.2.7:5060"}, "YIHU_TRUNK_PROXY"),
        ("lift_rescue", {}, "YIHU_WEBHOOK_LOOPBACK=true"),
        ("complaint_review", {"trunk_proxy": "127.0.0.1:9"}, "YIHU_REVIEW_AFTER_SECONDS"),
        ("burst_pipe", {"sip_address": "192.0.2.7"}, "YIHU_SIP_ADDRESS"),
    ],
)
def test_a_setting_that_does_not_serve_is_named(
    sites: dict[str, Site], name: str, changes: dict[str, str], said: str
) -> None:
    with pytest.raises(SetupError) as refused:
        check_settings(Settings(**changes), [read(find(name), sites)])  # type: ignore[arg-type] # texts only
    assert said in str(refused.value)
    assert name in str(refused.value)


def test_hours_that_are_none_are_refused() -> None:
    for hours in ("20:00-09:00", "9-17", "09:00-25:00"):
        with pytest.raises(ValueError, match="review_hours"):
            Settings(review_hours=hours)


def test_a_run_of_nothing() -> None:
    with pytest.raises(SetupError, match="yihu scenario list"):
        run()


def test_the_command_says_what_is_missing_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "yihu", "scenario", "run", "plumber_wanted"],
        env={**os.environ, "YIHU_DATA_DIR": str(tmp_path / "data"), "YIHU_PORT_BASE": "64000"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert len(done.stderr.strip().splitlines()) == 1, done.stderr
    assert "yihu run" in done.stderr

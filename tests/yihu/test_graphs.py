"""Which graph an instance recognises with: taken, rolled back, followed by a running instance."""

from __future__ import annotations

import json
import os
from pathlib import Path

import anyio
import pytest

from asr.graph import Site, graph_name
from models.errors import SetupError
from yihu import graphs
from yihu.settings import Settings
from yihu.site_speech import sentences

pytestmark = pytest.mark.unit


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", cache_dir=tmp_path / "cache")


def built(settings: Settings, name: str, at: int) -> Path:
    """A graph as the builder leaves it."""
    folder = settings.graphs_dir / name
    (folder / "graph").mkdir(parents=True)
    about = folder / "graph" / "about.json"
    about.write_text(json.dumps({"names": 3, "sentences": 5, "check": {"found": 2}}))
    os.utime(about, (at, at))
    return folder


def model(settings: Settings) -> Path:
    folder = settings.models_dir / settings.speech_model
    (folder / "graph").mkdir(parents=True)
    (folder / "graph" / "Gr.fst").write_bytes(b"a grammar")
    return folder


def test_the_graph_before_comes_back_and_stays_until_another_is_taken(settings: Settings) -> None:
    vosk, site = model(settings), Site(("南苑小区",))
    old = built(settings, "vosk-small-cn-old", 1)
    new = built(settings, graph_name(vosk, site), 2)
    graphs.take(settings, old)
    link = graphs.take(settings, new)
    assert link.resolve() == new
    assert graphs.ready(settings, vosk, site) == new
    assert graphs.kept(settings) is None
    assert graphs.roll_back(settings) == old
    assert link.resolve() == old
    assert graphs.ready(settings, vosk, site) == old  # though the site's own is there
    graphs.take(settings, old, by_hand=True)
    assert graphs.read_choice(settings).former == [new.name]
    assert graphs.roll_back(settings, new.name) == new
    graphs.take(settings, new)
    assert graphs.kept(settings) is None
    assert graphs.former(settings) == link


def test_what_is_not_there_is_not_gone_back_to(settings: Settings) -> None:
    with pytest.raises(SetupError, match="no former graph"):
        graphs.roll_back(settings)
    built(settings, "vosk-small-cn-a", 1)
    with pytest.raises(SetupError, match="there are: vosk-small-cn-a"):
        graphs.roll_back(settings, "../vosk-small-cn-a")
    gone = built(settings, "vosk-small-cn-gone", 2)
    graphs.take(settings, gone, by_hand=True)
    (gone / "graph" / "about.json").unlink()
    assert graphs.kept(settings) is None
    assert graphs.former(settings) is None


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"name": 1}', "\ufffd"])
def test_a_damaged_choice_is_no_choice(settings: Settings, content: str) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / graphs.STATE).write_text(content, encoding="utf-8")
    assert graphs.read_choice(settings) == graphs.Choice()
    graphs.take(settings, built(settings, "vosk-small-cn-a", 1))
    assert graphs.read_choice(settings).name == "vosk-small-cn-a"


async def test_a_running_instance_changes_once_no_call_is_heard(settings: Settings) -> None:
    old, new = (built(settings, f"vosk-small-cn-{name}", 1) for name in "ab")
    link = graphs.take(settings, old)
    restarted, asked = anyio.Event(), anyio.Event()
    hearing = True

    def busy() -> bool:
        asked.set()
        return hearing

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(graphs.follow, link, restarted.set, busy, 0.01)
        await anyio.wait_all_tasks_blocked()
        assert not asked.is_set()  # nothing has changed yet
        graphs.take(settings, new)
        with anyio.fail_after(30):
            await asked.wait()
        assert not restarted.is_set()
        hearing = False
        with anyio.fail_after(30):
            await restarted.wait()
        tasks.cancel_scope.cancel()


def test_callers_sentences_hold_no_slots_and_no_choices() -> None:
    told = sentences()
    assert len(told) > 5_000
    assert not [one for one in told if set(one) & set("{}[]|")]
    assert any("<place>" in one for one in told)

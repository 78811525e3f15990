"""Stored models: kept, made live, gone back to; and how soon a growing text is understood."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from classifier.model import Classifier
from classifier.running import running
from classifier.taxonomy import load_taxonomy
from classifier.types import Choice
from classifier.versions import keep, live, roll_back, use, versions
from classifier.weights import WEIGHTS, BadModel
from tests.classifier.conftest import Trained
from tests.classifier.test_commands import run

pytestmark = pytest.mark.integration


def stored_twice(trained: Trained, store: Path) -> tuple[str, str]:
    first = keep(store, trained.folder)
    (store / first).rename(store / "older")
    return "older", keep(store, trained.folder)


def test_a_version_goes_live_and_back(trained: Trained, tmp_path: Path) -> None:
    older, newer = stored_twice(trained, tmp_path)
    assert live(tmp_path) == ""
    use(tmp_path, older)
    folder = use(tmp_path, newer)
    assert Classifier.load(folder).version == newer
    assert {v.name: v.live for v in versions(tmp_path)} == {older: False, newer: True}
    assert all(v.evaluation["items"] >= 126 for v in versions(tmp_path))
    assert roll_back(tmp_path) == older
    assert live(tmp_path) == older


def test_a_broken_version_never_goes_live(trained: Trained, tmp_path: Path) -> None:
    older, newer = stored_twice(trained, tmp_path)
    use(tmp_path, older)
    (tmp_path / newer / WEIGHTS).write_bytes(b"")
    for name in (newer, "unknown", "../older", ""):
        with pytest.raises(BadModel):
            use(tmp_path, name)
    with pytest.raises(BadModel, match="no earlier live version"):
        roll_back(tmp_path)
    assert live(tmp_path) == older


def test_the_store_is_driven_from_the_command_line(trained: Trained, tmp_path: Path) -> None:
    older, newer = stored_twice(trained, tmp_path)
    run("use", str(tmp_path), older)
    run("use", str(tmp_path), newer)
    done = run("rollback", str(tmp_path))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert {line["version"]: line["live"] for line in lines} == {older: True, newer: False}
    assert all(line["emergency_recall"] > 0.5 for line in lines)
    assert run("use", str(tmp_path), "nothing").returncode == 2


def test_growing_texts_are_measured(classifier: Classifier) -> None:
    figures = running(
        classifier,
        [
            ("E0101", "喂你好，我这里是南苑小区，我家厨房着火了，火很大"),
            ("S0102", "我家卫生间下水道堵了，想请人来通一下"),
            ("E0101", "火"),
        ],
    )
    assert figures["calls"] == 2
    told = figures["characters_until_an_emergency_is_told"]["median"]
    assert 16 <= told <= 24
    assert 0 < figures["share_of_the_call_until_it_stands"] <= 1


def test_a_second_hypothesis_counts(classifier: Classifier) -> None:
    heard = "我家厨房招货了"
    alone = classifier.suggest(heard)
    both = classifier.suggest(heard, other="我家厨房着火了")
    assert both.emergency_p > alone.emergency_p
    assert classifier.suggest(heard, other=heard * 10_000).emergency_p >= 0


def test_a_site_may_retire_an_item(classifier: Classifier, trained: Trained) -> None:
    text = "路灯不亮了，一到晚上漆黑"
    assert "C0401" in {c.code for c in named(classifier, text)}
    without = load_taxonomy().without("C0401", "2-site")
    edited = Classifier.load(trained.folder, None, without)
    assert "C0401" not in {c.code for c in named(edited, text)}
    assert "C0401" not in {item.code for item in edited.categories()}


def named(classifier: Classifier, text: str) -> list[Choice]:
    suggestion = classifier.suggest(text)
    return [c for c in (suggestion.category, *suggestion.alternatives) if c]

"""Comparing models, telling drift, gathering what fits nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent_desk.learning.training_set import sentences
from classifier.contest import Case, compare
from classifier.drift import psi
from classifier.gaps import gather
from classifier.model import Classifier
from classifier.rows import Example, read_rows
from classifier.taxonomy import load_taxonomy
from classifier.training import train
from classifier.utterances import frames
from tests.support.learned import small_corpus

pytestmark = pytest.mark.unit


def test_the_index_is_nothing_for_equal_shares_and_grows_with_the_change() -> None:
    even = {"a": 500, "b": 500}
    assert psi(even, {"a": 250, "b": 250}) == pytest.approx(0, abs=0.001)
    # 0.2 ln(0.7/0.5) + 0.2 ln(0.5/0.3)
    assert psi({"a": 700, "b": 300}, even) == pytest.approx(0.1694, abs=0.001)
    assert psi({"c": 1000}, even) > 2  # type: ignore[operator]  # enough cases: not None
    assert psi({"a": 199}, even) is None
    assert psi(even, {}) is None


def test_texts_are_gathered_by_rare_words_only() -> None:
    texts = [
        "无人机掉在屋顶",
        "屋顶有无人机",
        "无人机撞了屋顶",
        "宽带断了",
        "",
        "😀<b>",
        "请问一下几点下班",
    ]
    (found,) = gather(texts)
    assert found.members == (0, 1, 2)
    assert set(found.words) == {"无人机", "屋顶"}
    assert gather([]) == []
    assert gather(["你好"] * 100) == []  # what everybody says is no matter


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> tuple[Classifier, Classifier, Path]:
    """Without and with what people corrected."""
    folder = tmp_path_factory.mktemp("contest")
    corpus = small_corpus(folder / "corpus")
    said = ("沼气池鼓起来了", "沼气池盖子顶开了", "沼气池往外翻", "沼气池味道大")
    examples = [Example(text, "E1101", str(n), weight=3.0) for n, text in enumerate(said)]
    train(folder / "old", folds=2, corpus=corpus)
    train(folder / "new", folds=2, corpus=corpus, examples=examples)
    return Classifier.load(folder / "old"), Classifier.load(folder / "new"), corpus


def test_two_models_are_compared_case_by_case(two: tuple[Classifier, Classifier, Path]) -> None:
    old, new, _ = two
    cases = [
        Case("村口的沼气池又翻了", "E1101", True, "一级", "燃气", own=True),
        Case("我家厨房着火了", "E0101", True, "一级", "消防"),
        Case("井盖没了", "C0402", False, "二级", "城管"),
    ]
    result = compare(old, new, cases)
    assert (result["cases"], result["own_calls"]) == (3, 1)
    category = next(line for line in result["heads"] if line["head"] == "category")
    assert (category["count"], category["gained"], category["lost"]) == (3, 1, 0)
    assert category["new"] == 1.0
    assert category["difference_low"] < category["difference"] < category["difference_high"]
    assert result["own"]["gained"] == 1
    assert result["classes"][0] | {"new_low": 0, "new_high": 0} == {
        "code": "E1101",
        "count": 1,
        "old": 0,
        "new": 1,
        "new_low": 0,
        "new_high": 0,
    }
    assert compare(old, old, cases)["verdict"] == "no_gain"
    assert compare(old, new, [])["verdict"] == "no_gain"
    back = compare(new, old, cases[:1])
    assert (back["verdict"], back["worse_in"]) == ("worse", ["category", "lead", "level"])


def test_what_a_call_was_is_learned_as_people_said(
    two: tuple[Classifier, Classifier, Path],
) -> None:
    _, _, corpus = two
    example = Example(
        "门口冒水", "C0101", "7", "一级", ("城管", "消防"), emergency=True, weight=2.5
    )
    rows = read_rows(1, load_taxonomy(), corpus, [example])
    row = len(rows.texts) - 1
    assert rows.scenarios[row] == "call:7"
    assert not rows.written[row]
    assert rows.weights[row] == 2.5
    targets = {
        head: [
            n for n, flag in zip(rows.columns[head], rows.targets[head][row], strict=True) if flag
        ]
        for head in rows.targets
    }
    assert targets["lead"] == ["城管"]
    assert set(targets["sent"]) == {"城管", "消防"}
    assert targets["level"] == ["一级"]
    assert targets["emergency"] == ["emergency"]


def test_a_threshold_from_outside_moves_what_is_told(
    two: tuple[Classifier, Classifier, Path],
) -> None:
    old, _, _ = two
    p = old.suggest("我家厨房着火了").emergency_p
    assert old.with_dial(max(p - 0.1, 0.01)).suggest("我家厨房着火了").emergency == "emergency"
    assert old.with_dial(min(p + 0.1, 1.0)).suggest("我家厨房着火了").emergency != "emergency"
    assert old.with_dial(None) is old
    assert old.unknown("着火了") == 0
    assert old.unknown("量子纠缠态") == 1
    assert old.unknown("hello 123") is None


def test_the_fixed_sentences_speak_of_every_item_and_none_is_in_the_corpus() -> None:
    fixed = sentences()
    items = load_taxonomy().items
    assert {code for code, _ in fixed} >= items.keys()
    learned = {frame.text for frame in frames()}
    assert not learned & {text for _, text in fixed}
    assert len({text for _, text in fixed}) == len(fixed)


@pytest.mark.parametrize("line", ["C0101", "C0101,", "C0101,水,管"])
def test_a_broken_fixed_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "fixed.csv"
    path.write_text(f"code,text\nE0101,着火\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"fixed\.csv:3"):
        sentences(path)

"""Training is repeatable, measured by scenario, and its files are checked when read."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from classifier.model import BadModel, Classifier
from classifier.noise import noisy
from classifier.taxonomy import BadTaxonomy, load_taxonomy
from classifier.training import train
from classifier.utterances import BadCorpus, frames, utterances
from classifier.weights import DESCRIPTION, EVALUATION, WEIGHTS
from tests.classifier.conftest import Trained

pytestmark = pytest.mark.integration


def test_corpus_covers_the_taxonomy() -> None:
    taxonomy = load_taxonomy()
    made = utterances()
    assert len(taxonomy.items) >= 45
    assert len({item.group for item in taxonomy.items.values()}) >= 15
    assert len({utterance.text for utterance in made}) >= 1_500
    scenarios: dict[str, set[str]] = {}
    for utterance in made:
        scenarios.setdefault(utterance.code, set()).add(utterance.scenario)
    assert all(len(scenarios[code]) >= 10 for code in taxonomy.items)
    assert all(1 <= len(item.ask) <= 4 or item.group == "其他" for item in taxonomy.items.values())


def test_corpus_is_the_same_every_time() -> None:
    assert utterances() == utterances()


def test_noise_is_repeatable_and_of_the_asked_strength() -> None:
    def heard(text: str) -> str:
        return noisy(text, 0.25, random.Random(3))  # noqa: S311 - no secret

    texts = [utterance.text for utterance in utterances(variants=1)][::20]
    first = [heard(text) for text in texts]
    assert first == [heard(text) for text in texts]
    changed = sum(
        sum(a != b for a, b in zip(text, other, strict=False))
        for text, other in zip(texts, first, strict=True)
        if len(text) == len(other)
    )
    counted = sum(len(t) for t, h in zip(texts, first, strict=True) if len(t) == len(h))
    assert 0.05 < changed / counted < 0.4


def test_evaluation_lies_beside_the_weights(trained: Trained) -> None:
    text, misheard = trained.evaluation["text"], trained.evaluation["misheard"]
    assert text["emergency_not_told_none"] >= 0.98
    assert text["emergency_calibration_error"] <= 0.05
    assert misheard["emergency_calibration_error"] <= 0.05
    assert text["lead_unit_in_three"] >= 0.95
    described = json.loads((trained.folder / DESCRIPTION).read_text(encoding="utf-8"))
    assert described["version"] == trained.evaluation["version"]


def test_training_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(tmp_path / name, variants=1, folds=2)
    for file in (WEIGHTS, DESCRIPTION, EVALUATION):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_altered_weights_are_refused(trained: Trained, tmp_path: Path) -> None:
    for file in (WEIGHTS, DESCRIPTION):
        (tmp_path / file).write_bytes((trained.folder / file).read_bytes())
    held = bytearray((tmp_path / WEIGHTS).read_bytes())
    held[len(held) // 2] ^= 1
    (tmp_path / WEIGHTS).write_bytes(held)
    with pytest.raises(BadModel, match="sha256 differs"):
        Classifier.load(tmp_path, None)


@pytest.mark.parametrize("content", [None, "{}", "not json"])
def test_a_missing_or_broken_model_says_what_to_do(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / DESCRIPTION).write_text(content)
        (tmp_path / WEIGHTS).write_bytes(b"")
    with pytest.raises(BadModel, match="python -m classifier train"):
        Classifier.load(tmp_path, None)


GOOD = """
version = "1"
[[item]]
code = "E1"
name = "火灾"
group = "火灾"
emergency = true
level = "一级"
deadlines = { received = 1, on_site = 10, feedback = 30 }
lead = "消防"
support = []
ask = ["几楼？"]
advise = []
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('level = "一级"', 'level = "高"', r":8: item 1 \(E1\).*'level' is '高'"),
        ('lead = "消防"', 'lead = "宇航"', r"E1.*unknown unit kind '宇航'"),
        ('lead = "消防"', "lead = 7", r"E1.*'lead' must be a text"),
        ("feedback = 30", "feedback = -1", r":9: .*'deadlines' must give minutes"),
        ('code = "E1"', 'code = "1"', r":4: .*must be a letter A to Z and digits"),
        ("emergency = true", 'emergency = "ja"', r"E1.*'emergency' must be true or false"),
        ('name = "火灾"', "", r"E1.*'name' must be a text"),
        ("advise = []", 'advise = "x"', r"E1.*'advise' must be a list"),
        ("advise = []", "advise = []\ncolour = 1", r"E1.*unknown member 'colour'"),
        ('version = "1"', "", "'version' must be a text"),
        ('version = "1"', "version = ", "cannot be read"),
    ],
)
def test_a_broken_taxonomy_names_file_and_item(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "taxonomy.toml"
    path.write_text(GOOD, encoding="utf-8")
    assert load_taxonomy(path).items["E1"].units == ("消防",)
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    with pytest.raises(BadTaxonomy, match=said) as caught:
        load_taxonomy(path)
    assert str(path) in str(caught.value)


def test_a_broken_frame_names_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("== E0101\n着[火了\n", encoding="utf-8")
    with pytest.raises(BadCorpus, match=r"a\.txt:2"):
        list(frames(tmp_path))

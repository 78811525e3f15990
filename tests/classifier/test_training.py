"""Training is repeatable, measured by scenario, and its files are checked when read."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from classifier.concepts import BadConcepts, read
from classifier.features import located
from classifier.model import BadModel, Classifier
from classifier.noise import noisy
from classifier.rows import read_rows
from classifier.taxonomy import UNIT_KINDS, BadTaxonomy, load_taxonomy
from classifier.training import train
from classifier.utterances import NOTHING, BadCorpus, frames, utterances
from classifier.weights import DESCRIPTION, EVALUATION, WEIGHTS
from tests.classifier.conftest import DATA, Trained

pytestmark = pytest.mark.integration


def test_corpus_covers_the_taxonomy() -> None:
    taxonomy = load_taxonomy()
    lines = list(frames())
    assert len({frame.text for frame in lines}) >= 8_000
    assert len({frame.text for frame in lines if frame.edge}) >= 2_000
    scenarios: dict[str, set[str]] = {}
    for frame in lines:
        scenarios.setdefault(frame.code, set()).add(frame.scenario)
        assert frame.also in {"", *taxonomy.items}
        assert {*frame.more, *frame.less} <= UNIT_KINDS
    assert scenarios.keys() == {*taxonomy.items, NOTHING}
    assert all(len(scenarios[code]) >= 30 for code in taxonomy.items)
    assert all(1 <= len(item.ask) <= 4 or item.group == "其他" for item in taxonomy.items.values())


def test_held_out_sentences_are_not_in_the_corpus() -> None:
    held_out = (DATA / "heldout.tsv").read_text(encoding="utf-8").splitlines()
    learned = {frame.text for frame in frames()}
    assert not learned & {line.split("\t")[1] for line in held_out}


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
    assert text["emergency_precision"] >= 0.89
    assert text["emergency_recall"] >= 0.90
    assert misheard["emergency_recall"] >= 0.85
    for figures in (text, misheard):
        assert figures["emergency_calibration_error"] <= 0.05
        assert figures["units_calibration_error"] <= 0.05
    assert text["lead_unit_in_three"] >= 0.92
    plain = trained.evaluation["text_without_edges"]
    assert plain["emergency_recall_at_precision_0.90"] >= 0.93
    assert plain["lead_unit_first"] >= 0.80
    plain = trained.evaluation["misheard_without_edges"]
    assert plain["emergency_recall_at_precision_0.90"] >= 0.88
    missed = [line["missed"] for line in trained.evaluation["dial"]]
    assert missed == sorted(missed, reverse=True)
    recalls = [line["recall"] for line in trained.evaluation["worst"]]
    assert recalls == sorted(recalls)
    assert trained.evaluation["items_without_corpus"] == []
    described = json.loads((trained.folder / DESCRIPTION).read_text(encoding="utf-8"))
    assert described["version"] == trained.evaluation["version"]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A corpus of three items."""
    folder = tmp_path / "corpus"
    folder.mkdir()
    calls = {
        "E0101": ["我家着火了", "厨房起火了快来", "楼上冒黑烟了 #二级", "床烧着了 #+公安"],
        "C0101": ["水管爆了", "路上喷水了", "总管裂了往外冒水", "水表那里漏水 #&C0402"],
        "C0402": ["井盖没了", "盖子碎了", "窨井没有盖", "井口敞着很危险"],
        NOTHING: ["喂你好", "我在这里", "你听我说", "等一下啊"],
    }
    lines = [f"== {code}\n" + "\n".join(said) for code, said in calls.items()]
    (folder / "calls.txt").write_text("\n".join(lines), encoding="utf-8")
    (folder / "keywords.tsv").write_text("E0101\t着火 起火\nC0101\t爆管\n", encoding="utf-8")
    return folder


def test_training_twice_gives_the_same_bytes(small: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        train(tmp_path / name, folds=2, corpus=small)
    for file in (WEIGHTS, DESCRIPTION, EVALUATION):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()
    evaluation = json.loads((tmp_path / "one" / EVALUATION).read_text(encoding="utf-8"))
    assert len(evaluation["items_without_corpus"]) == len(load_taxonomy().items) - 3
    assert Classifier.load(tmp_path / "one").suggest("我家着火了").emergency == "emergency"


def test_marks_are_learned(small: Path) -> None:
    rows = read_rows(1, load_taxonomy(), small)
    units, texts = rows.columns["sent"], rows.texts

    def sent(text: str) -> set[str]:
        row = rows.targets["sent"][texts.index(text)]
        return {unit for unit, flag in zip(units, row, strict=True) if flag}

    assert sent("床烧着了") == {"消防", "医疗急救", "公安"}
    assert sent("水表那里漏水") == {"供水", "城管", "交警"}
    level = rows.targets["level"][texts.index("楼上冒黑烟了")]
    assert rows.columns["level"][int(level.argmax())] == "二级"


def test_an_emergency_is_told_by_the_line(small: Path) -> None:
    with (small / "calls.txt").open("a", encoding="utf-8") as file:
        file.write("\n== C0101\n水漫到床上了 #急\n爆管了还着火了 #&E0101")
        file.write("\n== E0101\n去年着过火 #不急")
    (small / "further-x.txt").write_text("== C0402\n井盖晃\n", encoding="utf-8")
    rows = read_rows(1, load_taxonomy(), small)

    def urgent(text: str) -> bool:
        return bool(rows.targets["emergency"][rows.texts.index(text), 0])

    assert urgent("我家着火了")
    assert urgent("水漫到床上了")
    assert urgent("爆管了还着火了")
    assert not urgent("去年着过火")
    assert not urgent("水管爆了")
    assert {rows.texts[row] for row in rows.edges.nonzero()[0] if not rows.misheard[row]} == {
        "井盖晃"
    }


def test_near_copies_stay_on_one_side(small: Path) -> None:
    with (small / "calls.txt").open("a", encoding="utf-8") as file:
        file.write("\n== E0101\n厨房起火了快来啊")
    rows = read_rows(1, load_taxonomy(), small)
    scenario = {text: rows.scenarios[row] for row, text in enumerate(rows.texts)}
    assert scenario["厨房起火了快来啊"] == scenario["厨房起火了快来"]
    assert scenario["我家着火了"] != scenario["厨房起火了快来"]


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
    (tmp_path / "a.txt").write_text("== E0101\n着火了 #五级\n", encoding="utf-8")
    with pytest.raises(BadCorpus, match=r"a\.txt:2: unknown mark '五级'"):
        list(frames(tmp_path))


@pytest.mark.parametrize("content", ["火 着火", "火\t", "\t着火", "火\t着火\n火\t起火"])
def test_a_broken_concept_names_file_and_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "concepts.tsv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadConcepts, match=r"concepts\.tsv:\d"):
        read(path)


def test_a_misheard_word_is_still_the_same_concept() -> None:
    assert "y:火" in {feature.name for feature in located("我家招火了")}
    assert "k:火" not in {feature.name for feature in located("我家招火了")}
    assert "k:火" in {feature.name for feature in located("我家着火了")}

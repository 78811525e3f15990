"""What is computed around the spoken sentences: labels, noise, shares."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from agent_desk.learning.training_set import FIXED
from asr.evaluate import Recording, compared
from benchmarks.understanding_by_voice import (
    Heard,
    as_text,
    evenly,
    in_noise,
    misheard,
    rate_for,
    read_cases,
    sound_of,
    spoken,
    to_predict,
    understood,
)
from classifier.__main__ import _inputs
from classifier.model import Classifier
from classifier.taxonomy import load_taxonomy
from models.errors import SetupError
from tests.support.learned import CALLS, small_corpus, small_model

pytestmark = pytest.mark.unit

HELD_OUT = Path(__file__).parents[1] / "classifier" / "data" / "heldout.tsv"


def test_labelled_sentences_are_read_in_every_form(tmp_path: Path) -> None:
    taxonomy = load_taxonomy()
    assert len(read_cases(FIXED, taxonomy)) == 284
    assert len(read_cases(HELD_OUT, taxonomy)) == 125
    path = tmp_path / "some.jsonl"
    path.write_text(
        '{"text": "水管爆了", "label": "C0101"}\n\n'
        '{"text": "水管爆了，有人触电", "label": "C0101", "emergency": true}\n',
        encoding="utf-8",
    )
    plain, urgent = read_cases(path, taxonomy)
    assert (plain.emergency, urgent.emergency) == (False, True)
    assert plain.lead == taxonomy.items["C0101"].lead


@pytest.mark.parametrize(
    "line",
    [
        "C0101",
        "X9999,水管爆了",
        "C0101,",
        "C0101,水管,爆了",
        '{"text": 1, "label": "C0101"}',
        '{"text": "水管爆了", "label": ["C0101"]}',
        '{"text": "水管爆了", "label": "C0101", "emergency": "no"}',
        '{"text": ' + "[" * 100_000,
        "{",
    ],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "some.csv"
    path.write_text(f"code,text\nC0101,水管爆了\n{line}\n", encoding="utf-8")
    with pytest.raises(SetupError, match="line 3"):
        read_cases(path, load_taxonomy())


def test_files_without_sentences_are_told(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text("code,text\n", encoding="utf-8")
    with pytest.raises(SetupError, match="no sentence"):
        read_cases(path, load_taxonomy())
    path.write_bytes("C0101,水管爆了".encode("gbk"))
    with pytest.raises(SetupError, match="UTF-8"):
        read_cases(path, load_taxonomy())


def test_a_sample_is_from_all_over_and_every_voice_speaks() -> None:
    cases = read_cases(FIXED, load_taxonomy())
    some = evenly(cases, 100)
    assert len({case.text for case in some}) == 100
    assert len({case.code for case in some}) >= 90
    assert evenly(cases, 1_000) == cases
    calls = spoken(some, ["a", "b", "c"])
    assert [sum(call.voice == voice for call in calls) for voice in "abc"] == [34, 33, 33]
    assert len({call.name for call in calls}) == 100


def test_noise_lies_as_far_below_the_voice_as_asked() -> None:
    times = np.arange(16_000) / 8_000
    voice = (6_000 * np.sin(2 * np.pi * 300 * times) * (times < 1)).astype(np.int16)
    for snr in (0.0, 10.0):
        added = in_noise(voice, snr, 1).astype(float) - voice
        ratio = 10 * np.log10(np.mean(voice.astype(float) ** 2) / np.mean(added**2))
        assert ratio == pytest.approx(snr, abs=0.5)
    assert np.array_equal(in_noise(voice, 5, 1), in_noise(voice, 5, 1))
    assert np.abs(in_noise(np.zeros(800, np.int16), 5, 1)).max() <= 8, "A-law's nothing"


def test_misheard_copies_hold_about_the_errors_that_are_asked_for() -> None:
    cases = evenly(read_cases(FIXED, load_taxonomy()), 40)
    made = misheard(cases, 0.25, 2)
    assert (len(made.cases), made.copies) == (80, 2)
    assert made.rows == misheard(cases, 0.25, 2).rows
    sound = sound_of(made.rows)
    assert 0.15 <= sound["character_error"] <= 0.35
    assert sound["syllable_error"] < sound["character_error"], "most errors sound the same"
    asked = rate_for(cases, 0.10)
    got = sound_of(misheard(cases, asked, 1).rows)["character_error"]
    assert got == pytest.approx(0.10, abs=0.02)


@pytest.fixture(scope="module")
def classifier(tmp_path_factory: pytest.TempPathFactory) -> Classifier:
    folder = tmp_path_factory.mktemp("small")
    return Classifier.load(small_model(folder / "model", small_corpus(folder / "corpus")))


def test_what_is_heard_wrongly_is_understood_less(classifier: Classifier, tmp_path: Path) -> None:
    path = tmp_path / "some.tsv"
    said = [(code, text) for code in ("E0101", "C0402") for text in CALLS[code] if "#" not in text]
    path.write_text("".join(f"{code}\t{text}\n" for code, text in said), encoding="utf-8")
    cases = read_cases(path, load_taxonomy())
    read = understood(classifier, as_text(cases))
    assert (read["texts"], read["character_error"], read["sentences_without_error"]) == (8, 0, 1)
    assert read["category"][0] == 1.0
    assert read["category"][1] == pytest.approx(0.676, abs=0.002), "Wilson, 8 of 8"
    urgent = [case for case in cases if case.emergency]
    nothing = [type(case)("你听我说", case.code, case.emergency, "", "") for case in cases]
    rows = [compared(Recording(Path(), c.text), "你听我说", "") for c in cases]
    deaf = understood(classifier, Heard("deaf", nothing, rows))
    assert deaf["emergency_told"][0] == 0.0
    assert deaf["category"][0] == 0.0
    assert deaf["character_error"] > 0.8
    # Four copies of two sentences are two sentences' evidence.
    twice = understood(classifier, Heard("copies", urgent[:2] * 4, rows[:2] * 4, 4))
    assert twice["emergency_told"][2] == 1.0
    assert twice["emergency_told"][1] < 0.5


def test_what_was_heard_is_what_predict_reads() -> None:
    cases = evenly(read_cases(FIXED, load_taxonomy()), 3)
    lines = to_predict(as_text(cases)).splitlines()
    assert [_inputs(json.loads(line))[0] for line in lines] == [case.text for case in cases]
    assert json.loads(lines[0])["label"] == cases[0].code

"""Recordings to text: whole, in stretches, of any form, and files that are none."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from asr.engine import Engine
from asr.said import Said, Span
from asr.sound import Sound
from asr.transcribe import load_engine, transcribe, voiced, without
from ivr.voice import Voice
from models.errors import SetupError

pytestmark = pytest.mark.integration

TEXTS = ("我想问一下，身份证去哪里办理", "我们这里停电了，从早上到现在都没有来电")
PAUSE = np.zeros(12_000, np.int16)  # 1.5 s


@pytest.fixture(scope="module")
def engine(models_dir: Path) -> Engine:
    return load_engine(models_dir / "vosk-small-cn")


@pytest.fixture(scope="module")
def voices(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """The two texts as 8 kHz samples."""
    voice = Voice.load(models_dir)
    folder = tmp_path_factory.mktemp("spoken")
    paths = [voice.speak_to(text, "zm_yunxia", folder) for text in TEXTS]
    return [soundfile.read(path, dtype="int16")[0] for path in paths]


def heard(engine: Engine, path: Path, *spans: Span) -> list[Said]:
    with Sound(path) as sound:
        return list(transcribe(engine, sound, spans))


def text_of(said: list[Said], channel: int = 0) -> str:
    return "".join(one.text for one in said if one.channel == channel)


@pytest.fixture
def two(voices: list[np.ndarray], tmp_path: Path) -> Path:
    """One on the left, then the other on the right."""
    left = np.concatenate([voices[0], PAUSE, np.zeros_like(voices[1])])
    right = np.concatenate([np.zeros_like(voices[0]), PAUSE, voices[1]])
    soundfile.write(tmp_path / "two.flac", np.stack([left, right], axis=1), 8_000)
    return tmp_path / "two.flac"


def test_both_sides_with_their_words_in_their_places(
    engine: Engine, two: Path, voices: list[np.ndarray]
) -> None:
    said = heard(engine, two)
    assert "身份证" in text_of(said, 0)
    assert "停电" in text_of(said, 1)
    border = len(voices[0]) // 8
    assert all(word.end_ms <= border + 300 for one in said if not one.channel for word in one.words)
    assert all(word.start_ms >= border for one in said if one.channel for word in one.words)
    assert all(one.engine == engine.name and one.confidence > 0.5 for one in said)


def test_stretches_hold_the_words_whose_middle_lies_in_them(engine: Engine, two: Path) -> None:
    whole = [word for one in heard(engine, two) if not one.channel for word in one.words]
    half = (whole[len(whole) // 2].start_ms + whole[len(whole) // 2].end_ms) // 2
    first = heard(engine, two, Span(0, 0, half))
    second = heard(engine, two, Span(0, half, 60_000))
    parts = [word.text for one in (*first, *second) for word in one.words]
    assert parts == [word.text for word in whole]
    assert heard(engine, two, Span(1, 0, half)) == []
    [one] = second
    assert without(engine, one, [(0, 60_000)]) is None
    left = without(engine, one, [(0, one.words[0].end_ms)])
    assert left is not None
    assert left.words == one.words[1:]


def test_stretches_without_voice_need_no_model(two: Path, voices: list[np.ndarray]) -> None:
    border = len(voices[0]) // 8
    with Sound(two) as sound:
        spoken, silent = Span(0, 200, border), Span(0, border + 1_200, border + 3_000)
        assert voiced(sound, [spoken, silent, Span(1, 0, border - 500)]) == [spoken]


@pytest.mark.parametrize("rate", [16_000, 44_100])
def test_other_rates_and_mono_saved_as_stereo_are_heard(
    engine: Engine, voices: list[np.ndarray], tmp_path: Path, rate: int
) -> None:
    path = tmp_path / "wide.wav"
    wide = resample_poly(voices[0] / 32_768, rate // 100, 80)
    soundfile.write(path, np.stack([wide, wide], axis=1), rate)
    said = heard(engine, path)
    assert "身份证" in text_of(said)
    assert {one.channel for one in said} == {0}, "not twice"
    with Sound(path) as sound:
        samples = sum(len(piece) for piece in sound.pieces())
    assert abs(samples - len(voices[0])) <= 2, "no piece is lost at a seam"


def test_silence_and_noise_hold_no_words(engine: Engine, tmp_path: Path) -> None:
    noise = np.random.default_rng(1).normal(0, 2_000, 8_000 * 20).astype(np.int16)
    for samples in (np.zeros(8_000 * 20, np.int16), noise):
        soundfile.write(tmp_path / "none.wav", samples, 8_000)
        assert text_of(heard(engine, tmp_path / "none.wav")) == ""


@pytest.mark.parametrize("name", ["two.flac", "two.wav"])
def test_a_file_that_breaks_off_gives_what_is_there(
    engine: Engine, two: Path, tmp_path: Path, name: str
) -> None:
    if name.endswith(".wav"):
        soundfile.write(tmp_path / name, soundfile.read(two, dtype="int16")[0], 8_000)
    cut = tmp_path / f"cut-{name}"
    data = (tmp_path / name).read_bytes()
    cut.write_bytes(data[: len(data) * 2 // 3])
    with Sound(cut) as sound:
        said = list(transcribe(engine, sound))
        assert sound.cut_off
    assert "身份证" in text_of(said)
    with Sound(two) as sound:
        list(sound.pieces())
        assert not sound.cut_off


def test_files_that_are_no_recording(tmp_path: Path) -> None:
    (tmp_path / "text.wav").write_text("你好")
    (tmp_path / "empty.flac").write_bytes(b"")
    soundfile.write(tmp_path / "six.wav", np.zeros((80, 6), np.int16), 8_000)
    soundfile.write(tmp_path / "silent.wav", np.zeros(0, np.int16), 8_000)
    soundfile.write(tmp_path / "slow.wav", np.zeros(800, np.int16), 1_000)
    for name, wrong in {
        "text.wav": "cannot be read as sound",
        "empty.flac": "cannot be read as sound",
        "six.wav": "has 6 channels",
        "silent.wav": "holds no sound",
        "slow.wav": "has 1000 Hz",
        "missing.wav": "There is no file",
        "": "is a folder",
    }.items():
        with pytest.raises(SetupError, match=wrong):
            Sound(tmp_path / name)


def test_the_program_says_what_was_said_or_in_a_sentence_what_is_wrong(
    models_dir: Path, two: Path, tmp_path: Path
) -> None:
    def run(file: Path, model: Path, *more: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "asr.transcribe", str(file), "--model", str(model), *more]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)

    done = run(two, models_dir / "vosk-small-cn", "--spans", "[[1, 0, 60000]]", "--nice", "5")
    assert done.returncode == 0, done.stderr
    *rows, last = done.stdout.splitlines()
    said = [Said.from_line(row) for row in rows]
    assert "停电" in "".join(one.text for one in said if one is not None)
    assert Said.from_line(last) is None
    assert json.loads(last)["cut_off"] is False
    for file, model, wrong in (
        (two, tmp_path, "is not a Vosk model"),
        (two, tmp_path / "nowhere", "There is no speech model"),
        (tmp_path / "nothing.flac", models_dir / "vosk-small-cn", "There is no file"),
    ):
        failed = run(file, model)
        assert (failed.returncode, failed.stdout) == (2, "")
        assert wrong in failed.stderr
        assert len(failed.stderr.strip().splitlines()) == 1

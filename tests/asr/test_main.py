"""The command line: refusals in one sentence, and measuring a model."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from asr.evaluate import Recording, compared, marks_right, read_wav
from tests.asr.conftest import PROJECT, TOKEN, Spoken

pytestmark = pytest.mark.integration


def asr(*arguments: str, secret: str = TOKEN) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "asr", *arguments],
        cwd=PROJECT,
        env={**os.environ, "YIHU_SPEECH_TOKEN": secret},
        capture_output=True,
        text=True,
        timeout=120,
    )


def refused(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on standard error of a run that ended with an error."""
    assert done.returncode == 2
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    return line


def serve(model: Path, audio: int = 0, control: int = 0) -> list[str]:
    places = ["--audio", f"127.0.0.1:{audio}", "--control", f"127.0.0.1:{control}"]
    return ["serve", *places, "--model", str(model)]


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    line = refused(asr(*serve(tmp_path / "none")))
    assert str(tmp_path / "none") in line
    assert "yihu models fetch" in line
    line = refused(asr(*serve(tmp_path)))
    assert "is not a Vosk model" in line


def test_a_broken_model_is_named(tmp_path: Path) -> None:
    (tmp_path / "am").mkdir()
    (tmp_path / "conf").mkdir()
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "HCLG.fst").write_bytes(b"")
    (tmp_path / "graph" / "words.txt").write_text("<eps> 0\n")
    (tmp_path / "am" / "final.mdl").write_bytes(b"")
    (tmp_path / "conf" / "mfcc.conf").write_text("--use-energy=false\n")
    done = asr(*serve(tmp_path))
    assert done.returncode != 0
    assert "ready" not in done.stdout
    assert str(tmp_path) in done.stderr


@pytest.mark.parametrize("which", ["audio", "control"])
def test_a_taken_port_is_named(model_dir: Path, which: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        line = refused(asr(*serve(model_dir, **{which: port})))
    assert f"127.0.0.1:{port} ({which})" in line
    assert "in use" in line


def test_a_token_is_needed(model_dir: Path) -> None:
    assert "YIHU_SPEECH_TOKEN" in refused(asr(*serve(model_dir), secret=""))


def test_evaluate_sets_models_beside_bare_vosk(
    model_dir: Path, spoken: Spoken, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.tsv"
    sentences = (Spoken.QUESTION, Spoken.REPAIR, Spoken.CRASH)
    rows = [f"{spoken.wav(*sentence)}\t{sentence[0]}。\n" for sentence in sentences]
    manifest.write_text("".join(rows), encoding="utf-8")
    other = tmp_path / "another"  # the same model under another name
    other.symlink_to(model_dir)
    arguments = ("--model", str(other), "--bare", str(model_dir))
    done = asr("evaluate", str(manifest), *arguments, "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["bare"]["engine"] == "vosk vosk-small-cn"
    for one in (report, report["bare"]):
        assert len(one["rows"]) == 3
        assert one["syllable_error"] <= one["cer"] <= 0.1
        assert one["real_time_factor"] > 0
        assert one["address_cer"] is None
        assert one["marks"] > 0.3
        wrong = sum(row["errors"] for row in one["rows"])
        assert one["cer"] == round(wrong / sum(row["characters"] for row in one["rows"]), 4)


def write_wav(path: Path, audio: bytes, rate: int = 8000, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setframerate(rate)
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.writeframes(audio)


def test_any_rate_and_stereo_are_converted_and_a_cut_file_is_read_as_far_as_it_goes(
    spoken: Spoken, tmp_path: Path
) -> None:
    audio = spoken(*Spoken.REPAIR)
    samples = np.frombuffer(audio, np.int16)
    path = tmp_path / "a.wav"
    write_wav(path, np.repeat(samples, 4).tobytes(), rate=16_000, channels=2)
    converted = np.frombuffer(read_wav(path), np.int16)
    assert abs(len(converted) - len(samples)) <= 2
    near = min(len(converted), len(samples))
    assert np.corrcoef(converted[:near], samples[:near])[0, 1] > 0.9
    write_wav(path, audio)
    path.write_bytes(path.read_bytes()[: len(audio) // 2])
    assert 0 < len(read_wav(path)) < len(audio)


def test_evaluate_refuses_what_it_cannot_measure(model_dir: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.tsv"

    def complaint(text: str) -> str:
        manifest.write_text(text, encoding="utf-8")
        return refused(asr("evaluate", str(manifest), "--model", str(model_dir)))

    assert "is empty" in complaint("\n")
    assert "line 1 lacks a text" in complaint("a.wav\n")
    assert "There is no file" in complaint("a.wav\t水\n")
    (tmp_path / "a.wav").write_bytes(b"RIFF and no more")
    assert "cannot be read as sound" in complaint("a.wav\t水\n")
    manifest.write_bytes("a.wav\t水管破了\n".encode("gb18030"))
    done = asr("evaluate", str(manifest), "--model", str(model_dir))
    assert "not UTF-8" in refused(done)
    write_wav(tmp_path / "a.wav", bytes(800))
    manifest.write_text("a.wav\t水\n", encoding="utf-8")
    line = refused(asr("evaluate", str(manifest), "--model", str(tmp_path)))
    assert "is not a Vosk model" in line


@pytest.mark.parametrize(
    ("said", "heard", "errors"),
    [
        ("在12栋", "在十二栋。", 0),
        ("4个人", "四个人", 0),
        ("电话13800000001", "电话幺三八零零零零零零零一", 0),
        ("三百二十八万一千一百三十八", "三百二十八八一千一百三十八", 2),
        ("我在家", "我再家", 1),
        ("110吗", "110", 1),
    ],
)
def test_numerals_are_compared_alike(said: str, heard: str, errors: int) -> None:
    row = compared(Recording(Path("a.wav"), said), heard, heard)
    assert row.errors == errors


def test_an_addresss_own_characters_are_counted() -> None:
    recording = Recording(Path("a.wav"), "我在南苑小区12栋，着火了", ("南苑小区12栋",))
    row = compared(recording, "喂我在南院小区12栋着活了", "")
    assert (row.errors, row.address_errors, row.address_characters) == (3, 1, 7)


def test_punctuation_counts_where_it_stands() -> None:
    recording = Recording(Path("a.wav"), "喂，着火了，快来！")
    assert marks_right([compared(recording, "喂，着火了快来！", "")]) == 0.8
    assert marks_right([compared(recording, "着火了，快来。", "")]) == 0.4

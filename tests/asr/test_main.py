"""The command line: refusals in one sentence, and measuring a model."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import wave
from pathlib import Path

import pytest

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


def test_evaluate_is_near_the_truth_and_no_worse_than_whole(
    model_dir: Path, spoken: Spoken, tmp_path: Path
) -> None:
    manifest = tmp_path / "manifest.tsv"
    sentences = (Spoken.QUESTION, Spoken.REPAIR, Spoken.CRASH)
    rows = [f"{spoken.wav(*sentence)}\t{sentence[0]}\n" for sentence in sentences]
    manifest.write_text("".join(rows), encoding="utf-8")
    done = asr("evaluate", str(manifest), "--model", str(model_dir), "--json")
    assert done.returncode == 0, done.stderr
    (report,) = json.loads(done.stdout)
    assert report["engine"] == "vosk vosk-small-cn"
    assert len(report["rows"]) == 3
    assert report["service"]["cer"] <= 0.1
    assert report["service"]["syllable_error"] <= report["service"]["cer"]
    assert report["service"]["cer"] <= report["whole"]["cer"] + 0.03  # the model dithers
    assert report["service"]["real_time_factor"] > 0


def write_wav(path: Path, rate: int = 8000, channels: int = 1) -> None:
    with wave.open(str(path), "wb") as file:
        file.setframerate(rate)
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.writeframes(bytes(rate))


def test_evaluate_refuses_what_it_cannot_measure(model_dir: Path, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.tsv"

    def complaint(text: str) -> str:
        manifest.write_text(text, encoding="utf-8")
        return refused(asr("evaluate", str(manifest), "--model", str(model_dir)))

    assert "is empty" in complaint("\n")
    assert "line 1 lacks a text" in complaint("a.wav\n")
    assert "a.wav cannot be read" in complaint("a.wav\t水\n")
    write_wav(tmp_path / "a.wav", rate=16_000, channels=2)
    assert "16000 Hz, 2 channels" in complaint("a.wav\t水\n")
    (tmp_path / "a.wav").write_bytes((tmp_path / "a.wav").read_bytes()[:20])
    assert "cannot be read as wav" in complaint("a.wav\t水\n")

"""``python -m classifier`` from outside."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.classifier.conftest import DATA, Trained

pytestmark = pytest.mark.integration


def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "classifier", *arguments],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=Path(__file__).parents[2],
    )


def test_predict_answers_line_by_line(trained: Trained) -> None:
    lines = [
        {"id": 1, "text": "我在南苑小区时而动楼下自来水管破裂了水喷的老高", "dialed": "110"},
        {"id": 2, "text": "有人晕倒了叫不醒", "confidence": 0.9},
    ]
    stdin = "\n".join(json.dumps(line) for line in lines) + '\nnot json\n{"id": 3}\n'
    gazetteer = str(DATA / "gazetteer.csv")
    done = run("predict", "--model", str(trained.folder), "--gazetteer", gazetteer, stdin=stdin)
    pipe, fainted = (json.loads(line) for line in done.stdout.splitlines())
    assert pipe["id"] == 1
    assert pipe["emergency"]["label"] == "non_emergency"
    assert pipe["category"]["code"] == "C0101"
    assert pipe["units"][0]["name"] == "供水"
    assert pipe["slots"]["address"]["text"] == "南苑小区12栋"
    assert pipe["ms"] >= 0
    assert fainted["emergency"]["label"] == "emergency"
    assert "line 3" in done.stderr
    assert "line 4" in done.stderr
    assert done.returncode == 1


def test_predict_without_a_model_says_what_to_do(tmp_path: Path) -> None:
    done = run("predict", "--model", str(tmp_path))
    assert done.returncode == 2
    assert "python -m classifier train" in done.stderr
    assert "Traceback" not in done.stderr


def test_evaluate_compares_with_the_baseline(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    rows = [
        {"text": f"{words}，第{number}次", "label": label}
        for label, words in (("水", "水管爆了喷水"), ("电", "停电了没有电"))
        for number in range(10)
    ]
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    done = run("evaluate", str(path))
    assert done.returncode == 0
    result = json.loads(done.stdout)
    assert result["texts"] == 20
    assert result["macro_f1"] == 1.0
    assert "baseline_macro_f1" in result


def test_evaluate_names_the_bad_line(tmp_path: Path) -> None:
    path = tmp_path / "labelled.jsonl"
    path.write_text('{"text": "好", "label": "a"}\n{"text": 1}\n', encoding="utf-8")
    done = run("evaluate", str(path))
    assert done.returncode == 2
    assert "labelled.jsonl:2" in done.stderr

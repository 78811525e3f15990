"""Commands of the classifier: train, predict, evaluate."""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from pathlib import Path
from typing import Any

from classifier.taxonomy import BadTaxonomy
from classifier.utterances import BadCorpus

USAGE = 2


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m classifier", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train from the corpus into a model folder")
    train.add_argument("--out", type=Path, required=True)
    predict = commands.add_parser("predict", help="JSON lines in, JSON lines out")
    predict.add_argument("--model", type=Path, required=True)
    predict.add_argument("--gazetteer", type=Path)
    evaluate = commands.add_parser("evaluate", help="cross-validate the pipeline on a JSONL file")
    evaluate.add_argument("file", type=Path)
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        if chosen.command == "train":
            return _train(chosen.out)
        if chosen.command == "predict":
            return _predict(chosen.model, chosen.gazetteer)
        return _evaluate(chosen.file)
    except (BadTaxonomy, BadCorpus, OSError, ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return USAGE


def _train(out: Path) -> int:
    from classifier.training import train

    began = time.monotonic()
    result = train(out)
    print(json.dumps(result, ensure_ascii=False, indent=1))
    print(f"trained {result['version']} in {time.monotonic() - began:.0f} s", file=sys.stderr)
    return 0


def _predict(model: Path, gazetteer: Path | None) -> int:
    from classifier.model import Classifier

    classifier = Classifier.load(model, gazetteer)
    status = 0
    for number, line in enumerate(sys.stdin, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            text, dialled, confidence = _inputs(row)
        except (ValueError, TypeError) as error:
            print(f"line {number}: {error}", file=sys.stderr)
            status = 1
            continue
        began = time.perf_counter()
        suggestion = classifier.suggest(text, dialled, confidence)
        ms = (time.perf_counter() - began) * 1000
        out = {"id": row.get("id"), **suggestion.as_dict(), "ms": round(ms, 2)}
        print(json.dumps(out, ensure_ascii=False), flush=True)
    return status


def _inputs(row: Any) -> tuple[str, str, float | None]:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ValueError("needs an object with a text in 'text'")
    dialled = row.get("dialed", row.get("dialled", ""))
    confidence = row.get("confidence")
    if not isinstance(dialled, str):
        raise ValueError("'dialed' must be a text")
    if confidence is not None and not isinstance(confidence, int | float):
        raise ValueError("'confidence' must be a number")
    return row["text"], dialled, confidence


def _evaluate(file: Path) -> int:
    from classifier.comparison import compare

    print(json.dumps(compare(file), ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Commands of the classifier: train, predict, evaluate, running, versions, use, rollback."""

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
SHOWN = ("emergency_recall", "emergency_precision", "category_accuracy", "lead_unit_first")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m classifier", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train from the corpus into a model folder")
    train.add_argument("--out", type=Path, required=True)
    train.add_argument("--store", type=Path, help="also keep it as a version in this store")
    predict = commands.add_parser("predict", help="JSON lines in, JSON lines out")
    predict.add_argument("--model", type=Path, required=True)
    predict.add_argument("--gazetteer", type=Path)
    evaluate = commands.add_parser("evaluate", help="cross-validate the pipeline on a JSONL file")
    evaluate.add_argument("file", type=Path)
    running = commands.add_parser("running", help="how soon growing texts are understood")
    running.add_argument("file", type=Path, help='JSON lines {"text","label": item code}')
    running.add_argument("--model", type=Path, required=True)
    listed = commands.add_parser("versions", help="the models of a store")
    taken = commands.add_parser("use", help="make a stored version live")
    back = commands.add_parser("rollback", help="make the version before live again")
    for parsed in (listed, taken, back):
        parsed.add_argument("store", type=Path)
    taken.add_argument("version")
    chosen = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    try:
        match chosen.command:
            case "train":
                return _train(chosen.out, chosen.store)
            case "predict":
                return _predict(chosen.model, chosen.gazetteer)
            case "evaluate":
                return _evaluate(chosen.file)
            case "running":
                return _running(chosen.model, chosen.file)
            case _:
                return _store(chosen)
    except (BadTaxonomy, BadCorpus, OSError, ValueError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return USAGE


def _train(out: Path, store: Path | None) -> int:
    from classifier.training import train
    from classifier.versions import keep

    began = time.monotonic()
    result = train(out)
    print(json.dumps(result, ensure_ascii=False, indent=1))
    if store is not None:
        keep(store, out)
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
            text, dialled, confidence, other = _inputs(row)
        except (ValueError, TypeError) as error:
            print(f"line {number}: {error}", file=sys.stderr)
            status = 1
            continue
        began = time.perf_counter()
        suggestion = classifier.suggest(text, dialled, confidence, other)
        ms = (time.perf_counter() - began) * 1000
        out = {"id": row.get("id"), **suggestion.as_dict(), "ms": round(ms, 2)}
        print(json.dumps(out, ensure_ascii=False), flush=True)
    return status


def _inputs(row: Any) -> tuple[str, str, float | None, str]:
    if not isinstance(row, dict) or not isinstance(row.get("text"), str):
        raise ValueError("needs an object with a text in 'text'")
    dialled = row.get("dialed", row.get("dialled", ""))
    confidence = row.get("confidence")
    if not isinstance(dialled, str):
        raise ValueError("'dialed' must be a text")
    if confidence is not None and not isinstance(confidence, int | float):
        raise ValueError("'confidence' must be a number")
    other = row.get("other", "")
    if not isinstance(other, str):
        raise ValueError("'other' must be a text")
    return row["text"], dialled, confidence, other


def _evaluate(file: Path) -> int:
    from classifier.comparison import compare

    print(json.dumps(compare(file), ensure_ascii=False, indent=1))
    return 0


def _running(model: Path, file: Path) -> int:
    from classifier.comparison import read_labelled
    from classifier.model import Classifier
    from classifier.running import running

    texts, labels = read_labelled(file)
    result = running(Classifier.load(model), zip(labels, texts, strict=True))
    print(json.dumps(result, ensure_ascii=False, indent=1))
    return 0


def _store(chosen: argparse.Namespace) -> int:
    from classifier.versions import roll_back, use, versions

    if chosen.command == "use":
        use(chosen.store, chosen.version)
    elif chosen.command == "rollback":
        roll_back(chosen.store)
    for version in versions(chosen.store):
        text = version.evaluation.get("text", {})
        figures = {name: text.get(name) for name in SHOWN}
        print(json.dumps({"version": version.name, "live": version.live, **figures}))
    return 0


if __name__ == "__main__":
    sys.exit(main())

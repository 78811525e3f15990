"""``python -m asr evaluate``: engines measured on the recordings of a manifest, side by side."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from asr import engines
from asr.evaluate import Report, evaluate, read_manifest
from asr.graph import used_last
from asr.localnames import all_names

BARE = "vosk-small-cn"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's arguments."""
    parser.add_argument(
        "manifest", type=Path, help="lines: wav, tab, text; then, if wanted, tab, addresses"
    )
    parser.add_argument(
        "--model",
        type=Path,
        action="append",
        metavar="DIR",
        help="a model folder instead of the site's; may be given several times",
    )
    parser.add_argument("--bare", type=Path, metavar="DIR", help="the model to compare with")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    parser.add_argument(
        "--raw", action="store_true", help="compare the models' words without digits and names"
    )


def run(arguments: argparse.Namespace) -> int:
    """Measure and print; raises ``SetupError``."""
    recordings = read_manifest(arguments.manifest)
    cache = Path(os.environ.get("YIHU_CACHE_DIR") or default_cache())
    bare = arguments.bare or cache / "models" / BARE
    models = arguments.model or [used_last(cache / "graphs", BARE) or bare]
    names = all_names(models[0])
    wanted = [(model, () if model == bare else names) for model in models]
    if bare not in models:
        wanted.append((bare, ()))
    reports = [
        evaluate(engines.load(model, known), recordings, raw=arguments.raw)
        for model, known in wanted
    ]
    if arguments.json:
        first, *others = [report.as_dict() for report in reports]
        if len(reports) > len(models):
            first["bare"] = others.pop()
        sys.stdout.write(
            json.dumps({**first, "others": others}, ensure_ascii=False, indent=1) + "\n"
        )
    else:
        sys.stdout.writelines(line for report in reports for line in _lines(report))
    return 0


def default_cache() -> Path:
    """Where downloads are kept, as ``yihu`` has it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "yihu"


def _lines(report: Report) -> Iterator[str]:
    """For people: every recording, then the figures."""
    for row in report.rows:
        yield (
            f"{row.errors:3d} of {row.characters:3d}  {row.wav}\n"
            f"    said  {row.text}\n    heard {row.heard}\n    raw   {row.raw}\n"
        )
    address = "" if report.address_cer is None else f", addresses {report.address_cer:.2%}"
    marks = "" if report.marks is None else f", punctuation right {report.marks:.0%}"
    yield (
        f"{report.engine}: {len(report.rows)} recordings, {report.audio_seconds:.1f} s: "
        f"CER {report.cer:.2%}{address}, syllables {report.syllable_error:.2%}, words as they are "
        f"{report.raw_cer:.2%}{marks}, real-time factor {report.real_time_factor:.3f}\n"
    )

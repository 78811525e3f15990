"""How well addresses are read from recognised speech.

``python -m benchmarks.addresses_by_voice FILE --gazetteer CSV [--model DIR] [--voices a,b]
[--most N] [--spoken DIR]``
speaks the texts of a JSON-lines file of addresses (see ``classifier.addresses``), as a telephone
carries them, recognises them as the speech process does, and measures the parts that are read
from what was heard. With ``--heard OUT`` what was heard is kept as another such file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from asr import graph
from asr.engine import VoskEngine
from asr.evaluate import Recording, evaluate
from classifier.addresses import measure
from classifier.gazetteer import Gazetteer
from ivr.voice import Voice
from yihu import site_speech
from yihu.settings import load_settings

VOICES = "zm_yunxia,zf_xiaobei"


def main(arguments: list[str] | None = None) -> int:
    """Print the measure as JSON; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.addresses_by_voice")
    parser.add_argument("file", type=Path)
    parser.add_argument("--gazetteer", type=Path, required=True)
    parser.add_argument("--model", type=Path, help="a Vosk model folder instead of the site's")
    parser.add_argument("--voices", default=VOICES)
    parser.add_argument("--spoken", type=Path, help="folder that keeps what is spoken")
    parser.add_argument("--most", type=int, default=1_000, help="take so many texts, evenly")
    parser.add_argument("--heard", type=Path)
    chosen = parser.parse_args(arguments)
    settings = load_settings()
    model = chosen.model or graph.ensure(
        settings.models_dir / "vosk-small-cn",
        graph.Site.read(chosen.gazetteer, site_speech.sentences()),
        settings.graphs_dir,
        lambda line: print(line, file=sys.stderr),
    )
    rows = [json.loads(line) for line in chosen.file.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if row["parts"]]
    rows = rows[:: max(len(rows) // chosen.most, 1)][: chosen.most]
    voice = Voice.load(settings.models_dir)
    names = chosen.voices.split(",")
    with tempfile.TemporaryDirectory() as folder:
        recordings = [
            Recording(
                voice.speak_to(row["text"], names[at % len(names)], chosen.spoken or Path(folder)),
                row["text"],
            )
            for at, row in enumerate(rows)
        ]
        report = evaluate(VoskEngine(model), recordings)
        heard = Path(folder) / "heard.jsonl"
        heard.write_text(
            "".join(
                json.dumps({"text": one.heard, "parts": row["parts"]}, ensure_ascii=False) + "\n"
                for one, row in zip(report.rows, rows, strict=True)
            ),
            encoding="utf-8",
        )
        if chosen.heard:
            chosen.heard.write_bytes(heard.read_bytes())
        figures = measure(heard, Gazetteer.read(chosen.gazetteer))
    figures["character_error"] = round(report.cer, 4)
    figures["audio_seconds"] = round(report.audio_seconds, 1)
    print(json.dumps(figures, ensure_ascii=False, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

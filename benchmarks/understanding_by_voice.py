"""How well calls are understood when they are heard and not read.

``python -m benchmarks.understanding_by_voice FILE [--voices a,b] [--limit N] [--out HEARD.jsonl]
[--snr DB] [--speech MODEL]... [--model DIR]`` speaks labelled sentences at 8 kHz through A-law
(kept in the cache), recognises them as the speech process does, and asks the classifier about what
is written and what was heard. Beside both stand copies misheard on purpose by
``classifier.noise``, at the same share of wrong characters and as training makes them, so that
one sees whether the noise is like the recogniser's errors.

``FILE`` is CSV or TSV of item code and text, or JSON lines ``{"text", "label": code,
"emergency"?}``; what is not told is as the taxonomy's item says. ``--snr`` hides the voice in
noise with its own spectrum, so many decibels below it: a bad line, for errors as frequent as
training expects. ``--out`` holds the heard sentences for ``python -m classifier predict``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import math
import random
import sys
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import anyio
import numpy as np
import soundfile

from agent_desk.learning.store import loaded
from asr import graph
from asr.engine import Pool, VoskEngine
from asr.evaluate import Recording, Row, compared, read_wav, report, utterances_of
from benchmarks.speech_calls import VOICES, SpokenCall, speak
from classifier.contest import HEADS, Case, Flags, right
from classifier.evaluation import wilson
from classifier.model import Classifier
from classifier.noise import noisy
from classifier.rows import NOISE
from classifier.taxonomy import Taxonomy, load_taxonomy
from classifier.text import clean
from classifier.utterances import utterances
from models.errors import SetupError
from yihu import site_speech
from yihu.learning import ensure_trained
from yihu.settings import Settings, load_settings
from yihu.simulate.audio import RATE, Samples, decode_alaw, encode_alaw

DRAWS = 5  # misheard copies of a sentence
MOST_NOISE = 0.8
STEPS = 7  # of the search for a share of errors
EVERY = 8  # of the corpus's lines, for the noise that training really gets


@dataclass(frozen=True, slots=True)
class Heard:
    """One way in which the sentences reach the classifier, each with what is compared of it."""

    title: str
    cases: list[Case]
    rows: list[Row]
    copies: int = 1  # of each sentence


def read_cases(path: Path, taxonomy: Taxonomy) -> list[Case]:
    """The labelled sentences of a file; raises ``SetupError`` that names the line."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise SetupError(f"{path} is not UTF-8: save it in that encoding.") from None
    cases = []
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line == "code,text":
            continue
        try:
            code, text, urgent = _labelled(line)
            item = taxonomy.items[code]
        except (ValueError, TypeError, KeyError, RecursionError, csv.Error):
            raise SetupError(
                f"{path} line {number}: needs the code of an item and a text, as CSV, TSV or JSON."
            ) from None
        emergency = item.emergency if urgent is None else urgent
        cases.append(Case(text, code, emergency, item.level, item.lead))
    if not cases:
        raise SetupError(f"{path} holds no sentence.")
    return cases


def _labelled(line: str) -> tuple[str, str, bool | None]:
    urgent = None
    if line.startswith("{"):
        row = json.loads(line)
        code, text, urgent = row["label"], row["text"], row.get("emergency")
    else:
        code, text = next(csv.reader([line], delimiter="\t" if "\t" in line else ","))
    if not isinstance(text, str) or not text.strip() or not isinstance(urgent, bool | None):
        raise ValueError(line)
    return code, text.strip(), urgent


def evenly(cases: Sequence[Case], limit: int) -> list[Case]:
    """At most ``limit`` of them from all over the file."""
    count = min(limit, len(cases))
    return [cases[at * len(cases) // count] for at in range(count)]


def spoken(cases: Sequence[Case], voices: Sequence[str]) -> list[SpokenCall]:
    """The cases with the voices in turn, under names that follow from their texts."""
    return [
        SpokenCall(
            half="sentences",
            scenario=hashlib.sha256(case.text.encode()).hexdigest()[:16],
            text=case.text,
            said=case.text,
            addresses=(),
            voice=voices[at % len(voices)],
        )
        for at, case in enumerate(cases)
    ]


def in_noise(samples: Samples, snr: float, seed: int) -> Samples:
    """The samples with noise of their own spectrum ``snr`` dB below them, through A-law."""
    clear = samples.astype(np.float64)
    phases = np.random.default_rng(seed).uniform(0, 2 * math.pi, len(clear) // 2 + 1)
    noise = np.fft.irfft(np.abs(np.fft.rfft(clear)) * np.exp(1j * phases), len(clear))
    power = float(np.mean(noise**2)) or 1.0
    noise *= math.sqrt(float(np.mean(clear**2)) / power) * 10 ** (-snr / 20)
    return decode_alaw(encode_alaw(np.clip(clear + noise, -32_768, 32_767).astype(np.int16)))


def hidden(recordings: Sequence[Recording], snr: float, folder: Path) -> Iterator[Recording]:
    """The recordings in noise, as files in ``folder``."""
    for recording in recordings:
        path = folder / recording.wav.name
        samples = np.frombuffer(read_wav(recording.wav), np.int16)
        seed = zlib.crc32(recording.text.encode())
        soundfile.write(path, in_noise(samples, snr, seed), RATE, subtype="PCM_16")
        yield replace(recording, wav=path)


def hear(engine: VoskEngine, cases: Sequence[Case], recordings: Sequence[Recording]) -> Heard:
    """What the recogniser makes of the recordings, with its confidence, as in a call."""
    pool = Pool(engine)
    heard, rows = [], []
    for case, recording in zip(cases, recordings, strict=True):
        parts = utterances_of(pool, read_wav(recording.wav))
        text = "".join(engine.writer.finished(part.words).text for part in parts)
        sure = [part.confidence for part in parts if part.words]
        confidence = sum(sure) / len(sure) if sure else None
        heard.append(replace(case, text=text, confidence=confidence))
        rows.append(compared(recording, text, " ".join(part.raw_text for part in parts)))
    return Heard(engine.name, heard, rows)


def as_text(cases: Sequence[Case]) -> Heard:
    """The sentences as they are written."""
    return Heard("text", list(cases), [_row(case.text, case.text) for case in cases])


def misheard(cases: Sequence[Case], asked: float, draws: int = DRAWS) -> Heard:
    """``draws`` copies of each sentence with ``asked`` of the characters misheard on purpose."""
    copies = []
    rows = []
    for draw in range(draws):
        for case in cases:
            text = clean(case.text)
            chance = random.Random(zlib.crc32(f"{draw}:{text}".encode()))  # noqa: S311 - no secret
            copies.append(replace(case, text=noisy(text, asked, chance)))
            rows.append(_row(case.text, copies[-1].text))
    return Heard(f"noise asked for {asked:.1%}", copies, rows, draws)


def rate_for(cases: Sequence[Case], wanted: float) -> float:
    """What the noise maker is to be asked for to get ``wanted`` wrong characters of these."""
    low, high = 0.0, MOST_NOISE
    tried: dict[float, float] = {0.0: 0.0}
    for _ in range(STEPS):
        asked = (low + high) / 2
        tried[asked] = errors(misheard(cases, asked, 1).rows)[0]
        low, high = (asked, high) if tried[asked] < wanted else (low, asked)
    return min(tried, key=lambda asked: abs(tried[asked] - wanted))


def _row(text: str, heard: str) -> Row:
    return compared(Recording(Path(), text), heard, heard)


def errors(rows: Sequence[Row]) -> tuple[float, float]:
    """Wrong characters and wrong syllables per one that was said."""
    made = report("", rows, 0.0, 0.0)
    return made.cer, made.syllable_error


def sound_of(rows: Sequence[Row]) -> dict[str, float]:
    """What the errors are like: characters, syllables without tones, the share of sentences
    without an error, and how long what was heard is beside what was said."""
    cer, syllable_error = errors(rows)
    return {
        "character_error": cer,
        "syllable_error": syllable_error,
        "sentences_without_error": round(sum(not row.errors for row in rows) / len(rows), 3),
        "length": round(sum(len(r.got) for r in rows) / sum(len(r.said) for r in rows), 3),
    }


def understood(classifier: Classifier, heard: Heard) -> dict[str, Any]:
    """Errors and what the classifier makes of the texts, shares with their 95 % intervals.

    ``emergency_precision`` is of this mix of sentences."""
    flags = right(classifier, heard.cases)
    urgent = np.array([case.emergency for case in heard.cases], dtype=bool)
    told = flags["emergency_told"]
    result: dict[str, Any] = {"texts": len(heard.cases), **sound_of(heard.rows)}
    for head, wanted in HEADS.items():
        chosen = np.ones(len(urgent), bool) if wanted is None else urgent == wanted
        result[head] = _share(flags[head][chosen], heard.copies)
    result["emergency_precision"] = _share(urgent[told], heard.copies)
    return result


def _share(flags: Flags, copies: int) -> list[float]:
    """A share with its interval; copies of a sentence are no further evidence."""
    share = float(flags.mean()) if len(flags) else 0.0
    return [round(part, 3) for part in (share, *wilson(share, round(len(flags) / copies)))]


def corpus_noise(every: int = EVERY) -> dict[str, float]:
    """The misheard copies that training makes of the corpus, measured as speech is."""
    rows = []
    last = {made.scenario: clean(made.text) for made in utterances()}
    for text in list(last.values())[::every]:
        chance = random.Random(zlib.crc32(text.encode()))  # noqa: S311 - no secret
        rows.append(_row(text, noisy(text, NOISE, chance)))
    return {"asked": NOISE, "lines": len(rows), **sound_of([row for row in rows if row.said])}


def to_predict(heard: Heard) -> str:
    """JSON lines that ``python -m classifier predict`` reads, with what is right beside."""
    lines = [
        {
            "id": at,
            "text": case.text,
            "confidence": case.confidence,
            "said": row.text,
            "label": case.code,
            "emergency": case.emergency,
        }
        for at, (case, row) in enumerate(zip(heard.cases, heard.rows, strict=True))
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def recognisers(settings: Settings, named: Sequence[Path]) -> list[Path]:
    """The models named, else the site's graph where it is built, else the bare model."""
    if named:
        return list(named)
    bare = settings.models_dir / settings.speech_model
    return [graph.built(bare, site_speech.site(settings), settings.graphs_dir) or bare]


def site_taxonomy(settings: Settings) -> Taxonomy:
    """The centre's own, or the project's."""
    own = settings.taxonomy_toml
    return load_taxonomy(own) if own.is_file() else load_taxonomy()


def live_classifier(settings: Settings, model: Path | None) -> Classifier:
    """The centre's model under its taxonomy; the corpus's own where it has learned none."""
    names = site_speech.gazetteer(settings)
    taxonomy = site_taxonomy(settings)
    if model:
        return Classifier.load(model, names, taxonomy)
    base = anyio.run(ensure_trained, settings.cache_dir / "classifier", _say)
    return loaded(settings.classifier_store, base, names, taxonomy, None, _say)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Print the figures as JSON; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding_by_voice")
    parser.add_argument("file", type=Path)
    parser.add_argument("--voices", default=",".join(VOICES))
    parser.add_argument("--limit", type=int, default=100, help="so many sentences, evenly")
    parser.add_argument("--out", type=Path, help="what the first recogniser heard, as JSON lines")
    parser.add_argument("--snr", type=float, help="noise so many dB below the voice")
    parser.add_argument(
        "--speech",
        type=Path,
        action="append",
        default=[],
        help="a Vosk model folder in place of the site's, several to compare",
    )
    parser.add_argument("--model", type=Path, help="a model folder in place of the live one")
    given = parser.parse_args(arguments)
    if given.limit < 1:
        parser.error("--limit must be at least 1")
    if given.snr is not None and not -40 <= given.snr <= 80:
        parser.error("--snr must be -40 to 80")
    try:
        print(json.dumps(_measured(given, load_settings()), ensure_ascii=False, indent=1))
    except (SetupError, OSError) as error:
        _say(str(error))
        return 2
    return 0


def _measured(given: argparse.Namespace, settings: Settings) -> dict[str, Any]:
    classifier = live_classifier(settings, given.model)
    cases = evenly(read_cases(given.file, site_taxonomy(settings)), given.limit)
    folder = settings.cache_dir / "spoken" / "understanding"
    recordings = speak(spoken(cases, given.voices.split(",")), settings.models_dir, folder)
    ways = [as_text(cases)]
    with tempfile.TemporaryDirectory() as part:
        if given.snr is not None:
            recordings = list(hidden(recordings, given.snr, Path(part)))
        for model in recognisers(settings, given.speech):
            heard = hear(VoskEngine(model), cases, recordings)
            if given.out and len(ways) == 1:
                given.out.write_text(to_predict(heard), encoding="utf-8")
            cer = errors(heard.rows)[0]
            ways += [heard, misheard(cases, rate_for(cases, cer))]
    ways.append(misheard(cases, NOISE))
    return {
        "classifier": classifier.version,
        "sentences": len(cases),
        "emergencies": sum(case.emergency for case in cases),
        "ways": {way.title: understood(classifier, way) for way in ways},
        "corpus_noise": corpus_noise(),
    }


if __name__ == "__main__":
    sys.exit(main())

"""How well a model hears: character and syllable error on recordings with known text.

Each recording is decoded twice: as the service does it (voice activity decides) and whole (all
of it). Both sides of a comparison go through ``readable``, so 十二 栋 and 12栋 are equal. Vosk adds
random dither to the audio: on half a minute to two minutes of speech CER varies by half a point.
"""

from __future__ import annotations

import time
import wave
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pypinyin import lazy_pinyin

from asr.audiosocket import BYTES_PER_MS, SAMPLE_RATE
from asr.engine import Engine, Pool
from asr.text import readable
from asr.vad import Closed, Segmenter
from models.errors import SetupError

PIECE = 200 * BYTES_PER_MS


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of the manifest with what was said in it."""

    wav: Path
    text: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One recording's result: for people and raw. ``errors`` are those of the service's path."""

    wav: str
    text: str
    heard: str
    raw: str
    whole: str
    whole_raw: str
    errors: int
    characters: int


@dataclass(frozen=True, slots=True)
class Way:
    """One way of decoding. Rates are errors per said character or syllable, the real-time
    factor is processor time per time of audio."""

    name: str
    cer: float
    raw_cer: float
    syllable_error: float
    real_time_factor: float


@dataclass(frozen=True, slots=True)
class Report:
    """The whole run. ``raw_cer`` compares the model's words without ``readable``."""

    engine: str
    audio_seconds: float
    service: Way
    whole: Way
    rows: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def read_manifest(path: Path) -> list[Recording]:
    """Lines of wav, tab, text; files lie beside the manifest. Raises ``SetupError``."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"The manifest {path} cannot be read: {error}.") from None
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, _, rest = line.partition("\t")
        text = rest.partition("\t")[0].strip()
        if not text:
            raise SetupError(f"{path} line {number} lacks a text: write wav, tab, text.")
        rows.append(Recording(path.parent / name, text))
    if not rows:
        raise SetupError(f"The manifest {path} is empty.")
    return rows


def read_wav(path: Path) -> bytes:
    """The samples of a mono 16-bit 8 kHz file; raises ``SetupError`` for anything else."""
    try:
        with wave.open(str(path)) as file:
            rate, channels, width = file.getframerate(), file.getnchannels(), file.getsampwidth()
            audio = bytes(file.readframes(file.getnframes()))
    except (OSError, EOFError, wave.Error) as error:
        raise SetupError(f"{path} cannot be read as wav: {error}.") from None
    if (rate, channels, width) != (SAMPLE_RATE, 1, 2):
        raise SetupError(
            f"{path} has {rate} Hz, {channels} channels, {8 * width} bits; convert it to "
            f"{SAMPLE_RATE} Hz, mono, 16 bits."
        )
    return audio[: len(audio) // 2 * 2]


def evaluate(engine: Engine, recordings: Iterable[Recording]) -> Report:
    """Decode every recording both ways and compare with what was said."""
    rows: list[Row] = []
    pools = Pool(engine), Pool(engine)  # each way warms its own recogniser
    seconds = 0.0
    spent = [0.0, 0.0]
    for recording in recordings:
        audio = read_wav(recording.wav)
        seconds += len(audio) / BYTES_PER_MS / 1000
        started = time.process_time()
        raw = through_service(pools[0], audio)
        between = time.process_time()
        whole_raw = through_model(pools[1], audio)
        spent[0] += between - started
        spent[1] += time.process_time() - between
        heard, whole = (readable(engine.local_names.written(words)) for words in (raw, whole_raw))
        said = plain(readable(recording.text))
        rows.append(
            Row(
                wav=recording.wav.name,
                text=recording.text,
                heard=heard,
                raw=raw,
                whole=whole,
                whole_raw=whole_raw,
                errors=distance(said, plain(heard)),
                characters=len(said),
            )
        )
    return Report(
        engine=engine.name,
        audio_seconds=round(seconds, 3),
        service=_way(
            "service", [(row.text, row.heard, row.raw) for row in rows], spent[0] / seconds
        ),
        whole=_way(
            "whole", [(row.text, row.whole, row.whole_raw) for row in rows], spent[1] / seconds
        ),
        rows=tuple(rows),
    )


def through_service(pool: Pool, audio: bytes) -> str:
    """The model's words in the utterances that voice activity finds."""
    recogniser, segmenter, words = pool.borrow(), Segmenter(), []
    steps = [
        step
        for start in range(0, len(audio), PIECE)
        for step in segmenter.feed(audio[start : start + PIECE])
    ]
    for step in [*steps, *segmenter.flush()]:
        if isinstance(step, Closed):
            words.append(recogniser.finish().raw_text)
        elif step.audio:
            recogniser.accept(step.audio)
    pool.give_back(recogniser)
    return " ".join(words)


def through_model(pool: Pool, audio: bytes) -> str:
    """The model's words when it is given everything."""
    recogniser = pool.borrow()
    for start in range(0, len(audio), PIECE):
        recogniser.accept(audio[start : start + PIECE])
    heard = recogniser.finish()
    pool.give_back(recogniser)
    return heard.raw_text


def _way(name: str, rows: Sequence[tuple[str, str, str]], factor: float) -> Way:
    """From what was said, heard and heard before normalisation, of every recording."""
    pairs = [(readable(text), heard) for text, heard, _ in rows]
    return Way(
        name=name,
        cer=rate((plain(said), plain(heard)) for said, heard in pairs),
        raw_cer=rate((plain(text), plain(raw)) for text, _, raw in rows),
        syllable_error=rate((syllables(said), syllables(heard)) for said, heard in pairs),
        real_time_factor=round(factor, 4),
    )


def rate(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float:
    errors = size = 0
    for said, heard in pairs:
        errors += distance(said, heard)
        size += len(said)
    return round(errors / max(1, size), 4)


def plain(text: str) -> str:
    """Letters and digits only, small; what characters are counted on."""
    return "".join(char for char in text.lower() if char.isalnum())


def syllables(text: str) -> list[str]:
    """Toneless pinyin per character; anything else as it is, character by character."""
    return [part for char in plain(text) for part in lazy_pinyin(char)]


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of insertions, deletions and replacements (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for i, a in enumerate(said, start=1):
        former, row = row, [i]
        for j, b in enumerate(heard, start=1):
            row.append(min(former[j] + 1, row[-1] + 1, former[j - 1] + (a != b)))
    return row[-1]

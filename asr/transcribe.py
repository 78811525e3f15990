"""A recording's words, transcribed when the call is over.

``python -m asr.transcribe FILE --model DIR [--spans JSON] [--nice N]`` prints one JSON line an
utterance and a last one with the length; a process of its own, so that neither its memory nor
its processor time is the centre's.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from asr import engines
from asr.audiosocket import BYTES_PER_MS
from asr.engine import Engine, Pool
from asr.events import Word
from asr.heard import Heard
from asr.said import Said, Span
from asr.sound import Sound
from asr.vad import Closed, Opened, Segmenter, Step
from models.errors import SetupError

# Heard before and after a span: the line's noise is known and words at its edges are whole.
BEFORE_MS: Final = 2_000
AFTER_MS: Final = 1_000


def transcribe(engine: Engine, sound: Sound, spans: Sequence[Span] = ()) -> Iterator[Said]:
    """What is said in a recording, or in ``spans`` of it: there the words whose middle lies
    within. By channel where spans are given, else as utterances end.

    Blocking; some seconds of audio are in memory. Raises what the engine raises.
    """
    pool = Pool(engine)
    if not spans:
        channels = [0] if sound.same_on_both() else range(sound.channels)
        yield from _listen(engine, pool, sound, channels, 0, None)
        return
    for span in spans:
        begin = max(0, span.from_ms - BEFORE_MS)
        for said in _listen(engine, pool, sound, [span.channel], begin, span.to_ms + AFTER_MS):
            words = [w for w in said.words if span.from_ms <= _middle(w) < span.to_ms]
            if words:
                yield said if len(words) == len(said.words) else _made(engine, span.channel, words)


def voiced(sound: Sound, spans: Sequence[Span]) -> list[Span]:
    """The spans in which somebody may speak, by voice activity alone; needs no model."""
    return [span for span in spans if _has_voice(sound, span)]


def _has_voice(sound: Sound, span: Span) -> bool:
    begin = max(0, span.from_ms - BEFORE_MS)
    segmenter = Segmenter()
    for piece in sound.pieces(begin, span.to_ms + AFTER_MS):
        for step in segmenter.feed(piece[:, span.channel].tobytes()):
            if isinstance(step, Closed) and begin + step.at_ms > span.from_ms:
                return True
    return segmenter.speaking


def without(engine: Engine, said: Said, stretches: Sequence[tuple[int, int]]) -> Said | None:
    """``said`` without the words whose middle lies in one of ``stretches`` (milliseconds of the
    recording); ``None`` where none is left."""
    words = [
        word
        for word in said.words
        if not any(begin <= _middle(word) < end for begin, end in stretches)
    ]
    if not words:
        return None
    return said if len(words) == len(said.words) else _made(engine, said.channel, words)


def _middle(word: Word) -> float:
    return (word.start_ms + word.end_ms) / 2


def _listen(
    engine: Engine,
    pool: Pool,
    sound: Sound,
    channels: Sequence[int],
    from_ms: int,
    to_ms: int | None,
) -> Iterator[Said]:
    legs = [_Leg(engine, pool, channel, from_ms) for channel in channels]
    for piece in sound.pieces(from_ms, to_ms):
        for leg in legs:
            yield from leg.take(piece[:, leg.channel].tobytes())
    for leg in legs:
        yield from leg.end()


class _Leg:
    """One channel on its way through voice activity and the recogniser."""

    def __init__(self, engine: Engine, pool: Pool, channel: int, from_ms: int) -> None:
        self.channel = channel
        self._engine = engine
        self._pool = pool
        self._segmenter = Segmenter()
        self._from_ms = from_ms
        self._opened_ms = 0
        self._recogniser = pool.borrow()

    def take(self, audio: bytes) -> Iterator[Said]:
        piece = 200 * BYTES_PER_MS
        for start in range(0, len(audio), piece):
            yield from self._steps(self._segmenter.feed(audio[start : start + piece]))

    def end(self) -> Iterator[Said]:
        yield from self._steps(self._segmenter.flush())
        self._pool.give_back(self._recogniser)

    def _steps(self, steps: list[Step]) -> Iterator[Said]:
        for step in steps:
            if isinstance(step, Closed):
                heard = self._recogniser.finish()
                if heard.words:
                    yield self._said(heard)
                if self._recogniser.worn:
                    self._recogniser = self._pool.borrow()
                continue
            if isinstance(step, Opened):
                self._opened_ms = self._from_ms + step.at_ms
            if step.audio:
                self._recogniser.accept(step.audio)

    def _said(self, heard: Heard) -> Said:
        at = self._opened_ms
        words = [
            Word(word.text, at + word.start_ms, at + word.end_ms, word.confidence)
            for word in heard.words
        ]
        return _made(self._engine, self.channel, words)


def _made(engine: Engine, channel: int, words: Sequence[Word]) -> Said:
    heard = Heard(tuple(words))
    written = engine.writer.finished(heard.words)
    return Said(
        channel=channel,
        text=written.text,
        raw_text=heard.raw_text,
        words=heard.words,
        start_ms=words[0].start_ms,
        end_ms=words[-1].end_ms,
        confidence=heard.confidence,
        engine=engine.name,
        changes=written.changes,
    )


def load_engine(model: Path, names: Sequence[str] = ()) -> Engine:
    """The engine of a model folder; raises ``SetupError`` where it is none."""
    return engines.load(model, names)


def main() -> int:
    """Entry point; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m asr.transcribe", description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--model", type=Path, required=True, metavar="DIR")
    parser.add_argument("--spans", default="[]", help="JSON: [[channel, from_ms, to_ms], ...]")
    parser.add_argument("--nice", type=int, default=0, help="lower the priority by so much")
    arguments = parser.parse_args()
    os.nice(max(0, arguments.nice))
    try:
        spans = [Span(*map(int, row)) for row in json.loads(arguments.spans)]
    except (ValueError, TypeError):
        parser.error("--spans is not a JSON list of [channel, from_ms, to_ms]")
    try:
        with Sound(arguments.file) as sound:
            if any(not 0 <= span.channel < sound.channels for span in spans):
                raise SetupError(f"{arguments.file} has {sound.channels} channels only.")
            engines.check(arguments.model)
            # A model takes a second and half a gigabyte: silence is not worth it.
            if not spans or (spans := voiced(sound, spans)):
                for said in transcribe(load_engine(arguments.model), sound, spans):
                    _print(asdict(said))
            _print({"duration_ms": sound.duration_ms, "cut_off": sound.cut_off})
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except BrokenPipeError:
        return 141
    return 0


def _print(row: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

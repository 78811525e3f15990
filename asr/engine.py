"""Recognition engines behind one small interface, and Vosk. ``asr.engines`` picks one."""

from __future__ import annotations

import json
import os
import weakref
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import vosk

from asr.audiosocket import BYTES_PER_MS, SAMPLE_RATE
from asr.events import Word
from asr.graph import hold
from asr.heard import Heard
from asr.writing import Writer
from models.errors import SetupError

WORN_MS = 30 * 60 * 1000  # Vosk counts samples in 32 bits and times in floats
UNKNOWN = "[unk]"  # what Vosk writes for sounds that are no word it knows


class Recogniser(Protocol):
    """Decodes one utterance after another, of any streams. Blocking: call it in a thread, by one
    caller at a time. Audio is 8 kHz signed 16-bit mono."""

    def accept(self, audio: bytes) -> None:
        """Decode more of the utterance."""

    def partial(self) -> str:
        """The model's words so far, with spaces between."""

    def finish(self) -> Heard:
        """End the utterance; the next ``accept`` begins another."""

    @property
    def worn(self) -> bool:
        """Whether it has decoded so much that a new one should take its place."""


class Engine(Protocol):
    """A loaded model that many recognisers share."""

    @property
    def name(self) -> str:
        """Recorded with what its recognisers hear."""

    @property
    def grows(self) -> bool:
        """Whether its recognisers tell words before an utterance ends."""

    @property
    def writer(self) -> Writer:
        """Writes what its recognisers hear as people do."""

    def recogniser(self) -> Recogniser:
        """A new recogniser; takes up to a tenth of a second and blocks."""


class Pool:
    """Lends recognisers for one utterance each; may be used from several threads.

    This is for models without a static graph: Vosk composes theirs while it decodes and keeps
    what it has composed (up to some 70 MB each), so a recogniser that has decoded before is
    about four times as fast as a new one, and few of them, all warm, serve many streams. With
    a static graph a new one takes 0.3 ms, hardly any memory, and is as fast as a used one.
    """

    MOST_IDLE = 8

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._idle: deque[Recogniser] = deque(maxlen=self.MOST_IDLE)  # drops the coldest

    def borrow(self) -> Recogniser:
        """The one used last, or a new one; blocks as ``Engine.recogniser`` does."""
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.recogniser()

    def give_back(self, recogniser: Recogniser) -> None:
        """Return one after ``finish``; a recogniser that failed is let go instead."""
        if not recogniser.worn:
            self._idle.append(recogniser)


class VoskEngine:
    """Any Vosk model folder; decoding releases the interpreter lock (cffi)."""

    grows = True

    def __init__(self, folder: Path, names: Sequence[str] = ()) -> None:
        """Load the model, which takes half a second to half a minute. ``names`` are local names
        for a model that was not built with any.

        Raises ``SetupError`` when ``folder`` is no Vosk model.
        """
        check_model(folder)
        if (held := hold(folder)) is not None:
            weakref.finalize(self, os.close, held)
        vosk.SetLogLevel(-1)
        try:
            self._model = vosk.Model(str(folder))
        except Exception as error:
            raise SetupError(
                f"Vosk cannot load the speech model in {folder}: {error}. Fetch it again."
            ) from error
        self.name = f"vosk {folder.resolve().name}"
        self.writer = Writer.load(folder, names)

    def recogniser(self) -> VoskRecogniser:
        return VoskRecogniser(self._model)


class VoskRecogniser:
    """One ``KaldiRecognizer``. Vosk's own endpointing is not used: the caller ends utterances."""

    def __init__(self, model: Any) -> None:
        self._kaldi = vosk.KaldiRecognizer(model, SAMPLE_RATE)
        self._kaldi.SetWords(True)
        self._fed = 0  # bytes since the recogniser was made, as Vosk's word times count
        self._began = 0

    @property
    def worn(self) -> bool:
        return self._fed >= WORN_MS * BYTES_PER_MS

    def accept(self, audio: bytes) -> None:
        self._fed += len(audio)
        # A false-or-true answer is Vosk's endpointing; the exception is its failure.
        self._kaldi.AcceptWaveform(audio)

    def partial(self) -> str:
        words = str(json.loads(self._kaldi.PartialResult())["partial"]).split()
        return " ".join(word for word in words if word != UNKNOWN)

    def finish(self) -> Heard:
        result = json.loads(self._kaldi.FinalResult())
        began_ms, length_ms = self._began / BYTES_PER_MS, (self._fed - self._began) / BYTES_PER_MS
        self._began = self._fed

        def within(seconds: float) -> int:
            return round(min(max(0.0, seconds * 1000 - began_ms), length_ms))

        return Heard(
            tuple(
                Word(
                    text=word["word"],
                    start_ms=within(word["start"]),
                    end_ms=within(word["end"]),
                    confidence=round(float(word["conf"]), 3),
                )
                for word in result.get("result", ())
                if word["word"] != UNKNOWN
            )
        )


def check_model(folder: Path) -> None:
    """Raise ``SetupError`` unless ``folder`` looks like a Vosk model, whether its graph is
    static (``HCLG.fst``) or composed while decoding (``HCLr.fst``, ``Gr.fst``)."""
    if not folder.is_dir():
        raise SetupError(
            f"There is no speech model in {folder}: run `yihu models fetch`, or name another "
            "folder with --model."
        )
    static = (folder / "graph" / "HCLG.fst").exists()
    graph = ("graph/words.txt",) if static else ("graph/HCLr.fst", "graph/Gr.fst")
    for needed in ("am/final.mdl", "conf/mfcc.conf", *graph):
        if not (folder / needed).exists():
            raise SetupError(
                f"{folder} is not a Vosk model: {needed} is missing. Run `yihu models fetch`, or "
                "name another folder with --model."
            )

"""Whisper as an engine: it hears finished utterances, more slowly, and errs otherwise than Vosk.

A folder in CTranslate2's format, run by faster-whisper; nothing is fetched. The model is loaded by
the first recogniser, so that a process may fork before: its threads do not survive a fork.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from asr.audiosocket import BYTES_PER_MS, SAMPLE_RATE
from asr.events import Word
from asr.heard import Heard
from asr.localnames import LocalNames
from asr.writing import Writer
from models.errors import SetupError

FILES = ("model.bin", "config.json", "tokenizer.json", "vocabulary.txt")
RATE = 16_000  # Hz, what the model takes
PROMPT = "以下是普通话的电话录音，用简体中文写。"
SHORTEST_MS = 200
LONGEST_MS = 28_000  # the model hears 30 s at a time


def is_whisper(folder: Path) -> bool:
    """Whether a folder holds such a model."""
    return all((folder / name).is_file() for name in FILES)


class WhisperEngine:
    """A whisper model; ``names`` are local names, written in the place of what sounds so."""

    grows = False

    def __init__(self, folder: Path, names: Sequence[str] = (), threads: int = 1) -> None:
        """Raises ``SetupError`` where the folder is no such model or faster-whisper is missing."""
        if missing := [name for name in FILES if not (folder / name).is_file()]:
            raise SetupError(
                f"{folder} is not a whisper model: {missing[0]} is missing. Run `yihu models "
                "fetch whisper-base`, or name another folder."
            )
        self.name = f"whisper {folder.resolve().name}"
        self.writer = Writer(LocalNames({}), names)
        self._folder = folder
        self._threads = threads
        self._lock = Lock()
        self._model: Any = None

    def recogniser(self) -> WhisperRecogniser:
        """Loads the model at first, which takes a second or two."""
        with self._lock:
            if self._model is None:
                self._model = self._load()
        return WhisperRecogniser(self._model)

    def _load(self) -> Any:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        try:
            from faster_whisper import WhisperModel
        except ImportError:
            raise SetupError(
                "faster-whisper is not installed, so whisper cannot be used: install the "
                "project's requirements."
            ) from None
        try:
            return WhisperModel(
                str(self._folder), device="cpu", compute_type="int8", cpu_threads=self._threads
            )
        except Exception as error:
            raise SetupError(
                f"The whisper model in {self._folder} cannot be loaded ({error}): run `yihu models "
                "verify`."
            ) from error


class WhisperRecogniser:
    """Gathers an utterance and hears it at its end; shows nothing before."""

    worn = False

    def __init__(self, model: Any) -> None:
        self._model = model
        self._audio = bytearray()

    def accept(self, audio: bytes) -> None:
        """What is over 28 s is left out."""
        self._audio += audio[: max(0, LONGEST_MS * BYTES_PER_MS - len(self._audio))]

    def partial(self) -> str:
        """Always empty."""
        return ""

    def finish(self) -> Heard:
        """One word a character, the times spread evenly: the model tells none by itself."""
        audio, self._audio = bytes(self._audio), bytearray()
        length_ms = len(audio) // BYTES_PER_MS
        if length_ms < SHORTEST_MS:
            return Heard(())
        segments, _ = self._model.transcribe(
            _upsampled(audio),
            language="zh",
            beam_size=5,
            temperature=0.0,
            condition_on_previous_text=False,
            without_timestamps=True,
            initial_prompt=PROMPT,
        )
        told = [(segment.text, math.exp(segment.avg_logprob)) for segment in segments]
        letters = [(char, sure) for text, sure in told for char in text if char.isalnum()]
        step = length_ms / max(1, len(letters))
        return Heard(
            tuple(
                Word(char, round(at * step), round((at + 1) * step), round(min(1.0, sure), 3))
                for at, (char, sure) in enumerate(letters)
            )
        )


def _upsampled(audio: bytes) -> Any:
    from scipy.signal import resample_poly  # slow to import

    samples = np.frombuffer(audio[: len(audio) // 2 * 2], np.int16).astype(np.float32) / 32_768
    return resample_poly(samples, RATE // SAMPLE_RATE, 1).astype(np.float32)

"""Which engine a model folder wants."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from asr.engine import Engine, VoskEngine, check_model
from asr.whisper import WhisperEngine, is_whisper


def load(folder: Path, names: Sequence[str] = ()) -> Engine:
    """The engine of a model folder, Vosk or whisper. ``names`` are a site's local names, for a
    model that was not built with them.

    Raises ``SetupError`` where it is neither.
    """
    return WhisperEngine(folder, names) if is_whisper(folder) else VoskEngine(folder, names)


def check(folder: Path) -> None:
    """Raises ``SetupError`` where a folder holds no model of an engine."""
    if not is_whisper(folder):
        check_model(folder)

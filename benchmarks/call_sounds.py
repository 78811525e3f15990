"""What callers of a measurement say: spoken or read from files, and when each word is in it."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import soundfile

from asr.events import Word
from asr.sound import Sound as SoundFile
from asr.transcribe import load_engine, transcribe
from benchmarks.call_lines import CallLine
from ivr.voice import Voice
from models.errors import SetupError
from yihu import graphs, speech_process
from yihu.settings import Settings
from yihu.simulate.audio import RATE, decode_alaw, encode_alaw, read_audio, silence

VOICES = ("zm_yunxia", "zf_xiaobei", "zf_xiaoyi", "zm_yunjian")  # the best understood
PAUSE_SECONDS = 1.2  # between two turns of the caller
OTHERS_SECONDS = 2.0  # for a turn that is not the caller's


@dataclass(frozen=True, slots=True)
class Sound:
    """A call's audio as A-law, as it goes over the line."""

    call: CallLine
    audio: bytes


@dataclass(frozen=True, slots=True)
class Spoken:
    """A call's audio, and the words in it with their times in it."""

    call: CallLine
    audio: bytes
    words: tuple[Word, ...]


def make_sounds(
    settings: Settings, calls: Sequence[CallLine], folder: Path | None, problems: list[str]
) -> list[Sound]:
    """Each call's audio, from ``folder`` if there is one; a call without becomes a problem.

    What is spoken is kept in the cache. Raises ``SetupError`` where nothing can speak.
    """
    if folder is not None and not folder.is_dir():
        raise SetupError(f"There is no folder {folder}: give --wav-dir with the calls' sounds.")
    voice = Voice.load(settings.models_dir) if folder is None and calls else None
    made: list[Sound] = []
    for place, call in enumerate(calls):
        try:
            if voice is None:
                audio = encode_alaw(read_audio((folder or Path()) / f"{call.id}.wav"))
            else:
                audio = _speak(settings, voice, call, place)
        except SetupError as error:
            problems.append(f"line {call.line} ({call.id}): {error}")
        else:
            made.append(Sound(call, audio))
    return made


def _speak(settings: Settings, voice: Voice, call: CallLine, place: int) -> bytes:
    name = call.voice or VOICES[place % len(VOICES)]
    if voice.engine == "kokoro" and name not in voice.voices():
        raise SetupError(f"there is no voice {name[:40]!r}: use {', '.join(voice.voices())}.")
    audio = b""
    for turn in call.turns:
        if not turn:
            audio += silence(OTHERS_SECONDS)
            continue
        path = voice.speak_to(turn, name, settings.cache_dir / "spoken")
        audio += encode_alaw(read_audio(path)) + silence(PAUSE_SECONDS)
    return audio


def align(settings: Settings, sounds: Sequence[Sound]) -> list[Spoken]:
    """Find the words of each audio by decoding the very samples that are sent later.

    Raises ``SetupError`` without a speech model.
    """
    engine = load_engine(graphs.former(settings) or speech_process.fetched_model(settings))
    spoken: list[Spoken] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "call.wav"
        for sound in sounds:
            soundfile.write(path, decode_alaw(sound.audio), RATE, subtype="PCM_16")
            with SoundFile(path) as file:
                words = [word for said in transcribe(engine, file) for word in said.words]
            spoken.append(Spoken(sound.call, sound.audio, tuple(words)))
    return spoken

"""Calls written for this project, spoken as a telephone carries them: what is heard of them.

``python -m benchmarks.speech_calls [--half dev|test|voices|all] [--manifest FILE]`` speaks the
calls of ``speech_calls.txt``, each once and with the voices in turn, at 8 kHz through A-law, and
keeps them in the cache. With ``--manifest`` it writes the lines that ``python -m asr evaluate``
reads. ``--half voices`` speaks a few sentences without names in every voice there is and measures
bare Vosk on each: a voice that it does not understand says nothing about recognition.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from asr.engine import VoskEngine
from asr.evaluate import Recording, evaluate, plain, rate
from ivr.voice import Voice
from yihu.settings import load_settings
from yihu.simulate.audio import decode_alaw, encode_alaw

CALLS = Path(__file__).with_name("speech_calls.txt")
HALVES = ("dev", "test")
# Left out: zf_xiaoni and zm_yunyang, see docs/speech.md.
VOICES = ("zm_yunxia", "zf_xiaobei", "zf_xiaoyi", "zm_yunjian", "zf_xiaoxiao", "zm_yunxi")
ADDRESS = re.compile(r"\[([^\]]+)\]")
OTHERWISE = re.compile(r"\{([^|}]*)\|([^}]*)\}")


@dataclass(frozen=True, slots=True)
class SpokenCall:
    """A call's sentence: as a person writes it, as it is said, and its addresses as written."""

    half: str
    scenario: str
    text: str
    said: str
    addresses: tuple[str, ...]
    voice: str

    @property
    def name(self) -> str:
        return f"{self.scenario}.{self.voice}"


def read_calls(path: Path = CALLS) -> list[SpokenCall]:
    """The calls of a file, each with its voice; those of ``voices`` once in every voice."""
    calls: list[SpokenCall] = []
    half = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            half = line[3:].strip()
        elif line.strip() and not line.startswith("#"):
            scenario, _, marked = line.partition("\t")
            turn = sum(call.half == half for call in calls)
            calls.append(_call(half, scenario, marked, VOICES[turn % len(VOICES)]))
    return calls


def _call(half: str, scenario: str, marked: str, voice: str) -> SpokenCall:
    written = OTHERWISE.sub(r"\1", marked)
    return SpokenCall(
        half=half,
        scenario=scenario,
        text=ADDRESS.sub(r"\1", written),
        said=ADDRESS.sub(r"\1", OTHERWISE.sub(r"\2", marked)),
        addresses=tuple(ADDRESS.findall(written)),
        voice=voice,
    )


def speak(calls: Sequence[SpokenCall], models_dir: Path, folder: Path) -> list[Recording]:
    """Every call's recording in ``folder``; raises ``SetupError`` where no voice can speak."""
    voice: Voice | None = None
    recordings: list[Recording] = []
    for call in calls:
        path = folder / call.half / f"{call.name}.wav"
        note = path.with_suffix(".txt")
        if not path.is_file() or not note.is_file() or note.read_text() != call.said:
            voice = voice or Voice.load(models_dir)
            samples = decode_alaw(encode_alaw(voice.speak(call.said, call.voice)))
            path.parent.mkdir(parents=True, exist_ok=True)
            with wave.open(str(path), "wb") as sound:
                sound.setnchannels(1)
                sound.setsampwidth(2)
                sound.setframerate(8_000)
                sound.writeframes(samples.tobytes())
            note.write_text(call.said)
        recordings.append(Recording(path, call.text, call.addresses))
    return recordings


def in_every_voice(models_dir: Path) -> Iterator[SpokenCall]:
    """The sentences for judging voices, each in all of them."""
    voices = Voice.load(models_dir).voices()
    for call in read_calls():
        if call.half == "voices":
            for voice in voices:
                yield replace(call, voice=voice)


def main(arguments: list[str] | None = None) -> int:
    """Speak, and write the manifest or measure the voices; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speech_calls")
    parser.add_argument("--half", choices=(*HALVES, "all", "voices"), default="test")
    parser.add_argument("--manifest", type=Path)
    given = parser.parse_args(arguments)
    settings = load_settings()
    folder = settings.cache_dir / "spoken" / "speech_calls"
    if given.half == "voices":
        return _voices(settings.models_dir, folder, settings.models_dir / settings.speech_model)
    calls = [call for call in read_calls() if call.half in HALVES]
    calls = [call for call in calls if given.half in (call.half, "all")]
    recordings = speak(calls, settings.models_dir, folder)
    lines = [f"{one.wav}\t{one.text}\t{'|'.join(one.addresses)}\n" for one in recordings]
    if given.manifest:
        given.manifest.write_text("".join(lines), encoding="utf-8")
    else:
        sys.stdout.write("".join(lines))
    return 0


def _voices(models_dir: Path, folder: Path, model: Path) -> int:
    """Print bare Vosk's errors of every voice, worst last."""
    calls = list(in_every_voice(models_dir))
    report = evaluate(VoskEngine(model), speak(calls, models_dir, folder))
    by_voice: dict[str, list[tuple[str, str]]] = {}
    for call, row in zip(calls, report.rows, strict=True):
        by_voice.setdefault(call.voice, []).append((plain(call.text), plain(row.heard)))
    figures = {voice: rate(pairs) for voice, pairs in by_voice.items()}
    print(json.dumps(dict(sorted(figures.items(), key=lambda item: item[1])), indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())

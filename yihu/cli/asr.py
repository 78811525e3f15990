"""``yihu asr``: recordings transcribed, transcribed again, and what people corrected."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import anyio
import anyio.to_thread
import typer

from asr.localnames import read_names
from asr.said import Said
from asr.sound import Sound
from ivr import corrections, recording_rows
from models.clock import CHINA_TIME
from models.errors import SetupError
from yihu import bootstrap, graphs, site_speech, speech_process
from yihu.settings import Settings, load_settings

app = typer.Typer(help="Recordings to text: transcribe, retranscribe, corrections.")

NICE: Final = 19
TOLD_MS: Final = 5 * 60_000  # of audio between two lines of progress
LEGS: Final = ("caller", "heard by the caller")
SIDES: Final = ("left", "right")

Model = Annotated[
    str,
    typer.Option(
        "--model",
        "--engine",
        help="A model's folder (Vosk or whisper), or the name of a fetched one; the site's by "
        "default.",
    ),
]


@app.command("transcribe")
def transcribe_recording(
    recording: Annotated[str, typer.Argument(help="A sound file, or the id of a call.")],
    model: Model = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Print what is said in a recording: each side's utterances with the times of their words.

    Takes FLAC and WAV of any rate, mono or stereo; in a recording of ours the left side is the
    caller. Fails with 1 when the file breaks off; what is there is printed.
    """
    from asr.transcribe import load_engine, transcribe  # loads Vosk

    settings = load_settings()
    path, ours = _find(settings, recording)
    with Sound(path) as sound:
        engine = load_engine(_model(settings, model), _names(settings))
        legs = _legs(sound, ours=ours or _is_ours(sound))
        said: list[Said] = []
        told = 0
        for one in transcribe(engine, sound):
            said.append(one)
            if one.end_ms - told >= TOLD_MS:
                told = one.end_ms
                _progress(f"{_clock(told)} of {_clock(sound.duration_ms)}")
        if as_json:
            print(json.dumps(_object(path, sound, engine.name, legs, said), ensure_ascii=False))
        else:
            _print(path, sound, engine.name, legs, said)
        if sound.cut_off:
            raise typer.Exit(1)


@app.command("retranscribe")
def retranscribe(
    since: Annotated[str, typer.Option(help="The first day of the calls, YYYY-MM-DD.")],
    until: Annotated[str, typer.Option(help="The last day, today by default.")] = "",
    model: Model = "",
    most: Annotated[int, typer.Option(min=1, help="Stop after so many recordings.")] = 1_000_000,
) -> None:
    """Transcribe recordings anew as a whole, at the lowest priority.

    Each gets a further transcript with the engine's name, which pages show; the former ones stay
    and are found by the search. What people corrected stays corrected. Broken off, it goes on
    where it was when started again: a recording this engine has done is passed over.
    """
    from asr.transcribe import load_engine  # loads Vosk
    from yihu import retranscribing

    os.nice(NICE)
    settings = load_settings()
    first = _day(since, "--since")
    last = _day(until, "--until") if until else datetime.now(CHINA_TIME).date()
    if last < first:
        raise SetupError(f"--until {last} comes before --since {first}.")
    engine = load_engine(_model(settings, model), _names(settings))
    done, failed = anyio.run(
        retranscribing.retranscribe, settings, engine, (first, last), most, _progress
    )
    print(f"{done} recordings transcribed by {engine.name}" + (f", {failed} not" if failed else ""))
    if failed:
        raise typer.Exit(1)


@app.command("corrections")
def export_corrections(
    out: Annotated[Path, typer.Option(help="The JSON-lines file to write.")],
) -> None:
    """Write what people corrected: a line each with the place in the recording, heard, corrected.

    The newest correction of an utterance counts. The file holds what callers said: only its
    owner may read it.
    """
    settings = load_settings()
    print(f"{anyio.run(_export, settings, out)} corrections are in {out}")


# --- what is transcribed -------------------------------------------------------------------------


def _find(settings: Settings, recording: str) -> tuple[Path, bool]:
    """The file, and whether it is a recording of a call of ours."""
    path = Path(recording)
    if path.exists():
        return path, False
    try:
        call_id = UUID(recording)
    except ValueError:
        raise SetupError(
            f"There is no file {recording[:200]}; give a sound file or the id of a call."
        ) from None
    return anyio.run(_file_of_call, settings, call_id), True


async def _file_of_call(settings: Settings, call_id: UUID) -> Path:
    async with bootstrap.opened_database(settings) as database, database.reading() as session:
        row = await recording_rows.recording_of(session, call_id)
    if row is None:
        raise SetupError(f"There is no recording of a call {call_id}.")
    if row.deleted_at is not None:
        raise SetupError(f"The recording of call {call_id} was deleted when its time was over.")
    return settings.data_dir / "recordings" / row.path


def _is_ours(sound: Sound) -> bool:
    return (sound.path.suffix, sound.rate, sound.channels) == (".flac", 8_000, 2)


def _legs(sound: Sound, *, ours: bool) -> tuple[str, ...]:
    if sound.channels == 1 or (not ours and sound.same_on_both()):
        return ("mono",)
    return LEGS if ours else SIDES


def _model(settings: Settings, wanted: str) -> Path:
    """The folder of the model asked for: a path, a fetched model's name, or the site's own."""
    if wanted:
        fetched = settings.models_dir / wanted
        return fetched if "/" not in wanted and fetched.is_dir() else Path(wanted)
    in_use = graphs.former(settings)
    if in_use is not None:
        return in_use
    model = speech_process.fetched_model(settings)
    return graphs.ready(settings, model, site_speech.site(settings)) or model


def _names(settings: Settings) -> list[str]:
    """The site's local names, which whisper writes in the place of what sounds so."""
    gazetteer = site_speech.gazetteer(settings)
    return read_names(gazetteer) if gazetteer else []


def _object(
    path: Path, sound: Sound, engine: str, legs: tuple[str, ...], said: list[Said]
) -> dict[str, Any]:
    return {
        "file": str(path),
        "engine": engine,
        "duration_ms": sound.duration_ms,
        "cut_off": sound.cut_off,
        "legs": [
            {"leg": leg, "utterances": [_row(one) for one in said if one.channel == channel]}
            for channel, leg in enumerate(legs)
        ],
    }


def _row(said: Said) -> dict[str, Any]:
    return {
        "start_ms": said.start_ms,
        "end_ms": said.end_ms,
        "text": said.text,
        "raw_text": said.raw_text,
        "confidence": said.confidence,
        "words": [
            {"text": w.text, "start_ms": w.start_ms, "end_ms": w.end_ms, "confidence": w.confidence}
            for w in said.words
        ],
    }


def _print(path: Path, sound: Sound, engine: str, legs: tuple[str, ...], said: list[Said]) -> None:
    print(f"{path}: {_clock(sound.duration_ms)}, {engine}")
    for channel, leg in enumerate(legs):
        print(f"\n{leg}:")
        spoken = [one for one in said if one.channel == channel]
        for one in spoken:
            print(f"  {_clock(one.start_ms)} {one.text}  ({one.confidence:.2f})")
            words = (f"{w.text} {w.start_ms / 1000:.2f}-{w.end_ms / 1000:.2f}" for w in one.words)
            print("        " + "  ".join(words))
        if not spoken:
            print("  no speech was found")
    if sound.cut_off:
        print(f"{path} breaks off or is damaged: what is there was transcribed.", file=sys.stderr)


def _clock(ms: int) -> str:
    return f"{ms // 60_000}:{ms / 1000 % 60:04.1f}"


def _progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


# --- transcribed again ---------------------------------------------------------------------------


def _day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise SetupError(
            f"{option} {text[:40]!r} is not a day: write it like 2026-11-22."
        ) from None


# --- corrections ---------------------------------------------------------------------------------


async def _export(settings: Settings, out: Path) -> int:
    async with bootstrap.opened_database(settings) as database, database.reading() as session:
        rows = await corrections.all_newest(session)
    try:
        await anyio.to_thread.run_sync(
            _write, out, [json.dumps(r, ensure_ascii=False) for r in rows]
        )
    except OSError as error:
        raise SetupError(f"{out} cannot be written: {error.strerror}.") from None
    return len(rows)


def _write(out: Path, lines: list[str]) -> None:
    """Whole or not at all, for the owner only."""
    part = out.with_name(out.name + ".part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.writelines(_ended(lines))
        part.replace(out)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _ended(lines: list[str]) -> Iterator[str]:
    for line in lines:
        yield line + "\n"

"""What the machine says to people: the table, and keeping its sound files in place.

Speech is kept by what was said with which voice, in a folder that the instances of a machine
share; an instance's sounds folder, which its Asterisk plays from, is laid out from it:
``zh/<name>.wav`` and ``moh/calm.wav``. A recording in the instance's own prompts folder,
``<name>.wav`` or ``moh/calm.wav``, takes the machine's place.
"""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import os
import re
import tomllib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ivr import prompt_sounds as sounds
from ivr.voice import Samples, Voice
from models.errors import SetupError

log = logging.getLogger(__name__)

TABLE = Path(__file__).with_name("prompts.toml")
LANGUAGE = "zh"
MUSIC = "moh/calm"
MADE = ".made.json"
EDITION = "1"  # of how sounds are made; another one makes all of them again
MUSIC_EDITION = "2"
ENGINES = ("kokoro", "espeak-ng")  # the better first
WORKERS = 2
ENDINGS = (".wav", ".flac")
NAME = re.compile(r"[a-z0-9-]+(/[a-z0-9-]+)?")
PLACE = re.compile(rf"({LANGUAGE}|moh)/{NAME.pattern}\.wav")

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Carrier:
    """A sentence with ``{}`` that a syllable is spoken in; ``head`` and ``tail`` are seconds."""

    text: str
    voice: str
    speed: float
    head: float
    tail: float


@dataclass(frozen=True, slots=True)
class Prompt:
    """A text by the name of its file."""

    name: str
    text: str
    voice: str
    speed: float = 1.0
    carrier: Carrier | None = None

    @property
    def key(self) -> str:
        """Names the sound: another text, voice, speed or way of making has another key."""
        parts = [EDITION, self.text, self.voice, f"{self.speed:g}", repr(self.carrier)]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Tone:
    """A sine tone by the name of its file."""

    name: str
    hertz: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Table:
    """All prompts and tones; names are those of ``Playback`` and of Asterisk's own modules."""

    prompts: tuple[Prompt, ...]
    tones: tuple[Tone, ...]

    @classmethod
    def load(cls, path: Path = TABLE, voice: str = "") -> Table:
        """Read the table; ``voice`` speaks in place of the table's, if given.

        Raises ``SetupError`` where the table cannot be understood.
        """
        try:
            rows = tomllib.loads(path.read_text(encoding="utf-8"))
            usual = Prompt("", "", voice or rows["voice"], float(rows["speed"]))
            carriers = {name: Carrier(**row) for name, row in rows.get("carrier", {}).items()}
            speech = [
                _prompt(name, row, usual, carriers, voice) for name, row in rows["speech"].items()
            ]
            tones = [Tone(name, **row) for name, row in rows.get("tone", {}).items()]
        except (OSError, UnicodeDecodeError, ValueError, KeyError, TypeError) as error:
            raise SetupError(f"The prompts in {path} cannot be read: {error}.") from None
        names = [prompt.name for prompt in speech] + [tone.name for tone in tones]
        for name in names:
            if not NAME.fullmatch(name) or names.count(name) > 1:
                raise SetupError(f"The prompt name {name[:80]!r} in {path} is wrong or not alone.")
        return cls(tuple(speech), tuple(tones))

    @property
    def names(self) -> frozenset[str]:
        return frozenset([each.name for each in self.prompts] + [each.name for each in self.tones])


def _prompt(
    name: str, row: str | dict[str, Any], usual: Prompt, carriers: dict[str, Carrier], voice: str
) -> Prompt:
    values = {"text": row} if isinstance(row, str) else dict(row)
    carrier = carriers[values.pop("carrier")] if "carrier" in values else None
    said = voice or values.pop("voice", usual.voice)
    values.pop("voice", None)
    if not isinstance(values["text"], str) or not values["text"].strip():
        raise ValueError(f"{name} has no text")
    fits = carrier if carrier is not None and carrier.voice == said else None
    return Prompt(name=name, voice=said, carrier=fits, **({"speed": usual.speed} | values))


def spoken(prompt: Prompt, voice: Voice) -> Samples:
    """A prompt as samples, levelled and trimmed; takes about as long as it lasts.

    Raises ``SetupError`` for a voice there is not or a text that cannot be pronounced.
    """
    carrier = prompt.carrier if voice.engine == ENGINES[0] else None
    if carrier is None:
        return sounds.trim(voice.speak(prompt.text, prompt.voice, prompt.speed))
    sentence = voice.speak(carrier.text.format(prompt.text), prompt.voice, carrier.speed)
    return sounds.trim(sounds.cut(sentence, carrier.head, carrier.tail))


def speak_missing(
    table: Table,
    cache: Path,
    speaker: Callable[[], Voice],
    progress: Progress,
    better: bool = True,
) -> int:
    """Speak what ``cache`` does not hold, and with ``better`` what only espeak-ng has spoken.

    ``speaker`` is called only when something is missing. Returns how many were spoken. May be
    broken off and repeated. Raises ``SetupError`` where nothing can speak.
    """
    enough = ENGINES[:1] if better else ENGINES
    missing = [
        prompt
        for prompt in table.prompts
        if not any(_file(cache, prompt, engine).is_file() for engine in enough)
    ]
    if not missing:
        return 0
    voice = speaker()
    missing = [each for each in missing if not _file(cache, each, voice.engine).is_file()]
    if missing:
        progress(f"Speaking {len(missing)} prompts ({voice.engine}) ...")

    def one(prompt: Prompt) -> None:
        try:
            sounds.write(_file(cache, prompt, voice.engine), spoken(prompt, voice))
        except OSError as error:
            raise SetupError(
                f"Prompts cannot be kept in {cache} ({error.strerror}): free the disk or set "
                "YIHU_CACHE_DIR to a folder this user may write."
            ) from None

    with ThreadPoolExecutor(WORKERS, "prompts") as workers:
        try:
            for done in [workers.submit(one, prompt) for prompt in missing]:
                done.result()
        except BaseException:
            workers.shutdown(cancel_futures=True)
            raise
    return len(missing)


def _file(cache: Path, prompt: Prompt, engine: str) -> Path:
    return cache / f"{prompt.key}.{engine}.wav"


def _cached(cache: Path, prompt: Prompt) -> Path | None:
    """The best file there is."""
    files = (_file(cache, prompt, engine) for engine in ENGINES)
    return next((path for path in files if path.is_file()), None)


def lay_out(table: Table, cache: Path, overrides: Path, folder: Path) -> list[str]:
    """Make ``folder`` hold the newest sound of every name; what is there already is left alone.

    Returns what is wrong, one sentence each: recordings that cannot be used, in whose place
    the machine speaks, and prompts that nothing has spoken yet. A file is replaced in one
    step, so Asterisk may be playing. Raises ``SetupError`` where files cannot be written.
    """
    problems = [*_strangers(table, overrides)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        made = _read_made(folder)
        now: dict[str, str] = {}
        for source in _sources(table, cache, overrides, problems):
            target = folder / source.path
            if made.get(source.path) != source.key or not target.is_file():
                try:
                    sounds.write(target, source.make())
                except SetupError as error:
                    problems.append(str(error))
                    continue
            now[source.path] = source.key
        for path in made.keys() - now.keys():
            (folder / path).unlink(missing_ok=True)
        if made != now:
            part = folder / f"{MADE}.{os.getpid()}.part"
            part.write_text(json.dumps(now, indent=0), encoding="utf-8")
            part.replace(folder / MADE)
    except OSError as error:
        raise SetupError(
            f"The prompts cannot be written to {folder} ({error.strerror}): free the disk or set "
            "YIHU_DATA_DIR to a folder this user may write."
        ) from None
    return problems


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a file of the sounds folder comes from; another ``key`` makes it again."""

    path: str
    key: str
    make: Callable[[], Samples]


def _sources(table: Table, cache: Path, overrides: Path, problems: list[str]) -> Iterator[_Source]:
    unspoken = []
    for prompt in table.prompts:
        own = _own(overrides, prompt.name, f"{LANGUAGE}/{prompt.name}.wav", problems)
        held = _cached(cache, prompt)
        if own is not None:
            yield own
        elif held is not None:
            yield _Source(
                f"{LANGUAGE}/{prompt.name}.wav", held.name, functools.partial(sounds.read, held)
            )
        else:
            unspoken.append(prompt.name)
    if unspoken:
        problems.append(
            f"{len(unspoken)} prompts are not spoken yet ({', '.join(unspoken[:3])} ...): "
            "run `yihu prompts build`."
        )
    for tone in table.tones:
        path = f"{LANGUAGE}/{tone.name}.wav"
        make = functools.partial(sounds.tone, tone.hertz, tone.seconds)
        key = f"tone {EDITION} {tone.hertz:g} {tone.seconds:g}"
        yield _own(overrides, tone.name, path, problems) or _Source(path, key, make)
    own = _own(overrides, MUSIC, f"{MUSIC}.wav", problems, sounds.LONGEST_MUSIC_SECONDS)
    yield own or _Source(f"{MUSIC}.wav", f"music {MUSIC_EDITION}", sounds.hold_music)


def _own(
    overrides: Path,
    name: str,
    path: str,
    problems: list[str],
    longest: float = sounds.LONGEST_SECONDS,
) -> _Source | None:
    """The recording that people made of ``name``, if it can be used."""
    for ending in ENDINGS:
        file = overrides / f"{name}{ending}"
        if not file.is_file():
            continue
        try:
            state = file.stat()
            samples = sounds.studio(file, longest)
        except (SetupError, OSError) as error:
            problems.append(str(error))
            return None
        key = f"own {state.st_size} {state.st_mtime_ns}"
        return _Source(path, key, functools.partial(np.copy, samples))
    return None


def _strangers(table: Table, overrides: Path) -> Iterator[str]:
    """Recordings that no prompt is named for."""
    known = table.names | {MUSIC}
    for file in sorted(overrides.rglob("*")) if overrides.is_dir() else ():
        name = file.relative_to(overrides).with_suffix("").as_posix()
        if file.suffix in ENDINGS and name not in known:
            yield f"{file} is named like no prompt: see the names in `yihu prompts list`."


def _read_made(folder: Path) -> dict[str, str]:
    """What ``lay_out`` wrote last; nothing where that cannot be read."""
    try:
        made = json.loads((folder / MADE).read_text(encoding="utf-8"))
        return {str(path): str(key) for path, key in made.items() if PLACE.fullmatch(str(path))}
    except (OSError, ValueError, AttributeError):
        return {}


def whose(table: Table, name: str, cache: Path, overrides: Path) -> str:
    """Whose voice says ``name``: ``recorded``, an engine's name, ``tone`` or ``missing``."""
    if any((overrides / f"{name}{ending}").is_file() for ending in ENDINGS):
        return "recorded"
    for prompt in table.prompts:
        if prompt.name == name:
            held = _cached(cache, prompt)
            return held.name.split(".")[1] if held else "missing"
    return "tone"


def ensure(
    folder: Path,
    overrides: Path,
    speaker: Callable[[], Voice],
    *,
    cache: Path,
    voice: str = "",
    progress: Progress = log.info,
) -> Path:
    """Bring ``folder`` up to date and return it; takes milliseconds where nothing is missing.

    Never fails for lack of a voice or for a bad recording: a call is taken without a prompt
    rather than not at all, and what is wrong is logged. Raises ``SetupError`` where the
    folder cannot be written or the table cannot be read.
    """
    table = Table.load(voice=voice)
    try:
        speak_missing(table, cache, speaker, progress, better=False)
    except SetupError as error:
        log.warning("not all prompts could be spoken: %s", error)
    for problem in lay_out(table, cache, overrides, folder):
        log.warning("%s", problem)
    return folder

"""Which graph this instance recognises with: checked before it goes live, and rolled back.

``recogniser`` in the data directory is a link to the model folder in use; the speech process reads
it when it starts. ``recogniser.json`` keeps the former ones and whether a person chose.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import anyio

from asr.graph import Site, built, is_whole, list_built
from models.errors import SetupError
from yihu.settings import Settings

log = logging.getLogger(__name__)

LINK, STATE = "recogniser", "recogniser.json"
MOST_FORMER = 3
POLL_SECONDS = 5.0
VOICES = ("zm_yunxia", "zf_xiaobei")
# Said without any name: what a site adds must not cost what everybody says.
GENERAL = (
    "你好，我想问一下身份证在哪里办理",
    "路口有两辆车撞了，有人受伤",
    "水管破了，请派人来修一下",
)
MOST_NAMES = 4  # of the site, that are said to a new graph
MOST_WRONG = 0.35  # of the syllables of the general sentences
LEAST_FOUND = 0.5  # of the names


@dataclass(slots=True)
class Choice:
    """``name`` is the graph in use; ``by_hand`` keeps it when another one could be built."""

    name: str = ""
    former: list[str] = field(default_factory=list)
    by_hand: bool = False


def read_choice(settings: Settings) -> Choice:
    """What was chosen; nothing where the file is missing or damaged."""
    try:
        row = json.loads((settings.data_dir / STATE).read_text(encoding="utf-8"))
        return Choice(str(row["name"]), [str(name) for name in row["former"]], bool(row["by_hand"]))
    except (OSError, ValueError, KeyError, TypeError):
        return Choice()


def take(settings: Settings, folder: Path, *, by_hand: bool = False) -> Path:
    """Make a model folder the one in use; returns the link to give to the speech process."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    choice = read_choice(settings)
    if choice.name != folder.name:
        choice.former = [choice.name, *(n for n in choice.former if n != folder.name)]
        choice.former = [name for name in choice.former if name][:MOST_FORMER]
    choice.name, choice.by_hand = folder.name, by_hand
    row = {"name": choice.name, "former": choice.former, "by_hand": choice.by_hand}
    state, link = settings.data_dir / STATE, settings.data_dir / LINK
    _replace(state, lambda part: part.write_text(json.dumps(row), encoding="utf-8"))
    _replace(link, lambda part: part.symlink_to(folder.resolve()))
    return link


def kept(settings: Settings) -> Path | None:
    """The graph that a person chose, where it is still there."""
    choice = read_choice(settings)
    folder = settings.graphs_dir / choice.name
    return folder if choice.by_hand and choice.name and is_whole(folder) else None


def ready(settings: Settings, model: Path, site: Site) -> Path | None:
    """The folder to recognise with, without building: the chosen one, else the site's."""
    return kept(settings) or built(model, site, settings.graphs_dir)


def former(settings: Settings) -> Path | None:
    """The link to the graph used last, where that is still there."""
    folder = settings.graphs_dir / (read_choice(settings).name or "none")
    return settings.data_dir / LINK if is_whole(folder) else None


async def follow(
    link: Path, restart: Callable[[], None], busy: Callable[[], bool], seconds: float = POLL_SECONDS
) -> None:
    """Have the speech process started anew when ``link`` leads elsewhere and no call is heard."""
    used = _target(link)
    while True:
        await anyio.sleep(seconds)
        if (now := _target(link)) != used and not busy():
            used = now
            log.info("the recogniser changes to %s", now.name)
            restart()


def _target(link: Path) -> Path:
    return link.resolve()


def roll_back(settings: Settings, name: str = "") -> Path:
    """Use a former graph again, by default the one before; raises ``SetupError``."""
    choice = read_choice(settings)
    there = [one.folder.name for one in list_built(settings.graphs_dir, settings.speech_model)]
    if name and name not in there:
        raise SetupError(f"There is no graph {name!r}; there are: {', '.join(there) or 'none'}.")
    wanted = name or next((former for former in choice.former if former in there), "")
    if not wanted:
        raise SetupError("There is no former graph to go back to: see `yihu models graphs`.")
    folder = settings.graphs_dir / wanted
    take(settings, folder, by_hand=True)
    return folder


def check(settings: Settings, site: Site, folder: Path) -> dict[str, Any]:
    """Say a few sentences to a new graph; returns what came of it.

    Raises ``SetupError`` when it hears general speech badly or does not know half of the names
    it was built with. Without Kokoro's voices it is only loaded.
    """
    from asr.engine import Pool, VoskEngine  # loads Vosk
    from asr.evaluate import distance, plain, read_wav, syllables, utterances_of
    from ivr.voice import Voice

    engine = VoskEngine(folder)
    pool = Pool(engine)
    voice = Voice.load(settings.models_dir)
    if voice.engine != "kokoro":
        pool.borrow()
        return {"spoken": 0}
    spoken = settings.cache_dir / "spoken" / "graph_check"

    def heard(text: str, at: int) -> str:
        audio = read_wav(voice.speak_to(text, VOICES[at % len(VOICES)], spoken))
        told = utterances_of(pool, audio)
        return "".join(engine.writer.finished(one.words).text for one in told)

    wrong = size = 0
    for at, text in enumerate(GENERAL):
        said = syllables(plain(text))
        wrong += distance(said, syllables(heard(text, at)))
        size += len(said)
    step = max(1, len(site.names) // MOST_NAMES)
    names = [name for name in site.names[::step] if len(name) > 2][:MOST_NAMES]
    found = sum(name in heard(f"我在{name}附近", at) for at, name in enumerate(names))
    figures = {"syllable_error": round(wrong / size, 3), "names": len(names), "found": found}
    if wrong > MOST_WRONG * size or found < LEAST_FOUND * len(names):
        raise SetupError(
            f"The new recogniser's graph failed its check ({found} of {len(names)} names found, "
            f"{wrong / size:.0%} of syllables wrong in general speech): the former one stays."
        )
    return figures


def _replace(path: Path, make: Callable[[Path], object]) -> None:
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)
    make(part)
    part.replace(path)

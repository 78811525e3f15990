"""The process that recognises speech: the model it works with, and the command that starts it."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from pathlib import Path

import anyio.to_thread

from models.errors import SetupError
from yihu import graphs, site_speech
from yihu.instance import LOOPBACK
from yihu.processes import Child, run_step
from yihu.settings import Settings
from yihu.speech_engines import QueueEngines

log = logging.getLogger(__name__)


async def model(settings: Settings, say: Callable[[str], None]) -> Path:
    """The model folder to recognise with, its graph composed for this site.

    ``say`` is told of a step that takes a while, and of local names that cannot be used.
    Composing is a process of its own, so that Ctrl-C ends it at once. Raises ``SetupError``
    when the fetched model is missing.
    """
    folder = fetched_model(settings)
    if settings.speech_graph == "lazy":
        return folder
    try:
        site = await anyio.to_thread.run_sync(site_speech.site, settings)
        found = graphs.ready(settings, folder, site)
        if found is None:
            say("Composing the recogniser with the local names, a minute or two ...")
            command = [sys.executable, "-m", "yihu", "models", "build-graph"]
            await run_step(command, "its graph could not be composed")
            found = graphs.ready(settings, folder, site) or folder
        return graphs.take(settings, found, by_hand=found == graphs.kept(settings))
    except SetupError as error:
        if former := graphs.former(settings):
            say(f"Speech goes on with the former local names: {error}")
            return former
        say(f"Speech goes on without local names, slower: {error}")
        return folder


def fetched_model(settings: Settings) -> Path:
    """The fetched speech model; raises ``SetupError`` when it is missing."""
    folder = settings.models_dir / settings.speech_model
    if not folder.is_dir():
        raise SetupError(
            f"The speech model {settings.speech_model} is not in {settings.models_dir}: "
            "run `yihu models fetch`, or name one that is there in YIHU_SPEECH_MODEL."
        )
    return folder


def child(settings: Settings, folder: Path, engines: QueueEngines, token: str) -> Child:
    """The process, to be run: it hears with ``folder``, and with ``engines`` where asked."""
    return Child(
        "The speech process",
        [
            sys.executable,
            "-m",
            "asr",
            "serve",
            "--audio",
            f"{LOOPBACK}:{settings.audiosocket_port}",
            "--control",
            f"{LOOPBACK}:{settings.speech_control_port}",
            "--model",
            str(folder),
            "--workers",
            str(settings.speech_workers),
            "--spool",
            str(settings.data_dir.resolve() / "speech-spool"),
            *_local_names(settings),
            *_second_opinion(settings),
            *engines.arguments,
        ],
        settings.data_dir / "logs" / "speech.log",
        settings.speech_restart_seconds,
        env={"YIHU_SPEECH_TOKEN": token},
    )


def _local_names(settings: Settings) -> list[str]:
    names = site_speech.gazetteer(settings)
    return ["--names", str(names.resolve())] if names else []


def _second_opinion(settings: Settings) -> list[str]:
    """What to tell the speech process of a second model; one that is missing is left out."""
    folder = settings.models_dir / (settings.second_opinion or "none")
    if settings.second_opinion and not folder.is_dir():
        log.error(
            "there is no second opinion: %s is not there, run `yihu models fetch %s`",
            folder,
            settings.second_opinion,
        )
    return ["--second", str(folder)] if folder.is_dir() else []

"""``yihu models``: speech and voice files by manifest, and the site's recogniser."""

from __future__ import annotations

import shutil
import signal
import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from asr import files, graph
from asr.manifest import Manifest
from models.errors import SetupError
from yihu import graphs, site_speech, speech_process
from yihu.settings import PROJECT, load_settings

app = typer.Typer(help="Model files, and the recogniser's graph.", no_args_is_help=True)


@app.command("fetch")
def fetch(
    names: Annotated[
        list[str] | None, typer.Argument(help="Which; those a start uses, by default.")
    ] = None,
    from_dir: Annotated[
        Path | None, typer.Option("--from", help="A folder that holds the files.")
    ] = None,
) -> None:
    """Put the model files in place; what is there and whole is left alone."""
    models_dir = load_settings().models_dir
    manifest = Manifest.load()
    for name in names or [model.name for model in manifest.models if not model.by_name]:
        model = manifest.model(name)
        try:
            files.fetch(
                name,
                models_dir,
                manifest=manifest,
                from_dir=from_dir,
                npm=_npm(),
                progress=lambda line: print(line, flush=True),
            )
        except SetupError as error:
            if names or model.needed:
                raise
            print(f"{model.name} is left out: {error}", flush=True)


@app.command("build-graph")
def build_graph() -> None:
    """Compose the recogniser with the site's local names, check it and use it.

    Prints its folder. Composes nothing when it is there already; the former ones stay for
    `roll-back`. A running instance takes it when no call is heard.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what is half built goes away
    settings = load_settings()
    model = speech_process.fetched_model(settings)
    site = site_speech.site(settings)
    check = partial(graphs.check, settings, site)
    folder = graph.ensure(model, site, settings.graphs_dir, _to_stderr, check)
    graphs.take(settings, folder)
    print(folder)


@app.command("graphs")
def list_graphs() -> None:
    """Show the graphs there are, the newest first; `*` is in use."""
    settings = load_settings()
    choice = graphs.read_choice(settings)
    for one in graph.list_built(settings.graphs_dir, settings.speech_model):
        used = "*" if one.folder.name == choice.name else " "
        when = datetime.fromtimestamp(one.built_at).astimezone()
        figures = ", ".join(f"{name} {value}" for name, value in one.check.items())
        print(
            f"{used} {one.folder.name}  {when:%Y-%m-%d %H:%M}  {one.names} names, "
            f"{one.sentences} sentences  {figures or 'not checked'}"
            + ("  (chosen by hand)" if used == "*" and choice.by_hand else "")
        )


@app.command("roll-back")
def roll_back(
    name: Annotated[str, typer.Argument(help="Which; the one before by default.")] = "",
) -> None:
    """Use a former graph again, until the next build-graph."""
    print(graphs.roll_back(load_settings(), name))


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@app.command("list")
def list_models() -> None:
    """Show every model with its size, licence and state."""
    _show(files.list_models(load_settings().models_dir))


@app.command("verify")
def verify() -> None:
    """Read every model file and compare its hash; fails when one is damaged."""
    rows = files.verify(load_settings().models_dir)
    _show(rows)
    damaged = [row for row in rows if row.state == "damaged"]
    if damaged:
        raise SetupError(f"{damaged[0].problem}: run `yihu models fetch {damaged[0].name}`.")


def _show(rows: list[files.ModelRow]) -> None:
    for row in rows:
        print(
            f"{row.name:16} {row.version:8} {row.size / 1e6:7.1f} MB  "
            f"{row.licence:12} {row.state:8} {row.what}"
        )


def _npm() -> str | None:
    own = PROJECT / ".node" / "bin" / "npm"
    return str(own) if own.is_file() else shutil.which("npm")

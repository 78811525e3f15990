"""``yihu scenario``: everyday stories played end to end against the running centre."""

from __future__ import annotations

import functools
import signal
import sys
from pathlib import Path
from typing import Annotated

import anyio
import typer

from models.errors import SetupError
from yihu import bootstrap
from yihu.scenarios import story as stories
from yihu.scenarios.runner import Played, play_all
from yihu.scenarios.story import Story
from yihu.settings import load_settings
from yihu.site_tables import Site

app = typer.Typer(help="Everyday stories, played end to end: run, list.", no_args_is_help=True)

MOST_AT_ONCE = 4


@app.command("run")
def run(
    files: Annotated[
        list[str] | None, typer.Argument(help="Stories' files, or names of shipped stories.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Play all shipped stories.")] = False,
    at_once: Annotated[
        int, typer.Option(min=1, max=MOST_AT_ONCE, help="How many are played at the same time.")
    ] = 1,
    patience: Annotated[
        float, typer.Option(min=5, max=600, help="Seconds that anything is waited for.")
    ] = 60.0,
) -> None:
    """Play stories against the centre that runs in YIHU_DATA_DIR and print their time lines.

    Callers call by SIP, seats, units and supervisors act by HTTP as the demo accounts. Exits with
    0 when everything happened as the stories say, with 1 and a sentence per story otherwise.
    """
    named = [str(path) for path in stories.shipped()] if every else list(files or [])
    if not named:
        raise SetupError("Give a story's file or name, or --all; `yihu scenario list` shows them.")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what units were given is taken back
    sites: dict[str, Site] = {}
    wanted = [stories.read(stories.find(name), sites) for name in dict.fromkeys(named)]
    settings = load_settings()
    teller = Teller(at_once)
    with bootstrap.one_sentence():
        played = anyio.run(
            functools.partial(
                play_all, settings, wanted, sites, teller.tell, at_once=at_once, patience=patience
            )
        )
    for one in played:
        teller.end(one)
    if any(one.unmet for one in played):
        raise typer.Exit(1)


@app.command("list")
def list_stories() -> None:
    """Show the stories that come with the project."""
    sites: dict[str, Site] = {}
    for path in stories.shipped():
        one = stories.read(path, sites)
        print(f"{one.name:22} {one.site:10} {len(one.steps):3} steps  {one.title}")


class Teller:
    """Prints time lines: one story's as it happens, several stories' with their names."""

    def __init__(self, at_once: int) -> None:
        self._several = at_once > 1
        self._last: Path | None = None

    def tell(self, story: Story, line: str) -> None:
        if self._several:
            print(f"{story.name:22} {line}", flush=True)
            return
        if story.path != self._last:
            print(f"\n{story.title}（{story.name}）", flush=True)
            self._last = story.path
        print(line, flush=True)

    def end(self, one: Played) -> None:
        """How a story went, in one line."""
        if one.unmet:
            print(f"not met: {one.story.name}: {one.unmet}", flush=True)
        else:
            print(f"met: {one.story.name}, {one.seconds:.1f} s", flush=True)

"""``yihu prompts``: what the machine says to people."""

from __future__ import annotations

from typing import Annotated

import typer

from ivr import prompts
from ivr.voice import Voice
from models.errors import SetupError
from yihu import instance
from yihu.settings import load_settings

app = typer.Typer(help="Prompts and hold music: build, list.", no_args_is_help=True)


@app.command("build")
def build(
    voice: Annotated[
        str, typer.Option(help="Who speaks; YIHU_PROMPT_VOICE or the table's by default.")
    ] = "",
) -> None:
    """Speak the prompts that are missing or changed and put all sounds in place.

    A running centre plays the new ones from the next call on. Fails when a recording in the
    instance's prompts folder cannot be used.
    """
    settings = load_settings()
    instance.prepare(settings)
    table = prompts.Table.load(voice=voice or settings.prompt_voice)
    speaker = Voice.load(settings.models_dir) if voice else None
    if speaker is not None and speaker.engine == "kokoro" and voice not in speaker.voices():
        raise SetupError(f"There is no voice {voice[:40]!r}: use {', '.join(speaker.voices())}.")
    spoken = prompts.speak_missing(
        table,
        settings.prompts_cache,
        lambda: speaker or Voice.load(settings.models_dir),
        lambda line: print(line, flush=True),
    )
    problems = prompts.lay_out(
        table, settings.prompts_cache, settings.prompts_dir, settings.sounds_dir
    )
    if problems:
        raise SetupError(" ".join(problems[:5]))
    print(f"{len(table.names)} prompts are ready in {settings.sounds_dir} ({spoken} spoken anew)")


@app.command("list")
def list_prompts() -> None:
    """Show every prompt's name and text, and whose voice it has."""
    settings = load_settings()
    table = prompts.Table.load(voice=settings.prompt_voice)
    rows = [(each.name, each.text) for each in table.prompts]
    rows += [(each.name, f"{each.hertz:g} Hz, {each.seconds:g} s") for each in table.tones]
    for name, text in rows:
        whose = prompts.whose(table, name, settings.prompts_cache, settings.prompts_dir)
        print(f"{name:24} {whose:9} {text}")

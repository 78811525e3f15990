"""The ``yihu`` command."""

from __future__ import annotations

import sys

import typer

from models.errors import DomainError, SetupError
from yihu.cli import asr, call, learn, model_files, people, prompts, running, scenario

app = typer.Typer(
    name="yihu",
    help="Yihu (一呼): contact centre for 110 and 96345.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("run")(running.run)
app.command("stop")(running.stop)
app.add_typer(running.demo_app, name="demo")
app.command("call")(call.call)
app.command("learn")(learn.learn_command)
app.add_typer(asr.app, name="asr")
app.add_typer(model_files.app, name="models")
app.add_typer(prompts.app, name="prompts")
app.add_typer(people.app, name="users")
app.add_typer(scenario.app, name="scenario")


def main() -> None:
    """Run a command; what can be put right by the user ends in one sentence, not a trace."""
    try:
        app()
    except (SetupError, DomainError) as error:
        print(f"yihu: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        raise SystemExit(130) from None

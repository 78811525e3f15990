"""``yihu run`` and ``yihu demo``."""

from __future__ import annotations

from typing import Annotated

import anyio
import typer

from yihu import bootstrap
from yihu.demo.people import demo_password
from yihu.demo.tour import Tour
from yihu.settings import Settings, load_settings

demo_app = typer.Typer(help="The demo site: start it, or only load it.")


def run() -> None:
    """Start the centre and stay up until Ctrl-C."""
    bootstrap.main(load_settings(), Screen())


@demo_app.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    site: Annotated[str, typer.Option(help="Which demo site.")] = "qingyuan",
    calls: Annotated[bool, typer.Option(help="Place the simulated calls.")] = True,
) -> None:
    """Start the centre with a demo site, place three simulated calls, stay up until Ctrl-C."""
    if context.invoked_subcommand is None:
        settings = load_settings()
        bootstrap.main(settings, Screen(), Tour(settings, site, with_calls=calls))


@demo_app.command("load")
def load(site: str) -> None:
    """Store a demo site's units, local names and accounts; start nothing."""
    settings = load_settings()
    anyio.run(_load, settings, Tour(settings, site, with_calls=False))
    print(f"Site {site} is loaded; password of all demo accounts: {demo_password(settings)}")


async def _load(settings: Settings, tour: Tour) -> None:
    async with bootstrap.opened_database(settings) as database:
        await tour.prepare(database)


class Screen:
    """Tells the person at the terminal."""

    def say(self, line: str) -> None:
        print(line, flush=True)

    def welcome(self, settings: Settings, administrator_password: str | None) -> None:
        print(f"Yihu is up: http://{settings.bind_address}:{settings.http_port}/")
        print(
            f"  telephone numbers 110 and 96345 at sip:{settings.sip_address}:{settings.sip_port}"
        )
        print(f"  data and logs in {settings.data_dir}")
        if administrator_password:
            print(f"  administrator: admin / {administrator_password}  (shown only this once)")
        print("  Ctrl-C stops everything.", flush=True)

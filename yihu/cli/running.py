"""``yihu run``, ``yihu stop`` and ``yihu demo``."""

from __future__ import annotations

from collections.abc import Set
from typing import Annotated

import anyio
import typer

from models.errors import SetupError
from yihu import asterisk, bootstrap
from yihu.demo.people import demo_password
from yihu.demo.tour import Tour
from yihu.instance import Role
from yihu.settings import Settings, load_settings, unknown_variables

demo_app = typer.Typer(help="The demo site: start it, or only load it.")


def run(
    roles: Annotated[
        str, typer.Option(help="What to run here: asterisk, centre, or both with a comma.")
    ] = ",".join(Role),
) -> None:
    """Start the centre and stay up until Ctrl-C.

    An Asterisk that an earlier run left is taken over with its calls.
    """
    wanted = _roles(roles)
    bootstrap.main(_settings(), Screen(), roles=wanted)


def stop() -> None:
    """End the Asterisk that a killed or kept run left, and its calls."""
    print(anyio.run(asterisk.end_left_over, load_settings()))


def _settings() -> Settings:
    """The settings; says which variables are none."""
    for name in unknown_variables():
        print(f"{name} is no setting and changes nothing: docs/operations.md lists them.")
    return load_settings()


def _roles(text: str) -> frozenset[Role]:
    names = {name.strip() for name in text.split(",")}
    unknown = names - set(Role)
    if unknown:
        raise SetupError(
            f"--roles {text[:80]!r} is not usable: give {' or '.join(Role)}, or leave it away "
            "to run both."
        )
    return frozenset(Role(name) for name in names)


@demo_app.callback(invoke_without_command=True)
def demo(
    context: typer.Context,
    site: Annotated[str, typer.Option(help="Which demo site.")] = "qingyuan",
    calls: Annotated[bool, typer.Option(help="Place the simulated calls.")] = True,
) -> None:
    """Start the centre with a demo site, place three simulated calls, stay up until Ctrl-C."""
    if context.invoked_subcommand is None:
        settings = _settings()
        bootstrap.main(settings, Screen(), Tour(settings, site, with_calls=calls))


@demo_app.command("load")
def load(site: str) -> None:
    """Store a demo site's units, local names and accounts; start nothing."""
    settings = load_settings()
    tour = Tour(settings, site, with_calls=False)
    anyio.run(_load, settings, tour)
    print(f"{site}: {tour.described()}.")
    print(f"Site {site} is loaded; password of all demo accounts: {demo_password(settings)}")


async def _load(settings: Settings, tour: Tour) -> None:
    async with bootstrap.opened_database(settings) as database:
        await tour.prepare(database)


class Screen:
    """Tells the person at the terminal."""

    def say(self, line: str) -> None:
        print(line, flush=True)

    def welcome(
        self, settings: Settings, roles: Set[Role], administrator_password: str | None
    ) -> None:
        lines = []
        if Role.CENTRE in roles:
            lines.append(f"Yihu is up: {settings.page_address}")
        else:
            lines.append("Asterisk is up.")
        if Role.ASTERISK in roles:
            address = f"sip:{settings.sip_address}:{settings.sip_port}"
            lines.append(f"  telephone numbers 110 and 96345 at {address}")
        lines.append(f"  data and logs in {settings.data_dir}")
        if administrator_password:
            lines.append(
                f"  administrator: admin / {administrator_password}  (shown only this once)"
            )
        if Role.ASTERISK in roles:
            lines.append("  Ctrl-C stops everything.")
        else:
            lines.append("  Ctrl-C stops this part; Asterisk goes on.")
        print("\n".join(lines), flush=True)

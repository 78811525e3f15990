"""``yihu users``: accounts from the command line."""

from __future__ import annotations

import getpass
import sys
from typing import Annotated

import anyio
import typer
from sqlalchemy import select

from agent_desk import accounts
from models.errors import SetupError
from models.kinds import Role
from models.tables import LinkageUnit, User
from yihu import bootstrap
from yihu.settings import load_settings

app = typer.Typer(help="Accounts: add, list.", no_args_is_help=True)


@app.command("add")
def add(
    username: str,
    role: Annotated[Role, typer.Option(help="What the person is in the centre.")],
    name: Annotated[str, typer.Option(help="The name that pages show.")] = "",
    unit: Annotated[str, typer.Option(help="Code of the linkage unit, for role unit.")] = "",
) -> None:
    """Add a person; the password is asked for, or read from standard input when piped."""
    password = getpass.getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().strip()
    anyio.run(_add, username, name or username, role, unit, password)
    print(f"{username} can sign in as {role.value}.")


async def _add(username: str, name: str, role: Role, unit: str, password: str) -> None:
    async with bootstrap.opened_database(load_settings()) as database:
        unit_id = None
        if role is Role.UNIT:
            async with database.reading() as session:
                found = await session.scalar(select(LinkageUnit).where(LinkageUnit.code == unit))
            if found is None:
                raise SetupError(f"There is no linkage unit {unit!r}: give --unit with its code.")
            unit_id = found.id
        await accounts.create_user(
            database,
            database.clock,
            username=username,
            display_name=name,
            password=password,
            role=role,
            unit_id=unit_id,
        )


@app.command("list")
def list_users() -> None:
    """Show every account with its role."""
    anyio.run(_list)


async def _list() -> None:
    async with (
        bootstrap.opened_database(load_settings()) as database,
        database.reading() as session,
    ):
        for user in await session.scalars(select(User).order_by(User.username)):
            off = "  (disabled)" if user.disabled_at else ""
            print(f"{user.username:20} {user.role.value:14} {user.display_name}{off}")

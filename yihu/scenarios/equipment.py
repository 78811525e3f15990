"""What a story needs of the instance's own files and rows: passwords, telephones, channels.

Everything that is played goes through the running centre; only what no page hands out is read
from, or laid into, the data directory: the demo password, telephones' secrets, units' channels.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from models.bus import InProcessBus
from models.clock import SystemClock
from models.database import Database
from models.dispatch_tables import Area, ChannelKind, UnitChannel
from models.errors import SetupError
from models.tables import AgentSession, LinkageUnit, Seat, User
from yihu.settings import Settings
from yihu.site_tables import Site

SECRET_BYTES: Final = 24
TAKE_BACK_SECONDS: Final = 10.0


class Equipment:
    """The data directory of the instance that ``settings`` name."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._used: dict[UUID, int] = {}  # channels laid by us, by how many stories use them
        self._secrets: dict[str, str] = {}

    @classmethod
    @asynccontextmanager
    async def opened(cls, settings: Settings) -> AsyncIterator[Equipment]:
        """The equipment while the block runs; raises ``SetupError`` where there is none."""
        database = Database(settings.db_url, InProcessBus(), SystemClock())
        try:
            yield cls(settings, database)
        finally:
            await database.close()

    @asynccontextmanager
    async def _reading(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._database.reading() as session:
                yield session
        except SQLAlchemyError as error:
            raise self._no_rows(error) from None

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[AsyncSession]:
        try:
            async with self._database.writing() as work:
                yield work.session
        except SQLAlchemyError as error:
            raise self._no_rows(error) from None

    def _no_rows(self, error: SQLAlchemyError) -> SetupError:
        return SetupError(
            f"The rows of the centre in {self._settings.data_dir} cannot be used "
            f"({type(error).__name__}): start it with `yihu run`, or set YIHU_DATA_DIR."
        )

    @property
    def password(self) -> str:
        """The password of the demo accounts; raises ``SetupError`` where there are none."""
        try:
            found = (self._settings.data_dir / "demo-password").read_text("utf-8").strip()
        except OSError:
            found = ""
        if not found:
            raise SetupError(
                f"There are no demo accounts in {self._settings.data_dir}, so nobody can play: "
                "run `yihu demo load SITE` there first, or set YIHU_DATA_DIR to the centre's."
            )
        return found

    async def check_site(self, site: Site) -> None:
        """Raise ``SetupError`` unless the data directory holds this site."""
        wanted = {area.code for area in site.areas if area.parent_code is None}
        async with self._reading() as session:
            found = set(await session.scalars(select(Area.code).where(Area.parent_code.is_(None))))
        if found != wanted:
            raise SetupError(
                f"The story plays at the site {site.folder.name}, which {self._settings.data_dir} "
                f"does not hold: run `yihu demo load {site.folder.name}` in an empty one."
            )

    async def telephones(self) -> Mapping[str, str]:
        """The secret of each seat's telephone by the seat's code."""
        async with self._reading() as session:
            return {seat.code: seat.sip_secret for seat in await session.scalars(select(Seat))}

    async def username_at(self, session_id: UUID) -> str:
        """Whose sign-in at a seat this is."""
        query = select(User.username).join(AgentSession, AgentSession.user_id == User.id)
        async with self._reading() as session:
            return await session.scalar(query.where(AgentSession.id == session_id)) or ""

    def secret_of(self, unit: str) -> str:
        """What signs the requests of and to a unit's own system."""
        return self._secrets.setdefault(unit, secrets.token_urlsafe(SECRET_BYTES))

    @asynccontextmanager
    async def channels(
        self, wanted: Mapping[str, Sequence[ChannelKind]], system_address: str
    ) -> AsyncIterator[None]:
        """Units have these channels, in this order, while the block runs.

        Raises ``SetupError`` for a unit whose own channels would be in the way.
        """
        laid = [await self._lay(code, kinds, system_address) for code, kinds in wanted.items()]
        try:
            yield
        finally:
            with anyio.CancelScope(shield=True), anyio.move_on_after(TAKE_BACK_SECONDS):
                for ids in laid:
                    await self._take_back(ids)

    async def _lay(
        self, code: str, kinds: Sequence[ChannelKind], system_address: str
    ) -> Sequence[UUID]:
        query = select(UnitChannel).join(LinkageUnit).where(LinkageUnit.code == code)
        async with self._writing() as session:
            unit = await session.scalar(select(LinkageUnit).where(LinkageUnit.code == code))
            if unit is None:
                raise SetupError(f"There is no unit {code!r} in this centre: load its site again.")
            there = list(await session.scalars(query))
            if any(row.id not in self._used for row in there):
                raise SetupError(
                    f"The unit {code} has channels of its own, which the story would change: "
                    "play it in a centre that only holds the demo site."
                )
            rows = list(there)
            if not rows:
                rows = [
                    UnitChannel(
                        unit_id=unit.id,
                        kind=kind,
                        address=f"{system_address}/{code}" if kind is ChannelKind.WEBHOOK else "",
                        secret=self.secret_of(code) if kind is ChannelKind.WEBHOOK else "",
                        position=position,
                    )
                    for position, kind in enumerate(kinds)
                ]
                session.add_all(rows)
                await session.flush()
            elif {row.kind for row in rows} != set(kinds):
                raise SetupError(
                    f"Two stories that are played at once give the unit {code} other channels: "
                    "play them one after the other."
                )
        for row in rows:
            self._used[row.id] = self._used.get(row.id, 0) + 1
        return [row.id for row in rows]

    async def _take_back(self, ids: Sequence[UUID]) -> None:
        over = []
        for channel_id in ids:
            self._used[channel_id] -= 1
            if not self._used[channel_id]:
                over.append(channel_id)
        async with self._writing() as session:
            await session.execute(delete(UnitChannel).where(UnitChannel.id.in_(over)))
        for channel_id in over:
            del self._used[channel_id]

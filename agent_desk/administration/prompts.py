"""提示音: what the machine says to callers, in the centre's own words and voices."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import anyio
from sqlalchemy import select

from agent_desk.accounts import Person
from agent_desk.administration.record import EditedMeanwhile, check_version, note
from agent_desk.wire_prompts import PromptInfo, PromptsInfo, Source
from ivr.own_prompts import Entry, OwnPrompts
from models.administration_tables import OwnPrompt
from models.clock import Clock
from models.database import Database
from models.errors import NotFound, Unavailable
from models.tables import User

SUBJECT: Final = "prompt"
NOT_HERE: Final = "提示音没有在这里管理，请查看启动信息。"
RECORDED: Final = "自己的录音"
BUILT_IN: Final = "自带的提示音"


class Prompts:
    """The sound is changed first, as it can be refused; then the row says who did it."""

    def __init__(self, database: Database, clock: Clock, sounds: OwnPrompts | None) -> None:
        self._database = database
        self._clock = clock
        self._sounds = sounds
        self._turn = anyio.Lock()

    @property
    def sounds(self) -> OwnPrompts:
        """The files; raises ``Unavailable`` where this desk has none."""
        if self._sounds is None:
            raise Unavailable(NOT_HERE)
        return self._sounds

    async def listed(self) -> PromptsInfo:
        """All prompts in the table's order."""
        entries = await self.sounds.listed()
        query = select(OwnPrompt, User.display_name).outerjoin(
            User, User.id == OwnPrompt.changed_by_id
        )
        async with self._database.reading() as session:
            rows = {row.name: (row, by) for row, by in await session.execute(query)}
        return PromptsInfo(
            can_speak=self.sounds.can_speak,
            prompts=[_info(entry, *rows.get(entry.name, (None, ""))) for entry in entries],
        )

    async def record(self, name: str, version: int, data: bytes, by: Person) -> None:
        """Let a recording be heard from the next call on.

        Raises ``NotFound``, ``InvalidInput`` for a file that is no use, ``EditedMeanwhile``.
        """
        async with self._turn:
            await self._check(name, version)
            seconds = await self.sounds.record(name, data)
            await self._store(name, f"{RECORDED}（{seconds:.1f} 秒）", by.user_id, "record")

    async def speak(self, name: str, version: int, text: str, by: Person) -> None:
        """Let a voice say ``text`` from the next call on; raises also ``Unavailable``."""
        async with self._turn:
            await self._check(name, version)
            await self.sounds.speak(name, text)
            await self._store(name, text, by.user_id, "speak")

    async def restore(self, name: str, version: int, by: Person) -> None:
        """Let the built-in sound be heard again from the next call on."""
        async with self._turn:
            await self._check(name, version)
            await self.sounds.restore(name)
            await self._store(name, "", by.user_id, "built_in")

    async def _check(self, name: str, version: int) -> None:
        async with self._database.reading() as session:
            row = await session.get(OwnPrompt, name)
            if row is not None:
                await check_version(session, row, version, SUBJECT, name)
            elif version:
                raise EditedMeanwhile("这条提示音刚被其他人改动，请刷新页面。")

    async def _store(self, name: str, text: str, by: UUID, action: str) -> None:
        entries = {entry.name: entry for entry in await self.sounds.listed()}
        entry = entries.get(name)
        if entry is None:
            raise NotFound("没有这条提示音，请刷新页面。")
        async with self._database.writing() as work:
            row = await work.session.get(OwnPrompt, name, with_for_update=True)
            before = _words(row)
            if row is None:
                row = OwnPrompt(name=name)
                work.session.add(row)
            row.text, row.recorded = text, action == "record"
            row.in_use = action != "built_in"
            row.changed_at, row.changed_by_id = self._clock.now(), by
            row.version += 1
            shown = entry.text[:30]
            if not note(
                work, self._clock, by, action, SUBJECT, name, shown,
                {"says": before}, {"says": _words(row)},
            ):  # fmt: skip
                note(work, self._clock, by, action, SUBJECT, name, shown)


def _words(row: OwnPrompt | None) -> str:
    return row.text if row is not None and row.in_use else BUILT_IN


def _info(entry: Entry, row: OwnPrompt | None, by: str) -> PromptInfo:
    in_use = row is not None and row.in_use and entry.own
    source: Source = "built_in"
    if entry.own:
        # A file that somebody has put into the folder is a recording too.
        source = "spoken" if row is not None and row.in_use and not row.recorded else "recorded"
    elif not entry.seconds:
        source = "missing"
    return PromptInfo(
        name=entry.name,
        version=row.version if row is not None else 0,
        text=row.text if row is not None and in_use and not row.recorded else entry.text,
        built_in=entry.text,
        source=source,
        seconds=round(entry.seconds, 1),
        speech=bool(entry.voice),
        fragment=entry.fragment,
        changed_at=row.changed_at if row is not None else None,
        changed_by=by,
    )

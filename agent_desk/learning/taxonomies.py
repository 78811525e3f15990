"""The centre's taxonomy: edited by supervisors, each edit a row, the newest in force."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, overload
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from classifier.taxonomy import (
    LEVELS,
    UNIT_KINDS,
    BadTaxonomy,
    Deadlines,
    Item,
    Taxonomy,
    load_taxonomy,
)
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, InvalidInput, NotFound
from models.events import TaxonomyChanged
from models.learning_tables import TaxonomyVersion
from models.tables import User
from models.telephony_tables import Audit

log = logging.getLogger(__name__)

LONGEST_NAME: Final = 30
LONGEST_LINE: Final = 200
MOST_LINES: Final = 12
MOST_ITEMS: Final = 1_000
MOST_SHOWN: Final = 100
EDITED: Final = "类目刚被他人修改，请刷新后再改。"

OnChanged = Callable[[Taxonomy], Awaitable[None]]


class Taxonomies:
    """The taxonomy in force and its edits. ``path`` is the site's file, written anew after every
    edit; the rows are the truth. ``on_changed`` takes the new one into use before anybody else
    hears of it."""

    def __init__(self, database: Database, clock: Clock, path: Path) -> None:
        self._database = database
        self._clock = clock
        self._path = path
        self._lock = anyio.Lock()
        self._former: dict[str, str] = {}
        self.on_changed: OnChanged | None = None
        self.current = load_taxonomy()
        self.number = 0
        # Before the pages hear of it: handlers run in the order of subscription.
        database.bus.subscribe(TaxonomyChanged, self._changed)

    async def load(self) -> None:
        """Take up the newest row, the project's own taxonomy without one. A row that this
        program cannot read is left out with an error in the log."""
        async with self._database.reading() as session:
            row = await _newest(session)
            removed = await session.scalars(
                select(TaxonomyVersion.before).where(TaxonomyVersion.action == "retire")
            )
            self._former = {one["code"]: one["name"] for one in removed if one}
        if row is None:
            return
        self.number = row.number
        try:
            self.current = Taxonomy.parse(row.content, str(self._path))
        except BadTaxonomy as error:
            log.error("taxonomy %d cannot be used, the project's own is: %s", row.number, error)
            return
        await anyio.to_thread.run_sync(self._save, self.current)

    def names(self) -> dict[str, str]:
        """Every item's name by code, those of retired items too."""
        return self._former | {code: item.name for code, item in self.current.items.items()}

    async def put(self, item: Item, seen: int, user_id: UUID) -> None:
        """Change an item, or add it where its code is new.

        ``seen`` is the version the supervisor saw. Raises ``InvalidInput`` for a value that does
        not fit and ``Conflict`` where somebody else edited meanwhile. An item that is there keeps
        its group and whether it is an emergency: what was learned of it rests on them.
        """
        held = self.current.items.get(item.code)
        if held is not None:
            item = replace(item, group=held.group, emergency=held.emergency)
        elif len(self.current.items) >= MOST_ITEMS:
            raise Conflict(f"类目已达上限{MOST_ITEMS}个，请先停用不用的类目。")
        checked(item, self.current)
        if item == held:
            return
        edited = self.current.revised(item, self._next_version())
        action = "edit" if held else "add"
        await self._store(edited, action, item.code, _shown(held), _shown(item), seen, user_id)

    async def retire(self, code: str, seen: int, user_id: UUID) -> None:
        """Propose and offer an item no more; orders that have it keep it. Raises ``NotFound``,
        and ``Conflict`` as ``put`` and for the last one."""
        held = self.current.items.get(code)
        if held is None:
            raise NotFound("没有这个类目，请刷新页面。")
        if len(self.current.items) == 1:
            raise Conflict("至少要保留一个类目。")
        edited = self.current.without(code, self._next_version())
        await self._store(edited, "retire", code, _shown(held), {}, seen, user_id)

    async def roll_back(self, number: int, seen: int, user_id: UUID) -> None:
        """Put an earlier version in force again, as a new one; 0 is the project's own."""
        content = load_taxonomy().as_toml()
        if number:
            async with self._database.reading() as session:
                row = await session.get(TaxonomyVersion, number)
            if row is None:
                raise NotFound("没有这个版本，请刷新页面。")
            content = row.content
        try:
            edited = replace(Taxonomy.parse(content, "类目"), version=self._next_version())
        except BadTaxonomy:
            raise Conflict("这个版本的内容已不能使用，请选择其他版本。") from None
        after = {"number": number}
        await self._store(edited, "roll_back", "", {"number": self.number}, after, seen, user_id)

    async def history(self) -> list[tuple[TaxonomyVersion, str]]:
        """The newest edits with who made them."""
        query = (
            select(TaxonomyVersion, User.display_name)
            .outerjoin(User, User.id == TaxonomyVersion.user_id)
            .order_by(TaxonomyVersion.number.desc())
            .limit(MOST_SHOWN)
        )
        async with self._database.reading() as session:
            return [(row, name or "") for row, name in await session.execute(query)]

    async def _store(
        self,
        edited: Taxonomy,
        action: str,
        code: str,
        before: dict[str, Any],
        after: dict[str, Any],
        seen: int,
        user_id: UUID,
    ) -> None:
        async with self._lock:
            if seen != self.number:
                raise Conflict(EDITED)
            content = edited.as_toml()
            try:
                Taxonomy.parse(content, "类目")
            except BadTaxonomy as error:
                raise InvalidInput(f"类目不能这样保存：{error}") from None
            now = self._clock.now()
            async with self._database.writing() as work:
                newest = await _newest(work.session)
                if (newest.number if newest else 0) != seen:
                    raise Conflict(EDITED)
                row = TaxonomyVersion(
                    at=now,
                    user_id=user_id,
                    action=action,
                    code=code,
                    before=before,
                    after=after,
                    content=content,
                )
                work.session.add(row)
                detail = {"before": before, "after": after}
                work.session.add(
                    Audit(
                        user_id=user_id,
                        action=action,
                        subject="taxonomy",
                        subject_id=code or "all",
                        detail=detail,
                        at=now,
                    )
                )
                await work.session.flush()
                work.emit(TaxonomyChanged(row.number))

    async def _changed(self, _: TaxonomyChanged) -> None:
        await self.load()
        if self.on_changed is not None:
            await self.on_changed(self.current)

    def _save(self, edited: Taxonomy) -> None:
        try:
            edited.save(self._path)
        except OSError as error:  # the row is the truth, the next start writes again
            log.error("the site's taxonomy file was not written: %s", error.strerror)

    def _next_version(self) -> str:
        return f"{load_taxonomy().version}.{self.number + 1}"


class LiveItems(Sequence[Item]):
    """The items of the taxonomy in force, whichever that is."""

    def __init__(self, taxonomies: Taxonomies) -> None:
        self._taxonomies = taxonomies

    def __len__(self) -> int:
        return len(self._taxonomies.current.items)

    def __iter__(self) -> Iterator[Item]:
        return iter(self._taxonomies.current.items.values())

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        return tuple(self)[place]


def checked(item: Item, among: Taxonomy) -> None:
    """Raise ``InvalidInput`` with a sentence for the supervisor where ``item`` does not fit."""
    if not item.name.strip() or not item.name.isprintable() or len(item.name) > LONGEST_NAME:
        raise InvalidInput(f"类目名称应为 1 到 {LONGEST_NAME} 个字，不含换行等控制字符。")
    same = next((o for o in among.items.values() if o.name == item.name), None)
    if same is not None and same.code != item.code:
        raise InvalidInput(f"名称“{item.name}”已被 {same.code} 使用，请换一个。")
    if not item.group.strip() or not item.group.isprintable() or len(item.group) > LONGEST_NAME:
        raise InvalidInput(f"分组名称应为 1 到 {LONGEST_NAME} 个字，不含换行等控制字符。")
    if item.level not in LEVELS:
        raise InvalidInput(f"等级应为{'、'.join(LEVELS)}之一。")
    unknown = [unit for unit in item.units if unit not in UNIT_KINDS]
    if unknown:
        raise InvalidInput(f"没有“{unknown[0][:20]}”这类单位，请从列表中选择。")
    if len(set(item.units)) != len(item.units):
        raise InvalidInput("同一类单位只能选一次（主责与协同不能重复）。")
    if item.support and not item.lead:
        raise InvalidInput("有协同单位时必须先选主责单位。")
    for name, lines in (("应问", item.ask), ("应告知", item.advise)):
        if len(lines) > MOST_LINES or any(
            len(line) > LONGEST_LINE or not line.isprintable() for line in lines
        ):
            raise InvalidInput(f"“{name}”最多 {MOST_LINES} 条，每条不超过 {LONGEST_LINE} 个字。")
    due = item.deadlines
    if not 1 <= due.received <= due.feedback or due.on_site > due.feedback:
        raise InvalidInput(
            "时限应为：接收至少 1 分钟，接收和到场都不晚于反馈（不出动时到场填 0）。"
        )


def with_project_items(site: Taxonomy) -> Taxonomy:
    """What a model is trained under: the site's items, and the project's retired ones, which
    stay learned so that they can come back."""
    own = load_taxonomy()
    missing = {code: item for code, item in own.items.items() if code not in site.items}
    names = {item.name for item in site.items.values()}
    for code, item in missing.items():
        if item.name in names:
            missing[code] = replace(item, name=f"{item.name}（{code}）")
    return replace(site, items={**site.items, **missing})


def _shown(item: Item | None) -> dict[str, Any]:
    return asdict(item) if item else {}


async def _newest(session: AsyncSession) -> TaxonomyVersion | None:
    query = select(TaxonomyVersion).order_by(TaxonomyVersion.number.desc()).limit(1)
    return (await session.scalars(query)).first()


__all__ = ["Deadlines", "Item", "LiveItems", "Taxonomies", "checked", "with_project_items"]

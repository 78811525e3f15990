"""Tables of place names: uploaded, looked at, applied without a restart, rolled back.

The file in use is the site's ``gazetteer.csv``; every uploaded one is kept beside it as
``gazetteers/<id>.csv``, so that applying a former one again is the roll-back.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar, TypeVarTuple
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from agent_desk.parts import Parts
from agent_desk.wire_gazetteer import GazetteerInfo, GazetteerPreview, GazetteerState, NameKind
from classifier.gazetteer import Gazetteer
from classifier.nametables import Place, read_tables
from ivr.beside import audit
from models.errors import InvalidInput, NotFound, Unavailable
from models.knowledge_tables import GazetteerTable

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_NAMES: Final = 100_000
MOST_PROBLEMS: Final = 200
MOST_BAD: Final = 20_000
MOST_KEPT: Final = 20
MOST_EXAMPLES: Final = 5
COMMAND: Final = "yihu models build-graph"
FORMER: Final = "原有地名表"
SUBJECT: Final = "gazetteer"

KINDS: Final = {
    "county": "县区", "town": "乡镇街道", "community": "社区", "village": "村", "road": "道路",
    "compound": "小区", "landmark": "地标", "school": "学校", "hospital": "医院", "market": "市场",
    "park": "公园广场", "station": "车站", "bridge": "桥", "hotel": "酒店", "shop": "商店",
    "factory": "企业", "office": "机关单位", "reservoir": "水库湖泊", "scenic": "景区",
}  # fmt: skip
# What the classifier says of a row, as supervisors read it.
WORDS: Final = (
    (r"the column 'name' \(or 名称\) is missing", "第一行没有“名称”这一列"),
    (r"(\d+) cells, the header has (\d+)", r"有 \1 格，表头只有 \2 格"),
    (r"the name '(.*)' is not 2 to (\d+) Chinese characters", r"名称“\1”不是 2 到 \2 个汉字"),
    (r"unknown kind '(.*)'", r"不认识的类别“\1”"),
    (r"of the two coordinates one is missing", "经纬度只填了一个"),
    (r"the coordinate '(.*)' is not a number", r"经纬度“\1”不是数字"),
    (r"the coordinate '(.*)' is outside ±(\d+)", r"经纬度“\1”超出 ±\2"),
    (r"an alias is not 2 to (\d+) characters, left out", r"有别名不是 2 到 \1 个字，已略去"),
    (r"more than (\d+) rows, the rest left out", r"超过 \1 行，其余略去"),
    (r"cannot be read: .*", "文件无法读取，请另存为 UTF-8 或 GB18030 编码的 CSV"),
)


class _Problems(list[str]):
    """The first problems of a table; ``total`` counts all. Raises ``InvalidInput`` where there
    are so many that it must be another table."""

    def __init__(self) -> None:
        super().__init__()
        self.total = 0

    def append(self, problem: str) -> None:
        self.total += 1
        if self.total > MOST_BAD:
            raise InvalidInput(
                f"这张表有超过 {MOST_BAD} 行不能用，不像地名表；请检查列名和编码后再上传。"
            )
        if self.total <= MOST_PROBLEMS:
            super().append(problem)


@dataclass(frozen=True, slots=True)
class _Read:
    """A table taken apart, with the SHA-256 of its file."""

    places: Sequence[tuple[Place, Sequence[str]]]
    problems: _Problems
    sha256: str


class Gazetteers:
    """Uploads, applies and lists tables. Files are read in a thread, one at a time."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._database = parts.database
        self._threads = anyio.CapacityLimiter(1)
        self._applying = anyio.Lock()

    async def state(self) -> GazetteerState:
        """The tables there are, the newest first, and which one is in use."""
        live = self._parts.classifier
        used = await self._run(_digest, self._used)
        query = (
            select(GazetteerTable)
            .options(joinedload(GazetteerTable.user))
            .order_by(GazetteerTable.created_at.desc())
            .limit(MOST_KEPT)
        )
        async with self._database.reading() as session:
            rows = list(await session.scalars(query))
        return GazetteerState(
            names=len(live.gazetteer) if live is not None else 0,
            tables=[
                GazetteerInfo(
                    id=row.id,
                    name=row.name,
                    names=row.names,
                    problems=row.problems,
                    by=row.user.display_name if row.user else "",
                    created_at=row.created_at,
                    applied_at=row.applied_at,
                    in_use=row.sha256 == used,
                )
                for row in rows
            ],
            speech_graph=COMMAND,
        )

    async def upload(
        self, name: str, body: AsyncIterator[bytes], user_id: UUID
    ) -> GazetteerPreview:
        """Keep a table and say what it holds; nothing changes until it is applied.

        Raises ``InvalidInput`` for a file that is too large or holds no name.
        """
        row = GazetteerTable(
            name=Path(name.replace("\\", "/")).name[:255] or "地名表.csv",
            user_id=user_id,
            created_at=self._parts.clock.now(),
            applied_at=None,
        )
        path = self._path(row.id)
        kept = False
        try:
            await _store(path, body)
            read = await self._run(_read, path)
            problems = [_in_chinese(one, path, row.name) for one in read.problems]
            if not read.places:
                raise InvalidInput(problems[0] if problems else f"{row.name}：没有一行地名。")
            if len(read.places) > MOST_NAMES:
                raise InvalidInput(
                    f"表中有 {len(read.places)} 条地名，最多 {MOST_NAMES} 条；请只导入本地区的。"
                )
            row.sha256, row.names, row.problems = read.sha256, len(read.places), read.problems.total
            async with self._database.writing() as work:
                work.session.add(row)
            kept = True
        finally:
            if not kept:
                with anyio.CancelScope(shield=True):
                    await anyio.Path(path).unlink(missing_ok=True)
        await self._forget_old()
        return await self._run(self._preview, row, read, problems)

    async def apply(self, table_id: UUID, user_id: UUID) -> GazetteerState:
        """Read addresses with a table from now on; the former one can be applied again.

        Raises ``NotFound`` for a table that is not kept, ``Unavailable`` without a classifier.
        """
        live = self._parts.classifier
        if live is None:
            raise Unavailable("智能建议没有启用，地名表暂时不能启用；请联系管理员。")
        async with self._applying:
            await self._keep_former()
            async with self._database.reading() as session:
                row = await session.get(GazetteerTable, table_id)
            path = self._path(table_id)
            if row is None or not path.is_file():
                raise NotFound("没有这张地名表，请刷新页面后重试。")
            gazetteer = await self._run(Gazetteer.read, path)
            if len(gazetteer) == 0:
                raise NotFound("这张地名表的文件已损坏，请重新上传。")
            await self._run(_put, path, self._used)
            async with self._database.writing() as work:
                applied = await work.session.get_one(GazetteerTable, table_id)
                applied.applied_at = self._parts.clock.now()
                audit(
                    work, self._parts.clock, user_id, "apply", SUBJECT, table_id,
                    name=applied.name, names=applied.names,
                )  # fmt: skip
            live.take_gazetteer(gazetteer)
        return await self.state()

    async def _keep_former(self) -> None:
        """A table that was there before any upload is kept like one."""
        used = await self._run(_digest, self._used)
        if not used:
            return
        async with self._database.reading() as session:
            query = select(GazetteerTable.id).where(GazetteerTable.sha256 == used)
            if await session.scalar(query.limit(1)) is not None:
                return
        read = await self._run(_read, self._used)
        now = self._parts.clock.now()
        row = GazetteerTable(
            name=FORMER,
            sha256=used,
            names=len(read.places),
            problems=read.problems.total,
            user_id=None,
            created_at=now,
            applied_at=now,
        )
        await self._run(_put, self._used, self._path(row.id))
        async with self._database.writing() as work:
            work.session.add(row)

    async def _forget_old(self) -> None:
        """Of many tables the oldest that are not in use go."""
        used = await self._run(_digest, self._used)
        async with self._database.writing() as work:
            query = select(GazetteerTable).order_by(GazetteerTable.created_at.desc())
            old = [
                row
                for row in list(await work.session.scalars(query))[MOST_KEPT:]
                if row.sha256 != used
            ]
            for row in old:
                await work.session.delete(row)
        for row in old:
            await anyio.Path(self._path(row.id)).unlink(missing_ok=True)

    def _preview(self, row: GazetteerTable, read: _Read, problems: list[str]) -> GazetteerPreview:
        live = self._parts.classifier
        before = {place.name for place in live.gazetteer.places} if live is not None else set()
        after = {place.name for place, _ in read.places}
        gone = sorted(before - after)
        counted = Counter(place.kind for place, _ in read.places)
        examples = {
            kind: [place.name for place, _ in read.places if place.kind == kind][:MOST_EXAMPLES]
            for kind in counted
        }
        return GazetteerPreview(
            id=row.id,
            name=row.name,
            names=len(read.places),
            aliases=sum(len(aliases) for _, aliases in read.places),
            located=sum(place.lon is not None for place, _ in read.places),
            kinds=[
                NameKind(kind=KINDS.get(kind, kind), count=count, examples=examples[kind])
                for kind, count in counted.most_common()
            ],
            problems=problems,
            problem_count=read.problems.total,
            added=len(after - before),
            gone=len(gone),
            gone_examples=gone[:MOST_EXAMPLES],
        )

    @property
    def _used(self) -> Path:
        used = self._parts.gazetteer_csv
        if used is None:
            raise Unavailable("本机没有设置地名表的位置；请联系管理员。")
        return used

    def _path(self, table_id: UUID) -> Path:
        return self._used.parent / "gazetteers" / f"{table_id}.csv"

    async def _run(self, function: Callable[[*Ts], T], *parts: *Ts) -> T:
        return await anyio.to_thread.run_sync(function, *parts, limiter=self._threads)


async def _store(path: Path, body: AsyncIterator[bytes]) -> None:
    await anyio.Path(path.parent).mkdir(parents=True, exist_ok=True)
    size = 0
    async with await anyio.open_file(path, "wb") as file:
        async for piece in body:
            size += len(piece)
            if size > MOST_BYTES:
                raise InvalidInput(
                    f"文件过大，最多 {MOST_BYTES // 2**20} MB；请只导入本地区的地名。"
                )
            await file.write(piece)
    if size == 0:
        raise InvalidInput("文件是空的，请选择要导入的地名表。")


def _read(path: Path) -> _Read:
    with path.open("rb") as file:
        if file.read(2) == b"PK":
            raise InvalidInput("这是 Excel 文件；请在 Excel 中“另存为”CSV 后再上传。")
    problems = _Problems()
    return _Read(read_tables([path], problems), problems, _digest(path))


def _digest(path: Path) -> str:
    """SHA-256 of a file; empty where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _put(source: Path, target: Path) -> None:
    """Copy a file so that whoever reads the target sees the old one or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    part.replace(target)


def _in_chinese(problem: str, path: Path, name: str) -> str:
    told = problem.removeprefix(str(path)).removeprefix(":")
    line, divided, what = told.partition(": ")
    if not divided or not line.isdigit():
        line, what = "", told.strip()
    for pattern, sentence in WORDS:
        if match := re.fullmatch(pattern, what, re.DOTALL):
            what = match.expand(sentence)
            break
    return f"{name} 第 {line} 行：{what}" if line else f"{name}：{what}"

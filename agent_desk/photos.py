"""Photos of units: taken in, kept beside the rows, shown to those who may see the order."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy import delete, func, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from agent_desk import picture_process, pictures
from agent_desk.accounts import Person
from agent_desk.parts import Parts
from agent_desk.permissions import Permission, may
from agent_desk.pictures import Picture
from agent_desk.views import Views
from dispatch import repository as order_rows
from dispatch.terminal import KEY, MOST_PHOTOS
from models.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable
from models.order_tables import DispatchOrder
from models.states import DispatchStatus
from models.terminal_tables import Photo

log = logging.getLogger(__name__)

MOST_BYTES: Final = 20 * 1024 * 1024
MOST_UNUSED: Final = 3 * MOST_PHOTOS  # of one dispatch order, not in a feedback yet
MOST_WAITING: Final = 8  # uploads at once; further ones are told to come again
MOST_SWEPT: Final = 500
SWEEP_EVERY: Final = timedelta(hours=1)
UNUSED_FOR: Final = timedelta(days=2)
STALE: Final = timedelta(hours=1)  # a file without a row that old belongs to nobody
RECEIVE_SECONDS: Final = 110
TOO_LARGE: Final = f"照片过大，每张最多 {MOST_BYTES // 2**20} MB，请压缩或重新拍摄。"
NO_PHOTO: Final = "没有这张照片，或您无权查看。"
WITH_UNIT: Final = (DispatchStatus.RECEIVED, DispatchStatus.EN_ROUTE, DispatchStatus.ON_SITE)


class Photos:
    """Takes photos in one at a time: the largest needs 260 MB while it is made small, or 470 MB
    in a process of its own where it is HEIC or AVIF."""

    def __init__(self, parts: Parts, views: Views) -> None:
        self._parts = parts
        self._database = parts.database
        self._views = views
        self._turn = anyio.Lock()
        self._receiving = 0

    async def take(
        self, person: Person, dispatch_order_id: UUID, key: str, body: AsyncIterator[bytes]
    ) -> Photo:
        """Keep a photo for the feedback on a dispatch order; with the same ``key`` once.

        Raises ``NotFound`` for another unit's order, ``Conflict`` where the unit does not work
        on it or has sent too many, ``InvalidInput`` for what is no photo or too large, and
        ``Unavailable`` while many others are being taken in.
        """
        if not KEY.fullmatch(key):
            raise InvalidInput("照片编号有误，请重新添加这张照片。")
        unit_id = self._views.unit_of(person)
        async with self._database.reading() as session:
            known = await _by_key(session, unit_id, key, dispatch_order_id)
            if known is not None:
                return known
            await self._check(session, dispatch_order_id, unit_id)
        name = secrets.token_urlsafe(32)
        path = self._path(name)
        async with self._one_more(), _temporary(path) as part:
            await _receive(part, body)
            picture = await self._made_small(part, path)
        row = Photo(
            dispatch_order_id=dispatch_order_id,
            unit_id=unit_id,
            user_id=person.user_id,
            key=key,
            name=name,
            width=picture.width,
            height=picture.height,
            size=picture.size,
            taken_at=self._parts.clock.now(),
        )
        try:
            async with self._database.writing() as work:
                work.session.add(row)
        except IntegrityError:  # the same photo came twice at once
            await _forget(path)
            async with self._database.reading() as session:
                known = await _by_key(session, unit_id, key, dispatch_order_id)
            if known is None:
                raise Conflict("照片没有存好，请重试。") from None
            return known
        return row

    async def file_of(self, person: Person, photo_id: UUID, *, thumbnail: bool) -> Path:
        """A photo's file, for who may see its order; raises ``NotFound``."""
        async with self._database.reading() as session:
            row = await session.get(Photo, photo_id)
            item = await session.get(DispatchOrder, row.dispatch_order_id) if row else None
        if row is None or item is None:
            raise NotFound(NO_PHOTO)
        if may(person.role, Permission.WORK_UNIT_ORDERS):
            if person.unit_id != row.unit_id:
                raise NotFound(NO_PHOTO)
        elif may(person.role, Permission.READ_ORDERS) and row.feedback_at is not None:
            try:
                await self._views.check_readable(person, item.work_order_id)
            except NotFound:
                raise NotFound(NO_PHOTO) from None
        else:
            raise NotFound(NO_PHOTO)
        path = self._path(row.name)
        found = _thumbnail(path) if thumbnail else path
        if not await anyio.Path(found).is_file():
            raise NotFound("照片文件已不在服务器上，请联系管理员。")
        return found

    async def keep(self) -> None:
        """Every hour, until cancelled: forget photos that no feedback took, and files of none."""
        while True:
            try:
                await self.sweep()
            except (SQLAlchemyError, OSError, DomainError) as error:
                log.error("photos not swept: %s", type(error).__name__)
            await anyio.sleep(SWEEP_EVERY.total_seconds())

    async def sweep(self) -> None:
        """Forget photos that no feedback took within two days, and files without a row."""
        if self._parts.photos_dir is None:
            return
        now = self._parts.clock.now()
        async with self._database.writing() as work:
            unused = (Photo.feedback_at.is_(None), Photo.taken_at < now - UNUSED_FOR)
            old = select(Photo.name).where(*unused).limit(MOST_SWEPT)
            names = list(await work.session.scalars(old))
            await work.session.execute(delete(Photo).where(Photo.name.in_(names)))
        for name in names:
            await _forget(self._path(name))
        stale = await anyio.to_thread.run_sync(_older, self._parts.photos_dir)
        async with self._database.reading() as session:
            for path in stale:
                name = path.name.partition(".")[0]
                if await session.scalar(select(Photo.id).where(Photo.name == name)) is None:
                    await anyio.Path(path).unlink(missing_ok=True)

    async def _check(self, session: AsyncSession, dispatch_order_id: UUID, unit_id: UUID) -> None:
        item = await order_rows.dispatch_order(session, dispatch_order_id, unit_id=unit_id)
        if item.status is DispatchStatus.RECALLED:
            raise Conflict(f"该派单已撤回（{item.recall_reason}），不能反馈。")
        if item.status not in WITH_UNIT:
            raise Conflict("只有已接收、尚未反馈的派单可以添加照片。")
        query = select(func.count()).where(
            Photo.dispatch_order_id == dispatch_order_id, Photo.feedback_at.is_(None)
        )
        if (await session.scalar(query) or 0) >= MOST_UNUSED:
            raise Conflict("这张派单上传的照片过多，请先提交反馈。")

    async def _made_small(self, part: Path, path: Path) -> Picture:
        small = _thumbnail(path)
        async with self._turn:
            if await anyio.to_thread.run_sync(pictures.is_apart, part):
                return await picture_process.keep(part, path, small)
            return await anyio.to_thread.run_sync(pictures.keep, part, path, small)

    @asynccontextmanager
    async def _one_more(self) -> AsyncIterator[None]:
        if self._receiving >= MOST_WAITING:
            raise Unavailable("正在接收的照片较多，请稍后重试。")
        self._receiving += 1
        try:
            yield
        finally:
            self._receiving -= 1

    def _path(self, name: str) -> Path:
        folder = self._parts.photos_dir
        if folder is None:
            raise Unavailable("本机没有设置照片的存放位置；请联系管理员。")
        return folder / name[:2] / f"{name}.jpg"


async def _by_key(
    session: AsyncSession, unit_id: UUID, key: str, dispatch_order_id: UUID
) -> Photo | None:
    query = select(Photo).where(Photo.unit_id == unit_id, Photo.key == key)
    found = (await session.scalars(query)).one_or_none()
    if found is not None and found.dispatch_order_id != dispatch_order_id:
        raise Conflict("这张照片已用于另一张派单，请重新添加。")
    return found


@asynccontextmanager
async def _temporary(path: Path) -> AsyncIterator[Path]:
    """A file beside ``path`` that is gone afterwards; on an error, ``path`` is gone as well."""
    part = path.with_suffix(".part")
    await anyio.Path(path.parent).mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        yield part
    except BaseException:
        with anyio.CancelScope(shield=True):
            await _forget(path)
        raise
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.Path(part).unlink(missing_ok=True)


async def _receive(part: Path, body: AsyncIterator[bytes]) -> None:
    size = 0
    try:
        with anyio.fail_after(RECEIVE_SECONDS):
            async with await anyio.open_file(part, "wb") as file:
                async for piece in body:
                    size += len(piece)
                    if size > MOST_BYTES:
                        raise InvalidInput(TOO_LARGE)
                    await file.write(piece)
    except TimeoutError:
        raise Unavailable("照片上传太慢，已中断，请在网络好时重试。") from None
    if size == 0:
        raise InvalidInput("照片是空文件，请重新拍摄。")


def _thumbnail(path: Path) -> Path:
    return path.with_suffix(".small.jpg")


async def _forget(path: Path) -> None:
    for one in (path, _thumbnail(path)):
        await anyio.Path(one).unlink(missing_ok=True)


def _older(folder: Path) -> list[Path]:
    """Files below ``folder`` that nobody is writing any more."""
    before = time.time() - STALE.total_seconds()
    return [path for path in folder.glob("*/*") if path.stat().st_mtime < before]

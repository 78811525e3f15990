"""Engine, sessions and the unit of work. Commit happens here and nowhere else."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any

import anyio
import anyio.lowlevel
from sqlalchemy import event
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from models import order_words, words
from models.bus import EventBus
from models.clock import Clock
from models.errors import Conflict, Unavailable
from models.events import Event
from models.transitions import store_transitions

log = logging.getLogger(__name__)

BUSY_TIMEOUT_MS = 5_000
CONNECT_SECONDS = 10
STATEMENT_SECONDS = 30
UNIT_SECONDS = 35
CLOSE_SECONDS = 35  # a commit, or a roll-back after a statement that still runs
TOO_SLOW = "数据库没有及时响应，请稍后重试。"


class Database:
    """Opens sessions on SQLite (WAL) or PostgreSQL.

    ``url`` is SQLAlchemy's, with an async driver: ``sqlite+aiosqlite:///path`` or
    ``postgresql+asyncpg://...``.
    """

    def __init__(self, url: str, bus: EventBus, clock: Clock) -> None:
        if url.startswith("sqlite"):
            self.engine = create_async_engine(url, hide_parameters=True)
        else:
            self.engine = create_async_engine(
                url,
                hide_parameters=True,  # values of a row never reach an error's text or the log
                pool_pre_ping=True,
                connect_args={
                    "timeout": CONNECT_SECONDS,
                    "command_timeout": STATEMENT_SECONDS,
                    # Compiling a statement takes longer than any of ours runs.
                    "server_settings": {"jit": "off"},
                },
            )
        self.bus = bus
        self.clock = clock
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine.sync_engine, "connect", _prepare_sqlite)
            event.listen(self.engine.sync_engine, "begin", _begin_sqlite)
        self._read = async_sessionmaker(self.engine, expire_on_commit=False)
        writing = self.engine.execution_options(yihu_writes=True)
        self._write = async_sessionmaker(
            writing, sync_session_class=_Writing, expire_on_commit=False
        )
        self._followers: list[Follower] = []
        # SQLite's own waiting for its one write lock is a poll that is neither fair nor patient.
        self._turn = anyio.Lock() if self.engine.dialect.name == "sqlite" else None

    def follow(self, follower: Follower) -> None:
        """Let ``follower`` see every unit of work that succeeded, before it is committed.

        It may add rows, which are committed with the rest, and ask for ``take_moves``.
        """
        self._followers.append(follower)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session that only reads; nothing it holds is committed.

        As in a unit of work, a cancellation waits for the end of the body.
        """
        await anyio.lowlevel.checkpoint_if_cancelled()
        try:
            with anyio.fail_after(UNIT_SECONDS, shield=True):
                async with self._read() as session:
                    yield session
        except TimeoutError:
            raise Unavailable(TOO_SLOW) from None

    def writing(self) -> UnitOfWork:
        """A unit of work: ``async with database.writing() as work: ...``."""
        return UnitOfWork(self._write(), self.bus, self._followers, self._turn)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


class UnitOfWork:
    """One transaction. On leaving without an error it commits, then publishes its events.

    A cancellation waits for the end of its body and then rolls back: a driver that is
    cancelled in a statement leaves its connection, and aiosqlite its thread, behind. So the
    body must be short; it is cut off after ``UNIT_SECONDS``. Raises ``Conflict`` where
    another transaction changed the same row first, ``Unavailable`` where the database does
    not answer in time.
    """

    def __init__(
        self,
        session: AsyncSession,
        bus: EventBus,
        followers: Sequence[Follower] = (),
        turn: anyio.Lock | None = None,
    ) -> None:
        self.session = session
        self._bus = bus
        self._followers = followers
        self._turn = turn
        self._events: dict[Event, None] = {}

    def emit(self, notice: Event) -> None:
        """Publish ``notice`` once the transaction is committed; equal notices go out once."""
        self._events[notice] = None

    async def __aenter__(self) -> UnitOfWork:
        await anyio.lowlevel.checkpoint_if_cancelled()
        if self._turn is not None:
            await self._wait(self._turn)
        self._scope = anyio.CancelScope(deadline=anyio.current_time() + UNIT_SECONDS, shield=True)
        self._scope.__enter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            cut_off = self._scope.__exit__(kind, error, trace)
            if kind is None:
                try:
                    await anyio.lowlevel.checkpoint_if_cancelled()
                except BaseException as cancelled:
                    await self._end(cancelled)
                    raise
            await self._end(error)
        finally:
            if self._turn is not None:
                self._turn.release()
        if cut_off:
            raise Unavailable(TOO_SLOW)
        if kind is None:
            for notice in self._events:
                await self._bus.publish(notice)

    async def _wait(self, turn: anyio.Lock) -> None:
        """Take one's turn to write; ``Unavailable`` where it does not come in time."""
        try:
            with anyio.fail_after(UNIT_SECONDS):
                await turn.acquire()
        except TimeoutError:
            raise Unavailable(TOO_SLOW) from None

    async def _end(self, error: BaseException | None) -> None:
        """Commit, or roll back where the body failed with ``error``.

        Shielded: a hang-up in mid-transaction must not leave SQLite's one write lock held.
        """
        with anyio.move_on_after(CLOSE_SECONDS, shield=True) as ending:
            try:
                if error is None:
                    for follower in self._followers:
                        await follower(self)
                    await self.session.run_sync(store_transitions)
                    await self.session.flush()
                    await self.session.run_sync(words.store)
                    await self.session.run_sync(order_words.store)
                    await self.session.commit()
                else:
                    await self.session.rollback()
            except BaseException as failure:
                await self.session.rollback()
                error = error or failure
                if not isinstance(failure, StaleDataError):
                    raise
            finally:
                await self.session.close()
        if ending.cancelled_caught:
            raise Unavailable(TOO_SLOW)
        if isinstance(error, StaleDataError):
            raise Conflict("该记录刚被其他人修改，请刷新后重试。") from error


Follower = Callable[[UnitOfWork], Awaitable[None]]


class _Writing(Session):
    """What a unit of work writes with."""


event.listen(_Writing, "after_flush", store_transitions)
event.listen(_Writing, "after_flush", words.touch)
event.listen(_Writing, "after_flush", order_words.touch)


def _prepare_sqlite(connection: Any, record: object) -> None:
    # The driver must not open transactions by itself: _begin_sqlite does, with the right lock.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # A deferred transaction that turns into a writer fails at once when another one wrote
    # meanwhile, whatever the busy timeout; taking the write lock first waits its turn.
    writes = connection.get_execution_options().get("yihu_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

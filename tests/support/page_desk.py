"""A whole desk for pages: real rows, real sockets, real dispatch, neither Asterisk nor speech.

It runs in a thread of its own, so that a page test may drive a browser and the rows by turns. It
is always the same Wednesday morning there, whenever a test runs; pages take their time from the
``Date`` of the server's answers.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Final, TypeVar

import anyio
from anyio.abc import TaskStatus
from anyio.from_thread import BlockingPortal, start_blocking_portal
from argon2 import PasswordHasher
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from agent_desk.app import create_app
from agent_desk.learning.taxonomies import LiveItems
from agent_desk.parts import Parts
from asr.client import SpeechClient, SpeechEvent
from dispatch.orders import Orders
from dispatch.places import Locator
from dispatch.service import subscribe
from dispatch.watch import Watch
from ivr.own_prompts import Folders as PromptFolders
from ivr.own_prompts import OwnPrompts
from ivr.recordings import Folders
from ivr.service import Telephony
from models import schema
from models.bus import InProcessBus
from models.clock import CHINA_TIME
from models.database import Database
from models.events import SpeechAvailabilityChanged, TelephonyAvailabilityChanged
from tests.support.desk import CHECK_INTERVAL, served_on
from tests.support.learned import learning_of, small_corpus, small_model
from tests.support.ports import port_base
from yihu import dispatching
from yihu.settings import PROJECT, Settings

DIST = Path(os.environ.get("YIHU_TEST_PAGES", PROJECT / "agent_desk" / "web" / "dist"))
STOP_SECONDS = 60.0
BEGINS: Final = datetime(2026, 11, 18, 10, 30, tzinfo=CHINA_TIME)
T = TypeVar("T")


class MorningClock:
    """Goes on from half past ten on a working day, so far back as it is set."""

    def __init__(self) -> None:
        self.back = timedelta()
        self._begun = time.monotonic()

    def now(self) -> datetime:
        gone = timedelta(seconds=time.monotonic() - self._begun)
        return (BEGINS + gone - self.back).astimezone(UTC)


class Dated:
    """``app``, whose answers tell the time of ``clock`` in place of the machine's."""

    def __init__(self, app: ASGIApp, clock: MorningClock) -> None:
        self._app, self._clock = app, clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = format_datetime(self._clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", ()), (b"date", now)]}
            await send(message)

        await self._app(scope, receive, dated)


class QuietTelephony(Telephony):
    """The real one, which nobody runs. Whether its helpers are up is what a test says."""

    telephony_up = True
    speech_up = True

    @property
    def available(self) -> bool:
        return self.telephony_up

    @property
    def speech_available(self) -> bool:
        return self.speech_up


@dataclass
class Site:
    """What runs while the server is up."""

    database: Database
    clock: MorningClock
    orders: Orders
    telephony: QuietTelephony
    parts: Parts


class PageDesk:
    """The server, from the test's thread. ``url`` stays the same over a restart."""

    def __init__(self, portal: BlockingPortal, folder: Path, port: int) -> None:
        self._portal, self._folder, self._port = portal, folder, port
        self.url = f"http://127.0.0.1:{self._port}"
        self.suggestion_available = True
        self._clock = MorningClock()
        self._site: Site | None = None
        self._end: Callable[[], None] | None = None

    @property
    def folder(self) -> Path:
        """Where rows and files are."""
        return self._folder

    @property
    def site(self) -> Site:
        assert self._site is not None, "the desk is stopped"
        return self._site

    def run(self, what: Callable[[Site], Awaitable[T]]) -> T:
        """Do something with the rows, in the server's loop."""

        async def there() -> T:
            return await what(self.site)

        return self._portal.call(there)

    def start(self) -> None:
        """Serve; comes back when the pages are there."""
        future, (site, end) = self._portal.start_task(self._serve)
        self._site = site

        def stop() -> None:
            self._portal.call(end)
            future.result(STOP_SECONDS)

        self._end = stop

    def stop(self) -> None:
        """Stop serving, as an instance does; rows and port stay."""
        if self._end is not None:
            self._end()
        self._site = self._end = None

    def restart(self) -> None:
        self.stop()
        self.start()

    def set_speech(self, up: bool) -> None:
        """The speech process comes up or goes away."""

        async def tell(site: Site) -> None:
            site.telephony.speech_up = up
            await site.database.bus.publish(SpeechAvailabilityChanged(available=up))

        self.run(tell)

    def set_telephony(self, up: bool) -> None:
        """Asterisk comes up or goes away."""

        async def tell(site: Site) -> None:
            site.telephony.telephony_up = up
            await site.database.bus.publish(TelephonyAvailabilityChanged(available=up))

        self.run(tell)

    async def _serve(self, *, task_status: TaskStatus[tuple[Site, Callable[[], None]]]) -> None:
        url = f"sqlite+aiosqlite:///{self._folder / 'pages.sqlite3'}"
        await schema.upgrade(url)
        clock = self._clock
        database = Database(url, InProcessBus(), clock)
        try:
            site, watch = await self._site_on(database, clock)
            async with anyio.create_task_group() as group:
                await group.start(watch.run)
                app = Dated(create_app(site.parts), clock)
                async with served_on(app, self._port, date_header=False):
                    ended = anyio.Event()
                    task_status.started((site, ended.set))
                    await ended.wait()
                group.cancel_scope.cancel()
        finally:
            await database.close()

    async def _site_on(self, database: Database, clock: MorningClock) -> tuple[Site, Watch]:
        corpus, model = self._folder / "corpus", self._folder / "model"
        if not corpus.is_dir():
            small_corpus(corpus)
            await anyio.to_thread.run_sync(small_model, model, corpus)
        learning, live = await learning_of(database, self._folder, model, corpus)
        assert live is not None
        items = LiveItems(learning.taxonomies)
        dispatching.follow(database, lambda: tuple(items))
        orders = Orders(database, clock, Locator(live))
        subscribe(database.bus, orders)
        telephony = _telephony(database, clock, self._folder)
        settings = Settings(data_dir=self._folder)
        watch = dispatching.watch(settings, database, texts=False)
        parts = Parts(
            database=database,
            clock=clock,
            bus=database.bus,
            telephony=telephony,
            orders=orders,
            categories=items,
            suggestion_available=self.suggestion_available,
            web_dist=DIST,
            asterisk_http_port=1,
            check_interval=CHECK_INTERVAL,
            password_hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
            classifier=live,
            watch=watch,
            gazetteer_csv=self._folder / "gazetteer.csv",
            photos_dir=self._folder / "photos",
            map_geojson=self._folder / "map.geojson",
            learning=learning,
            prompts=_prompts(settings),
        )
        return Site(database, clock, orders, telephony, parts), watch


def _prompts(settings: Settings) -> OwnPrompts:
    """Prompts as they are spoken on this machine, if they are; nobody speaks new ones."""
    cache = Settings().prompts_cache
    return OwnPrompts(PromptFolders(settings.sounds_dir, settings.prompts_dir, cache), None)


def _telephony(database: Database, clock: MorningClock, folder: Path) -> QuietTelephony:
    async def hear(heard: SpeechEvent) -> None:
        raise AssertionError(f"{heard} without a speech process")

    nowhere = ("127.0.0.1", 1)
    return QuietTelephony(
        database,
        SpeechClient(*nowhere, "no-token", hear),
        None,
        clock,
        ami_address=nowhere,
        ami_secret="no-secret",
        agi_address=nowhere,
        audio_address=nowhere,
        folders=Folders(folder / "raw", folder / "recordings"),
    )


@contextmanager
def page_desk(folder: Path) -> Iterator[PageDesk]:
    """A desk that serves, without any rows."""
    # Not a port that the system hands out: while the desk is stopped, another might get it.
    with port_base() as port, start_blocking_portal() as portal:
        desk = PageDesk(portal, folder, port)
        desk.start()
        try:
            yield desk
        finally:
            desk.stop()

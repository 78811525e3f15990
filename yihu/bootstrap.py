"""The one place where the parts are made and joined, and the order in which they live."""

from __future__ import annotations

import functools
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Set
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from typing import Protocol

import anyio
import uvicorn
from anyio.abc import TaskGroup, TaskStatus
from sqlalchemy.exc import IntegrityError

from agent_desk.accounts import ensure_administrator
from agent_desk.app import create_app
from agent_desk.learning.taxonomies import LiveItems
from agent_desk.parts import Parts
from asr.client import SpeechClient
from dispatch.filling import Filling
from dispatch.orders import Orders
from dispatch.places import Locator
from dispatch.service import subscribe as subscribe_dispatch
from ivr.asterisk import AsteriskConfig, AsteriskProcess
from ivr.own_prompts import Folders as PromptFolders
from ivr.own_prompts import OwnPrompts
from ivr.recordings import Folders
from ivr.service import Telephony
from ivr.speak import Speaker
from ivr.transcribing import Transcriber
from models import schema
from models.bus import InProcessBus
from models.clock import SystemClock
from models.database import Database
from models.errors import SetupError
from yihu import (
    asterisk,
    dispatching,
    graphs,
    instance,
    learning,
    logs,
    speech_engines,
    speech_process,
    tls,
    twilio,
)
from yihu.centre import ensure_centre
from yihu.instance import EVERYTHING, LOOPBACK, Role, Secrets
from yihu.settings import PROJECT, Settings

log = logging.getLogger(__name__)

WEB_GRACE_SECONDS = 3
MOST_SOCKET_BYTES = 65_536


class Console(Protocol):
    """Where the instance tells its user something."""

    def say(self, line: str) -> None:
        """A step that takes a while, or a helper that is missing."""

    def welcome(
        self, settings: Settings, roles: Set[Role], administrator_password: str | None
    ) -> None:
        """The roles of the instance are up."""


class Visitor(Protocol):
    """Something that prepares rows before the start and acts once the centre is up."""

    async def prepare(self, database: Database) -> None: ...

    async def run(self, database: Database) -> None: ...


def main(
    settings: Settings,
    console: Console,
    visitor: Visitor | None = None,
    roles: Set[Role] = EVERYTHING,
) -> None:
    """Run the roles of an instance until Ctrl-C or SIGTERM.

    Raises ``SetupError`` where they cannot start.
    """
    if Role.CENTRE in roles:
        _check_accounts(settings)
    instance.prepare(settings)
    with instance.owned(settings, roles):
        instance.check_ports(settings, roles)
        logs.configure(settings.log_level, settings.data_dir / "logs" / instance.log_name(roles))
        with one_sentence():
            anyio.run(functools.partial(serve, settings, console, visitor, roles))


def _check_accounts(settings: Settings) -> None:
    """Raise ``SetupError`` for wrong values that the start comes to only minutes later."""
    twilio.account(settings)
    if settings.smtp_host:
        dispatching.mail_server(settings)
    if settings.tls == "own":
        tls.certificate_of(settings, SystemClock().now())


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn a task group's single ``SetupError`` back into itself."""
    try:
        yield
    except BaseExceptionGroup as group:
        wrong, other = group.split(SetupError)
        if wrong is None or other is not None:
            raise
        raise _first(wrong) from None


def _first(group: BaseExceptionGroup[SetupError]) -> SetupError:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found


@asynccontextmanager
async def opened_database(settings: Settings) -> AsyncIterator[Database]:
    """The instance's database, brought to the newest schema, with a centre's first rows."""
    instance.prepare(settings)
    await schema.upgrade(settings.db_url)
    database = Database(settings.db_url, InProcessBus(), SystemClock())
    try:
        try:
            await ensure_centre(database)
        except IntegrityError:  # another process made the same first rows meanwhile
            await ensure_centre(database)
        yield database
    finally:
        await database.close()


async def serve(
    settings: Settings, console: Console, visitor: Visitor | None, roles: Set[Role]
) -> None:
    """Start every part in order, welcome the user, stay until told to stop.

    Ctrl-C ends Asterisk too. It goes on, with its calls, when this process is killed or
    crashes, and on SIGTERM where ``keep_asterisk`` is set.
    """
    secrets = instance.load_secrets(settings)
    if Role.CENTRE not in roles:
        await _serve_asterisk(settings, secrets, console, roles)
        return
    async with opened_database(settings) as database, anyio.create_task_group() as group:
        read = functools.partial(asterisk.config_from_rows, settings, database, secrets.ami)
        process = AsteriskProcess(await read(), outlives=True)
        group.start_soon(_stop_on_signal, group, process, settings.keep_asterisk)
        if visitor is not None:
            await visitor.prepare(database)
        password = await ensure_administrator(database, database.clock)
        if Role.ASTERISK in roles:
            await asterisk.lay_out_sounds(settings)
            await group.start(asterisk.keep, process, read)
        elif wrong := await process.refresh():
            console.say(wrong)
        changed = functools.partial(asterisk.apply_rows, process, read)
        await _start_centre(settings, database, secrets, group, console, changed)
        # From here on only the operator ends Asterisk; a demo's has no calls worth keeping.
        process.leave = visitor is None
        console.welcome(settings, roles, password)
        if visitor is not None:
            group.start_soon(visitor.run, database)


async def _serve_asterisk(
    settings: Settings, secrets: Secrets, console: Console, roles: Set[Role]
) -> None:
    """Keep Asterisk up and nothing else; it starts with its former files without a database."""

    async def read() -> AsteriskConfig:
        async with opened_database(settings) as database:
            return await asterisk.config_from_rows(settings, database, secrets.ami)

    process = AsteriskProcess(asterisk.config_without_rows(settings, secrets.ami), outlives=True)
    async with anyio.create_task_group() as group:
        group.start_soon(_stop_on_signal, group, process, settings.keep_asterisk)
        try:
            process.config = await read()
        except asterisk.ROWS_AWAY as error:
            if not process.has_files:
                raise
            process.former_files = True
            console.say(f"Asterisk starts with its former files: {error}")
        await asterisk.lay_out_sounds(settings)
        await group.start(asterisk.keep, process, read)
        process.leave = True
        console.welcome(settings, roles, None)


async def _stop_on_signal(group: TaskGroup, process: AsteriskProcess, keep: bool) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for number in signals:
            log.info("stopping on %s", number.name)
            process.leave = keep and number is signal.SIGTERM
            group.cancel_scope.cancel()
            break
    # The stop is bounded; a second Ctrl-C would break it off with Asterisk half stopped.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


async def _start_centre(
    settings: Settings,
    database: Database,
    secrets: Secrets,
    group: TaskGroup,
    console: Console,
    on_rows_changed: Callable[[], Awaitable[None]],
) -> None:
    """Start speech, telephony, dispatch and the web, each once the former stands."""
    async with anyio.create_task_group() as first:  # on a first start both take minutes
        first.start_soon(learning.train_ahead, settings, console.say)
        speech_dir = await speech_process.model(settings, console.say)
    engines = await speech_engines.chosen(settings, database, console.say)
    taught, classifier = await learning.opened(settings, database, console.say)

    items = LiveItems(taught.taxonomies)
    dispatching.follow(database, lambda: tuple(items))
    locate = Locator(classifier) if classifier else None
    orders = Orders(database, database.clock, locate, settings.review_rule)
    filling = Filling(orders)
    subscribe_dispatch(database.bus, orders, filling)
    await orders.reconcile()

    speech = SpeechClient(
        LOOPBACK,
        settings.speech_control_port,
        secrets.speech,
        lambda event: telephony.heard(event),
    )
    speaker = Speaker(settings.models_dir, settings.data_dir.resolve() / "spoken")
    telephony = Telephony(
        database,
        speech,
        classifier,
        database.clock,
        ami_address=(LOOPBACK, settings.ami_port),
        ami_secret=secrets.ami,
        agi_address=(LOOPBACK, settings.agi_port),
        audio_address=(LOOPBACK, settings.audiosocket_port),
        folders=Folders(
            instance.asterisk_dir(settings) / "recordings",
            settings.data_dir.resolve() / "recordings",
        ),
        twilio=twilio.account(settings),
        text_gateway=dispatching.text_gateway(settings),
        trunk=bool(settings.trunk_proxy),
        speaker=speaker,
        transcriber=Transcriber(lambda: speech_dir),
        on_rows_changed=on_rows_changed,
        speech_engines=engines.of_queues,
    )
    watch = dispatching.watch(settings, database, texts=telephony.texts.configured)
    parts = Parts(
        database=database,
        clock=database.clock,
        bus=database.bus,
        telephony=telephony,
        orders=orders,
        watch=watch,
        categories=items,
        suggestion_available=classifier is not None,
        web_dist=PROJECT / "agent_desk" / "web" / "dist",
        asterisk_http_port=settings.asterisk_http_port,
        secure_cookies=settings.secure_cookies or settings.tls != "off",
        allowed_origins=settings.public_origins,
        session_lifetime=timedelta(hours=settings.session_hours),
        classifier=classifier,
        gazetteer_csv=settings.gazetteer_csv.resolve(),
        map_geojson=settings.map_geojson.resolve(),
        map_tiles=settings.map_tiles,
        map_attribution=settings.map_attribution,
        photos_dir=settings.data_dir.resolve() / "photos",
        prompts=OwnPrompts(
            PromptFolders(settings.sounds_dir, settings.prompts_dir, settings.prompts_cache),
            speaker,
            settings.prompt_voice,
        ),
        sip_server=f"{settings.sip_address}:{settings.sip_port}",
        webhook_loopback=settings.webhook_loopback,
        learning=taught,
    )
    child = speech_process.child(settings, speech_dir, engines, secrets.speech)
    await group.start(child.run)
    await group.start(speech.run)
    await group.start(speaker.run)
    await group.start(telephony.run)
    group.start_soon(graphs.follow, speech_dir, child.restart, lambda: telephony.hearing)
    await group.start(filling.run)
    await group.start(watch.run)
    await group.start(taught.run)
    await group.start(_web, settings, parts)


class _Server(uvicorn.Server):
    """uvicorn that leaves signals to the process that holds it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def _web(
    settings: Settings, parts: Parts, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
) -> None:
    pair = tls.certificate_of(settings, parts.clock.now())
    server = _Server(
        uvicorn.Config(
            create_app(parts),
            host=settings.bind_address,
            port=settings.http_port,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=WEB_GRACE_SECONDS,
            ws_max_size=MOST_SOCKET_BYTES,
            ssl_certfile=pair.certificate if pair else None,
            ssl_keyfile=pair.key if pair else None,
        )
    )
    # Shielded, so that a stop lets requests end in order; the deadline set then bounds it.
    serving = anyio.CancelScope(shield=True)

    async def serve_web() -> None:
        with serving:
            await server.serve()

    async with anyio.create_task_group() as group:
        group.start_soon(serve_web)
        try:
            while not server.started:  # noqa: ASYNC110 - uvicorn offers no event
                await anyio.sleep(0.02)
            task_status.started()
            await anyio.sleep_forever()
        finally:
            server.should_exit = True
            serving.deadline = anyio.current_time() + 2 * WEB_GRACE_SECONDS

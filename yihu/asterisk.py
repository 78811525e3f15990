"""Asterisk's part in an instance: what it is told, keeping it up, ending one that was left."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import anyio
from anyio.abc import TaskStatus
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from ivr import prompts
from ivr.asterisk import (
    AsteriskConfig,
    AsteriskGone,
    AsteriskProcess,
    Console,
    QueueConf,
    SeatConf,
    find,
    locate,
)
from ivr.asterisk_config import NumberConf
from ivr.voice import Voice
from models.database import Database
from models.errors import DomainError, SetupError, Unavailable
from models.tables import Queue, Seat
from models.telephony_tables import HotlineNumber
from yihu import instance
from yihu.instance import Role
from yihu.settings import Settings

log = logging.getLogger(__name__)

RESTART_SECONDS = 2.0
ROWS_AWAY = (SQLAlchemyError, OSError, DomainError, SetupError)


async def config_from_rows(
    settings: Settings, database: Database, ami_secret: str
) -> AsteriskConfig:
    """What the instance's Asterisk is to be, from settings and the rows of queues and seats."""
    async with database.reading() as session:
        queues = list(await session.scalars(select(Queue).order_by(Queue.code)))
        seats = list(await session.scalars(select(Seat).where(Seat.active).order_by(Seat.code)))
        numbers = list(await session.scalars(select(HotlineNumber).order_by(HotlineNumber.number)))
    return replace(
        config_without_rows(settings, ami_secret),
        queues=[
            QueueConf(
                queue.code, queue.name, queue.emergency, queue.duty_phone, queue.answer_goal_seconds
            )
            for queue in queues
        ],
        hotlines=[NumberConf(number.number, number.queue_code) for number in numbers],
        seats=[
            SeatConf(seat.code, seat.name, seat.sip_secret, tuple(seat.queue_codes))
            for seat in seats
        ],
    )


def config_without_rows(settings: Settings, ami_secret: str) -> AsteriskConfig:
    """What settings alone tell: enough to run Asterisk with the files it had before."""
    first, last = settings.rtp_ports
    return AsteriskConfig(
        program=locate(settings.asterisk_program, settings.asterisk_root),
        instance_dir=instance.asterisk_dir(settings),
        sip_address=settings.sip_address,
        sip_port=settings.sip_port,
        ami_port=settings.ami_port,
        ami_secret=ami_secret,
        agi_port=settings.agi_port,
        http_port=settings.asterisk_http_port,
        rtp_first=first,
        rtp_last=last,
        queues=(),
        seats=(),
        media_address=settings.media_address,
        trunk_matches=settings.trunk_addresses,
        trunk_proxy=settings.trunk_proxy,
        sounds_dir=settings.sounds_dir.resolve(),
        ring_seconds=settings.ring_seconds,
        announce_seconds=settings.announce_seconds,
        nobody_seconds=settings.nobody_seconds,
        wrap_up_guard_seconds=settings.wrap_up_guard_seconds,
    )


async def lay_out_sounds(settings: Settings) -> None:
    """Put prompts and hold music where Asterisk plays them from; takes milliseconds.

    Those that were never spoken are logged and not heard. Raises ``SetupError`` where the
    folder cannot be written.
    """

    def unspoken() -> Voice:
        raise SetupError("run `yihu prompts build`")

    await anyio.to_thread.run_sync(
        lambda: prompts.ensure(
            settings.sounds_dir,
            settings.prompts_dir,
            unspoken,
            cache=settings.prompts_cache,
            voice=settings.prompt_voice,
        )
    )


async def apply_rows(
    process: AsteriskProcess, read: Callable[[], Awaitable[AsteriskConfig]]
) -> None:
    """Let the running Asterisk do what ``read`` gives; its calls go on.

    Raises ``Unavailable`` where there is none to tell, and ``SetupError``.
    """
    process.config = await read()
    problem = await process.refresh()
    if problem:
        raise Unavailable(problem)


async def keep(
    process: AsteriskProcess,
    read: Callable[[], Awaitable[AsteriskConfig]],
    *,
    task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED,
) -> None:
    """Run Asterisk and start it again, with what ``read`` gives then, when it ends by itself.

    Raises ``SetupError`` where the first start fails.
    """
    try:
        await process.run(task_status=task_status)
    except AsteriskGone as gone:
        log.error("%s", gone)
    while True:
        await anyio.sleep(RESTART_SECONDS)
        try:
            process.config = await read()
            process.former_files = False
        except ROWS_AWAY as error:
            log.error("Asterisk starts with its former files: %s", error)
        try:
            await process.run()
        except (AsteriskGone, SetupError) as gone:
            log.error("%s", gone)


async def end_left_over(settings: Settings) -> str:
    """End the Asterisk that a killed ``yihu run`` left; says what was done.

    Raises ``SetupError`` where a living ``yihu run`` looks after it.
    """
    folder = instance.asterisk_dir(settings)
    nothing = f"No Asterisk runs for {settings.data_dir}: there is nothing to stop."
    if not folder.is_dir():
        return nothing
    with instance.owned(settings, {Role.ASTERISK}):
        running = await anyio.to_thread.run_sync(find, folder)
        if running is None:
            return nothing
        held = await _channels(settings, folder)
        try:
            await running.stop()
        finally:
            running.close()
    lost = f", and {held} channels of calls with it" if held else ""
    return f"Asterisk (process {running.pid}) is ended{lost}."


async def _channels(settings: Settings, folder: Path) -> int | None:
    with suppress(SetupError):
        program = locate(settings.asterisk_program, settings.asterisk_root)
        return await Console(program, folder).channels()
    return None

"""``yihu call``: a simulated caller."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import anyio
import typer
from sqlalchemy.exc import SQLAlchemyError

from ivr.voice import DEFAULT_VOICE, Voice
from models.bus import InProcessBus
from models.clock import SystemClock
from models.database import Database
from models.errors import SetupError
from yihu.settings import Settings, load_settings
from yihu.simulate.answers import seat_answer_seconds, sentence
from yihu.simulate.caller import CallReport, place_call


def call(
    to: Annotated[str, typer.Option(help="The number to call: 110 or 96345.")],
    text: Annotated[str, typer.Option(help="What the caller says.")] = "",
    wav: Annotated[Path | None, typer.Option(help="A sound file to play instead.")] = None,
    voice: Annotated[str, typer.Option(help="The caller's voice.")] = DEFAULT_VOICE,
    from_number: Annotated[
        str, typer.Option("--from", help="The caller's number.")
    ] = "13800000000",
    host: Annotated[str, typer.Option(help="The instance's SIP address, if another.")] = "",
    port: Annotated[int, typer.Option(help="The instance's SIP port, if another.")] = 0,
    stay: Annotated[float, typer.Option(help="Seconds to stay after speaking.")] = 3.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Call an instance through SIP, say something in Mandarin, tell what became of it.

    Exits with 1 when the call was not connected.
    """
    if bool(text) == (wav is not None):
        raise SetupError("Give either --text or --wav.")
    settings = load_settings()
    local = not host and not port
    audio = wav or _spoken(settings, text, voice)
    report, answered_s = anyio.run(
        _call,
        settings,
        (host or settings.sip_address, port or settings.sip_port),
        to,
        from_number,
        audio,
        stay,
        local,
    )
    row = {
        "to": to,
        "from": from_number,
        "outcome": report.outcome.value,
        "connected_s": report.answered_after,
        "answered_s": answered_s,
        "duration_s": report.duration,
        "sip_code": report.sip_code,
    }
    print(json.dumps(row) if as_json else sentence(report, answered_s))
    if report.answered_after is None:
        raise typer.Exit(1)


def _spoken(settings: Settings, text: str, voice: str) -> Path:
    return Voice.load(settings.models_dir).speak_to(text, voice, settings.cache_dir / "spoken")


async def _call(
    settings: Settings,
    address: tuple[str, int],
    to: str,
    from_number: str,
    audio: Path,
    stay: float,
    local: bool,
) -> tuple[CallReport, float | None]:
    started = SystemClock().now()
    report = await place_call(
        sip_host=address[0],
        sip_port=address[1],
        to=to,
        from_number=from_number,
        audio=audio,
        tail_seconds=stay,
    )
    answered = None
    if local and report.answered_after is not None:
        database = Database(settings.db_url, InProcessBus(), SystemClock())
        try:
            with suppress(SQLAlchemyError):  # another machine's database is not here
                answered = await seat_answer_seconds(database, from_number, started)
        finally:
            await database.close()
    return report, answered

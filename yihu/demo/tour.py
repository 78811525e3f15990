"""What ``yihu demo`` does once the centre is up: seats sign in, three callers ring."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anyio
import httpx
from sqlalchemy import select

from ivr.voice import Voice
from models.database import Database
from models.errors import SetupError
from models.kinds import Device
from models.tables import Seat
from yihu import tls
from yihu.demo.people import SEATS_PER_NUMBER, demo_password, ensure_people
from yihu.settings import Settings
from yihu.simulate.answers import seat_answer_seconds, sentence
from yihu.simulate.caller import place_call
from yihu.simulate.phone import Phone
from yihu.site_tables import SITES, read_site
from yihu.sites import load_site

READY_SECONDS = 30.0
# Demo seats with a simulated telephone, by the number they serve: the first, and how many there
# are at least. The account signs in at the seat of the same number.
PHONE_SEATS = {"110": (1, 1), "96345": (11, 2)}


@dataclass(frozen=True, slots=True)
class DemoCall:
    """A caller of the demo."""

    title: str
    to: str
    from_number: str
    voice: str
    text: str


def read_calls(site: str) -> list[DemoCall]:
    """The calls of a demo site."""
    path = SITES / site / "calls.toml"
    if not path.is_file():
        raise SetupError(f"Site {site!r} has no demo calls: start it with --no-calls.")
    with path.open("rb") as handle:
        rows = tomllib.load(handle)["call"]
    return [DemoCall(r["title"], r["to"], r["from"], r["voice"], r["text"]) for r in rows]


class Tour:
    """Loads the site before the start and places the calls after it."""

    def __init__(self, settings: Settings, site: str, *, with_calls: bool) -> None:
        self._settings = settings
        self._site = read_site(site)
        self._calls = read_calls(site) if with_calls else []
        self._base = settings.page_address.rstrip("/")

    def _phone_seats(self) -> list[str]:
        """Enough seats for the calls: each keeps the one it takes, as the demo shows it."""
        calls = Counter(call.to for call in self._calls)
        return [
            f"{number:02d}"
            for queue, (first, least) in PHONE_SEATS.items()
            for number in range(first, first + min(SEATS_PER_NUMBER, max(least, calls[queue])))
        ]

    def described(self) -> str:
        """What the site holds."""
        return self._site.described()

    def _unit_of(self, kind: str) -> str:
        """The account of the site's first unit of a kind."""
        fit = (unit.code for unit in self._site.units if kind in (unit.kind, *unit.kinds))
        return next(fit, "")

    async def prepare(self, database: Database) -> None:
        """Store the site's units, names and demo accounts."""
        await load_site(database, self._site, self._settings.gazetteer_csv)
        await ensure_people(database, demo_password(self._settings))

    async def run(self, database: Database) -> None:
        """Sign the demo seats in, place the calls, say where to look; then keep the phones up."""
        password = demo_password(self._settings)
        async with database.reading() as session:
            seats = {seat.code: seat for seat in await session.scalars(select(Seat))}
        async with anyio.create_task_group() as group:
            for number in self._phone_seats():
                seat = seats[f"seat{number}"]
                phone = Phone(
                    sip_host=self._settings.sip_address,
                    sip_port=self._settings.sip_port,
                    username=seat.code,
                    secret=seat.sip_secret,
                    answer_after=2.0,
                )
                await group.start(phone.run)
            for number in self._phone_seats():
                await self._sign_in(f"zuoxi{number}", f"seat{number}", password)
            if self._calls:
                await self._place_calls(database)
            self._say_where(password)
            await anyio.sleep_forever()

    async def _sign_in(self, username: str, seat_code: str, password: str) -> None:
        trust = tls.trust_of(self._settings)
        async with httpx.AsyncClient(
            base_url=self._base, timeout=READY_SECONDS, verify=trust
        ) as client:
            await _open_session(client, username, password)
            # A seat left behind by an earlier run starts afresh.
            await client.delete("/api/agent-session")
            answer = await client.post(
                "/api/agent-session", json={"seat_code": seat_code, "device": Device.PHONE.value}
            )
            if answer.is_error:
                print(f"  {username} cannot take {seat_code}: {answer.json()['message']}")

    async def _place_calls(self, database: Database) -> None:
        print("Preparing the callers' voices ...", flush=True)
        voice = await anyio.to_thread.run_sync(Voice.load, self._settings.models_dir)
        folder = self._settings.cache_dir / "spoken"
        for position, call in enumerate(self._calls, start=1):
            wav: Path = await anyio.to_thread.run_sync(
                voice.speak_to, call.text, call.voice, folder
            )
            print(f"Call {position} of {len(self._calls)}: {call.to}  {call.title}", flush=True)
            started = database.clock.now()
            report = await place_call(
                sip_host=self._settings.sip_address,
                sip_port=self._settings.sip_port,
                to=call.to,
                from_number=call.from_number,
                audio=wav,
            )
            answered = await seat_answer_seconds(database, call.from_number, started)
            print(f"  {sentence(report, answered)}", flush=True)

    def _say_where(self, password: str) -> None:
        print(f"\nDemo accounts at {self._base}/ (password of all: {password})")
        seats = self._phone_seats()
        water, fire = (self._unit_of(kind) for kind in ("供水", "消防"))
        for name, what in (
            (_accounts(seats, "110"), "at 110, with the emergency calls"),
            (_accounts(seats, "96345"), "at 96345, with the other calls"),
            (f"{water}, {fire}", "terminals of the water works and the fire brigade"),
            ("banzhang", "supervisor"),
        ):
            print(f"  {name:20} {what}")
        print(f"Try: send the repair as zuoxi11, accept it as {water} in a private window.")
        print('More calls: .venv/bin/yihu call --to 110 --text "…"')
        print("Ctrl-C stops everything.", flush=True)


def _accounts(seats: Sequence[str], queue: str) -> str:
    """The demo accounts at the seats of a number."""
    first, _ = PHONE_SEATS[queue]
    mine = [seat for seat in seats if first <= int(seat) < first + SEATS_PER_NUMBER]
    return ", ".join(f"zuoxi{seat}" for seat in mine)


async def _open_session(client: httpx.AsyncClient, username: str, password: str) -> dict[str, Any]:
    answer = await client.post("/api/session", json={"username": username, "password": password})
    answer.raise_for_status()
    me: dict[str, Any] = answer.json()
    client.headers["X-CSRF-Token"] = me["csrf_token"]
    return me

"""What all stories of one run share: the people, the seats, the far end's telephones, systems."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from ssl import SSLContext
from typing import Final
from uuid import UUID

import anyio
import anyio.to_thread
from anyio.abc import TaskGroup, TaskStatus

from classifier.taxonomy import load_taxonomy
from dispatch.voice import asked_from
from ivr.voice import DEFAULT_VOICE, Voice
from models.clock import CHINA_TIME
from models.errors import SetupError
from yihu import tls
from yihu.scenarios.equipment import Equipment
from yihu.scenarios.people import Person, Refused
from yihu.scenarios.story import Step, Story
from yihu.scenarios.systems import Systems
from yihu.settings import Settings
from yihu.simulate.audio import encode_alaw, read_audio
from yihu.simulate.far_end import FarEnd
from yihu.simulate.phone import Phone
from yihu.site_tables import Site

SUPERVISOR: Final = "banzhang"
FIRST_SEATS: Final[Mapping[str, int]] = {"110": 1, "96345": 11}
SEATS_EACH: Final = 4
HELP: Final = "96345"
ANSWER_AFTER: Final = 0.5  # seconds of ringing
LOOPBACK: Final = ("127.0.0.1", "localhost", "0.0.0.0", "::1")  # noqa: S104 - compared with
READY_TRIES: Final = 100
LEAVE_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.1
LONGEST_REVIEW_WAIT: Final = 120.0


class Unmet(Exception):
    """Something that the story says did not happen, in one sentence."""


class Stage:
    """One run at one centre. ``patience`` is how long anything is waited for, in seconds."""

    def __init__(
        self, settings: Settings, equipment: Equipment, group: TaskGroup, patience: float
    ) -> None:
        self.settings = settings
        self.equipment = equipment
        self.patience = patience
        self.url = settings.page_address.rstrip("/")
        self.trust: SSLContext | bool = tls.trust_of(settings)
        self.categories = load_taxonomy().items
        self.units: dict[str, str] = {}  # ids by code
        self.unit_names: dict[str, str] = {}  # names by code
        self.far_end: FarEnd | None = None
        self.systems: Systems | None = None
        self._group = group
        self._people: dict[str, Person] = {}
        self._seats: dict[str, str] = {}  # own seats' codes by username
        self._signing_in = anyio.Lock()
        self._spoken: dict[tuple[str, str], bytes] = {}

    @classmethod
    @asynccontextmanager
    async def set_up(
        cls,
        settings: Settings,
        stories: Sequence[Story],
        sites: Mapping[str, Site],
        *,
        at_once: int,
        patience: float,
    ) -> AsyncIterator[Stage]:
        """The stage for these stories while the block runs.

        Raises ``SetupError`` where the centre, its settings or its accounts do not serve.
        """
        check_settings(settings, stories)
        async with Equipment.opened(settings) as equipment, anyio.create_task_group() as group:
            stage = cls(settings, equipment, group, patience)
            try:
                async with AsyncExitStack() as stack:
                    await stage._prepare(stack, stories, sites, at_once)
                    yield stage
            finally:
                group.cancel_scope.cancel()

    async def _prepare(
        self,
        stack: AsyncExitStack,
        stories: Sequence[Story],
        sites: Mapping[str, Site],
        at_once: int,
    ) -> None:
        for name in {story.site for story in stories}:
            await self.equipment.check_site(sites[name])
        await self._check_health(speech=any(story.spoken for story in stories))
        centre = await (await self.person(SUPERVISOR)).get("/api/centre")
        for unit in centre["units"]:
            self.units[unit["code"]] = unit["id"]
            self.unit_names[unit["code"]] = unit["name"]
        if any(story.needs_telephones for story in stories):
            host, _, port = self.settings.trunk_proxy.rpartition(":")
            self.far_end = await stack.enter_async_context(FarEnd(host, int(port)).running())
        if any(story.needs_systems for story in stories):
            systems = Systems(self.url, self.trust, self.equipment.secret_of)
            self.systems = await stack.enter_async_context(systems.running())
        await self._speak(stories)
        stack.push_async_callback(self._leave)
        called = {s.text("to", HELP) for one in stories for s in one.steps if s.do == "call"}
        # Any other number is an old hotline, whose calls seats of 96345 take.
        for queue in sorted({number if number in FIRST_SEATS else HELP for number in called}):
            await self._sit_down(queue, at_once)

    async def person(self, username: str) -> Person:
        """Somebody signed in, the same for all stories; raises ``SetupError``."""
        async with self._signing_in:
            if username not in self._people:
                person = Person(self.url, self.trust, username)
                await self._group.start(self._stay, person)
                self._people[username] = person
        return self._people[username]

    async def answerer(self, number: str) -> Person:
        """Whose seat took the call of ``number``; the seats' pages are asked until one has it."""
        supervisor = await self.person(SUPERVISOR)
        with anyio.fail_after(self.patience):
            while True:
                for seat in (await supervisor.get("/api/floor"))["seats"]:
                    if seat["caller_number"] == number and seat["status"] == "on_call":
                        username = await self.equipment.username_at(UUID(seat["session_id"]))
                        return await self.person(username)
                await anyio.sleep(POLL_SECONDS)

    async def make_ready(self, person: Person) -> None:
        """End the wrap-up of a seat of ours. It begins a moment after the call's end."""
        if person.username not in self._seats:
            return
        for _ in range(READY_TRIES):
            try:
                await person.ask("PATCH", "/api/agent-session", {"state": "ready"})
            except Refused:
                await anyio.sleep(POLL_SECONDS)
            else:
                return

    def audio(self, step: Step) -> bytes:
        """What a caller says, as A-law; empty for one who says nothing aloud."""
        return self._spoken.get((step.text("says"), step.text("voice", DEFAULT_VOICE)), b"")

    # --- set-up ------------------------------------------------------------------------------

    async def _stay(
        self, person: Person, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED
    ) -> None:
        async with person.signed_in(self.equipment.password):
            task_status.started()
            await anyio.sleep_forever()

    async def _check_health(self, *, speech: bool) -> None:
        person = Person(self.url, self.trust, "")
        try:
            health = await person.get("/api/health")
        except Refused as refused:
            raise SetupError(f"{self.url} is no centre: {refused.sentence}.") from None
        missing = [
            name
            for name, needed in (("telephony", True), ("speech", speech), ("suggestion", speech))
            if needed and not health.get(name)
        ]
        if missing:
            raise SetupError(f"The centre at {self.url} has no {missing[0]}: see its log.")

    async def _speak(self, stories: Sequence[Story]) -> None:
        """Have everything spoken before the first call."""
        wanted = {
            (step.text("says"), step.text("voice", DEFAULT_VOICE))
            for story in stories
            for step in story.steps
            if step.do == "call" and step.text("says")
        }
        if wanted:
            self._spoken = await anyio.to_thread.run_sync(_spoken, self.settings, sorted(wanted))

    async def _sit_down(self, queue: str, at_once: int) -> None:
        """Take as many of the demo's seats for a number as may be called at once, and one."""
        telephones = await self.equipment.telephones()
        floor = await (await self.person(SUPERVISOR)).get("/api/floor")
        taken = {seat["seat_code"] for seat in floor["seats"] if seat["session_id"]}
        first, sat = FIRST_SEATS[queue], 0
        for number in range(first, first + SEATS_EACH):
            code, username = f"seat{number:02d}", f"zuoxi{number:02d}"
            if code in taken or code not in telephones or sat > at_once:
                continue
            person = await self.person(username)
            phone = Phone(
                sip_host=self.settings.sip_address,
                sip_port=self.settings.sip_port,
                username=code,
                secret=telephones[code],
                answer_after=ANSWER_AFTER,
            )
            await self._group.start(phone.run)
            try:
                await person.post("/api/agent-session", {"seat_code": code, "device": "phone"})
            except Refused:
                continue  # sits somewhere else
            self._seats[username] = code
            sat += 1
        if not sat:
            raise SetupError(
                f"No demo seat of {queue} is free to take the calls: let somebody leave one of "
                f"seat{first:02d} to seat{first + SEATS_EACH - 1:02d}."
            )

    async def _leave(self) -> None:
        with anyio.CancelScope(shield=True), anyio.move_on_after(LEAVE_SECONDS):
            for username in self._seats:
                try:
                    await self._people[username].ask("DELETE", "/api/agent-session")
                except (Refused, SetupError):
                    continue


def check_settings(settings: Settings, stories: Sequence[Story]) -> None:
    """Raise ``SetupError`` naming the setting that a story needs to be otherwise."""

    def wrong(story: Story, why: str, setting: str) -> SetupError:
        return SetupError(
            f"The story {story.name} {why}: start the centre, and this command, with {setting}."
        )

    for story in stories:
        if settings.sip_address not in LOOPBACK:
            raise wrong(story, "calls from this machine", "YIHU_SIP_ADDRESS=127.0.0.1")
        host, _, port = settings.trunk_proxy.rpartition(":")
        if story.needs_telephones and (host not in LOOPBACK or not port.isdecimal()):
            free = settings.port_base + 150
            raise wrong(story, "lets the machine telephone", f"YIHU_TRUNK_PROXY=127.0.0.1:{free}")
        if story.needs_systems and not settings.webhook_loopback:
            raise wrong(story, "has a unit's own system", "YIHU_WEBHOOK_LOOPBACK=true")
        now = datetime.now(UTC).astimezone(CHINA_TIME)
        due = asked_from(settings.review_rule, now)
        if story.needs_review and (due - now).total_seconds() > LONGEST_REVIEW_WAIT:
            raise wrong(
                story,
                "has a review call, which would come later",
                "YIHU_REVIEW_AFTER_SECONDS=1 YIHU_REVIEW_HOURS=00:00-24:00",
            )


def _spoken(settings: Settings, wanted: Sequence[tuple[str, str]]) -> dict[tuple[str, str], bytes]:
    """A-law by text and voice; the voice is loaded only for what was never spoken."""
    folder: Path = settings.cache_dir / "spoken"
    voice: Voice = Voice.load(settings.models_dir)
    return {
        (text, name): encode_alaw(read_audio(voice.speak_to(text, name, folder)))
        for text, name in wanted
    }

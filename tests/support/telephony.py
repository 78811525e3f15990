"""Telephony under test: people, an ear that takes real AudioSocket streams, and its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import anyio
from anyio.abc import SocketStream
from sqlalchemy import select

from asr.client import SpeechDown, SpeechEvent, SpeechUp, StreamEnded
from ivr.ami import Ami
from ivr.applying import OnRowsChanged
from ivr.asterisk import AMI_USER, AsteriskConfig
from ivr.auto_calls import Speaks
from ivr.recordings import Folders
from ivr.service import Telephony
from ivr.taps import Speech
from ivr.transcribing import Transcribes
from ivr.transcripts import Classifier
from ivr.twilio.account import TwilioAccount
from models.clock import Clock
from models.database import Database
from models.errors import Unavailable
from models.tables import AgentSession, Call, Leg, Transition, User
from tests.support.asterisk import SEAT_SECRET, eventually
from yihu.simulate.caller import place_call
from yihu.simulate.phone import Phone


@dataclass(frozen=True, slots=True)
class People:
    """Persons of the centre."""

    one: User
    two: User


@dataclass(slots=True)
class Ear:
    """Stands where the speech process stands: takes announced streams and counts their bytes."""

    available: bool = True
    expected: list[UUID] = field(default_factory=list)
    engines: list[str | None] = field(default_factory=list)
    forgotten: list[UUID] = field(default_factory=list)
    heard: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    on_event: Callable[[SpeechEvent], Awaitable[None]] | None = None
    _open: dict[UUID, SocketStream] = field(default_factory=dict)

    async def expect(
        self, stream_id: UUID, *, first: bool = True, engine: str | None = None
    ) -> None:
        if not self.available:
            raise Unavailable("down")
        self.expected.append(stream_id)
        self.engines.append(engine)

    async def forget(self, stream_id: UUID) -> None:
        self.forgotten.append(stream_id)
        stream = self._open.pop(stream_id, None)
        if stream is not None:
            await stream.aclose()

    @property
    def streams(self) -> int:
        """How many voices are heard now."""
        return len(self._open)

    async def tell(self, event: SpeechEvent) -> None:
        assert self.on_event is not None
        await self.on_event(event)

    async def serve(self, stream: SocketStream) -> None:
        """One AudioSocket connection: frames of kind (1), length (2), payload."""
        async with stream:
            buffered = b""
            stream_id: UUID | None = None
            try:
                while True:
                    while len(buffered) < 3 or len(buffered) < 3 + _length(buffered):
                        buffered += await stream.receive()
                    kind, payload = buffered[0], buffered[3 : 3 + _length(buffered)]
                    buffered = buffered[3 + _length(buffered) :]
                    if kind == 0x01:
                        stream_id = UUID(bytes=payload)
                        assert stream_id in self.expected
                        self._open[stream_id] = stream
                    elif kind == 0x10 and stream_id is not None:
                        self.heard[stream_id] += len(payload)
                    elif kind == 0x00:
                        break
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass
            if stream_id in self._open and self.available:
                del self._open[stream_id]
                await self.tell(StreamEnded(stream_id, "hang-up"))

    async def die(self) -> None:
        """Be killed: every connection ends at once."""
        self.available = False
        for stream in list(self._open.values()):
            await stream.aclose()
        self._open.clear()
        await self.tell(SpeechDown("killed"))

    async def revive(self) -> None:
        self.available = True
        await self.tell(SpeechUp())


def _length(frame: bytes) -> int:
    return int.from_bytes(frame[1:3], "big")


@dataclass(slots=True)
class Desk:
    """A running telephony with its ear and its rows."""

    database: Database
    telephony: Telephony
    ear: Ear
    ami: Ami

    async def calls(self) -> list[Call]:
        async with self.database.reading() as session:
            return list((await session.scalars(select(Call).order_by(Call.received_at))).all())

    async def agents(self) -> list[AgentSession]:
        async with self.database.reading() as session:
            return list((await session.scalars(select(AgentSession))).all())

    async def legs(self, call_id: UUID) -> list[Leg]:
        async with self.database.reading() as session:
            query = select(Leg).where(Leg.call_id == call_id).order_by(Leg.role.desc())
            return list((await session.scalars(query)).all())

    async def trail(self, entity_id: UUID) -> list[str]:
        """The statuses a row went through."""
        async with self.database.reading() as session:
            query = select(Transition.new).where(Transition.entity_id == entity_id)
            return list((await session.scalars(query.order_by(Transition.id))).all())

    async def call_becomes(self, status: str, within: float = 30.0) -> Call:
        """Wait until the newest call has ``status``."""
        found: list[Call] = []

        async def check() -> bool:
            found[:] = [call for call in (await self.calls())[-1:] if call.status == status]
            return bool(found)

        try:
            await eventually(check, f"a call that is {status}", within)
        except AssertionError as late:
            for call in (await self.calls())[-1:]:
                late.add_note(f"the call went {await self.trail(call.id)}")
            for agent in await self.agents():
                late.add_note(f"an agent went {await self.trail(agent.id)} {agent.pause_reason}")
            raise
        return found[0]

    async def speech_becomes(self, state: str, within: float = 30.0) -> None:
        async def check() -> bool:
            return [call.speech for call in (await self.calls())[-1:]] == [state]

        await eventually(check, f"a call whose speech is {state}", within)

    async def agent_becomes(self, user: User, status: str, within: float = 30.0) -> AgentSession:
        found: list[AgentSession] = []

        async def check() -> bool:
            agent = await self.telephony.current_session(user.id)
            found[:] = [agent] if agent is not None and agent.status == status else []
            return bool(found)

        await eventually(check, f"an agent that is {status}", within)
        return found[0]

    async def paused(self, interface: str) -> set[tuple[str, bool, str]]:
        """Asterisk's memberships of a seat: queue, paused, reason."""
        members = (await self.ami.queue_status()).members
        return {(m.queue, m.paused, m.pause_reason) for m in members if m.interface == interface}

    async def paused_becomes(self, interface: str, wanted: set[tuple[str, bool, str]]) -> None:
        async def check() -> bool:
            return await self.paused(interface) == wanted

        await eventually(check, f"{interface} to be {wanted}")


def folders(config: AsteriskConfig) -> Folders:
    """Where Asterisk records, and where its recordings are kept."""
    return Folders(config.recordings, config.instance_dir.parent / "recordings")


@asynccontextmanager
async def calling(
    config: AsteriskConfig, to: str, number: str = "13800000000", *, audio: Path | None = None
) -> AsyncIterator[None]:
    """A simulated caller that stays on the line until the block is left; speaks ``audio``."""
    async with anyio.create_task_group() as tasks:

        async def call() -> None:
            await place_call(
                sip_host="127.0.0.1",
                sip_port=config.sip_port,
                to=to,
                audio=audio,
                from_number=number,
                stay_seconds=120,
            )

        tasks.start_soon(call)
        yield
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def phone(
    config: AsteriskConfig,
    code: str = "8001",
    answer_after: float | None = 0.3,
    *,
    greeting: Path | None = None,
) -> AsyncIterator[Phone]:
    """A seat's telephone; it speaks ``greeting`` once it has answered."""
    made = Phone(
        sip_host="127.0.0.1",
        sip_port=config.sip_port,
        username=code,
        secret=SEAT_SECRET,
        answer_after=answer_after,
        greeting=greeting,
    )
    async with anyio.create_task_group() as tasks:
        await tasks.start(made.run)
        yield made
        tasks.cancel_scope.cancel()


@asynccontextmanager
async def telephony_at(
    config: AsteriskConfig,
    database: Database,
    clock: Clock,
    *,
    ear: Ear | None = None,
    speech: Speech | None = None,
    audio_address: tuple[str, int] | None = None,
    classifier: Classifier | None = None,
    twilio: TwilioAccount | None = None,
    trunk: bool = False,
    speaker: Speaks | None = None,
    transcriber: Transcribes | None = None,
    on_rows_changed: OnRowsChanged | None = None,
    wait: bool = True,
) -> AsyncIterator[Desk]:
    """Telephony of the Asterisk that ``config`` describes, and a session beside it to look.

    ``speech`` with its ``audio_address`` takes the ear's place.
    """
    ear = ear or Ear()
    audio = await anyio.create_tcp_listener(local_host="127.0.0.1")
    audio_port: int = audio.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django
    telephony = Telephony(
        database,
        speech or ear,
        classifier,
        clock,
        ami_address=("127.0.0.1", config.ami_port),
        ami_secret=config.ami_secret,
        agi_address=("127.0.0.1", config.agi_port),
        audio_address=audio_address or ("127.0.0.1", audio_port),
        folders=folders(config),
        twilio=twilio,
        trunk=trunk,
        speaker=speaker,
        transcriber=transcriber,
        on_rows_changed=on_rows_changed,
    )
    ear.on_event = telephony.heard
    looking = Ami("127.0.0.1", config.ami_port, AMI_USER, config.ami_secret)

    async def ignore(event: object) -> None:
        pass

    async with audio, anyio.create_task_group() as tasks:
        tasks.start_soon(audio.serve, ear.serve)
        await tasks.start(telephony.run)
        tasks.start_soon(looking.run, ignore)
        if wait:

            async def up() -> bool:
                return telephony.available and looking.available

            await eventually(up, "telephony to be available")
        yield Desk(database, telephony, ear, looking)
        tasks.cancel_scope.cancel()

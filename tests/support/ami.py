"""The far end of an AMI session: answers actions with what a real Asterisk was heard to say."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import anyio
from anyio.abc import SocketStream

from ivr.ami import Ami
from ivr.ami_events import AmiEvent
from models.tables import Call

RECORDED = Path(__file__).parent.parent / "ivr" / "recorded"
SECRET = "test-ami-secret"
BOOTED = "Event: FullyBooted\nStatus: Fully Booted\n"


def recorded(name: str) -> str:
    """A recorded part of a session; messages end with an empty line."""
    return (RECORDED / f"{name}.txt").read_text() + "\n"


class FarEnd:
    """Takes one session at a time. ``answers`` maps an action to its messages, in which
    ``ID`` stands for the action's id; an action without an entry is answered with success,
    one with an empty answer not at all."""

    def __init__(self) -> None:
        self.port = 0
        self.answers: dict[str, str] = {}
        self.actions: list[dict[str, str]] = []
        self.sessions = 0
        self.greeting = "Asterisk Call Manager/11.0.0\n"
        self._stream: SocketStream | None = None

    async def serve(self, stream: SocketStream) -> None:
        async with stream:
            self._stream = stream
            self.sessions += 1
            await self.send(self.greeting)
            buffered = b""
            try:
                while True:
                    buffered += await stream.receive()
                    while b"\r\n\r\n" in buffered:
                        message, buffered = buffered.split(b"\r\n\r\n", 1)
                        await self._act(message.decode())
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass

    async def send(self, text: str, *, pieces: int = 0) -> None:
        """Send messages, with ``pieces`` that many bytes at a time."""
        assert self._stream is not None
        data = text.replace("\n", "\r\n").encode()
        size = pieces or len(data) or 1
        for at in range(0, len(data), size):
            await self._stream.send(data[at : at + size])

    async def close(self) -> None:
        assert self._stream is not None
        await self._stream.aclose()

    async def _act(self, message: str) -> None:
        fields = dict(line.split(": ", 1) for line in message.split("\r\n"))
        self.actions.append(fields)
        name, action_id = fields["Action"], fields["ActionID"]
        answer = self.answers.get(name)
        if answer is None:
            wrong = name == "Login" and fields["Secret"] != SECRET
            answer = "Response: Error\nMessage: Authentication failed\nActionID: ID\n\n"
            if not wrong:
                answer = "Response: Success\nActionID: ID\n\n"
            if name == "Login" and not wrong:
                answer += BOOTED + "\n"
        await self.send(answer.replace("ActionID: ID", f"ActionID: {action_id}"))


class Session:
    """An ``Ami`` that talks to ``far_end``, and every event it handed out."""

    def __init__(self, ami: Ami, far_end: FarEnd) -> None:
        self.ami = ami
        self.far_end = far_end
        self.events: list[AmiEvent] = []

    async def note(self, event: AmiEvent) -> None:
        self.events.append(event)

    async def until(self, check: Callable[[], bool], within: float = 30.0) -> None:
        """Wait until ``check`` holds."""
        with anyio.fail_after(within):
            while not check():
                await anyio.sleep(0.005)


@asynccontextmanager
async def ami_session(
    *,
    secret: str = SECRET,
    far_end: FarEnd | None = None,
    on_event: Callable[[AmiEvent], Awaitable[None]] | None = None,
    wait: bool = True,
) -> AsyncIterator[Session]:
    """A session with a far end within the block."""
    far_end = far_end or FarEnd()
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    far_end.port = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django
    session = Session(Ami("127.0.0.1", far_end.port, "yihu", secret), far_end)
    async with listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, far_end.serve)
        await tasks.start(session.ami.run, on_event or session.note)
        if wait:
            await session.until(lambda: session.ami.available)
            await asyncio.sleep(0)
        yield session
        tasks.cancel_scope.cancel()


def shown(call: Call, bridge: str, *channels: str) -> str:
    """Asterisk's list of a call's channels, all up; the first is the caller's."""
    ids = [call.linkedid, *channels[1:]]
    listed = "".join(
        f"Event: CoreShowChannel\nActionID: ID\nChannel: {channel}\nUniqueid: {uniqueid}\n"
        f"Linkedid: {call.linkedid}\nBridgeId: {bridge}\nChannelStateDesc: Up\n\n"
        for channel, uniqueid in zip(channels, ids, strict=True)
    )
    return (
        "Response: Success\nActionID: ID\nEventList: start\n\n"
        f"{listed}Event: CoreShowChannelsComplete\nActionID: ID\nEventList: Complete\n\n"
    )

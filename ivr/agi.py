"""FastAGI: Asterisk asks at the front door which call this is and where it goes, and after a
conversation what becomes of the caller.

The dialplan goes on by itself whenever no answer comes; nothing here can hold a caller up
for longer than the time-outs below.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TextIO, TypeVar
from uuid import UUID

import anyio
from anyio.abc import SocketStream, TaskStatus
from asterisk.agi import AGI, AGIException, AGISIGHUPHangup, AGISIGPIPEHangup

log = logging.getLogger(__name__)

HEADER_SECONDS: Final = 2.0
ANSWER_SECONDS: Final = 1.5
AFTER_SECONDS: Final = 2.5  # less than the dialplan waits
REPLY_SECONDS: Final = 1.0
MOST_LINE: Final = 2_048  # bytes
MOST_HEADER: Final = 16_384  # bytes
MOST_SESSIONS: Final = 64


@dataclass(frozen=True, slots=True)
class FrontRequest:
    """A caller's first contact."""

    channel: str
    uniqueid: str
    caller_number: str
    dialled: str
    external_id: str = ""


@dataclass(frozen=True, slots=True)
class FrontAnswer:
    """``queue`` is empty where the dialplan's own choice stands."""

    call_id: UUID
    queue: str


class Next(StrEnum):
    """What becomes of a caller whose seat is gone; ``USUAL`` is the dialplan's own choice."""

    USUAL = ""
    QUEUE = "queue"
    END = "end"


OnFront = Callable[[FrontRequest], Awaitable[FrontAnswer]]
OnAfter = Callable[[FrontRequest], Awaitable[Next]]
T = TypeVar("T")


class Malformed(Exception):
    """What came over the socket is not FastAGI."""


class _Sink:
    """Takes what pyst2 tells about every line."""

    def write(self, text: str) -> None:
        """Drop it."""


class _Socket:
    """The session's socket as the two files pyst2 wants, used from its worker thread."""

    def __init__(self, stream: SocketStream, header: list[bytes]) -> None:
        self._stream = stream
        self._header = header
        self._received = b""
        self._to_send: list[str] = []

    def readline(self) -> bytes:
        if self._header:
            return self._header.pop(0)
        line = anyio.from_thread.run(self._read_reply)
        if line.strip() == b"HANGUP":
            raise AGISIGHUPHangup("the caller hung up")
        return line

    def write(self, command: str) -> None:
        self._to_send.append(command)

    def flush(self) -> None:
        data = "".join(self._to_send).encode()
        self._to_send.clear()
        anyio.from_thread.run(self._send, data)

    async def _read_reply(self) -> bytes:
        with anyio.fail_after(REPLY_SECONDS):
            while b"\n" not in self._received:
                if len(self._received) > MOST_LINE:
                    raise Malformed(f"a reply of more than {MOST_LINE} bytes")
                try:
                    self._received += await self._stream.receive(4096)
                except anyio.EndOfStream:
                    raise AGISIGPIPEHangup("the connection was closed") from None
        line, self._received = self._received.split(b"\n", 1)
        return line

    async def _send(self, data: bytes) -> None:
        with anyio.fail_after(REPLY_SECONDS):
            await self._stream.send(data)


class Session(AGI):  # type: ignore[misc]  # pyst2 ships no types
    """pyst2's AGI on a socket; unlike its base it may begin outside the main thread."""

    def __init__(self, socket: _Socket) -> None:
        # The base class would install a signal handler, which only the main thread may do.
        self.stdin = self.stdout = socket
        self.stderr: _Sink | TextIO = _Sink()
        self._got_sighup = False
        self.env: dict[str, str] = {}
        self._get_agi_env()

    def front_request(self) -> FrontRequest:
        """The caller of this session; what is not given is empty."""

        def header(key: str, limit: int) -> str:
            value = self.env.get(key, "")
            clean = "".join(ch for ch in value if ch.isprintable())
            return "" if clean == "unknown" else clean[:limit]

        dialled = header("agi_arg_1", 64) or header("agi_extension", 64)
        return FrontRequest(
            channel=header("agi_channel", 128),
            uniqueid=header("agi_uniqueid", 64),
            caller_number=header("agi_callerid", 64),
            dialled=dialled,
            external_id=header("agi_arg_2", 64),
        )


class AgiServer:
    """Serves the scripts ``front``, whose first argument is the dialled number, and ``after``."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        # A caller whose seat is gone may take one for seconds; nobody at the front door waits.
        self._threads = anyio.CapacityLimiter(MOST_SESSIONS)
        self._sessions = anyio.CapacityLimiter(MOST_SESSIONS)

    async def serve(
        self,
        on_front: OnFront,
        on_after: OnAfter | None = None,
        *,
        task_status: TaskStatus[int] = anyio.TASK_STATUS_IGNORED,
    ) -> None:
        """Listen until cancelled; ``task_status`` gets the port. Raises ``OSError``.

        Without ``on_after`` the script ``after`` is refused.
        """

        async def handle(stream: SocketStream) -> None:
            async with stream:
                try:
                    self._sessions.acquire_nowait()
                except anyio.WouldBlock:
                    log.warning("FastAGI: %d sessions are open, refusing one", MOST_SESSIONS)
                    return
                try:
                    await self._session(stream, on_front, on_after)
                finally:
                    self._sessions.release()

        listener = await anyio.create_tcp_listener(local_host=self.host, local_port=self.port)
        async with listener:
            port: int = listener.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django
            task_status.started(port)
            await listener.serve(handle)

    async def _session(
        self, stream: SocketStream, on_front: OnFront, on_after: OnAfter | None
    ) -> None:
        try:
            with anyio.fail_after(HEADER_SECONDS):
                header = await read_header(stream)
            await anyio.to_thread.run_sync(
                self._dialogue, stream, header, on_front, on_after, limiter=self._threads
            )
        except TimeoutError:
            log.warning("FastAGI: a client or the call's row took too long; closed")
        except Malformed as malformed:
            log.warning("FastAGI: refused a client: %s", malformed)
        except (AGISIGHUPHangup, AGISIGPIPEHangup) as gone:
            log.info("FastAGI: %s during the dialogue", gone)
        except (AGIException, ValueError, OSError, anyio.BrokenResourceError) as error:
            log.warning("FastAGI: a session failed: %s", type(error).__name__)
        except Exception:
            # A session that fails leaves its caller to the dialplan; the others go on.
            log.exception("FastAGI: a session failed")

    def _dialogue(
        self,
        stream: SocketStream,
        header: list[bytes],
        on_front: OnFront,
        on_after: OnAfter | None,
    ) -> None:
        session = Session(_Socket(stream, header))
        script = session.env.get("agi_network_script")
        if script != "front" and (script != "after" or on_after is None):
            raise Malformed("a script other than 'front' or 'after'")
        request = session.front_request()
        if not request.channel or not request.uniqueid:
            raise Malformed("no channel in the header")
        if script == "after" and on_after is not None:
            following = anyio.from_thread.run(_in_time, on_after, request, AFTER_SECONDS)
            session.set_variable("YIHU_NEXT", following)
            return
        answer = anyio.from_thread.run(_in_time, on_front, request, ANSWER_SECONDS)
        session.set_variable("YIHU_CALL_ID", str(answer.call_id))
        if answer.queue:
            session.set_variable("YIHU_QUEUE", answer.queue)


async def _in_time(
    ask: Callable[[FrontRequest], Awaitable[T]], request: FrontRequest, seconds: float
) -> T:
    with anyio.fail_after(seconds):
        return await ask(request)


async def read_header(stream: SocketStream) -> list[bytes]:
    """The lines of a FastAGI header up to and with its blank line.

    Raises ``Malformed`` for one that is too long or ends early.
    """
    received = b""
    while b"\n\n" not in received.replace(b"\r", b""):
        if len(received) > MOST_HEADER:
            raise Malformed(f"a header of more than {MOST_HEADER} bytes")
        if max(map(len, received.split(b"\n"))) > MOST_LINE:
            raise Malformed(f"a header line of more than {MOST_LINE} bytes")
        try:
            received += await stream.receive(4096)
        except anyio.EndOfStream:
            raise Malformed("closed before the end of the header") from None
    lines = received.replace(b"\r", b"").split(b"\n")
    if max(map(len, lines)) > MOST_LINE:
        raise Malformed(f"a header line of more than {MOST_LINE} bytes")
    try:
        received.decode()
    except UnicodeDecodeError:
        raise Malformed("a header that is not UTF-8") from None
    return [line + b"\n" for line in lines[: lines.index(b"") + 1]]

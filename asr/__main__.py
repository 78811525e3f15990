"""``python -m asr``: run the speech process, or measure a model on recordings."""

from __future__ import annotations

import argparse
import ctypes
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
from anyio.abc import Listener, SocketAttribute, SocketStream

from asr import measuring
from asr.choice import Choice
from asr.engine import check_model
from asr.opinions import Opinions
from asr.service import ServiceLimits, SpeechService
from asr.workers import Workers
from models.errors import SetupError

PR_SET_PDEATHSIG = 1
BACKLOG = 128
IDLEST = 19
SECOND_SECONDS = 120.0  # with other work before it
SocketListener = Listener[SocketStream]


def main() -> int:
    """Entry point; returns the exit status."""
    arguments = _parser().parse_args()
    try:
        if arguments.command == "serve":
            return _serve(arguments)
        return measuring.run(arguments)
    except SetupError as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m asr", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="run the speech process")
    serve.add_argument("--audio", required=True, type=_address, metavar="HOST:PORT")
    serve.add_argument("--control", required=True, type=_address, metavar="HOST:PORT")
    serve.add_argument("--model", required=True, type=Path, metavar="DIR")
    serve.add_argument(
        "--workers", type=int, default=0, help="processes that decode; 0: two, or the one core"
    )
    serve.add_argument("--streams", type=int, default=64, help="most streams at a time")
    serve.add_argument(
        "--spool",
        type=Path,
        metavar="DIR",
        help="folder for audio that waits, emptied at the start",
    )
    serve.add_argument("--log-level", default="INFO")
    serve.add_argument(
        "--outlive-parent", action="store_true", help="go on when the parent process dies"
    )
    serve.add_argument(
        "--names", type=Path, metavar="FILE", help="a gazetteer, for a model built without it"
    )
    serve.add_argument(
        "--second", type=Path, metavar="DIR", help="a model that hears callers again when idle"
    )
    serve.add_argument(
        "--engine",
        nargs=2,
        action="append",
        default=[],
        metavar=("NAME", "DIR"),
        help="a further model, for streams that ask for it by name",
    )
    measure = commands.add_parser("evaluate", help="measure a model on recordings")
    measuring.add_arguments(measure)
    return parser


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _serve(arguments: argparse.Namespace) -> int:
    if not arguments.outlive_parent:
        _die_with_parent()
    logging.basicConfig(
        level=arguments.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    token = os.environ.pop("YIHU_SPEECH_TOKEN", "")
    if not token:
        raise SetupError("YIHU_SPEECH_TOKEN is not set: it is the secret of the control port.")
    check_model(arguments.model)
    if arguments.workers < 0:
        raise SetupError(f"--workers {arguments.workers} is not possible: give 1 or more.")
    with _one_sentence():
        anyio.run(_run, arguments, token, backend_options={"use_uvloop": True})
    return 0


@contextmanager
def _one_sentence() -> Iterator[None]:
    """Turn a task group's single ``SetupError`` back into itself."""
    try:
        yield
    except BaseExceptionGroup as group:
        found: BaseException = group
        while isinstance(found, BaseExceptionGroup) and len(found.exceptions) == 1:
            found = found.exceptions[0]
        if isinstance(found, SetupError):
            raise found from None
        raise


async def _run(arguments: argparse.Namespace, token: str) -> None:
    """Bind, load, say that it is ready, serve until a signal comes."""
    with _audio_socket(*arguments.audio) as audio:
        control = await _listen("control", *arguments.control)
        async with control:
            number = arguments.workers or min(2, os.cpu_count() or 1)
            limits = ServiceLimits(most_streams=arguments.streams)
            workers = Workers(arguments.model, number, names_of=arguments.names)
            names_of = arguments.names or arguments.model
            opinions = second_opinion(arguments.second, names_of)
            further = {name: Path(folder) for name, folder in arguments.engine}
            choice = Choice(workers, further, number=number, names_of=names_of)
            service = SpeechService(workers, token, limits, arguments.spool, opinions, choice)
            await _serve_until_signal(service, audio, control)


def second_opinion(model: Path | None, names_of: Path) -> Opinions | None:
    """Who hears finished utterances again, with the same local names."""
    if model is None:
        return None
    workers = Workers(model, 1, names_of=names_of, nice=IDLEST, job_seconds=SECOND_SECONDS)
    return Opinions(workers)


async def _serve_until_signal(
    service: SpeechService, audio: socket.socket, control: SocketListener
) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_cancel_on_signal, tasks.cancel_scope)
        await tasks.start(service.run)
        tasks.start_soon(service.serve_audio, audio)
        tasks.start_soon(control.serve, service.handle_control)
        print(
            f"ready: {service.workers.name}, audio on {_named(*audio.getsockname()[:2])}, "
            f"control on {_named(*_place(control))}"
        )
        sys.stdout.flush()


async def _listen(what: str, host: str, port: int) -> SocketListener:
    try:
        multi = await anyio.create_tcp_listener(local_host=host, local_port=port)
    except OSError as error:
        raise _taken(what, host, port, error) from None
    first, *others = multi.listeners
    for other in others:
        await other.aclose()
    return first


def _audio_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise _taken("audio", host, port, error) from None


def _taken(what: str, host: str, port: int, error: OSError) -> SetupError:
    reason = os.strerror(error.errno) if error.errno else str(error)
    return SetupError(
        f"The speech process cannot listen on {host}:{port} ({what}): {reason}. Stop what "
        "uses the port, or choose another."
    )


def _place(listener: SocketListener) -> tuple[str, int]:
    host = listener.extra(SocketAttribute.local_address)[0]  # noqa: S610 - anyio's, not Django's
    return str(host), listener.extra(SocketAttribute.local_port)  # noqa: S610 - as above


def _named(host: str, port: int) -> str:
    return f"{host}:{port}"


async def _cancel_on_signal(scope: anyio.CancelScope) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        async for _ in signals:
            scope.cancel()
            return


def _die_with_parent() -> None:
    """Have Linux send SIGTERM when the thread that started this process is gone."""
    parent = os.getppid()
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())

"""Recordings transcribed by a process of its own, one at a time, at the lowest priority."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Final, Protocol

import anyio
from anyio.abc import ByteReceiveStream
from anyio.streams.buffered import BufferedByteReceiveStream

from asr.said import Said, Span
from models.errors import Unavailable

NICE: Final = 19
START_SECONDS: Final = 120.0  # for a large model
SECONDS_PER_SECOND: Final = 3.0  # of audio, on a machine that is busy with calls
MOST_LINE: Final = 256 * 1024  # bytes; an utterance has at most 20 s
MOST_SAID: Final = 20_000  # utterances; five hours of talk have fewer
MOST_COMPLAINT: Final = 4_096


class Transcribes(Protocol):
    """What recovery needs of ``Transcriber``."""

    async def transcribe(self, file: Path, spans: Sequence[Span]) -> list[Said]: ...


class Transcriber:
    """Runs ``python -m asr.transcribe``. ``model`` gives the folder of the model to use."""

    def __init__(self, model: Callable[[], Path]) -> None:
        self._model = model
        self._turn = anyio.Lock()

    async def transcribe(self, file: Path, spans: Sequence[Span]) -> list[Said]:
        """What is said in ``spans`` of a recording.

        Raises ``Unavailable`` where the process could not do it; cancelling ends the process.
        """
        rows = [[span.channel, span.from_ms, span.to_ms] for span in spans]
        command = [sys.executable, "-m", "asr.transcribe", str(file), "--model", str(self._model())]
        command += ["--spans", str(rows), "--nice", str(NICE)]
        audio = sum(span.to_ms - span.from_ms for span in spans) / 1000
        async with self._turn:
            try:
                with anyio.fail_after(START_SECONDS + SECONDS_PER_SECOND * audio):
                    return await _run(command)
            except (TimeoutError, OSError) as error:
                raise Unavailable(f"录音转写未能完成：{type(error).__name__}。") from error


async def _run(command: list[str]) -> list[Said]:
    said: list[Said] = []
    complaint = bytearray()
    whole = False

    async def read_complaint(stream: ByteReceiveStream) -> None:
        async for chunk in stream:
            complaint.extend(chunk)
            del complaint[:-MOST_COMPLAINT]

    async with await anyio.open_process(
        command, stdin=DEVNULL, stdout=PIPE, stderr=PIPE
    ) as process:
        if process.stdout is None or process.stderr is None:
            raise OSError("no pipes to the process")
        async with anyio.create_task_group() as group:
            group.start_soon(read_complaint, process.stderr)
            lines = BufferedByteReceiveStream(process.stdout)
            try:
                while len(said) <= MOST_SAID:
                    line = await lines.receive_until(b"\n", MOST_LINE)
                    one = Said.from_line(line.decode())
                    if one is None:
                        whole = True
                    else:
                        said.append(one)
            except (anyio.EndOfStream, anyio.IncompleteRead):
                pass
            except (anyio.DelimiterNotFound, ValueError) as error:
                raise OSError("it printed nonsense") from error
        status = await process.wait()
    if status != 0 or not whole:
        last = complaint.decode(errors="replace").strip().splitlines()
        raise Unavailable(f"录音转写未能完成：{last[-1] if last else status}")
    return said

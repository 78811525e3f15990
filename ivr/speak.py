"""Texts spoken for calls of the machine, by a process of its own that stays for a while.

``python -m ivr.speak MODELS FOLDER`` reads lines of JSON, ``{"text", "voice"}``, and answers each
with one, ``{"path", "stays"}``: the text's WAV file in FOLDER or null, and whether the process
takes another. It ends with its input. The voice takes memory and one core for a moment, which a
server that carries calls does not give.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import DEVNULL, PIPE
from typing import Any, Final

import anyio
import anyio.to_thread
from anyio.abc import Process, TaskStatus
from anyio.streams.buffered import BufferedByteReceiveStream

from ivr.voice import DEFAULT_VOICE, Voice, engine_of, spoken_file
from models.errors import SetupError

log = logging.getLogger(__name__)

SPEAK_SECONDS: Final = 60.0  # for who waits; the text is spoken to its end for who comes again
VOICE_SECONDS: Final = 240.0  # of one text, loading included; then its process is ended
KEEP_SECONDS: Final = 300.0  # that the process waits for another text
MOST_WAITING: Final = 32
MOST_KEPT_MEMORY: Final = 2**30  # bytes: a process that grew further takes no other text
LONGEST_ANSWER: Final = 8_192
NICE: Final = ("nice", "-n", "5")  # behind the recognition of calls
THREADS: Final = 1


@dataclass(eq=False, slots=True)
class _Wish:
    text: str
    voice: str
    path: Path | None = None
    done: anyio.Event = field(default_factory=anyio.Event)


class Speaker:
    """Speaks short texts, one at a time, while ``run`` goes on.

    A text spoken before is there at once. The first of a while waits for the voice to be loaded.
    """

    def __init__(
        self,
        models_dir: Path,
        folder: Path,
        *,
        speak_seconds: float = SPEAK_SECONDS,
        keep_seconds: float = KEEP_SECONDS,
    ) -> None:
        self._models_dir = models_dir
        self._folder = folder
        self._speak_seconds = speak_seconds
        self._keep_seconds = keep_seconds
        self._wishes: deque[_Wish] = deque()
        self._wake = anyio.Event()

    async def speak(self, text: str, voice: str = DEFAULT_VOICE) -> Path | None:
        """The WAV file of ``text``; ``None`` where ``voice`` could not, which is logged.

        Who is cancelled meanwhile finds the file when they ask again.
        """
        text = text.strip()
        path = await anyio.to_thread.run_sync(self._spoken_before, text, voice)
        if path is not None:
            return path
        same = (one for one in self._wishes if (one.text, one.voice) == (text, voice))
        wish = next(same, None)
        if wish is None:
            if len(self._wishes) >= MOST_WAITING:
                log.warning("a text was not spoken: %d wait", MOST_WAITING)
                return None
            wish = _Wish(text, voice)
            self._wishes.append(wish)
            self._wake.set()
        with anyio.move_on_after(self._speak_seconds):
            await wish.done.wait()
            return wish.path
        log.warning("a text was not spoken within %d s", self._speak_seconds)
        return None

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Speak what is wished for, until cancelled."""
        task_status.started()
        while True:
            wish = await self._next(None)
            spoken = 0
            try:
                async with self._process() as (process, answers):
                    while wish is not None:
                        stays = await _fulfil(wish, process, answers)
                        self._settle(wish)
                        spoken += 1
                        wish = await self._next(self._keep_seconds) if stays else None
            except Exception as error:  # whatever a process of its own can end with
                log.warning("a voice ended: %s", type(error).__name__)
                # One that spoke before may have been ended for its memory: another one tries.
                if wish is not None and not spoken:
                    self._settle(wish)

    def _spoken_before(self, text: str, voice: str) -> Path | None:
        path = spoken_file(self._folder, engine_of(self._models_dir), text, voice)
        return path if path.is_file() else None

    async def _next(self, seconds: float | None) -> _Wish | None:
        """The wish whose turn it is; ``None`` where none comes within ``seconds``."""
        with anyio.move_on_after(seconds):
            while not self._wishes:
                self._wake = anyio.Event()
                await self._wake.wait()
        return self._wishes[0] if self._wishes else None

    def _settle(self, wish: _Wish) -> None:
        if wish in self._wishes:
            self._wishes.remove(wish)
        if wish.path is None:
            log.warning("a text was not spoken")
        wish.done.set()

    @asynccontextmanager
    async def _process(self) -> AsyncIterator[tuple[Process, BufferedByteReceiveStream]]:
        command = [*NICE, sys.executable, "-m", "ivr.speak"]
        command += [str(self._models_dir), str(self._folder)]
        process = await anyio.open_process(command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL)
        try:
            if process.stdout is None:
                raise OSError("the voice has no output")
            yield process, BufferedByteReceiveStream(process.stdout)
        finally:
            if process.returncode is None:
                process.kill()
            with anyio.CancelScope(shield=True):
                await process.aclose()


async def _fulfil(wish: _Wish, process: Process, answers: BufferedByteReceiveStream) -> bool:
    """Have a text spoken; whether the process takes another one."""
    if process.stdin is None:
        raise OSError("the voice has no input")
    with anyio.fail_after(VOICE_SECONDS):
        asked = json.dumps({"text": wish.text, "voice": wish.voice})
        await process.stdin.send(f"{asked}\n".encode())
        answer: Any = json.loads(await answers.receive_until(b"\n", LONGEST_ANSWER))
    if answer["path"] is not None:
        wish.path = Path(answer["path"])
    return bool(answer["stays"])


def memory() -> int:
    """The bytes of memory this process has. Not ``ru_maxrss``: that begins with what the process
    that started this one had (``execve`` keeps it)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def main() -> int:
    """Speak the texts of standard input; returns the exit status."""
    if len(sys.argv) != 3:
        sys.stderr.write("usage: python -m ivr.speak MODELS FOLDER < lines of JSON\n")
        return 2
    models_dir, folder = map(Path, sys.argv[1:])
    try:
        voice = Voice.load(models_dir, threads=THREADS)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for line in sys.stdin:
        asked = json.loads(line)
        path = None
        try:
            path = str(voice.speak_to(asked["text"], asked["voice"], folder))
        except SetupError as error:
            sys.stderr.write(f"{error}\n")
        stays = memory() < MOST_KEPT_MEMORY
        sys.stdout.write(f"{json.dumps({'path': path, 'stays': stays})}\n")
        sys.stdout.flush()
        if not stays:
            break
    return 0


if __name__ == "__main__":
    sys.exit(main())

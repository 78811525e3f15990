"""``python -m ivr.speak MODELS FOLDER [VOICE]``: standard input's text as a WAV file in FOLDER.

Prints the file's path. A process of its own: the voice takes memory and both cores for a
moment, which a server that carries calls does not give.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from subprocess import PIPE
from typing import Final

import anyio

from ivr.voice import DEFAULT_VOICE, Voice
from models.errors import SetupError

log = logging.getLogger(__name__)

SPEAK_SECONDS: Final = 60.0
NICE: Final = ("nice", "-n", "10")


class Speaker:
    """Speaks short texts, one at a time; a text spoken before is there at once."""

    def __init__(self, models_dir: Path, folder: Path) -> None:
        self._models_dir = models_dir
        self._folder = folder
        self._turn = anyio.Lock()

    async def speak(self, text: str, voice: str = DEFAULT_VOICE) -> Path | None:
        """The WAV file of ``text``; ``None`` where ``voice`` could not, which is logged."""
        command = [*NICE, sys.executable, "-m", "ivr.speak"]
        command += [str(self._models_dir), str(self._folder), voice]
        async with self._turn:
            try:
                with anyio.fail_after(SPEAK_SECONDS):
                    done = await anyio.run_process(
                        command, input=text.encode(), stderr=PIPE, check=False
                    )
            except (TimeoutError, OSError) as error:
                log.warning("a text was not spoken: %s", type(error).__name__)
                return None
        path = Path(done.stdout.decode(errors="replace").strip())
        if done.returncode != 0 or not await anyio.Path(path).is_file():
            log.warning("a text was not spoken: the voice ended with %d", done.returncode)
            return None
        return path


def main() -> int:
    """Speak standard input; returns the exit status."""
    if len(sys.argv) not in (3, 4):
        sys.stderr.write("usage: python -m ivr.speak MODELS FOLDER [VOICE] < text\n")
        return 2
    models_dir, folder = map(Path, sys.argv[1:3])
    name = sys.argv[3] if len(sys.argv) == 4 else DEFAULT_VOICE
    try:
        voice = Voice.load(models_dir)
        path = voice.speak_to(sys.stdin.read().strip(), name, folder)
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"{path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

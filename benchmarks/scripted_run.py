"""``python -m benchmarks.scripted_run``: ``yihu run`` with ``benchmarks.scripted_speech`` in the
speech process's place. ``YIHU_SCRIPTED_TIMES`` is the file of what it told when."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from yihu import bootstrap, speech_process
from yihu.cli.running import Screen
from yihu.processes import Child
from yihu.settings import Settings, load_settings
from yihu.speech_engines import QueueEngines


def scripted(settings: Settings, folder: Path, engines: QueueEngines, token: str) -> Child:
    """The process that tells its words by heart, with no need of ``folder`` and ``engines``."""
    command = [sys.executable, "-m", "benchmarks.scripted_speech"]
    command += ["--audio", f"127.0.0.1:{settings.audiosocket_port}"]
    command += ["--control", f"127.0.0.1:{settings.speech_control_port}"]
    command += ["--times", os.environ["YIHU_SCRIPTED_TIMES"]]
    log = settings.data_dir / "logs" / "speech.log"
    return Child("The speech process", command, log, 2.0, env={"YIHU_SPEECH_TOKEN": token})


if __name__ == "__main__":
    speech_process.child = scripted
    bootstrap.main(load_settings(), Screen())

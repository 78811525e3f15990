"""``python -m asr.nursery FD DIR NAMES_DIR NICE``: load the model once, fork workers when asked.

Forks share the loaded model's memory, and a new worker is there within milliseconds. The process
that started this one holds the other end of ``FD``; when that is closed, all of them end.
"""

from __future__ import annotations

import ctypes
import gc
import logging
import os
import signal
import socket
import sys
from pathlib import Path

from asr import engines
from asr.engine import Engine, Pool, Recogniser
from asr.jobs import MOST_AUDIO, Answer, Job, pack_answer, pack_greeting, unpack_job
from asr.localnames import all_names
from models.errors import SetupError

PR_SET_PDEATHSIG = 1
MOST_UTTERANCES = 256  # open at a time; the speech process has at most one a stream

log = logging.getLogger(__name__)


class Decoder:
    """Does jobs one after another, each utterance with a recogniser of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._pool = Pool(engine)
        self._open: dict[int, Recogniser] = {}

    def do(self, job: Job) -> Answer:
        """The answer to a job; raises whatever the engine raises."""
        if job.forget:
            self._open.pop(job.utterance, None)
            return Answer()
        recogniser = self._open.get(job.utterance)
        if recogniser is None:
            if len(self._open) >= MOST_UTTERANCES:
                raise RuntimeError(f"{MOST_UTTERANCES} utterances are open")
            recogniser = self._open[job.utterance] = self._pool.borrow()
        if job.audio:
            recogniser.accept(job.audio)
        if job.finish:
            return self._finish(job.utterance, recogniser)
        if job.partial:
            raw = recogniser.partial()
            return Answer(self._engine.writer.growing(raw), raw)
        return Answer()

    def _finish(self, utterance: int, recogniser: Recogniser) -> Answer:
        heard = recogniser.finish()
        del self._open[utterance]
        self._pool.give_back(recogniser)
        written = self._engine.writer.finished(heard.words)
        return Answer(written.text, heard.raw_text, heard.words, heard.confidence, written.changes)


def work(engine: Engine, jobs: socket.socket) -> None:
    """Answer jobs until the other end is closed."""
    decoder = Decoder(engine)
    while message := jobs.recv(MOST_AUDIO + 64):
        jobs.sendall(pack_answer(decoder.do(unpack_job(message))))


def serve(engine: Engine, control: socket.socket, nice: int) -> None:
    """Fork a worker for every socket that comes; answer with its process id."""
    while True:
        _, received, _, _ = socket.recv_fds(control, 1, 1)
        if not received:
            return
        nursery, (jobs,) = os.getpid(), received
        worker = os.fork()
        if worker == 0:
            control.close()
            _become_worker(engine, jobs, nursery, nice)
        os.close(jobs)
        control.sendall(str(worker).encode())


def _become_worker(engine: Engine, jobs: int, nursery: int, nice: int) -> None:
    """What a fork does until its end."""
    status = 1
    try:
        _end_with(nursery)
        os.nice(nice)
        with socket.socket(fileno=jobs) as connection:
            work(engine, connection)
        status = 0
    except (BrokenPipeError, ConnectionResetError):  # the speech process is gone
        status = 0
    except Exception:
        log.exception("a worker failed")
    finally:
        os._exit(status)


def _end_with(nursery: int) -> None:
    """Have Linux end this process with the one that forked it."""
    prctl = getattr(ctypes.CDLL(None), "prctl", None)
    if prctl is not None:
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != nursery:
        os._exit(0)


def _names(source: Path) -> list[str]:
    """Local names; speech goes on without where they cannot be read."""
    try:
        return all_names(source)
    except SetupError as error:
        log.error("speech goes on without local names: %s", error)
        return []


def main(arguments: list[str]) -> int:
    """Entry point; returns the exit status."""
    descriptor, folder, names_of, nice = arguments
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the speech process's to act on
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # dead workers need no burial
    with socket.socket(fileno=int(descriptor)) as control:
        try:
            engine = engines.load(Path(folder), _names(Path(names_of)))
        except SetupError as error:
            control.sendall(pack_greeting(error=str(error)))
            return 2
        gc.collect()
        gc.freeze()  # so that a worker's collections do not copy what it shares
        control.sendall(pack_greeting(engine=engine.name, grows=engine.grows))
        serve(engine, control, int(nice))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""What live calls cost the speech process, and how late their words come.

``python -m benchmarks.asr_load --calls 1,5,10,20 [--model DIR] [--seconds 60] [--workers N]``
starts a speech process for every number and lets that many calls talk: two streams each, caller
and seat in turns with natural pauses, sent over AudioSocket by a thread at the pace of a
telephone, as Asterisk sends its taps. No Asterisk takes part; ``docs/speech.md`` has what it adds.

Prints, for each number: frames and sentences lost, how late words came (from a word's end in the
audio to its event at the control client), the cores and the memory (PSS) of the speech process
with its workers, and how late the last call's words are compared with the first's.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import psutil

from asr import audiosocket
from asr.client import FinalHeard, PartialHeard, SpeechClient, SpeechEvent, SpeechUp, StreamEnded
from asr.evaluate import distance, syllables
from asr.text import readable
from benchmarks.delays import Stopwatch, percentiles
from benchmarks.talk import Leg, Said, Sentences, conversation
from yihu.settings import Settings, load_settings

PROJECT = Path(__file__).resolve().parent.parent
FRAME_SECONDS = 0.02
FRAME = 20 * audiosocket.BYTES_PER_MS
QUIET_SECONDS = 60.0  # after the last frame; streams that tell nothing for so long are given up
SAMPLE_SECONDS = 2.0


@dataclass
class Stream:
    """One leg on its way."""

    leg: Leg
    call: int
    id: UUID = field(default_factory=uuid4)
    watch: Stopwatch = field(default_factory=lambda: Stopwatch(0.0))
    sent: int = 0
    ended: StreamEnded | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """One run. Delays are seconds, ``talk`` the part of the time in which a stream speaks."""

    calls: int
    streams: int
    talk: float
    words: int
    p50: float
    p95: float
    first_call_p50: float
    last_call_p50: float
    frames: int
    frames_lost: int
    sentences: int
    sentences_lost: int
    syllables_wrong: float
    cores: float
    cores_speech: float
    cores_workers: float
    memory_mib: int
    sent_late: float
    behind: float  # from the last frame to the last words


class Ear:
    """Takes what is heard."""

    def __init__(self, streams: Sequence[Stream]) -> None:
        self.up = anyio.Event()
        self.over = anyio.Event()
        self.latest = time.monotonic()
        self._streams = {stream.id: stream for stream in streams}

    async def __call__(self, event: SpeechEvent) -> None:
        now = self.latest = time.monotonic()
        match event:
            case SpeechUp():
                self.up.set()
            case PartialHeard() | FinalHeard():
                self._streams[event.stream_id].watch.take(event, now)
            case StreamEnded():
                self._streams[event.stream_id].ended = event
                if all(stream.ended for stream in self._streams.values()):
                    self.over.set()


@contextmanager
def speech_process(
    model: Path, token: str, *arguments: str
) -> Iterator[tuple[psutil.Process, int, int]]:
    """A speech process with its audio and control ports."""
    command = [sys.executable, "-m", "asr", "serve", "--model", str(model), *arguments]
    command += ["--audio", "127.0.0.1:0", "--control", "127.0.0.1:0", "--log-level", "WARNING"]
    env = {**os.environ, "YIHU_SPEECH_TOKEN": token}
    with subprocess.Popen(
        command, cwd=PROJECT, env=env, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        if not ready.startswith("ready: "):
            raise SystemExit("the speech process did not start")
        audio, control = (int(part.rpartition(":")[2]) for part in ready.split(", ")[1:])
        try:
            yield psutil.Process(process.pid), audio, control
        finally:
            process.terminate()


class Sender(threading.Thread):
    """Sends every stream's frames when they are due, each stream at its own phase."""

    def __init__(self, streams: Sequence[Stream], port: int) -> None:
        super().__init__()
        self._streams = streams
        self._port = port
        self.latest = 0.0  # by how much the latest frame was sent too late, in seconds
        self.failed: OSError | None = None

    def run(self) -> None:
        try:
            self._run()
        except OSError as error:
            self.failed = error

    def _run(self) -> None:
        sockets = [self._connected(stream) for stream in self._streams]
        begin = time.monotonic() + 0.1
        phase = FRAME_SECONDS / len(self._streams)
        for number, stream in enumerate(self._streams):
            stream.watch.began = begin + number * phase
        frames = min(len(stream.leg.audio) for stream in self._streams) // FRAME
        for frame in range(frames):
            for stream, connection in zip(self._streams, sockets, strict=True):
                # As a telephone, which sends a frame when the last of it is spoken.
                due = stream.watch.began + (frame + 1) * FRAME_SECONDS
                if (wait := due - time.monotonic()) > 0.002:
                    time.sleep(wait)
                self.latest = max(self.latest, time.monotonic() - due)
                audio = stream.leg.audio[frame * FRAME : (frame + 1) * FRAME]
                connection.sendall(audiosocket.encode(audiosocket.AUDIO, audio))
                stream.sent += 1
        for connection in sockets:
            connection.sendall(audiosocket.encode(audiosocket.HANG_UP))
            connection.close()

    def _connected(self, stream: Stream) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self._port), timeout=10)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(audiosocket.encode(audiosocket.IDENTITY, stream.id.bytes))
        return connection


class Meter:
    """The processor time and the memory of the speech process and all below it."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._begun = time.monotonic()
        self._before = self._times()
        self.most_memory = 0

    def _times(self) -> dict[int, float]:
        all_of_it = [self._process, *self._process.children(recursive=True)]
        return {one.pid: sum(one.cpu_times()[:2]) for one in all_of_it}

    async def watch(self) -> None:
        """Sample the memory until cancelled."""
        while True:
            pids = [self._process.pid, *(c.pid for c in self._process.children(recursive=True))]
            self.most_memory = max(self.most_memory, sum(pss(pid) for pid in pids))
            await anyio.sleep(SAMPLE_SECONDS)

    def cores(self) -> tuple[float, float]:
        """Of the speech process itself, and of those below it, since the start."""
        seconds = time.monotonic() - self._begun
        spent = {pid: now - self._before.get(pid, 0.0) for pid, now in self._times().items()}
        own = spent.pop(self._process.pid) / seconds
        return own, sum(spent.values()) / seconds


def pss(pid: int) -> int:
    """A process's share of the memory, in bytes: what is shared counts in parts."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


async def measure(
    model: Path, calls: int, legs: Sequence[tuple[Leg, Leg]], arguments: Sequence[str]
) -> Row:
    """One run with a speech process of its own."""
    token = secrets.token_hex(8)
    streams = [Stream(leg, number) for number in range(calls) for leg in legs[number]]
    with speech_process(model, token, *arguments) as (process, audio_port, control_port):
        ear = Ear(streams)
        client = SpeechClient("127.0.0.1", control_port, token, ear)
        async with anyio.create_task_group() as tasks:
            await tasks.start(client.run)
            with anyio.fail_after(30):
                await ear.up.wait()
            for stream in streams:
                await client.expect(stream.id, first=stream.leg.caller)
            sender = Sender(streams, audio_port)
            meter = Meter(process)
            tasks.start_soon(meter.watch)
            sender.start()
            await anyio.to_thread.run_sync(sender.join)
            own, workers = meter.cores()
            if sender.failed is not None:
                raise SystemExit(f"{calls} calls: a stream was refused: {sender.failed}")
            sent = time.monotonic()
            while not ear.over.is_set() and time.monotonic() - ear.latest < QUIET_SECONDS:
                with anyio.move_on_after(1.0):
                    await ear.over.wait()
            behind = max(0.0, ear.latest - sent)
            tasks.cancel_scope.cancel()
    return _row(streams, calls, (own, workers), meter.most_memory, (sender.latest, behind))


def _row(
    streams: Sequence[Stream],
    calls: int,
    cores: tuple[float, float],
    memory: int,
    late: tuple[float, float],
) -> Row:
    delays = [delay for stream in streams for delay in stream.watch.delays]
    by_call = [
        percentiles([d for s in streams if s.call == call for d in s.watch.delays])[0]
        for call in (0, calls - 1)
    ]
    said = [(stream, one) for stream in streams for one in stream.leg.said]
    frames = sum(stream.sent for stream in streams)
    arrived = sum(stream.ended.audio_ms for stream in streams if stream.ended) // 20
    spoken_ms = sum(one.end_ms - one.start_ms for _, one in said)
    p50, p95 = percentiles(delays)
    wrong, size = _errors(streams)
    return Row(
        calls=calls,
        streams=len(streams),
        talk=spoken_ms / (frames * 20),
        words=len(delays),
        p50=p50,
        p95=p95,
        first_call_p50=by_call[0],
        last_call_p50=by_call[1],
        frames=frames,
        frames_lost=frames - arrived,
        sentences=len(said),
        sentences_lost=sum(not _heard(stream, one) for stream, one in said),
        syllables_wrong=wrong / max(size, 1),
        cores=sum(cores),
        cores_speech=cores[0],
        cores_workers=cores[1],
        memory_mib=memory >> 20,
        sent_late=late[0],
        behind=late[1],
    )


def _heard(stream: Stream, said: Said) -> bool:
    """Whether a final has words from the time of the sentence."""
    return any(
        said.start_ms < word.end_ms and word.start_ms < said.end_ms
        for final in stream.watch.finals
        for word in final.words
    )


def _errors(streams: Sequence[Stream]) -> tuple[int, int]:
    """Wrong and said syllables of all legs, so that a lost part of a sentence shows too."""
    wrong = size = 0
    for stream in streams:
        said = syllables(readable("".join(one.text for one in stream.leg.said)))
        heard = syllables("".join(final.text for final in stream.watch.finals))
        wrong, size = wrong + distance(said, heard), size + len(said)
    return wrong, size


def tell(row: Row) -> None:
    print(
        f"{row.calls:3d} calls, {row.streams} streams, each speaking {row.talk:.0%}: words late by "
        f"p50 {row.p50:.2f} s, p95 {row.p95:.2f} s ({row.words} words); "
        f"call 1 p50 {row.first_call_p50:.2f} s, call {row.calls} p50 {row.last_call_p50:.2f} s\n"
        f"    {row.frames_lost} of {row.frames} frames lost, {row.sentences_lost} of "
        f"{row.sentences} sentences lost, {row.syllables_wrong:.1%} of syllables wrong\n"
        f"    {row.cores:.2f} cores (sockets {row.cores_speech:.2f}, workers "
        f"{row.cores_workers:.2f}), {row.memory_mib} MiB; latest frame sent "
        f"{row.sent_late * 1000:.0f} ms too late, last words {row.behind:.1f} s after it",
        flush=True,
    )


def newest_graph(settings: Settings) -> Path:
    """The graph that was used last, or the model as it was fetched."""
    graphs = [
        path for path in settings.graphs_dir.glob("*") if (path / "graph" / "HCLG.fst").is_file()
    ]
    fetched = settings.models_dir / settings.speech_model
    return max(graphs, key=lambda path: path.stat().st_mtime, default=fetched)


def main() -> None:
    settings = load_settings()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--calls", default="1,5,10,20", help="numbers, with commas between")
    parser.add_argument("--model", type=Path, metavar="DIR", help="else the graph used last")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    chosen = parser.parse_args()
    numbers = [int(number) for number in chosen.calls.split(",")]
    if min(numbers) < 1 or max(numbers) > 32:
        parser.error("--calls: 1 to 32 calls, because a speech process takes 64 streams")
    model = chosen.model or newest_graph(settings)
    sentences = Sentences(settings.models_dir, settings.cache_dir / "spoken")
    legs = [conversation(sentences, number, chosen.seconds) for number in range(max(numbers))]
    load = os.getloadavg()[0]
    print(f"{model.name} on {os.cpu_count()} cores, load {load:.1f} before")
    rows = []
    for number in numbers:
        row = anyio.run(measure, model, number, legs, ["--workers", str(chosen.workers)])
        tell(row)
        rows.append(asdict(row))
    if chosen.json:
        chosen.json.write_text(json.dumps(rows, indent=1))


if __name__ == "__main__":
    main()

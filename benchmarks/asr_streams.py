"""What a number of callers who all talk at a time cost the speech process.

``python -m benchmarks.asr_streams [--model DIR] [--streams 1,4,8,16] [--seconds 30]`` starts a
speech process, and for every number plays that many streams to it over AudioSocket, each at
the pace of a telephone: sentences of ours by voices of the project, 0.8 s apart, begun at
different times. Prints the cores it took, its memory, and how late partials came: the time
from the moment their last audio was spoken. This program itself runs on the same machine.
"""

from __future__ import annotations

import argparse
import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle, islice
from pathlib import Path
from statistics import quantiles
from uuid import UUID, uuid4

import anyio
import psutil

from asr import audiosocket
from asr.client import FinalHeard, PartialHeard, SpeechClient, SpeechEvent, SpeechUp
from asr.evaluate import read_wav
from ivr.voice import Voice
from yihu.settings import load_settings

PROJECT = Path(__file__).resolve().parent.parent
FRAME_MS = 20
FRAME = FRAME_MS * audiosocket.BYTES_PER_MS
PAUSE = bytes(800 * audiosocket.BYTES_PER_MS)
VOICES = ("zm_yunxia", "zf_xiaobei", "zm_yunxi")
SENTENCES = (
    "我在南苑小区十二栋楼下，自来水管破裂了，水喷得老高",
    "我想问一下，身份证去哪里办理，要带什么东西",
    "路口有两辆车撞了，有人受伤，请你们快点派人来",
    "楼上一直在放音乐，声音很大，我们都睡不着觉",
    "我们这里停电了，从早上到现在都没有来电",
)


@dataclass
class Ear:
    """Takes what is heard and how late it came, in seconds."""

    up: anyio.Event = field(default_factory=anyio.Event)
    begun: dict[UUID, float] = field(default_factory=dict)
    late: list[float] = field(default_factory=list)
    finals: int = 0

    async def __call__(self, event: SpeechEvent) -> None:
        match event:
            case SpeechUp():
                self.up.set()
            case PartialHeard(stream_id=stream_id, audio_ms=audio_ms):
                self.late.append(anyio.current_time() - self.begun[stream_id] - audio_ms / 1000)
            case FinalHeard():
                self.finals += 1


@contextmanager
def speech_process(model: Path, token: str) -> Iterator[tuple[psutil.Process, int, int]]:
    """A speech process with its audio and control ports."""
    command = [sys.executable, "-m", "asr", "serve", "--model", str(model)]
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


async def play(
    client: SpeechClient, port: int, ear: Ear, audio: bytes, wait: float, stop_at: float
) -> None:
    """One caller who talks until ``stop_at``."""
    await anyio.sleep(wait)
    stream_id = uuid4()
    await client.expect(stream_id)
    async with await anyio.connect_tcp("127.0.0.1", port) as socket:
        await socket.send(audiosocket.encode(audiosocket.IDENTITY, stream_id.bytes))
        begun = ear.begun[stream_id] = anyio.current_time()
        pieces = (audio[start : start + FRAME] for start in range(0, len(audio), FRAME))
        for number, piece in enumerate(cycle(pieces), start=1):
            # As a telephone, which sends a frame when the last of it is spoken.
            await anyio.sleep_until(begun + number * FRAME_MS / 1000)
            await socket.send(audiosocket.encode(audiosocket.AUDIO, piece))
            if anyio.current_time() >= stop_at:
                break
        await socket.send(audiosocket.encode(audiosocket.HANG_UP))


async def measure(model: Path, streams: list[int], seconds: float, sounds: list[bytes]) -> None:
    token = secrets.token_hex(8)
    for number in streams:
        with speech_process(model, token) as (process, audio_port, control_port):
            ear = Ear()
            client = SpeechClient("127.0.0.1", control_port, token, ear)
            async with anyio.create_task_group() as tasks:
                await tasks.start(client.run)
                with anyio.fail_after(30):
                    await ear.up.wait()
                loaded = process.memory_info().rss
                before, begun = process.cpu_times(), anyio.current_time()
                async with anyio.create_task_group() as callers:
                    for each in range(number):
                        sound = b"".join(islice(cycle(sounds), each, each + len(sounds)))
                        wait = 2.0 * each / number
                        callers.start_soon(
                            play, client, audio_port, ear, sound, wait, begun + seconds
                        )
                after, took = process.cpu_times(), anyio.current_time() - begun
                tell(number, ear, after.user + after.system - before.user - before.system, took)
                rss = process.memory_info().rss
                print(f"    memory {rss >> 20} MiB, {loaded >> 20} MiB before the first stream")
                tasks.cancel_scope.cancel()


def tell(streams: int, ear: Ear, used: float, took: float) -> None:
    if len(ear.late) < 2:
        raise SystemExit(f"{streams} streams: nothing was heard")
    cuts = quantiles(ear.late, n=20)
    print(
        f"{streams:3d} streams: {used / took:.2f} cores, partials late by p50 "
        f"{cuts[9] * 1000:.0f} ms, p95 {cuts[18] * 1000:.0f} ms "
        f"({len(ear.late)} partials, {ear.finals} utterances, {took:.0f} s)",
        flush=True,
    )


def main() -> None:
    settings = load_settings()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--model", type=Path, default=settings.models_dir / settings.speech_model, metavar="DIR"
    )
    parser.add_argument("--streams", default="1,4,8,16", help="numbers, with commas between")
    parser.add_argument("--seconds", type=float, default=30.0)
    arguments = parser.parse_args()
    voice = Voice.load(settings.models_dir)
    sounds = [
        read_wav(voice.speak_to(text, VOICES[number % 3], settings.cache_dir / "spoken")) + PAUSE
        for number, text in enumerate(SENTENCES)
    ]
    load = os.getloadavg()[0]
    print(f"{arguments.model.name} on {os.cpu_count()} cores, load {load:.1f} before")
    numbers = [int(number) for number in arguments.streams.split(",")]
    anyio.run(measure, arguments.model, numbers, arguments.seconds, sounds)


if __name__ == "__main__":
    main()

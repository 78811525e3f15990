"""Stands where the speech process stands: takes audio, and tells words it has by heart.

``python -m benchmarks.scripted_speech --audio HOST:PORT --control HOST:PORT --times FILE`` speaks
both protocols of ``asr serve``. Into every stream of which audio comes it tells, turn and turn
about with silence, a sentence that grows and is finished. Each text holds a number that no other
has; when it was told (seconds since 1970) is written to the file, one JSON list ``[number, time,
finished]`` a line.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import time
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TextIO
from uuid import UUID

import anyio
from anyio.abc import SocketStream

from asr.audiosocket import FrameParser
from asr.events import FinalHeard, PartialHeard, StreamEnded, Word
from asr.wire import Lines, Message, from_event, stream_of

SENTENCES = (
    "演示路八号门口水管破裂水一直往外冒",
    "三楼厨房着火了烟很大有一位老人没出来",
    "路灯倒在非机动车道上已经有人摔倒",
    "小区电梯停在六楼里面关着两个人",
)
EVERY_SECONDS = 0.3
STEP = 2  # characters that are added at a time
IDENTITY, HANG_UP = 0x01, 0x00


@dataclass(slots=True)
class Speaking:
    """The one client, its streams, and when what was told."""

    times: TextIO
    lines: Lines | None = None
    expected: set[UUID] = field(default_factory=set)
    _numbers: count[int] = field(default_factory=lambda: count(1))
    _writing: anyio.Lock = field(default_factory=anyio.Lock)

    async def tell(self, message: Message) -> None:
        if self.lines is not None:
            async with self._writing:
                await self.lines.send(message)

    async def say(self, stream_id: UUID, text: str, sequence: int, *, final: bool) -> None:
        """Tell words, and write down when."""
        number = next(self._numbers)
        said = f"{text}第{number}处"
        event: PartialHeard | FinalHeard
        if final:
            words = (Word(said, 0, 2_000, 0.9),)
            event = FinalHeard(stream_id, sequence, said, said, words, 0, 2_000, 0.9, "scripted")
        else:
            event = PartialHeard(stream_id, sequence, said, said, 0)
        at = time.time()
        await self.tell(from_event(event))
        self.times.write(json.dumps([number, at, final]) + "\n")
        self.times.flush()

    async def talk(self, stream_id: UUID) -> None:
        """Sentences without end, with as much silence between them as they take."""
        sequence = 0
        while True:
            sentence = SENTENCES[(stream_id.int + sequence) % len(SENTENCES)]
            begun = anyio.current_time()
            await anyio.sleep(EVERY_SECONDS * (1 + stream_id.int % 7 / 7))
            for end in range(STEP, len(sentence), STEP):
                await self.say(stream_id, sentence[:end], sequence, final=False)
                await anyio.sleep(EVERY_SECONDS)
            await self.say(stream_id, sentence, sequence, final=True)
            await anyio.sleep(anyio.current_time() - begun)
            sequence += 1

    async def control(self, stream: SocketStream) -> None:
        """One client's session."""
        async with stream:
            lines = Lines(stream)
            try:
                hello = await lines.receive()
                if hello.get("token") != os.environ["YIHU_SPEECH_TOKEN"]:
                    return
                self.lines = lines
                await self.tell({"type": "ready", "engine": "scripted"})
                while True:
                    message = await lines.receive()
                    match message["type"]:
                        case "expect":
                            self.expected.add(stream_of(message))
                            await self.tell({"type": "expected", "stream": message["stream"]})
                        case "forget":
                            self.expected.discard(stream_of(message))
                        case "ping":
                            await self.tell({"type": "pong"})
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                pass

    async def audio(self, stream: SocketStream) -> None:
        """One leg's voice: as long as it comes, words are told."""
        parser, stream_id = FrameParser(), None
        async with stream, anyio.create_task_group() as group:
            try:
                while True:
                    for frame in parser.feed(await stream.receive()):
                        if frame.kind == IDENTITY:
                            stream_id = UUID(bytes=frame.payload)
                            group.start_soon(self.talk, stream_id)
                        elif frame.kind == HANG_UP:
                            raise anyio.EndOfStream
            except (anyio.EndOfStream, anyio.BrokenResourceError, anyio.ClosedResourceError):
                group.cancel_scope.cancel()
        if stream_id is not None:
            await self.tell(from_event(StreamEnded(stream_id, "hang-up", 0)))


async def main(audio: str, control: str, times: Path) -> None:
    with times.open("a", encoding="utf-8") as handle:
        speaking = Speaking(handle)
        async with anyio.create_task_group() as group:
            for address, serve in ((audio, speaking.audio), (control, speaking.control)):
                host, _, port = address.rpartition(":")
                listener = await anyio.create_tcp_listener(
                    local_host=host, local_port=int(port), family=socket.AF_INET
                )
                group.start_soon(listener.serve, serve)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--audio", required=True)
    parser.add_argument("--control", required=True)
    parser.add_argument("--times", type=Path, required=True)
    chosen = parser.parse_args()
    anyio.run(main, chosen.audio, chosen.control, chosen.times)

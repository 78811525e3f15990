"""The live audio of one leg, as Asterisk sends it over AudioSocket."""

from __future__ import annotations

import statistics
import struct
import time
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import pytest
from anyio.abc import SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

from ivr.asterisk import AMI_USER, AsteriskConfig
from tests.support.asterisk import AMI_SECRET, console, enters, running
from tests.support.sip import caller

pytestmark = pytest.mark.asterisk

UUID_FRAME, SLIN_FRAME = 0x01, 0x10
FRAMES = 150  # three seconds


async def originate_tap(config: AsteriskConfig, channel: str, port: int, stream_id: UUID) -> str:
    """Send the audio of ``channel`` to ``port``; returns AMI's answer."""
    actions = (
        {"Action": "Login", "Username": AMI_USER, "Secret": AMI_SECRET, "Events": "off"},
        {
            "Action": "Originate",
            "Channel": f"AudioSocket/127.0.0.1:{port}/{stream_id}",
            "Application": "ChanSpy",
            "Data": f"{channel},oqS",
            "Codecs": "slin",
            "Async": "true",
        },
    )
    heard = b""
    async with await anyio.connect_tcp("127.0.0.1", config.ami_port) as stream:
        for action in actions:
            lines = [f"{name}: {value}" for name, value in action.items()]
            await stream.send(("\r\n".join(lines) + "\r\n\r\n").encode())
        with anyio.fail_after(30):
            while b"Originate" not in heard:
                heard += await stream.receive()
    return heard.decode()


async def test_callers_audio_comes_in_20_ms_frames(
    config: AsteriskConfig, tmp_path: Path, tone: Path, base: int
) -> None:
    stream_id = uuid4()
    named: list[UUID] = []
    frames: list[bytes] = []
    times: list[float] = []
    full = anyio.Event()
    ended = anyio.Event()

    async def listen(stream: SocketStream) -> None:
        async with stream:
            buffered = BufferedByteReceiveStream(stream)
            try:
                while True:
                    kind, length = struct.unpack(">BH", await buffered.receive_exactly(3))
                    payload = await buffered.receive_exactly(length)
                    if kind == UUID_FRAME:
                        named.append(UUID(bytes=payload))
                    elif kind == SLIN_FRAME:
                        times.append(time.monotonic())
                        frames.append(payload)
                    if len(frames) == FRAMES:
                        full.set()
            except (anyio.IncompleteRead, anyio.EndOfStream):
                ended.set()

    listener = await anyio.create_tcp_listener(local_host="127.0.0.1", local_port=base + 4)
    async with listener, anyio.create_task_group() as tasks, running(config):
        tasks.start_soon(listener.serve, listen)
        async with caller(config.sip_port, "110", tmp_path / "sipp", audio=tone):
            await enters(config, "110")
            shown = await console(config, "core show channels concise")
            channel = shown.split("!", 1)[0]
            assert channel.startswith("PJSIP/trunk-")
            assert "Success" in await originate_tap(config, channel, base + 4, stream_id)
            with anyio.fail_after(30):
                await full.wait()
            assert "Queue!110,ri" in await console(config, "core show channels concise")
            await console(config, f"channel request hangup {channel}")
            with anyio.fail_after(30):
                await ended.wait()
        tasks.cancel_scope.cancel()

    assert named == [stream_id]
    assert {len(frame) for frame in frames} == {320}  # 20 ms of 8 kHz, 16 bits
    # The middle one of many: a moment in which the machine stood still tells nothing.
    half = FRAMES // 2
    pace = statistics.median((times[at + half] - times[at]) / half for at in range(half))
    assert 0.018 < pace < 0.022
    loud = [max(struct.unpack("<160h", frame)) > 1000 for frame in frames[10:FRAMES]]
    assert sum(loud) > 0.9 * len(loud)

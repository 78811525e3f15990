"""What a waiting caller hears: the place in the line, the expected wait, and to speak."""

from __future__ import annotations

import wave
from collections.abc import Iterator, Sequence
from pathlib import Path

import anyio
import numpy as np
import numpy.typing as npt
import pytest

from ivr import prompts
from ivr.asterisk import AsteriskConfig
from ivr.voice import Voice
from models.clock import SystemClock
from models.database import Database
from models.kinds import Device
from models.tables import Call
from tests.support.asterisk import asterisk_config, eventually, running
from tests.support.ports import port_base
from tests.support.telephony import Desk, People, calling, phone, telephony_at

pytestmark = pytest.mark.asterisk

HEADER = 44  # bytes before the samples; the length in them is written when the call is over
SLACK = 400  # samples that two prompts in a row may overlap
SAME = 0.8  # of a perfect match, after A-law

Samples = npt.NDArray[np.float64]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path, models_dir: Path) -> Path:
    """All prompts, spoken now where the cache does not hold them."""
    folder = tmp_path_factory.mktemp("sounds")
    table = prompts.Table.load()
    prompts.speak_missing(
        table, cache_dir / "prompts", lambda: Voice.load(models_dir), lambda line: None
    )
    assert prompts.lay_out(table, cache_dir / "prompts", folder / "none", folder) == []
    return folder


@pytest.fixture
def config(tmp_path: Path, sounds: Path) -> Iterator[AsteriskConfig]:
    with port_base() as base:
        yield asterisk_config(tmp_path, base, sounds_dir=sounds, announce_seconds=5)


def prompt(sounds: Path, name: str) -> Samples:
    with wave.open(str(sounds / "zh" / f"{name}.wav")) as file:
        assert file.getframerate() == 8_000
        return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(float)


def heard_by(config: AsteriskConfig, call: Call) -> Samples:
    path = config.recordings / f"{call.linkedid}.out.wav"
    data = path.read_bytes()[HEADER:] if path.exists() else b""
    return np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2").astype(float)


def place_of(sound: Samples, heard: Samples, after: int = 0) -> int | None:
    """Where ``sound`` begins in ``heard``, at the earliest sample that matches it."""
    if len(heard) - after < len(sound):
        return None
    size = 1 << (len(heard) - after + len(sound)).bit_length()
    products = np.fft.irfft(
        np.fft.rfft(heard[after:], size) * np.conj(np.fft.rfft(sound, size)), size
    )[: len(heard) - after - len(sound) + 1]
    sums = np.concatenate([[0.0], np.cumsum(heard[after:] ** 2)])
    energy = sums[len(sound) :] - sums[: -len(sound)]
    likeness = products / np.sqrt(energy * (sound**2).sum() + 1e4)
    found = np.flatnonzero(likeness >= SAME)
    return int(found[0]) + after if len(found) else None


async def hears(config: AsteriskConfig, sounds: Path, call: Call, names: Sequence[str]) -> None:
    """Wait until the caller has heard these prompts, one after the other."""
    missing = ""

    async def check() -> bool:
        nonlocal missing
        heard, at = heard_by(config, call), 0
        for missing in names:
            sound = prompt(sounds, missing)
            place = await anyio.to_thread.run_sync(place_of, sound, heard, at)
            if place is None:
                return False
            at = place + len(sound) - SLACK
        return True

    try:
        await eventually(check, f"all of {names}", 40)
    except AssertionError as failure:
        raise AssertionError(f"not heard in its place: {missing}") from failure


async def waits(desk: Desk, number: str) -> Call:
    """The call of ``number`` once it waits."""
    found: list[Call] = []

    async def check() -> bool:
        calls = await desk.calls()
        found[:] = [c for c in calls if (c.caller_number, c.status) == (number, "queued")]
        return bool(found)

    await eventually(check, f"{number} to wait", 30)
    return found[0]


async def test_who_waits_hears_the_place_the_expected_wait_and_to_speak(
    config: AsteriskConfig,
    sounds: Path,
    database: Database,
    people: People,
    real_clock: SystemClock,
) -> None:
    async with (
        running(config),
        telephony_at(config, database, real_clock) as desk,
        phone(config),
    ):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "96345", "13800000001"):
            talking = await desk.call_becomes("answered")
            async with calling(config, "96345", "13800000002"):
                first = await waits(desk, "13800000002")
                async with calling(config, "96345", "13800000003"):
                    second = await waits(desk, "13800000003")
                    await hears(
                        config,
                        sounds,
                        second,
                        [
                            "queue-thereare",
                            "digits/2",
                            "queue-callswaiting",
                            "queue-holdtime",
                            "queue-seconds",
                            "queue-thankyou",
                        ],
                    )
                    await hears(config, sounds, first, ["queue-youarenext", "queue-thankyou"])
                    quiet = heard_by(config, talking)
                    for name in ("queue-youarenext", "queue-thereare", "queue-thankyou"):
                        assert place_of(prompt(sounds, name), quiet) is None

"""The prompts that set-up spoke, heard by the recogniser and played by Asterisk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import numpy as np
import pytest

from asr.engine import Pool, VoskEngine
from asr.evaluate import distance, syllables, through_model, through_service
from ivr import prompt_sounds as sounds
from ivr import prompts
from ivr.asterisk import AMI_USER, AsteriskConfig
from ivr.voice import RATE, Voice, spell_numbers
from tests.support.asterisk import AMI_SECRET, asterisk_config, console, eventually, running
from tests.support.ports import port_base

SENTENCE = 4  # syllables; shorter texts are only heard right among others
WORST = 0.25  # of a sentence's syllables may be misheard
USUAL = 0.05  # of all

POSITIONS = {
    2: "二",
    3: "三",
    7: "七",
    10: "十",
    12: "十二",
    20: "二十",
    30: "三十",
    105: "一百零五",
}


@pytest.fixture(scope="module")
def folder(cache_dir: Path, models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sounds as an instance has them; spoken here only where set-up did not."""
    table, place = prompts.Table.load(), tmp_path_factory.mktemp("instance")
    cache = cache_dir / "prompts"
    prompts.speak_missing(table, cache, lambda: Voice.load(models_dir), lambda line: None)
    assert prompts.lay_out(table, cache, place / "own", place / "sounds") == []
    return place / "sounds"


@pytest.fixture(scope="module")
def ears(models_dir: Path) -> Pool:
    return Pool(VoskEngine(models_dir / "vosk-small-cn"))


def heard(ears: Pool, folder: Path, *names: str) -> list[str]:
    """The syllables of sounds one after another."""
    silence = np.zeros(RATE // 2, np.int16)
    parts = [sounds.read(folder / f"zh/{name}.wav") for name in names]
    return syllables(through_model(ears, np.concatenate([silence, *parts, silence]).tobytes()))


@pytest.mark.integration
def test_sentences_are_understood(folder: Path, ears: Pool) -> None:
    errors = size = 0
    poor = []
    for prompt in prompts.Table.load().prompts:
        said = syllables(spell_numbers(prompt.text))
        if len(said) < SENTENCE:
            continue
        wrong = distance(said, heard(ears, folder, prompt.name))
        errors, size = errors + wrong, size + len(said)
        if wrong > WORST * len(said):
            poor.append(f"{prompt.name}: {wrong} of {len(said)}")
    assert not poor
    assert errors <= USUAL * size


@pytest.mark.integration
def test_positions_and_waits_are_understood_as_asterisk_puts_them_together(
    folder: Path, ears: Pool
) -> None:
    errors = size = 0
    for number, words in POSITIONS.items():
        digits = [f"digits/{part}" for part in PARTS.get(number, (str(number),))]
        for before, after, text in (
            ("queue-thereare", "queue-callswaiting", f"您现在排在第{words}位"),
            ("queue-holdtime", "queue-minutes", f"预计等候时间{words}分钟"),
        ):
            said = syllables(text)
            errors += distance(said, heard(ears, folder, before, *digits, after))
            size += len(said)
    assert errors <= 0.12 * size


PARTS = {12: ("10", "2"), 105: ("1", "hundred", "0", "5")}


@pytest.mark.integration
def test_music_is_no_speech_to_the_recogniser(folder: Path, ears: Pool) -> None:
    assert through_service(ears, sounds.read(folder / "moh/calm.wav").tobytes()).strip() == ""


@pytest.mark.integration
def test_no_prompt_is_long_or_louder_than_others(folder: Path) -> None:
    for prompt in prompts.Table.load().prompts:
        samples = sounds.unpacked(sounds.read(folder / f"zh/{prompt.name}.wav"))
        assert 0.15 * RATE < len(samples) < 12 * RATE, prompt.name
        loud = samples[np.abs(samples) > np.abs(samples).max() / 20]
        assert np.sqrt(np.square(loud).mean()) == pytest.approx(0.1, rel=0.25), prompt.name


@pytest.mark.integration
def test_without_the_voice_files_espeak_speaks(tmp_path: Path) -> None:
    whole = prompts.Table.load()
    table = prompts.Table(whole.prompts[:15], whole.tones)  # sentences, and a digit in a carrier

    def speaker() -> Voice:
        return Voice.load(tmp_path / "models")

    assert prompts.speak_missing(table, tmp_path, speaker, lambda line: None) == 15
    assert prompts.lay_out(table, tmp_path, tmp_path / "own", tmp_path / "sounds") == []
    assert prompts.speak_missing(table, tmp_path, speaker, lambda line: None) == 0
    for prompt in table.prompts:
        assert prompts.whose(table, prompt.name, tmp_path, tmp_path / "own") == "espeak-ng"
        assert sounds.read(tmp_path / f"sounds/zh/{prompt.name}.wav").size > RATE // 10


@pytest.fixture
def config(folder: Path, tmp_path: Path) -> Iterator[AsteriskConfig]:
    with port_base() as base:
        yield asterisk_config(tmp_path, base, sounds_dir=folder)


@pytest.mark.asterisk
async def test_asterisk_finds_prompts_and_every_part_of_a_number(config: AsteriskConfig) -> None:
    said = ["Playback queue-thankyou", "Playback yihu/beep", "Playback yihu/not-there"]
    said += [f"SayNumber {number}" for number in (0, 12, 105, 1020)]

    async def all_said() -> bool:
        shown = await console(config, "core show channels count")
        return "0 active channels" in shown and f"{len(said)} calls processed" in shown

    async with running(config):
        await play(config, said)
        await eventually(all_said, "everything is said", 60)
        complaints = [
            line for line in config.log_file.read_text().splitlines() if "does not exist" in line
        ]
    assert complaints
    assert all("yihu/not-there" in line for line in complaints)


async def play(config: AsteriskConfig, said: list[str]) -> None:
    """Let Asterisk run one application after another for a caller each."""
    lines = f"Action: Login\r\nUsername: {AMI_USER}\r\nSecret: {AMI_SECRET}\r\nEvents: off\r\n\r\n"
    for each in said:
        application, data = each.split()
        lines += "Action: Originate\r\nChannel: Local/110@from-trunk\r\nAsync: true\r\n"
        lines += f"Application: {application}\r\nData: {data}\r\n\r\n"
    async with await anyio.connect_tcp("127.0.0.1", config.ami_port) as stream:
        await stream.send((lines + "Action: Logoff\r\n\r\n").encode())
        with anyio.fail_after(30), suppress(anyio.EndOfStream):
            while True:
                await stream.receive()

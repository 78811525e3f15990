"""The table of prompts, keeping their files in place, and recordings that people made."""

from __future__ import annotations

import os
import re
from pathlib import Path

import numpy as np
import pytest
import soundfile

from ivr import prompt_sounds as sounds
from ivr import prompts
from ivr.voice import RATE, Floats, Samples, Voice
from models.errors import SetupError

pytestmark = pytest.mark.unit

PROJECT = Path(__file__).resolve().parents[2]

# What app_queue, the reading of Chinese numbers and transfers look for (Asterisk 22).
WANTED_BY_ASTERISK = {
    *("queue-youarenext", "queue-thereare", "queue-callswaiting", "queue-quantity1"),
    *("queue-quantity2", "queue-holdtime", "queue-minute", "queue-minutes", "queue-seconds"),
    *("queue-thankyou", "queue-periodic-announce", "queue-reporthold", "pbx-transfer"),
    *("pbx-invalid", "beep", "beeperr", "digits/hundred", "digits/thousand", "digits/minus"),
    *(f"digits/{number}" for number in (*range(11), *range(20, 100, 10))),
}

TABLE = """
voice = "one"
speed = 1.0
[carrier.within]
voice = "one"
text = "甲{}乙"
speed = 0.8
head = 0.2
tail = 0.3
[speech]
"yihu/hello" = "您好。"
"digits/2" = { text = "二", carrier = "within" }
[tone]
beep = { hertz = 1000, seconds = 0.2 }
"""


class Teller:
    """An engine whose speech is a second of tone per text, remembering what it was asked."""

    def __init__(self, name: str = "kokoro") -> None:
        self.name = name
        self.said: list[tuple[str, str, float]] = []

    def voices(self) -> list[str]:
        return ["one", "two"]

    def say(self, text: str, voice: str, speed: float) -> tuple[Floats, int]:
        self.said.append((text, voice, speed))
        quiet = np.zeros(RATE // 4, np.float32)
        hum = np.sin(np.arange(RATE) / 3).astype(np.float32)
        return np.concatenate([quiet, hum, quiet]), RATE


@pytest.fixture
def table_file(tmp_path: Path) -> Path:
    path = tmp_path / "prompts.toml"
    path.write_text(TABLE, encoding="utf-8")
    return path


class Place:
    """The folders of an instance."""

    def __init__(self, root: Path) -> None:
        self.cache, self.own, self.folder = root / "cache", root / "own", root / "sounds"
        self.own.mkdir()

    def speak(self, table: prompts.Table, teller: Teller, better: bool = True) -> int:
        voice = Voice(teller)
        return prompts.speak_missing(table, self.cache, lambda: voice, lambda line: None, better)

    def lay_out(self, table: prompts.Table) -> list[str]:
        return prompts.lay_out(table, self.cache, self.own, self.folder)

    def sound(self, name: str) -> Samples:
        return sounds.read(self.folder / f"{name}.wav")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def record(path: Path, seconds: float = 1.0, rate: int = 16_000, channels: int = 1) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    hum = 0.3 * np.sin(2 * np.pi * 300 * np.arange(round(seconds * rate)) / rate)
    soundfile.write(path, np.repeat(hum[:, None], channels, 1), rate)


def test_names_that_asterisk_and_the_dialplan_play_are_in_the_table() -> None:
    names = prompts.Table.load().names
    played = set()
    for path in (*PROJECT.glob("dialplans/*.j2"), *PROJECT.glob("ivr/*.py")):
        played |= set(re.findall(r"""(?<=[,&"'(])yihu/[a-z0-9-]+(?=[,&"')])""", path.read_text()))
    assert {"yihu/nobody", "yihu/order-keys"} <= played
    assert played | WANTED_BY_ASTERISK <= names


def test_what_is_said_is_short_chinese() -> None:
    for prompt in prompts.Table.load().prompts:
        assert re.fullmatch(r"[一-鿿0-9，。：、]{1,60}", prompt.text), prompt.name
        assert 0.5 <= prompt.speed <= 2


@pytest.mark.parametrize(
    "change",
    [
        ('"yihu/hello"', '"../hello"'),
        ('"yihu/hello"', '"beep"'),
        ('"您好。"', '" "'),
        ('"您好。"', "7"),
        ('carrier = "within"', 'carrier = "gone"'),
        ('carrier = "within"', 'colour = "red"'),
        ("hertz = 1000", "hertz = "),
    ],
)
def test_wrong_table_is_refused(table_file: Path, change: tuple[str, str]) -> None:
    table_file.write_text(TABLE.replace(*change), encoding="utf-8")
    with pytest.raises(SetupError, match=re.escape(str(table_file))):
        prompts.Table.load(table_file)


def test_only_what_is_missing_or_changed_is_spoken(table_file: Path, place: Place) -> None:
    table, teller = prompts.Table.load(table_file), Teller()
    assert place.speak(table, teller) == 2
    assert sorted(teller.said) == [("您好。", "one", 1.0), ("甲二乙", "one", 0.8)]
    assert place.lay_out(table) == []
    before = place.sound("zh/yihu/hello")

    def no_voice() -> Voice:
        raise AssertionError("nothing is missing")

    assert prompts.speak_missing(table, place.cache, no_voice, print) == 0
    table_file.write_text(TABLE.replace("您好。", "您好呀。"), encoding="utf-8")
    table = prompts.Table.load(table_file)
    teller.said.clear()
    assert place.speak(table, teller) == 1
    assert [text for text, _, _ in teller.said] == ["您好呀。"]
    assert place.lay_out(table) == []
    assert np.array_equal(before, place.sound("zh/yihu/hello"))  # the teller hums them alike


def test_files_are_left_alone_until_their_source_changes(table_file: Path, place: Place) -> None:
    table = prompts.Table.load(table_file)
    place.speak(table, Teller())
    place.lay_out(table)
    files = [path for path in place.folder.rglob("*") if path.is_file()]
    assert {path.name for path in files} == {
        *("hello.wav", "2.wav", "beep.wav", "calm.wav", prompts.MADE)
    }
    for path in files:
        os.utime(path, (1, 1))
    place.lay_out(table)
    assert {path.stat().st_mtime for path in files} == {1}
    (place.folder / "zh/beep.wav").unlink()
    place.lay_out(table)
    assert place.sound("zh/beep").size == RATE // 5


def test_prompt_that_left_the_table_leaves_the_folder(table_file: Path, place: Place) -> None:
    place.speak(prompts.Table.load(table_file), Teller())
    place.lay_out(prompts.Table.load(table_file))
    table_file.write_text(TABLE.replace("yihu/hello", "yihu/other"), encoding="utf-8")
    place.lay_out(prompts.Table.load(table_file))
    assert not (place.folder / "zh/yihu/hello.wav").exists()
    assert (place.folder / "zh/yihu/other.wav").is_file()


def test_list_of_made_files_leads_nowhere_else(table_file: Path, place: Place) -> None:
    victim = place.folder.parent / "victim.wav"
    victim.write_bytes(b"mine")
    place.folder.mkdir()
    for made in ('{"../victim.wav": "x", "zh/../../victim.wav": "x"}', "[1]", "{", "\xff"):
        (place.folder / prompts.MADE).write_text(made, encoding="latin-1")
        place.lay_out(prompts.Table.load(table_file))
        assert victim.read_bytes() == b"mine"


def test_syllable_is_cut_out_of_its_carrier_for_the_voice_it_was_measured_with(
    table_file: Path,
) -> None:
    digit = prompts.Table.load(table_file).prompts[1]
    whole = prompts.spoken(prompts.Table.load(table_file, voice="two").prompts[1], Voice(Teller()))
    part = prompts.spoken(digit, Voice(Teller()))
    assert len(part) == pytest.approx(1.5 * RATE - 0.5 * RATE, abs=0.1 * RATE)
    assert len(whole) == pytest.approx(1.08 * RATE, abs=0.03 * RATE)
    other = Teller("espeak-ng")
    prompts.spoken(digit, Voice(other))
    assert other.said == [("二", "one", 1.0)]


def test_better_voice_takes_the_place_of_the_worse_one(table_file: Path, place: Place) -> None:
    table = prompts.Table.load(table_file)
    assert place.speak(table, Teller("espeak-ng")) == 2
    assert place.speak(table, Teller("espeak-ng")) == 0
    assert prompts.whose(table, "yihu/hello", place.cache, place.own) == "espeak-ng"
    assert place.speak(table, Teller("kokoro"), better=False) == 0
    assert place.speak(table, Teller("kokoro")) == 2
    assert prompts.whose(table, "yihu/hello", place.cache, place.own) == "kokoro"
    assert prompts.whose(table, "beep", place.cache, place.own) == "tone"


def test_without_any_voice_there_are_tones_and_music(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    def no_voice() -> Voice:
        raise SetupError("no voice")

    folder = prompts.ensure(place.folder, place.own, no_voice, cache=place.cache)
    assert folder == place.folder
    assert place.sound("zh/beep").size
    assert place.sound("moh/calm").size
    assert "yihu prompts build" in caplog.text
    assert len(caplog.records) == 2


def test_recording_of_people_wins_until_it_goes(table_file: Path, place: Place) -> None:
    table = prompts.Table.load(table_file)
    place.speak(table, Teller())
    record(place.own / "yihu/hello.wav", 2.0, 44_100)
    record(place.own / "moh/calm.flac", 70.0)
    assert place.lay_out(table) == []
    assert place.sound("zh/yihu/hello").size == 2 * RATE
    assert place.sound("moh/calm").size == 70 * RATE
    assert prompts.whose(table, "yihu/hello", place.cache, place.own) == "recorded"
    record(place.own / "yihu/hello.wav", 3.0, 8_000)
    place.lay_out(table)
    assert place.sound("zh/yihu/hello").size == 3 * RATE
    (place.own / "yihu/hello.wav").unlink()
    place.lay_out(table)
    assert place.sound("zh/yihu/hello").size < 2 * RATE


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: record(path, channels=2), "2 channels"),
        (lambda path: record(path, 61), "61 s"),
        (lambda path: record(path, rate=6_000), "6000 Hz"),
        (lambda path: soundfile.write(path, np.zeros(RATE), RATE), "holds no sound"),
        (lambda path: soundfile.write(path, np.zeros(0), RATE), "holds no sound"),
        (lambda path: path.write_bytes(b"RIFF, but no sound"), "cannot be read"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
    ],
)
def test_recording_that_cannot_be_used_is_named_and_the_machine_speaks(
    table_file: Path,
    place: Place,
    make: object,
    reason: str,
) -> None:
    table = prompts.Table.load(table_file)
    place.speak(table, Teller())
    path = place.own / "yihu/hello.wav"
    path.parent.mkdir()
    assert callable(make)
    make(path)
    (problem,) = place.lay_out(table)
    assert str(path) in problem
    assert reason in problem
    assert place.sound("zh/yihu/hello").size


def test_recording_with_a_wrong_name_is_told(table_file: Path, place: Place) -> None:
    table = prompts.Table.load(table_file)
    place.speak(table, Teller())
    record(place.own / "yihu/helo.wav")
    (problem,) = place.lay_out(table)
    assert "yihu/helo.wav" in problem


def test_cut_moves_to_silence_and_refuses_to_leave_nothing() -> None:
    hum = (8_000 * np.sin(np.arange(RATE) / 3)).astype(np.int16)
    hum[1_900:2_100] = 0
    hum[6_000:6_200] = 0
    part = sounds.cut(hum, 0.25, 0.24)
    assert len(part) == pytest.approx(6_100 - 2_000, abs=200)
    assert np.abs(part[:20]).max() < 3_000
    assert np.abs(part).max() > 4_000
    with pytest.raises(SetupError):
        sounds.cut(hum, 0.6, 0.6)
    with pytest.raises(SetupError):
        sounds.trim(np.zeros(RATE, np.int16))


def test_music_is_quiet_even_and_goes_round() -> None:
    music = sounds.unpacked(sounds.hold_music())
    assert len(music) == 40 * RATE
    levels = np.sqrt(np.square(music.reshape(-1, RATE)).mean(1))
    assert levels.max() < 10 ** (-28 / 20)
    assert levels.min() > 10 ** (-42 / 20)
    steps = np.abs(np.diff(music))
    assert abs(music[0] - music[-1]) <= steps.max()

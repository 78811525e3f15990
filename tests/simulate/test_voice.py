"""Mandarin speech: numbers in words, levels, and what the recogniser makes of it."""

from __future__ import annotations

import json
import shutil
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import vosk

from ivr.voice import DEFAULT_VOICE, Espeak, Voice, level, spell_numbers
from models.errors import SetupError
from yihu.simulate.audio import decode_alaw, encode_alaw, read_audio

TEXT = "我在南苑小区12栋楼下，自来水管破裂了，水喷得老高"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("12栋", "十二栋"),
        ("110", "幺幺零"),
        ("96345", "九六三四五"),
        ("88号", "八十八号"),
        ("302室", "三零二室"),
        ("1005号", "一千零五号"),
        ("2个人，2楼", "两个人，二楼"),
        ("13800000000", "幺三八零零零零零零零零"),
        ("0578-12345678", "零五七八幺二三四五六七八"),
        ("5-8号", "五杠八号"),
        ("2026年", "二零二六年"),
        ("3.5%", "百分之三点五"),
        ("12345.6", "幺二三四五点六"),
        ("10、20、100、0", "十、二十、一百、零"),
        ("没有数字", "没有数字"),
    ],
)
def test_digits_are_read_as_people_say_them(written: str, spoken: str) -> None:
    assert spell_numbers(written) == spoken


@pytest.mark.unit
def test_speech_is_brought_to_one_level_without_clipping() -> None:
    tone = np.sin(np.arange(8_000) / 5).astype(np.float32)
    quiet, loud = level(tone * np.float32(0.01)), level(tone * np.float32(3))
    assert np.allclose(quiet, loud, atol=1e-4)
    click = np.zeros(8_000, np.float32)
    click[4_000] = 0.01
    assert np.abs(level(click)).max() <= 0.89
    assert not level(np.zeros(10, np.float32)).any()


@pytest.mark.unit
def test_nothing_to_speak_with_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SetupError, match="yihu models fetch"):
        Voice.load(tmp_path)


@pytest.mark.integration
def test_espeak_speaks_where_the_voice_files_are_missing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    assert shutil.which("espeak-ng"), "espeak-ng is missing: run `make test`, which installs it"
    voice = Voice.load(tmp_path)
    assert voice.engine == "espeak-ng"
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert 3 < len(voice.speak(TEXT, "zf_xiaobei")) / 8_000 < 12


@pytest.mark.integration
def test_espeak_that_fails_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="espeak-ng could not speak"):
        Voice(Espeak(str(tmp_path / "nothing"))).speak("你好")


@pytest.fixture(scope="module")
def voice(models_dir: Path) -> Voice:
    made = Voice.load(models_dir)
    assert made.engine == "kokoro"
    return made


@pytest.mark.integration
def test_a_spoken_sentence_is_understood_through_the_telephone(
    voice: Voice, models_dir: Path
) -> None:
    samples = voice.speak(TEXT)
    assert 3 < len(samples) / 8_000 < 8
    heard = decode_alaw(encode_alaw(samples))
    vosk.SetLogLevel(-1)
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(models_dir / "vosk-small-cn")), 8_000)
    silence = np.zeros(4_000, np.int16)
    for part in (silence, heard, silence):
        recogniser.AcceptWaveform(part.tobytes())
    text = json.loads(recogniser.FinalResult())["text"].replace(" ", "")
    wanted = spell_numbers(TEXT).replace("，", "")
    assert edits(wanted, text) / len(wanted) < 0.3, text


@pytest.mark.integration
def test_a_text_is_spoken_once(voice: Voice, tmp_path: Path) -> None:
    folder = tmp_path / "spoken"
    path = voice.speak_to("您好，110，请讲", DEFAULT_VOICE, folder)
    first = path.stat()
    assert len(read_audio(path)) > 8_000
    assert voice.speak_to("您好，110，请讲", DEFAULT_VOICE, folder) == path
    assert path.stat() == first
    assert voice.speak_to("您好，110，请讲", "zm_yunxi", folder) != path
    assert {found.suffix for found in folder.iterdir()} == {".wav"}


@pytest.mark.integration
def test_what_cannot_be_spoken_is_told(voice: Voice) -> None:
    assert len(voice.voices()) == 8
    assert DEFAULT_VOICE in voice.voices()
    for text, name, speed in (
        ("", DEFAULT_VOICE, 1.0),
        ("长" * 2_001, DEFAULT_VOICE, 1.0),
        ("你好", "nobody", 1.0),
        ("你好", DEFAULT_VOICE, 9.0),
        ("■", DEFAULT_VOICE, 1.0),
    ):
        with pytest.raises(SetupError):
            voice.speak(text, name, speed)


def edits(one: str, other: str) -> int:
    """Characters to insert, remove or replace to turn one text into the other."""
    row = list(range(len(other) + 1))
    for i, left in enumerate(one, 1):
        new = [i]
        for j, (diagonal, above) in enumerate(pairwise(row), 1):
            new.append(min(new[-1] + 1, above + 1, diagonal + (left != other[j - 1])))
        row = new
    return row[-1]

"""Conversations of a caller and a seat for measurements: what each says, when, as sound.

Both speak in turns with natural pauses, each on their own leg, at 8 kHz through A-law over a
faint line noise. Sentences are the project's own, spoken once by its voices and kept.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import numpy as np
import numpy.typing as npt

from asr.audiosocket import BYTES_PER_MS
from asr.evaluate import read_wav
from ivr.voice import Voice
from yihu.simulate.audio import decode_alaw, encode_alaw

VOICES = ("zm_yunxia", "zf_xiaobei", "zf_xiaoyi", "zm_yunjian", "zf_xiaoxiao", "zm_yunxi")
NOISE = 6.0  # root mean square of 16-bit samples: a quiet line
PAUSES_MS = (300, 1_200)  # between one's last word and the other's first
# Turn by turn: the caller's words, then the seat's.
TURNS: tuple[tuple[str, str], ...] = (
    ("喂，你好，我家楼下的自来水管破了，水喷得老高", "您好，请问您在什么位置"),
    ("我在南苑小区门口，旁边有一个菜市场", "好的，水流得大不大，有没有淹到路上"),
    ("路上都是水，好几辆车已经过不去了", "明白了，请问您贵姓，电话还是这个号码吗"),
    ("我姓王，就打这个电话好了", "好的，我马上通知供水公司派人来修"),
    ("那大概要等多久，我们家里还有老人", "一般半个小时之内到，请您稍等一下"),
    ("我想问一下，身份证丢了要去哪里补办", "您可以去户籍所在地的派出所办理"),
    ("要带什么东西，星期六上班吗", "带户口本就可以，星期六上午也上班"),
    ("我们小区门口每天晚上都有人摆摊，吵得睡不着觉", "大概是几点钟开始，有多少个摊位"),
    ("从晚上八点一直到半夜，有七八家烧烤摊", "好的，我转给城管部门，他们会去处理"),
    ("上次也是这么说的，到现在都没有人来管", "非常抱歉，这次我会催他们尽快回复您"),
    ("路口有两辆车撞了，有人受伤，你们快点派人来", "请不要挂电话，受伤的人还清醒吗"),
    ("头上流了很多血，坐在地上不能动", "救护车已经在路上了，请不要移动伤员"),
)


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence on a leg: its text and where it lies, in milliseconds of the leg's audio."""

    text: str
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Leg:
    """One leg of a call: all its audio, and what is said in it."""

    caller: bool
    audio: bytes
    said: tuple[Said, ...]


class Sentences:
    """Spoken sentences, kept in ``folder``."""

    def __init__(self, models_dir: Path, folder: Path) -> None:
        self._models_dir = models_dir
        self._folder = folder
        self._voice: Voice | None = None

    def audio(self, text: str, voice: str) -> bytes:
        """The samples of a sentence."""
        if self._voice is None:
            self._voice = Voice.load(self._models_dir)
        return read_wav(self._voice.speak_to(text, voice, self._folder))


def conversation(sentences: Sentences, number: int, seconds: float) -> tuple[Leg, Leg]:
    """The caller's and the seat's leg of the ``number``-th call, ``seconds`` long.

    Every call begins with another turn; each sentence has one of six voices. The same number gives
    the same call.
    """
    chance = random.Random(number)  # noqa: S311 - a measurement that can be repeated
    size = round(seconds * 1000) * BYTES_PER_MS
    sound = [np.zeros(size // 2), np.zeros(size // 2)]
    said: list[list[Said]] = [[], []]
    at_ms = 400 + chance.randrange(1_500)
    for side, text, voice in _lines(number):
        audio = np.frombuffer(sentences.audio(text, voice), dtype="<i2")
        end_ms = at_ms + audio.size // (BYTES_PER_MS // 2)
        if end_ms + 1_500 > seconds * 1000:  # whole sentences only, heard to their end
            break
        begin = at_ms * BYTES_PER_MS // 2
        sound[side][begin : begin + audio.size] += audio
        said[side].append(Said(text, at_ms, end_ms))
        at_ms = end_ms + chance.randint(*PAUSES_MS)
    caller, seat = (
        Leg(side == 0, _telephone(sound[side], number * 2 + side), tuple(said[side]))
        for side in (0, 1)
    )
    return caller, seat


def _lines(number: int) -> Iterator[tuple[int, str, str]]:
    """Who speaks (0 is the caller), what, and in which voice, without end."""
    for turn in islice(cycle(range(len(TURNS))), number * 5 % len(TURNS), None):
        for side, text in enumerate(TURNS[turn]):
            yield side, text, VOICES[(turn + 3 * side) % len(VOICES)]


def _telephone(sound: npt.NDArray[np.float64], seed: int) -> bytes:
    noisy = sound + np.random.default_rng(seed).normal(0.0, NOISE, sound.size)
    samples = np.clip(noisy, -32_768, 32_767).astype(np.int16)
    return decode_alaw(encode_alaw(samples)).astype("<i2").tobytes()

"""Mandarin speech from text, at the telephone's 8 kHz.

Kokoro-82M (int8, ONNX) with the phonemes of misaki speaks where its files are in place;
espeak-ng's Mandarin where they are not. Both work offline.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import shutil
import subprocess
import tempfile
import warnings
import wave
from math import gcd
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from models.errors import SetupError

log = logging.getLogger(__name__)

RATE = 8_000
DEFAULT_VOICE = "zf_xiaobei"
LONGEST_TEXT = 2_000
STYLE_SHAPE = (510, 1, 256)  # of a voice file: a style for every number of phonemes
LEVEL = 0.1  # root mean square of the parts that are speech, full scale being 1
PEAK = 0.89
ESPEAK_SECONDS = 60

Samples = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float32]

# Digits are read one by one in numbers that are names, and 1 is then yāo.
NAMES = {"110", "119", "120", "122", "12345", "96345", "95598"}
NAMING = re.compile(r"\d+(?=室|房)|\d{4}(?=年)")
SPELT = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
COUNTED = "个人位名辆条只户次天间"
NUMBER = re.compile(rf"(\d+)(?:\.(\d+))?(?=([{COUNTED}]|点(?!\d))?)")


class Engine(Protocol):
    """Turns text without digits into samples of -1..1 and says their rate."""

    name: str

    def voices(self) -> list[str]: ...

    def say(self, text: str, voice: str, speed: float) -> tuple[Floats, int]: ...


class Voice:
    """Speaks Mandarin. ``load`` takes 2 to 3 s on two cores, ``speak`` less than the audio lasts.

    Methods block: call them in a worker thread. What the recogniser gets wrong of each voice:
    ``zm_yunxia`` 8 % of characters, ``zf_xiaobei`` 11, ``zf_xiaoyi`` 13, ``zm_yunjian`` 14,
    ``zf_xiaoxiao`` 16, ``zm_yunxi`` 17, ``zm_yunyang`` 26, ``zf_xiaoni`` 54 (five sentences,
    A-law, vosk-small-cn).
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @classmethod
    def load(cls, models_dir: Path, *, threads: int = 0) -> Voice:
        """Kokoro if ``<models_dir>/kokoro`` is there, else espeak-ng, which is logged.

        ``threads`` is how many processors Kokoro may take at once; 0 is all of them. One takes
        a third less time of processors altogether than two. Raises ``SetupError`` where there is
        neither.
        """
        folder = models_dir / "kokoro"
        if engine_of(models_dir) == Kokoro.name:
            return cls(Kokoro(folder, threads))
        program = shutil.which("espeak-ng")
        if program is None:
            raise SetupError(
                f"No voice can speak: {folder} is missing and espeak-ng is not installed. "
                "Run `yihu models fetch` or install espeak-ng."
            )
        log.warning("the voice files are not in %s: espeak-ng speaks instead", folder)
        return cls(Espeak(program))

    @property
    def engine(self) -> str:
        """Which engine speaks: ``kokoro`` or ``espeak-ng``."""
        return self._engine.name

    def voices(self) -> list[str]:
        """Names for ``speak``; ``zf_`` are women, ``zm_`` men. espeak-ng takes any name."""
        return self._engine.voices()

    def speak(self, text: str, voice: str = DEFAULT_VOICE, speed: float = 1.0) -> Samples:
        """``text`` as 8 kHz samples at an even level.

        Raises ``SetupError`` for a voice there is not, a speed outside 0.5..2 or a text that
        is empty, longer than 2000 characters or without anything to pronounce.
        """
        if not text.strip() or len(text) > LONGEST_TEXT:
            raise SetupError(f"A text to speak has 1 to {LONGEST_TEXT} characters.")
        if not 0.5 <= speed <= 2.0:
            raise SetupError(f"Speed {speed:g} is not between 0.5 and 2.")
        loud, rate = self._engine.say(spell_numbers(text), voice, speed)
        return resample(level(loud), rate, RATE)

    def speak_to(
        self, text: str, voice: str = DEFAULT_VOICE, folder: Path = Path(), speed: float = 1.0
    ) -> Path:
        """The WAV file of a text in ``folder``, spoken only if it is not there yet."""
        path = spoken_file(folder, self._engine.name, text, voice, speed)
        if path.is_file():
            return path
        samples = self.speak(text, voice, speed)
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as partial:
            try:
                with wave.open(partial, "wb") as sound:
                    sound.setnchannels(1)
                    sound.setsampwidth(2)
                    sound.setframerate(RATE)
                    sound.writeframes(samples.tobytes())
                Path(partial.name).replace(path)
            except BaseException:
                Path(partial.name).unlink(missing_ok=True)
                raise
        return path


class Kokoro:
    """Kokoro-82M with the Mandarin voices."""

    name = "kokoro"

    def __init__(self, folder: Path, threads: int = 0) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # from third-party modules being compiled
            import jieba
            from kokoro_onnx import Kokoro as Model
            from misaki.zh import ZHG2P
            from onnxruntime import InferenceSession, SessionOptions

        jieba.setLogLevel(logging.WARNING)
        jieba.initialize()
        self._styles: dict[str, Floats] = {}
        for path in sorted((folder / "voices").glob("z*.bin")):
            style = np.fromfile(path, np.float32)
            if style.size != np.prod(STYLE_SHAPE):
                raise SetupError(f"{path} is not a voice: run `yihu models verify`.")
            self._styles[path.stem] = style.reshape(STYLE_SHAPE)
        self._phonemes = ZHG2P()
        handle, name = tempfile.mkstemp(suffix=".npz")  # the library wants some voices file
        try:
            with os.fdopen(handle, "wb") as archive:
                np.savez(archive, style)
            options = SessionOptions()
            options.intra_op_num_threads = threads
            self._model = Model.from_session(
                InferenceSession(
                    str(folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
                ),
                name,
            )
        except Exception as error:  # onnxruntime has no public base class
            raise SetupError(
                f"The voice model in {folder} cannot be loaded ({error}): run `yihu models verify`."
            ) from None
        finally:
            Path(name).unlink()

    def voices(self) -> list[str]:
        return list(self._styles)

    def say(self, text: str, voice: str, speed: float) -> tuple[Floats, int]:
        style = self._styles.get(voice)
        if style is None:
            raise SetupError(f"There is no voice {voice[:40]!r}: use {', '.join(self._styles)}.")
        phonemes, _ = self._phonemes(text)
        try:
            samples, rate = self._model.create(phonemes, style, speed=speed, is_phonemes=True)
        except ValueError:
            raise SetupError("The text holds nothing that can be pronounced.") from None
        return samples, rate


class Espeak:
    """espeak-ng's Mandarin, one voice."""

    name = "espeak-ng"

    def __init__(self, program: str) -> None:
        self._program = program

    def voices(self) -> list[str]:
        return ["cmn"]

    def say(self, text: str, voice: str, speed: float) -> tuple[Floats, int]:
        words_a_minute = str(round(160 * speed))
        command = [self._program, "-v", "cmn", "-s", words_a_minute, "--stdin", "--stdout"]
        try:
            done = subprocess.run(  # noqa: S603 - the text goes in on standard input
                command,
                input=text.encode(),
                capture_output=True,
                timeout=ESPEAK_SECONDS,
                check=True,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise SetupError(f"espeak-ng could not speak: {error}.") from None
        with wave.open(io.BytesIO(done.stdout)) as sound:
            rate = sound.getframerate()
        # The header of a piped WAV file does not know the length: take all after it.
        samples = np.frombuffer(done.stdout[44:][: len(done.stdout[44:]) // 2 * 2], np.int16)
        if not samples.size:
            raise SetupError("The text holds nothing that can be pronounced.")
        return (samples / np.float32(32_768)).astype(np.float32), rate


def engine_of(models_dir: Path) -> str:
    """Which engine ``Voice.load`` takes."""
    folder = models_dir / "kokoro"
    in_place = (folder / "model.onnx").is_file() and any((folder / "voices").glob("z*.bin"))
    return Kokoro.name if in_place else Espeak.name


def spoken_file(folder: Path, engine: str, text: str, voice: str, speed: float = 1.0) -> Path:
    """Where ``Voice.speak_to`` keeps a text."""
    key = "\n".join((engine, voice, f"{speed:g}", text))
    return folder / f"{hashlib.sha256(key.encode()).hexdigest()[:32]}.wav"


def spell_numbers(text: str) -> str:
    """Arabic digits as they are spoken: 12栋 十二栋, 110 幺幺零, 302室 三零二室, 2个 两个.

    Service numbers, numbers of five digits and more, with a leading zero or before 室 and 房
    are spelt; others are counted.
    """

    def spoken(match: re.Match[str]) -> str:
        whole, decimals, measure = match.groups()
        spelt = "".join(SPELT[digit] for digit in whole)
        if decimals:
            return (
                (_count(whole) if len(whole) < 5 else spelt)
                + "点"
                + "".join(_digit(digit) for digit in decimals)
            )
        if whole == "2" and measure:
            return "两"
        is_name = whole in NAMES or len(whole) > 4 or (whole[0] == "0" and len(whole) > 1)
        return spelt if is_name else _count(whole)

    text = NAMING.sub(lambda match: "".join(SPELT[digit] for digit in match.group()), text)
    text = re.sub(r"(?<=\d{3})-(?=\d{5})", "", text)  # area code and number
    text = re.sub(r"(?<=\d)-(?=\d)", "杠", text)
    text = re.sub(r"(\d+(?:\.\d+)?)%", r"百分之\1", text)
    return NUMBER.sub(spoken, text)


def _digit(digit: str) -> str:
    return "零一二三四五六七八九"[int(digit)]


def _count(digits: str) -> str:
    """A number below 10000 in words, as in 一百零二."""
    words, gap = "", False
    for place, digit in zip(range(len(digits) - 1, -1, -1), digits, strict=True):
        if digit == "0":
            gap = bool(words)
            continue
        words += ("零" if gap else "") + _digit(digit) + ("", "十", "百", "千")[place]
        gap = False
    if words.startswith("一十"):
        words = words[1:]
    return words or "零"


def level(samples: Floats) -> Floats:
    """Speech brought to one loudness: ``LEVEL`` where it is loud, never over ``PEAK``."""
    size = np.abs(samples)
    peak = float(size.max())
    if peak == 0.0:
        return samples
    active = samples[size > peak / 20]
    loudness = float(np.sqrt(np.mean(np.square(active))))
    return np.asarray(samples * min(LEVEL / loudness, PEAK / peak), np.float32)


def resample(samples: npt.NDArray[Any], rate: int, wanted: int) -> Samples:
    """Samples of -1..1 at ``rate`` as 16-bit samples at ``wanted`` Hz, band-limited first."""
    if rate != wanted:
        from scipy.signal import resample_poly  # slow to import

        divisor = gcd(rate, wanted)
        samples = resample_poly(samples, wanted // divisor, rate // divisor)
    return np.asarray(np.clip(samples, -1.0, 1.0) * 32_767.0).round().astype(np.int16)

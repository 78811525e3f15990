"""An instance's own prompts: recordings and newly spoken texts in place of the built-in ones.

They are files of the instance's prompts folder, laid out at once into the folder that Asterisk
plays from: the next call hears them, and so does every start from then on.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, TypeVar

import anyio
import anyio.to_thread
import numpy as np
import soundfile

from ivr import prompt_sounds as sounds
from ivr import prompts
from ivr.prompts import ENDINGS, LANGUAGE, MUSIC, Prompt, Table
from ivr.voice import RATE, Floats
from models.errors import InvalidInput, NotFound, SetupError, Unavailable

T = TypeVar("T")

MOST_BYTES: Final = 20 * 1024 * 1024
MUSIC_TEXT: Final = "等待音乐"
QUIETEST: Final = 0.001  # of full scale; below that nothing was recorded
SHORTEST_SECONDS: Final = 0.2
WHOLE: Final = 6  # characters of the shortest sentence


class Speaks(Protocol):
    """Turns a text into a sound file; see ``ivr.speak.Speaker``."""

    async def speak(self, text: str, voice: str) -> Path | None: ...


@dataclass(frozen=True, slots=True)
class Folders:
    """Where sounds lie: what Asterisk plays, the instance's own ones, and spoken ones."""

    sounds: Path
    own: Path
    cache: Path


@dataclass(frozen=True, slots=True)
class Entry:
    """A sound by its name. ``text`` is the built-in words; empty ``voice`` for a tone or music,
    which nobody speaks anew. ``seconds`` is 0 where the sound is missing. ``fragment``: it is a
    part that numbers and sentences are put together from."""

    name: str
    text: str
    voice: str
    own: bool
    seconds: float
    fragment: bool


class OwnPrompts:
    """Lists and replaces sounds, one change at a time; files are worked on in a thread."""

    def __init__(self, folders: Folders, speaker: Speaks | None, voice: str = "") -> None:
        self._folders = folders
        self._speaker = speaker
        self._voice = voice
        self._turn = anyio.Lock()

    @property
    def can_speak(self) -> bool:
        """Whether there is a voice that may be asked; it may still lack its files."""
        return self._speaker is not None

    async def listed(self) -> list[Entry]:
        """Every prompt in the table's order, then the tones and the music."""
        return await _in_thread(self._listed)

    async def sound(self, name: str) -> Path:
        """The file that callers hear; raises ``NotFound``."""
        table = await _in_thread(self._table)
        path = self._file(_known(table, name))
        if not await anyio.Path(path).is_file():
            raise NotFound("这条提示音还没有声音，请先生成或上传录音。")
        return path

    async def record(self, name: str, data: bytes) -> float:
        """Let a recording take the place of a sound from the next call on; its seconds.

        ``data`` is a WAV file of 8 to 192 kHz, one or two channels. Raises ``InvalidInput`` for
        anything else, ``NotFound`` for an unknown name.
        """
        async with self._turn:
            return await _in_thread(lambda: self._store(name, data))

    async def speak(self, name: str, text: str) -> float:
        """Let a voice say another text from the next call on; its seconds.

        Raises ``NotFound``, ``InvalidInput`` for a sound that is no speech, ``Unavailable``
        where no voice could speak.
        """
        entry = next((one for one in await self.listed() if one.name == name), None)
        if entry is None:
            raise NotFound("没有这条提示音，请刷新页面。")
        if not entry.voice:
            raise InvalidInput("这不是语音，不能按文字生成；可以上传录音。")
        if self._speaker is None:
            raise Unavailable("语音合成没有启用，请改为上传录音。")
        async with self._turn:
            path = await self._speaker.speak(text, entry.voice)
            if path is None:
                raise Unavailable("语音合成没有成功，请稍后再试，或改为上传录音。")
            data = await anyio.Path(path).read_bytes()
            return await _in_thread(lambda: self._store(name, data))

    async def restore(self, name: str) -> None:
        """Let the built-in sound be heard again; raises ``NotFound``."""

        def work() -> None:
            known = _known(self._table(), name)
            for ending in ENDINGS:
                (self._folders.own / f"{known}{ending}").unlink(missing_ok=True)
            self._lay_out()

        async with self._turn:
            await _in_thread(work)

    # --- in a thread -------------------------------------------------------------------------

    def _table(self) -> Table:
        return Table.load(voice=self._voice)

    def _listed(self) -> list[Entry]:
        table = self._table()
        lines = [(one.name, one.text, one.voice, _is_fragment(one)) for one in table.prompts]
        lines += [(one.name, f"{one.hertz:g} 赫兹提示音", "", False) for one in table.tones]
        lines.append((MUSIC, MUSIC_TEXT, "", False))
        return [
            Entry(
                name=name,
                text=text,
                voice=voice,
                own=any((self._folders.own / f"{name}{end}").is_file() for end in ENDINGS),
                seconds=_seconds(self._file(name)),
                fragment=fragment,
            )
            for name, text, voice, fragment in lines
        ]

    def _file(self, name: str) -> Path:
        place = name if name == MUSIC else f"{LANGUAGE}/{name}"
        return self._folders.sounds / f"{place}.wav"

    def _store(self, name: str, data: bytes) -> float:
        known = _known(self._table(), name)
        longest = sounds.LONGEST_MUSIC_SECONDS if known == MUSIC else sounds.LONGEST_SECONDS
        heard, rate = checked(data, longest)
        own = self._folders.own / f"{known}.wav"
        part = own.with_name(own.name + ".part")
        try:
            own.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as handle:
                soundfile.write(handle, heard, rate, format="WAV", subtype="PCM_16")
            own.with_suffix(".flac").unlink(missing_ok=True)
            part.replace(own)
            self._lay_out()
        except (OSError, soundfile.LibsndfileError, SetupError) as error:
            raise Unavailable("录音无法保存，请检查服务器磁盘后重试。") from error
        finally:
            part.unlink(missing_ok=True)
        return len(heard) / rate

    def _lay_out(self) -> None:
        folders = self._folders
        prompts.lay_out(self._table(), folders.cache, folders.own, folders.sounds)


def checked(data: bytes, longest_seconds: float) -> tuple[Floats, int]:
    """A recording's samples as one channel, and their rate.

    Raises ``InvalidInput`` with what is wrong, in words for people.
    """
    if not (data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE"):
        raise InvalidInput("请上传 WAV 格式的录音文件（可用录音软件另存为 WAV）。")
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as sound:
            rate, frames, width = int(sound.samplerate), int(sound.frames), int(sound.channels)
            if width not in (1, 2):
                raise InvalidInput(f"录音有 {width} 个声道，请改为单声道或双声道。")
            if not RATE <= rate <= sounds.MOST_RATE:
                raise InvalidInput(f"录音的采样率是 {rate}，应为 {RATE} 至 192000。")
            if frames < SHORTEST_SECONDS * rate:
                raise InvalidInput("录音里没有声音，或太短，请重新录制。")
            if frames > longest_seconds * rate:
                raise InvalidInput(
                    f"录音长 {frames / rate:.0f} 秒，最长 {longest_seconds:g} 秒，请剪短后上传。"
                )
            read = sound.read(frames=frames, dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, ValueError) as error:
        raise InvalidInput("这个 WAV 文件无法读取，可能已损坏，请重新导出。") from error
    heard: Floats = np.mean(read, axis=1, dtype=np.float32)
    if not heard.size or not np.isfinite(heard).all() or float(np.abs(heard).max()) < QUIETEST:
        raise InvalidInput("录音里没有声音，请检查话筒后重新录制。")
    return heard, rate


def _is_fragment(prompt: Prompt) -> bool:
    """Whether it is no whole sentence."""
    return prompt.carrier is not None or len(prompt.text) < WHOLE or prompt.text[-1] != "。"


def _known(table: Table, name: str) -> str:
    """``name`` itself, which may go into a path; raises ``NotFound``."""
    if name != MUSIC and name not in table.names:
        raise NotFound("没有这条提示音，请刷新页面。")
    return name


def _seconds(path: Path) -> float:
    try:
        return float(soundfile.info(str(path)).duration)
    except (soundfile.LibsndfileError, OSError):
        return 0.0


async def _in_thread(work: Callable[[], T]) -> T:
    return await anyio.to_thread.run_sync(work)

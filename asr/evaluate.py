"""How well engines hear: errors against what was said, on recordings with known text.

A recording is decoded as a call is: voice activity cuts it into utterances. Both sides of a
comparison have all their numerals made digits, so 十二栋 and 12栋, 四个人 and 4个人 are equal, and
punctuation does not count; a raw comparison takes the model's words and the text as they are.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pypinyin import lazy_pinyin

from asr.audiosocket import BYTES_PER_MS
from asr.engine import Engine, Pool
from asr.heard import Heard
from asr.sound import Sound
from asr.text import NUMBER, digits, written
from asr.vad import Closed, Segmenter
from models.errors import SetupError

PIECE = 200 * BYTES_PER_MS
LONGEST_MS = 60 * 60 * 1000
MARKS = "，。？！"


@dataclass(frozen=True, slots=True)
class Recording:
    """A file of the manifest, what was said in it, and the addresses in that, as written there."""

    wav: Path
    text: str
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One recording's result. ``said`` and ``got`` are what is compared of ``text`` and ``heard``;
    ``errors`` are those of ``characters`` characters."""

    wav: str
    text: str
    heard: str
    raw: str
    said: str
    got: str
    errors: int
    characters: int
    address_errors: int
    address_characters: int

    @property
    def cer(self) -> float:
        return round(self.errors / max(1, self.characters), 4)


@dataclass(frozen=True, slots=True)
class Report:
    """One engine's run. Rates are errors per said character or syllable; ``raw_cer`` compares the
    model's words as they are; the real-time factor is processor time per time of audio.
    ``address_cer`` counts the characters of addresses alone, ``marks`` is the harmonic mean of
    how many of the punctuation marks are right and how many of the right ones are there; both
    are ``None`` where the manifest has none."""

    engine: str
    audio_seconds: float
    cer: float
    raw_cer: float
    syllable_error: float
    address_cer: float | None
    marks: float | None
    real_time_factor: float
    rows: tuple[Row, ...]

    def as_dict(self) -> dict[str, Any]:
        """For JSON: every row with its own rate."""
        rows = [{**asdict(row), "cer": row.cer} for row in self.rows]
        return {**asdict(self), "rows": rows}


def read_manifest(path: Path) -> list[Recording]:
    """Lines of wav, tab, text and, where wanted, tab, addresses divided by ``|``; files lie
    beside the manifest. Raises ``SetupError``."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise SetupError(f"The manifest {path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise SetupError(f"The manifest {path} is not UTF-8: save it in that encoding.") from None
    rows = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        name, text, addresses, *_ = [*map(str.strip, line.split("\t")), "", ""]
        if not plain(text):
            raise SetupError(f"{path} line {number} lacks a text: write wav, tab, text.")
        told = tuple(filter(None, addresses.split("|")))
        rows.append(
            Recording(path.parent / name, text, told if all(a in text for a in told) else ())
        )
    if not rows:
        raise SetupError(f"The manifest {path} is empty.")
    for row in rows:
        if not row.wav.is_file():
            raise SetupError(f"There is no file {row.wav}: correct its line in {path}.")
    return rows


def read_wav(path: Path) -> bytes:
    """The samples of a sound file as 8 kHz mono, 16 bits: any rate and one or two channels are
    converted, a file that is cut off is read as far as it goes. Raises ``SetupError``."""
    with Sound(path) as sound:
        if sound.duration_ms > LONGEST_MS:
            raise SetupError(f"{path} is longer than an hour: cut it.")
        pieces = [np.mean(piece, axis=1).astype(np.int16) for piece in sound.pieces()]
    if not pieces:
        raise SetupError(f"{path} breaks off before its first sound: fetch it again.")
    return np.concatenate(pieces).tobytes()


def evaluate(engine: Engine, recordings: Iterable[Recording], *, raw: bool = False) -> Report:
    """Decode every recording and compare with what was said."""
    rows: list[Row] = []
    pool = Pool(engine)
    seconds = spent = 0.0
    for recording in recordings:
        audio = read_wav(recording.wav)
        seconds += len(audio) / BYTES_PER_MS / 1000
        started = time.process_time()
        utterances = utterances_of(pool, audio)
        heard = "".join(engine.writer.finished(one.words).text for one in utterances)
        spent += time.process_time() - started
        words = " ".join(one.raw_text for one in utterances)
        rows.append(compared(recording, words if raw else heard, words, raw=raw))
    return report(engine.name, rows, seconds, spent / seconds)


def compared(recording: Recording, heard: str, words: str, *, raw: bool = False) -> Row:
    """One recording's row, from the text for people and the model's words."""
    alike = _as_it_is if raw else same_numerals
    said, got = plain(alike(recording.text)), plain(alike(heard))
    wrong = wrong_at(said, got)
    errors = counted = 0
    for address in recording.addresses:
        begin, size = said.find(plain(alike(address))), len(plain(alike(address)))
        if begin >= 0:
            errors += sum(wrong[begin : begin + size])
            counted += size
    return Row(
        wav=recording.wav.name,
        text=recording.text,
        heard=heard,
        raw=words,
        said=said,
        got=got,
        errors=distance(said, got),
        characters=len(said),
        address_errors=errors,
        address_characters=counted,
    )


def report(engine: str, rows: Sequence[Row], seconds: float, factor: float) -> Report:
    """The figures of a run from its rows."""
    pairs = [(row.said, row.got) for row in rows]
    counted = sum(row.address_characters for row in rows)
    marked = any(mark in row.text for row in rows for mark in MARKS)
    return Report(
        engine=engine,
        audio_seconds=round(seconds, 3),
        cer=rate(pairs),
        raw_cer=rate((plain(row.text), plain(row.raw)) for row in rows),
        syllable_error=rate((syllables(said), syllables(heard)) for said, heard in pairs),
        address_cer=round(sum(r.address_errors for r in rows) / counted, 4) if counted else None,
        marks=marks_right(rows) if marked else None,
        real_time_factor=round(factor, 4),
        rows=tuple(rows),
    )


def marks_right(rows: Iterable[Row]) -> float:
    """The harmonic mean of precision and recall of punctuation marks, the kind and the place
    (behind which said character) being right."""
    right = there = wanted = 0
    for row in rows:
        said, heard = _marks(digits(row.text)), _marks(digits(row.heard))
        place = _places(row.said, row.got)
        moved = {(place.get(at, -1), mark) for at, mark in heard}
        right += len(moved & said)
        there += len(heard)
        wanted += len(said)
    return round(2 * right / max(1, there + wanted), 4)


def same_numerals(text: str) -> str:
    """``text`` with every Chinese numeral as digits, also where one would not write it so."""
    return NUMBER.sub(lambda match: _in_parts(match[0]), digits(text))


def _in_parts(number: str) -> str:
    """Numerals in digits; what is no number as a whole (三百二十八八一千) part by part, so that
    one wrong numeral counts as one."""
    parts: list[str] = []
    while number:
        sizes = range(len(number), 0, -1)
        size = next((size for size in sizes if written(number[:size]) is not None), 0)
        parts.append((size and written(number[:size])) or number[0])
        number = number[size or 1 :]
    return "".join(parts)


def _as_it_is(text: str) -> str:
    return text


def _marks(text: str) -> set[tuple[int, str]]:
    """Every mark with the number of letters and digits before it."""
    found, before = set(), 0
    for char in text:
        if char in MARKS:
            found.add((before, char))
        before += char.isalnum()
    return found


def _places(said: str, heard: str) -> dict[int, int]:
    """To which place in ``said`` each place in ``heard`` belongs."""
    from difflib import SequenceMatcher

    places = {len(heard): len(said)}
    for block in SequenceMatcher(None, said, heard, autojunk=False).get_matching_blocks():
        for step in range(1, block.size + 1):
            places[block.b + step] = block.a + step
    return places


def utterances_of(pool: Pool, audio: bytes) -> list[Heard]:
    """What is heard in the utterances that voice activity finds."""
    recogniser, segmenter = pool.borrow(), Segmenter()
    heard: list[Heard] = []
    steps = [
        step
        for start in range(0, len(audio), PIECE)
        for step in segmenter.feed(audio[start : start + PIECE])
    ]
    for step in [*steps, *segmenter.flush()]:
        if isinstance(step, Closed):
            heard.append(recogniser.finish())
        elif step.audio:
            recogniser.accept(step.audio)
    pool.give_back(recogniser)
    return heard


def through_service(pool: Pool, audio: bytes) -> str:
    """The model's words in the utterances that voice activity finds."""
    return " ".join(one.raw_text for one in utterances_of(pool, audio))


def through_model(pool: Pool, audio: bytes) -> str:
    """The model's words when it is given everything."""
    recogniser = pool.borrow()
    for start in range(0, len(audio), PIECE):
        recogniser.accept(audio[start : start + PIECE])
    heard = recogniser.finish()
    pool.give_back(recogniser)
    return heard.raw_text


def rate(pairs: Iterable[tuple[Sequence[str], Sequence[str]]]) -> float:
    """Errors per element of what was said."""
    errors = size = 0
    for said, heard in pairs:
        errors += distance(said, heard)
        size += len(said)
    return round(errors / max(1, size), 4)


def plain(text: str) -> str:
    """Letters and digits only, small; what characters are counted on."""
    return "".join(char for char in text.lower() if char.isalnum())


def syllables(text: str) -> list[str]:
    """Toneless pinyin per character; anything else as it is, character by character."""
    return [part for char in plain(text) for part in lazy_pinyin(char)]


def distance(said: Sequence[str], heard: Sequence[str]) -> int:
    """Least number of insertions, deletions and replacements (Levenshtein)."""
    return _table(said, heard)[-1][-1]


def wrong_at(said: Sequence[str], heard: Sequence[str]) -> list[int]:
    """The errors at each element of ``said``; an insertion counts at the element before it."""
    table = _table(said, heard)
    wrong = [0] * (len(said) + 1)
    i, j = len(said), len(heard)
    while i or j:
        if i and j and table[i][j] == table[i - 1][j - 1] + (said[i - 1] != heard[j - 1]):
            i, j = i - 1, j - 1
            wrong[i + 1] += said[i] != heard[j]
        elif i and table[i][j] == table[i - 1][j] + 1:
            wrong[i] += 1
            i -= 1
        else:
            wrong[i] += 1
            j -= 1
    return wrong[1:]


def _table(said: Sequence[str], heard: Sequence[str]) -> list[list[int]]:
    table = [list(range(len(heard) + 1))]
    for i, a in enumerate(said, start=1):
        row = [i]
        for j, b in enumerate(heard, start=1):
            row.append(min(table[-1][j] + 1, row[-1] + 1, table[-1][j - 1] + (a != b)))
        table.append(row)
    return table

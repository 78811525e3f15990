"""What goes between the speech process and the processes that decode for it.

Messages of a ``SOCK_SEQPACKET`` pair: one job out, one answer back, never two jobs at a time. A
job is ``JOB`` and audio, an answer is JSON.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass
from typing import Any

from asr.events import Change, Word

MOST_AUDIO = 64 * 1024
MOST_ANSWER = 192 * 1024  # some 2,000 words; an utterance has 20 s

_JOB = struct.Struct("<QB")  # utterance, flags
_PARTIAL, _FINISH, _FORGET = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Job:
    """Decode ``audio``, the next of an utterance; an unknown number begins one.

    ``partial`` asks for the words so far, ``finish`` for all of them and ends the utterance,
    ``forget`` ends it without words.
    """

    utterance: int
    audio: bytes = b""
    partial: bool = False
    finish: bool = False
    forget: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The words of an utterance: for people, as the model wrote them, and with ``finish`` each
    by itself, its times counted from the utterance's first sample."""

    text: str = ""
    raw_text: str = ""
    words: tuple[Word, ...] = ()
    confidence: float = 0.0
    changes: tuple[Change, ...] = ()


def pack_job(job: Job) -> bytes:
    """The message of a job."""
    flags = job.partial * _PARTIAL | job.finish * _FINISH | job.forget * _FORGET
    return _JOB.pack(job.utterance, flags) + job.audio


def unpack_job(message: bytes) -> Job:
    """The job in a message of ``pack_job``."""
    utterance, flags = _JOB.unpack_from(message)
    return Job(
        utterance,
        message[_JOB.size :],
        partial=bool(flags & _PARTIAL),
        finish=bool(flags & _FINISH),
        forget=bool(flags & _FORGET),
    )


def pack_answer(answer: Answer) -> bytes:
    """The message of an answer."""
    words = [[w.text, w.start_ms, w.end_ms, w.confidence] for w in answer.words]
    changes = [[change.start, change.end, change.heard] for change in answer.changes]
    body = [answer.text, answer.raw_text, words, answer.confidence, changes]
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def unpack_answer(message: bytes) -> Answer:
    """The answer in a message of ``pack_answer``."""
    text, raw_text, words, confidence, changes = json.loads(message)
    return Answer(
        text,
        raw_text,
        tuple(Word(*word) for word in words),
        confidence,
        tuple(Change(*change) for change in changes),
    )


def pack_greeting(**fields: Any) -> bytes:
    """What the loading process says first: ``engine`` and ``grows``, or ``error``."""
    return json.dumps(fields, ensure_ascii=False).encode()


def unpack_greeting(message: bytes) -> dict[str, Any]:
    """The fields of ``pack_greeting``; empty where the process ended without a word."""
    found = json.loads(message) if message else {}
    return found if isinstance(found, dict) else {}

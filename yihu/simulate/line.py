"""A call of a simulated telephone, and the line that holds it while it lasts."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import anyio

from yihu.simulate import sip
from yihu.simulate.rtp import AudioPort


@dataclass(slots=True)
class PhoneCall:
    """A call this telephone rang for. Once it is over, ``heard_seconds`` is how much audio
    came from the far side, ``heard`` its first part as A-law if the telephone records, and
    ``end`` is ``cancelled``, ``far_end``, ``own`` or ``failed``."""

    from_uri: str
    answered: bool = False
    heard_seconds: float = 0.0
    heard: bytes = b""
    end: str = ""


@dataclass(slots=True)
class Line:
    """The one call a telephone can hold."""

    invite: sip.Message
    call: PhoneCall
    tag: str = field(default_factory=lambda: secrets.token_hex(6))
    answer: anyio.Event = field(default_factory=anyio.Event)
    acknowledged: anyio.Event = field(default_factory=anyio.Event)
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    last_reply: bytes = b""
    description: str = ""
    audio: AudioPort | None = None

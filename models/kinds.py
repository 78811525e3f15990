"""The kinds that columns of the tables hold."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What a person is in the centre."""

    SEAT = "seat"
    SUPERVISOR = "supervisor"
    UNIT = "unit"
    ADMINISTRATOR = "administrator"


class LegRole(StrEnum):
    """Whose voice a leg carries."""

    CALLER = "caller"
    AGENT = "agent"
    CONSULT = "consult"
    SUPERVISOR = "supervisor"


class SpeechState(StrEnum):
    """Whether a call's words are being written down."""

    OFF = "off"
    LIVE = "live"
    UNAVAILABLE = "unavailable"


class Direction(StrEnum):
    """Who called whom."""

    IN = "in"
    OUT = "out"


class UtteranceSource(StrEnum):
    """When an utterance was written down."""

    LIVE = "live"  # while it was spoken
    RECORDING = "recording"  # from the call's recording, afterwards


class Device(StrEnum):
    """What an agent talks through."""

    WEB = "web"
    PHONE = "phone"

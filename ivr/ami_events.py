"""What Asterisk tells over AMI, as typed values; raw messages end here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

UNKNOWN: Final = ("<unknown>", "unknown")
TEXT_LIMIT: Final = 128


@dataclass(frozen=True, slots=True)
class AmiUp:
    """The session is logged in; what Asterisk holds must be compared with the rows."""


@dataclass(frozen=True, slots=True)
class AmiDown:
    """The session is over; ``reason`` is for the log."""

    reason: str


@dataclass(frozen=True, slots=True)
class CallerJoined:
    """A caller entered a queue. ``position`` counts from 1."""

    queue: str
    channel: str
    linkedid: str
    caller_number: str
    dialled: str
    position: int


@dataclass(frozen=True, slots=True)
class CallerLeft:
    """A caller is no longer waiting: answered, hung up or sent on."""

    queue: str
    channel: str
    linkedid: str


@dataclass(frozen=True, slots=True)
class CallerAbandoned:
    """A caller hung up while waiting."""

    queue: str
    channel: str
    linkedid: str


@dataclass(frozen=True, slots=True)
class AgentCalled:
    """A queue rings a member. ``member`` is the name the member was added with."""

    queue: str
    linkedid: str
    channel: str
    agent_channel: str
    interface: str
    member: str


@dataclass(frozen=True, slots=True)
class AgentConnected:
    """A member took a caller."""

    queue: str
    linkedid: str
    channel: str
    agent_channel: str
    interface: str
    member: str


@dataclass(frozen=True, slots=True)
class AgentRingNoAnswer:
    """A member did not take a caller, or refused."""

    queue: str
    linkedid: str
    channel: str
    interface: str
    member: str


@dataclass(frozen=True, slots=True)
class AgentCompleted:
    """A member's talk with a caller is over. ``reason``: caller, agent or transfer."""

    queue: str
    linkedid: str
    channel: str
    interface: str
    member: str
    reason: str


@dataclass(frozen=True, slots=True)
class ChannelHungUp:
    """A channel is gone. ``cause`` is Q.850's number."""

    channel: str
    uniqueid: str
    linkedid: str
    cause: int


@dataclass(frozen=True, slots=True)
class ContactStatus:
    """A SIP endpoint's registration changed, e.g. Reachable, Removed."""

    endpoint: str
    status: str


@dataclass(frozen=True, slots=True)
class HoldChanged:
    """A party put the other one on hold, or took it back."""

    channel: str
    linkedid: str
    held: bool


@dataclass(frozen=True, slots=True)
class KeyReceived:
    """The party of ``channel`` pressed a key."""

    channel: str
    linkedid: str
    key: str


@dataclass(frozen=True, slots=True)
class DialEnded:
    """A channel that was dialled was answered or not. ``status``: ANSWER, BUSY, NOANSWER..."""

    channel: str
    linkedid: str
    dialled_channel: str
    status: str


@dataclass(frozen=True, slots=True)
class OriginateEnded:
    """A channel made by Originate was answered (``ok``) or not."""

    channel: str
    uniqueid: str
    ok: bool


@dataclass(frozen=True, slots=True)
class BridgeEntered:
    """A channel joined a conversation that now has ``parties`` channels."""

    bridge: str
    channel: str
    linkedid: str
    parties: int


@dataclass(frozen=True, slots=True)
class BridgeLeft:
    """A channel left a conversation that now has ``parties`` channels."""

    bridge: str
    channel: str
    linkedid: str
    parties: int


@dataclass(frozen=True, slots=True)
class DialplanNotice:
    """The dialplan tells: YihuPlace, YihuMessage, YihuDuty, YihuRating, YihuKey.

    ``key`` is what was pressed, ``auto_call`` the id of an automatic call."""

    name: str
    channel: str
    linkedid: str
    key: str
    auto_call: str


AmiEvent: TypeAlias = (
    AmiUp
    | AmiDown
    | CallerJoined
    | CallerLeft
    | CallerAbandoned
    | AgentCalled
    | AgentConnected
    | AgentRingNoAnswer
    | AgentCompleted
    | ChannelHungUp
    | ContactStatus
    | HoldChanged
    | KeyReceived
    | DialEnded
    | OriginateEnded
    | BridgeEntered
    | BridgeLeft
    | DialplanNotice
)


@dataclass(frozen=True, slots=True)
class QueueMember:
    """A member as Asterisk holds it. ``in_call`` and ``ringing`` are its device's state."""

    queue: str
    interface: str
    member: str
    paused: bool
    pause_reason: str
    in_call: bool
    ringing: bool


@dataclass(frozen=True, slots=True)
class QueueCaller:
    """A caller as Asterisk holds it in a queue."""

    queue: str
    channel: str
    uniqueid: str
    caller_number: str
    position: int


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """All queues at one moment."""

    queues: frozenset[str]
    members: tuple[QueueMember, ...]
    callers: tuple[QueueCaller, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel as Asterisk holds it. ``bridge`` is empty while nobody is connected to it."""

    channel: str
    uniqueid: str
    linkedid: str
    state: str
    bridge: str
    application: str
    caller_number: str
    dialled: str


Raw: TypeAlias = Mapping[str, Any]


def text(raw: Raw, key: str, limit: int = TEXT_LIMIT) -> str:
    """A header as printable text of at most ``limit`` characters, empty when absent."""
    value = raw.get(key, "")
    if isinstance(value, list):
        value = value[0]
    clean = "".join(ch for ch in str(value) if ch.isprintable()).strip()
    return "" if clean in UNKNOWN else clean[:limit]


def number(raw: Raw, key: str) -> int:
    """A header as a number, 0 when it is none."""
    value = text(raw, key)
    return int(value) if value.isascii() and value.isdigit() else 0


def _caller(raw: Raw) -> dict[str, str]:
    return {
        "queue": text(raw, "Queue", 32),
        "channel": text(raw, "Channel"),
        "linkedid": text(raw, "Linkedid", 64),
    }


def _member(raw: Raw) -> dict[str, str]:
    return _caller(raw) | {
        "interface": text(raw, "Interface"),
        "member": text(raw, "MemberName"),
    }


def _joined(raw: Raw) -> AmiEvent:
    return CallerJoined(
        **_caller(raw),
        caller_number=text(raw, "CallerIDNum", 64),
        dialled=text(raw, "Exten", 64),
        position=number(raw, "Position"),
    )


def _hung_up(raw: Raw) -> AmiEvent:
    return ChannelHungUp(
        channel=text(raw, "Channel"),
        uniqueid=text(raw, "Uniqueid", 64),
        linkedid=text(raw, "Linkedid", 64),
        cause=number(raw, "Cause"),
    )


def _hold(raw: Raw, held: bool) -> AmiEvent:
    return HoldChanged(text(raw, "Channel"), text(raw, "Linkedid", 64), held)


def _key(raw: Raw) -> AmiEvent | None:
    if text(raw, "Direction") != "Received":
        return None
    return KeyReceived(text(raw, "Channel"), text(raw, "Linkedid", 64), text(raw, "Digit", 1))


def _bridge(raw: Raw) -> tuple[str, str, str, int]:
    return (
        text(raw, "BridgeUniqueid", 64),
        text(raw, "Channel"),
        text(raw, "Linkedid", 64),
        number(raw, "BridgeNumChannels"),
    )


def _notice(raw: Raw) -> AmiEvent:
    return DialplanNotice(
        name=text(raw, "UserEvent", 32),
        channel=text(raw, "Channel"),
        linkedid=text(raw, "Linkedid", 64),
        key=text(raw, "Key", 8),
        auto_call=text(raw, "AutoCall", 64),
    )


TRANSLATIONS: Final[Mapping[str, Callable[[Raw], AmiEvent | None]]] = {
    "QueueCallerJoin": _joined,
    "QueueCallerLeave": lambda raw: CallerLeft(**_caller(raw)),
    "QueueCallerAbandon": lambda raw: CallerAbandoned(**_caller(raw)),
    "AgentCalled": lambda raw: AgentCalled(**_member(raw), agent_channel=text(raw, "DestChannel")),
    "AgentConnect": lambda raw: AgentConnected(
        **_member(raw), agent_channel=text(raw, "DestChannel")
    ),
    "AgentRingNoAnswer": lambda raw: AgentRingNoAnswer(**_member(raw)),
    "AgentComplete": lambda raw: AgentCompleted(**_member(raw), reason=text(raw, "Reason", 32)),
    "Hangup": _hung_up,
    "ContactStatus": lambda raw: ContactStatus(
        endpoint=text(raw, "EndpointName", 64), status=text(raw, "ContactStatus", 32)
    ),
    "Hold": lambda raw: _hold(raw, True),
    "Unhold": lambda raw: _hold(raw, False),
    "DTMFEnd": _key,
    "DialEnd": lambda raw: DialEnded(
        channel=text(raw, "Channel"),
        linkedid=text(raw, "DestLinkedid", 64),
        dialled_channel=text(raw, "DestChannel"),
        status=text(raw, "DialStatus", 32),
    ),
    "OriginateResponse": lambda raw: OriginateEnded(
        channel=text(raw, "Channel"),
        uniqueid=text(raw, "Uniqueid", 64),
        ok=text(raw, "Response") == "Success",
    ),
    "BridgeEnter": lambda raw: BridgeEntered(*_bridge(raw)),
    "BridgeLeave": lambda raw: BridgeLeft(*_bridge(raw)),
    "UserEvent": _notice,
}

# Of a contact that an AMI event names; the numbers are Asterisk's device states.
_IN_USE, _RINGING, _RING_IN_USE, _ON_HOLD = "2", "6", "7", "8"


def queue_member(raw: Raw) -> QueueMember:
    """A ``QueueMember`` list item."""
    status = text(raw, "Status")
    return QueueMember(
        queue=text(raw, "Queue", 32),
        interface=text(raw, "Location"),
        member=text(raw, "Name"),
        paused=text(raw, "Paused") == "1",
        pause_reason=text(raw, "PausedReason", 64),
        in_call=status in (_IN_USE, _RING_IN_USE, _ON_HOLD),
        ringing=status in (_RINGING, _RING_IN_USE),
    )


def queue_caller(raw: Raw) -> QueueCaller:
    """A ``QueueEntry`` list item."""
    return QueueCaller(
        queue=text(raw, "Queue", 32),
        channel=text(raw, "Channel"),
        uniqueid=text(raw, "Uniqueid", 64),
        caller_number=text(raw, "CallerIDNum", 64),
        position=number(raw, "Position"),
    )


def channel(raw: Raw) -> Channel:
    """A ``CoreShowChannel`` list item."""
    return Channel(
        channel=text(raw, "Channel"),
        uniqueid=text(raw, "Uniqueid", 64),
        linkedid=text(raw, "Linkedid", 64),
        state=text(raw, "ChannelStateDesc", 32),
        bridge=text(raw, "BridgeId", 64),
        application=text(raw, "Application", 32),
        caller_number=text(raw, "CallerIDNum", 64),
        dialled=text(raw, "Exten", 64),
    )

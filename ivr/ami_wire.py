"""AMI messages translated; raw ones end here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from ivr.ami_events import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    AgentRingNoAnswer,
    AmiEvent,
    BridgeEntered,
    BridgeLeft,
    CallerAbandoned,
    CallerJoined,
    CallerLeft,
    Channel,
    ChannelHungUp,
    ContactStatus,
    DialEnded,
    DialplanNotice,
    HoldChanged,
    KeyReceived,
    MemberAdded,
    MemberRemoved,
    OriginateEnded,
    QueueCaller,
    QueueMember,
)

UNKNOWN: Final = ("<unknown>", "unknown")
TEXT_LIMIT: Final = 128

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


def _membership(raw: Raw) -> tuple[str, str]:
    return text(raw, "Queue", 32), text(raw, "Interface")


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


def _bridge(raw: Raw) -> tuple[str, str, str, str, int]:
    return (
        text(raw, "BridgeUniqueid", 64),
        text(raw, "Channel"),
        text(raw, "Uniqueid", 64),
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
    "QueueMemberAdded": lambda raw: MemberAdded(*_membership(raw)),
    "QueueMemberRemoved": lambda raw: MemberRemoved(*_membership(raw)),
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
        penalty=number(raw, "Penalty"),
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

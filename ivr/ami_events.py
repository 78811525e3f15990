"""What Asterisk tells over AMI, as typed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


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
class MemberAdded:
    """An interface became a member of a queue."""

    queue: str
    interface: str


@dataclass(frozen=True, slots=True)
class MemberRemoved:
    """An interface is a member of a queue no more."""

    queue: str
    interface: str


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
    """A channel joined a conversation that now has ``parties`` channels. Of a channel that was
    originated to join, it may come before or after that ``OriginateEnded``."""

    bridge: str
    channel: str
    uniqueid: str
    linkedid: str
    parties: int


@dataclass(frozen=True, slots=True)
class BridgeLeft:
    """A channel left a conversation that now has ``parties`` channels."""

    bridge: str
    channel: str
    uniqueid: str
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
    | MemberAdded
    | MemberRemoved
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
    penalty: int = 0


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

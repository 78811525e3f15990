"""The AMI adapter against recorded sessions, broken ones and a far end that goes away."""

from __future__ import annotations

from uuid import UUID

import anyio
import pytest

from ivr import ami as ami_module
from ivr.ami import AmiRefused
from ivr.ami_events import (
    AgentCalled,
    AgentCompleted,
    AgentConnected,
    AgentRingNoAnswer,
    AmiDown,
    AmiEvent,
    AmiUp,
    BridgeEntered,
    BridgeLeft,
    CallerAbandoned,
    CallerJoined,
    CallerLeft,
    Channel,
    ChannelHungUp,
    ContactStatus,
    DialEnded,
    MemberAdded,
    QueueCaller,
    QueueMember,
)
from models.errors import Unavailable
from tests.support.ami import FarEnd, ami_session, recorded

pytestmark = pytest.mark.integration

MEMBER = "5f6e0a52-9a5c-4a54-8b8b-6f3d1f6f4a02"
FIRST = {"queue": "110", "channel": "PJSIP/trunk-00000000", "linkedid": "yihu-1795318970.0"}
SECOND = {"queue": "110", "channel": "PJSIP/trunk-00000002", "linkedid": "yihu-1795318980.2"}
SEAT = {"interface": "PJSIP/8001", "member": MEMBER}
CHANNEL_1, CHANNEL_3 = "PJSIP/8001-00000001", "PJSIP/8001-00000003"
BRIDGE = "c2858def-791c-419f-8fd3-36f0cfcf8a26"

# An answered call whose caller hangs up, then one that rings out and is given up.
EXPECTED: list[AmiEvent] = [
    AmiUp(),
    ContactStatus("8001", "NonQualified"),
    MemberAdded("110", "PJSIP/8001"),
    CallerJoined(**FIRST, caller_number="13800000001", dialled="110", position=1),
    AgentCalled(**FIRST, **SEAT, agent_channel=CHANNEL_1),
    DialEnded(FIRST["channel"], FIRST["linkedid"], CHANNEL_1, "ANSWER"),
    CallerLeft(**FIRST),
    AgentConnected(**FIRST, **SEAT, agent_channel=CHANNEL_1),
    BridgeEntered(BRIDGE, CHANNEL_1, "yihu-1795318972.1", FIRST["linkedid"], 1),
    BridgeEntered(BRIDGE, FIRST["channel"], FIRST["linkedid"], FIRST["linkedid"], 2),
    AgentCompleted(**FIRST, **SEAT, reason="caller"),
    BridgeLeft(BRIDGE, FIRST["channel"], FIRST["linkedid"], FIRST["linkedid"], 1),
    BridgeLeft(BRIDGE, CHANNEL_1, "yihu-1795318972.1", FIRST["linkedid"], 0),
    ChannelHungUp(FIRST["channel"], "yihu-1795318970.0", FIRST["linkedid"], 16),
    ChannelHungUp(CHANNEL_1, "yihu-1795318972.1", FIRST["linkedid"], 16),
    CallerJoined(**SECOND, caller_number="13800000002", dialled="110", position=1),
    AgentCalled(**SECOND, **SEAT, agent_channel=CHANNEL_3),
    AgentRingNoAnswer(**SECOND, **SEAT),
    DialEnded(SECOND["channel"], SECOND["linkedid"], CHANNEL_3, "NOANSWER"),
    DialEnded(SECOND["channel"], SECOND["linkedid"], CHANNEL_3, "CANCEL"),
    ChannelHungUp(CHANNEL_3, "yihu-1795318980.3", SECOND["linkedid"], 0),
    CallerAbandoned(**SECOND),
    CallerLeft(**SECOND),
    ChannelHungUp(SECOND["channel"], "yihu-1795318980.2", SECOND["linkedid"], 0),
]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ami_module, "FIRST_RETRY_SECONDS", 0.02)
    monkeypatch.setattr(ami_module, "ACTION_SECONDS", 60)  # nobody waits for it but on purpose


@pytest.mark.parametrize("pieces", [0, 3, 7, 1000])
async def test_recorded_session_becomes_typed_events(pieces: int) -> None:
    async with ami_session() as session:
        await session.far_end.send(recorded("events"), pieces=pieces)
        await session.until(lambda: len(session.events) >= len(EXPECTED))
        assert session.events == EXPECTED


async def test_hostile_headers_are_cut_and_cleaned() -> None:
    async with ami_session() as session:
        await session.far_end.send(
            "Event: QueueCallerJoin\nQueue: 110\nChannel: PJSIP/trunk-0\nLinkedid: 1.0\n"
            f"CallerIDNum: {'9' * 10_000}\x1b[31m\nExten: <unknown>\nPosition: -1\nno colon\n\n"
            "Event: Unheard\n\nnothing at all\n\n\n\n: \n\n"
        )
        await session.until(lambda: len(session.events) == 2)
        joined = session.events[1]
        assert joined == CallerJoined("110", "PJSIP/trunk-0", "1.0", "9" * 64, "", 0)


async def test_queue_status() -> None:
    async with ami_session() as session:
        session.far_end.answers["QueueStatus"] = recorded("status")
        status = await session.ami.queue_status()
        assert status.queues == {"110", "96345"}
        member = QueueMember("110", "PJSIP/8001", MEMBER, True, "小休", False, False)
        assert status.members == (member,)
        caller = QueueCaller("110", FIRST["channel"], FIRST["linkedid"], "13800000001", 1)
        assert status.callers == (caller,)


async def test_channels() -> None:
    async with ami_session() as session:
        session.far_end.answers["CoreShowChannels"] = recorded("channels")
        seat, caller = await session.ami.channels()
        assert caller == Channel(
            channel=FIRST["channel"],
            uniqueid=FIRST["linkedid"],
            linkedid=FIRST["linkedid"],
            state="Up",
            bridge="c2858def-791c-419f-8fd3-36f0cfcf8a26",
            application="Queue",
            caller_number="13800000001",
            dialled="110",
        )
        assert seat.bridge == caller.bridge
        assert (seat.channel, seat.linkedid) == (CHANNEL_1, caller.uniqueid)


def refusal(message: str) -> str:
    return f"Response: Error\nActionID: ID\nMessage: {message}\n\n"


async def test_refusals() -> None:
    async with ami_session() as session:
        answers = session.far_end.answers
        answers["QueueAdd"] = refusal("Unable to add interface: Already there")
        await session.ami.queue_add("110", "PJSIP/1", member="m", paused=False, reason="")
        answers["QueueAdd"] = refusal("Unable to add interface to queue: No such queue")
        with pytest.raises(AmiRefused, match="No such queue"):
            await session.ami.queue_add("999", "PJSIP/1", member="m", paused=False, reason="")
        answers["QueueRemove"] = refusal("Unable to remove interface: Not there")
        await session.ami.queue_remove("110", "PJSIP/1")
        answers["Hangup"] = refusal("No such channel")
        await session.ami.hang_up("PJSIP/none")
        answers["QueueStatus"] = refusal("Permission denied")
        with pytest.raises(AmiRefused, match="Permission denied"):
            await session.ami.queue_status()


async def test_tap_is_asked_for_and_may_fail() -> None:
    stream_id = UUID(MEMBER)
    queued = "Response: Success\nActionID: ID\nMessage: Originate successfully queued\n\n"
    outcome = "Event: OriginateResponse\nActionID: ID\nResponse: {}\nReason: 8\n\n"
    async with ami_session() as session:
        session.far_end.answers["Originate"] = queued + outcome.format("Success")
        await session.ami.originate_tap("PJSIP/trunk-00000000", stream_id, ("127.0.0.1", 9604))
        asked = session.far_end.actions[-1]
        assert asked["Channel"] == f"AudioSocket/127.0.0.1:9604/{MEMBER}"
        assert asked["Application"] == "ChanSpy"
        assert asked["Data"] == "PJSIP/trunk-00000000,oqS"
        assert (asked["Codecs"], asked["Async"]) == ("slin", "true")
        session.far_end.answers["Originate"] = queued + outcome.format("Failure")
        with pytest.raises(AmiRefused):
            await session.ami.originate_tap("PJSIP/x", stream_id, ("127.0.0.1", 9604))


async def test_silent_far_end_times_out_and_the_next_action_works(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with ami_session() as session:
        session.far_end.answers["Setvar"] = ""
        with monkeypatch.context() as hasty:
            hasty.setattr(ami_module, "ACTION_SECONDS", 0.3)
            with pytest.raises(Unavailable):
                await session.ami.set_var("PJSIP/x", "NAME", "value")
        del session.far_end.answers["Setvar"]
        await session.ami.set_var("PJSIP/x", "NAME", "value")


async def test_values_cannot_smuggle_headers() -> None:
    async with ami_session() as session:
        with pytest.raises(ValueError, match="control character"):
            await session.ami.set_var("PJSIP/x", "NAME", "value\r\nAction: Originate")
        assert [action["Action"] for action in session.far_end.actions] == ["Login"]


async def test_chinese_pause_reason() -> None:
    async with ami_session() as session:
        await session.ami.queue_pause("PJSIP/8001", paused=True, reason="小休")
        assert session.far_end.actions[-1]["Reason"] == "小休"


async def test_lost_connection_is_told_and_made_again() -> None:
    async with ami_session() as session:
        session.far_end.answers["Setvar"] = ""
        failed = anyio.Event()

        async def ask() -> None:
            with pytest.raises(Unavailable):
                await session.ami.set_var("PJSIP/x", "NAME", "value")
            failed.set()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            await session.until(lambda: session.far_end.actions[-1]["Action"] == "Setvar")
            await session.far_end.close()
            with anyio.fail_after(30):  # before its own time-out
                await failed.wait()
        await session.until(lambda: len(session.events) == 3)
        assert [type(event) for event in session.events] == [AmiUp, AmiDown, AmiUp]
        assert session.ami.available
        assert [action["Action"] for action in session.far_end.actions].count("Setvar") == 1


async def test_actions_while_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ami_module, "ACTION_SECONDS", 0.3)
    async with ami_session(secret="wrong", wait=False) as session:
        # Asterisk answers nobody who is not logged in; it may just be saying so to this one.
        session.far_end.answers["QueueStatus"] = ""
        await session.until(lambda: session.far_end.sessions >= 3)
        assert not session.ami.available
        with pytest.raises(Unavailable):
            await session.ami.queue_status()
        await session.ami.settled()
        await session.ami.compare_again()
        assert session.events == []


async def test_asterisk_that_is_not_booted_yet() -> None:
    far_end = FarEnd()
    far_end.answers["Login"] = "Response: Success\nActionID: ID\n\n"
    async with ami_session(far_end=far_end, wait=False) as session:
        await session.until(lambda: bool(far_end.actions))
        assert not session.ami.available
        await far_end.send("Event: FullyBooted\nStatus: Fully Booted\n\n")
        await session.until(lambda: session.ami.available)


async def test_connection_that_closes_before_the_boot_is_over() -> None:
    far_end = FarEnd()
    far_end.answers["Login"] = "Response: Success\nActionID: ID\n\n"
    async with ami_session(far_end=far_end, wait=False) as session:
        await session.until(lambda: bool(far_end.actions))
        await far_end.close()
        await session.until(lambda: far_end.sessions == 2)


async def test_endless_message_begins_a_new_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ami_module, "MOST_BUFFERED", 10_000)
    async with ami_session() as session:
        await session.far_end.send("X" * 30_000)
        await session.until(lambda: len(session.events) == 3)
        assert session.far_end.sessions == 2


async def test_dead_session_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ami_module, "PING_SECONDS", 0.05)
    async with ami_session() as session:
        await session.until(lambda: session.far_end.actions[-1]["Action"] == "Ping")
        session.far_end.answers["Ping"] = ""
        monkeypatch.setattr(ami_module, "ACTION_SECONDS", 0.3)
        await session.until(lambda: session.far_end.sessions >= 2)
        del session.far_end.answers["Ping"]


async def test_flood_begins_anew_instead_of_growing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ami_module, "MOST_EVENTS", 100)
    hold = anyio.Event()
    seen: list[AmiEvent] = []

    async def slow(event: AmiEvent) -> None:
        seen.append(event)
        await hold.wait()

    hung_up = "Event: Hangup\nChannel: PJSIP/x\nUniqueid: 1\nLinkedid: 1\nCause: 16\n\n"
    async with ami_session(on_event=slow) as session:
        await session.far_end.send(hung_up * 300)
        await session.until(lambda: not session.ami.available)
        hold.set()
        await session.until(lambda: seen.count(AmiUp()) == 2)
        assert len(seen) <= 103


async def test_failing_handler_does_not_stop_the_next(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[AmiEvent] = []

    async def fails_once(event: AmiEvent) -> None:
        seen.append(event)
        if len(seen) == 1:
            raise RuntimeError("broken")

    async with ami_session(on_event=fails_once) as session:
        await session.far_end.send("Event: ContactStatus\nEndpointName: 8001\n\n")
        await session.until(lambda: len(seen) == 2)
        await session.ami.settled()
    assert "handling AmiUp failed" in caplog.text

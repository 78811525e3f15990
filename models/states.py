"""Every status in the system, with the transitions it allows.

A status moves only through ``models.transitions.advance``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from models.errors import IllegalTransition

S = TypeVar("S", bound=StrEnum)


class CallStatus(StrEnum):
    """来电: one caller's whole interaction."""

    RECEIVED = "received"
    QUEUED = "queued"
    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    ABANDONED = "abandoned"


class AgentState(StrEnum):
    """接警员: what the person at a seat is doing."""

    LOGGED_OUT = "logged_out"
    READY = "ready"
    RINGING = "ringing"
    ON_CALL = "on_call"
    WRAP_UP = "wrap_up"
    PAUSED = "paused"


class WorkOrderStatus(StrEnum):
    """工单: the tracked ticket of an incident."""

    DRAFT = "draft"
    DISPATCHED = "dispatched"
    AWAITING_CHECK = "awaiting_check"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    SUSPENDED = "suspended"
    MERGED = "merged"


class DispatchStatus(StrEnum):
    """派单: a work order at one unit."""

    CREATED = "created"
    SENT = "sent"
    RECEIVED = "received"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    FED_BACK = "fed_back"
    REJECTED = "rejected"
    RECALLED = "recalled"


class Lamp(StrEnum):
    """信号灯 on the seat's page."""

    RED = "red"
    BLUE = "blue"
    GREEN = "green"


LAMPS: Mapping[DispatchStatus, Lamp | None] = {
    DispatchStatus.CREATED: Lamp.RED,
    DispatchStatus.SENT: Lamp.RED,
    DispatchStatus.RECEIVED: Lamp.BLUE,
    DispatchStatus.EN_ROUTE: Lamp.BLUE,
    DispatchStatus.ON_SITE: Lamp.BLUE,
    DispatchStatus.FED_BACK: Lamp.GREEN,
    DispatchStatus.REJECTED: Lamp.RED,
    DispatchStatus.RECALLED: None,
}


def lamp(status: DispatchStatus) -> Lamp | None:
    """The lamp a dispatch order shows; ``None`` for one that was recalled."""
    return LAMPS[status]


@dataclass(frozen=True, slots=True)
class Machine(Generic[S]):
    """A status table: old status -> trigger -> new status.

    ``label`` and ``names`` are what people call the thing and its statuses.
    """

    name: str
    label: str
    names: Mapping[S, str]
    table: Mapping[S, Mapping[str, S]]

    def target(self, old: S, trigger: str) -> S:
        """The status ``trigger`` leads to; raises ``IllegalTransition`` where it leads nowhere."""
        try:
            return self.table[old][trigger]
        except KeyError:
            raise IllegalTransition(
                f"{self.label}当前为“{self.names[old]}”，"
                f"不能{TRIGGER_NAMES.get(trigger, trigger)}；请按页面上的最新状态操作。"
            ) from None


# What the triggers are called in sentences for people.
TRIGGER_NAMES: Mapping[str, str] = {
    "queue": "排队",
    "ring": "振铃",
    "answer": "接听或答复",
    "hang_up": "挂断",
    "sign_in": "签入",
    "sign_out": "签出",
    "pause": "示忙",
    "ready": "示闲",
    "no_answer": "记为未接",
    "caller_left": "结束振铃",
    "send": "派单",
    "discard": "作废",
    "all_fed_back": "转入核查",
    "close": "办结",
    "receive": "接收",
    "depart": "出发",
    "arrive": "到场",
    "feed_back": "反馈",
    "reject": "退单",
    "recall": "撤回",
    "supervise": "监听",
    "requeue": "重新排队",
    "voice_lost": "记为声音中断",
    "call_back": "回拨",
    "reached": "记为已回电",
    "not_reached": "记为未接通",
    "dial": "呼出",
    "answered": "记为已接通",
    "retry": "重拨",
    "give_up": "放弃",
    "cancel": "取消",
    "join": "加入",
    "complete": "完成移交",
    "keep": "保留",
    "deliver": "记为已送达",
    "fail": "记为失败",
    "dismiss": "不予收录",
    "suspend": "挂起",
    "resume": "恢复办理",
    "merge": "并案",
    "split": "撤销并案",
    "reopen": "重新办理",
    "redraft": "重新办理",
    "redo": "退回重办",
    "turn_out": "出动",
    "come_back": "归队待命",
    "stand_down": "停用",
    "appeal": "申诉",
    "uphold": "维持原记分",
    "withdraw": "撤销",
    "call_duty": "呼叫",
    "set_aside": "记为未计",
    "key_pressed": "记为在岗",
    "miss": "记为未应答",
}


CALL: Machine[Any] = Machine(
    "call",
    "来电",
    {
        CallStatus.RECEIVED: "来电",
        CallStatus.QUEUED: "排队",
        CallStatus.RINGING: "振铃",
        CallStatus.ANSWERED: "通话",
        CallStatus.ENDED: "已结束",
        CallStatus.ABANDONED: "已放弃",
    },
    {
        CallStatus.RECEIVED: {
            "queue": CallStatus.QUEUED,
            # A call that the centre places is answered by the one it calls.
            "answer": CallStatus.ANSWERED,
            "hang_up": CallStatus.ABANDONED,
        },
        CallStatus.QUEUED: {
            "ring": CallStatus.RINGING,
            "answer": CallStatus.ANSWERED,
            "hang_up": CallStatus.ABANDONED,
        },
        CallStatus.RINGING: {
            "ring": CallStatus.RINGING,
            "no_answer": CallStatus.QUEUED,
            "answer": CallStatus.ANSWERED,
            "hang_up": CallStatus.ABANDONED,
        },
        CallStatus.ANSWERED: {
            # The seat's sound was lost, or the call was given to another queue.
            "requeue": CallStatus.QUEUED,
            "hang_up": CallStatus.ENDED,
        },
    },
)

AGENT: Machine[Any] = Machine(
    "agent",
    "座席",
    {
        AgentState.LOGGED_OUT: "已签出",
        AgentState.READY: "空闲",
        AgentState.RINGING: "振铃",
        AgentState.ON_CALL: "通话",
        AgentState.WRAP_UP: "话后处理",
        AgentState.PAUSED: "示忙",
    },
    {
        AgentState.LOGGED_OUT: {"sign_in": AgentState.READY},
        AgentState.READY: {
            "ring": AgentState.RINGING,
            "answer": AgentState.ON_CALL,
            "supervise": AgentState.ON_CALL,
            "pause": AgentState.PAUSED,
            "sign_out": AgentState.LOGGED_OUT,
        },
        AgentState.RINGING: {
            "answer": AgentState.ON_CALL,
            "no_answer": AgentState.PAUSED,
            "caller_left": AgentState.READY,
        },
        AgentState.ON_CALL: {
            "hang_up": AgentState.WRAP_UP,
            "voice_lost": AgentState.READY,
        },
        # Asterisk may have offered a call just before it heard of the pause.
        AgentState.WRAP_UP: {
            "ring": AgentState.RINGING,
            "answer": AgentState.ON_CALL,
            "supervise": AgentState.ON_CALL,
            "ready": AgentState.READY,
            "pause": AgentState.PAUSED,
            "sign_out": AgentState.LOGGED_OUT,
        },
        AgentState.PAUSED: {
            "ring": AgentState.RINGING,
            "answer": AgentState.ON_CALL,
            "supervise": AgentState.ON_CALL,
            "ready": AgentState.READY,
            "pause": AgentState.PAUSED,
            "sign_out": AgentState.LOGGED_OUT,
        },
    },
)

WORK_ORDER: Machine[Any] = Machine(
    "work_order",
    "工单",
    {
        WorkOrderStatus.DRAFT: "草稿",
        WorkOrderStatus.DISPATCHED: "已派单",
        WorkOrderStatus.AWAITING_CHECK: "待核查",
        WorkOrderStatus.CLOSED: "已办结",
        WorkOrderStatus.CANCELLED: "已作废",
        WorkOrderStatus.SUSPENDED: "已挂起",
        WorkOrderStatus.MERGED: "已并案",
    },
    {
        WorkOrderStatus.DRAFT: {
            "send": WorkOrderStatus.DISPATCHED,
            "answer": WorkOrderStatus.CLOSED,
            "discard": WorkOrderStatus.CANCELLED,
            "merge": WorkOrderStatus.MERGED,
        },
        WorkOrderStatus.DISPATCHED: {
            "send": WorkOrderStatus.DISPATCHED,
            "all_fed_back": WorkOrderStatus.AWAITING_CHECK,
            "discard": WorkOrderStatus.CANCELLED,
            "suspend": WorkOrderStatus.SUSPENDED,
            "merge": WorkOrderStatus.MERGED,
        },
        # Units go on working and may report; only the time limits stand still.
        WorkOrderStatus.SUSPENDED: {
            "resume": WorkOrderStatus.DISPATCHED,
            "send": WorkOrderStatus.DISPATCHED,
            "all_fed_back": WorkOrderStatus.AWAITING_CHECK,
            "discard": WorkOrderStatus.CANCELLED,
        },
        WorkOrderStatus.AWAITING_CHECK: {
            "send": WorkOrderStatus.DISPATCHED,
            "close": WorkOrderStatus.CLOSED,
        },
        WorkOrderStatus.CLOSED: {
            "reopen": WorkOrderStatus.AWAITING_CHECK,
            # One that was answered and never sent.
            "redraft": WorkOrderStatus.DRAFT,
        },
        WorkOrderStatus.MERGED: {"split": WorkOrderStatus.DRAFT},
    },
)

DISPATCH: Machine[Any] = Machine(
    "dispatch_order",
    "派单",
    {
        DispatchStatus.CREATED: "未发出",
        DispatchStatus.SENT: "已发出",
        DispatchStatus.RECEIVED: "已接收",
        DispatchStatus.EN_ROUTE: "已出发",
        DispatchStatus.ON_SITE: "已到场",
        DispatchStatus.FED_BACK: "已反馈",
        DispatchStatus.REJECTED: "已退单",
        DispatchStatus.RECALLED: "已撤回",
    },
    {
        DispatchStatus.CREATED: {
            "send": DispatchStatus.SENT,
            "recall": DispatchStatus.RECALLED,
        },
        DispatchStatus.SENT: {
            "receive": DispatchStatus.RECEIVED,
            "reject": DispatchStatus.REJECTED,
            "recall": DispatchStatus.RECALLED,
        },
        DispatchStatus.RECEIVED: {
            "depart": DispatchStatus.EN_ROUTE,
            "arrive": DispatchStatus.ON_SITE,
            "feed_back": DispatchStatus.FED_BACK,
            "reject": DispatchStatus.REJECTED,
            "recall": DispatchStatus.RECALLED,
        },
        DispatchStatus.EN_ROUTE: {
            "arrive": DispatchStatus.ON_SITE,
            "feed_back": DispatchStatus.FED_BACK,
            "recall": DispatchStatus.RECALLED,
        },
        DispatchStatus.ON_SITE: {
            "feed_back": DispatchStatus.FED_BACK,
        },
        DispatchStatus.FED_BACK: {"redo": DispatchStatus.SENT},
        DispatchStatus.REJECTED: {"send": DispatchStatus.SENT},
        DispatchStatus.RECALLED: {"send": DispatchStatus.SENT},
    },
)

"""The statuses of telephony beside the call and the agent, with the transitions they allow."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from models.states import Machine


class CallBackStatus(StrEnum):
    """回电: somebody who has to be called back."""

    OPEN = "open"
    CALLING = "calling"
    DONE = "done"
    CLOSED = "closed"


class AutoCallStatus(StrEnum):
    """自动外呼: a call the machine places."""

    DUE = "due"
    DIALLING = "dialling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class HandOverStatus(StrEnum):
    """移交: somebody else brought into a call."""

    OFFERED = "offered"
    JOINED = "joined"
    COMPLETED = "completed"  # the first receiver has left, the other has the call
    KEPT = "kept"  # the first receiver keeps the call


class TextMessageStatus(StrEnum):
    """短信: a text message's way."""

    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    RECEIVED = "received"


CALL_BACK: Machine[Any] = Machine(
    "call_back",
    "回电",
    {
        CallBackStatus.OPEN: "待回电",
        CallBackStatus.CALLING: "回拨中",
        CallBackStatus.DONE: "已回电",
        CallBackStatus.CLOSED: "已关闭",
    },
    {
        CallBackStatus.OPEN: {
            "call_back": CallBackStatus.CALLING,
            # The caller rang again and was answered before anybody called back.
            "reached": CallBackStatus.DONE,
            "close": CallBackStatus.CLOSED,
        },
        CallBackStatus.CALLING: {
            "reached": CallBackStatus.DONE,
            "not_reached": CallBackStatus.OPEN,
            "close": CallBackStatus.CLOSED,
        },
    },
)

AUTO_CALL: Machine[Any] = Machine(
    "auto_call",
    "自动外呼",
    {
        AutoCallStatus.DUE: "待呼出",
        AutoCallStatus.DIALLING: "呼叫中",
        AutoCallStatus.DONE: "已完成",
        AutoCallStatus.FAILED: "未接通",
        AutoCallStatus.CANCELLED: "已取消",
    },
    {
        AutoCallStatus.DUE: {
            "dial": AutoCallStatus.DIALLING,
            "cancel": AutoCallStatus.CANCELLED,
        },
        AutoCallStatus.DIALLING: {
            "answered": AutoCallStatus.DONE,
            "retry": AutoCallStatus.DUE,
            "give_up": AutoCallStatus.FAILED,
            "cancel": AutoCallStatus.CANCELLED,
        },
    },
)

HAND_OVER: Machine[Any] = Machine(
    "hand_over",
    "移交",
    {
        HandOverStatus.OFFERED: "等待对方接听",
        HandOverStatus.JOINED: "对方已加入",
        HandOverStatus.COMPLETED: "已移交",
        HandOverStatus.KEPT: "由首接席保留",
    },
    {
        HandOverStatus.OFFERED: {
            "join": HandOverStatus.JOINED,
            "complete": HandOverStatus.COMPLETED,
            "keep": HandOverStatus.KEPT,
        },
        HandOverStatus.JOINED: {
            "complete": HandOverStatus.COMPLETED,
            "keep": HandOverStatus.KEPT,
        },
    },
)

TEXT_MESSAGE: Machine[Any] = Machine(
    "text_message",
    "短信",
    {
        TextMessageStatus.QUEUED: "待发送",
        TextMessageStatus.SENT: "已发送",
        TextMessageStatus.DELIVERED: "已送达",
        TextMessageStatus.FAILED: "发送失败",
        TextMessageStatus.RECEIVED: "已收到",
    },
    {
        TextMessageStatus.QUEUED: {
            "send": TextMessageStatus.SENT,
            "deliver": TextMessageStatus.DELIVERED,
            "fail": TextMessageStatus.FAILED,
        },
        TextMessageStatus.SENT: {
            "deliver": TextMessageStatus.DELIVERED,
            "fail": TextMessageStatus.FAILED,
        },
    },
)

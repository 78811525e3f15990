"""What units and their leaders are told by text message, e-mail, telephone and webhook."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from dispatch.offers import told_to
from models.clock import CHINA_TIME
from models.deadline_tables import DeadlineKind, NoticeStep, Purpose, SlaTimer
from models.order_tables import DispatchOrder, WorkOrder
from models.tables import LinkageUnit

LONGEST_TEXT: Final = 300
LONGEST_SAID: Final = 200

DEADLINE_NAMES: Final[Mapping[DeadlineKind, str]] = {
    DeadlineKind.RECEIVED: "接收",
    DeadlineKind.EN_ROUTE: "出发",
    DeadlineKind.ON_SITE: "到场",
    DeadlineKind.FEEDBACK: "反馈",
    DeadlineKind.CLOSED: "办结",
}
STEP_NAMES: Final[Mapping[NoticeStep, str]] = {
    NoticeStep.REMIND: "临期提醒",
    NoticeStep.DUTY_PHONE: "催办值班电话",
    NoticeStep.LEADER: "上报单位负责人",
    NoticeStep.SUPERVISOR: "上报班长",
    NoticeStep.HIGHER_CENTRE: "上报上级中心",
}
SETTLED_NAMES: Final[Mapping[str, str]] = {
    "receive": "已由贵单位接收",
    "reject": "已由贵单位退单",
    "recall": "已由指挥中心撤回",
    "feed_back": "已反馈",
}


def order_message(order: WorkOrder, item: DispatchOrder, category: str) -> dict[str, Any]:
    """An order as every channel says it: ``title``, ``text`` to read, ``order`` for programs."""
    fields = told_to(item, order)
    urgent = "紧急" if fields.get("emergency") else ""
    title = f"【指挥中心】{urgent}派单 {order.number} {category}".rstrip()
    return {
        "type": Purpose.ORDER.value,
        "title": title,
        "text": _cut(f"{title}。{_matter(fields)}请立即接收。"),
        "order": {
            "id": str(item.id),
            "number": order.number,
            "emergency": bool(fields.get("emergency")),
            "category": category,
            "level": str(fields.get("level") or ""),
            "address": str(fields.get("address") or ""),
            "summary": str(fields.get("summary") or ""),
            "contact_name": str(fields.get("contact_name") or ""),
            "contact_phone": str(fields.get("contact_phone") or ""),
            "injured": fields.get("injured"),
            "trapped": fields.get("trapped"),
            "sent_at": item.sent_at.isoformat() if item.sent_at else None,
        },
    }


def settled_message(order: WorkOrder, item: DispatchOrder, trigger: str) -> dict[str, Any]:
    """There is nothing to do any more about an order that was told on other channels too."""
    what = SETTLED_NAMES.get(trigger, "已处理")
    title = f"【指挥中心】派单 {order.number} {what}"
    return {
        "type": Purpose.SETTLED.value,
        "title": title,
        "text": f"{title}，无需重复操作。",
        "order": {"id": str(item.id), "number": order.number},
        "because": trigger,
    }


def notice_message(
    order: WorkOrder, unit: LinkageUnit | None, timer: SlaTimer, step: NoticeStep
) -> dict[str, Any]:
    """A limit comes near, or has passed."""
    late = step is not NoticeStep.REMIND
    due = timer.due_at.astimezone(CHINA_TIME)
    name = DEADLINE_NAMES[timer.kind]
    who = unit.name if unit is not None else "工单"
    state = f"应于{due:%m月%d日%H:%M}前{name}，" + ("现已超时" if late else "即将到时")
    title = f"【指挥中心】{STEP_NAMES[step]}：{order.number}"
    kind = Purpose.ESCALATION if late else Purpose.REMINDER
    return {
        "type": kind.value,
        "title": title,
        "text": _cut(f"{title}。{who}{state}。{_matter(order.fields)}"),
        "said": f"{who}，派单{order.number[-4:]}，{state}。{_matter(order.fields)}"[:LONGEST_SAID],
        "order": {
            "id": str(timer.dispatch_order_id) if timer.dispatch_order_id else None,
            "number": order.number,
        },
        "deadline": {
            "kind": timer.kind.value,
            "due_at": timer.due_at.isoformat(),
            "step": step.value,
        },
    }


def local(at: datetime) -> str:
    """A moment as people here write it."""
    return f"{at.astimezone(CHINA_TIME):%Y-%m-%d %H:%M:%S}"


def _matter(fields: Mapping[str, Any]) -> str:
    parts = (
        ("地点", fields.get("address")),
        ("情况", fields.get("summary")),
        ("联系电话", fields.get("contact_phone")),
    )
    return "".join(f"{name}：{value}。" for name, value in parts if value)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"

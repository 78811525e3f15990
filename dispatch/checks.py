"""Whether an order may be closed: its result has been checked by whom its kind demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from dispatch import matters
from models.errors import Conflict, InvalidInput
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus

MOST_STARS: Final = 5


class CheckedHow(StrEnum):
    """By what the result of an order was checked; stored in ``WorkOrder.checked_how``."""

    SEAT = "seat"
    REVIEW_CALL = "review_call"
    SUPERVISOR = "supervisor"


class Opinion(StrEnum):
    """What the citizen said of the result; stored in ``WorkOrder.review``."""

    SATISFIED = "satisfied"
    UNSATISFIED = "unsatisfied"
    NO_ANSWER = "no_answer"


_NEEDED: Final[Mapping[matters.Check, CheckedHow]] = {
    # What was answered at once and yet sent to a unit is looked at by the seat.
    matters.Check.NONE: CheckedHow.SEAT,
    matters.Check.SEAT: CheckedHow.SEAT,
    matters.Check.REVIEW_CALL: CheckedHow.REVIEW_CALL,
    matters.Check.SUPERVISOR: CheckedHow.SUPERVISOR,
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What whoever closes an order says of its result.

    ``opinion`` is what the citizen told them on the telephone, empty where they were not asked;
    ``note`` what they found. ``supervisor`` whether a supervisor closes it.
    """

    supervisor: bool = False
    opinion: str = ""
    note: str = ""


def needed(order: WorkOrder) -> CheckedHow:
    """By what an order has to be checked."""
    return _NEEDED[matters.check_of(order.fields)]


def passed(order: WorkOrder, said: Checked) -> CheckedHow:
    """By what the order counts as checked; raises ``Conflict`` where that is not enough.

    A supervisor may close any order, one that does not satisfy its citizen only with a note.
    """
    opinion = said.opinion or order.review
    if opinion == Opinion.UNSATISFIED and not (said.supervisor and said.note):
        raise Conflict(
            "来电人对结果不满意，不能直接办结：请退回单位重办，或由班长写明核查情况后办结。"
        )
    if said.supervisor:
        return CheckedHow.SUPERVISOR
    match needed(order):
        case CheckedHow.SUPERVISOR:
            raise Conflict("一级警情须由班长核查后办结，请通知班长。")
        case CheckedHow.REVIEW_CALL:
            if opinion == Opinion.SATISFIED or rated(order):
                return CheckedHow.REVIEW_CALL
            if opinion == Opinion.NO_ANSWER and said.note:
                return CheckedHow.SEAT
            raise Conflict(
                "此类工单须回访后办结：请先回访来电人并选择回访结果；"
                "回访无人接听的，请写明核查情况。"
            )
        case CheckedHow.SEAT:
            return CheckedHow.SEAT


def rated(order: WorkOrder) -> bool:
    """Whether the citizen gave the firm that came stars."""
    done = [item for item in order.dispatch_orders if item.status is DispatchStatus.FED_BACK]
    return bool(done) and all(item.rating is not None for item in done)


def rate(item: DispatchOrder, stars: int, at: datetime) -> None:
    """Store the citizen's stars, given ``at``, for what a unit did. Raises
    ``InvalidInput``, ``Conflict``."""
    if not 1 <= stars <= MOST_STARS:
        raise InvalidInput(f"评分应为 1 到 {MOST_STARS} 星。")
    if item.status is not DispatchStatus.FED_BACK:
        raise Conflict("单位还没有反馈，不能评分；请等反馈后再评。")
    item.rating, item.rated_at = stars, at

"""What people made of a suggestion, read from an order and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from dispatch.prefill import wanted_units
from models.forms import machine_may_fill
from models.learning_tables import Judged, Judgement
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus
from models.tables import Transition
from models.transitions import SYSTEM

GIVEN_UP = (DispatchStatus.CREATED, DispatchStatus.REJECTED, DispatchStatus.RECALLED)
BY_VALUE = (Judgement.CHANGED, Judgement.CHOSEN, Judgement.CONFIRMED)
HELD_OUT_OF = 5  # one call in so many measures models and trains none
FORM_FIELDS: Mapping[Judged, str] = {
    Judged.EMERGENCY: "emergency",
    Judged.CATEGORY: "category_code",
    Judged.LEVEL: "level",
    Judged.ADDRESS: "address",
}


@dataclass(frozen=True, slots=True)
class Opinion:
    """One judgement of one value; the members are those of ``LabelledExample``."""

    field: Judged
    judgement: Judgement
    proposed: Any
    chosen: Any
    by: UUID | None
    at: datetime
    subject: str = ""
    reason: str = ""


def held_out(call_id: UUID) -> bool:
    """Whether a call measures models; the same for a call at all times."""
    return sha256(call_id.bytes).digest()[0] % HELD_OUT_OF == 0


def proposed(payload: Mapping[str, Any], field: Judged) -> Any:
    """What a suggestion put into the form; ``None`` where it was not sure or had nothing."""
    if not payload:
        return None
    match field:
        case Judged.EMERGENCY:
            label = payload["emergency"]["label"]
            return None if label == "unsure" else label == "emergency"
        case Judged.CATEGORY:
            told = None if payload.get("abstain") else payload.get("category")
            return told["code"] if told else None
        case Judged.LEVEL:
            return payload.get("level") or None
        case Judged.ADDRESS:
            slot = (payload.get("slots") or {}).get("address")
            return slot["text"] if slot else None
        case Judged.UNITS:
            return [wanted.kind for wanted in wanted_units(payload)] or None


def likeliest(payload: Mapping[str, Any]) -> str:
    """The code of the item a suggestion held likeliest, named or not."""
    if not payload:
        return ""
    told = payload.get("category") or next(iter(payload.get("alternatives") or ()), None)
    return str(told["code"]) if told else ""


def opinions(
    order: WorkOrder, payload: Mapping[str, Any], moves: Iterable[Transition], at: datetime
) -> list[Opinion]:
    """What people made of ``payload`` in ``order``, whose dispatch orders come with their
    units; ``moves`` are the transitions of these, oldest first."""
    found = [
        opinion
        for field, name in FORM_FIELDS.items()
        if (opinion := _of_field(order, field, name, payload, at))
    ]
    if order.sent_at is not None:
        found += _of_units(order, payload, list(moves), at)
    return found


def final_kinds(items: Iterable[DispatchOrder]) -> list[str]:
    """The kinds of the units that have the order, in the order of sending."""
    kept = sorted((i for i in items if i.status not in GIVEN_UP), key=lambda i: i.position)
    return list(dict.fromkeys(item.unit.kind for item in kept))


def compared(field: Judged, offered: Any, chosen: Any) -> Judgement:
    """What choosing ``chosen`` says of ``offered``; of units the first and all together count."""
    if not offered and offered is not False:
        return Judgement.CHOSEN
    same: bool = offered == chosen
    if field is Judged.UNITS and chosen:
        same = set(offered) == set(chosen) and offered[0] == chosen[0]
    return Judgement.CONFIRMED if same else Judgement.CHANGED


def _of_field(
    order: WorkOrder, field: Judged, name: str, payload: Mapping[str, Any], at: datetime
) -> Opinion | None:
    state, chosen = order.field_states.get(name), order.fields.get(name)
    if state is None or chosen in (None, ""):
        return None
    if state["source"] == "machine":
        # The form shows what was proposed then; the suggestion may have moved on.
        taken = (
            Judgement.KEPT if machine_may_fill(order.field_states, name) else Judgement.CONFIRMED
        )
        return Opinion(field, taken, chosen, chosen, _person(state["by"]), at)
    offered = proposed(payload, field)
    taken = compared(field, offered, chosen)
    return Opinion(field, taken, offered, chosen, _person(state["by"]), at)


def _of_units(
    order: WorkOrder, payload: Mapping[str, Any], moves: Sequence[Transition], at: datetime
) -> list[Opinion]:
    final = final_kinds(order.dispatch_orders)
    offered = proposed(payload, Judged.UNITS)
    sender = next((_person(move.actor) for move in moves if move.trigger == "send"), None)
    found = []
    if final:
        taken = compared(Judged.UNITS, offered, final)
        found.append(Opinion(Judged.UNITS, taken, offered, final, sender, at))
    for item in order.dispatch_orders:
        if item.offer or item.status is DispatchStatus.CREATED:
            continue
        own = [move for move in moves if move.entity_id == item.id]
        back = [move for move in own if move.trigger in ("reject", "recall")]
        if back:
            last = back[-1]
            taken = Judgement.RETURNED if last.trigger == "reject" else Judgement.REROUTED
            why = item.reject_reason if last.trigger == "reject" else item.recall_reason
            kind, reason = [item.unit.kind], why or last.reason
            found.append(
                Opinion(
                    Judged.UNITS,
                    taken,
                    kind,
                    final,
                    _person(last.actor),
                    last.at,
                    str(item.id),
                    reason,
                )
            )
        elif order.sent_at is not None and item.created_at > order.sent_at:
            actor = _person(own[0].actor) if own else None
            found.append(
                Opinion(
                    Judged.UNITS,
                    Judgement.REROUTED,
                    [],
                    [item.unit.kind],
                    actor,
                    item.created_at,
                    str(item.id),
                )
            )
    return found


def _person(actor: str) -> UUID | None:
    """Who acted; ``None`` for the machine and for a key on the telephone."""
    if not actor or actor == SYSTEM:
        return None
    try:
        return UUID(actor)
    except ValueError:
        return None

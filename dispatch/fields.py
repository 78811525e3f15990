"""Changing the order form: machine and person write through here, and never over each other.

``WorkOrder.version`` counts the row's writes, also the machine's, who writes all the time
while the caller speaks. So an older version alone is no conflict. A conflict is that *another
person* changed one of the same fields after the version the seat saw; each field knows the
version that last changed it (``changed_version``) and who did (``by``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from dispatch.prefill import Proposal
from models.errors import Conflict, InvalidInput
from models.forms import (
    FIELD_NAMES,
    FIELDS,
    SURE,
    FieldState,
    checked,
    checked_text,
    machine_may_fill,
)
from models.order_tables import WorkOrder


def fill_by_machine(order: WorkOrder, found: Mapping[str, Proposal]) -> bool:
    """Make the fields nobody touched mirror ``found``; whether anything changed."""
    fields, states = dict(order.fields), dict(order.field_states)
    for field in FIELDS:
        if not machine_may_fill(states, field):
            continue
        proposal = found.get(field)
        if proposal is None:
            fields.pop(field, None)
            states.pop(field, None)
            continue
        state = FieldState(
            source="machine",
            p=proposal.p,
            evidence=proposal.evidence,
            read_back=proposal.read_back,
        )
        _put(order, fields, states, field, proposal.value, state)
    return _store(order, fields, states)


def fill_by_person(order: WorkOrder, values: Mapping[str, Any], actor: str) -> bool:
    """Store what a person typed, confirmed; whether anything changed. A position that is taken
    away is the machine's again.

    Raises ``InvalidInput`` for a value the form does not hold.
    """
    fields, states = dict(order.fields), dict(order.field_states)
    for field, value in values.items():
        kept = checked(field, value)
        if field == "position" and kept is None:
            fields.pop(field, None)
            states.pop(field, None)
            continue
        if field == "unit_ids":
            _check_ids(kept)
        state = FieldState(source="person", confirmed=True, by=actor)
        _put(order, fields, states, field, kept, state)
    return _store(order, fields, states)


def position_follows_address(order: WorkOrder) -> bool:
    """Whether the order's position is the machine's: no person has set it."""
    state = order.field_states.get("position")
    return state is None or state["source"] == "machine"


def fill_position(order: WorkOrder, found: Proposal | None) -> bool:
    """Let the machine's position be where the address is; whether anything changed."""
    fields, states = dict(order.fields), dict(order.field_states)
    if found is None:
        fields.pop("position", None)
        states.pop("position", None)
    else:
        state = FieldState(source="machine", p=found.p, evidence=found.evidence)
        _put(order, fields, states, "position", found.value, state)
    return _store(order, fields, states)


def confirm_sure(order: WorkOrder, seen_version: int, actor: str) -> bool:
    """Confirm the machine's sure values, those only that the person has seen."""
    states = dict(order.field_states)
    for field, state in order.field_states.items():
        if (
            machine_may_fill(states, field)
            and (state["p"] or 0.0) >= SURE
            and state["changed_version"] <= seen_version
        ):
            states[field] = state | {
                "confirmed": True,
                "by": actor,
                "changed_version": order.version + 1,
            }
    return _store(order, dict(order.fields), states)


def refuse_unseen(
    order: WorkOrder, seen_version: int, actor: str, fields: Iterable[str] = FIELDS
) -> None:
    """Raise ``Conflict`` if another person changed one of ``fields`` since ``seen_version``."""
    if not 0 <= seen_version <= order.version:
        raise InvalidInput("工单版本号不对，请刷新页面后重试。")
    theirs = [
        FIELD_NAMES[field]
        for field in fields
        if (state := order.field_states.get(field)) is not None
        and state["changed_version"] > seen_version
        and state["by"] not in ("", actor)
    ]
    if theirs:
        raise Conflict(f"“{'、'.join(theirs)}”刚被他人修改，请核对后重试。")


def touched_by_person(order: WorkOrder) -> bool:
    """Whether a person typed or confirmed anything."""
    return any(not machine_may_fill(order.field_states, field) for field in order.field_states)


def _put(
    order: WorkOrder,
    fields: dict[str, Any],
    states: dict[str, Any],
    field: str,
    value: Any,
    state: FieldState,
) -> None:
    old = states.get(field)
    if old is not None and fields.get(field) == value:
        unchanged = state.as_dict() | {"changed_version": old["changed_version"]}
        if unchanged == old:
            return
    fields[field] = value
    states[field] = state.as_dict() | {"changed_version": order.version + 1}


def _store(order: WorkOrder, fields: dict[str, Any], states: dict[str, Any]) -> bool:
    if fields == order.fields and states == order.field_states:
        return False
    order.fields, order.field_states = fields, states
    return True


def _check_ids(values: list[str]) -> None:
    for value in values:
        try:
            UUID(value)
        except ValueError:
            raise InvalidInput(f"“{value[:36]}”不是联动单位的编号。") from None


def required(name: str, text: str, limit: int) -> str:
    """``text`` without outer blanks; raises ``InvalidInput`` where it is empty or too long."""
    kept = checked_text(name, text, limit).strip()
    if not kept:
        raise InvalidInput(f"“{name}”不能为空。")
    return kept

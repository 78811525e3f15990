"""The status tables: total, reachable, named, and true to what the lamps promise."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.dispatch_states import FORCE, ForceStatus
from models.errors import IllegalTransition
from models.states import (
    AGENT,
    CALL,
    DISPATCH,
    LAMPS,
    TRIGGER_NAMES,
    WORK_ORDER,
    AgentState,
    CallStatus,
    DispatchStatus,
    Lamp,
    Machine,
    WorkOrderStatus,
    lamp,
)

pytestmark = pytest.mark.unit

MACHINES: list[tuple[Machine[Any], type[StrEnum], StrEnum]] = [
    (CALL, CallStatus, CallStatus.RECEIVED),
    (AGENT, AgentState, AgentState.LOGGED_OUT),
    (WORK_ORDER, WorkOrderStatus, WorkOrderStatus.DRAFT),
    (DISPATCH, DispatchStatus, DispatchStatus.CREATED),
    (FORCE, ForceStatus, ForceStatus.READY),
]
each = pytest.mark.parametrize(("machine", "kind", "start"), MACHINES, ids=lambda it: str(it)[:12])
TRIGGERS = st.lists(st.sampled_from(sorted(TRIGGER_NAMES)), max_size=40)


@each
def test_every_status_can_be_reached(
    machine: Machine[Any], kind: type[StrEnum], start: StrEnum
) -> None:
    reached, todo = {start}, [start]
    while todo:
        found = set(machine.table.get(todo.pop(), {}).values()) - reached
        reached |= found
        todo += found
    assert reached == set(kind)


@each
def test_everything_has_a_name_for_people(
    machine: Machine[Any], kind: type[StrEnum], start: StrEnum
) -> None:
    assert set(machine.names) == set(kind)
    assert {name for moves in machine.table.values() for name in moves} <= set(TRIGGER_NAMES)


@each
@given(triggers=TRIGGERS)
def test_no_walk_leaves_the_table(
    machine: Machine[Any], kind: type[StrEnum], start: StrEnum, triggers: list[str]
) -> None:
    status = start
    for trigger in triggers:
        if trigger in machine.table.get(status, {}):
            status = machine.target(status, trigger)
        else:
            with pytest.raises(IllegalTransition, match=f"^{machine.label}当前为"):
                machine.target(status, trigger)
        assert isinstance(status, kind)


def test_every_status_has_its_lamp() -> None:
    assert set(LAMPS) == set(DispatchStatus)
    assert {status for status in DispatchStatus if lamp(status) is None} == {
        DispatchStatus.RECALLED
    }


@given(triggers=TRIGGERS)
def test_lamps_follow_what_the_unit_did(triggers: list[str]) -> None:
    status, since_sent = DispatchStatus.CREATED, list[str]()
    for trigger in triggers:
        try:
            status = DISPATCH.target(status, trigger)
        except IllegalTransition:
            continue
        since_sent = [] if trigger in ("send", "redo") else [*since_sent, trigger]
        assert since_sent.count("receive") <= 1
        shown = lamp(status)
        assert (shown is Lamp.GREEN) == ("feed_back" in since_sent)
        if shown is Lamp.BLUE:
            assert "receive" in since_sent


def test_what_is_over_stays_over_unless_it_is_opened_again() -> None:
    assert WorkOrderStatus.CANCELLED not in WORK_ORDER.table
    assert set(WORK_ORDER.table[WorkOrderStatus.CLOSED]) == {"reopen", "redraft"}
    assert set(WORK_ORDER.table[WorkOrderStatus.MERGED]) == {"split"}
    assert set(DISPATCH.table[DispatchStatus.FED_BACK]) == {"redo"}

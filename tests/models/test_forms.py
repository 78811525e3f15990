"""What the order form accepts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidInput
from models.forms import (
    FIELD_NAMES,
    FIELDS,
    MOST_UNITS,
    TEXT_LIMITS,
    FieldState,
    checked,
    machine_may_fill,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("field", TEXT_LIMITS)
def test_text_is_taken_up_to_its_limit(field: str) -> None:
    limit = TEXT_LIMITS[field]
    assert checked(field, "字" * limit) == "字" * limit
    with pytest.raises(InvalidInput, match=f"“{FIELD_NAMES[field]}”过长：{limit + 1} 字"):
        checked(field, "字" * (limit + 1))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("colour", "red"),
        ("address", 7),
        ("address", None),
        ("emergency", 1),
        ("emergency", "true"),
        ("injured", True),
        ("injured", -1),
        ("injured", 100_001),
        ("injured", 1.5),
        ("trapped", "3"),
        ("unit_ids", "x"),
        ("unit_ids", [1]),
        ("unit_ids", ["x" * 37]),
        ("unit_ids", [str(number) for number in range(MOST_UNITS + 1)]),
    ],
)
def test_wrong_values_are_refused_with_a_sentence(field: str, value: Any) -> None:
    with pytest.raises(InvalidInput, match=r"。$"):
        checked(field, value)


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("emergency", None, None),
        ("injured", 0, 0),
        ("trapped", None, None),
        ("unit_ids", ["a", "b", "a"], ["a", "b"]),
        ("summary", "一\n二\t三\x00\x1b\x7f", "一\n二\t三"),
        ("address", "\ud800东门", "东门"),
    ],
)
def test_values_are_kept_clean(field: str, value: Any, kept: Any) -> None:
    assert checked(field, value) == kept


@given(
    field=st.sampled_from(FIELDS),
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=50)
    | st.lists(st.text(max_size=5), max_size=5),
)
def test_what_is_kept_is_accepted_again_unchanged(field: str, value: Any) -> None:
    try:
        kept = checked(field, value)
    except InvalidInput:
        return
    assert checked(field, kept) == kept


@pytest.mark.parametrize(
    ("state", "may"),
    [
        (None, True),
        (FieldState("machine"), True),
        (FieldState("machine", confirmed=True), False),
        (FieldState("person"), False),
        (FieldState("person", confirmed=True), False),
    ],
)
def test_machine_fills_only_what_nobody_touched(state: FieldState | None, may: bool) -> None:
    states = {} if state is None else {"address": state.as_dict()}
    assert machine_may_fill(states, "address") is may

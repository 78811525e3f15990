"""The click-to-sent measurement: its truths, its rule, its figures."""

from __future__ import annotations

from typing import Any

import pytest

from benchmarks.click_to_sent import DEMO_RIGHT, RIGHT, Sent, figures, is_sure
from benchmarks.speech_calls import read_calls
from classifier.taxonomy import load_taxonomy

pytestmark = pytest.mark.unit


def test_every_call_has_a_right_answer_that_is_an_item_with_an_authority() -> None:
    items = load_taxonomy().items
    rows = [line.split("\t") for line in RIGHT.read_text("utf-8").splitlines()]
    told = {name: codes.split("|") for name, codes in rows} | {
        title: list(codes) for title, codes in DEMO_RIGHT.items()
    }
    assert set(dict(rows)) <= {call.scenario for call in read_calls() if call.half == "test"}
    assert len(told) >= 30
    for name, codes in told.items():
        assert items[codes[0]].lead, name
        assert {items[code].emergency for code in codes} == {items[codes[0]].emergency}, name


def form(**changes: Any) -> dict[str, Any]:
    sure = {"p": 0.9}
    fields = {"unit_ids": ["1"], "summary": "水管破裂", "category_code": "C0101"}
    states = {"category_code": sure, "emergency": sure}
    return {"fields": fields | changes.get("fields", {}), "field_states": states | changes}


@pytest.mark.parametrize(
    ("order", "sure"),
    [
        (form(), True),
        (form(category_code={"p": 0.79}), False),
        (form(emergency={"p": None}), False),
        (form(fields={"unit_ids": []}), False),
        (form(fields={"summary": ""}), False),
    ],
)
def test_the_seat_waits_until_the_suggestion_is_sure(order: dict[str, Any], sure: bool) -> None:
    assert is_sure(order) is sure


def test_unsure_calls_are_left_out_of_the_times_and_counted() -> None:
    right: dict[str, Any] = {"sure": True, "category_right": True, "emergency_right": True}
    found = [
        Sent("a", "110", 5.0, sent_s=8.0, after_last_word_s=2.0, lead_unit_right=True, **right),
        Sent("b", "110", 5.0, sent_s=10.0, after_last_word_s=3.0, **right),
        Sent("c", "96345", 5.0),
    ]
    said = figures(found)
    assert "median   9.0 s" in said
    assert "sent on the suggestion           2 of 3" in said
    assert "a seat would have corrected    1" in said
    assert "unsure, the seat decides         1" in said

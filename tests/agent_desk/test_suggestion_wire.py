"""What the classifier reads out of speech reaches the desk whole."""

from __future__ import annotations

from dataclasses import fields

import pytest

from agent_desk.wire_seat import AddressInfo, SlotInfo, SlotsInfo, SuggestionInfo
from classifier.types import AddressSlot, Choice, Slot, Slots, Suggestion

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("wire", "inside"), [(SlotsInfo, Slots), (AddressInfo, AddressSlot), (SlotInfo, Slot)]
)
def test_the_wire_has_every_field(wire: type, inside: type) -> None:
    assert set(wire.model_fields) == {field.name for field in fields(inside)}  # type: ignore[attr-defined] # pydantic's


def test_a_suggestion_has_the_wire_s_shape() -> None:
    made = Suggestion(
        emergency="non_emergency",
        emergency_p=0.1,
        level="三级",
        category=Choice("供水管道爆裂", 0.9, "C0101"),
        alternatives=(Choice("停水", 0.1, "C0102"),),
        units=(Choice("供水", 0.9),),
        abstain=False,
        reasons=("水管",),
        model_version="test",
        sure=True,
    ).as_dict()
    assert set(SuggestionInfo.model_validate(made).model_dump()) == set(made)

"""What the classifier reads out of speech reaches the desk whole."""

from __future__ import annotations

from dataclasses import fields

import pytest

from agent_desk.wire import AddressInfo, SlotInfo, SlotsInfo
from classifier.types import AddressSlot, Slot, Slots

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("wire", "inside"), [(SlotsInfo, Slots), (AddressInfo, AddressSlot), (SlotInfo, Slot)]
)
def test_the_wire_has_every_field(wire: type, inside: type) -> None:
    assert set(wire.model_fields) == {field.name for field in fields(inside)}  # type: ignore[attr-defined] # pydantic's

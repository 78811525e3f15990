"""The order form: its fields, and who filled each of them.

``WorkOrder.fields`` holds the values, ``WorkOrder.field_states`` per field a dict::

    {"source": "machine" | "person", "confirmed": bool, "p": float | None,
     "evidence": str, "read_back": str, "by": str, "changed_version": int}

``changed_version`` is the version of the row that first held the field's present value and
state: whoever saw that version or a later one has seen the field as it is.

A field whose source is ``person``, or which is confirmed, is never changed by the machine,
except that a position which the machine derived from the address follows the address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from math import isfinite
from typing import Any, Final, Literal
from unicodedata import category

from models.errors import InvalidInput

SURE = 0.8  # from this confidence on, "accept all sure fields" takes a machine's value

FIELD_NAMES: Mapping[str, str] = {
    "emergency": "是否紧急",
    "category_code": "类别",
    "level": "等级",
    "address": "地址",
    "position": "现场位置",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "injured": "受伤人数",
    "trapped": "被困人数",
    "summary": "内容摘要",
    "unit_ids": "联动单位",
}
FIELDS: tuple[str, ...] = tuple(FIELD_NAMES)
TEXT_LIMITS: Mapping[str, int] = {
    "category_code": 16,
    "level": 16,
    "address": 200,
    "contact_name": 50,
    "contact_phone": 32,
    "summary": 4000,
}
COUNTS = ("injured", "trapped")
# Where a position may lie, in degrees: China and its waters.
LON: Final = (73.0, 136.0)
LAT: Final = (3.0, 54.0)
MOST_UNITS = 100


@dataclass(frozen=True, slots=True)
class FieldState:
    """Who filled a field, how sure that is, and what it rests on."""

    source: Literal["machine", "person"]
    confirmed: bool = False
    p: float | None = None
    evidence: str = ""
    read_back: str = ""
    by: str = ""
    changed_version: int = 0

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def machine_may_fill(states: Mapping[str, Any], field: str) -> bool:
    """Whether nobody has touched or confirmed ``field`` yet."""
    state = states.get(field)
    return state is None or (state["source"] == "machine" and not state["confirmed"])


def checked(field: str, value: object) -> Any:
    """``value`` as the form keeps it; raises ``InvalidInput`` with a sentence for the seat."""
    if field not in FIELDS:
        raise InvalidInput(f"工单没有名为“{field[:32]}”的字段。")
    if field == "emergency":
        if value is not None and not isinstance(value, bool):
            raise InvalidInput("“是否紧急”只能是“是”“否”或留空。")
        return value
    if field in COUNTS:
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 100_000:
            raise InvalidInput(f"“{FIELD_NAMES[field]}”应为 0 到 100000 之间的整数。")
        return value
    if field == "position":
        return None if value is None else _position(value)
    if field == "unit_ids":
        if (
            not isinstance(value, list)
            or len(value) > MOST_UNITS
            or not all(isinstance(item, str) and len(item) <= 36 for item in value)
        ):
            raise InvalidInput(f"联动单位应为不超过 {MOST_UNITS} 个单位编号的列表。")
        return list(dict.fromkeys(value))
    if not isinstance(value, str):
        raise InvalidInput(f"“{FIELD_NAMES[field]}”应为文字。")
    return checked_text(FIELD_NAMES[field], value, TEXT_LIMITS[field])


def _position(value: object) -> dict[str, float]:
    """``value`` as ``{"lon", "lat"}`` in degrees (GCJ-02), to about ten centimetres."""
    wrong = InvalidInput("“现场位置”应为中国境内的经度和纬度，请在地图上重新点选。")
    if not isinstance(value, dict) or set(value) != {"lon", "lat"}:
        raise wrong
    place = {}
    for name, (least, most) in (("lon", LON), ("lat", LAT)):
        degrees = value[name]
        if isinstance(degrees, bool) or not isinstance(degrees, int | float):
            raise wrong
        if not isfinite(degrees) or not least <= degrees <= most:
            raise wrong
        place[name] = round(float(degrees), 6)
    return place


def checked_text(name: str, value: str, limit: int) -> str:
    """``value`` without characters no page can show; ``InvalidInput`` over ``limit``."""
    text = "".join(ch for ch in value if ch in "\n\t" or category(ch) not in ("Cc", "Cs"))
    if len(text) > limit:
        raise InvalidInput(f"“{name}”过长：{len(text)} 字，最多 {limit} 字，请精简后再保存。")
    return text

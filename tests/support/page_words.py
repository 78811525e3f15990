"""What callers of page tests say, and what the machine makes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Matter:
    """A caller's matter: the queue it comes to, the words, the machine's suggestion."""

    queue: str
    said: Sequence[str]
    suggestion: Mapping[str, Any]


def _address(
    text: str, said: str, p: float, lon: float, lat: float, **located: str
) -> dict[str, Any]:
    asked = f"您说的是{text}，对吗？" if p < 0.8 else ""
    return {
        "text": text,
        "parts": located,
        "p": p,
        "source": said,
        "read_back": asked,
        "lon": lon,
        "lat": lat,
        "located": next(iter(located)),
    }


FIRE = Matter(
    "110",
    (
        "喂，一一零吗？我们楼着火了，烟很大，你们快点来人",
        "在濛洲街道石龙街八十八号三楼",
        "还有一个老人被困在里面没出来，我姓吴",
    ),
    {
        "emergency": {"label": "emergency", "p": 0.96},
        "level": "一级",
        "category": {"name": "住宅火灾", "p": 0.94, "code": "E0101"},
        "alternatives": [
            {"name": "厂房仓库火灾", "p": 0.03, "code": "E0102"},
            {"name": "车辆火灾", "p": 0.02, "code": "E0104"},
        ],
        "units": [
            {"name": "消防", "p": 0.97},
            {"name": "医疗急救", "p": 0.88},
            {"name": "公安", "p": 0.81},
        ],
        "abstain": False,
        "sure": True,
        "reasons": ["着火了", "烟很大", "老人被困"],
        "slots": {
            "address": _address(
                "濛洲街道石龙街88号3楼",
                "濛洲街道石龙街八十八号三楼",
                0.62,
                119.10954,
                27.65720,
                road="石龙街",
            ),
            "name": {"value": "吴", "p": 0.9, "source": "我姓吴", "read_back": ""},
            "trapped": {"value": 1, "p": 0.88, "source": "一个老人被困", "read_back": ""},
        },
        "model_version": "recorded",
    },
)
PIPE = Matter(
    "96345",
    (
        "你好，我在南苑小区十二栋楼下",
        "自来水管破裂了，水喷得老高，路上全是水",
        "请你们派人来修一下，我姓陈",
    ),
    {
        "emergency": {"label": "non_emergency", "p": 0.04},
        "level": "二级",
        "category": {"name": "供水管道爆裂", "p": 0.97, "code": "C0101"},
        "alternatives": [{"name": "停水与水压", "p": 0.02, "code": "C0102"}],
        "units": [{"name": "供水", "p": 0.97}, {"name": "城管", "p": 0.42}],
        "abstain": False,
        "sure": True,
        "reasons": ["自来水管", "破裂", "水喷得老高"],
        "slots": {
            "address": _address(
                "南苑小区12栋", "南苑小区十二栋", 0.96, 119.08020, 27.60619, compound="南苑小区"
            ),
        },
        "model_version": "recorded",
    },
)
SUBSIDY = Matter(
    "96345",
    ("我想问一下，家里老人八十多岁了", "高龄老人补贴怎么申请，要带什么材料？"),
    {
        "emergency": {"label": "non_emergency", "p": 0.02},
        "level": "四级",
        "category": None,
        "alternatives": [],
        "units": [{"name": "民政", "p": 0.7}],
        "abstain": True,
        "sure": False,
        "reasons": ["高龄老人补贴"],
        "slots": {},
        "model_version": "recorded",
    },
)

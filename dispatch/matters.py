"""What kind of matter an order is (``matters.toml``): how it is answered and checked."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from models.errors import SetupError

FILE: Final = Path(__file__).with_name("matters.toml")
MAJOR: Final = "一级"


class Matter(StrEnum):
    """紧急警情, 咨询, 便民服务, 部门事项, 投诉建议, 城市设施, 表扬."""

    EMERGENCY = "emergency"
    QUESTION = "question"
    SERVICE = "service"
    AUTHORITY = "authority"
    COMPLAINT = "complaint"
    FACILITY = "facility"
    PRAISE = "praise"


class Check(StrEnum):
    """Who has to look at the result before the order is closed."""

    NONE = "none"
    SEAT = "seat"
    REVIEW_CALL = "review_call"
    SUPERVISOR = "supervisor"


@dataclass(frozen=True, slots=True)
class Kind:
    """A line of the file."""

    name: str
    check: Check
    check_of_level_one: Check
    categories: tuple[str, ...]


@cache
def kinds(path: Path = FILE) -> Mapping[Matter, Kind]:
    """Every kind of matter; raises ``SetupError`` naming what is wrong with the file."""
    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))["matter"]
        read = {
            Matter(name): Kind(
                name=entry["name"],
                check=Check(entry["check"]),
                check_of_level_one=Check(entry.get("check_of_level_one", entry["check"])),
                categories=tuple(entry["categories"]),
            )
            for name, entry in found.items()
        }
    except (KeyError, ValueError, TypeError, AttributeError) as error:
        raise SetupError(f"{path}: {error}; compare it with the one that was delivered.") from None
    missing = sorted(set(Matter) - set(read))
    if missing:
        raise SetupError(f"{path}: there is no [matter.{missing[0]}].")
    return read


def of(fields: Mapping[str, Any]) -> Matter:
    """The kind of an order by its form; a matter for an authority where nothing else is known."""
    if fields.get("emergency"):
        return Matter.EMERGENCY
    code = str(fields.get("category_code") or "")
    best, found = 0, Matter.AUTHORITY
    for matter, kind in kinds().items():
        for beginning in kind.categories:
            if code.startswith(beginning) and len(beginning) > best:
                best, found = len(beginning), matter
    return found


def check_of(fields: Mapping[str, Any]) -> Check:
    """Who has to check the result of an order with this form."""
    kind = kinds()[of(fields)]
    return kind.check_of_level_one if fields.get("level") == MAJOR else kind.check

"""The calls of ``python -m benchmarks.calls``: read line by line, bad lines named."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import SetupError

ID = re.compile(r"[\w.-]{1,100}")
NUMBER = re.compile(r"[0-9]{3,32}")
MOST_BYTES = 50_000_000
MOST_TURNS = 100
LONGEST_TURN = 1_000  # characters
# Whose turns are not the caller's; the caller is silent meanwhile.
OTHERS = frozenset(("agent", "seat", "operator", "接警员", "坐席", "座席"))


@dataclass(frozen=True, slots=True)
class CallLine:
    """A call: what the caller says one after the other. An empty turn is somebody else's."""

    line: int
    id: str
    dialed: str
    turns: tuple[str, ...]
    voice: str


def read_lines(path: Path) -> tuple[list[CallLine], list[str]]:
    """The calls of a file, and a sentence for each line that is none.

    Raises ``SetupError`` where the file cannot be read at all.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise SetupError(f"{path} is larger than {MOST_BYTES // 1_000_000} MB.")
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.") from None
    calls: list[CallLine] = []
    problems: list[str] = []
    seen: set[str] = set()
    for number, raw in enumerate(lines, start=1):
        if not raw.strip():
            continue
        try:
            call = _call(number, json.loads(raw.decode("utf-8-sig")))
            if call.id in seen:
                raise ValueError(f"id {call.id!r} was used before")
        except UnicodeDecodeError:
            problems.append(f"{path}:{number}: is not UTF-8 text")
        except json.JSONDecodeError as error:
            problems.append(f"{path}:{number}: is not JSON ({error.msg})")
        except (ValueError, RecursionError) as error:
            problems.append(f"{path}:{number}: {error}")
        else:
            seen.add(call.id)
            calls.append(call)
    return calls, problems


def _call(number: int, row: Any) -> CallLine:
    if not isinstance(row, dict):
        raise ValueError("is no JSON object")
    name = row.get("id")
    if isinstance(name, bool) or not isinstance(name, str | int) or not ID.fullmatch(str(name)):
        raise ValueError("'id' must be letters, digits, '.', '_' and '-', 100 at most")
    dialed = row.get("dialed", row.get("dialled"))
    if isinstance(dialed, int):
        dialed = str(dialed)
    if not isinstance(dialed, str) or not NUMBER.fullmatch(dialed):
        raise ValueError("'dialed' must be a number such as 110 or 96345")
    turns = row.get("turns")
    if not isinstance(turns, list) or not 1 <= len(turns) <= MOST_TURNS:
        raise ValueError(f"'turns' must be a list of 1 to {MOST_TURNS} texts")
    said = tuple(_turn(turn) for turn in turns)
    if not any(said):
        raise ValueError("'turns' has nothing that the caller says")
    voice = row.get("voice") or ""
    if not isinstance(voice, str):
        raise ValueError("'voice' must be a text")
    return CallLine(number, str(name), dialed, said, voice)


def _turn(turn: Any) -> str:
    """What the caller says in a turn: a text, or an object with ``text`` and whose turn it is."""
    if isinstance(turn, dict):
        whose = turn.get("speaker", turn.get("role", turn.get("who", "")))
        if whose in OTHERS:
            return ""
        turn = turn.get("text")
    if not isinstance(turn, str) or not turn.strip() or len(turn) > LONGEST_TURN:
        raise ValueError(f"every turn must be a text of 1 to {LONGEST_TURN} characters")
    return turn.strip()

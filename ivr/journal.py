"""What Asterisk writes down of a call by itself: the recorded files and their journal.

The dialplan (contexts ``record`` and ``over``) writes two lines of named values per recorded
channel, whether or not anybody listens; see ``docs/telephony.md``, section "Recordings".
"""

from __future__ import annotations

import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

MOST_BYTES: Final = 16_384  # of a journal
MOST_FILES: Final = 10_000  # looked at in one sweep
NAME: Final = re.compile(r"(?P<uniqueid>[\w.-]{1,64})\.(?P<kind>in\.wav|out\.wav|call)", re.ASCII)
TIME: Final = re.compile(r"[0-9]{9,11}(\.[0-9]{1,6})?", re.ASCII)
NUMBER: Final = re.compile(r"[0-9+*#]{0,64}", re.ASCII)
IDENTIFIER: Final = re.compile(r"[\w.-]{0,64}", re.ASCII)
SECONDS: Final = re.compile(r"[0-9]{1,6}", re.ASCII)
WISHES: Final = ("", "message", "place")


@dataclass(frozen=True, slots=True)
class RawFiles:
    """One recorded channel's files; ``None`` for one that is missing."""

    uniqueid: str
    journal: Path | None
    caller: Path | None
    heard: Path | None

    @property
    def paths(self) -> list[Path]:
        return [path for path in (self.caller, self.heard, self.journal) if path is not None]

    def signature(self) -> tuple[tuple[int, int], ...]:
        """Sizes and times of change: the same twice where nobody writes. Raises ``OSError``."""
        return tuple((s.st_size, s.st_mtime_ns) for s in (path.stat() for path in self.paths))


def scan(folder: Path) -> list[RawFiles]:
    """The recorded channels in ``folder``, by id. Foreign files are passed over, as is what is
    no regular file; a folder that is missing is empty. Raises ``OSError``."""
    found: dict[str, dict[str, Path]] = {}
    if not folder.is_dir():
        return []
    for path in folder.iterdir():
        match = NAME.fullmatch(path.name)
        if match is None or not stat.S_ISREG(path.lstat().st_mode):
            continue
        found.setdefault(match["uniqueid"], {})[match["kind"]] = path
        if len(found) >= MOST_FILES:
            break
    return [
        RawFiles(uniqueid, kinds.get("call"), kinds.get("in.wav"), kinds.get("out.wav"))
        for uniqueid, kinds in sorted(found.items())
    ]


@dataclass(frozen=True, slots=True)
class Journal:
    """What is known of a recorded channel from Asterisk alone.

    ``began_at`` is the first moment of the recording; ``ended_at`` is ``None`` while the channel
    lives or where Asterisk was killed. ``queue`` is the last one, ``member`` the agent session
    that had the call. ``bad_lines`` counts what could not be read.
    """

    uniqueid: str
    linkedid: str
    began_at: datetime
    number: str = ""
    dialled: str = ""
    queue: str = ""
    outward: bool = False
    ended_at: datetime | None = None
    answered_at: datetime | None = None
    member: UUID | None = None
    wish: str = ""
    rating: int | None = None
    bad_lines: int = 0


class Unreadable(Exception):
    """Neither the journal nor the files' name tells when the recording began."""


def read(files: RawFiles) -> Journal:
    """The journal of a recorded channel; lines that cannot be read are left out.

    Without a usable beginning, the channel's id tells the second. Raises ``Unreadable`` where
    that too is none, and ``OSError``.
    """
    began: dict[str, str] = {}
    ended: dict[str, str] = {}
    bad = 0
    for line in _lines(files.journal):
        try:
            kind, values = _parse(line)
        except ValueError:
            bad += 1
            continue
        if kind == "began" and not began:
            began = values
        elif kind == "ended":
            ended = values
    began_at = _moment(began["at"]) if began else _moment_of_id(files.uniqueid)
    ended_at = max(_moment(ended["at"]), began_at) if ended else None
    return Journal(
        uniqueid=files.uniqueid,
        linkedid=began.get("linkedid") or files.uniqueid,
        began_at=began_at,
        number=began.get("number", ""),
        dialled=began.get("dialled", ""),
        queue=ended.get("queue") or began.get("queue", ""),
        outward=began.get("way") == "out",
        ended_at=ended_at,
        answered_at=_answered(began_at, ended_at, ended),
        member=UUID(ended["member"]) if ended.get("member") else None,
        wish=ended.get("wish", ""),
        rating=int(ended["rating"]) if ended.get("rating") else None,
        bad_lines=bad,
    )


def _lines(path: Path | None) -> list[str]:
    if path is None:
        return []
    with path.open("rb") as handle:
        text = handle.read(MOST_BYTES).decode("ascii", "replace")
    return [line for line in text.splitlines() if line]


def _parse(line: str) -> tuple[str, dict[str, str]]:
    """A line's kind and values; raises ``ValueError`` for one the dialplan does not write."""
    kind, _, rest = line.partition(" ")
    at, *pairs = rest.split(" ")
    if kind not in ("began", "ended") or not TIME.fullmatch(at):
        raise ValueError("no such line")
    values = {"at": at}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        pattern = VALUES.get(name)
        if not equals or pattern is None or not pattern.fullmatch(value):
            raise ValueError("no such value")
        values[name] = value
    return kind, values


_EMPTY_OR: Final = "(?:{})?"
VALUES: Final[Mapping[str, re.Pattern[str]]] = {
    "linkedid": IDENTIFIER,
    "number": NUMBER,
    "dialled": NUMBER,
    "queue": NUMBER,
    "way": re.compile("(in|out)?"),
    "hold": re.compile(_EMPTY_OR.format(SECONDS.pattern), re.ASCII),
    "talk": re.compile(_EMPTY_OR.format(SECONDS.pattern), re.ASCII),
    "member": re.compile("([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?"),
    "dial": re.compile("[A-Z]{0,16}"),
    "wish": re.compile("|".join(WISHES)),
    "rating": re.compile("[0-9]?"),
}


def _moment(text: str) -> datetime:
    return datetime.fromtimestamp(float(text), UTC)


def _moment_of_id(uniqueid: str) -> datetime:
    """When a channel was made, from Asterisk's ``<system>-<epoch>.<count>``."""
    seconds = uniqueid.rpartition("-")[2].partition(".")[0]
    if not TIME.fullmatch(seconds):
        raise Unreadable
    return _moment(seconds)


def _answered(
    began_at: datetime, ended_at: datetime | None, ended: Mapping[str, str]
) -> datetime | None:
    """When a seat, or somebody dialled from the dialplan, took the call; to the second."""
    if ended_at is None:
        return None
    if ended.get("hold"):
        return min(began_at + timedelta(seconds=int(ended["hold"])), ended_at)
    if ended.get("dial") == "ANSWER":
        return max(ended_at - timedelta(seconds=int(ended.get("talk") or 0)), began_at)
    return None

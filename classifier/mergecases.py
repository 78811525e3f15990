"""Measures the offers for merging: ``python -m classifier.mergecases FILE [--gazetteer CSV]``.

``FILE`` has one call per line, divided by tabs: its id, the minute it comes in, the category's
code or nothing, the id of the call whose matter it is about or nothing, and what was said.
Calls are taken in order; each is compared with all matters before it. Prints precision and
recall of the best offer.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from classifier.address import find_address
from classifier.duplicates import Matter, same_matter
from classifier.gazetteer import Gazetteer
from classifier.text import clean

USAGE = 2
_START = datetime(2026, 1, 1, tzinfo=UTC)


class BadCases(ValueError):
    """A file of cases that cannot be read; the message names file and line."""


@dataclass(slots=True)
class Figures:
    """Right, wrong and missed offers, and what went wrong, one line each."""

    right: int = 0
    wrong: int = 0
    missed: int = 0
    calls: int = 0
    errors: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.right + self.missed, 1)


def matter(id_: str, minute: float, category: str, text: str, gazetteer: Gazetteer) -> Matter:
    """A call's text as what is compared, with its address read."""
    found = find_address(clean(text), gazetteer)
    slot = found.slot if found else None
    return Matter(
        id_,
        text,
        _START + timedelta(minutes=minute),
        slot.parts if slot else {},
        category,
        category.startswith("E"),
        slot.lon if slot else None,
        slot.lat if slot else None,
        slot.located if slot else "",
    )


def measure(path: Path, gazetteer: Gazetteer) -> Figures:
    """The figures for a file of cases; raises ``BadCases``."""
    figures = Figures()
    heads: list[Matter] = []
    for call, same in _cases(path, gazetteer):
        figures.calls += 1
        offers = same_matter(call, heads)
        best = offers[0].id if offers else ""
        if best == same:
            figures.right += bool(same)
        else:
            figures.wrong += bool(best)
            figures.missed += bool(same)
            figures.errors.append(f"{call.id}: offered {best or '-'}, is {same or '-'}")
        if not same:
            heads.append(call)
    return figures


def _cases(path: Path, gazetteer: Gazetteer) -> Iterator[tuple[Matter, str]]:
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if not line.strip() or line.startswith("#"):
                continue
            cells = line.rstrip("\n").split("\t")
            try:
                id_, minute, category, same, text = cells
                yield matter(id_, float(minute), category, text, gazetteer), same
            except ValueError as error:
                raise BadCases(
                    f"{path}:{number}: needs id, minute, category, same, text: {error}"
                ) from None


def main(arguments: list[str] | None = None) -> int:
    """Print the figures as JSON; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m classifier.mergecases", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--gazetteer", type=Path, action="append", default=[])
    chosen = parser.parse_args(arguments)
    gazetteer = Gazetteer.read(*chosen.gazetteer) if chosen.gazetteer else Gazetteer()
    try:
        figures = measure(chosen.file, gazetteer)
    except (BadCases, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    report = {
        "calls": figures.calls,
        "precision": round(figures.precision, 3),
        "recall": round(figures.recall, 3),
        "errors": figures.errors,
    }
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

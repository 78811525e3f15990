"""A site's local names: read from its gazetteer, and written as people write them.

A model may lack a character of a name; its graph then says the name with one that sounds the
same (甿 洲 街道), and ``graph/local_names.tsv`` in its folder tells what to write (濛洲街道).
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

from models.errors import SetupError

log = logging.getLogger(__name__)

FILE: Final = "local_names.tsv"
ALL: Final = "all_names.txt"
LONGEST_NAME = 20
MOST_NAMES = 50_000
UNREADABLE = "\ufffd"  # stands for bytes that are no UTF-8

Said = tuple[str, ...]


class LocalNames:
    """Puts local names in the place of the words the model says them with."""

    def __init__(self, names: Mapping[Said, str]) -> None:
        self._by_first: dict[str, list[tuple[Said, str]]] = {}
        for said in sorted(names, key=len, reverse=True):
            if said:
                self._by_first.setdefault(said[0], []).append((said, names[said]))

    @classmethod
    def load(cls, model: Path) -> LocalNames:
        """Those of a model folder; none where it has no file of them.

        A line that is no words, tab, name is left out. Raises ``SetupError`` where the file
        cannot be read.
        """
        path = model / "graph" / FILE
        names: dict[Said, str] = {}
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return cls({})
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(
                f"The local names in {path} cannot be read ({error}): remove the folder {model}, "
                "the next start builds it again."
            ) from None
        for number, line in enumerate(lines, start=1):
            said, tab, name = line.partition("\t")
            if not tab or not said.split() or not name.strip():
                log.warning("%s line %d is not words, tab, name: left out", path, number)
                continue
            names[tuple(said.split())] = name.strip()
        return cls(names)

    def written(self, raw: str) -> str:
        """``raw`` (words with spaces between) with every local name as one word.

        Whole words only, the longest name first; everything else stays as it is.
        """
        if not self._by_first:
            return raw
        words = raw.split()
        out: list[str] = []
        at = 0
        while at < len(words):
            count, word = self.match(words, at)
            out.append(word)
            at += count
        return " ".join(out)

    def match(self, words: Sequence[str], at: int) -> tuple[int, str]:
        """How many of ``words`` from ``at`` on are one local name, and that name; else one and
        the word as it is."""
        for said, name in self._by_first.get(words[at], ()):
            if tuple(words[at : at + len(said)]) == said:
                return len(said), name
        return 1, words[at]


def all_names(model: Path) -> list[str]:
    """Every local name that a model's graph was built with; none where it was built elsewhere.
    Given a gazetteer instead of a folder, the names in it."""
    if model.is_file():
        return read_names(model)
    try:
        return (model / "graph" / ALL).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(
            f"The local names in {model} cannot be read ({error}): remove the folder, "
            "the next start builds it again."
        ) from None


def write_names(folder: Path, names: Iterable[str], written: Mapping[Said, str]) -> None:
    """Write into a model's ``graph`` folder what ``LocalNames.load`` and ``all_names`` read."""
    (folder / ALL).write_text("".join(f"{name}\n" for name in names), encoding="utf-8")
    lines = [f"{' '.join(said)}\t{name}\n" for said, name in sorted(written.items())]
    (folder / FILE).write_text("".join(lines), encoding="utf-8")


def read_names(gazetteer: Path) -> list[str]:
    """The names and aliases (divided by ``|``, ``、`` or ``;``) of a gazetteer CSV, sorted.

    What no recogniser can say is left out: other than Chinese characters, one character, or
    over 20. A wrong row costs that row only. Raises ``SetupError`` for a file that cannot be
    read, has no column ``name``, is not UTF-8 or has too many names.
    """
    try:
        text = gazetteer.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise SetupError(
            f"The gazetteer {gazetteer} cannot be read ({error.strerror}): give a UTF-8 CSV file."
        ) from None
    # Line by line, so that a quotation mark left open does not swallow the rows behind it.
    lines = [line for line in text.splitlines() if line.strip()]
    columns = _cells(lines[0]) if lines else []
    if "name" not in columns:
        raise SetupError(f"The gazetteer {gazetteer} has no column `name` in its first line.")
    names: set[str] = set()
    without = 0
    for line in lines[1:]:
        row = dict(zip(columns, _cells(line), strict=False))
        found = list(_sayable(f"{row.get('name', '')}|{row.get('aliases', '')}"))
        names.update(found)
        without += not found
    if not names and UNREADABLE in text:
        raise SetupError(f"The gazetteer {gazetteer} is not UTF-8: save it in that encoding.")
    if len(names) > MOST_NAMES:
        raise SetupError(
            f"{gazetteer} has {len(names)} names, the recogniser takes {MOST_NAMES}: "
            "leave out those that callers will hardly say."
        )
    if without:
        log.warning("%d rows of %s hold no name that can be said", without, gazetteer)
    return sorted(names)


def _cells(line: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line]), [])]
    except csv.Error:
        return []


def _sayable(given: str) -> Iterable[str]:
    for mark in "、;；":
        given = given.replace(mark, "|")
    for name in given.split("|"):
        if 2 <= len(name.strip()) <= LONGEST_NAME and _chinese(name.strip()):
            yield name.strip()


def _chinese(text: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in text)

"""Measures how well addresses are cut into parts: ``python -m classifier.addresses FILE``.

``FILE`` is either JSON lines ``{"text": …, "parts": {…}}`` with our own keys, or tagged
characters (``永 B-district`` one a line, addresses divided by empty lines) with the labels of
Chinese address corpora. These are mapped to our parts so:

========================================  ======================================================
district, town, road, floorno, roomno     county, town, road, floor, room
community                                 village (community and village are compared as one)
road that ends with 组                    group (of villagers)
roadno; subroad when it is a 弄           number
houseno, subroadno behind a roadno        number when it ends with 号 or 弄, else building; a
                                          number behind a roadno is joined with it (832弄125号)
cellno                                    unit when it is 单元, a bare number or a letter
poi with the subpoi directly behind it    place (compound and landmark are compared as one)
all others                                no part of ours: neither asked for nor counted as false
========================================  ======================================================

Names are compared whole; counties, towns and villages without their suffix (余杭 is 余杭区);
numbers by digits and letters, 七楼 as 7. Prints precision, recall and F1 per part and over
all parts, for all addresses, and for the odd and even ones apart, worst part first.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from classifier.address import find_address
from classifier.gazetteer import Gazetteer
from classifier.noise import noisy
from classifier.numerals import spoken_number
from classifier.text import clean

KEYS = (
    "county", "town", "village", "group", "road", "number", "place", "building", "unit", "floor",
    "room", "highway", "direction", "kilometre", "crossing",
)  # fmt: skip
_AS_ONE = {"community": "village", "compound": "place", "landmark": "place"}
_SAME = {
    "district": "county", "town": "town", "community": "village", "road": "road",
    "roadno": "number", "floorno": "floor", "roomno": "room",
}  # fmt: skip
_NUMBERED = frozenset(("group", "number", "building", "unit", "floor", "room", "kilometre"))
_NUMERALS = re.compile(r"[零〇一二三四五六七八九十百千两]+")
_GROUP = re.compile(r"组$")
USAGE = 2


class BadAddresses(ValueError):
    """A measuring file that cannot be read; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Example:
    """A text, the parts it has by our keys, and stretches that are none of ours."""

    text: str
    parts: frozenset[tuple[str, str]]
    others: frozenset[str] = frozenset()


@dataclass(slots=True)
class Score:
    """Counts of right, asked-for and given values per part."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    given: Counter[str] = field(default_factory=Counter)
    whole: int = 0
    texts: int = 0

    def add(self, example: Example, given: frozenset[tuple[str, str]]) -> None:
        given = frozenset(
            one for one in given if one in example.parts or one[1] not in example.others
        )
        self.texts += 1
        self.whole += given == example.parts
        self.asked.update(key for key, _ in example.parts)
        self.given.update(key for key, _ in given)
        self.right.update(key for key, _ in given & example.parts)

    def f1(self, keys: Iterable[str]) -> tuple[float, float, float]:
        """Precision, recall and F1 over ``keys``."""
        keys = list(keys)
        right = sum(self.right[key] for key in keys)
        given, asked = sum(self.given[key] for key in keys), sum(self.asked[key] for key in keys)
        precision, recall = right / given if given else 0.0, right / asked if asked else 0.0
        both = precision + recall
        return precision, recall, 2 * precision * recall / both if both else 0.0

    def report(self) -> dict[str, object]:
        """Figures over all parts and per part, the worst first."""
        named = [key for key in KEYS if self.asked[key] or self.given[key]]
        precision, recall, f1 = self.f1(named)
        parts = sorted(named, key=lambda key: self.f1([key])[2])
        return {
            "addresses": self.texts,
            "f1": round(f1, 4),
            "precision": round(precision, 4),
            "recall": round(recall, 4),
            "whole_address": round(self.whole / max(self.texts, 1), 4),
            "parts": {
                key: {
                    "f1": round(self.f1([key])[2], 3),
                    "precision": round(self.f1([key])[0], 3),
                    "recall": round(self.f1([key])[1], 3),
                    "asked": self.asked[key],
                }
                for key in parts
            },
        }


def compared(parts: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    """Parts with our keys as they are compared."""
    return frozenset(
        (key, _normal(key, value))
        for part, value in parts.items()
        if (key := _AS_ONE.get(part, part)) in KEYS
    )


def _normal(key: str, value: str) -> str:
    if key in _NUMBERED:
        value = _NUMERALS.sub(
            lambda m: str(n) if (n := spoken_number(m.group())) is not None else m.group(), value
        )
        return "-".join(re.findall(r"[0-9]+|[A-Z]+", value.upper())) or value
    if key == "county":
        return re.sub(r"(?<=..)[区县市旗]$", "", value)
    if key == "town":
        return re.sub(r"(?<=..)(?:街道办事处|街道|镇|乡)$", "", value)
    if key == "village":
        return re.sub(r"(?<=..)(?:村民委员会|村委会|居委会|行政村|自然村|社区|村)$", "", value)
    return value.upper()


def read_examples(path: Path) -> Iterator[Example]:
    """The examples of a file; raises ``BadAddresses`` for a line that is neither form."""
    with path.open(encoding="utf-8") as file:
        first = file.readline()
        file.seek(0)
        reading = _json_lines if first.lstrip().startswith("{") else _tagged
        yield from reading(file, path)


def _json_lines(lines: Iterable[str], path: Path) -> Iterator[Example]:
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            yield Example(str(row["text"]), compared(dict(row["parts"])))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadAddresses(
                f'{path}:{number}: needs {{"text": …, "parts": {{…}}}}: {error!r}'
            ) from None


def _tagged(lines: Iterable[str], path: Path) -> Iterator[Example]:
    spans: list[tuple[str, str]] = []
    for number, line in enumerate([*lines, "\n"], start=1):
        if not line.strip():
            if spans:
                yield _mapped(spans)
            spans = []
            continue
        cells = line.rstrip("\n").split()
        if len(cells) != 2 or not re.fullmatch(r"[BIES]-\w+|O", cells[1]):
            raise BadAddresses(f"{path}:{number}: needs a character and a tag such as B-road")
        character, tag = cells
        label = tag[2:].lower() or "otherinfo"
        if tag[0] in "BS" or not spans or spans[-1][0] != label:
            spans.append((label, character))
        else:
            spans[-1] = (label, spans[-1][1] + character)


def _mapped(spans: list[tuple[str, str]]) -> Example:
    parts: list[tuple[str, str]] = []
    others: set[str] = set()
    last = ""
    for label, said in spans:
        key = _SAME.get(label, "")
        if label in ("houseno", "subroadno") and (label == "houseno" or last == "roadno"):
            key = "number" if re.search("[号弄]$", said) else "building"
            if last == "roadno" and key == "number":
                parts[-1] = ("number", parts[-1][1] + "-" + said)
                last = label
                continue
        elif label == "cellno" and re.search(r"单元$|^[0-9A-Z]{1,3}$", said):
            key = "unit"
        elif label == "poi":
            key = "place"
        elif label == "road" and _GROUP.search(said):
            key = "group"
        elif label == "subroad" and re.fullmatch(r"\d+弄", said):
            label, key = "roadno", "number"
        elif label == "subpoi" and last == "poi":
            parts[-1] = ("place", parts[-1][1] + said)
            continue
        if key:
            parts.append((key, said))
        elif said not in "-_":
            others.update((said, *(_normal(kind, said) for kind in ("county", "town", "village"))))
        if not (label == "redundant" and said in "-_"):
            last = label
    return Example(
        "".join(said for _, said in spans),
        frozenset((key, _normal(key, said)) for key, said in parts),
        frozenset(others),
    )


def measure(path: Path, gazetteer: Gazetteer, noise: float = 0.0) -> dict[str, object]:
    """Figures for the addresses of ``path``: all, the odd and the even ones, and processor times.

    ``noise`` is the share of characters misheard on purpose (``classifier.noise``)."""
    chance = random.Random(1)  # noqa: S311 - repeatable errors, no secret
    scores = {"all": Score(), "odd": Score(), "even": Score()}
    spent: list[float] = []
    for number, example in enumerate(read_examples(path), start=1):
        text = noisy(example.text, noise, chance) if noise else example.text
        began = time.thread_time()
        found = find_address(clean(text), gazetteer)
        spent.append((time.thread_time() - began) * 1000)
        given = compared(found.slot.parts if found else {})
        for name in ("all", "odd" if number % 2 else "even"):
            scores[name].add(example, given)
    spent.sort()
    report = scores["all"].report()
    report["odd_f1"] = round(scores["odd"].f1(KEYS)[2], 4)
    report["even_f1"] = round(scores["even"].f1(KEYS)[2], 4)
    if spent:
        report["ms_median"] = round(spent[len(spent) // 2], 2)
        report["ms_p95"] = round(spent[int(len(spent) * 0.95)], 2)
    return report


def main(arguments: list[str] | None = None) -> int:
    """Print the measure as JSON; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m classifier.addresses", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--gazetteer", type=Path, action="append", default=[])
    parser.add_argument("--noise", type=float, default=0.0, help="share of misheard characters")
    parser.add_argument("--within", default="", help="only names whose code begins so, e.g. 331126")
    chosen = parser.parse_args(arguments)
    gazetteer = (
        Gazetteer.read(*chosen.gazetteer, within=chosen.within) if chosen.gazetteer else Gazetteer()
    )
    for problem in gazetteer.problems[:20]:
        sys.stderr.write(f"{problem}\n")
    try:
        report = measure(chosen.file, gazetteer, chosen.noise)
    except (BadAddresses, OSError, UnicodeDecodeError) as error:
        sys.stderr.write(f"{error}\n")
        return USAGE
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

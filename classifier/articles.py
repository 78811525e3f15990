"""Articles of the knowledge base, read from TOML or CSV and checked.

TOML holds ``[[article]]`` tables, CSV a heading row with the same names; in CSV several
questions or tags are divided by ``|`` and dates are ``2026-01-31``. What is wrong with an
article is told by file and line, and the article is left out.
"""

from __future__ import annotations

import csv
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from classifier.text import has_chinese

FIELDS = (
    "id", "title", "questions", "answer", "unit", "source", "valid_from", "valid_until", "tags",
)  # fmt: skip
_NEEDED = ("id", "title", "answer", "unit", "source")
_LISTS = ("questions", "tags")
_DATES = ("valid_from", "valid_until")
LONGEST = {"id": 40, "title": 80, "answer": 4_000, "unit": 40, "source": 300}
MOST_ARTICLES = 50_000
MOST_QUESTIONS, LONGEST_QUESTION = 40, 200
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True)
class Article:
    """An answer with the ways it is asked for. ``valid_until`` is the last day it holds."""

    id: str
    title: str
    answer: str
    unit: str
    source: str
    questions: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_until: date | None = None

    def valid(self, on: date) -> bool:
        """Whether the article holds on a day."""
        return (self.valid_from is None or self.valid_from <= on) and (
            self.valid_until is None or on <= self.valid_until
        )


@dataclass(frozen=True, slots=True)
class Articles:
    """The articles that are sound, and what was wrong with the others."""

    articles: tuple[Article, ...]
    problems: tuple[str, ...]


def read_articles(*paths: Path) -> Articles:
    """Read files, or folders with ``*.toml`` and ``*.csv``; never raises on their content."""
    problems: list[str] = []
    found: dict[str, Article] = {}
    for path in (one for given in paths for one in _files(given, problems)):
        try:
            rows = list(_csv(path) if path.suffix.lower() == ".csv" else _toml(path))
        except tomllib.TOMLDecodeError as error:
            problems.append(f"{path}: not TOML: {error}")
            continue
        except (OSError, UnicodeDecodeError, csv.Error, ValueError) as error:
            problems.append(f"{path}: cannot be read: {error}")
            continue
        for line, row in rows:
            where = f"{path}:{line}"
            try:
                article = checked(row)
                if article.id in found:
                    raise ValueError(f"the id {article.id!r} is there already")
            except ValueError as error:
                problems.append(f"{where}: {error}")
                continue
            if len(found) >= MOST_ARTICLES:
                problems.append(f"{where}: more than {MOST_ARTICLES} articles, the rest left out")
                return Articles(tuple(found.values()), tuple(problems))
            found[article.id] = article
    return Articles(tuple(found.values()), tuple(problems))


def checked(row: Mapping[str, object]) -> Article:
    """One article; raises ``ValueError`` with what is wrong with it."""
    unknown = sorted(set(row) - set(FIELDS))
    if unknown:
        raise ValueError(f"unknown field {unknown[0][:32]!r}; known are {', '.join(FIELDS)}")
    for field in _NEEDED:
        value = row.get(field)
        if not isinstance(value, str) or not value.strip():
            raise ValueError(f"the field {field!r} is missing or empty")
        if len(value) > LONGEST[field]:
            raise ValueError(f"{field!r} has {len(value)} characters, at most {LONGEST[field]}")
    if not _ID.fullmatch(str(row["id"])):
        raise ValueError(f"the id {str(row['id'])[:32]!r} is not made of A-Z, 0-9, '.', '_', '-'")
    if not has_chinese(str(row["title"])):
        raise ValueError("the title holds no Chinese")
    lists = {field: _list(row.get(field, ()), field) for field in _LISTS}
    first, last = (_date(row.get(field), field) for field in _DATES)
    if first and last and last < first:
        raise ValueError(f"valid_until {last} lies before valid_from {first}")
    texts = {field: str(row[field]).strip() for field in _NEEDED}
    return Article(
        **texts,
        questions=lists["questions"],
        tags=lists["tags"],
        valid_from=first,
        valid_until=last,
    )


def _list(value: object, field: str) -> tuple[str, ...]:
    if isinstance(value, str):
        value = [one.strip() for one in value.split("|") if one.strip()]
    if not isinstance(value, Sequence) or not all(isinstance(one, str) for one in value):
        raise ValueError(f"{field!r} must be a list of texts")
    if len(value) > MOST_QUESTIONS:
        raise ValueError(f"{field!r} has {len(value)} entries, at most {MOST_QUESTIONS}")
    too_long = [one for one in value if len(one) > LONGEST_QUESTION]
    if too_long:
        raise ValueError(f"{field!r}: {too_long[0][:20]!r}… has more than {LONGEST_QUESTION}")
    return tuple(one.strip() for one in value if one.strip())


def _date(value: object, field: str) -> date | None:
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError(f"{field!r} {str(value)[:20]!r} is no date such as 2026-01-31") from None


def _files(path: Path, problems: list[str]) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(one for one in path.iterdir() if one.suffix.lower() in (".toml", ".csv"))
    if not files:
        problems.append(f"{path}: the folder holds no *.toml or *.csv")
    return files


def _toml(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    text = path.read_text(encoding="utf-8-sig")
    rows = tomllib.loads(text).get("article", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ValueError("articles are [[article]] tables")
    lines = [
        number
        for number, line in enumerate(text.splitlines(), start=1)
        if re.match(r"\s*\[\[\s*article\s*\]\]", line)
    ]
    for at, row in enumerate(rows):
        yield (lines[at] if at < len(lines) else 1), row


def _csv(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = [name.strip() for name in next(reader, [])]
        line = reader.line_num + 1
        for cells in reader:
            if any(cell.strip() for cell in cells):
                if len(cells) > len(header):
                    yield line, {f"cell {len(header) + 1}": ""}
                else:
                    yield line, dict(zip(header, cells, strict=False))
            line = reader.line_num + 1

"""A store of trained models: one folder per version, and a record of which one is live.

``live`` is a text file with one version per line, the newest last; going back adds a line too,
so the file tells the whole course.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from classifier.weights import DESCRIPTION, EVALUATION, BadModel, load

LIVE = "live"
_VERSION = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,80}")


@dataclass(frozen=True, slots=True)
class Version:
    """One stored model with its evaluation; ``live`` marks the one in use."""

    name: str
    folder: Path
    evaluation: dict[str, Any]
    live: bool


def keep(store: Path, trained: Path) -> str:
    """Take a trained folder into the store under its version, without making it live.

    Raises ``BadModel`` for a folder that is incomplete or altered.
    """
    name = load(trained).version
    target = store / name
    if not target.exists():
        store.mkdir(parents=True, exist_ok=True)
        part = store / f".{name}.{os.getpid()}.part"
        try:
            shutil.copytree(trained, part)
            part.rename(target)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    return name


def versions(store: Path) -> list[Version]:
    """Every stored version, by name."""
    current = live(store)
    found = []
    for description in sorted(store.glob(f"*/{DESCRIPTION}")):
        folder = description.parent
        try:
            evaluation = json.loads((folder / EVALUATION).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            evaluation = {}
        found.append(Version(folder.name, folder, evaluation, folder.name == current))
    return found


def live(store: Path) -> str:
    """The version in use, "" for none."""
    course = _course(store)
    return course[-1] if course else ""


def use(store: Path, name: str) -> Path:
    """Make a stored version live; returns its folder. Raises ``BadModel``, and then the one
    before stays live."""
    if not _VERSION.fullmatch(name):
        raise BadModel(f"{name!r} is not the name of a version")
    folder = store / name
    load(folder)
    if live(store) != name:
        part = store / f"{LIVE}.{os.getpid()}.part"
        part.write_text("\n".join([*_course(store), name]) + "\n", encoding="utf-8")
        part.replace(store / LIVE)
    return folder


def roll_back(store: Path) -> str:
    """Make the version live that was so before the present one; returns its name.

    Going back twice returns to the present one. Raises ``BadModel`` where there is none.
    """
    course = _course(store)
    if len(course) < 2:
        raise BadModel(f"{store} holds no earlier live version to go back to")
    use(store, course[-2])
    return course[-2]


def _course(store: Path) -> list[str]:
    try:
        return (store / LIVE).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []

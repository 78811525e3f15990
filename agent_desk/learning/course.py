"""One course of learning: train from corpus and own calls, compare, keep in the store.

It runs in a process of its own, of low priority; see ``yihu learn``.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from agent_desk.learning import training_set
from agent_desk.learning.taxonomies import with_project_items
from classifier import versions
from classifier.contest import compare
from classifier.model import Classifier
from classifier.rows import Example
from classifier.taxonomy import Taxonomy
from classifier.training import FOLDS, train
from classifier.utterances import CORPUS, NOTHING, frames
from models.clock import Clock
from models.database import Database
from models.errors import Conflict
from models.learning_states import TrainingStatus
from models.learning_tables import ModelVersion, TrainingRun
from models.transitions import SYSTEM, advance

LOCK: Final = ".training.lock"
COMPARISON: Final = "comparison.json"
IDLE_KEPT: Final = 5  # versions that were never live, besides the newest better one
BUSY: Final = "已有一次训练在进行，请等它结束或先取消。"

Tell = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Learned:
    """What came of a course. ``better`` is the verdict of the comparison."""

    version: str
    better: bool
    examples: int
    comparison: dict[str, Any]


@contextmanager
def only_one(store: Path) -> Iterator[None]:
    """Hold the store for training; raises ``Conflict`` while another process does."""
    store.mkdir(parents=True, exist_ok=True)
    with (store / LOCK).open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Conflict(BUSY) from None
        yield


async def learn(
    database: Database,
    clock: Clock,
    store: Path,
    base: Path,
    taxonomy: Taxonomy,
    *,
    run_id: UUID,
    tell: Tell,
    corpus: Path = CORPUS,
    folds: int = FOLDS,
    fixed: Path = training_set.FIXED,
) -> Learned:
    """Train a version into ``store`` and compare it with the live one (``base`` where the store
    has none). The run ``run_id`` is finished with it. ``tell`` hears the share that is done."""
    site = with_project_items(taxonomy)
    async with database.reading() as session:
        learned = await training_set.own_calls(session, held_out=False)
        measured = await training_set.own_calls(session, held_out=True)
    written = frozenset(frame.code for frame in frames(corpus)) - {NOTHING}
    examples = training_set.to_learn(learned, site, written)
    cases = training_set.to_measure(measured, taxonomy, fixed)
    # Here, not in a thread: this process does nothing else, and a signal must end it at once.
    made = _train(store, base, taxonomy, site, examples, cases, corpus, folds, tell)
    async with database.writing() as work:
        now = clock.now()
        run = await work.session.get_one(TrainingRun, run_id)
        if run.status is TrainingStatus.RUNNING:  # the same model as one in the store is no news
            run.version, run.examples, run.ended_at = made.version, made.examples, now
            advance(work.session, run, "finish", actor=str(run.user_id or SYSTEM), at=now)
        row = ModelVersion(
            name=made.version,
            made_at=now,
            run_id=run_id,
            examples=made.examples,
            better=made.better,
            compared_with=str(made.comparison["compared_with"]),
            comparison=made.comparison,
        )
        await work.session.merge(row)
    return made


def _train(
    store: Path,
    base: Path,
    taxonomy: Taxonomy,
    site: Taxonomy,
    examples: list[Example],
    cases: list[Any],
    corpus: Path,
    folds: int,
    tell: Tell,
) -> Learned:
    for left in store.glob(".new.*.part"):  # of one that was killed; the lock is ours
        shutil.rmtree(left, ignore_errors=True)
    part = store / f".new.{os.getpid()}.part"
    try:
        train(
            part,
            folds=folds,
            taxonomy=site,
            corpus=corpus,
            examples=examples,
            tell=lambda share: tell(0.9 * share),
        )
        current = versions.live(store)
        old = Classifier.load(store / current if current else base, None, taxonomy)
        new = Classifier.load(part, None, taxonomy)
        result = {"compared_with": old.version, **compare(old, new, cases)}
        for line in result["classes"]:
            line["name"] = site.items[line["code"]].name
        text = json.dumps(result, ensure_ascii=False, indent=1) + "\n"
        (part / COMPARISON).write_text(text, encoding="utf-8")
        tell(0.97)
        name = versions.keep(store, part)
        prune(store)
        tell(1.0)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    better = result["verdict"] == "better" and name != old.version
    return Learned(name, better, len(examples), result)


def prune(store: Path) -> None:
    """Remove all but the newest few versions that were never live."""
    used = set()
    with suppress(FileNotFoundError):
        used = set((store / versions.LIVE).read_text(encoding="utf-8").split())
    idle = [one.folder for one in versions.versions(store) if one.name not in used]
    idle.sort(key=lambda folder: folder.stat().st_mtime, reverse=True)
    for folder in idle[IDLE_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)

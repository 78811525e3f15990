"""``yihu learn``: a new model from the corpus and from what the centre's people corrected."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Annotated
from uuid import UUID

import anyio
import typer

from agent_desk.learning.course import Learned, learn, only_one
from agent_desk.learning.taxonomies import Taxonomies
from agent_desk.learning.trainer import BROKEN_OFF
from classifier.utterances import CORPUS
from classifier.versions import live
from models.database import Database
from models.errors import SetupError
from models.learning_tables import TrainingRun
from models.transitions import SYSTEM, advance
from yihu import bootstrap, learning
from yihu.settings import Settings, load_settings

LOWEST_PRIORITY = 19
VERDICTS = {
    "better": "It is better: a supervisor may take it into use on the page 模型.",
    "denies": "It is not offered: it takes more emergencies for none.",
    "worse": "It is not offered: it is worse in {worse}.",
    "no_gain": "It is not offered: it gains nothing.",
}


def learn_command(
    corpus: Annotated[
        Path, typer.Option(help="Corpus files in place of the project's.", show_default=False)
    ] = CORPUS,
    run: Annotated[str, typer.Option(hidden=True, help="A training run's row.")] = "",
    progress: Annotated[
        bool, typer.Option("--progress", help="Print the share done as JSON lines.")
    ] = False,
) -> None:
    """Train a model from the corpus and the centre's labelled calls, compare it with the live one,
    keep it in the store. Takes about two minutes of processor time and 1 GB of memory at the lowest
    priority; a running centre goes on and offers the new model where it is better.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what is half trained goes away
    if not (corpus / "keywords.tsv").is_file():
        raise SetupError(f"--corpus {str(corpus)[:200]!r} is no folder of corpus files.")
    os.nice(LOWEST_PRIORITY)
    settings = load_settings()
    made = anyio.run(_learn, settings, corpus, run, progress)
    if progress:
        return
    print(f"Trained {made.version} with {made.examples} labelled calls; compared with")
    print(f"{made.comparison['compared_with']} on {made.comparison['cases']} texts:")
    for line in made.comparison["heads"]:
        print(
            f"  {line['head']:22} {line['old']:.3f} -> {line['new']:.3f}  "
            f"[{line['difference_low']:+.3f}, {line['difference_high']:+.3f}]"
        )
    worse = ", ".join(made.comparison["worse_in"])
    print(VERDICTS[made.comparison["verdict"]].format(worse=worse))


async def _learn(settings: Settings, corpus: Path, run: str, progress: bool) -> Learned:
    def tell(share: float) -> None:
        if progress:
            print(json.dumps({"done": round(share, 3)}), flush=True)

    store = settings.classifier_store
    with only_one(store):
        async with bootstrap.opened_database(settings) as database:
            taxonomies = Taxonomies(database, database.clock, settings.taxonomy_toml)
            await taxonomies.load()
            run_id = await _run_id(database, run)
            cache = settings.cache_dir / "classifier"
            current = live(store)
            base = store / current if current else await learning.ensure_trained(cache, _to_stderr)
            try:
                return await learn(
                    database,
                    database.clock,
                    store,
                    base,
                    taxonomies.current,
                    run_id=run_id,
                    tell=tell,
                    corpus=corpus,
                )
            except BaseException:
                if not run:  # the page closes its own
                    await _fail(database, run_id)
                raise


async def _run_id(database: Database, run: str) -> UUID:
    """The row of this run, made where the page has not."""
    if run:
        try:
            return UUID(run)
        except ValueError:
            raise SetupError(f"--run {run[:40]!r} is not the id of a training run.") from None
    row = TrainingRun(started_at=database.clock.now(), user_id=None, ended_at=None)
    async with database.writing() as work:
        work.session.add(row)
    return row.id


async def _fail(database: Database, run_id: UUID) -> None:
    with anyio.CancelScope(shield=True):
        async with database.writing() as work:
            row = await work.session.get_one(TrainingRun, run_id)
            row.ended_at, row.message = database.clock.now(), BROKEN_OFF
            advance(work.session, row, "fail", actor=SYSTEM, at=row.ended_at)


def _to_stderr(line: str) -> None:
    print(line, file=sys.stderr, flush=True)

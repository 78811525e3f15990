"""The parts of learning, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import anyio
from anyio.abc import TaskStatus

from agent_desk.learning.dial import Dial
from agent_desk.learning.examples import Examples
from agent_desk.learning.quality import QualityReport
from agent_desk.learning.store import Models
from agent_desk.learning.taxonomies import Taxonomies
from agent_desk.learning.trainer import Trainer
from classifier.live import LiveClassifier
from models.clock import Clock
from models.database import Database


class Learning:
    """Examples, models, taxonomy, dial and report of a centre. ``run`` owns every task.

    ``store`` holds the models, ``base`` is the one trained from the corpus alone; ``command``
    trains, with ``env`` as its environment. Callers' words are kept for ``keep_for``.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        taxonomies: Taxonomies,
        dial: Dial,
        *,
        store: Path,
        base: Path | None,
        live: LiveClassifier | None,
        command: Sequence[str],
        env: Mapping[str, str] | None = None,
        keep_for: timedelta = timedelta(days=365),
    ) -> None:
        self.taxonomies = taxonomies
        self.dial = dial
        self.models = Models(database, clock, store, base, live, taxonomies, dial)
        self.examples = Examples(database, clock, keep_for, self.models.unknown)
        self.examples.subscribe(database.bus)
        self.trainer = Trainer(database, clock, store, command, env)
        self.quality = QualityReport(database, clock, self.models, taxonomies)

    async def run(self, *, task_status: TaskStatus[None] = anyio.TASK_STATUS_IGNORED) -> None:
        """Gather examples and train when asked, until cancelled."""
        async with anyio.create_task_group() as group:
            await group.start(self.examples.run)
            await group.start(self.trainer.run)
            task_status.started()

"""The models of the centre: which there are, which is live, and changing it without a restart."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import anyio
import anyio.to_thread
from sqlalchemy import select

from agent_desk.learning.dial import Dial
from agent_desk.learning.taxonomies import Taxonomies
from classifier import versions
from classifier.live import LiveClassifier
from classifier.model import Classifier
from classifier.taxonomy import Taxonomy
from classifier.weights import EVALUATION, BadModel
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, NotFound, Unavailable
from models.learning_tables import ModelVersion
from models.telephony_tables import Audit

log = logging.getLogger(__name__)

BROKEN: Final = "这个版本的文件不完整或被改动，不能启用；请重新训练。"
NO_CLASSIFIER: Final = "智能研判没有启动，请通知管理员查看启动信息。"


@dataclass(frozen=True, slots=True)
class Stored:
    """A model: the one trained from the corpus alone (``base``), or one of the store. ``offered``
    is one that may go live: better than the live one, or live before."""

    name: str
    base: bool
    live: bool
    offered: bool
    was_live: bool
    made_at: datetime | None
    examples: int
    better: bool
    compared_with: str
    comparison: dict[str, Any] = field(default_factory=dict)
    evaluation: dict[str, Any] = field(default_factory=dict)


def loaded(
    store: Path,
    base: Path | None,
    gazetteer: Path | None,
    taxonomy: Taxonomy,
    emergency_from: float | None,
    say: Callable[[str], None],
) -> Classifier:
    """The live version of the store, ``base`` where it has none or cannot be used, which is said.

    Blocks. Raises ``BadModel`` where ``base`` is missing or cannot be used either.
    """
    name = versions.live(store)
    if name:
        try:
            found = Classifier.load(store / name, gazetteer, taxonomy)
            return found.with_dial(emergency_from)
        except (BadModel, OSError) as error:
            log.error("model %s cannot be used: %s", name, error)
            say(
                f"The model {name} of this centre cannot be used; the one trained from the corpus "
                f"takes its place. Look at {store / name}, or choose another on the page 模型."
            )
    if base is None:
        raise BadModel("the corpus's own model could not be made")
    return Classifier.load(base, gazetteer, taxonomy).with_dial(emergency_from)


class Models:
    """The store beside the classifier in use. ``base`` is the folder of the model trained from
    the corpus alone; both are ``None`` where no classifier could be had at the start."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        store: Path,
        base: Path | None,
        live: LiveClassifier | None,
        taxonomies: Taxonomies,
        dial: Dial,
    ) -> None:
        self._database = database
        self._clock = clock
        self._store = store
        self._base = base
        self._live = live
        self._taxonomies = taxonomies
        self._dial = dial
        self._lock = anyio.Lock()
        taxonomies.on_changed = self._take_taxonomy
        dial.on_changed = self._take_dial

    @property
    def version(self) -> str:
        """The version in use, empty for none."""
        return self._live.version if self._live else ""

    @property
    def emergency_from(self) -> float | None:
        """The threshold for emergencies in use."""
        return self._live.current.emergency_from if self._live else None

    @property
    def learned(self) -> frozenset[str]:
        """The items that the model in use has learned."""
        return self._live.current.learned if self._live else frozenset()

    def unknown(self, text: str) -> float | None:
        """The share of words that the model in use never met; blocks."""
        return self._live.current.unknown(text) if self._live else None

    async def evaluation(self) -> dict[str, Any]:
        """What lies beside the model in use; empty where it cannot be read."""
        return await anyio.to_thread.run_sync(self._evaluation_in_use)

    async def listed(self) -> list[Stored]:
        """Every model, the newest first, the corpus's own last."""
        async with self._database.reading() as session:
            query = select(ModelVersion).order_by(ModelVersion.made_at.desc())
            rows = {row.name: row for row in await session.scalars(query)}
        return await anyio.to_thread.run_sync(self._listed, rows)

    async def use(self, name: str, user_id: UUID) -> None:
        """Make a version live, from the next suggestion on.

        Raises ``NotFound`` for an unknown one, ``Conflict`` for one that was not better than the
        live one or cannot be used, which leaves the live one, ``Unavailable`` without a
        classifier.
        """
        if self._live is None:
            raise Unavailable(NO_CLASSIFIER)
        async with self._lock:
            known = {one.name: one for one in await self.listed()}
            wanted = known.get(name)
            if wanted is None:
                raise NotFound("没有这个版本的模型，请刷新页面。")
            if wanted.live:
                return
            if not wanted.offered:
                raise Conflict(
                    "这个版本没有比现用的模型更好（或对比已过时），不能启用；请重新训练。"
                )
            await self._change(wanted, "use_model", user_id)

    async def roll_back(self, user_id: UUID) -> str:
        """Make the version live that was so before; gives its name. Raises as ``use``."""
        if self._live is None:
            raise Unavailable(NO_CLASSIFIER)
        async with self._lock:
            before = await anyio.to_thread.run_sync(self._before)
            known = {one.name: one for one in await self.listed()}
            if before not in known:
                raise Conflict("还没有启用过别的版本，没有可退回的。")
            await self._change(known[before], "roll_back_model", user_id)
        return before

    async def _change(self, wanted: Stored, action: str, user_id: UUID) -> None:
        assert self._live is not None  # noqa: S101 - looked at by the callers
        before = self._live.version
        taxonomy, threshold = self._taxonomies.current, self._dial.emergency_from
        folder = self._folder(wanted)
        try:
            model = await anyio.to_thread.run_sync(Classifier.load, folder, None, taxonomy)
            await anyio.to_thread.run_sync(self._keep_base)
            async with self._database.writing() as work:
                work.session.add(
                    Audit(
                        user_id=user_id,
                        action=action,
                        subject="model",
                        subject_id=wanted.name,
                        detail={"before": before, "after": wanted.name},
                        at=self._clock.now(),
                    )
                )
                await work.session.flush()
                await anyio.to_thread.run_sync(versions.use, self._store, wanted.name)
        except (BadModel, OSError) as error:
            log.error("model %s was not taken into use: %s", wanted.name, error)
            raise Conflict(BROKEN) from error
        # The taxonomy or the threshold may have been edited while the files were read.
        if self._taxonomies.current is not taxonomy:
            model = model.with_taxonomy(self._taxonomies.current)
        threshold = self._dial.emergency_from
        self._live.take_model(model.with_dial(threshold))
        log.info("model %s is live, after %s", wanted.name, before)

    async def _take_taxonomy(self, taxonomy: Taxonomy) -> None:
        if self._live is None:
            return
        try:
            edited = await anyio.to_thread.run_sync(self._live.current.with_taxonomy, taxonomy)
        except BadModel as error:
            raise Conflict("模型与这份类目没有共同的类目，不能用于研判；请退回上一版。") from error
        self._live.take_model(edited)

    async def _take_dial(self, threshold: float | None) -> None:
        if self._live is None:
            return
        if threshold is not None:
            self._live.take_model(self._live.current.with_dial(threshold))
            return
        async with self._lock:  # the model's own threshold lies in its folder
            folder = await anyio.to_thread.run_sync(self._folder_in_use)
            taxonomy = self._taxonomies.current
            try:
                model = await anyio.to_thread.run_sync(Classifier.load, folder, None, taxonomy)
            except (BadModel, OSError) as error:
                raise Conflict(BROKEN) from error
            self._live.take_model(model)

    # --- in threads --------------------------------------------------------------------------

    def _listed(self, rows: dict[str, ModelVersion]) -> list[Stored]:
        held = {one.name: one for one in versions.versions(self._store)}
        course = set(self._course())
        in_use = self.version
        base = self._base_name()
        names = [name for name in rows if name in held]
        names += sorted(set(held) - set(names), reverse=True)
        if base and base not in names:
            names.append(base)
        found = []
        for name in names:
            row, is_base = rows.get(name), name == base
            was_live = name in course or is_base
            offered = was_live or (row is not None and row.better and row.compared_with == in_use)
            found.append(
                Stored(
                    name=name,
                    base=is_base,
                    live=name == in_use,
                    offered=offered and name != in_use,
                    was_live=was_live,
                    made_at=row.made_at if row else None,
                    examples=row.examples if row else 0,
                    better=row.better if row else False,
                    compared_with=row.compared_with if row else "",
                    comparison=row.comparison if row else {},
                    evaluation=held[name].evaluation if name in held else self._base_evaluation(),
                )
            )
        return found

    def _keep_base(self) -> None:
        """The corpus's own model into the store, so that it can be gone back to."""
        if self._base is not None and not versions.live(self._store):
            versions.use(self._store, versions.keep(self._store, self._base))

    def _before(self) -> str:
        course = self._course()
        return course[-2] if len(course) > 1 else ""

    def _course(self) -> list[str]:
        try:
            return (self._store / versions.LIVE).read_text(encoding="utf-8").split()
        except OSError:
            return []

    def _folder(self, wanted: Stored) -> Path:
        stored = self._store / wanted.name
        return self._base if wanted.base and self._base and not stored.is_dir() else stored

    def _folder_in_use(self) -> Path:
        stored = self._store / self.version
        return self._base if self._base and not stored.is_dir() else stored

    def _base_name(self) -> str:
        return str(self._base_evaluation().get("version", ""))

    def _base_evaluation(self) -> dict[str, Any]:
        return _read(self._base) if self._base else {}

    def _evaluation_in_use(self) -> dict[str, Any]:
        return _read(self._folder_in_use()) if self.version else {}


def _read(folder: Path) -> dict[str, Any]:
    try:
        found: Any = json.loads((folder / EVALUATION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}

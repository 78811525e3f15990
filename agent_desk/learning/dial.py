"""The recall dial: from which probability on a call is told to be an emergency."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import anyio
import numpy as np
from sqlalchemy import select

from classifier.evaluation import DIAL, wilson
from models.clock import Clock
from models.database import Database
from models.errors import Conflict, InvalidInput
from models.learning_tables import DialSetting, Judged, JudgedCall, Judgement, LabelledExample
from models.tables import User
from models.telephony_tables import Audit

LEAST_EMERGENCIES: Final = 50  # own emergencies from which on own calls tell a rate
MOST_CALLS: Final = 50_000
MOST_SHOWN: Final = 50

OnDial = Callable[[float | None], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Point:
    """A false-alarm rate with the threshold it needs and the misses that follow, with their 95 %
    interval (Wilson). ``missed`` is the share of emergencies not told to be one."""

    false_alarms: float
    threshold: float
    missed: float
    missed_low: float
    missed_high: float


@dataclass(frozen=True, slots=True)
class OwnCalls:
    """What own calls say: how many, how many of them judged by a person, by how many models."""

    emergencies: int
    others: int
    confirmed: int
    models: int
    points: tuple[Point, ...]


class Dial:
    """The threshold in force and its course. ``on_changed`` takes a new one into use."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._lock = anyio.Lock()
        self.on_changed: OnDial | None = None
        self.current: DialSetting | None = None

    @property
    def emergency_from(self) -> float | None:
        """The threshold in force; ``None``: the model's own."""
        return self.current.emergency_from if self.current else None

    async def load(self) -> None:
        """Take up the newest row."""
        found = await self._newest(1)
        self.current = found[0] if found else None

    async def own_calls(self) -> OwnCalls:
        """The dial as own calls draw it: what was told during the call, beside what people made
        of it. No model had learned a call while it told this."""
        person = (
            select(LabelledExample.id)
            .where(
                LabelledExample.judged_id == JudgedCall.id,
                LabelledExample.field == Judged.EMERGENCY,
                LabelledExample.judgement != Judgement.KEPT,
            )
            .exists()
        )
        query = (
            select(JudgedCall.emergency, JudgedCall.emergency_p, JudgedCall.model_version, person)
            .where(JudgedCall.emergency.is_not(None), JudgedCall.emergency_p.is_not(None))
            .order_by(JudgedCall.judged_at.desc())
            .limit(MOST_CALLS)
        )
        async with self._database.reading() as session:
            rows = (await session.execute(query)).all()
        truly = np.array([row[0] for row in rows], dtype=bool)
        p = np.array([row[1] for row in rows], dtype=float)
        enough = int(truly.sum()) >= LEAST_EMERGENCIES and not truly.all()
        return OwnCalls(
            emergencies=int(truly.sum()),
            others=int((~truly).sum()),
            confirmed=sum(bool(row[3]) for row in rows),
            models=len({row[2] for row in rows}),
            points=points(p[truly], p[~truly]) if enough else (),
        )

    async def put(
        self,
        basis: str,
        false_alarms: float | None,
        corpus: Sequence[Point],
        model_version: str,
        user_id: UUID,
    ) -> None:
        """Let a false-alarm rate of ``corpus`` or of own calls hold, or with basis ``model`` the
        model's own threshold. Raises ``InvalidInput`` for a rate that the basis does not tell."""
        threshold = None
        if basis != "model":
            offered = corpus if basis == "corpus" else (await self.own_calls()).points
            found = next((one for one in offered if one.false_alarms == false_alarms), None)
            if found is None:
                raise InvalidInput("这个误报率没有对应的数据，请从表中选择一行。")
            threshold = found.threshold
        rate = false_alarms if threshold is not None else None
        await self._store("set", threshold, rate, basis, model_version, user_id)

    async def roll_back(self, user_id: UUID) -> None:
        """Let what held before hold again; twice returns. Raises ``Conflict`` for none."""
        held = await self._newest(2)
        if not held:
            raise Conflict("还没有改过阈值，没有可退回的设置。")
        if len(held) == 1:
            await self._store("roll_back", None, None, "model", held[0].model_version, user_id)
            return
        old = held[1]
        await self._store(
            "roll_back", old.emergency_from, old.false_alarms, old.basis, old.model_version, user_id
        )

    async def history(self) -> list[tuple[DialSetting, str]]:
        """The newest settings with who made them."""
        query = (
            select(DialSetting, User.display_name)
            .outerjoin(User, User.id == DialSetting.user_id)
            .order_by(DialSetting.number.desc())
            .limit(MOST_SHOWN)
        )
        async with self._database.reading() as session:
            return [(row, name or "") for row, name in await session.execute(query)]

    async def _newest(self, count: int) -> Sequence[DialSetting]:
        query = select(DialSetting).order_by(DialSetting.number.desc()).limit(count)
        async with self._database.reading() as session:
            return (await session.scalars(query)).all()

    async def _store(
        self,
        action: str,
        threshold: float | None,
        rate: float | None,
        basis: str,
        model_version: str,
        user_id: UUID,
    ) -> None:
        async with self._lock:
            now, before = self._clock.now(), self.current
            row = DialSetting(
                at=now,
                user_id=user_id,
                emergency_from=threshold,
                false_alarms=rate,
                basis=basis,
                model_version=model_version,
            )
            async with self._database.writing() as work:
                work.session.add(row)
                detail = {"before": _shown(before), "after": _shown(row)}
                work.session.add(
                    Audit(
                        user_id=user_id,
                        action=action,
                        subject="emergency_from",
                        subject_id="centre",
                        detail=detail,
                        at=now,
                    )
                )
            self.current = row
            if self.on_changed is not None:
                await self.on_changed(threshold)


def points(danger: Any, calm: Any) -> tuple[Point, ...]:
    """The dial of probabilities of emergencies and of other calls."""
    ranked = np.sort(calm)[::-1]
    found = []
    for rate in DIAL:
        # The lowest threshold that at most this share of the other calls reaches.
        above = ranked[: int(rate * len(ranked)) + 1]
        threshold = min(float(above[-1]) + 0.0005, 1.0) if len(above) else 0.0
        missed = float((danger < threshold).mean())
        low, high = wilson(missed, len(danger))
        found.append(
            Point(rate, round(threshold, 4), round(missed, 4), round(low, 4), round(high, 4))
        )
    return tuple(found)


def from_evaluation(evaluation: dict[str, Any]) -> tuple[Point, ...]:
    """The dial that lies beside a model, measured out of fold on the corpus."""
    try:
        return tuple(Point(**{k: float(v) for k, v in one.items()}) for one in evaluation["dial"])
    except (KeyError, TypeError, ValueError):
        return ()


def _shown(row: DialSetting | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "emergency_from": row.emergency_from,
        "false_alarms": row.false_alarms,
        "basis": row.basis,
    }

"""What a model is trained from and measured on: own calls and the fixed set of sentences."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from classifier.contest import Case
from classifier.rows import Example
from classifier.taxonomy import LEVELS, Taxonomy
from models.learning_tables import Judged, JudgedCall, Judgement, LabelledExample

FIXED: Final = Path(__file__).with_name("fixed.csv")
MOST_CALLS: Final = 20_000
LEAST_OF_NEW: Final = 3  # calls of an item that the corpus does not hold
CAME_BACK: Final = (Judgement.RETURNED, Judgement.REROUTED)
# What a judgement of the category counts, in lines of the corpus.
WEIGHTS: Final = {
    Judgement.CHANGED: 3.0,
    Judgement.CHOSEN: 2.0,
    Judgement.CONFIRMED: 1.0,
    Judgement.KEPT: 0.5,
}


async def own_calls(session: AsyncSession, *, held_out: bool) -> Sequence[JudgedCall]:
    """The newest judged calls whose words are still there and that have a category."""
    query = (
        select(JudgedCall)
        .where(
            JudgedCall.text != "", JudgedCall.category_code != "", JudgedCall.held_out == held_out
        )
        .options(selectinload(JudgedCall.examples))
        .order_by(JudgedCall.judged_at.desc(), JudgedCall.id)
        .limit(MOST_CALLS)
    )
    return (await session.scalars(query)).all()


def to_learn(
    calls: Sequence[JudgedCall], taxonomy: Taxonomy, written: frozenset[str]
) -> list[Example]:
    """Calls as training rows. Items that are not among the ``written`` ones (those the corpus
    speaks of) need ``LEAST_OF_NEW`` calls; retired ones without a place in ``taxonomy`` none."""
    count = Counter(call.category_code for call in calls)
    found = []
    for call in calls:
        code = call.category_code
        if code not in taxonomy.items or (code not in written and count[code] < LEAST_OF_NEW):
            continue
        judged = {(one.field, one.subject): one for one in call.examples}
        category = judged.get((Judged.CATEGORY, ""))
        weight = WEIGHTS.get(category.judgement, 0.5) if category else 0.5
        if any(one.judgement in CAME_BACK for one in call.examples):
            weight = max(weight, WEIGHTS[Judgement.CHANGED])
        found.append(
            Example(
                text=call.text,
                code=code,
                call=str(call.call_id),
                level=call.level if call.level in LEVELS else "",
                units=_kinds(judged.get((Judged.UNITS, ""))),
                emergency=call.emergency,
                weight=weight,
            )
        )
    return found


def to_measure(calls: Sequence[JudgedCall], taxonomy: Taxonomy, fixed: Path = FIXED) -> list[Case]:
    """The fixed sentences, and those held-out calls whose category a person judged."""
    cases = [
        Case(text, item.code, item.emergency, item.level, item.lead)
        for code, text in sentences(fixed)
        if (item := taxonomy.items.get(code))
    ]
    for call in calls:
        item = taxonomy.items.get(call.category_code)
        judged = {(one.field, one.subject): one for one in call.examples}
        category = judged.get((Judged.CATEGORY, ""))
        if item is None or category is None or category.judgement is Judgement.KEPT:
            continue
        kinds = _kinds(judged.get((Judged.UNITS, "")))
        emergency = item.emergency if call.emergency is None else call.emergency
        lead = kinds[0] if kinds else item.lead
        level = call.level or item.level
        cases.append(Case(call.text, call.category_code, emergency, level, lead, own=True))
    return cases


def sentences(path: Path = FIXED) -> list[tuple[str, str]]:
    """Code and text of every line of the fixed set; raises ``ValueError`` naming the line."""
    found = []
    with path.open(encoding="utf-8", newline="") as handle:
        for number, row in enumerate(csv.reader(handle), start=1):
            if len(row) != 2 or not all(row):
                raise ValueError(f"{path}:{number}: must be a code and a text")
            if number > 1:
                found.append((row[0], row[1]))
    return found


def _kinds(example: LabelledExample | None) -> tuple[str, ...] | None:
    kinds = example.chosen.get("value") if example else None
    return tuple(kinds) if kinds else None

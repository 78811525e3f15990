"""Learning as wire types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from agent_desk.learning.dial import LEAST_EMERGENCIES, Dial, Point, from_evaluation
from agent_desk.learning.quality import Hits, Quality
from agent_desk.learning.store import Models, Stored
from agent_desk.learning.taxonomies import Taxonomies
from agent_desk.wire_learning import (
    Comparison,
    DialChange,
    DialInfo,
    DialPoint,
    EndedIn,
    FieldQuality,
    HitsInfo,
    ItemInfo,
    ModelFigures,
    ModelInfo,
    PutItem,
    QualityInfo,
    TaxonomyChange,
    TaxonomyGap,
    TaxonomyInfo,
    TrainingInfo,
    WeekInfo,
)
from classifier.evaluation import wilson
from classifier.taxonomy import LEVELS, UNIT_KINDS, Deadlines, Item
from models.learning_tables import TrainingRun


def model(one: Stored) -> ModelInfo:
    try:
        known = {name: one.comparison[name] for name in Comparison.model_fields}
        comparison = Comparison.model_validate(known)
    except (KeyError, ValidationError):
        comparison = None
    return ModelInfo(
        name=one.name,
        base=one.base,
        live=one.live,
        offered=one.offered,
        was_live=one.was_live,
        better=one.better,
        made_at=one.made_at,
        examples=one.examples,
        figures=_figures(one.evaluation.get("text")),
        misheard=_figures(one.evaluation.get("misheard")),
        comparison=comparison,
    )


def _figures(held: Any) -> ModelFigures:
    found: Mapping[str, Any] = held if isinstance(held, dict) else {}
    values = {name: found.get(name) for name in ModelFigures.model_fields}
    numbers = {k: v if isinstance(v, int | float) else None for k, v in values.items()}
    return ModelFigures.model_validate(numbers)


def training(run: TrainingRun, by: str) -> TrainingInfo:
    return TrainingInfo(
        id=run.id,
        status=run.status,
        started_at=run.started_at,
        ended_at=run.ended_at,
        by=by,
        examples=run.examples,
        version=run.version,
        message=run.message,
    )


def quality(report: Quality) -> QualityInfo:
    dispatch = report.first_dispatch
    return QualityInfo(
        since=report.since,
        until=report.until,
        model_version=report.model_version,
        sent=dispatch.sent,
        first=hits(dispatch.total),
        classes=[hits(one) for one in dispatch.classes],
        units=[hits(one) for one in dispatch.units],
        fields=[
            FieldQuality(
                field=one.field,
                confirmed=one.confirmed,
                kept=one.kept,
                changed=one.changed,
                chosen=one.chosen,
                share=_share(one.confirmed + one.kept, one.confirmed + one.kept + one.changed),
            )
            for one in report.fields
        ],
        suggested=[hits(one) for one in report.suggested],
        weeks=[
            WeekInfo(
                monday=week.monday,
                calls=week.calls,
                unsure=_share(week.unsure, week.suggested),
                unknown=week.unknown_share,
                psi_training=week.psi_training,
                psi_before=week.psi_before,
            )
            for week in report.weeks
        ],
        gaps=[
            TaxonomyGap(
                words=list(gap.words),
                calls=gap.calls,
                unsure=gap.unsure,
                ended_in=[EndedIn(name=name, count=count) for name, count in gap.ended_in],
            )
            for gap in report.gaps
        ],
    )


def hits(one: Hits) -> HitsInfo:
    share = one.right / one.count if one.count else 0.0
    low, high = wilson(share, one.count)
    return HitsInfo(
        name=one.name,
        count=one.count,
        right=one.right,
        share=round(share, 4),
        low=round(low, 4),
        high=round(high, 4),
        returned=one.returned,
        rerouted=one.rerouted,
    )


async def dial(dial: Dial, models: Models) -> DialInfo:
    own, held = await dial.own_calls(), dial.current
    return DialInfo(
        emergency_from=models.emergency_from,
        model_version=models.version,
        basis=held.basis if held else "model",
        chosen_with=held.model_version if held else models.version,
        false_alarms=held.false_alarms if held else None,
        corpus=[_point(one) for one in from_evaluation(await models.evaluation())],
        calls=[_point(one) for one in own.points],
        emergencies=own.emergencies,
        others=own.others,
        confirmed=own.confirmed,
        models=own.models,
        least_emergencies=LEAST_EMERGENCIES,
        history=[
            DialChange(
                at=row.at,
                by=name,
                emergency_from=row.emergency_from,
                false_alarms=row.false_alarms,
                basis=row.basis,
                model_version=row.model_version,
            )
            for row, name in await dial.history()
        ],
    )


def _point(one: Point) -> DialPoint:
    return DialPoint(
        false_alarms=one.false_alarms,
        threshold=one.threshold,
        missed=one.missed,
        missed_low=one.missed_low,
        missed_high=one.missed_high,
    )


async def taxonomy(taxonomies: Taxonomies, models: Models) -> TaxonomyInfo:
    learned = models.learned
    return TaxonomyInfo(
        number=taxonomies.number,
        version=taxonomies.current.version,
        items=[_item(item, item.code in learned) for item in taxonomies.current.items.values()],
        levels=list(LEVELS),
        unit_kinds=sorted(UNIT_KINDS),
        history=[
            TaxonomyChange(
                number=row.number,
                at=row.at,
                by=name,
                action=row.action,
                code=row.code,
                before=row.before,
                after=row.after,
            )
            for row, name in await taxonomies.history()
        ],
    )


def _item(item: Item, learned: bool) -> ItemInfo:
    return ItemInfo(
        code=item.code,
        name=item.name,
        group=item.group,
        emergency=item.emergency,
        level=item.level,
        received=item.deadlines.received,
        on_site=item.deadlines.on_site,
        feedback=item.deadlines.feedback,
        lead=item.lead,
        support=list(item.support),
        ask=list(item.ask),
        advise=list(item.advise),
        learned=learned,
    )


def item(code: str, body: PutItem) -> Item:
    """What a supervisor wants an item to be."""
    return Item(
        code=code,
        name=body.name,
        group=body.group,
        emergency=body.emergency,
        level=body.level,
        deadlines=Deadlines(body.received, body.on_site, body.feedback),
        lead=body.lead,
        support=tuple(body.support),
        ask=tuple(body.ask),
        advise=tuple(body.advise),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None

"""What the centre has learned: models, quality, the recall dial, the taxonomy. For supervisors."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Query, Response, status
from sqlalchemy import select

from agent_desk.accounts import Person
from agent_desk.dependencies import Desk, require
from agent_desk.learning import examples, shapes
from agent_desk.learning.dial import from_evaluation
from agent_desk.learning.learning import Learning
from agent_desk.learning.tables import TABLES, as_csv
from agent_desk.permissions import Permission
from agent_desk.running import Running
from agent_desk.wire_learning import (
    DialInfo,
    ModelsInfo,
    PutItem,
    QualityInfo,
    RollBackTaxonomy,
    SetDial,
    TaxonomyInfo,
    UseModel,
)
from models.errors import Unavailable
from models.learning_tables import TrainingRun
from models.tables import User

router = APIRouter(prefix="/api", tags=["learning"])

MOST_RUNS = 20

Supervisor = Annotated[Person, Depends(require(Permission.SUPERVISE))]
Weeks = Annotated[int, Query(ge=1, le=26)]
Code = Annotated[str, Path(pattern=r"^[A-Z][0-9]{1,6}$")]
Table = Literal["classes", "units", "suggested", "fields", "weeks", "gaps"]


def _learning(desk: Running) -> Learning:
    if desk.parts.learning is None:
        raise Unavailable("学习功能没有启动，请通知管理员查看启动信息。")
    return desk.parts.learning


# --- models ----------------------------------------------------------------------------------


@router.get("/models")
async def models(person: Supervisor, desk: Desk) -> ModelsInfo:
    """The models, the training under way and the last ones, and how much there is to learn."""
    return await _models(desk)


@router.post("/models/use")
async def use_model(body: UseModel, person: Supervisor, desk: Desk) -> ModelsInfo:
    """Suggest with another version from now on."""
    await _learning(desk).models.use(body.name, person.user_id)
    return await _models(desk)


@router.post("/models/roll-back")
async def roll_back_model(person: Supervisor, desk: Desk) -> ModelsInfo:
    """Suggest with the version that was live before."""
    await _learning(desk).models.roll_back(person.user_id)
    return await _models(desk)


@router.post("/training", status_code=status.HTTP_202_ACCEPTED)
async def start_training(person: Supervisor, desk: Desk) -> ModelsInfo:
    """Train a new version in the background."""
    await _learning(desk).trainer.start(person.user_id)
    return await _models(desk)


@router.delete("/training", status_code=status.HTTP_204_NO_CONTENT)
async def cancel_training(person: Supervisor, desk: Desk) -> None:
    """Stop the training under way."""
    await _learning(desk).trainer.cancel(person.user_id)


async def _models(desk: Running) -> ModelsInfo:
    learning = _learning(desk)
    listed = await learning.models.listed()
    async with desk.parts.database.reading() as session:
        calls, held_out, judgements = await examples.counts(session)
        query = (
            select(TrainingRun, User.display_name)
            .outerjoin(User, User.id == TrainingRun.user_id)
            .order_by(TrainingRun.started_at.desc())
            .limit(MOST_RUNS)
        )
        runs = [(row, name or "") for row, name in await session.execute(query)]
    return ModelsInfo(
        version=learning.models.version,
        models=[shapes.model(one) for one in listed],
        done=learning.trainer.done,
        runs=[shapes.training(run, name) for run, name in runs],
        calls=calls,
        held_out=held_out,
        judgements=judgements,
        words_kept_days=learning.examples.keep_for.days,
    )


# --- quality ---------------------------------------------------------------------------------


@router.get("/quality")
async def quality(person: Supervisor, desk: Desk, weeks: Weeks = 4) -> QualityInfo:
    """First dispatch, suggestions, drift and gaps of this week and those before it."""
    return shapes.quality(await _learning(desk).quality.draw(weeks))


@router.get(
    "/quality/tables/{table}",
    response_class=Response,
    responses={200: {"content": {"text/csv": {}}}},
)
async def quality_table(table: Table, person: Supervisor, desk: Desk, weeks: Weeks = 4) -> Response:
    """One table of the report for a spreadsheet."""
    report = shapes.quality(await _learning(desk).quality.draw(weeks))
    name, rows = TABLES[table]
    file = quote(f"{name}-{report.until:%Y%m%d}.csv")
    return Response(
        as_csv(rows(report)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{file}"},
    )


# --- the dial --------------------------------------------------------------------------------


@router.get("/dial")
async def dial(person: Supervisor, desk: Desk) -> DialInfo:
    """Which misses follow from which false alarms, and what holds."""
    learning = _learning(desk)
    return await shapes.dial(learning.dial, learning.models)


@router.put("/dial")
async def set_dial(body: SetDial, person: Supervisor, desk: Desk) -> DialInfo:
    """Let a rate hold from the next suggestion on."""
    learning = _learning(desk)
    corpus = from_evaluation(await learning.models.evaluation())
    version = learning.models.version
    await learning.dial.put(body.basis, body.false_alarms, corpus, version, person.user_id)
    return await shapes.dial(learning.dial, learning.models)


@router.post("/dial/roll-back")
async def roll_back_dial(person: Supervisor, desk: Desk) -> DialInfo:
    """Let the setting before hold again."""
    learning = _learning(desk)
    await learning.dial.roll_back(person.user_id)
    return await shapes.dial(learning.dial, learning.models)


# --- the taxonomy ----------------------------------------------------------------------------


@router.get("/taxonomy")
async def taxonomy(person: Supervisor, desk: Desk) -> TaxonomyInfo:
    """Every item, and who changed what."""
    learning = _learning(desk)
    return await shapes.taxonomy(learning.taxonomies, learning.models)


@router.put("/taxonomy/{code}")
async def put_item(code: Code, body: PutItem, person: Supervisor, desk: Desk) -> TaxonomyInfo:
    """Change an item, or add one."""
    learning = _learning(desk)
    await learning.taxonomies.put(shapes.item(code, body), body.number, person.user_id)
    return await shapes.taxonomy(learning.taxonomies, learning.models)


@router.delete("/taxonomy/{code}")
async def retire_item(
    code: Code, number: Annotated[int, Query(ge=0)], person: Supervisor, desk: Desk
) -> TaxonomyInfo:
    """Offer an item no more; ``number`` is the version the supervisor saw."""
    learning = _learning(desk)
    await learning.taxonomies.retire(code, number, person.user_id)
    return await shapes.taxonomy(learning.taxonomies, learning.models)


@router.post("/taxonomy/roll-back")
async def roll_back_taxonomy(
    body: RollBackTaxonomy, person: Supervisor, desk: Desk
) -> TaxonomyInfo:
    """Put an earlier version in force again."""
    learning = _learning(desk)
    await learning.taxonomies.roll_back(body.to, body.number, person.user_id)
    return await shapes.taxonomy(learning.taxonomies, learning.models)

"""Who should go for an order, whose it is, and what has happened to it."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select

from agent_desk import repository
from agent_desk.accounts import Person
from agent_desk.parts import Parts
from agent_desk.wire_dispatch import (
    CentreName,
    Colleague,
    OrderLevels,
    Proposals,
    ProposedUnit,
    ShareInfo,
    StepInfo,
)
from dispatch import candidates, levels
from dispatch import repository as order_rows
from models.states import DISPATCH, TRIGGER_NAMES, WORK_ORDER
from models.tables import Transition, User

MOST_STEPS: Final = 300
MOST_COLLEAGUES: Final = 200


class RoutingViews:
    """Loads what the dispatch pane shows beside the lamps."""

    def __init__(self, parts: Parts) -> None:
        self._database = parts.database
        self._clock = parts.clock
        self._kinds = {item.code: list(item.units) for item in parts.categories}

    async def proposals(self, order_id: UUID) -> Proposals:
        """Who should go for an order as its form is now, and why."""
        now = self._clock.now()
        async with self._database.reading() as session:
            row = await order_rows.order(session, order_id)
            kinds = self._kinds.get(str(row.fields.get("category_code") or ""), [])
            case = await candidates.of_order(session, row, kinds, now)
            route = await candidates.route(session, case, row, now)
        return Proposals(
            units=[
                ProposedUnit(
                    unit_id=item.unit.id,
                    unit_name=item.unit.name,
                    unit_kind=item.unit.kind,
                    part=item.part,
                    chosen=item.chosen,
                    reasons=list(item.reasons),
                )
                for item in route.proposed
            ],
            missing=list(route.missing),
        )

    async def levels(self, person: Person, order_id: UUID) -> OrderLevels:
        """Which centre commands an order, which follow it, who may take it over."""
        async with self._database.reading() as session:
            row = await order_rows.order(session, order_id)
            tree = await levels.centres(session)
            shares = await levels.shares(session, order_id)
            query = select(User).where(
                User.role.in_(levels.AT_DESKS),
                User.disabled_at.is_(None),
                User.centre_code == row.centre_code,
            )
            people = await session.scalars(query.order_by(User.username).limit(MOST_COLLEAGUES))
        own = person.centre_code

        def named(code: str) -> CentreName:
            return CentreName(code=code, name=tree.name(code))

        mine = own == row.centre_code
        return OrderLevels(
            own=named(own),
            commanding=named(row.centre_code),
            mine=mine,
            may_take_back=own in tree.above(row.centre_code),
            lower=[named(code) for code in tree.below(own)] if mine else [],
            shares=[
                ShareInfo(
                    centre=named(share.centre_code), kind=share.kind, note=share.note, at=share.at
                )
                for share in shares
            ],
            colleagues=[
                Colleague(user_id=user.id, name=user.display_name)
                for user in people
                if user.id != row.owner_id
            ],
        )

    async def steps(self, order_id: UUID) -> list[StepInfo]:
        """What happened to the order and at its units, oldest first."""
        async with self._database.reading() as session:
            row = await order_rows.order(session, order_id)
            units = {item.id: item.unit.name for item in row.dispatch_orders}
            query = select(Transition).where(
                Transition.entity.in_((WORK_ORDER.name, DISPATCH.name)),
                Transition.entity_id.in_([row.id, *units]),
            )
            moves = list(await session.scalars(query.order_by(Transition.id).limit(MOST_STEPS)))
            people = {id for move in moves if (id := _uuid(move.actor)) is not None}
            names = await repository.display_names(session, people)
        return [
            StepInfo(
                at=move.at,
                what=TRIGGER_NAMES.get(move.trigger, move.trigger),
                who=names.get(id, "") if (id := _uuid(move.actor)) else "系统",
                unit_name=units.get(move.entity_id, ""),
                reason=move.reason,
            )
            for move in moves
        ]


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None

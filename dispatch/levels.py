"""Owners and centres of an order: handed over, passed down, taken back, reported up.

The highest centre is written as an empty code wherever a row says which centre it belongs to.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from dispatch.acting import OVER, Act
from dispatch.matters import MAJOR
from models.dispatch_tables import Centre, OrderShare, ShareKind
from models.errors import Conflict, Forbidden, InvalidInput
from models.kinds import Role
from models.order_tables import WorkOrder
from models.tables import User
from models.telephony_tables import Audit

HIGHEST: Final = ""
AT_DESKS: Final = (Role.SEAT, Role.SUPERVISOR)


class Centres:
    """The tree of centres."""

    def __init__(self, rows: Collection[Centre]) -> None:
        roots = {row.code for row in rows if row.parent_code is None}
        self._rows: Mapping[str, Centre] = {
            HIGHEST if row.code in roots else row.code: row for row in rows
        }
        self._above: Mapping[str, str] = {
            code: HIGHEST if row.parent_code in roots else row.parent_code
            for code, row in self._rows.items()
            if row.parent_code is not None
        }

    def name(self, code: str) -> str:
        """What people call the centre."""
        row = self._rows.get(code)
        return row.name if row else "指挥中心"

    def above(self, code: str) -> Sequence[str]:
        """The centres above one, the nearest first."""
        found: list[str] = []
        while code in self._above and self._above[code] not in found:
            code = self._above[code]
            found.append(code)
        return found

    def below(self, code: str) -> Sequence[str]:
        """All centres under one, in the order of their codes."""
        return sorted(other for other in self._above if code in self.above(other))

    def __contains__(self, code: object) -> bool:
        return code in self._rows


async def centres(session: AsyncSession) -> Centres:
    """The tree as it is stored."""
    return Centres(list(await session.scalars(select(Centre))))


async def shares(session: AsyncSession, work_order_id: UUID) -> Sequence[OrderShare]:
    """Which centres see an order beside the one that commands it, oldest first."""
    query = select(OrderShare).where(OrderShare.work_order_id == work_order_id)
    return (await session.scalars(query.order_by(OrderShare.at, OrderShare.centre_code))).all()


async def hand_over(act: Act, order: WorkOrder, to_user_id: UUID, *, supervisor: bool) -> None:
    """Give the order to another person of its centre. Only its owner or a supervisor may.

    An order whose owner is of another centre, as one that was passed on, is anybody's to take.
    """
    if order.status in OVER:
        raise Conflict("工单已结束，不能移交；如需继续处理，请先“重新办理”。")
    free = order.owner is None or order.owner.centre_code != order.centre_code
    taken = free and str(to_user_id) == act.actor
    if not (supervisor or taken or str(order.owner_id) == act.actor):
        raise Forbidden("首问责任：只有首接座席本人或班长可以移交这张工单。")
    to = await act.session.get(User, to_user_id)
    if to is None or to.disabled_at is not None or to.role not in AT_DESKS:
        raise InvalidInput("接手人应是在用的座席或班长账号，请重新选择。")
    if to.centre_code != order.centre_code:
        raise InvalidInput(f"{to.display_name}不在指挥本单的中心，请重新选择接手人。")
    before = order.owner_id
    if before == to.id:
        return
    order.owner = to
    _audit(act, order, "order_owner", {"before": str(before or ""), "after": str(to.id)})
    act.tell(order)


async def pass_on(act: Act, order: WorkOrder, centre_code: str, own: str, reason: str) -> None:
    """Let another centre command the order: one below ``own``, the acting person's, which
    commands it; or ``own`` itself, taking back what it passed down.

    The owner stays responsible to the caller until somebody of the other centre takes it over.
    Raises ``InvalidInput``, ``Conflict``.
    """
    tree = await centres(act.session)
    if order.status in OVER:
        raise Conflict("工单已结束，不能下派。")
    if centre_code == order.centre_code:
        raise InvalidInput("本单已由该中心指挥。")
    down = order.centre_code == own and centre_code in tree.below(own)
    back = centre_code == own and own in tree.above(order.centre_code)
    if not (down or back):
        raise InvalidInput("只能下派给本中心的下级中心，或收回本中心下派的工单。")
    old, order.centre_code = order.centre_code, centre_code
    if down:
        await _share(act, order, old, ShareKind.PASSED, reason)
    detail = {"before": old, "after": centre_code, "reason": reason}
    _audit(act, order, "order_centre", detail)
    act.tell(order)


async def report_up(act: Act, order: WorkOrder, note: str) -> None:
    """Show the order to the centre above; refused where there is none."""
    above = (await centres(act.session)).above(order.centre_code)
    if not above:
        raise Conflict("本中心没有上级中心，无需上报。")
    await _share(act, order, above[0], ShareKind.REPORTED, note)
    act.tell(order)


async def report_major(act: Act, order: WorkOrder) -> None:
    """A major incident is shown to every centre above at once."""
    if not order.centre_code or order.fields.get("level") != MAJOR:
        return
    for code in (await centres(act.session)).above(order.centre_code):
        await _share(act, order, code, ShareKind.REPORTED, "一级警情，自动上报")


def refuse_foreign(order: WorkOrder, own: str, tree: Centres) -> None:
    """Raise ``Conflict`` for a person whose centre does not command the order."""
    if own != order.centre_code:
        name = tree.name(order.centre_code)
        raise Conflict(f"本单由“{name}”指挥，请联系该中心，或由上级中心收回后再操作。")


async def _share(act: Act, order: WorkOrder, centre_code: str, kind: ShareKind, note: str) -> None:
    there = await shares(act.session, order.id)
    if any(share.centre_code == centre_code and share.kind is kind for share in there):
        return
    person = await _person(act)
    act.session.add(
        OrderShare(
            work_order_id=order.id,
            centre_code=centre_code,
            kind=kind,
            note=note[:255],
            user_id=person,
            at=act.now,
        )
    )
    await act.session.flush()


async def _person(act: Act) -> UUID | None:
    try:
        user = await act.session.get(User, UUID(act.actor))
    except ValueError:
        return None
    return user.id if user else None


def _audit(act: Act, order: WorkOrder, action: str, detail: dict[str, str]) -> None:
    act.session.add(
        Audit(
            action=action,
            subject="work_order",
            subject_id=str(order.id),
            detail=detail | {"by": act.actor},
            user_id=None,
            at=act.now,
        )
    )

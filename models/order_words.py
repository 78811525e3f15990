"""The words of the orders that a unit is done with, found by a part of them: see ``models.grams``.

An order's row has its number, its address, what it is about and what the unit reported, and
bears the marks of its unit and of its category. It is written anew by the transaction that brings
the dispatch order to an end or back to work, or that changes the form of its work order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, inspect, select
from sqlalchemy.orm import Session

from models import grams
from models.grams import ORDERS, SEPARATOR, Sought, Words
from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus
from models.word_tables import OrderWords

OVER: Final = (DispatchStatus.FED_BACK, DispatchStatus.REJECTED, DispatchStatus.RECALLED)
FIELDS: Final = ("address", "summary")
_TOUCHED: Final = "yihu_touched_orders"
_OF_ORDER: Final = ("number", "fields")
_OF_DISPATCH: Final = ("feedback", "unit_id", "created_at", "work_order_id")


def of_unit(unit_id: UUID) -> str:
    return f"u{unit_id.hex}"


def of_category(code: str) -> str:
    return f"c{code.encode().hex()}"


def found(dialect: str, sought: Sought, limit: int) -> Select[UUID]:
    """The ids of the dispatch orders looked for, newest first: at most ``limit``."""
    return grams.found(ORDERS, dialect, sought, limit)


def touch(session: Session, _: object = None) -> None:
    """Note the work orders and dispatch orders whose words a flush of ``session`` has changed."""
    orders: dict[UUID, set[UUID] | None] = session.info.setdefault(_TOUCHED, {})
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, WorkOrder) and row in session.dirty and grams.changed(row, _OF_ORDER):
            orders[row.id] = None  # all of them
        elif isinstance(row, DispatchOrder) and _matters(session, row):
            some = orders.setdefault(row.work_order_id, set())
            if some is not None:
                some.add(row.id)


def store(session: Session) -> None:
    """Write the words of every dispatch order that this transaction has brought to an end or
    taken back, or whose form it has changed. Before the commit, when everything else is
    flushed."""
    orders: dict[UUID, set[UUID] | None] = session.info.pop(_TOUCHED, {})
    for work_order_id in sorted(orders):
        _store(session, work_order_id, orders[work_order_id])


def _matters(session: Session, row: DispatchOrder) -> bool:
    """Whether a row of a unit's history may come, go or change."""
    if row in session.deleted or row.status in OVER:
        return row in session.deleted or grams.changed(row, ("status", *_OF_DISPATCH))
    history = inspect(row).attrs.status.history
    # What the status was is not known where it was not loaded.
    return (
        row not in session.new
        and history.has_changes()
        and (not history.deleted or any(old in OVER for old in history.deleted))
    )


def _store(session: Session, work_order_id: UUID, some: set[UUID] | None) -> None:
    query = select(
        DispatchOrder.id, DispatchOrder.unit_id, DispatchOrder.status, DispatchOrder.created_at,
        DispatchOrder.feedback,
    ).where(DispatchOrder.work_order_id == work_order_id)  # fmt: skip
    if some is not None:
        query = query.where(DispatchOrder.id.in_(some))
    rows: dict[UUID, Any] = {row.id: row for row in session.execute(query)}
    ids = {*rows, *(some or ())}
    if not ids:
        return
    # Whoever else changes the form, or what these units do, waits here or is waited for.
    order = session.execute(
        select(WorkOrder.number, WorkOrder.fields)
        .where(WorkOrder.id == work_order_id)
        .with_for_update(key_share=True)
    ).first()
    words = select(
        OrderWords.dispatch_order_id, OrderWords.number, OrderWords.words, OrderWords.marks
    ).where(OrderWords.dispatch_order_id.in_(ids))
    former = {row.dispatch_order_id: row for row in session.execute(words)}
    for one in sorted(ids):
        row, old = rows.get(one), former.get(one)
        if order is not None and row is not None and row.status in OVER:
            after = _words(order.number, order.fields, row)
            number = old.number if old else grams.free(session, ORDERS, row.created_at, one)
        elif old is not None:
            after, number = None, old.number
        else:
            continue
        before = None if old is None else Words(old.words, old.marks)
        if before != after:
            grams.write(session, ORDERS, one, number, before, after)


def _words(number: str, fields: Mapping[str, Any], row: Any) -> Words:
    parts = [number, row.feedback, *(fields.get(name) for name in FIELDS)]
    marks = [of_unit(row.unit_id)]
    if code := fields.get("category_code"):
        marks.append(of_category(code))
    return Words(SEPARATOR.join(part for part in parts if part), " ".join(marks))

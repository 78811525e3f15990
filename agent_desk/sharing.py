"""Which orders a person sees: the own ones, those of the own centre, those shared with it."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from agent_desk.accounts import Person
from agent_desk.permissions import Permission, may
from dispatch.levels import HIGHEST
from models.order_tables import WorkOrder


def sees(person: Person, row: WorkOrder, shared_with: Collection[str]) -> bool:
    """Whether ``person`` sees an order (loaded with its owner) that is shared with these
    centres, apart from those whose calls it is about."""
    if row.owner_id == person.user_id or waits_for(person, row):
        return True
    if not may(person.role, Permission.READ_ALL_ORDERS):
        return False
    own = person.centre_code
    return own in (HIGHEST, row.centre_code) or own in shared_with


def waits_for(person: Person, row: WorkOrder) -> bool:
    """Whether the order was passed to the person's centre and nobody there has taken it yet."""
    own = person.centre_code
    if own == HIGHEST or row.centre_code != own:
        return False
    if not may(person.role, Permission.WORK_SEAT):
        return False
    return row.owner is None or row.owner.centre_code != own


def owner_of(person: Person) -> UUID | None:
    """Whose orders a person's list shows; ``None`` for those of everybody."""
    return None if may(person.role, Permission.READ_ALL_ORDERS) else person.user_id

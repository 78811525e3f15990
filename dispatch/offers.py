"""What firms learn of a household service before one of them has taken it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.order_tables import DispatchOrder, WorkOrder
from models.states import DispatchStatus

WITH_FIRM: Final = (
    DispatchStatus.RECEIVED,
    DispatchStatus.EN_ROUTE,
    DispatchStatus.ON_SITE,
    DispatchStatus.FED_BACK,
)
PERSONAL: Final = ("contact_name", "contact_phone")


def told_to(item: DispatchOrder, order: WorkOrder) -> Mapping[str, Any]:
    """The form of ``order`` as ``item``'s unit may see it: a firm that was only offered the
    order does not learn whose it is."""
    if item.offer and item.status not in WITH_FIRM:
        return {name: value for name, value in order.fields.items() if name not in PERSONAL}
    return order.fields

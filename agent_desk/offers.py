"""Open orders that a call may be about as well: found, compared, offered."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import anyio
import anyio.to_thread

from agent_desk.parts import Parts
from agent_desk.wire_merging import SameOffer
from classifier.address import find_address
from classifier.duplicates import Matter, Offer, same_matter
from classifier.gazetteer import Gazetteer
from classifier.text import clean
from classifier.types import AddressSlot
from dispatch import merging, repository
from models.order_tables import WorkOrder
from models.states import WorkOrderStatus

MOST_ADDRESSES: Final = 4_000  # kept in parts, so that each is taken apart once
MOST_SUMMARY: Final = 80
NAMES: Final = (
    "compound", "road", "crossing", "landmark", "village", "community", "highway",
)  # fmt: skip


class Offers:
    """Compares a draft with the open orders, in a thread; without an address nothing is offered."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._threads = anyio.CapacityLimiter(1)
        self._known: OrderedDict[str, AddressSlot | None] = OrderedDict()
        self._known_for: Gazetteer | None = None

    async def of(self, order_id: UUID) -> list[SameOffer]:
        """The orders that a draft may be merged into, the likeliest first. Raises ``NotFound``."""
        database = self._parts.database
        async with database.reading() as session:
            order = await repository.order(session, order_id)
        if order.status is not WorkOrderStatus.DRAFT or not order.fields.get("address"):
            return []
        names = await anyio.to_thread.run_sync(self._names, order, limiter=self._threads)
        if not names:
            return []
        async with database.reading() as session:
            rows = await merging.open_orders(session, order, names, self._parts.clock.now())
        found = await anyio.to_thread.run_sync(self._compared, order, rows, limiter=self._threads)
        by_id = {str(row.id): row for row in rows}
        categories = self._parts.category_names()
        return [_offered(offer, by_id[offer.id], categories) for offer in found]

    def _names(self, order: WorkOrder) -> list[str]:
        slot = self._address(str(order.fields["address"]))
        parts = slot.parts if slot else {}
        return [parts[name] for name in NAMES if name in parts]

    def _compared(self, order: WorkOrder, rows: Sequence[WorkOrder]) -> list[Offer]:
        open_ones = [self._matter(row) for row in rows if row.fields.get("address")]
        return same_matter(self._matter(order), open_ones)

    def _matter(self, row: WorkOrder) -> Matter:
        slot = self._address(str(row.fields.get("address") or ""))
        return Matter(
            str(row.id),
            str(row.fields.get("summary") or ""),
            row.created_at,
            slot.parts if slot else {},
            str(row.fields.get("category_code") or ""),
            bool(row.fields.get("emergency")),
            slot.lon if slot else None,
            slot.lat if slot else None,
            slot.located if slot else "",
        )

    def _address(self, text: str) -> AddressSlot | None:
        """An address in parts, by the names of the moment."""
        live = self._parts.classifier
        gazetteer = live.gazetteer if live is not None else Gazetteer()
        if self._known_for is None or (live is not None and gazetteer is not self._known_for):
            self._known_for = gazetteer
            self._known.clear()
        if text in self._known:
            self._known.move_to_end(text)
            return self._known[text]
        found = find_address(clean(text), self._known_for)
        slot = found.slot if found else None
        self._known[text] = slot
        if len(self._known) > MOST_ADDRESSES:
            self._known.popitem(last=False)
        return slot


def _offered(offer: Offer, row: WorkOrder, categories: Mapping[str, str]) -> SameOffer:
    return SameOffer(
        order_id=row.id,
        number=row.number,
        status=row.status,
        emergency=row.fields.get("emergency"),
        category_name=categories.get(str(row.fields.get("category_code") or ""), ""),
        address=str(row.fields.get("address") or ""),
        summary=str(row.fields.get("summary") or "")[:MOST_SUMMARY],
        reported_at=row.created_at,
        owner_name=row.owner.display_name if row.owner else "",
        callers=row.merged_calls + 1,
        p=offer.p,
        reasons=list(offer.reasons),
    )

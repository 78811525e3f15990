"""Which event leads to what. A handler that fails is logged by the bus; the next event or
``Orders.reconcile`` at the next start makes up for it, since every handler works from rows.
"""

from __future__ import annotations

from dispatch.filling import Filling
from dispatch.orders import Orders
from models.bus import EventBus
from models.events import (
    AutoCallChanged,
    CallAnswered,
    CallBackChanged,
    CallEnded,
    CallReceived,
    HandOverChanged,
    SuggestionChanged,
    UtteranceStored,
)


def subscribe(bus: EventBus, orders: Orders, filling: Filling | None = None) -> None:
    """Let ``orders`` follow the calls on ``bus``; drafts are filled by ``filling``, which the
    caller runs, or without it by whoever tells of the words."""

    async def open_draft(event: CallReceived | CallAnswered) -> None:
        await orders.open_draft(event.call_id)

    async def fill_draft(event: SuggestionChanged | UtteranceStored) -> None:
        if filling is not None:
            filling.note(event.call_id)
        else:
            await orders.apply_suggestion(event.call_id)

    async def finish_draft(event: CallEnded) -> None:
        await orders.apply_suggestion(event.call_id)
        await orders.discard_abandoned(event.call_id)

    async def take_auto_call(event: AutoCallChanged) -> None:
        await orders.take_auto_call(event.auto_call_id)

    bus.subscribe(AutoCallChanged, take_auto_call)

    async def take_call_back(event: CallBackChanged) -> None:
        await orders.take_call_back(event.call_back_id)

    async def take_hand_over(event: HandOverChanged) -> None:
        await orders.take_hand_over(event.hand_over_id)

    bus.subscribe(CallBackChanged, take_call_back)
    bus.subscribe(HandOverChanged, take_hand_over)
    bus.subscribe(CallReceived, open_draft)
    bus.subscribe(CallAnswered, open_draft)
    bus.subscribe(UtteranceStored, fill_draft)
    bus.subscribe(SuggestionChanged, fill_draft)
    bus.subscribe(CallEnded, finish_draft)

"""Drafts: opened by a ringing call, filled by the machine, given up with the caller."""

from __future__ import annotations

from uuid import UUID

from dispatch import call_backs, candidates, numbers, places, prefill, repository
from dispatch import fields as form
from dispatch.acting import Act
from models.forms import machine_may_fill
from models.order_tables import Incident, WorkOrder
from models.states import WorkOrderStatus


async def open_draft(act: Act, call_id: UUID) -> WorkOrder:
    """The call's draft, opened with a new incident if there is none yet.

    Once the call is answered, its owner is whoever took it (首问责任), and the centre that
    commands it is theirs.
    """
    session, now = act.session, act.now
    call = await repository.call(session, call_id, lock=True)
    order = await repository.order_of_call(session, call_id, lock=True)
    answerer = await repository.answerer(session, call)
    if order is None:
        incident = Incident(
            number=await numbers.next_number(session, numbers.INCIDENT, now),
            opened_at=now,
        )
        order = WorkOrder(
            number=await numbers.next_number(session, numbers.WORK_ORDER, now),
            incident=incident,
            call_id=call.id,
            owner=answerer,
            centre_code=answerer.centre_code if answerer else "",
            queue_code=call.queue_code,
            fields={},
            field_states={},
            created_at=now,
            dispatch_orders=[],
        )
        number = prefill.contact(call.caller_number)
        if number is not None:
            form.fill_by_machine(order, {"contact_phone": number})
        session.add(order)
        act.tell(order)
    elif order.owner is None and answerer is not None:
        order.owner, order.centre_code = answerer, answerer.centre_code
        act.tell(order)
    return order


async def apply_suggestion(act: Act, call_id: UUID, locate: places.Locate | None) -> None:
    """Let the draft's untouched fields mirror what the caller said and what is suggested."""
    session = act.session
    order = await repository.order_of_call(session, call_id, lock=True)
    if order is None or order.status is not WorkOrderStatus.DRAFT:
        return
    call = await repository.call(session, call_id)
    suggestion = await repository.suggestion(session, call_id)
    payload = suggestion.payload if suggestion else {}
    case = await candidates.suggested(session, payload, act.now)
    slot = (payload.get("slots") or {}).get("address") or {}
    typed = not machine_may_fill(order.field_states, "address")
    address = str(order.fields.get("address") or "") if typed else str(slot.get("text") or "")
    found = prefill.proposals(
        call.caller_number,
        await repository.caller_utterances(session, call_id),
        payload,
        await candidates.route(session, case, order, act.now),
        await places.position_of(session, address, slot, locate),
    )
    if form.fill_by_machine(order, found):
        act.tell(order)


async def discard_abandoned(act: Act, call_id: UUID) -> None:
    """Discard the draft of a caller who gave up waiting, unless a person worked on it or
    the caller left a message: then it is the order of the call-back.

    What was heard stays on the discarded order, and the call's own row stays
    ``abandoned``: a list of people to call back is made from these.
    """
    order = await repository.order_of_call(act.session, call_id, lock=True)
    if order is None or order.status is not WorkOrderStatus.DRAFT:
        return
    call = await repository.call(act.session, call_id)
    if call_backs.gave_up(call) and not form.touched_by_person(order):
        act.finish(order, "discard", "来电放弃")

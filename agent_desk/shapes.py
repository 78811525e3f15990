"""Rows as wire types. Nothing is loaded here: the rows bring what is needed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from agent_desk.accounts import Person
from agent_desk.parts import TaxonomyItem
from agent_desk.wire import CategoryInfo, Me, QueueInfo, UnitInfo
from agent_desk.wire_orders import (
    DispatchInfo,
    FieldStateInfo,
    FormFields,
    MergedCaller,
    MergedInto,
    OrderInfo,
    OrderLine,
    UnitOrder,
)
from agent_desk.wire_seat import (
    AgentSessionInfo,
    CallInfo,
    ChangeInfo,
    PartialInfo,
    SipAccount,
    SuggestionInfo,
    UtteranceInfo,
    Word,
)
from dispatch import matters
from dispatch.offers import told_to
from models.events import TranscriptGrew
from models.forms import FIELDS
from models.kinds import Device
from models.order_tables import DispatchOrder, WorkOrder
from models.states import lamp
from models.tables import AgentSession, Call, CallSuggestion, LinkageUnit, Queue, Utterance

log = logging.getLogger(__name__)

# Asterisk knows a softphone by its user name; the domain is never resolved.
SIP_DOMAIN = "yihu.invalid"
SIP_PATH = "/ws/sip"


def me(person: Person) -> Me:
    user = person.user
    return Me(
        user_id=user.id,
        username=user.username,
        display_name=user.display_name,
        role=user.role,
        unit_id=user.unit_id,
        unit_name=person.unit_name,
        csrf_token=person.csrf_token,
        must_change_password=user.must_change_password,
    )


def queue(row: Queue) -> QueueInfo:
    return QueueInfo(code=row.code, name=row.name, emergency=row.emergency)


def category(item: TaxonomyItem) -> CategoryInfo:
    return CategoryInfo(
        code=item.code,
        name=item.name,
        group=item.group,
        emergency=item.emergency,
        level=item.level,
        units=list(item.units),
        ask=list(item.ask),
        advise=list(item.advise),
    )


def unit(row: LinkageUnit) -> UnitInfo:
    return UnitInfo(
        id=row.id,
        code=row.code,
        name=row.name,
        kind=row.kind,
        tier=row.tier,
        area=row.area,
        duty_phone=row.duty_phone,
        form=row.form,
    )


def agent(row: AgentSession) -> AgentSessionInfo:
    """An agent session with its seat loaded, for the person who sits there and nobody else:
    it holds the softphone's password."""
    username = f"{row.seat.code}-web"
    softphone = SipAccount(
        uri=f"sip:{username}@{SIP_DOMAIN}",
        username=username,
        password=row.seat.sip_secret,
        websocket_path=SIP_PATH,
    )
    return AgentSessionInfo(
        id=row.id,
        seat_code=row.seat.code,
        seat_name=row.seat.name,
        queue_codes=row.seat.queue_codes,
        device=row.device,
        status=row.status,
        status_since=row.status_since,
        pause_reason=row.pause_reason,
        call_id=row.call_id,
        sip=softphone if row.device is Device.WEB else None,
    )


def call(row: Call, previous_calls: int, *, silent: bool) -> CallInfo:
    return CallInfo(
        id=row.id,
        direction=row.direction,
        queue_code=row.queue_code,
        dialled=row.dialled,
        caller_number=row.caller_number,
        status=row.status,
        speech=row.speech,
        received_at=row.received_at,
        answered_at=row.answered_at,
        ended_at=row.ended_at,
        priority=row.priority,
        lift_reason=row.lift_reason,
        held_since=row.held_since,
        silent=silent,
        previous_calls=previous_calls,
    )


def utterance(row: Utterance) -> UtteranceInfo:
    return UtteranceInfo(
        id=row.id,
        stream_id=row.stream_id,
        sequence=row.sequence,
        role=row.role,
        text=row.text,
        raw_text=row.raw_text,
        words=[Word.model_validate(word) for word in row.words],
        start_ms=row.start_ms,
        end_ms=row.end_ms,
        call_ms=row.call_ms,
        confidence=row.confidence,
        engine=row.engine,
        source=row.source,
        heard_text=row.heard_text,
        # They count in what the machine wrote.
        changes=[ChangeInfo.model_validate(one) for one in row.changes]
        if row.heard_text is None
        else [],
        at=row.created_at,
    )


def partial(grown: TranscriptGrew) -> PartialInfo:
    return PartialInfo(
        call_id=grown.call_id,
        stream_id=grown.stream_id,
        role=grown.role,
        sequence=grown.sequence,
        text=grown.text,
    )


def suggestion(row: CallSuggestion) -> SuggestionInfo | None:
    """A suggestion; one that another version wrote in a shape unknown here is as none."""
    try:
        return SuggestionInfo.model_validate(row.payload)
    except ValidationError as error:
        log.warning(
            "suggestion of call %s by %s has an unknown shape (%d faults)",
            row.call_id,
            row.model_version,
            error.error_count(),
        )
        return None


def dispatch(row: DispatchOrder) -> DispatchInfo:
    return DispatchInfo(
        id=row.id,
        unit_id=row.unit_id,
        unit_name=row.unit.name,
        unit_kind=row.unit.kind,
        status=row.status,
        lamp=lamp(row.status),
        sent_at=row.sent_at,
        received_at=row.received_at,
        fed_back_at=row.fed_back_at,
        feedback=row.feedback,
        reject_reason=row.reject_reason,
        recall_reason=row.recall_reason,
        offer=row.offer,
        price_note=row.price_note,
        rating=row.rating,
    )


def form(row: WorkOrder) -> FormFields:
    return form_of(row.fields)


def form_of(fields: Mapping[str, Any]) -> FormFields:
    filled = {name: fields[name] for name in FIELDS if fields.get(name) is not None}
    return FormFields.model_validate(filled)


def order(
    row: WorkOrder,
    names: Mapping[UUID, str],
    merged_into: WorkOrder | None = None,
    callers: Sequence[WorkOrder] = (),
) -> OrderInfo:
    """A work order loaded as ``dispatch.repository`` does; ``names`` of those in ``people_of``,
    ``callers`` the orders merged into it."""
    matter = matters.of(row.fields)
    states = {}
    for field, state in row.field_states.items():
        by = names.get(UUID(state["by"]), "") if state["by"] else ""
        states[field] = FieldStateInfo.model_validate(state | {"by": by})
    return OrderInfo(
        id=row.id,
        number=row.number,
        incident_number=row.incident.number,
        call_id=row.call_id,
        queue_code=row.queue_code,
        status=row.status,
        version=row.version,
        fields=form(row),
        field_states=states,
        answer=row.answer,
        created_at=row.created_at,
        sent_at=row.sent_at,
        closed_at=row.closed_at,
        owner_name=row.owner.display_name if row.owner else "",
        owner_id=row.owner_id,
        dispatch_orders=[dispatch(item) for item in row.dispatch_orders],
        matter=matter,
        matter_name=matters.kinds()[matter].name,
        check=matters.check_of(row.fields),
        checked_how=row.checked_how,
        review=row.review,
        suspended_at=row.suspended_at,
        centre_code=row.centre_code,
        merged_into=(
            MergedInto(id=merged_into.id, number=merged_into.number) if merged_into else None
        ),
        callers=[_caller(one) for one in callers],
    )


def _caller(row: WorkOrder) -> MergedCaller:
    fields = form(row)
    return MergedCaller(
        order_id=row.id,
        number=row.number,
        reported_at=row.created_at,
        contact_name=fields.contact_name,
        contact_phone=fields.contact_phone,
        summary=fields.summary,
    )


def people_of(row: WorkOrder) -> set[UUID]:
    """Who typed or confirmed something in an order."""
    return {UUID(state["by"]) for state in row.field_states.values() if state["by"]}


def order_line(row: WorkOrder, categories: Mapping[str, str]) -> OrderLine:
    """An order in a list; ``categories`` are the taxonomy's names by code."""
    fields = form(row)
    lamps = [lamp(item.status) for item in row.dispatch_orders]
    return OrderLine(
        id=row.id,
        number=row.number,
        status=row.status,
        queue_code=row.queue_code,
        emergency=fields.emergency,
        category_name=categories.get(fields.category_code, ""),
        address=fields.address,
        created_at=row.created_at,
        lamps=[colour for colour in lamps if colour is not None],
    )


def unit_order(row: DispatchOrder, categories: Mapping[str, str]) -> UnitOrder:
    """A dispatch order with its work order loaded, for its unit."""
    fields = form_of(told_to(row, row.work_order))
    return UnitOrder(
        id=row.id,
        number=row.work_order.number,
        status=row.status,
        lamp=lamp(row.status),
        emergency=fields.emergency,
        category_name=categories.get(fields.category_code, ""),
        level=fields.level,
        address=fields.address,
        position=fields.position,
        contact_name=fields.contact_name,
        contact_phone=fields.contact_phone,
        injured=fields.injured,
        trapped=fields.trapped,
        summary=fields.summary,
        sent_at=row.sent_at,
        received_at=row.received_at,
        fed_back_at=row.fed_back_at,
        feedback=row.feedback,
        reject_reason=row.reject_reason,
        recall_reason=row.recall_reason,
        offer=row.offer,
        price_note=row.price_note,
        matter_name=matters.kinds()[matters.of(row.work_order.fields)].name,
        more_callers=row.work_order.merged_calls,
    )

"""What goes over the wire about units and their channels, for administrators."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from agent_desk.wire import Typed, Version, Wire
from agent_desk.wire_dispatch import ShiftInfo
from agent_desk.wire_typed import Code, Latitude, Line, Longitude, Phone
from models.dispatch_tables import ChannelKind
from models.unit_forms import DutyRule, UnitForm

UnitCode = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,32}$")]
Word = Annotated[Line, Field(min_length=1, max_length=32)]
Person = Annotated[Line, Field(max_length=64)]


class UnitFields(Wire):
    """What a unit is. ``kind`` is the authority's common name, ``kinds`` others it answers for;
    ``capabilities`` are special skills, a firm's trades. Empty ``area_code``: all of its
    centre's area; empty ``centre_code``: the highest centre's. ``voice_dispatch``: orders are
    read to the duty phone as well."""

    name: Annotated[Line, Field(min_length=1, max_length=100)]
    kind: Word
    kinds: Annotated[list[Word], Field(max_length=20, default_factory=list)]
    capabilities: Annotated[list[Word], Field(max_length=40, default_factory=list)]
    tier: Annotated[int, Field(ge=1, le=3)]
    form: UnitForm
    area_code: Code = ""
    centre_code: Code = ""
    duty_rule: DutyRule
    duty_phone: Phone = ""
    voice_dispatch: bool = False
    leader_name: Person = ""
    leader_phone: Phone = ""
    liaison_name: Person = ""
    liaison_phone: Phone = ""
    lon: Longitude | None = None
    lat: Latitude | None = None


class PutUnit(UnitFields):
    version: Version


class AddUnit(UnitFields):
    code: UnitCode


class UnitRow(UnitFields):
    """A unit in the list. ``open_orders`` are not fed back yet; ``people`` have an account."""

    id: UUID
    version: int
    code: str
    area: str
    centre_name: str
    active: bool
    open_orders: int
    people: int
    channels: list[ChannelKind]


class ChannelInfo(Wire):
    """A way of reaching the unit. ``has_secret``: what goes to a webhook is signed."""

    id: UUID
    kind: ChannelKind
    address: str
    active: bool
    has_secret: bool


class OpenOrder(Wire):
    id: UUID
    number: str
    status_name: str
    sent_at: datetime | None


class UnitDetail(Wire):
    """Everything about one unit. ``orders`` are the oldest open ones, at most twenty;
    ``shifts`` are those of the next two weeks; ``terminals`` counts its pages open now."""

    unit: UnitRow
    ways: list[ChannelInfo]
    orders: list[OpenOrder]
    shifts: list[ShiftInfo]
    usernames: list[str]
    token_since: datetime | None
    terminals: int


class SeenUnit(Wire):
    version: Version


class PutChannel(SeenUnit):
    """``address`` is a telephone number, an https address or an e-mail address by kind; empty
    for the terminal, and for telephone and text message where the duty phone is meant."""

    address: Annotated[Typed, Field(max_length=255)] = ""
    active: bool = True


class AddChannel(PutChannel):
    kind: ChannelKind


class OrderChannels(SeenUnit):
    """All of the unit's channels in their new order."""

    channel_ids: Annotated[list[UUID], Field(max_length=50)]


class ChannelSecret(Wire):
    """What signs messages to a webhook: shown once."""

    secret: str
    unit: UnitDetail


class UnitToken(Wire):
    """A unit's new token: shown once, kept only as its hash."""

    token: str
    unit: UnitDetail


class ChannelTried(Wire):
    """How a test message fared, in words for people."""

    ok: bool
    text: str


class NamedCode(Wire):
    """``level`` is an area's; ``within`` names what it lies in."""

    code: str
    name: str
    level: str
    within: str


class UnitChoices(Wire):
    """What forms about units offer: words in use, and the tree's names by code."""

    kinds: list[str]
    capabilities: list[str]
    trades: list[str]
    areas: list[NamedCode]
    centres: list[NamedCode]

"""Units, their channels and tokens, for administrators."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, status

from agent_desk.dependencies import CentreChanger, Desk, Seen
from agent_desk.wire_units import (
    AddChannel,
    AddUnit,
    ChannelSecret,
    ChannelTried,
    OrderChannels,
    PutChannel,
    PutUnit,
    SeenUnit,
    UnitChoices,
    UnitDetail,
    UnitRow,
    UnitToken,
)

router = APIRouter(prefix="/api/admin", tags=["units"])


@router.get("/units")
async def all_units(person: CentreChanger, desk: Desk) -> list[UnitRow]:
    """Every unit, retired ones too."""
    return await desk.administration.unit_views.listed()


@router.get("/unit-choices")
async def unit_choices(person: CentreChanger, desk: Desk) -> UnitChoices:
    """What the forms about units, people and areas offer."""
    return await desk.administration.unit_views.choices()


@router.get("/units/{unit_id}")
async def one_unit(unit_id: UUID, person: CentreChanger, desk: Desk) -> UnitDetail:
    """A unit with channels, roster, accounts and open orders."""
    return await desk.administration.unit_views.detail(unit_id)


@router.post("/units", status_code=status.HTTP_201_CREATED)
async def add_unit(body: AddUnit, person: CentreChanger, desk: Desk) -> UnitDetail:
    """A new unit."""
    unit_id = await desk.administration.units.add(body, person)
    return await desk.administration.unit_views.detail(unit_id)


@router.put("/units/{unit_id}")
async def put_unit(unit_id: UUID, body: PutUnit, person: CentreChanger, desk: Desk) -> UnitDetail:
    """Change a unit."""
    await desk.administration.units.change(unit_id, body.version, body, person)
    return await desk.administration.unit_views.detail(unit_id)


@router.post("/units/{unit_id}/retire")
async def retire_unit(
    unit_id: UUID, body: SeenUnit, person: CentreChanger, desk: Desk
) -> UnitDetail:
    """Send a unit no more orders; the answer says which are still open there."""
    await desk.administration.units.set_active(unit_id, body.version, False, person)
    return await desk.administration.unit_views.detail(unit_id)


@router.post("/units/{unit_id}/restore")
async def restore_unit(
    unit_id: UUID, body: SeenUnit, person: CentreChanger, desk: Desk
) -> UnitDetail:
    """Let a unit take orders again."""
    await desk.administration.units.set_active(unit_id, body.version, True, person)
    return await desk.administration.unit_views.detail(unit_id)


@router.post("/units/{unit_id}/channels", status_code=status.HTTP_201_CREATED)
async def add_channel(
    unit_id: UUID, body: AddChannel, person: CentreChanger, desk: Desk
) -> ChannelSecret:
    """Add a channel; a webhook's secret is shown here and nowhere else."""
    secret = await desk.administration.channels.add(unit_id, body, person)
    detail = await desk.administration.unit_views.detail(unit_id)
    return ChannelSecret(secret=secret, unit=detail)


@router.put("/units/{unit_id}/channels")
async def order_channels(
    unit_id: UUID, body: OrderChannels, person: CentreChanger, desk: Desk
) -> UnitDetail:
    """Put a unit's channels in another order."""
    await desk.administration.channels.order(unit_id, body.version, body.channel_ids, person)
    return await desk.administration.unit_views.detail(unit_id)


@router.put("/units/{unit_id}/channels/{channel_id}")
async def put_channel(
    unit_id: UUID, channel_id: UUID, body: PutChannel, person: CentreChanger, desk: Desk
) -> UnitDetail:
    """Change a channel's address, or take it out of use."""
    await desk.administration.channels.change(unit_id, channel_id, body, person)
    return await desk.administration.unit_views.detail(unit_id)


@router.delete("/units/{unit_id}/channels/{channel_id}")
async def remove_channel(
    unit_id: UUID, channel_id: UUID, version: Seen, person: CentreChanger, desk: Desk
) -> UnitDetail:
    """Take a channel off the list."""
    await desk.administration.channels.remove(unit_id, channel_id, version, person)
    return await desk.administration.unit_views.detail(unit_id)


@router.post("/units/{unit_id}/channels/{channel_id}/secret")
async def new_channel_secret(
    unit_id: UUID, channel_id: UUID, body: SeenUnit, person: CentreChanger, desk: Desk
) -> ChannelSecret:
    """A new signing secret of a webhook, shown here and nowhere else."""
    secret = await desk.administration.channels.new_secret(
        unit_id, channel_id, body.version, person
    )
    detail = await desk.administration.unit_views.detail(unit_id)
    return ChannelSecret(secret=secret, unit=detail)


@router.post("/units/{unit_id}/channels/{channel_id}/test")
async def test_channel(
    unit_id: UUID, channel_id: UUID, person: CentreChanger, desk: Desk
) -> ChannelTried:
    """Send a test message over one channel."""
    terminals = desk.hub.pages_of_unit(unit_id)
    return await desk.administration.channels.try_out(unit_id, channel_id, person, terminals)


@router.put("/units/{unit_id}/token")
async def new_unit_token(
    unit_id: UUID, body: SeenUnit, person: CentreChanger, desk: Desk
) -> UnitToken:
    """A new token for a unit's system; the former one is void from then on."""
    token = await desk.administration.tokens.issue(unit_id, body.version, person)
    detail = await desk.administration.unit_views.detail(unit_id)
    return UnitToken(token=token, unit=detail)


@router.delete("/units/{unit_id}/token")
async def remove_unit_token(
    unit_id: UUID, version: Seen, person: CentreChanger, desk: Desk
) -> UnitDetail:
    """Shut a unit's system out."""
    await desk.administration.tokens.revoke(unit_id, version, person)
    return await desk.administration.unit_views.detail(unit_id)

"""A centre whose units are done with orders is upgraded: they are found."""

from __future__ import annotations

from typing import Final
from uuid import UUID, uuid4

from models.bus import InProcessBus
from models.clock import ManualClock
from models.database import Database
from models.states import DispatchStatus
from tests.support import both_databases
from tests.support.both_databases import moment, upgrade_with
from tests.support.past_orders import PastOrders

empty_url = both_databases.empty_url

UNITS: Final = (
    "INSERT INTO linkage_units (id, code, name, kind, tier, area, duty_phone, active) VALUES"
)
INCIDENTS: Final = "INSERT INTO incidents (id, number, opened_at) VALUES"
ORDERS: Final = (
    "INSERT INTO work_orders (id, number, incident_id, queue_code, status, version, fields, "
    "field_states, answer, created_at) VALUES"
)
ITEMS: Final = (
    "INSERT INTO dispatch_orders (id, work_order_id, unit_id, position, status, feedback, "
    "reject_reason, created_at) VALUES"
)


async def test_upgrade_of_a_centre_with_orders(
    empty_url: str, bus: InProcessBus, clock: ManualClock
) -> None:
    done, back, working = sorted(uuid4() for _ in range(3))
    unit, other, third, order, incident = (uuid4() for _ in range(5))
    at = moment(empty_url, "123456")
    form = '{"address": "演示路\\u0031号", "summary": null, "category_code": "A"}'

    def item(item_id: UUID, unit_id: UUID, status: str, feedback: str) -> str:
        return (
            f"{ITEMS} ('{item_id.hex}', '{order.hex}', '{unit_id.hex}', 0, '{status}', "
            f"'{feedback}', '', {at})"
        )

    statements = (
        "INSERT INTO queues (code, name, emergency) VALUES ('110', '-', true)",
        *(
            f"{UNITS} ('{one.hex}', '{one.hex[:8]}', '-', '供水', 1, '', '', true)"
            for one in (unit, other, third)
        ),
        f"{INCIDENTS} ('{incident.hex}', 'JQ', {at})",
        f"{ORDERS} ('{order.hex}', 'GD1', '{incident.hex}', '110', 'dispatched', 1, "
        f"'{form}', '{{}}', '', {at})",
        item(done, unit, "fed_back", "换了阀门"),
        item(back, other, "rejected", ""),
        item(working, third, "on_site", ""),
    )
    await upgrade_with(empty_url, "0013", statements)
    past = PastOrders(Database(empty_url, bus, clock), clock, [unit, other], [order])
    try:
        for part in ("路1号", "GD1", "水管"):  # the last is the category's name
            assert await past.found(part) == [done], part
            assert await past.found(part, 1) == [back], part
        assert await past.found("阀门") == [done]
        assert await past.found("阀门", 1) == []
        await past.change(done, status=DispatchStatus.SENT)
        await past.edit(order, address="北苑")
        assert await past.found("北苑") == []
        assert await past.found("北苑", 1) == [back]
        assert await past.found("演示", 1) == []
    finally:
        await past.database.close()

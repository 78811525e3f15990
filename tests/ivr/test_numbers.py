"""The numbers that lead here: changed by hand, recorded, known to Asterisk at once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from ivr.asterisk import AsteriskConfig, AsteriskProcess
from ivr.asterisk_config import NumberConf
from ivr.numbers import Numbers
from models.clock import ManualClock, SystemClock
from models.database import Database
from models.errors import Conflict, DomainError, InvalidInput, NotFound, Unavailable
from models.kinds import Device
from models.telephony_tables import Audit, HotlineNumber
from tests.support.asterisk import console, running
from tests.support.sip import ask
from tests.support.telephony import People, calling, phone, telephony_at
from yihu.asterisk import apply_rows


async def _audits(database: Database) -> list[tuple[str, str, object, object]]:
    async with database.reading() as session:
        rows = list(await session.scalars(select(Audit).order_by(Audit.id)))
    return [(a.action, a.subject_id, a.detail["before"], a.detail["after"]) for a in rows]


@pytest.mark.integration
async def test_every_change_is_recorded_with_before_and_after(
    database: Database, clock: ManualClock, people: People
) -> None:
    told = 0

    async def changed() -> None:
        nonlocal told
        told += 1

    numbers = Numbers(database, clock, changed)
    by = people.one.id
    await numbers.put("00090001", "96345", " 旧供水热线 ", by)
    await numbers.put("00090001", "96345", "旧供水热线", by)
    await numbers.put("00090001", "110", "旧报警电话", by, 0)
    assert [(row.number, row.queue_code, row.name) for row in await numbers.listed()] == [
        ("00090001", "110", "旧报警电话")
    ]
    await numbers.remove("00090001", by, 1)
    assert await numbers.listed() == []
    first = {"queue_code": "96345", "name": "旧供水热线"}
    second = {"queue_code": "110", "name": "旧报警电话"}
    assert await _audits(database) == [
        ("put", "00090001", None, first),
        ("put", "00090001", first, second),
        ("remove", "00090001", second, None),
    ]
    assert told == 4


@pytest.mark.integration
@pytest.mark.parametrize(
    ("number", "queue", "name", "error"),
    [
        ("", "110", "", InvalidInput),
        ("12", "110", "", InvalidInput),
        ("1" * 33, "110", "", InvalidInput),
        ("１２３４５", "110", "", InvalidInput),
        ("12345\n", "110", "", InvalidInput),
        ("_X.", "110", "", InvalidInput),
        ("123,1,Hangup()", "110", "", InvalidInput),
        ("12345", "119", "", NotFound),
        ("12345", "", "", NotFound),
        ("110", "96345", "", Conflict),
        ("12345", "110", "长" * 65, InvalidInput),
        ("12345", "110", "一\r\nexten => _X.,1,Hangup()", InvalidInput),
    ],
)
async def test_what_no_dialplan_can_carry_is_refused(
    database: Database,
    clock: ManualClock,
    people: People,
    number: str,
    queue: str,
    name: str,
    error: type[DomainError],
) -> None:
    numbers = Numbers(database, clock, None)
    with pytest.raises(error):
        await numbers.put(number, queue, name, people.one.id)
    assert await numbers.listed() == []
    assert await _audits(database) == []


@pytest.mark.integration
async def test_a_number_that_is_not_there_cannot_be_removed(
    database: Database, clock: ManualClock, people: People
) -> None:
    with pytest.raises(NotFound):
        await Numbers(database, clock, None).remove("12345", people.one.id, 0)


@pytest.mark.integration
async def test_nobody_undoes_another_change_unseen(
    database: Database, clock: ManualClock, people: People
) -> None:
    numbers = Numbers(database, clock, None)
    by = people.one.id
    await numbers.put("00090001", "96345", "旧供水热线", by)
    with pytest.raises(Conflict, match="已让00090001进入96345（旧供水热线）"):
        await numbers.put("00090001", "110", "", by)  # had found nothing
    changed = await numbers.put("00090001", "110", "旧报警电话", by, 0)
    with pytest.raises(Conflict, match="进入110（旧报警电话），没有停用"):
        await numbers.remove("00090001", by, 0)
    assert [row.name for row in await numbers.listed()] == ["旧报警电话"]
    await numbers.remove("00090001", by, changed.version)
    with pytest.raises(Conflict, match="刚被其他人停用"):
        await numbers.put("00090001", "96345", "", by, changed.version)
    back = await numbers.put("00090001", "96345", "别的热线", by)
    with pytest.raises(Conflict):  # what was seen is gone, though the number is there again
        await numbers.remove("00090001", by, changed.version)
    await numbers.remove("00090001", by, back.version)
    assert [action for action, *_ in await _audits(database)] == [
        "put", "put", "remove", "put", "remove",
    ]  # fmt: skip


@pytest.mark.asterisk
async def test_a_new_number_is_answered_at_once_and_calls_go_on(
    config: AsteriskConfig, database: Database, people: People, real_clock: SystemClock
) -> None:
    process = AsteriskProcess(config)

    async def read() -> AsteriskConfig:
        async with database.reading() as session:
            rows = list(await session.scalars(select(HotlineNumber)))
        return replace(config, hotlines=[NumberConf(r.number, r.queue_code) for r in rows])

    async def changed() -> None:
        await apply_rows(process, read)

    numbers = Numbers(database, real_clock, changed)
    with pytest.raises(Unavailable, match="尚未更新"):
        await numbers.put("00090001", "96345", "旧供水热线", people.one.id)
    async with running(config), telephony_at(config, database, real_clock) as desk, phone(config):
        await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
        async with calling(config, "110", "13800000001"):
            talking = await desk.call_becomes("answered")
            assert (await ask(config.sip_port, "INVITE", "00090001")).status == 404
            await numbers.put("00090001", "96345", "旧供水热线", people.one.id)
            async with calling(config, "00090001", "13800000002"):
                merged = await desk.call_becomes("queued")
                assert (merged.queue_code, merged.dialled) == ("96345", "00090001")
                assert merged.id != talking.id
            assert await desk.paused("PJSIP/8001") == {
                ("110", True, "on-call"),
                ("96345", True, "on-call"),
            }
            await numbers.remove("00090001", people.one.id, 0)
            assert (await ask(config.sip_port, "INVITE", "00090001")).status == 404
            assert "PJSIP/8001-" in await console(config, "core show channels concise")
            row = next(call for call in await desk.calls() if call.id == talking.id)
            assert row.status == "answered"

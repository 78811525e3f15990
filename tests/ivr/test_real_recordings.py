"""Calls through a real Asterisk become recordings, figures, and, unseen ones, rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import anyio
import pytest
import soundfile
from sqlalchemy import select

from ivr import flac
from ivr.asterisk import AsteriskConfig, AsteriskGone
from models.clock import SystemClock
from models.database import Database
from models.kinds import Device
from models.states import CallStatus
from models.tables import Transition
from models.telephony_tables import CallBack
from tests.support.asterisk import eventually, own_process, running
from tests.support.figures import asterisk_counters
from tests.support.recorded import RATE, onset, recorded, strength, tone
from tests.support.telephony import People, calling, folders, phone, telephony_at
from yihu.simulate.caller import place_call

pytestmark = pytest.mark.asterisk


async def written(config: AsteriskConfig, size: int) -> None:
    """Wait until so many bytes of a caller have reached the disk."""

    async def check() -> bool:
        return any(path.stat().st_size > size for path in config.recordings.glob("*.in.wav"))

    await eventually(check, f"{size} bytes of a caller", 30)


async def test_calls_are_recorded_on_two_channels_and_all_counters_agree(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    tmp_path: Path,
) -> None:
    caller_says = tone(tmp_path / "caller.wav", 440)
    seat_says = tone(tmp_path / "seat.wav", 1000)
    began = real_clock.now()
    async with running(config), telephony_at(config, database, real_clock) as desk:
        async with phone(config, greeting=seat_says):
            agent = await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
            for _ in range(2):
                async with calling(config, "110", "13800000001", audio=caller_says):
                    call = await desk.call_becomes("answered")
                    desk.telephony.sweep.look()
                    await written(config, 40_000)
                    raw = list(config.recordings.glob("*.wav"))
                    assert len(raw) == 2  # a living call's files are left alone
                call = await desk.call_becomes("ended")
                row = await recorded(database, call)
                path = folders(config).archive / row.path
                samples, rate = soundfile.read(path)
                assert (rate, samples.shape[1]) == (RATE, 2)
                caller, heard = samples[:, 0], samples[:, 1]
                assert strength(caller, 440) > 5 * strength(caller, 1000)
                assert strength(heard, 1000) > 5 * strength(heard, 440)
                assert path.stat().st_mode & 0o777 == 0o600
                assert row.sha256 == flac.sha256_of(path)
                assert await desk.telephony.recordings.verify(call.id)
                assert row.duration_ms == len(samples) * 1000 // RATE
                assert call.ended_at is not None
                length = (call.ended_at - row.began_at).total_seconds()
                assert length == pytest.approx(row.duration_ms / 1000, abs=0.3)
                assert list(config.recordings.iterdir()) == []
                await desk.telephony.set_ready(people.one.id)
            await desk.telephony.sign_out(people.one.id)
        async with calling(config, "96345", "13800000002"):
            await desk.call_becomes("queued")
        call = await desk.call_becomes("abandoned")
        assert (await recorded(database, call)).duration_ms > 0

        counted = await asterisk_counters(desk.ami)
        report = await desk.telephony.statistics.between(began, real_clock.now())
        assert {code: (q.answered, q.abandoned) for code, q in report.queues.items()} == {
            code: (one.completed, one.abandoned) for code, one in counted.items()
        }
        assert (counted["110"].completed, counted["96345"].abandoned) == (2, 1)
        assert report.queues["110"].service_level == counted["110"].service_level / 100 == 1.0
        [figures] = report.agents
        assert (figures.user_id, figures.answered) == (agent.user_id, 2)
        assert figures.talk.total_seconds() > 1


async def test_a_call_that_only_asterisk_saw(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    tmp_path: Path,
) -> None:
    async with running(config):
        audio = tone(tmp_path / "caller.wav", 440)
        began = real_clock.now()
        report = await place_call(
            sip_host="127.0.0.1",
            sip_port=config.sip_port,
            to="96345",
            audio=audio,
            from_number="13800000003",
            tail_seconds=0.5,
        )
        assert report.answered_after is not None
        async with telephony_at(config, database, real_clock) as desk:
            call = await desk.call_becomes("abandoned", 30)
            assert (call.queue_code, call.dialled) == ("96345", "96345")
            assert call.caller_number == "13800000003"
            assert abs((call.received_at - began).total_seconds()) < 1
            assert call.ended_at is not None
            length = (call.ended_at - call.received_at).total_seconds()
            assert length == pytest.approx(report.duration, abs=0.3)
            async with database.reading() as session:
                query = select(Transition.new).where(Transition.entity_id == call.id)
                moves = list(await session.scalars(query.order_by(Transition.id)))
            assert moves == [CallStatus.QUEUED, CallStatus.ABANDONED]
            row = await recorded(database, call)
            samples, _ = soundfile.read(folders(config).archive / row.path)
            assert onset(samples[:, 0]) == pytest.approx(0.5, abs=0.1)
            async with database.reading() as session:
                [missed] = await session.scalars(select(CallBack))
            assert (missed.call_id, missed.number) == (call.id, "13800000003")


async def test_asterisk_is_killed_in_a_call(
    config: AsteriskConfig,
    database: Database,
    people: People,
    real_clock: SystemClock,
    tmp_path: Path,
) -> None:
    audio = tone(tmp_path / "caller.wav", 440, 5)
    with pytest.raises(BaseExceptionGroup) as ended:  # noqa: PT012 - the block is the call
        async with running(config), calling(config, "110", audio=audio):
            await written(config, 40_000)
            own_process(config).kill()
            await anyio.sleep_forever()
    assert ended.group_contains(AsteriskGone)
    async with running(config), telephony_at(config, database, real_clock) as desk:
        desk.telephony.sweep.settle_seconds = desk.telephony.sweep.unknown_seconds = 0.5
        call = await desk.call_becomes("abandoned", 30)
        row = await recorded(database, call)
        assert row.duration_ms >= 2_000  # what had reached the disk
        samples, _ = soundfile.read(folders(config).archive / row.path)
        assert onset(samples[:, 0]) == pytest.approx(0.5, abs=0.1)
        assert call.ended_at == row.began_at + timedelta(milliseconds=row.duration_ms)

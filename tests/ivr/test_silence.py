"""A caller who cannot speak is asked for a key in the middle of the call, on a real Asterisk."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ivr.silence import ASK_SOUND
from models.clock import SystemClock
from models.database import Database
from models.errors import Conflict, NotFound
from models.events import KeyPressed
from models.kinds import Device
from tests.support.asterisk import asterisk_config, eventually, running
from tests.support.hall import AGENT, CALLER, LEAD_TWO, OTHER, TONES, hall, hall_config
from tests.support.ports import port_base
from tests.support.provider import provider
from tests.support.telephony import People, phone, telephony_at
from tests.support.tones import write_tone

pytestmark = pytest.mark.asterisk

PROMPT = TONES[LEAD_TWO]  # nobody else speaks it here


async def test_caller_alone_hears_the_prompt(
    tmp_path: Path, database: Database, real_clock: SystemClock
) -> None:
    sound = tmp_path / "sounds" / "zh" / f"{ASK_SOUND}.wav"
    sound.parent.mkdir(parents=True)
    write_tone(sound, PROMPT, 2)
    with port_base() as base:
        config = asterisk_config(tmp_path, base, sounds_dir=tmp_path / "sounds")
        config = replace(config, **hall_config(config))  # type: ignore[arg-type]  # its own
        async with hall(config, database, real_clock, tmp_path) as room:
            silence = room.desk.telephony.silence
            one = room.people["agent"].id
            call = await room.call_comes()
            await room.all_hear({CALLER: {TONES[AGENT]}, AGENT: {TONES[CALLER]}})
            with pytest.raises(NotFound):
                await silence.ask_key(room.people["other"].id, call.id)
            seat, caller = room.mark(AGENT), room.mark(CALLER)
            await silence.ask_key(one, call.id)
            await room.all_hear({CALLER: {TONES[AGENT], PROMPT}})
            await room.all_hear({CALLER: {TONES[AGENT]}})
            assert await room.heard_since(AGENT, seat) == {TONES[CALLER]}
            assert await room.heard_since(CALLER, caller) == {TONES[AGENT], PROMPT}
            room.phones[CALLER].hang_up()
            await room.desk.call_becomes("ended")
            with pytest.raises((Conflict, NotFound)):
                await silence.ask_key(one, call.id)
            assert OTHER not in {leg.channel for leg in await room.desk.legs(call.id)}


async def test_key_is_told(
    tmp_path: Path, database: Database, people: People, real_clock: SystemClock
) -> None:
    pressed: list[KeyPressed] = []

    async def note(event: KeyPressed) -> None:
        pressed.append(event)

    database.bus.subscribe(KeyPressed, note)
    async with provider() as carrier:
        with port_base() as base:
            config = asterisk_config(tmp_path, base, trunk_proxy=f"127.0.0.1:{carrier.port}")
            async with (
                running(config),
                telephony_at(config, database, real_clock, trunk=True) as desk,
                phone(config),
            ):
                await desk.telephony.sign_in(people.one, "8001", Device.PHONE)
                call = await desk.telephony.call_out(people.one.id, "13900000007")
                await desk.call_becomes("answered")
                await carrier.calls[0].press("5")

                async def told() -> bool:
                    return pressed == [KeyPressed(call.id, "5")]

                await eventually(told, "the key")

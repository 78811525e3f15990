"""Starting, stopping, side by side, and what goes wrong."""

from __future__ import annotations

import dataclasses
import os
import socket
import sys
from pathlib import Path

import anyio
import psutil
import pytest

from ivr.asterisk import MODULES, AsteriskConfig, AsteriskGone, AsteriskProcess, SeatConf, render
from models.errors import SetupError
from tests.support.asterisk import (
    AMI_SECRET,
    SEAT_SECRET,
    asterisk_config,
    console,
    eventually,
    own_process,
    running,
)
from tests.support.ports import port_base
from tests.support.sip import ask

PROJECT = Path(__file__).parents[2]

pytestmark = pytest.mark.asterisk


async def test_starts_without_a_complaint(config: AsteriskConfig) -> None:
    async with running(config):
        shown = await console(config, "module show")
        missing = [name for name in MODULES if f"{name}.so" not in shown]
        complaints = [
            line
            for line in config.log_file.read_text().splitlines()
            if "ERROR" in line or "WARNING" in line
        ]
    assert missing == []
    assert "Not Running" not in shown
    assert complaints == []


async def test_listens_on_its_own_ports_only_and_stops_clean(config: AsteriskConfig) -> None:
    async with running(config):
        process = own_process(config)
        listening = {
            tuple(connection.laddr)
            for connection in process.net_connections("inet")
            # pjproject's DNS client sends from two UDP ports of the system's choice.
            if connection.laddr.port < 32_768 or connection.status == psutil.CONN_LISTEN
            if not connection.raddr
        }
    assert listening == {
        ("127.0.0.1", config.sip_port),
        ("127.0.0.1", config.ami_port),
        ("127.0.0.1", config.http_port),
    }
    assert not process.is_running()
    assert not config.control_socket.exists()


async def test_two_side_by_side(config: AsteriskConfig, tmp_path: Path) -> None:
    with port_base() as other_base:
        other = asterisk_config(tmp_path / "other", other_base)
        async with running(config), running(other):
            assert (await ask(config.sip_port, "OPTIONS", "110")).status == 200
            assert (await ask(other.sip_port, "OPTIONS", "110")).status == 200


async def test_folder_with_spaces_and_chinese(tmp_path: Path, base: int) -> None:
    config = asterisk_config(tmp_path / "一呼 数据", base)
    async with running(config):
        assert (await ask(config.sip_port, "OPTIONS", "110")).status == 200


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sip_port", socket.SOCK_DGRAM),
        ("ami_port", socket.SOCK_STREAM),
        ("http_port", socket.SOCK_STREAM),
    ],
)
async def test_taken_port_is_one_sentence(
    config: AsteriskConfig, name: str, kind: socket.SocketKind
) -> None:
    port = getattr(config, name)
    with socket.socket(socket.AF_INET, kind) as squatter:
        squatter.bind(("127.0.0.1", port))
        if kind == socket.SOCK_STREAM:
            squatter.listen()
        with pytest.raises(SetupError, match=rf"^Port {port} .* YIHU_PORT_BASE [^.]*\.$"):
            await AsteriskProcess(config).run()


async def test_unusable_file_is_told_from_its_log(config: AsteriskConfig, tmp_path: Path) -> None:
    modules = tmp_path / "modules"
    modules.mkdir()
    broken = dataclasses.replace(
        config, program=dataclasses.replace(config.program, module_dir=modules)
    )
    with pytest.raises(SetupError, match=r"^Asterisk did not start: .*"):
        await AsteriskProcess(broken).run()


async def test_its_own_end_is_told(config: AsteriskConfig) -> None:
    async def kill_it() -> None:
        async with running(config):
            own_process(config).kill()
            await anyio.sleep_forever()

    with pytest.raises(ExceptionGroup) as told:
        await kill_it()
    assert told.group_contains(AsteriskGone)


async def test_new_seat_is_known_after_reload(config: AsteriskConfig) -> None:
    more = dataclasses.replace(
        config, seats=(*config.seats, SeatConf("8003", "三号席", SEAT_SECRET, ("110",)))
    )
    async with running(config):
        render(more)
        await console(config, "module reload res_pjsip.so")

        async def registers() -> bool:
            answer = await ask(
                config.sip_port,
                "REGISTER",
                "8003",
                sender="8003",
                username="8003",
                secret=SEAT_SECRET,
            )
            return answer.status == 200

        await eventually(registers, "the new seat registers")


OWNER = """
import sys
from pathlib import Path
import anyio
from ivr.asterisk import AsteriskProcess
from tests.support.asterisk import asterisk_config

async def main() -> None:
    async with anyio.create_task_group() as tasks:
        config = asterisk_config(Path(sys.argv[1]), int(sys.argv[2]))
        await tasks.start(AsteriskProcess(config).run)
        print("up", flush=True)

anyio.run(main)
"""


async def test_dies_with_a_killed_owner(config: AsteriskConfig, tmp_path: Path, base: int) -> None:
    async with await anyio.open_process(
        [sys.executable, "-c", OWNER, str(tmp_path), str(base)],
        env=os.environ | {"PYTHONPATH": str(PROJECT)},
        stderr=None,
    ) as owner:
        assert owner.stdout is not None
        with anyio.fail_after(20):
            assert (await owner.stdout.receive()).startswith(b"up")
        process = own_process(config)
        owner.kill()

        async def is_gone() -> bool:
            return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE

        await eventually(is_gone, "Asterisk ends with its owner", 30)


async def test_secrets_are_the_owners_alone(config: AsteriskConfig) -> None:
    render(config)
    holding = [path for path in config.etc.iterdir() if AMI_SECRET in path.read_text()]
    assert [path.name for path in holding] == ["manager.conf"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in config.etc.iterdir())
    assert config.etc.stat().st_mode & 0o077 == 0

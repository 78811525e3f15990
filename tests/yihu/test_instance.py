"""What an operator gets wrong ends in one sentence that says what to do."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from models.errors import SetupError
from tests.support.ports import port_base
from yihu import instance
from yihu.instance import Role
from yihu.settings import Settings, load_settings, unknown_variables

pytestmark = pytest.mark.unit


def settings_in(folder: Path, base: int = 9600) -> Settings:
    return Settings(data_dir=folder, port_base=base)


def test_secrets_are_made_once_and_readable_by_the_owner_only(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    first = instance.load_secrets(settings)
    assert instance.load_secrets(settings) == first
    assert len({first.ami, first.speech}) == 2
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600


def test_two_processes_that_start_at_once_have_the_same_secrets(tmp_path: Path) -> None:
    command = (
        "from yihu import instance, settings; "
        "print(instance.load_secrets(settings.load_settings()))"
    )
    env = os.environ | {"YIHU_DATA_DIR": str(tmp_path)}
    words = [sys.executable, "-c", command]
    both = [subprocess.Popen(words, env=env, stdout=subprocess.PIPE) for _ in range(2)]
    said = {process.communicate(timeout=300)[0] for process in both}
    assert len(said) == 1
    assert b"ami=" in said.pop()
    assert [path.name for path in tmp_path.iterdir()] == ["secrets.json"]


def test_damaged_secrets_say_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(SetupError, match="delete it"):
        instance.load_secrets(settings_in(tmp_path))


def test_a_second_owner_of_the_data_directory_is_refused(tmp_path: Path) -> None:
    settings = settings_in(tmp_path)
    with (
        instance.owned(settings),
        pytest.raises(SetupError, match="YIHU_DATA_DIR"),
        instance.owned(settings),
    ):
        pass
    with instance.owned(settings):
        pass


def test_a_data_directory_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="set YIHU_DATA_DIR"):
        instance.prepare(settings_in(tmp_path / "file" / "below"))


def test_a_full_disk_is_told_before_anything_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(instance, "NEEDED_BYTES", 1 << 60)
    with pytest.raises(SetupError, match="make room"):
        instance.prepare(settings_in(tmp_path))


def test_a_taken_port_is_named_with_the_setting_to_change(tmp_path: Path) -> None:
    with port_base() as base, socket.socket() as taken:
        settings = settings_in(tmp_path, base)
        instance.check_ports(settings)
        taken.bind(("127.0.0.1", settings.ami_port))
        taken.listen()
        with pytest.raises(SetupError, match=rf"AMI port .*:{settings.ami_port}.*YIHU_PORT_BASE"):
            instance.check_ports(settings)


def test_a_speech_process_on_its_way_out_is_waited_for(tmp_path: Path) -> None:
    with port_base() as base, socket.socket() as dying:
        settings = settings_in(tmp_path, base)
        dying.bind(("127.0.0.1", settings.audiosocket_port))
        dying.listen()
        end = threading.Timer(0.3, dying.close)
        end.start()
        instance.check_ports(settings)
        end.join()


def test_each_role_has_its_own_lock_and_ports(tmp_path: Path) -> None:
    with port_base() as base, socket.socket() as taken:
        settings = settings_in(tmp_path, base)
        taken.bind(("127.0.0.1", settings.ami_port))
        taken.listen()
        with instance.owned(settings, {Role.CENTRE}), instance.owned(settings, {Role.ASTERISK}):
            instance.check_ports(settings, {Role.CENTRE})
            with pytest.raises(SetupError, match="AMI port"):
                instance.check_ports(settings, {Role.ASTERISK})
            with pytest.raises(SetupError, match="has the role asterisk"), instance.owned(settings):
                pass


@pytest.mark.parametrize(
    ("name", "value"),
    [("YIHU_PORT_BASE", "abc"), ("YIHU_PORT_BASE", "80"), ("YIHU_LOG_LEVEL", "LOUD")],
)
def test_a_wrong_setting_is_named(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SetupError, match=f"{name}='{value}' is not usable"):
        load_settings()


def test_a_list_setting_that_is_no_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_PUBLIC_ORIGINS", "not json")
    with pytest.raises(SetupError, match="YIHU_PUBLIC_ORIGINS is not usable: write a JSON list"):
        load_settings()


def test_a_misspelt_setting_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_PORT_BAES", "9000")
    monkeypatch.setenv("YIHU_PORT_BASE", "9000")
    unknown = unknown_variables()
    assert "YIHU_PORT_BAES" in unknown
    assert "YIHU_PORT_BASE" not in unknown


@pytest.mark.parametrize(
    ("setting", "role"),
    [("sip_address", Role.ASTERISK), ("bind_address", Role.CENTRE)],
)
def test_an_address_of_another_machine_is_named(setting: str, role: Role, tmp_path: Path) -> None:
    settings = settings_in(tmp_path).model_copy(update={setting: "192.0.2.1"})
    with pytest.raises(SetupError, match=f"YIHU_{setting.upper()}='192.0.2.1' is no address"):
        instance.check_ports(settings, {role})


def test_two_instances_share_no_port(tmp_path: Path) -> None:
    first = Settings(data_dir=tmp_path, port_base=20_000)
    second = Settings(data_dir=tmp_path, port_base=20_600)
    assert first.rtp_ports[1] < second.http_port


def test_private_files_replace_whole(tmp_path: Path) -> None:
    path = tmp_path / "x"
    instance.write_private(path, "one")
    instance.write_private(path, "two")
    assert path.read_text() == "two"
    assert [item.name for item in tmp_path.iterdir()] == ["x"]

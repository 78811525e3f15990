"""A configuration with ports of its own; start it with ``tests.support.asterisk.running``."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.asterisk import AsteriskConfig
from tests.support.asterisk import asterisk_config
from tests.support.ports import port_base


@pytest.fixture
def base() -> Iterator[int]:
    with port_base() as reserved:
        yield reserved


@pytest.fixture
def config(tmp_path: Path, base: int) -> AsteriskConfig:
    return asterisk_config(tmp_path, base)


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """One second of a 1 kHz square wave as raw A-law: 0xAA is its top, 0x2A its bottom."""
    path = tmp_path / "tone.alaw"
    path.write_bytes(struct.pack("8B", *[0xAA] * 4, *[0x2A] * 4) * 1000)
    return path

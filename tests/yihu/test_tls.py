"""The instance's own certificate: made once, for its names, renewed in time."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest
from anyio.streams.tls import TLSListener, TLSStream

from models.errors import SetupError
from yihu import tls
from yihu.settings import Settings

pytestmark = pytest.mark.unit

NAMES = ["localhost", "127.0.0.1", "desk.example"]


def now() -> datetime:
    return datetime.now(UTC)


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_a_client_that_trusts_it_connects_by_every_name(tmp_path: Path, name: str) -> None:
    made = tls.ensure_self_signed(tmp_path / "tls", NAMES, now())
    assert made.key.stat().st_mode & 0o777 == 0o600
    serving = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    serving.load_cert_chain(made.certificate, made.key)
    asking = ssl.create_default_context(cafile=made.certificate)
    inner = await anyio.create_tcp_listener(local_host="127.0.0.1")
    port: int = inner.extra(anyio.abc.SocketAttribute.local_port)  # noqa: S610 - not Django

    async def answer(stream: TLSStream) -> None:
        async with stream:
            await stream.send(b"here")

    async with TLSListener(inner, serving) as listener, anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, answer)
        async with await anyio.connect_tcp(
            "127.0.0.1", port, tls=True, ssl_context=asking, tls_hostname=name
        ) as stream:
            assert await stream.receive() == b"here"
        tasks.cancel_scope.cancel()


def test_it_stays_until_it_no_longer_serves(tmp_path: Path) -> None:
    folder, start = tmp_path / "tls", now()
    first = tls.ensure_self_signed(folder, NAMES, start).certificate.read_bytes()

    def again(names: list[str], at: datetime) -> bytes:
        return tls.ensure_self_signed(folder, names, at).certificate.read_bytes()

    assert again(NAMES, start + timedelta(days=300)) == first
    renewed = again(NAMES, start + timedelta(days=370))
    assert renewed != first
    other = again([*NAMES, "198.51.100.7"], start + timedelta(days=370))
    assert other != renewed
    (folder / "server.key").write_text("damaged")
    assert again([*NAMES, "198.51.100.7"], start + timedelta(days=370)) != other


def test_own_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    settings = Settings(tls="own", tls_certificate=tmp_path / "no.crt", data_dir=tmp_path)
    with pytest.raises(SetupError, match="YIHU_TLS_CERTIFICATE"):
        tls.certificate_of(settings, now())
    assert tls.certificate_of(Settings(data_dir=tmp_path), now()) is None


def test_names_are_those_of_the_settings(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, bind_address="::", public_origins=["https://desk.example:8443"]
    )
    names = tls.names_of(settings)
    assert {"localhost", "127.0.0.1", "desk.example"} <= set(names)
    assert "::" not in names

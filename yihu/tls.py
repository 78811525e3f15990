"""The page's own certificate: browsers give the microphone to ``localhost`` and HTTPS only.

A site with a certificate of its own names it in the settings; else one is made here at the first
start, signed by itself, for the addresses that the settings know. Browsers warn of it once.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from models.errors import SetupError
from yihu.settings import Settings

LIFETIME = timedelta(days=397)  # the most that browsers take
RENEWED_BEFORE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Certificate:
    """PEM files of a certificate and its key."""

    certificate: Path
    key: Path


def certificate_of(settings: Settings, now: datetime) -> Certificate | None:
    """The certificate to serve pages with; ``None`` without TLS.

    Raises ``SetupError`` where the files that the settings name cannot be read.
    """
    if settings.tls == "off":
        return None
    if settings.tls == "self-signed":
        return ensure_self_signed(settings.data_dir.resolve() / "tls", names_of(settings), now)
    own = Certificate(settings.tls_certificate, settings.tls_key)
    for path, variable in ((own.certificate, "CERTIFICATE"), (own.key, "KEY")):
        if not os.access(path, os.R_OK) or not path.is_file():
            raise SetupError(
                f"YIHU_TLS_{variable}={str(path)[:200]!r} cannot be read: name a PEM file that "
                "this user may read."
            )
    return own


def trust_of(settings: Settings) -> ssl.SSLContext | bool:
    """For a client on this machine: trusts the instance's certificate, whatever name it has."""
    pair = certificate_of(settings, datetime.now(UTC))
    if pair is None:
        return True
    context = ssl.create_default_context(cafile=pair.certificate)
    context.check_hostname = False
    return context


def names_of(settings: Settings) -> list[str]:
    """Every name and address that pages are asked for by."""
    names = ["localhost", "127.0.0.1", "::1", socket.gethostname()]
    names += [settings.bind_address, settings.sip_address, settings.media_address]
    names += [urlsplit(origin).hostname or "" for origin in settings.public_origins]
    return sorted({name for name in names if name.isascii() and name not in ("", "0.0.0.0", "::")})  # noqa: S104 - left out here


def ensure_self_signed(folder: Path, names: Sequence[str], now: datetime) -> Certificate:
    """The certificate in ``folder``, made anew when it is missing, damaged, near its end or for
    other names. The key is readable by its owner alone. Raises ``SetupError``."""
    made = Certificate(folder / "server.crt", folder / "server.key")
    if not _serves(made, names, now):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make(made, names, now)
        except OSError as error:
            raise SetupError(
                f"The certificate cannot be written to {folder} ({error.strerror}): "
                "set YIHU_DATA_DIR to a folder this user may write."
            ) from None
    return made


def _serves(made: Certificate, names: Sequence[str], now: datetime) -> bool:
    try:
        found = x509.load_pem_x509_certificate(made.certificate.read_bytes())
        key = serialization.load_pem_private_key(made.key.read_bytes(), None)
        extension = found.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (OSError, ValueError, TypeError, x509.ExtensionNotFound):
        return False
    return (
        found.not_valid_after_utc - now > RENEWED_BEFORE
        and found.public_key() == key.public_key()
        and set(extension.value) == set(_general_names(names))
    )


def _make(made: Certificate, names: Sequence[str], now: datetime) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Yihu")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName(_general_names(names)), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(
        made.key,
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )
    _write(made.certificate, certificate.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, data: bytes) -> None:
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(data)
    part.replace(path)


def _general_names(names: Sequence[str]) -> list[x509.GeneralName]:
    found: list[x509.GeneralName] = []
    for name in names:
        try:
            found.append(x509.IPAddress(ipaddress.ip_address(name)))
        except ValueError:
            found.append(x509.DNSName(name))
    return found

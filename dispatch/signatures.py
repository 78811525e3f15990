"""Signatures of webhooks, ours and those of units' systems: HMAC-SHA256 over time and body.

``X-Yihu-Timestamp`` is seconds since 1970, ``X-Yihu-Signature`` is ``v1=`` and the hexadecimal
HMAC of ``<timestamp>.<body>`` with the channel's secret. A signature is good for ``WINDOW``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import datetime, timedelta
from typing import Final

TIMESTAMP: Final = "X-Yihu-Timestamp"
SIGNATURE: Final = "X-Yihu-Signature"
DELIVERY: Final = "X-Yihu-Delivery"
WINDOW: Final = timedelta(minutes=5)
SECRET_LENGTH: Final = 16  # characters at least

_TIMESTAMP = re.compile(r"[0-9]{9,11}", re.ASCII)


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The signature's value; raises ``ValueError`` for a secret too short to be one."""
    if len(secret) < SECRET_LENGTH:
        raise ValueError("a signing secret needs at least 16 characters")
    signed = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return "v1=" + signed.hexdigest()


def wrong(secret: str, timestamp: str, signature: str, body: bytes, now: datetime) -> str | None:
    """What is wrong with a signed request, as a word for the trace; ``None`` for nothing."""
    if len(secret) < SECRET_LENGTH:
        return "no_secret"
    if not _TIMESTAMP.fullmatch(timestamp):
        return "no_timestamp"
    if not hmac.compare_digest(sign(secret, timestamp, body).encode(), signature.encode()):
        return "forged"
    if abs(now.timestamp() - int(timestamp)) > WINDOW.total_seconds():
        return "too_old"
    return None

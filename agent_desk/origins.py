"""Which pages may open sockets and change things: those of this host, and listed ones."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from models.errors import Forbidden

DEFAULT_PORTS = {"http": 80, "https": 443}


def check_origin(headers: Headers, allowed: Sequence[str], *, required: bool) -> None:
    """Raise ``Forbidden`` unless the ``Origin`` header names this host or one of ``allowed``.

    A program without a browser sends no ``Origin``; that passes unless ``required``.
    """
    origin = headers.get("origin")
    if origin is None:
        if required:
            raise Forbidden("连接缺少来源信息，已拒绝。")
        return
    if origin in allowed or _same_host(origin, headers.get("host", "")):
        return
    raise Forbidden("请求来自其他网站，已拒绝。")


def _same_host(origin: str, host: str) -> bool:
    # The scheme may differ from what this process sees: a proxy ends TLS in front of it.
    try:
        parts = urlsplit(origin)
        default = DEFAULT_PORTS[parts.scheme]
        here = urlsplit(f"//{host}")
        same_port = (parts.port or default) == (here.port or default)
    except (ValueError, KeyError):
        return False
    return same_port and parts.hostname is not None and parts.hostname == here.hostname

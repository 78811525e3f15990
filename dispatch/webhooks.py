"""Orders to a unit's own system: signed POST requests, bounded in every way.

The address is looked up once and connected to as it was checked, so that a name cannot lead
elsewhere between the two; redirects are not followed; the answer's body is not looked at.
"""

from __future__ import annotations

import ipaddress
import json
import socket
import ssl
from typing import Final
from urllib.parse import urlsplit

import anyio
import httpx
from sqlalchemy import select

from dispatch import signatures
from dispatch.sender import NotDelivered
from models.clock import Clock
from models.database import Database
from models.deadline_tables import Delivery
from models.dispatch_tables import ChannelKind, UnitChannel
from models.errors import InvalidInput

CONNECT_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 10.0
AGAIN: Final = frozenset({408, 409, 423, 425, 429})
LONGEST: Final = 255


class Webhooks:
    """``loopback`` permits plain http to this very machine, which is otherwise refused."""

    def __init__(self, database: Database, clock: Clock, *, loopback: bool) -> None:
        self._database = database
        self._clock = clock
        self._loopback = loopback
        self._tls = ssl.create_default_context()

    async def carry(self, delivery: Delivery) -> bool:
        """As ``Carrier``: any 2xx answer counts as delivered."""
        try:
            checked_url(delivery.address, loopback=self._loopback)
        except InvalidInput as refused:
            raise NotDelivered(refused.message, for_good=True) from None
        secret = await self._secret(delivery)
        body = json.dumps(
            {"delivery_id": str(delivery.id), **delivery.payload}, ensure_ascii=False
        ).encode()
        timestamp = str(int(self._clock.now().timestamp()))
        try:
            headers = {
                "Content-Type": "application/json",
                "User-Agent": "Yihu",
                signatures.DELIVERY: str(delivery.id),
                signatures.TIMESTAMP: timestamp,
                signatures.SIGNATURE: signatures.sign(secret, timestamp, body),
            }
        except ValueError:
            raise NotDelivered("接口密钥缺失或过短", for_good=True) from None
        status = await self._post(delivery.address, headers, body)
        if 200 <= status < 300:
            return True
        again = status >= 500 or status in AGAIN
        raise NotDelivered(f"对方系统应答 {status}", for_good=not again)

    async def _secret(self, delivery: Delivery) -> str:
        query = select(UnitChannel.secret).where(
            UnitChannel.unit_id == delivery.unit_id,
            UnitChannel.kind == ChannelKind.WEBHOOK,
            UnitChannel.address == delivery.address,
        )
        async with self._database.reading() as session:
            return await session.scalar(query) or ""

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> int:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        try:
            with anyio.fail_after(CONNECT_SECONDS):
                address = await self._address(host, port)
            pinned = httpx.URL(url).copy_with(host=address)
            async with httpx.AsyncClient(
                verify=self._tls,
                follow_redirects=False,
                trust_env=False,
                timeout=httpx.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
            ) as client:
                request = client.build_request(
                    "POST",
                    pinned,
                    headers={**headers, "Host": parts.netloc},
                    content=body,
                    extensions={"sni_hostname": host},
                )
                answer = await client.send(request, stream=True)
                await answer.aclose()
                return answer.status_code
        except (httpx.HTTPError, OSError, ssl.SSLError) as error:
            raise NotDelivered(f"对方系统无法连接（{type(error).__name__}）") from None

    async def _address(self, host: str, port: int) -> str:
        """An address of ``host`` that may be connected to."""
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
        for address in addresses:
            if not _permitted(address, loopback=self._loopback):
                raise NotDelivered("接口地址指向本机或保留网段，已拒绝", for_good=True)
        if not addresses:
            raise NotDelivered("接口地址无法解析")
        return addresses[0]


def checked_url(url: str, *, loopback: bool) -> str:
    """``url`` as a webhook may have it; raises ``InvalidInput`` with a sentence for people."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise InvalidInput("接口地址格式不对，应类似 https://unit.example/orders。") from None
    host = parts.hostname or ""
    local = host in ("127.0.0.1", "::1", "localhost")
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > LONGEST:
        raise InvalidInput("接口地址只能含英文字符，且不超过 255 个。")
    if not host or parts.username is not None or parts.password is not None or port == 0:
        raise InvalidInput("接口地址须含主机名，且不能带用户名或密码。")
    if parts.scheme != "https" and not (loopback and local and parts.scheme == "http"):
        raise InvalidInput("接口地址必须以 https:// 开头。")
    try:
        if not _permitted(host, loopback=loopback):
            raise InvalidInput("接口地址不能指向本机或保留网段。")
    except ValueError:
        pass  # a name, looked up when it is used
    return url


def _permitted(address: str, *, loopback: bool) -> bool:
    """Whether an IP address is one of another machine; raises ``ValueError`` for a name."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return loopback
    return not (ip.is_link_local or ip.is_multicast or ip.is_unspecified or ip.is_reserved)

"""Text messages through any gateway that takes a JSON request."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

import anyio
import httpx

from ivr.texts import GatewayDown, GatewayRefused
from models.errors import SetupError

REQUEST_SECONDS: Final = 10.0
MOST_ANSWER_BYTES: Final = 64 * 1024
TOO_MANY: Final = 429
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """Sends ``{"number": ..., "text": ...}`` to ``url`` with ``token`` as the bearer; the answer's
    ``id`` names the message. Raises ``SetupError`` for an address that is not https."""

    url: str
    token: str = field(repr=False)

    def __post_init__(self) -> None:
        parts = urlsplit(self.url)
        local = parts.hostname in LOOPBACK
        if not parts.hostname or not (
            parts.scheme == "https" or (local and parts.scheme == "http")
        ):
            raise SetupError("YIHU_SMS_GATEWAY_URL must be like https://sms.example/send.")
        if not self.token.isascii() or not self.token.isprintable():
            raise SetupError("YIHU_SMS_GATEWAY_TOKEN must be printable ASCII.")

    async def send(self, number: str, text: str) -> str:
        """Hand a text over; the gateway's id of it.

        Raises ``GatewayDown`` where trying again may help and ``GatewayRefused`` where not.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            with anyio.fail_after(REQUEST_SECONDS):
                return await self._post(headers, {"number": number, "text": text})
        except (httpx.HTTPError, OSError, TimeoutError) as error:
            raise GatewayDown(type(error).__name__) from None

    async def _post(self, headers: dict[str, str], content: dict[str, str]) -> str:
        async with (
            httpx.AsyncClient(follow_redirects=False, trust_env=False) as client,
            client.stream("POST", self.url, json=content, headers=headers) as answer,
        ):
            if answer.status_code >= 500 or answer.status_code == TOO_MANY:
                raise GatewayDown(f"the gateway answered {answer.status_code}")
            if not answer.is_success:
                raise GatewayRefused(f"短信网关拒绝发送（{answer.status_code}）")
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > MOST_ANSWER_BYTES:
                    return ""
        try:
            found = httpx.Response(200, content=body).json()
            return str(found.get("id", ""))[:64] if isinstance(found, dict) else ""
        except ValueError:
            return ""  # it took the message and told no name for it

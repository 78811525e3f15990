"""One Twilio account: what is known of it, and whether a request really comes from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator

from models.errors import SetupError

API_BASE: Final = "https://api.twilio.com"


@dataclass(frozen=True, slots=True)
class TwilioAccount:
    """``public_url`` is this server as Twilio reaches it, ``https://desk.example``; signatures
    are made over it. ``sip_target`` is ``host:port`` where Twilio brings calls by SIP.
    ``queue`` takes calls to numbers that no hotline entry names. ``number`` sends texts.

    Raises ``SetupError`` for a value that cannot be right.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    number: str
    public_url: str
    sip_target: str
    queue: str
    api_base: str = API_BASE

    def __post_init__(self) -> None:
        if not re.fullmatch(r"AC[0-9a-f]{32}", self.account_sid):
            raise SetupError("YIHU_TWILIO_ACCOUNT_SID must be AC and 32 hexadecimal digits.")
        if len(self.auth_token) < 16:
            raise SetupError("YIHU_TWILIO_AUTH_TOKEN is missing or too short: copy it whole.")
        if not re.fullmatch(r"\+[0-9]{5,15}", self.number):
            raise SetupError("YIHU_TWILIO_NUMBER must be written like +8657812345678.")
        address = urlsplit(self.public_url)
        if address.scheme != "https" or not address.hostname or address.path or address.query:
            raise SetupError("YIHU_TWILIO_PUBLIC_URL must be like https://desk.example.")
        if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?", self.sip_target):
            raise SetupError("YIHU_TWILIO_SIP_TARGET must be like sip.example:5060.")
        if not re.fullmatch(r"[0-9]{3,32}", self.queue):
            raise SetupError("YIHU_TWILIO_QUEUE must be a queue's number, like 96345.")

    def url(self, path: str) -> str:
        """``path`` of this server as Twilio calls it."""
        return self.public_url + path

    def socket_url(self, path: str) -> str:
        """The WebSocket at ``path`` as Twilio calls it."""
        return "wss" + self.public_url.removeprefix("https") + path

    def signed(self, url: str, form: Mapping[str, str], signature: str) -> bool:
        """Whether ``signature`` (header ``X-Twilio-Signature``) was made with this account's
        token over ``url`` and ``form``."""
        valid: bool = RequestValidator(self.auth_token).validate(url, dict(form), signature)
        return valid

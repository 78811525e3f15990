"""Orders by e-mail, through the centre's SMTP server."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final, Literal

import anyio
import anyio.to_thread

from dispatch.sender import NotDelivered
from models.clock import CHINA_TIME, Clock
from models.deadline_tables import Delivery
from models.errors import SetupError

SMTP_SECONDS: Final = 10.0
THREADS: Final = 4
ADDRESS: Final = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*", re.ASCII)
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where e-mail goes out. Raises ``SetupError`` for a value that cannot be right."""

    host: str
    port: int
    sender: str
    security: Literal["tls", "starttls", "off"] = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if not ADDRESS.fullmatch(self.sender):
            raise SetupError("YIHU_SMTP_FROM must be an address like dispatch@centre.example.")
        if self.security == "off" and self.host not in LOOPBACK:
            raise SetupError(
                "YIHU_SMTP_SECURITY=off is for a server on this machine; use starttls or tls."
            )
        if bool(self.user) != bool(self.password):
            raise SetupError("YIHU_SMTP_USER and YIHU_SMTP_PASSWORD belong together: set both.")


class Mail:
    """Sends deliveries as messages; the same delivery always has the same ``Message-ID``."""

    def __init__(self, server: MailServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock
        self._threads = anyio.CapacityLimiter(THREADS)
        self._tls = ssl.create_default_context()

    async def carry(self, delivery: Delivery) -> bool:
        """As ``Carrier``: a mail server's receipt is not yet the unit's."""
        if not ADDRESS.fullmatch(delivery.address):
            raise NotDelivered("邮箱地址不对", for_good=True)
        message = self._message(delivery)
        await anyio.to_thread.run_sync(
            self._send, message, limiter=self._threads, abandon_on_cancel=True
        )
        return False

    def _message(self, delivery: Delivery) -> EmailMessage:
        domain = self._server.sender.partition("@")[2]
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = delivery.address
        title = " ".join(str(delivery.payload.get("title", "")).split())
        message["Subject"] = title or "指挥中心通知"
        message["Message-ID"] = f"<{delivery.id}@{domain}>"
        message["Date"] = format_datetime(self._clock.now().astimezone(CHINA_TIME))
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(str(delivery.payload.get("text", "")) + "\n")
        return message

    def _send(self, message: EmailMessage) -> None:
        try:
            with self._connected() as smtp:
                if self._server.user:
                    smtp.login(self._server.user, self._server.password)
                smtp.send_message(message)
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            for_good = all(code >= 500 for code in codes)
            raise NotDelivered("邮件服务器拒收该邮箱", for_good=for_good) from None
        except smtplib.SMTPResponseException as error:
            raise NotDelivered(f"邮件服务器应答 {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError) as error:
            raise NotDelivered(f"邮件服务器无法使用（{type(error).__name__}）") from None

    def _connected(self) -> smtplib.SMTP:
        server = self._server
        if server.security == "tls":
            return smtplib.SMTP_SSL(
                server.host, server.port, timeout=SMTP_SECONDS, context=self._tls
            )
        smtp = smtplib.SMTP(server.host, server.port, timeout=SMTP_SECONDS)
        if server.security == "starttls":
            try:
                smtp.starttls(context=self._tls)
            except BaseException:
                smtp.close()
                raise
        return smtp

"""Deadlines and channels of one instance, as the settings name them."""

from __future__ import annotations

from collections.abc import Callable

from classifier.taxonomy import Item as Category
from dispatch.limits import Item, rules
from dispatch.mail import Mail, MailServer
from dispatch.reactions import Reactions
from dispatch.sender import Carrier
from dispatch.watch import Watch
from dispatch.webhooks import Webhooks
from ivr.http_gateway import HttpGateway
from models.database import Database
from models.dispatch_tables import ChannelKind
from yihu.settings import Settings

MINUTE = 60


def follow(database: Database, categories: Callable[[], tuple[Category, ...]]) -> None:
    """Let deadlines follow every move of an order; ``categories`` are those at the moment."""

    def item_of(code: str) -> Item | None:
        found = next((item for item in categories() if item.code == code), None)
        if found is None:
            return None
        due = found.deadlines
        return Item(
            name=found.name,
            received=due.received * MINUTE,
            on_site=due.on_site * MINUTE,
            feedback=due.feedback * MINUTE,
        )

    database.follow(Reactions(rules(), item_of).follow)


def watch(settings: Settings, database: Database, *, texts: bool) -> Watch:
    """What sends and sweeps; ``texts`` whether text messages can be sent."""
    clock = database.clock
    carriers: dict[ChannelKind, Carrier] = {
        ChannelKind.WEBHOOK: Webhooks(database, clock, loopback=settings.webhook_loopback)
    }
    if settings.smtp_host:
        carriers[ChannelKind.EMAIL] = Mail(mail_server(settings), clock)
    return Watch(database, clock, rules(), carriers, texts=texts)


def mail_server(settings: Settings) -> MailServer:
    """Where e-mail goes out; raises ``SetupError`` for a wrong value."""
    return MailServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.smtp_from,
        security=settings.smtp_security,
        user=settings.smtp_user,
        password=settings.smtp_password.get_secret_value(),
    )


def text_gateway(settings: Settings) -> HttpGateway | None:
    """The gateway for text messages, where one is set; Twilio's is another matter."""
    if not settings.sms_gateway_url:
        return None
    return HttpGateway(settings.sms_gateway_url, settings.sms_gateway_token.get_secret_value())

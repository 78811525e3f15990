"""The Twilio account that the settings name."""

from __future__ import annotations

from ivr.twilio.account import TwilioAccount
from yihu.settings import Settings


def account(settings: Settings) -> TwilioAccount | None:
    """The account, or ``None`` where none is set; raises ``SetupError`` for a wrong value."""
    if not settings.twilio_account_sid:
        return None
    return TwilioAccount(
        account_sid=settings.twilio_account_sid,
        auth_token=settings.twilio_auth_token.get_secret_value(),
        number=settings.twilio_number,
        public_url=settings.twilio_public_url,
        sip_target=settings.twilio_sip_target,
        queue=settings.twilio_queue,
        api_base=settings.twilio_api_base,
    )

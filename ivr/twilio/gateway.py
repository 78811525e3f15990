"""Text messages through Twilio's REST API."""

from __future__ import annotations

from typing import Final

import anyio
import anyio.to_thread
from requests.exceptions import RequestException
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client

from ivr.texts import GatewayDown, GatewayRefused
from ivr.twilio.account import TwilioAccount

REQUEST_SECONDS: Final = 10.0
THREADS: Final = 4
TOO_MANY: Final = 429


class TwilioGateway:
    """Sends texts from the account's number."""

    def __init__(self, account: TwilioAccount) -> None:
        http = TwilioHttpClient(timeout=REQUEST_SECONDS)
        self._client = Client(account.account_sid, account.auth_token, http_client=http)
        self._client.api.base_url = account.api_base
        self._account = account
        self._threads = anyio.CapacityLimiter(THREADS)

    async def send(self, number: str, text: str) -> str:
        """Hand a text over; Twilio's id of it.

        Raises ``GatewayDown`` where trying again may help and ``GatewayRefused`` where not.
        """

        def create() -> str:
            made = self._client.messages.create(
                to=number,
                from_=self._account.number,
                body=text,
                status_callback=self._account.url("/twilio/sms-status"),
            )
            return str(made.sid)

        try:
            return await anyio.to_thread.run_sync(
                create, limiter=self._threads, abandon_on_cancel=True
            )
        except TwilioRestException as error:
            if error.status >= 500 or error.status == TOO_MANY:
                raise GatewayDown(f"Twilio answered {error.status}") from None
            raise GatewayRefused(f"Twilio 拒绝发送（{error.code}）") from None
        except (RequestException, TwilioException, OSError) as error:
            raise GatewayDown(type(error).__name__) from None

"""Everything of Twilio in one place, and the trace that forged requests leave."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from ivr.calls import Calls
from ivr.texts import Texts
from ivr.twilio.account import TwilioAccount
from ivr.twilio.media import MediaStreams
from ivr.twilio.voice import CloudCalls
from models.clock import Clock
from models.database import Database
from models.telephony_tables import Audit

log = logging.getLogger(__name__)

TRACE_EVERY: Final = timedelta(minutes=1)  # a flood of forgeries fills no table


class Forgeries:
    """Counts requests that bear no valid signature; an audit row a minute tells how many."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._last: datetime | None = None
        self._untold = 0

    async def trace(self, path: str, address: str) -> None:
        """Note one; ``address`` is where it came from."""
        self._untold += 1
        now = self._clock.now()
        if self._last is not None and now - self._last < TRACE_EVERY:
            return
        self._last, count, self._untold = now, self._untold, 0
        log.warning("%d unsigned or forged requests, the last at %s", count, path)
        async with self._database.writing() as work:
            work.session.add(
                Audit(
                    user_id=None,
                    action="forged",
                    subject="twilio",
                    subject_id=path[:64],
                    detail={"address": address[:64], "count": count},
                    at=now,
                )
            )


@dataclass(frozen=True, slots=True)
class TwilioDoor:
    """What the webhooks need; there is none where Twilio is not configured."""

    account: TwilioAccount
    calls: CloudCalls
    media: MediaStreams
    texts: Texts
    forgeries: Forgeries


def open_door(
    account: TwilioAccount, database: Database, clock: Clock, calls: Calls, texts: Texts
) -> TwilioDoor:
    """The door of one account; ``texts`` sends through the account's gateway already."""
    return TwilioDoor(
        account,
        CloudCalls(database, calls, account),
        MediaStreams(),
        texts,
        Forgeries(database, clock),
    )

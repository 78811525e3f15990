"""What callers say of the service by a key after the call."""

from __future__ import annotations

from typing import Final

from ivr import repository
from ivr.ami_events import DialplanNotice
from models.database import Database
from models.events import CallChanged

RATED: Final = "YihuRating"  # what the dialplan's [after] tells
RATINGS: Final = ("1", "2", "3")


class Ratings:
    """Keeps them with the rows of the calls."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def noticed(self, event: DialplanNotice) -> None:
        """The caller rated the service by a key: 1 satisfied, 2 fairly, 3 not."""
        if event.name != RATED or event.key not in RATINGS:
            return
        async with self._database.writing() as work:
            call = await repository.call_of_linkedid(work.session, event.linkedid)
            if call is not None:
                call.rating = int(event.key)
                work.emit(CallChanged(call.id))

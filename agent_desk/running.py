"""The running application's own state: built once per app, found by every request."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desk.accounts import Accounts
from agent_desk.hub import Hub
from agent_desk.parts import Parts
from agent_desk.views import Views


@dataclass(frozen=True, slots=True)
class Running:
    """Parts given from outside, and what the application made of them."""

    parts: Parts
    accounts: Accounts
    views: Views
    hub: Hub

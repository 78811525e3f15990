"""The running application's own state: built once per app, found by every request."""

from __future__ import annotations

from dataclasses import dataclass

from agent_desk.accounts import Accounts, Person
from agent_desk.administration.whole import Administration
from agent_desk.alarms.rules import Rules as AlarmRules
from agent_desk.alarms.view import AlarmView
from agent_desk.articles import Articles
from agent_desk.board import BoardView
from agent_desk.floor import FloorView
from agent_desk.gazetteers import Gazetteers
from agent_desk.hub import Hub
from agent_desk.knowledge import KnowledgeBase
from agent_desk.layers import Layers
from agent_desk.offers import Offers
from agent_desk.parts import Parts
from agent_desk.permissions import Permission, may
from agent_desk.photos import Photos
from agent_desk.reports.reading import ReportReader
from agent_desk.routing_views import RoutingViews
from agent_desk.surroundings import SurroundingsView
from agent_desk.terminal_views import TerminalViews
from agent_desk.views import Views
from agent_desk.watching import WatchView
from dispatch.forces import Forces
from dispatch.merging import Merging
from dispatch.systems import Systems
from dispatch.talk import SeatTalk
from dispatch.terminal import Terminal


@dataclass(frozen=True, slots=True)
class Running:
    """Parts given from outside, and what the application made of them."""

    parts: Parts
    accounts: Accounts
    views: Views
    hub: Hub
    floor: FloorView
    knowledge: KnowledgeBase
    articles: Articles
    offers: Offers
    merging: Merging
    gazetteers: Gazetteers
    watching: WatchView
    systems: Systems
    routing_views: RoutingViews
    forces: Forces
    administration: Administration
    alarms: AlarmView
    alarm_rules: AlarmRules
    reports: ReportReader
    terminal: Terminal
    seat_talk: SeatTalk
    photos: Photos
    terminal_views: TerminalViews
    layers: Layers
    board: BoardView
    surroundings: SurroundingsView

    async def leave(self, person: Person) -> None:
        """End this sign-in; with the person's last one, leave the seat too.

        Raises ``Conflict`` in a call.
        """
        with self.hub.leaving(person.session_id):
            if may(person.role, Permission.WORK_SEAT) and not (
                await self.accounts.signed_in_elsewhere(person)
            ):
                await self.parts.telephony.sign_out(person.user_id)
            await self.accounts.sign_out(person.session_id)
            self.hub.drop_sign_in(person.session_id)

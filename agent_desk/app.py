"""The web application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from fastapi import FastAPI

from agent_desk.accounts import Accounts
from agent_desk.administration.whole import administration
from agent_desk.alarms.evaluator import Evaluator
from agent_desk.alarms.rules import Rules as AlarmRules
from agent_desk.alarms.view import AlarmTeller, AlarmView
from agent_desk.articles import Articles
from agent_desk.board import BoardTeller, BoardView
from agent_desk.floor import FloorTeller, FloorView
from agent_desk.gazetteers import MOST_BYTES as MOST_TABLE_BYTES
from agent_desk.gazetteers import Gazetteers
from agent_desk.hub import Hub
from agent_desk.knowledge import KnowledgeBase
from agent_desk.layers import MOST_BYTES as MOST_LAYER_BYTES
from agent_desk.layers import Layers
from agent_desk.offers import Offers
from agent_desk.pages import add_pages
from agent_desk.parts import Parts
from agent_desk.photos import MOST_BYTES as MOST_PHOTO_BYTES
from agent_desk.photos import Photos
from agent_desk.problems import add_problems
from agent_desk.reports.reading import ReportReader
from agent_desk.reports.roller import Roller
from agent_desk.routes import add_routes
from agent_desk.routing_views import RoutingViews
from agent_desk.running import Running
from agent_desk.shield import Shield
from agent_desk.surroundings import SurroundingsView
from agent_desk.terminal_views import TalkTeller, TerminalViews
from agent_desk.views import Views
from agent_desk.watching import WatchTeller, WatchView
from dispatch.forces import Forces
from dispatch.merging import Merging
from dispatch.systems import Systems
from dispatch.talk import SeatTalk
from dispatch.terminal import Terminal
from ivr.own_prompts import MOST_BYTES as MOST_RECORDING_BYTES

__all__ = ["Parts", "create_app"]

MOST_BODY_BYTES = 1024 * 1024


def create_app(parts: Parts) -> FastAPI:
    """The application on ``parts``. Its lifespan owns the tasks that feed open sockets."""
    accounts = Accounts(parts.database, parts.clock, parts.session_lifetime, parts.password_hasher)
    views = Views(parts)
    hub = Hub(parts.database, views, accounts, parts.check_interval)
    hub.subscribe(parts.bus)
    floor = FloorView(parts)
    teller = FloorTeller(hub, floor)
    teller.subscribe(parts.bus)
    watching = WatchView(parts.database)
    watch_teller = WatchTeller(hub, watching, parts.database)
    watch_teller.subscribe(parts.bus)
    alarms = AlarmView(parts.database)
    alarm_teller = AlarmTeller(hub, alarms, parts.database)
    alarm_teller.subscribe(parts.bus)
    evaluator = Evaluator(
        parts.database,
        parts.clock,
        lambda: views.helpers().model_dump(),
        parts.category_names,
    )
    board = BoardView(parts)
    board_teller = BoardTeller(hub, board)
    board_teller.subscribe(parts.bus)
    knowledge = KnowledgeBase(parts.database, parts.clock)
    administrators = administration(parts, accounts, hub)
    photos = Photos(parts, views)
    terminal_views = TerminalViews(parts, views)
    talk_teller = TalkTeller(hub, terminal_views, parts)
    talk_teller.subscribe(parts.bus)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with anyio.create_task_group() as group:
            group.start_soon(hub.run)
            group.start_soon(administrators.leaving.run)
            group.start_soon(teller.run)
            group.start_soon(watch_teller.run)
            group.start_soon(board_teller.run)
            group.start_soon(alarm_teller.run)
            group.start_soon(evaluator.run)
            group.start_soon(Roller(parts.database, parts.clock).run)
            group.start_soon(talk_teller.run)
            group.start_soon(photos.keep)
            group.start_soon(knowledge.warm)
            yield
            hub.close()
            group.cancel_scope.cancel()

    app = FastAPI(
        title="Yihu",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    app.state.running = Running(
        parts,
        accounts,
        views,
        hub,
        floor,
        knowledge,
        Articles(parts.database, parts.clock, knowledge),
        Offers(parts),
        Merging(parts.database, parts.clock),
        Gazetteers(parts),
        watching,
        Systems(parts.database, parts.clock, parts.orders),
        RoutingViews(parts),
        Forces(parts.database, parts.clock),
        administration=administrators,
        alarms=alarms,
        alarm_rules=AlarmRules(parts.database, parts.clock),
        reports=ReportReader(parts),
        terminal=Terminal(parts.database, parts.clock, parts.orders.review),
        seat_talk=SeatTalk(parts.database, parts.clock),
        photos=photos,
        terminal_views=terminal_views,
        layers=Layers(parts),
        board=board,
        surroundings=SurroundingsView(parts, board),
    )
    add_problems(app)
    add_routes(app)
    add_pages(app, parts.web_dist)
    app.add_middleware(
        Shield,
        allowed_origins=tuple(parts.allowed_origins),
        secure=parts.secure_cookies,
        most_body_bytes=MOST_BODY_BYTES,
        tiles=parts.map_tiles,
        larger_bodies={
            "/api/gazetteer": MOST_TABLE_BYTES,
            "/api/admin/prompts/recording": MOST_RECORDING_BYTES,
            "/api/map/base": MOST_LAYER_BYTES,
            # A little more: the route itself says what is too large.
            "/api/unit/photos": MOST_PHOTO_BYTES + MOST_BODY_BYTES // 2,
        },
    )
    return app

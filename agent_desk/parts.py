"""What the web application is built from; ``yihu.bootstrap`` fills it in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Protocol

from argon2 import PasswordHasher

from agent_desk.learning.learning import Learning
from classifier.live import LiveClassifier
from dispatch.orders import Orders
from dispatch.watch import Watch
from ivr.own_prompts import OwnPrompts
from ivr.service import Telephony
from models.bus import EventBus
from models.clock import Clock
from models.database import Database


class TaxonomyItem(Protocol):
    """A category as the classifier describes it."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def group(self) -> str: ...
    @property
    def emergency(self) -> bool: ...
    @property
    def level(self) -> str: ...
    @property
    def units(self) -> Sequence[str]: ...
    @property
    def ask(self) -> Sequence[str]: ...
    @property
    def advise(self) -> Sequence[str]: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything ``create_app`` needs.

    ``allowed_origins`` are pages on other hosts that may use the API, e.g.
    ``https://desk.example``; the own host is always allowed. ``suggestion_available`` tells
    whether a classifier was loaded, ``classifier`` is the one in use. ``gazetteer_csv`` is the
    site's table of place names, ``map_geojson`` its map, beside which an uploaded one is kept;
    ``map_tiles`` is the address of a tile server, or empty. ``watch`` keeps deadlines and
    channels; ``photos_dir`` holds units' photos. ``check_interval`` is how often open sockets'
    sign-ins are looked at again. A password hashed otherwise than by ``password_hasher`` is
    hashed anew at its next use.
    ``prompts`` are what callers hear, ``sip_server`` is ``host:port`` that telephones register
    at; ``webhook_loopback`` permits units' systems on this machine.
    """

    database: Database
    clock: Clock
    bus: EventBus
    telephony: Telephony
    orders: Orders
    categories: Sequence[TaxonomyItem]
    suggestion_available: bool
    web_dist: Path
    asterisk_http_port: int
    secure_cookies: bool = False
    allowed_origins: Sequence[str] = ()
    session_lifetime: timedelta = timedelta(hours=12)
    check_interval: timedelta = timedelta(seconds=10)
    password_hasher: PasswordHasher = field(default_factory=PasswordHasher)
    classifier: LiveClassifier | None = None
    watch: Watch | None = None
    gazetteer_csv: Path | None = None
    map_geojson: Path | None = None
    map_tiles: str = ""
    map_attribution: str = ""
    learning: Learning | None = None
    photos_dir: Path | None = None
    prompts: OwnPrompts | None = None
    sip_server: str = ""
    webhook_loopback: bool = False

    def category_names(self) -> Mapping[str, str]:
        """The categories' names by code, as they are at the moment; those of retired ones too."""
        if self.learning is not None:
            return self.learning.taxonomies.names()
        return {item.code: item.name for item in self.categories}

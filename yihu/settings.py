"""Settings of one instance, from ``YIHU_*`` variables (a ``.env`` file is not read).

Every port follows from ``port_base`` and every path from ``data_dir``, so two instances
live side by side when these two differ.
"""

from __future__ import annotations

import os
import re
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from dispatch.voice import ReviewRule
from models.errors import SetupError

PROJECT = Path(__file__).resolve().parent.parent

LOOPBACK_HOSTS = ("127.0.0.1", "localhost")
# What lists look like; and variables that tools of the project read.
LISTS = {
    "trunk_addresses": '["192.0.2.10", "198.51.100.0/28"]',
    "public_origins": '["https://desk.example"]',
}
OF_TOOLS = {"YIHU_SPEECH_TOKEN", "YIHU_CHROMIUM", "YIHU_TEST_PAGES", "YIHU_DEV_SERVER"}
TILE_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d{1,5})?")


def default_cache_dir() -> Path:
    """Where downloads that instances share are kept: ``$XDG_CACHE_HOME/yihu``."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "yihu"


def tile_address(address: str) -> str:
    """``address`` if a browser can fetch tiles from it; raises ``ValueError``."""
    if not address:
        return address
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in LOOPBACK_HOSTS:
        raise ValueError("a tile server's address begins with https://")
    if not TILE_HOST.fullmatch(parts.netloc):
        raise ValueError("the address names no plain host, such as tiles.example:8443")
    if missing := [name for name in ("{z}", "{x}", "{y}") if name not in address]:
        raise ValueError(f"the address lacks {' and '.join(missing)}")
    return address


class Settings(BaseSettings):
    """All settings; see ``docs/operations.md`` for the table."""

    model_config = SettingsConfigDict(env_prefix="YIHU_", extra="forbid")

    data_dir: Path = PROJECT / "var"
    cache_dir: Path = Field(default_factory=default_cache_dir)
    database_url: str = ""

    # The instance uses port_base to port_base + 599.
    port_base: Annotated[int, Field(ge=1024, le=64_900)] = 9600
    bind_address: str = "127.0.0.1"
    sip_address: str = "127.0.0.1"
    media_address: str = ""
    trunk_addresses: list[str] = Field(default_factory=lambda: ["127.0.0.1"])
    trunk_proxy: str = ""
    public_origins: list[str] = Field(default_factory=list)
    secure_cookies: bool = False
    tls: Literal["off", "self-signed", "own"] = "off"
    tls_certificate: Path = Path()
    tls_key: Path = Path()

    # Twilio as a second front door: off while the account is empty.
    twilio_account_sid: str = ""
    twilio_auth_token: SecretStr = SecretStr("")
    twilio_number: str = ""
    twilio_public_url: str = ""
    twilio_sip_target: str = ""
    twilio_queue: str = "96345"
    twilio_api_base: str = "https://api.twilio.com"

    # Text messages by another gateway than Twilio's, and e-mail: off while empty.
    sms_gateway_url: str = ""
    sms_gateway_token: SecretStr = SecretStr("")
    smtp_host: str = ""
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_security: Literal["tls", "starttls", "off"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_from: str = ""
    # Units' systems on this very machine, by http: for trying things out.
    webhook_loopback: bool = False

    # A tile server that the pages' maps may ask, on GCJ-02; empty: local maps only.
    map_tiles: Annotated[str, Field(max_length=500), AfterValidator(tile_address)] = ""
    map_attribution: Annotated[str, Field(max_length=100)] = ""

    asterisk_program: str = ""
    keep_asterisk: bool = False
    speech_model: str = "vosk-small-cn"
    speech_engines: Annotated[str, Field(max_length=4_000)] = ""  # QUEUE=MODEL, with commas
    speech_graph: Literal["static", "lazy"] = "static"
    second_opinion: str = ""  # a model's name, such as whisper-base; empty: none
    speech_workers: Annotated[int, Field(ge=0, le=64)] = 0  # 0: two, or the one core
    speech_restart_seconds: Annotated[float, Field(ge=0, le=3600)] = 2.0
    ring_seconds: Annotated[int, Field(ge=5, le=120)] = 20
    wrap_up_guard_seconds: Annotated[int, Field(ge=1, le=60)] = 3
    announce_seconds: Annotated[int, Field(ge=10, le=300)] = 20
    nobody_seconds: Annotated[int, Field(ge=5, le=300)] = 20
    # Callers are asked what they think of a result so long after it, at these hours only.
    review_after_seconds: Annotated[int, Field(ge=0, le=604_800)] = 600
    review_hours: Annotated[
        str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$")
    ] = "09:00-20:00"
    # Callers' words are kept this long for learning.
    learning_days: Annotated[int, Field(ge=1, le=3650)] = 365
    session_hours: Annotated[int, Field(ge=1, le=72)] = 12
    prompt_voice: str = ""  # empty: the voice of ivr/prompts.toml
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("review_hours")
    @classmethod
    def _in_order(cls, hours: str) -> str:
        begins, _, ends = hours.partition("-")
        if begins >= ends:
            raise ValueError("the first time must come before the second")
        return hours

    @property
    def review_rule(self) -> ReviewRule:
        """When callers are asked what they think of a result."""
        begins, _, ends = self.review_hours.partition("-")
        return ReviewRule(
            after=timedelta(seconds=self.review_after_seconds),
            begins=time.fromisoformat(begins),
            ends=None if ends == "24:00" else time.fromisoformat(ends),
        )

    @property
    def http_port(self) -> int:
        return self.port_base

    @property
    def sip_port(self) -> int:
        return self.port_base + 1

    @property
    def ami_port(self) -> int:
        return self.port_base + 2

    @property
    def agi_port(self) -> int:
        return self.port_base + 3

    @property
    def audiosocket_port(self) -> int:
        return self.port_base + 4

    @property
    def speech_control_port(self) -> int:
        return self.port_base + 5

    @property
    def asterisk_http_port(self) -> int:
        return self.port_base + 6

    @property
    def rtp_ports(self) -> tuple[int, int]:
        """First and last RTP port, both included."""
        return self.port_base + 200, self.port_base + 599

    @property
    def page_address(self) -> str:
        """Where the pages are, as a browser on this machine asks for them."""
        scheme = "http" if self.tls == "off" else "https"
        return f"{scheme}://{self.bind_address}:{self.http_port}/"

    @property
    def db_url(self) -> str:
        """SQLAlchemy's URL; SQLite in the data directory unless ``database_url`` is set."""
        return self.database_url or f"sqlite+aiosqlite:///{self.data_dir / 'yihu.sqlite3'}"

    @property
    def models_dir(self) -> Path:
        """Unpacked model files, shared by the instances of one machine."""
        return self.cache_dir / "models"

    @property
    def graphs_dir(self) -> Path:
        """Recognition graphs with a site's local names."""
        return self.cache_dir / "graphs"

    @property
    def prompts_cache(self) -> Path:
        """Spoken prompts, shared by the instances of one machine."""
        return self.cache_dir / "prompts"

    @property
    def prompts_dir(self) -> Path:
        """The instance's own recordings, which take the place of spoken prompts."""
        return self.data_dir / "prompts"

    @property
    def sounds_dir(self) -> Path:
        """What Asterisk plays: ``zh/`` and ``moh/``."""
        return self.data_dir.resolve() / "sounds"

    @property
    def asterisk_root(self) -> Path:
        """The private Asterisk that ``docker/install-asterisk.sh`` unpacks."""
        return self.cache_dir / "asterisk"

    @property
    def classifier_store(self) -> Path:
        """The centre's own trained models."""
        return self.data_dir.resolve() / "classifier"

    @property
    def taxonomy_toml(self) -> Path:
        """The centre's edited taxonomy; absent until a supervisor has edited it."""
        return self.data_dir.resolve() / "site" / "taxonomy.toml"

    @property
    def gazetteer_csv(self) -> Path:
        """The site's local names; absent until a site is loaded."""
        return self.data_dir / "site" / "gazetteer.csv"

    @property
    def map_geojson(self) -> Path:
        """The site's map; absent until a site is loaded. An uploaded one lies beside it."""
        return self.data_dir / "site" / "map.geojson"


def load_settings() -> Settings:
    """Read the settings; raises ``SetupError`` naming the variable that is wrong."""
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "YIHU_" + "_".join(str(part) for part in first["loc"]).upper()
        shown = str(first.get("input"))[:80]
        said = first["msg"].removeprefix("Value error, ")
        raise SetupError(f"{name}={shown!r} is not usable: {said}.") from None
    except SettingsError as error:  # a list that is no JSON
        field = next((name for name in LISTS if f'"{name}"' in str(error)), "")
        raise SetupError(
            f"YIHU_{field.upper()} is not usable: write a JSON list in single quotes, such as "
            f"YIHU_{field.upper()}='{LISTS.get(field, '[]')}'."
        ) from None


def unknown_variables() -> list[str]:
    """The ``YIHU_*`` variables that are no setting, such as misspelt ones."""
    known = {f"YIHU_{field.upper()}" for field in Settings.model_fields} | OF_TOOLS
    return sorted(name for name in os.environ if name.startswith("YIHU_") and name not in known)

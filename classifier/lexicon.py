"""The word lists of ``lexicon.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

LEXICON: dict[str, Any] = tomllib.loads(
    Path(__file__).with_name("lexicon.toml").read_text(encoding="utf-8")
)

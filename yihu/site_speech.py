"""What this site adds to the recogniser: its local names, and its callers' words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from asr.graph import Site
from asr.phrases import phrases
from classifier.utterances import frames, keywords
from yihu.settings import Settings

PLACE = "<place>"
CHOICE = re.compile(r"\[([^\[\]]*)\]")
SLOT = re.compile(r"\{(\w+)\}")
MOST_WAYS = 4  # of a frame with choices


def gazetteer(settings: Settings) -> Path | None:
    """The site's local names, once a site is loaded."""
    return settings.gazetteer_csv if settings.gazetteer_csv.is_file() else None


def site(settings: Settings) -> Site:
    """What a graph for this site is built from; raises ``SetupError`` for an unreadable file."""
    return Site.read(gazetteer(settings), sentences())


def sentences() -> list[str]:
    """How callers talk anywhere: phrases that go with places, and the classifier's corpus."""
    return [*phrases(), *callers_sentences()]


def callers_sentences() -> Iterator[str]:
    """The classifier's corpus as callers say it, a place as ``<place>``."""
    for frame in frames():
        ways = max((m[1].count("|") + 1 for m in CHOICE.finditer(frame.text)), default=1)
        for way in range(min(ways, MOST_WAYS)):
            told = CHOICE.sub(partial(_choice, way), frame.text)
            slots = set(SLOT.findall(told))
            if slots <= {"place"}:
                yield told.replace("{place}", PLACE)
    for _, phrase in keywords():
        yield phrase


def _choice(way: int, match: re.Match[str]) -> str:
    choices = match[1].split("|")
    return choices[way % len(choices)]

"""Which queues are heard by another engine than the usual one: ``YIHU_SPEECH_ENGINES``."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path

from ivr import repository
from models.database import Database
from yihu.settings import Settings


@dataclass(frozen=True, slots=True)
class QueueEngines:
    """The engine's name by queue, and the model folder by engine's name."""

    of_queues: dict[str, str] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """What to tell the speech process."""
        return [part for name in self.folders for part in self._argument(name)]

    def _argument(self, name: str) -> tuple[str, str, str]:
        return "--engine", name, str(self.folders[name])


async def chosen(
    settings: Settings, database: Database, say: Callable[[str], None]
) -> QueueEngines:
    """The setting, as far as it can be followed; ``say`` is told what of it cannot."""
    if not settings.speech_engines.strip():
        return QueueEngines()
    async with database.reading() as session:
        codes = await repository.queue_codes(session)
    return read(settings, codes, say)


def read(settings: Settings, codes: Collection[str], say: Callable[[str], None]) -> QueueEngines:
    """As ``chosen``, with the codes of all queues."""
    found = QueueEngines()
    usual = (settings.models_dir / settings.speech_model).resolve()
    for entry in filter(None, (part.strip() for part in settings.speech_engines.split(","))):
        code, _, name = (part.strip() for part in entry.partition("="))
        folder = settings.models_dir / name  # an absolute path stays one
        if wrong := _wrong(code, name, folder, codes, found):
            say(f"YIHU_SPEECH_ENGINES: {entry[:80]!r} is left out, {wrong}.")
        elif folder.resolve() != usual:
            folder = folder.resolve()
            known = (known for known, other in found.folders.items() if other == folder)
            found.of_queues[code] = name = next(known, name)
            found.folders[name] = folder
    return found


def _wrong(code: str, name: str, folder: Path, codes: Collection[str], found: QueueEngines) -> str:
    """Why an entry cannot be followed; empty where it can."""
    if not code or not name:
        return "it is not QUEUE=MODEL"
    if code not in codes:
        return f"there is no queue {code[:32]}, only {', '.join(codes)}"
    if code in found.of_queues:
        return f"queue {code} has {found.of_queues[code]} already"
    if not Path(name).is_absolute() and (Path(name).name != name or name == ".."):
        return "a model is named by its folder in the models folder or by an absolute path"
    if not folder.is_dir():
        return f"there is no folder {folder}: the usual engine hears the queue"
    return ""

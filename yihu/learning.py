"""The classifier's model folder, trained once per corpus and code and shared by instances, and
what an instance has learned since."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import anyio.to_thread

from agent_desk.learning.dial import Dial
from agent_desk.learning.learning import Learning
from agent_desk.learning.store import loaded
from agent_desk.learning.taxonomies import Taxonomies
from classifier.live import LiveClassifier
from classifier.weights import BadModel
from models.database import Database
from models.errors import SetupError
from yihu.processes import dying_with_parent, run_step
from yihu.settings import Settings

TRAINING = "training"
DATA = (".toml", ".txt", ".tsv")


def _modules(root: Path) -> set[Path]:
    """The modules of ``classifier`` that training imports, directly or through others."""
    found: set[Path] = set()
    pending = [TRAINING]
    while pending:
        path = root.joinpath(*pending.pop().split(".")).with_suffix(".py")
        if path in found or not path.is_file():
            continue
        found.add(path)
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.ImportFrom) and node.module:
                package, _, module = node.module.partition(".")
                if package == root.name:
                    names = [module] if module else [alias.name for alias in node.names]
                    pending.extend(names)
    return found


def source_digest() -> str:
    """A short hash of everything the trained model follows from: corpus, taxonomy, code."""
    digest = hashlib.sha256()
    root = Path(str(files("classifier")))
    modules = _modules(root)
    for path in sorted(root.rglob("*")):
        if path in modules or path.suffix in DATA:
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


async def ensure_trained(folder: Path, say: Callable[[str], None]) -> Path:
    """The model folder below ``folder`` for today's sources, trained now if it is not there.

    Training is a process of its own, so that Ctrl-C ends it at once and nothing half-made stays.
    Raises ``SetupError`` when it fails.
    """
    target = folder / source_digest()
    if target.is_dir():
        return target
    say("Training the classifier from its corpus, a minute or two ...")
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        part.mkdir(parents=True)
        command = [sys.executable, "-m", "classifier", "train", "--out", str(part)]
        await run_step(command, "The classifier could not be trained")
        try:
            part.rename(target)
        except OSError:  # another process trained the same meanwhile
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return target


async def train_ahead(settings: Settings, say: Callable[[str], None]) -> None:
    """Train now what ``opened`` will want; what goes wrong is left for it to say."""
    with suppress(OSError, SetupError):
        await ensure_trained(settings.cache_dir / "classifier", say)


async def opened(
    settings: Settings, database: Database, say: Callable[[str], None]
) -> tuple[Learning, LiveClassifier | None]:
    """What the centre has learned, and its classifier under the centre's taxonomy and threshold;
    ``None`` where none can be had, which is said: the seats work without."""
    taxonomies = Taxonomies(database, database.clock, settings.taxonomy_toml)
    dial = Dial(database, database.clock)
    await taxonomies.load()
    await dial.load()
    store = settings.classifier_store
    names = settings.gazetteer_csv if settings.gazetteer_csv.is_file() else None
    base: Path | None = None
    live: LiveClassifier | None = None
    try:
        base = await ensure_trained(settings.cache_dir / "classifier", say)
    except (OSError, SetupError) as error:
        say(str(error))  # a version of the store may do
    try:
        found = await anyio.to_thread.run_sync(
            loaded, store, base, names, taxonomies.current, dial.emergency_from, say
        )
        live = LiveClassifier(found)
    except (OSError, BadModel) as error:
        say(f"Calls are taken without suggestions: {error}")
    learning = Learning(
        database,
        database.clock,
        taxonomies,
        dial,
        store=store,
        base=base,
        live=live,
        command=dying_with_parent([sys.executable, "-m", "yihu", "learn", "--progress"]),
        keep_for=timedelta(days=settings.learning_days),
    )
    return learning, live

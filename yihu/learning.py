"""The classifier's model folder: trained once per corpus and code, shared by instances."""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from yihu.processes import run_step

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

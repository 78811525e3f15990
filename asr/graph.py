"""A site's recogniser: the model's graph composed once, with the site's local names in it.

Out of the box Vosk composes ``HCLr.fst`` with the n-gram ``Gr.fst`` while it decodes, which
takes almost all of its time and knows no local name. Here both are composed beforehand with
OpenFst's programs (Debian's ``libfst-tools`` and ``libfst*-plugins-base``), after the site's
names, numbers and callers' phrases were added to the grammar (``asr.grammar``). A name's
character that the model has no word for gives place to one that sounds the same;
``local_names.tsv`` beside the graph says what to write.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from asr.grammar import Base, Costs, SiteGrammar
from asr.localnames import read_names, write_names
from asr.vocabulary import Vocabulary
from models.errors import SetupError

log = logging.getLogger(__name__)

BUILDER = "4"  # part of a graph's name: a new builder makes new graphs
PROGRAMS: tuple[str, ...] = ("fstsymbols", "fstprint", "fstcompile", "fstarcsort")
PROGRAMS += ("fstcompose", "fstrelabel", "fstconnect", "fstconvert")
PLUGINS = "*/fst/[0-9]*/olabel_lookahead-fst.so"  # the number is the library's
NEEDED_BYTES = 1_500_000_000  # twice what the largest intermediate files were seen to take
STEP_SECONDS = 1_800.0
UNHEARD_OF = 20.0  # what a word costs that the grammar has no place for
KEPT_GRAPHS = 4
ABOUT = "about.json"  # the last file of a whole graph; who recognises with it holds a lock on it

Progress = Callable[[str], None]
Check = Callable[[Path], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Site:
    """What a site adds to a model: its local names, and sentences as its callers say them."""

    names: tuple[str, ...] = ()
    sentences: tuple[str, ...] = ()
    costs: Costs = field(default_factory=Costs)

    @classmethod
    def read(cls, gazetteer: Path | None, sentences: Sequence[str] = ()) -> Site:
        """Raises ``SetupError`` when the gazetteer cannot be read."""
        names = read_names(gazetteer) if gazetteer else []
        return cls(tuple(sorted(names)), tuple(sorted(set(sentences))))


def graph_name(model: Path, site: Site) -> str:
    """A folder name that changes with the model, the site and the builder."""
    digest = hashlib.sha256(f"{BUILDER}\n{model.name}\n".encode())
    digest.update((model / "graph" / "Gr.fst").stat().st_size.to_bytes(8, "big"))
    for part in (site.names, site.sentences, (json.dumps(asdict(site.costs)),)):
        digest.update("\n".join((*part, "")).encode() + b"\0")
    return f"{model.name}-{digest.hexdigest()[:12]}"


def has_own_grammar(model: Path) -> bool:
    """Whether a graph can be built from ``model``: its grammar is apart from its lexicon."""
    return (model / "graph" / "Gr.fst").is_file()


def built(model: Path, site: Site, graphs: Path) -> Path | None:
    """The model folder that ``ensure`` would give without building; ``None`` if it would build."""
    if not has_own_grammar(model):
        return model
    target = graphs / graph_name(model, site)
    return target if is_whole(target) else None


def ensure(
    model: Path, site: Site, graphs: Path, progress: Progress, check: Check | None = None
) -> Path:
    """The model folder to recognise with: ``model``'s static graph with what the site adds.

    Builds it below ``graphs`` when it is not there yet, one to two minutes, one build at a
    time; the latest former ones stay for roll-back. ``check`` is given the new folder and
    returns figures to keep with it, or raises ``SetupError``. A model without ``Gr.fst`` is used
    as it is. Raises ``SetupError`` when the check does, OpenFst's programs are missing or fail
    or the disk is full; nothing half-built stays, and ``model`` is never changed.
    """
    if not has_own_grammar(model):
        return model
    target = graphs / graph_name(model, site)
    if not is_whole(target):
        tools = Tools.find()
        try:
            with _building(graphs, progress):
                if not is_whole(target):
                    progress(
                        f"Building the recogniser's graph with {len(site.names)} local names, "
                        "a minute or two ..."
                    )
                    _build(model, site, target, tools, check)
        except OSError as error:
            raise SetupError(
                f"The recogniser's graph could not be built in {graphs}: {error.strerror or error}."
            ) from None
    target.touch()
    _forget_old(graphs, target)
    return target


def used_last(graphs: Path, model: str) -> Path | None:
    """The graph of a model that was built or used last; ``None`` where there is none."""
    found = [path for path in graphs.glob(f"{model}-*") if is_whole(path)]
    return max(found, key=lambda path: path.stat().st_mtime, default=None)


def hold(model: Path) -> int | None:
    """Keep a built graph from being removed until the returned descriptor is closed, and note
    that it was used."""
    try:
        held = os.open(model / "graph" / ABOUT, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:  # a model that was not built here
        return None
    fcntl.flock(held, fcntl.LOCK_SH)
    with suppress(OSError):  # it belongs to another user
        os.utime(model)
    return held


@dataclass(frozen=True, slots=True)
class Built:
    """A graph in the cache: when it was built (seconds since 1970), of what, and what its check
    found."""

    folder: Path
    built_at: float
    names: int
    sentences: int
    check: dict[str, Any]


def list_built(graphs: Path, model: str) -> list[Built]:
    """The graphs of a model, the newest first; a damaged one is left out."""
    found: list[Built] = []
    for folder in graphs.glob(f"{model}-*"):
        path = folder / "graph" / ABOUT
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            counts = int(about.get("names", 0)), int(about.get("sentences", 0))
            found.append(Built(folder, path.stat().st_mtime, *counts, about.get("check", {})))
        except (OSError, ValueError, AttributeError):
            continue
    return sorted(found, key=lambda one: one.built_at, reverse=True)


def is_whole(target: Path) -> bool:
    """Whether a folder holds a graph that was built to its end."""
    return (target / "graph" / ABOUT).is_file()


@contextmanager
def _building(graphs: Path, progress: Progress) -> Iterator[None]:
    """The only builder below ``graphs``; what a killed one left is removed."""
    graphs.mkdir(parents=True, exist_ok=True)
    with (graphs / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Another process builds a recogniser's graph: waiting for it ...")
            fcntl.flock(lock, fcntl.LOCK_EX)
        for left in graphs.glob("*.part"):
            shutil.rmtree(left, ignore_errors=True)
        yield


def _build(model: Path, site: Site, target: Path, tools: Tools, check: Check | None) -> None:
    """Compose the static graph of ``model`` for ``site`` into the new folder ``target``."""
    free = shutil.disk_usage(target.parent).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"Building the recogniser's graph needs {NEEDED_BYTES // 2**20} MiB at "
            f"{target.parent}, {free // 2**20} MiB are free: make room there."
        )
    part = target.with_name(f"{target.name}.part")
    try:
        for piece in ("am", "conf", "ivector", "graph/phones"):
            if (model / piece).is_dir():
                shutil.copytree(model / piece, part / piece, copy_function=_link)
        (part / "graph").mkdir(parents=True, exist_ok=True)
        stand_ins = _compose(model / "graph", site, part / "graph", tools)
        about: dict[str, Any] = {"builder": BUILDER, "model": model.name, "names": len(site.names)}
        about |= {"sentences": len(site.sentences), "stand_ins": stand_ins}
        about["check"] = check(part) if check else {}
        (part / "graph" / ABOUT).write_text(json.dumps(about, ensure_ascii=False))
        if target.is_dir():  # not whole, so nobody uses it
            shutil.rmtree(target)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _compose(source: Path, site: Site, folder: Path, tools: Tools) -> int:
    """Write the graph, its words and the local names; returns the number of stand-ins."""
    words, grammar = folder / "words.txt", folder / "G.txt"
    tools.run("fstsymbols", f"--save_osymbols={words}", source / "Gr.fst", "/dev/null")
    tools.run("fstprint", source / "Gr.fst", grammar)
    base, costs = _states_of(grammar)
    with words.open(encoding="utf-8") as handle:
        known = {line.split()[0]: UNHEARD_OF for line in handle}
    added = SiteGrammar(Vocabulary(known | costs), base, site.costs)
    added.add(site.names, site.sentences)
    with grammar.open("a", encoding="utf-8") as handle:
        for arc in added.arcs:
            word = arc.word or "<eps>"
            handle.write(f"{arc.start}\t{arc.end}\t{word}\t{word}\t{arc.cost}\n")
    relabel = folder / "relabel.txt"
    ids = (source / "disambig_tid.int").read_text().split()
    relabel.write_text("".join(f"{number} 0\n" for number in ids))

    symbols = f"--isymbols={words}", f"--osymbols={words}"
    compiled = tools.step("fstcompile", *symbols, given=grammar)
    sort = tools.step("fstarcsort", "--sort_type=ilabel", given=compiled)
    composed = tools.step("fstcompose", source / "HCLr.fst", given=sort)
    silent = tools.step("fstrelabel", f"--relabel_ipairs={relabel}", given=composed)
    connected = tools.step("fstconnect", given=silent)
    constant = tools.step("fstconvert", "--fst_type=const", given=connected)
    constant.rename(folder / "HCLG.fst")
    relabel.unlink()
    write_names(folder, site.names, added.written)
    return len(added.written)


def _states_of(grammar: Path) -> tuple[Base, dict[str, float]]:
    """Where the grammar begins, the state reached from there by back-off alone, the first
    unused state; and what each word costs without history."""
    back_off: dict[int, int] = {}
    start, highest = -1, 0
    with grammar.open(encoding="utf-8") as handle:
        for fields in map(str.split, handle):
            state = int(fields[0])
            start = state if start < 0 else start
            highest = max(highest, state, int(fields[1]) if len(fields) > 2 else 0)
            if len(fields) > 2 and fields[2] == "<eps>":
                back_off[state] = int(fields[1])
    unigram = start
    seen: set[int] = set()
    while unigram in back_off and unigram not in seen:
        seen.add(unigram)
        unigram = back_off[unigram]
    costs: dict[str, float] = {}
    with grammar.open(encoding="utf-8") as handle:
        for fields in map(str.split, handle):
            if len(fields) > 3 and int(fields[0]) == unigram:
                costs[fields[2]] = float(fields[4]) if len(fields) > 4 else 0.0
    return Base(start, unigram, highest + 1), costs


def _number(plugins: Path) -> int:
    return int(plugins.name) if plugins.name.isdecimal() else 0


class Tools:
    """OpenFst's programs."""

    def __init__(self, programs: dict[str, str], plugins: Path) -> None:
        self._programs = programs
        self._plugins = plugins

    @classmethod
    def find(cls) -> Tools:
        """Raises ``SetupError`` when a program or the plug-ins are missing."""
        programs = {name: path for name in PROGRAMS if (path := shutil.which(name))}
        places = (Path("/usr/lib"), Path("/usr/local/lib"))
        plugins = [found.parent for place in places for found in place.glob(PLUGINS)]
        if len(programs) < len(PROGRAMS) or not plugins:
            raise SetupError(
                "OpenFst's programs are missing, the recogniser's graph is built with them: "
                "install the Debian packages libfst-tools and libfst*-plugins-base."
            )
        return cls(programs, max(plugins, key=_number))

    def step(self, program: str, *arguments: str | Path, given: Path) -> Path:
        """Run ``program`` from ``given``, which is removed, to the returned file beside it."""
        made = given.with_name(f"{program}.fst")
        self.run(program, *arguments, given, made)
        given.unlink()
        return made

    def run(self, program: str, *arguments: str | Path) -> None:
        """Run one program; raises ``SetupError`` with its last line when it fails."""
        try:
            done = subprocess.run(  # noqa: S603 - arguments are paths of ours, no shell reads them
                [self._programs[program], *map(str, arguments)],
                env={**os.environ, "LD_LIBRARY_PATH": str(self._plugins)},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=STEP_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise SetupError(
                f"The recogniser's graph could not be built: {program} took longer than "
                f"{STEP_SECONDS:g} s."
            ) from None
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
            raise SetupError(f"The recogniser's graph could not be built: {program}: {last}")


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _forget_old(graphs: Path, newest: Path) -> None:
    """Remove all but the latest graphs; one that is held stays."""
    built = [path for path in graphs.iterdir() if is_whole(path)]
    built.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [path for path in built if path != newest][KEPT_GRAPHS - 1 :]:
        try:
            with (path / "graph" / ABOUT).open() as held:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(path, ignore_errors=True)
        except OSError:
            log.info("the graph %s is in use: it stays", path.name)

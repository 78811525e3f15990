"""A site's recogniser: the model's graph composed once, with the site's local names in it.

Out of the box Vosk composes ``HCLr.fst`` with the n-gram ``Gr.fst`` while it decodes, which
takes almost all of its time and knows no local name. Here both are composed beforehand with
OpenFst's programs (Debian's ``libfst-tools`` and ``libfst22-plugins-base``), after two things
were added to the grammar's unigram state: a trie of the names, and behind each name the house
numbers people say (十二栋三单元). A name's character that the model has no word for stands in
for by one that sounds the same; ``local_names.tsv`` beside the graph says what to write.
"""

from __future__ import annotations

import csv
import hashlib
import json
import logging
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pypinyin import Style, lazy_pinyin

from models.errors import SetupError

log = logging.getLogger(__name__)

BUILDER = "1"  # part of a graph's name: a new builder makes new graphs
PROGRAMS: tuple[str, ...] = ("fstsymbols", "fstprint", "fstcompile", "fstarcsort")
PROGRAMS += ("fstcompose", "fstrelabel", "fstconnect", "fstconvert")
PLUGINS = "*/fst/22/olabel_lookahead-fst.so"
NEEDED_BYTES = 1_500_000_000
STEP_SECONDS = 1_800.0
KEPT_GRAPHS = 4
LONGEST_NAME = 20
MOST_NAMES = 50_000

# Costs are negative natural logarithms. A first word of a name costs what a rather rare word
# of the model costs, so that common words still win where both fit the sound.
NAME_COST = 7.0
NAME_NEXT_COST = 0.5
LEAVE_NAME_COST = 0.7
HOUSE_COST = 3.0
LARGE_HOUSE_COST = 4.0
HOUSE_UNIT_COST = 0.7
LEAVE_HOUSE_COST = 3.0
NEXT_COST = 0.3
LARGEST_HOUSE = 300
HOUSE_UNITS = ("栋", "幢", "号", "号楼", "单元", "楼", "室", "层", "弄", "公里")
DIGITS = "零一二三四五六七八九"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Arc:
    """An arc of the grammar; ``word`` is empty for an epsilon."""

    start: int
    end: int
    word: str
    cost: float


class Vocabulary:
    """The model's words, and how a text is said with them."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = frozenset(words)
        self._alike: dict[str, str] = {}
        for word in sorted(self._words):
            if len(word) == 1:
                self._alike.setdefault(_sound(word), word)

    def split(self, text: str) -> tuple[str, ...]:
        """``text`` in the fewest words; a character without one gives place to one that sounds
        the same. Empty where that cannot be."""
        best: list[tuple[int, tuple[str, ...]] | None] = [(0, ())]
        for end in range(1, len(text) + 1):
            found: list[tuple[int, tuple[str, ...]]] = []
            for start in range(max(0, end - 8), end):
                before = best[start]
                word = self._word(text[start:end])
                if before is not None and word:
                    # A stand-in costs more than any number of real words.
                    price = 1 if word == text[start:end] else 1_000
                    found.append((before[0] + price, (*before[1], word)))
            best.append(min(found) if found else None)
        whole = best[-1]
        return whole[1] if whole else ()

    def _word(self, piece: str) -> str:
        if piece in self._words:
            return piece
        return self._alike.get(_sound(piece), "") if len(piece) == 1 else ""


def _sound(character: str) -> str:
    return str(lazy_pinyin(character, style=Style.TONE3)[0])


def read_names(gazetteer: Path) -> list[str]:
    """The names and aliases (split at ``|``, ``、`` or ``;``) of a gazetteer CSV, without what
    no recogniser can say: other than Chinese characters, one character, or over 20."""
    names: dict[str, None] = {}
    try:
        with gazetteer.open(encoding="utf-8-sig", newline="") as handle:
            for row in csv.DictReader(handle):
                given = f"{row.get('name') or ''}|{row.get('aliases') or ''}"
                for mark in "、;；":
                    given = given.replace(mark, "|")
                for name in given.split("|"):
                    if 2 <= len(name.strip()) <= LONGEST_NAME and _chinese(name.strip()):
                        names[name.strip()] = None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise SetupError(
            f"The gazetteer {gazetteer} cannot be read ({error}): give a UTF-8 CSV file."
        ) from None
    if len(names) > MOST_NAMES:
        raise SetupError(
            f"{gazetteer} has {len(names)} names, the recogniser takes {MOST_NAMES}: "
            "leave out those that callers will hardly say."
        )
    return list(names)


def _chinese(text: str) -> bool:
    return all("\u4e00" <= character <= "\u9fff" for character in text)


def say_number(value: int) -> str:
    """1 to 999 as one says it: 十二, 一百零五, 二百三十."""
    hundreds, rest = divmod(value, 100)
    tens, ones = divmod(rest, 10)
    text = f"{DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        text += "十" if tens == 1 and not hundreds else f"{DIGITS[tens]}十"
    elif ones and hundreds:
        text += "零"
    return text + (DIGITS[ones] if ones else "")


def local_arcs(
    names: Iterable[str], vocabulary: Vocabulary, unigram: int, first_free: int
) -> tuple[list[Arc], dict[tuple[str, ...], str]]:
    """The arcs to add, and of each name said with stand-ins what it is written as."""
    behind, numbered = first_free, first_free + 1
    free = first_free + 2
    arcs = [
        Arc(behind, unigram, "", LEAVE_NAME_COST),
        Arc(numbered, unigram, "", LEAVE_HOUSE_COST),
    ]
    known: dict[tuple[int, str, bool], int] = {}
    written: dict[tuple[str, ...], str] = {}

    def add(start: int, words: tuple[str, ...], cost: float, next_cost: float, end: int) -> None:
        nonlocal free
        at = start
        for position, word in enumerate(words):
            last = position == len(words) - 1
            key = (at, word, last)
            if key not in known:
                known[key] = end if last else free
                free += 0 if last else 1
                arcs.append(Arc(at, known[key], word, next_cost if position else cost))
            at = known[key]

    for name in names:
        words = vocabulary.split(name)
        if not words:
            log.warning("a local name of %d characters cannot be said with this model", len(name))
            continue
        add(unigram, words, NAME_COST, NAME_NEXT_COST, behind)
        if "".join(words) != name:
            written[words] = name
    for value in range(1, LARGEST_HOUSE):
        words = vocabulary.split(say_number(value))
        add(behind, words, HOUSE_COST if value < 100 else LARGE_HOUSE_COST, NEXT_COST, numbered)
    for unit in HOUSE_UNITS:
        add(numbered, vocabulary.split(unit), HOUSE_UNIT_COST, NEXT_COST, behind)
    return arcs, written


def graph_name(model: Path, names: Iterable[str]) -> str:
    """A folder name that changes with the model, the names and the builder."""
    digest = hashlib.sha256(f"{BUILDER}\n{model.name}\n".encode())
    digest.update((model / "graph" / "Gr.fst").stat().st_size.to_bytes(8, "big"))
    digest.update("\n".join(sorted(names)).encode())
    return f"{model.name}-{digest.hexdigest()[:12]}"


def ensure(model: Path, gazetteer: Path | None, graphs: Path, progress: Progress) -> Path:
    """The model folder to recognise with: ``model``'s static graph with the site's names.

    Builds it below ``graphs`` when it is not there yet, about a minute; a former one stays for
    roll-back. A model without ``Gr.fst`` is used as it is. Raises ``SetupError`` when OpenFst's
    programs are missing or fail, or the disk is full.
    """
    if not (model / "graph" / "Gr.fst").is_file():
        return model
    names = read_names(gazetteer) if gazetteer else []
    target = graphs / graph_name(model, names)
    if (target / "graph" / "HCLG.fst").is_file():
        target.touch()
        return target
    progress(f"Building the recogniser's graph with {len(names)} local names, a minute or two ...")
    build(model, names, target)
    _forget_old(graphs, target)
    return target


def build(model: Path, names: Iterable[str], target: Path) -> None:
    """Compose the static graph of ``model`` with ``names`` into the new folder ``target``."""
    libraries = _plugins()
    target.parent.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(target.parent).free
    if free < NEEDED_BYTES:
        raise SetupError(
            f"Building the recogniser's graph needs {NEEDED_BYTES // 2**20} MiB at "
            f"{target.parent}, {free // 2**20} MiB are free: make room there."
        )
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        for piece in ("am", "conf", "ivector", "graph/phones"):
            if (model / piece).is_dir():
                shutil.copytree(model / piece, part / piece, copy_function=_link)
        _compose(model / "graph", list(names), part / "graph", libraries)
        try:
            part.rename(target)
        except OSError:  # another process built the same graph meanwhile
            if not target.is_dir():
                raise
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _compose(source: Path, names: list[str], folder: Path, libraries: str) -> None:
    grammar, words, work = folder / "G.txt", folder / "words.txt", folder / "work.fst"

    def run(command: str) -> str:
        return _run(command, libraries)

    run(f"fstsymbols --save_osymbols={_q(words)} {_q(source / 'Gr.fst')} /dev/null")
    run(f"fstprint {_q(source / 'Gr.fst')} {_q(grammar)}")
    unigram, first_free = _unigram_and_next(grammar)
    with words.open(encoding="utf-8") as handle:
        vocabulary = Vocabulary(line.split()[0] for line in handle)
    arcs, written = local_arcs(names, vocabulary, unigram, first_free)
    with grammar.open("a", encoding="utf-8") as handle:
        for arc in arcs:
            word = arc.word or "<eps>"
            handle.write(f"{arc.start}\t{arc.end}\t{word}\t{word}\t{arc.cost}\n")
    symbols = f"--isymbols={_q(words)} --osymbols={_q(words)}"
    run(f"fstcompile {symbols} {_q(grammar)} | fstarcsort --sort_type=ilabel > {_q(work)}")
    grammar.unlink()
    composed = folder / "composed.fst"
    run(f"fstcompose {_q(source / 'HCLr.fst')} {_q(work)} {_q(composed)}")
    work.unlink()
    relabel = folder / "relabel.txt"
    ids = (source / "disambig_tid.int").read_text().split()
    relabel.write_text("".join(f"{number} 0\n" for number in ids))
    run(
        f"fstrelabel --relabel_ipairs={_q(relabel)} {_q(composed)} | fstconnect | "
        f"fstconvert --fst_type=const - {_q(folder / 'HCLG.fst')}"
    )
    composed.unlink()
    relabel.unlink()
    (folder / "local_names.tsv").write_text(
        "".join(f"{' '.join(said)}\t{name}\n" for said, name in sorted(written.items())), "utf-8"
    )
    about = {"builder": BUILDER, "names": len(names), "stand_ins": len(written)}
    (folder / "about.json").write_text(json.dumps(about))


def _unigram_and_next(grammar: Path) -> tuple[int, int]:
    """The state reached from the start by back-off alone, and the first unused state number."""
    back_off: dict[int, int] = {}
    start, highest = -1, 0
    for fields in _rows(grammar):
        state = int(fields[0])
        start = state if start < 0 else start
        highest = max(highest, state, int(fields[1]) if len(fields) > 2 else 0)
        if len(fields) > 2 and fields[2] == "<eps>":
            back_off[state] = int(fields[1])
    seen: set[int] = set()
    while start in back_off and start not in seen:
        seen.add(start)
        start = back_off[start]
    return start, highest + 1


def _rows(grammar: Path) -> Iterator[list[str]]:
    with grammar.open(encoding="utf-8") as handle:
        for line in handle:
            yield line.split()


def _plugins() -> str:
    """The folder of OpenFst's plug-ins; raises ``SetupError`` when a program is missing."""
    missing = [program for program in PROGRAMS if shutil.which(program) is None]
    found = sorted(Path("/usr/lib").glob(PLUGINS)) + sorted(Path("/usr/local/lib").glob(PLUGINS))
    if missing or not found:
        raise SetupError(
            "OpenFst's programs are missing, the recogniser's graph is built with them: "
            "install the Debian packages libfst-tools and libfst22-plugins-base."
        )
    return str(found[0].parent)


def _run(command: str, libraries: str) -> str:
    """Run a pipe of OpenFst's programs; raises ``SetupError`` with their last line."""
    # The paths in the command are quoted by _q; no other outside text is in it.
    done = subprocess.run(  # noqa: S603
        ["/bin/bash", "-c", f"set -euo pipefail; {command}"],
        env={**os.environ, "LD_LIBRARY_PATH": libraries},
        capture_output=True,
        text=True,
        timeout=STEP_SECONDS,
        check=False,
    )
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        raise SetupError(f"The recogniser's graph could not be built ({last}).")
    return done.stdout


def _q(path: Path) -> str:
    return "'" + str(path).replace("'", "'\\''") + "'"


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


def _forget_old(graphs: Path, newest: Path) -> None:
    built = [path for path in graphs.iterdir() if (path / "graph" / "about.json").is_file()]
    built.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in [path for path in built if path != newest][KEPT_GRAPHS - 1 :]:
        shutil.rmtree(path, ignore_errors=True)

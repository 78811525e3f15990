"""Building a site's graph: with OpenFst on a toy model, and once on the real one, spoken to."""

from __future__ import annotations

import fcntl
import os
import subprocess
import threading
from pathlib import Path
from uuid import uuid4

import anyio
import pytest

from asr import audiosocket, graph
from asr.client import FinalHeard, PartialHeard, SpeechUp, StreamEnded
from asr.engine import Pool, VoskEngine
from asr.evaluate import through_service
from asr.graph import Check, Progress, Site
from asr.localnames import all_names
from models.errors import SetupError
from tests.asr.conftest import Heard, Spoken, Start, until

pytestmark = pytest.mark.integration

WORDS = ("<eps>", "我", "南", "苑", "蒙", "村", "一", "号")
SILENT = len(WORDS)  # a transition id that is no sound, to be taken out
GAZETTEER = "name,kind,parent,aliases,lon,lat\n南苑,compound,,濛村,,\n"


def ensure(
    model: Path,
    gazetteer: Path | None,
    graphs: Path,
    progress: Progress,
    check: Check | None = None,
) -> Path:
    return graph.ensure(model, Site.read(gazetteer), graphs, progress, check)


def openfst(program: str, *arguments: str | Path, given: str = "") -> str:
    done = subprocess.run(
        [program, *map(str, arguments)], input=given, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model of seven words in Vosk's shape, whose n-gram knows only 我."""
    folder = tmp_path / "models" / "toy"
    (folder / "am").mkdir(parents=True)
    (folder / "am" / "final.mdl").write_bytes(b"a model")
    (folder / "graph").mkdir()
    symbols = tmp_path / "words.txt"
    symbols.write_text("".join(f"{word} {number}\n" for number, word in enumerate(WORDS)))
    grammar = "0 1 <eps> <eps> 0.5\n1 1 我 我 2\n0\n1\n"
    keep = f"--isymbols={symbols}", f"--osymbols={symbols}", "--keep_isymbols", "--keep_osymbols"
    openfst("fstcompile", *keep, "-", folder / "graph" / "Gr.fst", given=grammar)
    sounds = [f"0 0 {number} {number} 1\n" for number in range(1, len(WORDS))]
    text = "".join([*sounds, f"0 1 {SILENT} 0 0\n1 0 1 1 0\n0\n"])
    openfst("fstcompile", "-", folder / "graph" / "HCLr.fst", given=text)
    (folder / "graph" / "disambig_tid.int").write_text(f"{SILENT}\n")
    return folder


@pytest.fixture
def gazetteer(tmp_path: Path) -> Path:
    path = tmp_path / "gazetteer.csv"
    path.write_text(GAZETTEER, encoding="utf-8")
    return path


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder; empty where there is none."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".lock"
    }


def heard_words(built: Path) -> set[str]:
    arcs = [line.split() for line in openfst("fstprint", built / "graph" / "HCLG.fst").splitlines()]
    return {WORDS[int(arc[3])] for arc in arcs if len(arc) >= 4} - {"<eps>"}


def test_the_names_are_added_and_the_model_stays(
    model: Path, gazetteer: Path, tmp_path: Path
) -> None:
    before, told = files(model), list[str]()
    built = ensure(model, gazetteer, tmp_path / "graphs", told.append)
    assert heard_words(built) == {"我", "南", "苑", "蒙", "村", "一", "号"}
    without = ensure(model, None, tmp_path / "graphs", told.append)
    assert heard_words(without) == {"我", "一", "号"}  # numbers with their units belong anywhere
    assert (built / "graph" / "local_names.tsv").read_text("utf-8") == "蒙 村\t濛村\n"
    assert (built / "am" / "final.mdl").read_bytes() == b"a model"
    arcs = openfst("fstprint", built / "graph" / "HCLG.fst").splitlines()
    assert not any(line.split()[2:3] == [str(SILENT)] for line in arcs)
    names = {path.name for path in (built / "graph").iterdir()}
    assert names == {
        "HCLG.fst",
        "words.txt",
        "local_names.tsv",
        "all_names.txt",
        "about.json",
    }
    assert all_names(built) == ["南苑", "濛村"]
    assert files(model) == before
    assert ["2 local names" in line for line in told] == [True, False]


def test_a_graph_is_built_once_and_anew_for_other_names(
    model: Path, gazetteer: Path, tmp_path: Path
) -> None:
    told: list[str] = []
    first = ensure(model, gazetteer, tmp_path / "graphs", told.append)
    gazetteer.write_text(GAZETTEER.replace("南苑", "濛村|南苑") + "x\n\n", encoding="utf-8")
    assert ensure(model, gazetteer, tmp_path / "graphs", told.append) == first  # the same names
    gazetteer.write_text(GAZETTEER + "南村,village,,,,\n", encoding="utf-8")
    assert ensure(model, gazetteer, tmp_path / "graphs", told.append) != first
    assert len(told) == 2


def test_what_is_built_is_known_without_building(
    model: Path, gazetteer: Path, tmp_path: Path
) -> None:
    assert graph.built(model, Site.read(gazetteer), tmp_path / "graphs") is None
    made = ensure(model, gazetteer, tmp_path / "graphs", lambda line: None)
    assert graph.built(model, Site.read(gazetteer), tmp_path / "graphs") == made
    assert graph.built(model, Site(), tmp_path / "graphs") is None
    assert graph.built(tmp_path, Site(), tmp_path / "graphs") == tmp_path


def test_a_model_with_a_graph_of_its_own_is_used_as_it_is(tmp_path: Path) -> None:
    assert ensure(tmp_path, None, tmp_path / "graphs", pytest.fail) == tmp_path
    assert not (tmp_path / "graphs").exists()


def test_a_graph_that_fails_its_check_is_not_kept(
    model: Path, gazetteer: Path, tmp_path: Path
) -> None:
    graphs, seen = tmp_path / "graphs", list[Path]()

    def fails(folder: Path) -> dict[str, object]:
        seen.append(folder / "graph" / "HCLG.fst")
        assert seen[-1].is_file()
        raise SetupError("it hears nothing")

    with pytest.raises(SetupError, match="hears nothing"):
        ensure(model, gazetteer, graphs, lambda line: None, fails)
    assert not seen[0].exists()
    assert graph.list_built(graphs, "toy") == []
    ensure(model, gazetteer, graphs, lambda line: None, lambda folder: {"found": 4})
    (one,) = graph.list_built(graphs, "toy")
    assert (one.names, one.sentences, one.check) == (2, 0, {"found": 4})
    assert graph.used_last(graphs, "toy") == one.folder
    assert graph.used_last(graphs, "other") is None


def test_two_processes_build_one_graph(model: Path, gazetteer: Path, tmp_path: Path) -> None:
    graphs, told, made = tmp_path / "graphs", list[str](), list[Path]()
    graphs.mkdir()

    def start() -> None:
        made.append(ensure(model, gazetteer, graphs, told.append))

    with (graphs / ".lock").open("w") as lock:  # a third one builds
        fcntl.flock(lock, fcntl.LOCK_EX)
        threads = [threading.Thread(target=start) for _ in range(2)]
        for thread in threads:
            thread.start()
        left = graphs / "killed.part"
        left.mkdir()
        until(lambda: len(told) == 2, 20, "both wait")
    for thread in threads:
        thread.join(60)
    assert made[0] == made[1]
    assert sum("Building" in line for line in told) == 1
    assert sum("waiting" in line for line in told) == 2
    assert not left.exists()


def test_the_latest_graphs_and_those_in_use_are_kept(
    model: Path, gazetteer: Path, tmp_path: Path
) -> None:
    graphs, built = tmp_path / "graphs", list[Path]()

    def build(number: int) -> None:
        gazetteer.write_text(GAZETTEER + f"{'南' * (number + 2)},road,,,,\n", encoding="utf-8")
        built.append(ensure(model, gazetteer, graphs, lambda line: None))
        os.utime(built[-1], (number, number))

    build(0)
    held = graph.hold(built[0])
    assert held is not None
    assert built[0].stat().st_mtime > 0
    os.utime(built[0], (0, 0))
    for number in range(1, graph.KEPT_GRAPHS + 2):
        build(number)
    assert [path.exists() for path in built] == [True, False, *[True] * graph.KEPT_GRAPHS]
    os.close(held)
    build(graph.KEPT_GRAPHS + 2)
    assert not built[0].exists()
    assert graph.hold(model) is None


def refused(model: Path, gazetteer: Path, graphs: Path) -> str:
    """What ``ensure`` says; checks that the model stays and nothing half-built does."""
    before = files(model)
    with pytest.raises(SetupError) as error:
        ensure(model, gazetteer, graphs, lambda line: None)
    assert files(model) == before
    assert not graphs.is_dir() or {path.name for path in graphs.iterdir()} <= {".lock"}
    sentence = str(error.value)
    assert "\n" not in sentence
    return sentence


def test_missing_programs_are_named(
    model: Path, gazetteer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "libfst-tools" in refused(model, gazetteer, tmp_path / "graphs")


def test_a_disk_without_room_is_named(
    model: Path, gazetteer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph, "NEEDED_BYTES", 2**60)
    assert "make room there" in refused(model, gazetteer, tmp_path / "graphs")


@pytest.mark.parametrize("program", ["fstprint", "fstcompose", "fstconvert"])
def test_a_program_that_fails_is_named(
    model: Path, gazetteer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    broken = tmp_path / "bin" / program
    broken.parent.mkdir()
    broken.write_text("#!/bin/sh\necho 'No space left on device' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{broken.parent}:{os.environ['PATH']}")
    said = refused(model, gazetteer, tmp_path / "graphs")
    assert f"{program}: No space left on device" in said


def test_a_program_that_hangs_is_ended(
    model: Path, gazetteer: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hanging = tmp_path / "bin" / "fstsymbols"  # the first: the others need their time
    hanging.parent.mkdir()
    hanging.write_text("#!/bin/sh\nexec sleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", f"{hanging.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(graph, "STEP_SECONDS", 0.2)
    assert "fstsymbols took longer" in refused(model, gazetteer, tmp_path / "graphs")


def test_a_place_that_cannot_be_written_and_a_broken_model_are_named(
    model: Path, gazetteer: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    assert "Not a directory" in refused(model, gazetteer, tmp_path / "file" / "graphs")
    (model / "graph" / "disambig_tid.int").unlink()
    assert "No such file" in refused(model, gazetteer, tmp_path / "graphs")
    (model / "graph" / "Gr.fst").write_bytes(b"no graph")
    assert "fstsymbols: " in refused(model, gazetteer, tmp_path / "graphs")
    gazetteer.write_text("", encoding="utf-8")
    assert "no column" in refused(model, gazetteer, tmp_path / "graphs")


# One build of a minute or two; kept beside the sites' graphs, so a second run uses it.

REAL_GAZETTEER = """name,kind,parent,aliases,lon,lat
南苑小区,compound,松源街道,南苑,,
濛洲街道,town,庆元县,,,
松源街道,town,庆元县,,,
石龙街,road,濛洲街道,,,
石龙花苑,compound,濛洲街道,,,
"a row with an open quotation mark
岭头乡,town,庆元县,,,
"""
COMPOUND = ("我在南苑小区十二栋楼下", "南苑小区12栋")
STREET = ("濛洲街道石龙街八十八号", "濛洲街道石龙街88号")


@pytest.fixture(scope="module")
def static_model(
    model_dir: Path, cache_dir: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    path = tmp_path_factory.mktemp("site") / "gazetteer.csv"
    path.write_text(REAL_GAZETTEER, encoding="utf-8")
    return ensure(model_dir, path, cache_dir / "graphs", print)


def understood(engine: VoskEngine, spoken: Spoken) -> list[bool]:
    """Of each sentence by each voice whether the place came out as it is written."""
    found = []
    for text, wanted in (COMPOUND, STREET):
        for voice in ("zm_yunxia", "zf_xiaobei"):
            raw = through_service(Pool(engine), spoken(text, voice))
            found.append(wanted in engine.writer.growing(raw))
    return found


def test_local_names_and_house_numbers_are_understood(
    engine: VoskEngine, static_model: Path, spoken: Spoken
) -> None:
    assert understood(VoskEngine(static_model), spoken) == [True] * 4
    assert not all(understood(engine, spoken))


async def test_a_stream_is_told_names_as_written_and_words_as_heard(
    static_model: Path, start_speech: Start, spoken: Spoken
) -> None:
    server, heard, stream_id = start_speech(model=static_model), Heard(), uuid4()
    client = server.client(heard)
    audio = spoken(STREET[0], "zm_yunxia") + bytes(8_000)
    async with anyio.create_task_group() as tasks:
        await tasks.start(client.run)
        await heard.wait(SpeechUp)
        await client.expect(stream_id)
        async with await anyio.connect_tcp("127.0.0.1", server.audio_port) as socket:
            await socket.send(audiosocket.encode(audiosocket.IDENTITY, stream_id.bytes))
            for start in range(0, len(audio), 320):
                piece = audio[start : start + 320]
                await socket.send(audiosocket.encode(audiosocket.AUDIO, piece))
                await anyio.sleep(0.005)
            await socket.send(audiosocket.encode(audiosocket.HANG_UP))
            await heard.wait(StreamEnded)
        tasks.cancel_scope.cancel()
    final = heard.of(FinalHeard)[0]
    assert STREET[1] in final.text
    assert final.engine == f"vosk {static_model.name}"
    assert "濛" not in final.raw_text
    assert final.raw_text == " ".join(word.text for word in final.words)
    assert any("濛洲街" in partial.text for partial in heard.of(PartialHeard))
    assert not any("濛" in partial.raw_text for partial in heard.of(PartialHeard))

"""``yihu asr``: what it prints, what it stores, and its sentence for everything else."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import anyio
import numpy as np
import pytest
import soundfile
from sqlalchemy import select
from typer.testing import CliRunner, Result

from ivr import corrections
from ivr.voice import Voice
from models.errors import SetupError
from models.kinds import Role
from models.speech_tables import TranscriptVersion
from models.states import CallStatus
from models.tables import Call, User, Utterance
from models.telephony_tables import Recording
from tests.support.spoken import utterance
from yihu import bootstrap
from yihu.cli import app
from yihu.settings import load_settings

pytestmark = pytest.mark.integration

TEXT = "我想问一下，身份证去哪里办理"
MODEL = ["--model", "vosk-small-cn"]


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIHU_DATA_DIR", str(tmp_path / "data"))


@pytest.fixture(scope="module")
def spoken(models_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A recording of ours: the caller speaks, nobody answers."""
    folder = tmp_path_factory.mktemp("spoken")
    wav = Voice.load(models_dir).speak_to(TEXT, "zm_yunxia", folder)
    samples = soundfile.read(wav, dtype="int16")[0]
    path = folder / "one.flac"
    soundfile.write(path, np.stack([samples, np.zeros_like(samples)], axis=1), 8_000)
    return path


@pytest.fixture
def call_id(spoken: Path) -> UUID:
    """A call with that recording and one wrong utterance, in the database of ``own_folder``."""
    return anyio.run(_keep, spoken.read_bytes(), soundfile.info(spoken).frames // 8)


async def _keep(data: bytes, duration_ms: int) -> UUID:
    settings = load_settings()
    async with bootstrap.opened_database(settings) as database:
        now = database.clock.now()
        call = Call(
            queue_code="110",
            dialled="110",
            caller_number="13800001234",
            channel="",
            status=CallStatus.ENDED,
            received_at=now,
        )
        folder = settings.data_dir / "recordings"
        folder.mkdir()
        (folder / "one.flac").write_bytes(data)
        recording = Recording(
            call_id=call.id,
            path="one.flac",
            sha256="",
            size_bytes=len(data),
            duration_ms=duration_ms,
            began_at=now,
            stored_at=now,
            delete_after=now + timedelta(days=180),
        )
        said = utterance(
            call.id,
            "生分证",
            now,
            raw_text="生分 证",
            start_ms=60_000,
            end_ms=61_000,
            call_ms=60_000,
            confidence=0.4,
            engine="vosk test",
        )
        person = User(
            username="seat",
            display_name="座席",
            password_hash="-",
            role=Role.SEAT,
            created_at=now,
        )
        async with database.writing() as work:
            work.session.add_all([call, recording, said, person])
        await corrections.correct(database, said.id, person.id, text="身份证", seen="生分证")
        return call.id


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["asr", *words])


def problem(*words: str) -> str:
    """The sentence a command fails with."""
    result = run(*words)
    assert isinstance(result.exception, SetupError), result.output
    return str(result.exception)


def test_a_recording_is_printed_side_by_side_with_its_words(spoken: Path) -> None:
    shown = run("transcribe", str(spoken), *MODEL)
    assert shown.exit_code == 0, shown.output
    caller, others = shown.output.split("heard by the caller:")
    assert "身份证" in caller
    assert "身份证 " in caller.split("\n")[4], "words with their times"
    assert "no speech was found" in others

    given = run("transcribe", str(spoken), *MODEL, "--json")
    told = json.loads(given.stdout)
    assert [leg["leg"] for leg in told["legs"]] == ["caller", "heard by the caller"]
    [one] = told["legs"][0]["utterances"]
    assert one["words"][0]["start_ms"] == one["start_ms"] < one["end_ms"] <= told["duration_ms"]
    assert told["engine"] == "vosk vosk-small-cn"


def test_a_call_is_transcribed_by_its_id_and_anew_only_once(call_id: UUID) -> None:
    assert "身份证" in run("transcribe", str(call_id), *MODEL).output
    for expected in ("1 recordings transcribed", "0 recordings transcribed"):
        result = run("retranscribe", "--since", "2026-01-01", "--until", "2099-12-31", *MODEL)
        assert result.exit_code == 0, result.output
        assert expected in result.output

    async def stored() -> tuple[list[str], list[str]]:
        async with (
            bootstrap.opened_database(load_settings()) as database,
            database.reading() as session,
        ):
            made = await session.scalars(select(TranscriptVersion))
            query = select(Utterance).where(Utterance.version == 1).order_by(Utterance.sequence)
            said = await session.scalars(query)
            return [one.engine for one in made], [one.text for one in said]

    engines, texts = anyio.run(stored)
    assert engines == ["vosk vosk-small-cn"]
    assert "身份证" in texts[0]
    assert texts[-1] == "身份证", "what a person corrected is kept"


def test_corrections_are_written_for_their_owner_only(call_id: UUID, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    assert "1 corrections" in run("corrections", "--out", str(out)).output
    [row] = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert (row["heard"], row["corrected"], row["recording"]) == ("生分证", "身份证", "one.flac")
    assert (row["channel"], row["start_ms"], row["end_ms"]) == (1, 60_000, 61_000)
    assert out.stat().st_mode & 0o077 == 0
    assert "cannot be written" in problem("corrections", "--out", str(tmp_path / "no" / "x"))


def test_what_is_wrong_is_said_in_a_sentence(spoken: Path, tmp_path: Path) -> None:
    assert "There is no file" in problem("transcribe", str(tmp_path / "no.flac"))
    assert "no recording of a call" in problem("transcribe", str(uuid4()))
    assert "is not a Vosk model" in problem("transcribe", str(spoken), "--model", str(tmp_path))
    assert "is not a day" in problem("retranscribe", "--since", "yesterday", *MODEL)
    assert "comes before" in problem(
        "retranscribe", "--since", "2026-02-02", "--until", "2026-02-01", *MODEL
    )
    data = spoken.read_bytes()
    (tmp_path / "cut.flac").write_bytes(data[: len(data) // 2])
    cut = run("transcribe", str(tmp_path / "cut.flac"), *MODEL)
    assert cut.exit_code == 1
    assert "breaks off" in cut.output

"""Which queue is heard by which engine: what is wrong is said, and the usual engine stays."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.database import Database
from models.errors import SetupError
from yihu import speech_engines
from yihu.centre import ensure_centre
from yihu.settings import Settings, load_settings
from yihu.speech_engines import QueueEngines

pytestmark = pytest.mark.unit

QUEUES = ("110", "96345", "12319")


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    for name in ("vosk-small-cn", "vosk-model-cn-0.22", "whisper-base"):
        (tmp_path / "models" / name).mkdir(parents=True)
    return tmp_path


def read(cache: Path, text: str) -> tuple[QueueEngines, list[str]]:
    said: list[str] = []
    settings = Settings(cache_dir=cache, speech_engines=text)
    return speech_engines.read(settings, QUEUES, said.append), said


def test_queues_have_engines_by_name_and_by_path(cache: Path) -> None:
    models = cache / "models"
    text = f" 110 = vosk-model-cn-0.22, 96345=whisper-base,12319={models / 'whisper-base'},"
    found, said = read(cache, text)
    assert said == []
    assert found.of_queues == {
        "110": "vosk-model-cn-0.22",
        "96345": "whisper-base",
        "12319": "whisper-base",  # one folder is loaded once
    }
    large, small = models / "vosk-model-cn-0.22", models / "whisper-base"
    assert found.arguments == [
        *("--engine", "vosk-model-cn-0.22", str(large)),
        *("--engine", "whisper-base", str(small)),
    ]


def test_the_usual_model_is_the_usual_engine_with_its_local_names(cache: Path) -> None:
    assert read(cache, "110=vosk-small-cn") == (QueueEngines(), [])


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ("119=whisper-base", "there is no queue 119, only 110, 96345, 12319"),
        ("110=whisper-large", "there is no folder"),
        ("110=../models/whisper-base", "by an absolute path"),
        ("110=..", "by an absolute path"),
        ("110=.", "by an absolute path"),
        ("110", "it is not QUEUE=MODEL"),
        ("=whisper-base", "it is not QUEUE=MODEL"),
        ("96345=vosk-model-cn-0.22", "queue 96345 has whisper-base already"),
    ],
)
def test_what_cannot_be_followed_is_left_out_in_a_sentence(
    cache: Path, entry: str, said: str
) -> None:
    found, (sentence,) = read(cache, f"96345=whisper-base,{entry}")
    assert found.of_queues == {"96345": "whisper-base"}
    assert list(found.folders) == ["whisper-base"]
    assert sentence.startswith("YIHU_SPEECH_ENGINES: ")
    assert said in sentence


async def test_the_queues_are_those_of_the_centre(cache: Path, database: Database) -> None:
    await ensure_centre(database)
    said: list[str] = []
    settings = Settings(cache_dir=cache, speech_engines="96345=whisper-base,12319=whisper-base")
    found = await speech_engines.chosen(settings, database, said.append)
    assert found.of_queues == {"96345": "whisper-base"}
    assert "no queue 12319" in said[0]


def test_the_setting_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load_settings().speech_engines == ""
    monkeypatch.setenv("YIHU_SPEECH_ENGINES", "110=whisper-base")
    assert load_settings().speech_engines == "110=whisper-base"
    monkeypatch.setenv("YIHU_SPEECH_ENGINES", "1" * 5_000)
    with pytest.raises(SetupError, match="YIHU_SPEECH_ENGINES"):
        load_settings()

"""A new graph is spoken to before it is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.graph import Site
from models.errors import SetupError
from yihu import graphs
from yihu.settings import Settings

pytestmark = pytest.mark.integration


def test_a_graph_that_does_not_know_its_names_fails_its_check(
    models_dir: Path, cache_dir: Path, tmp_path: Path
) -> None:
    settings, bare = Settings(data_dir=tmp_path, cache_dir=cache_dir), models_dir / "vosk-small-cn"
    with pytest.raises(SetupError, match="of 4 names found"):
        graphs.check(settings, Site(("濛洲街道", "淤上乡", "箬坑村", "岱根村")), bare)
    assert graphs.check(settings, Site(), bare)["syllable_error"] < graphs.MOST_WRONG

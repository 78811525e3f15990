"""One model for all tests of the classifier, trained as at set-up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from classifier.gazetteer import Gazetteer
from classifier.model import Classifier
from classifier.training import train

DATA = Path(__file__).with_name("data")


@dataclass(frozen=True)
class Trained:
    folder: Path
    evaluation: dict[str, Any]


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A model folder; fewer variants and folds than at set-up, to be quick."""
    folder = tmp_path_factory.mktemp("classifier")
    train(folder, variants=1, folds=2)
    return Trained(folder, json.loads((folder / "evaluation.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def classifier(trained: Trained) -> Classifier:
    return Classifier.load(trained.folder, DATA / "gazetteer.csv")


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return Gazetteer.read(DATA / "gazetteer.csv")

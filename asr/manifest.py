"""The manifest of model files, as typed values."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import SetupError

MANIFEST = Path(__file__).with_name("manifest.toml")


@dataclass(frozen=True, slots=True)
class FileSpec:
    """A file of an installed model, ``path`` relative to the model's folder."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Archive:
    """A package of a registry. ``kind`` is ``pypi`` or ``npm``; ``file`` its file name."""

    kind: str
    package: str
    file: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Piece:
    """A file inside an archive and what becomes of it: part of ``to``, or unpacked (a zip
    with one top folder, which is dropped)."""

    file: str
    size: int
    sha256: str
    archive: str
    member: str
    to: str = ""
    unpack: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A folder of model files. Without a ``needed`` one the system does not start; one
    ``by_name`` is fetched only where it is named."""

    name: str
    version: str
    licence: str
    what: str
    needed: bool
    archives: tuple[Archive, ...]
    pieces: tuple[Piece, ...]
    files: tuple[FileSpec, ...]
    by_name: bool = False

    @property
    def size(self) -> int:
        """Bytes of the files in place."""
        return sum(file.size for file in self.files)


@dataclass(frozen=True, slots=True)
class Manifest:
    """All models this version knows."""

    models: tuple[Model, ...]

    @classmethod
    def load(cls, path: Path = MANIFEST) -> Manifest:
        """Read a manifest; raises ``SetupError`` where it cannot be understood."""
        try:
            with path.open("rb") as handle:
                rows = tomllib.load(handle)["model"]
            return cls(tuple(_model(row) for row in rows))
        except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
            raise SetupError(f"The model manifest {path} cannot be read: {error}.") from None

    def model(self, name: str) -> Model:
        """The model of that name; raises ``SetupError`` naming those there are."""
        for model in self.models:
            if model.name == name:
                return model
        known = ", ".join(model.name for model in self.models)
        raise SetupError(f"There is no model {name!r}; there are: {known}.")


def _model(row: dict[str, Any]) -> Model:
    plain = {k: v for k, v in row.items() if k not in ("archive", "piece", "file")}
    return Model(
        **plain,
        archives=tuple(Archive(**each) for each in row["archive"]),
        pieces=tuple(Piece(**each) for each in row["piece"]),
        files=tuple(FileSpec(**each) for each in row["file"]),
    )

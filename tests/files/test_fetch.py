"""Getting model files in place, and all that is refused on the way."""

from __future__ import annotations

import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest

from asr.files import Progress, download_archive, fetch, list_models, verify
from asr.manifest import Archive, Manifest
from models.errors import SetupError
from tests.files.conftest import INNER, MakeRegistry, Registry, zipped

pytestmark = pytest.mark.unit


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "models"


def get(registry: Registry, models_dir: Path, progress: Progress = lambda line: None) -> None:
    fetch(
        "m", models_dir, manifest=registry.manifest, download=registry.download, progress=progress
    )


def offline(archive: Archive, folder: Path, npm: str | None) -> None:
    raise SetupError("there is no network")


def contents(models_dir: Path) -> dict[str, bytes]:
    """Everything below the folder, hidden or not, but the lock."""
    return {
        str(path.relative_to(models_dir)): path.read_bytes()
        for path in models_dir.rglob("*")
        if path.is_file() and path.name != ".lock"
    }


WHOLE = {
    "m/am/final.mdl": b"weights" * 100,
    "m/README": b"read me",
    "m/sub/joined": b"one two",
}


def test_a_model_is_fetched_once_and_leaves_nothing_behind(
    registry: Registry, models_dir: Path
) -> None:
    lines: list[str] = []
    get(registry, models_dir, lines.append)
    assert contents(models_dir) == WHOLE
    assert registry.fetched == ["m-1-py3-none-any.whl", "m-js-1.tgz"]
    assert lines[0] == "Fetching m==1 (0 MB) ..."
    get(registry, models_dir)
    assert len(registry.fetched) == 2
    (row,) = list_models(models_dir, registry.manifest)
    assert (row.state, row.size, row.licence) == ("present", 714, "Apache-2.0")


def test_damage_is_found_and_mended(registry: Registry, models_dir: Path) -> None:
    assert verify(models_dir, registry.manifest)[0].state == "missing"
    get(registry, models_dir)
    (models_dir / "m/README").write_bytes(b"read mE")
    assert list_models(models_dir, registry.manifest)[0].state == "present"
    (row,) = verify(models_dir, registry.manifest)
    assert row.state == "damaged"
    assert "README has sha256" in row.problem
    get(registry, models_dir)
    assert contents(models_dir) == WHOLE


def test_what_arrived_before_a_failure_is_not_fetched_again(
    registry: Registry, models_dir: Path
) -> None:
    def broken(archive: Archive, folder: Path, npm: str | None) -> None:
        if archive.kind == "npm":
            raise SetupError("the network went away")
        registry.download(archive, folder, npm)

    with pytest.raises(SetupError, match="the network went away"):
        fetch("m", models_dir, manifest=registry.manifest, download=broken)
    assert not (models_dir / "m").exists()
    get(registry, models_dir)
    assert registry.fetched == ["m-1-py3-none-any.whl", "m-js-1.tgz"]
    assert contents(models_dir) == WHOLE


def test_a_wrong_hash_is_refused_naming_file_expected_and_found(
    registry: Registry, models_dir: Path
) -> None:
    path = registry.folder / "m-js-1.tgz"
    wanted = registry.manifest.models[0].archives[1].sha256
    path.write_bytes(b"something else")
    with pytest.raises(SetupError) as caught:
        get(registry, models_dir)
    assert "m-js-1.tgz is refused" in str(caught.value)
    assert f"expected {wanted}" in str(caught.value)
    assert "(14 bytes)" in str(caught.value)
    assert not (models_dir / "m").exists()
    assert "incoming/m-js-1.tgz" not in contents(models_dir)


def test_a_truncated_wheel_is_refused(registry: Registry, models_dir: Path) -> None:
    path = registry.folder / "m-1-py3-none-any.whl"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SetupError, match=r"whl is refused: its sha256"):
        get(registry, models_dir)
    assert contents(models_dir) == {}


LINK = zipfile.ZipInfo("m-1/link")
LINK.external_attr = (stat.S_IFLNK | 0o777) << 16


@pytest.mark.parametrize(
    "member", ["../outside", "m-1/../../outside", "/etc/outside", "m-1\\..\\outside", LINK]
)
def test_a_zip_that_leaves_its_folder_is_refused(
    make_registry: MakeRegistry, models_dir: Path, member: str | zipfile.ZipInfo
) -> None:
    registry = make_registry(zipped([(member, b"/etc"), *INNER]))
    with pytest.raises(SetupError, match="would leave its folder"):
        get(registry, models_dir)
    assert not (models_dir / "m").exists()
    assert not list(models_dir.parent.rglob("*outside*"))


@pytest.mark.parametrize("member", ["m-1/extra", "m-1"])
def test_a_zip_with_a_file_too_many_is_refused(
    make_registry: MakeRegistry, models_dir: Path, member: str
) -> None:
    with pytest.raises(SetupError, match="is not expected"):
        get(make_registry(zipped([*INNER, (member, b"x")])), models_dir)


def test_a_zip_that_grows_is_not_unpacked_beyond_the_manifest(
    make_registry: MakeRegistry, models_dir: Path
) -> None:
    inner = zipped([("m-1/am/final.mdl", b"\0" * 5_000_000), INNER[1]])
    with pytest.raises(SetupError, match="has 701 bytes, expected 700"):
        get(make_registry(inner), models_dir)
    assert not (models_dir / "m").exists()


def test_a_full_disk_is_told_before_anything_is_fetched(
    registry: Registry, models_dir: Path
) -> None:
    def nearly_full(path: Path) -> os.statvfs_result:
        return os.statvfs_result((4096, 4096, 1_000_000, 2_000, 1_000, 1, 1, 1, 0, 255))

    with pytest.raises(SetupError, match=r"needs 50 MB .* 4 MB are free: make room or set"):
        fetch(
            "m",
            models_dir,
            manifest=registry.manifest,
            download=registry.download,
            statvfs=nearly_full,
        )
    assert registry.fetched == []


def test_packages_dropped_in_are_used_without_a_network(
    registry: Registry, models_dir: Path
) -> None:
    shutil.copytree(registry.folder, models_dir / "incoming")
    fetch("m", models_dir, manifest=registry.manifest, download=offline)
    assert contents(models_dir) == WHOLE


def test_a_folder_may_hold_the_files_themselves_under_any_name(
    registry: Registry, models_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / "model.zip").write_bytes(zipped(INNER))
    (folder / "part-1").write_bytes(b"one ")
    (folder / "second").write_bytes(b"two")
    before = contents(folder)
    fetch("m", models_dir, manifest=registry.manifest, from_dir=folder, download=offline)
    assert contents(models_dir) == WHOLE
    assert contents(folder) == before


def test_a_wrong_file_dropped_in_is_refused(registry: Registry, models_dir: Path) -> None:
    incoming = models_dir / "incoming"
    incoming.mkdir(parents=True)
    (incoming / "m-1.zip").write_bytes(b"another file")
    with pytest.raises(SetupError, match=r"incoming/m-1.zip is refused.*Remove the file"):
        fetch("m", models_dir, manifest=registry.manifest, download=offline)


def test_unknown_names_and_folders_are_told(registry: Registry, models_dir: Path) -> None:
    with pytest.raises(SetupError, match="no model 'x'; there are: m"):
        fetch("x", models_dir, manifest=registry.manifest)
    with pytest.raises(SetupError, match="is not a folder"):
        fetch("m", models_dir, manifest=registry.manifest, from_dir=models_dir / "x")


def test_a_cache_that_cannot_be_written_is_told(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SetupError, match="could not be put into"):
        get(registry, tmp_path / "file" / "models")


def test_a_missing_npm_is_told_with_what_happens_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    archive = Archive("npm", "kokoro-js@1.2.1", "kokoro-js-1.2.1.tgz", 1, "0")
    with pytest.raises(SetupError, match=r"npm is missing.*espeak-ng speaks"):
        download_archive(archive, tmp_path, None)


def test_a_client_that_fails_is_told(tmp_path: Path) -> None:
    program = tmp_path / "npm"
    program.write_text("#!/bin/sh\necho no route to host >&2\nexit 1\n")
    program.chmod(0o755)
    archive = Archive("npm", "kokoro-js@1.2.1", "kokoro-js-1.2.1.tgz", 1, "0")
    with pytest.raises(SetupError, match=r"\(no route to host\): check the network or put"):
        download_archive(archive, tmp_path, str(program))


def test_the_real_manifest_is_whole() -> None:
    manifest = Manifest.load()
    assert [model.name for model in manifest.models] == ["vosk-small-cn", "kokoro", "whisper-base"]
    for model in manifest.models:
        archives = {archive.file for archive in model.archives}
        for piece in model.pieces:
            assert piece.archive in archives
            assert piece.unpack != bool(piece.to)
        for made in {piece.to for piece in model.pieces if piece.to}:
            (spec,) = [file for file in model.files if file.path == made]
            assert spec.size == sum(p.size for p in model.pieces if p.to == made)


def test_a_broken_manifest_is_told(tmp_path: Path) -> None:
    path = tmp_path / "manifest.toml"
    for text in ("[[", "", '[[model]]\nname = "x"\n'):
        path.write_text(text)
        with pytest.raises(SetupError, match="cannot be read"):
            Manifest.load(path)

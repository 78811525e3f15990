"""``docker/install-asterisk.sh``: a finished root stays, and what is missing is one sentence."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.integration

SCRIPT = Path(__file__).parents[2] / "docker" / "install-asterisk.sh"


def install(target: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [shutil.which("bash") or "bash", str(SCRIPT), str(target)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def stub(folder: Path, name: str, text: str) -> str:
    """A PATH on which ``name`` is a script of ``text``."""
    folder.mkdir()
    program = folder / name
    program.write_text(f"#!/bin/sh\n{text}\n")
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def refusal(done: subprocess.CompletedProcess[str], target: Path) -> str:
    """The one sentence of a failed run that left nothing half-done."""
    assert done.returncode == 1
    assert not target.exists()
    assert not list(target.parent.glob(f"{target.name}.part.*"))
    sentence = done.stderr.strip()
    assert sentence.startswith("install-asterisk: ")
    assert "\n" not in sentence
    assert "://" not in sentence
    return sentence


def test_finished_root_is_left_as_it_is(cache_dir: Path, tmp_path: Path) -> None:
    root = cache_dir / "asterisk"
    if not (root / ".yihu-asterisk").exists():
        pytest.skip("the machine's own Asterisk is used here")
    (tmp_path / "asterisk").symlink_to(root)
    before = (root / ".yihu-asterisk").stat().st_mtime
    # With no apt sources at all it must not want to download.
    done = install(tmp_path / "asterisk", APT_SOURCES=str(tmp_path / "none"))
    assert done.returncode == 0
    assert "is ready in" in done.stdout
    assert (root / ".yihu-asterisk").stat().st_mtime == before


def test_no_debian_archive(tmp_path: Path) -> None:
    sources = tmp_path / "apt" / "sources.list.d"
    sources.mkdir(parents=True)
    (sources / "other.list").write_text("deb http://127.0.0.1:9/other nodistro main\n")
    (sources / "security.list").write_text("deb http://127.0.0.1:9/debian-security sid main\n")
    done = install(tmp_path / "asterisk", APT_SOURCES=str(tmp_path / "apt"))
    assert "no Debian archive" in refusal(done, tmp_path / "asterisk")


def test_mirror_out_of_reach(tmp_path: Path) -> None:
    sources = tmp_path / "apt" / "sources.list.d"
    sources.mkdir(parents=True)
    (sources / "debian.sources").write_text(
        "# A comment\nTypes: deb\nURIs: http://127.0.0.1:9/debian\nSuites: stable\n"
    )
    done = install(tmp_path / "asterisk", APT_SOURCES=str(tmp_path / "apt"), http_proxy="")
    assert "check the network" in refusal(done, tmp_path / "asterisk")


def test_no_room(tmp_path: Path) -> None:
    path = stub(tmp_path / "bin", "df", "echo head; echo disk 1000 900 100 90% /")
    done = install(tmp_path / "asterisk", PATH=path)
    assert "MB free" in refusal(done, tmp_path / "asterisk")


def test_no_apt(tmp_path: Path) -> None:
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "dirname").symlink_to(shutil.which("dirname") or "/usr/bin/dirname")
    done = install(tmp_path / "asterisk", PATH=str(tools))
    assert "YIHU_ASTERISK_PROGRAM" in refusal(done, tmp_path / "asterisk")


def test_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = install(tmp_path / "file" / "asterisk")
    assert done.returncode == 1
    assert "cannot create" in done.stderr

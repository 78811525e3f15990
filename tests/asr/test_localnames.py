"""Local names: how they are written, and what of a gazetteer can be said."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.localnames import MOST_NAMES, LocalNames, read_names, write_names
from models.errors import SetupError

pytestmark = pytest.mark.unit

HEADER = "name,kind,parent,aliases,lon,lat\n"


@pytest.mark.parametrize(
    ("raw", "written"),
    [
        ("艨 洲 街道", "濛洲街道"),
        ("我 在 艨 洲 街道 八 号", "我 在 濛洲街道 八 号"),
        ("艨 洲 街道 艨 洲 街", "濛洲街道 濛洲街"),
        ("艨 洲", "艨 洲"),
        ("艨 洲 街道办", "艨 洲 街道办"),
        ("艨 艨 洲 街", "艨 濛洲街"),
        ("石 艨 洲 街 一 号", "石 濛洲街一号"),
        ("艨 洲 街 一 号", "濛洲街一号"),
        ("", ""),
    ],
)
def test_whole_words_are_replaced_the_longest_name_first(raw: str, written: str) -> None:
    names = LocalNames(
        {
            ("艨", "洲", "街"): "濛洲街",
            ("艨", "洲", "街道"): "濛洲街道",
            ("艨", "洲", "街", "一", "号"): "濛洲街一号",
        }
    )
    assert names.written(raw) == written


def test_what_is_written_is_read_and_a_bad_line_costs_that_line(tmp_path: Path) -> None:
    (tmp_path / "graph").mkdir()
    write_names(tmp_path / "graph", ["濛洲"], {("艨", "洲"): "濛洲", ("曹", "领", "村"): "曹岭村"})
    path = tmp_path / "graph" / "local_names.tsv"
    path.write_text("no tab\n\t濛\n代 根 村\t\n" + path.read_text("utf-8"), "utf-8")
    assert LocalNames.load(tmp_path).written("艨 洲 代 根 村 曹 领 村") == "濛洲 代 根 村 曹岭村"


def test_a_model_without_the_file_has_none(tmp_path: Path) -> None:
    assert LocalNames.load(tmp_path).written("艨  洲") == "艨  洲"


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "graph").mkdir()
    (tmp_path / "graph" / "local_names.tsv").write_bytes(b"\xff\xfe\t\xff\n")
    with pytest.raises(SetupError, match="the next start builds it again"):
        LocalNames.load(tmp_path)


def gazetteer(folder: Path, content: str | bytes) -> Path:
    path = folder / "gazetteer.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_names_and_aliases_are_read(tmp_path: Path) -> None:
    rows = "南苑小区,compound,,南苑|南苑新村、南苑里；老南苑;新南苑,,\n石龙街,road,,,,\n"
    names = read_names(gazetteer(tmp_path, "\ufeff" + HEADER + rows))
    assert names == sorted(("南苑", "南苑小区", "南苑新村", "南苑里", "新南苑", "老南苑", "石龙街"))


def test_what_cannot_be_said_is_left_out(tmp_path: Path) -> None:
    long = "长" * 21
    rows = f"苑,road,,,,\n5号桥,bridge,,KTV|,,\n{long},road,,,,\n石 龙,road,,,,\n石龙街,road,,,,\n"
    assert read_names(gazetteer(tmp_path, HEADER + rows)) == ["石龙街"]


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b",,,,,,,,,,\n",
        b"\xff\xfe\xfa,road,,,,\n",
        b'"\xe7\x9f\xb3,road,,,,\n',
        b"\x00\x00\n",
        "只有名字没有别的".encode()[:5] + b"\n",
        "石龙街,road,,,,,,太多,列\n".encode(),
        b"x" * 200_000 + b",road,,,,\n",
    ],
)
def test_a_wrong_row_costs_that_row_only(tmp_path: Path, wrong: bytes) -> None:
    rows = (
        HEADER.encode() + "南苑小区,compound,,,,\n".encode() + wrong + "石龙街,road,,,,\n".encode()
    )
    assert read_names(gazetteer(tmp_path, rows)) == ["南苑小区", "石龙街"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "no column `name`"),
        (b"\n\n", "no column `name`"),
        ("地名,类别\n石龙街,road\n".encode(), "no column `name`"),
        ("name,kind\n石龙街,road\n".encode("gb18030"), "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_gazetteer_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = gazetteer(tmp_path, content)
    with pytest.raises(SetupError, match=message) as refused:
        read_names(path)
    assert str(path) in str(refused.value)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(SetupError, match="cannot be read"):
            read_names(path)


def test_too_many_names_are_refused(tmp_path: Path) -> None:
    han = [chr(0x4E00 + number) for number in range(300)]
    names = [f"{one}{two}" for one in han for two in han][: MOST_NAMES + 1]
    with pytest.raises(SetupError, match=f"{MOST_NAMES + 1} names"):
        read_names(gazetteer(tmp_path, HEADER + "".join(f"{name},,,,,\n" for name in names)))

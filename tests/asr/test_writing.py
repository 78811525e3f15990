"""From an utterance's words to what people read: names, repair, fillers, punctuation, digits."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.events import Change, Word
from asr.localnames import LocalNames, all_names, write_names
from asr.repair import Piece, Repair, folded, sound
from asr.writing import Writer

pytestmark = pytest.mark.unit

NAMES = ("南苑小区", "石龙街", "濛洲街道", "松源街道", "云鹤路", "底村")


def words(text: str, confidence: float = 0.6) -> list[Word]:
    """Words of 100 ms each, one behind the other; ``/`` is a pause of half a second."""
    said: list[Word] = []
    at = 0
    for part in text.split():
        if part == "/":
            at += 500
            continue
        said.append(Word(part, at, at + 100, confidence))
        at += 100
    return said


def writer(*names: str, stand_ins: dict[tuple[str, ...], str] | None = None) -> Writer:
    return Writer(LocalNames(stand_ins or {}), names)


def test_a_name_takes_the_place_of_what_sounds_like_it_and_says_what_was_heard() -> None:
    written = writer(*NAMES).finished(words("我 在 南 院 小区 十二 栋"))
    assert written.text == "我在南苑小区12栋。"
    assert written.changes == (Change(2, 6, "南院小区"),)


def test_places_of_changes_are_those_of_the_finished_text() -> None:
    said = words("嗯 一百二十 号 在 时 隆 街 / 还有 宋 原 街道 三 号")
    written = writer(*NAMES).finished(said)
    assert written.text == "120号在石龙街，还有松源街道3号。"
    assert [written.text[c.start : c.end] for c in written.changes] == ["石龙街", "松源街道"]
    assert [c.heard for c in written.changes] == ["时隆街", "宋原街道"]


@pytest.mark.parametrize(
    ("said", "confidence"),
    [
        ("南苑 小区", 0.3),  # said as it is written
        ("南 院 小区", 0.99),  # the recogniser was sure
        ("松 云 街道", 0.9),  # only nearly the sound, and rather sure
        ("地 村", 0.3),  # two characters sound like too much
        ("南 院", 0.3),
        ("北 苑 小区", 0.3),
    ],
)
def test_other_words_stay(said: str, confidence: float) -> None:
    pieces = [Piece(w.text, w.start_ms, w.end_ms, w.confidence) for w in words(said, confidence)]
    assert "".join(piece.text for piece in Repair(NAMES).apply(pieces)) == said.replace(" ", "")
    assert not any(piece.heard for piece in Repair(NAMES).apply(pieces))


def test_two_names_that_nearly_sound_alike_are_not_guessed() -> None:
    pieces = [Piece(char, 0, 0, 0.2) for char in "新林小区"]
    both = Repair(["兴林小区", "新宁小区"]).apply(pieces)
    assert "".join(piece.text for piece in both) == "新林小区"
    assert folded(sound("兴林小区")) == folded(sound("新宁小区"))


def test_the_longest_name_wins() -> None:
    pieces = [Piece(char, 0, 0, 0.2) for char in "时隆街花院"]
    assert [p.text for p in Repair(["石龙街", "石龙街花苑"]).apply(pieces)] == ["石龙街花苑"]


def test_stand_ins_of_the_graph_are_written_without_a_mark() -> None:
    told = writer(*NAMES, stand_ins={("艨", "洲", "街道"): "濛洲街道"})
    written = told.finished(words("艨 洲 街道 石龙 街"))
    assert (written.text, written.changes) == ("濛洲街道石龙街。", ())
    assert told.growing("艨 洲 街道 十二 栋") == "濛洲街道12栋"


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("我 家 着火 了 / 你们 快 来", "我家着火了，你们快来！"),
        ("身份证 怎么 办理", "身份证怎么办理？"),
        ("今天 上班 吗", "今天上班吗？"),
        ("我 想 问一下 医保 怎么 交", "我想问一下医保怎么交。"),
        ("我 不知道 是 谁", "我不知道是谁。"),
        ("水 停 了 / 什么时候 能 来", "水停了，什么时候能来？"),
        ("一一零 吗 / 我 要 报警", "110吗？我要报警。"),
        ("在 新建 路 / 十二 / 栋", "在新建路，12栋。"),
        ("幺 三 八 / 零 零 零 零 / 一 二 三 四", "13800001234。"),
        ("嗯", "嗯。"),
        ("嗯 我 我 在 桥 上", "我在桥上。"),
    ],
)
def test_an_utterance_is_punctuated(said: str, text: str) -> None:
    assert writer().finished(words(said)).text == text


def test_nothing_said_is_nothing_written() -> None:
    assert writer(*NAMES).finished([]).text == ""


def test_names_are_read_from_a_model_folder(tmp_path: Path) -> None:
    (tmp_path / "graph").mkdir()
    assert all_names(tmp_path) == []
    write_names(tmp_path / "graph", NAMES, {("艨", "洲", "街道"): "濛洲街道"})
    assert all_names(tmp_path) == list(NAMES)
    loaded = Writer.load(tmp_path)
    assert loaded.finished(words("时 隆 街")).changes == (Change(0, 3, "时隆街"),)
    assert loaded.growing("艨 洲 街道") == "濛洲街道"

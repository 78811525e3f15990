"""The calls' file, and how late a word came."""

from __future__ import annotations

from pathlib import Path

import pytest

from asr.events import Word
from benchmarks.call_lines import read_lines
from benchmarks.word_delay import Shown, Utterance, delays, spoken_at
from models.errors import SetupError

pytestmark = pytest.mark.unit

GOOD = '{"id": 7, "dialed": 110, "turns": ["着火了", {"speaker": "agent", "text": "哪里"}], "x": 1}'
BAD = {
    "nonsense": "is not JSON",
    "[1]": "is no JSON object",
    '{"dialed": "110", "turns": ["a"]}': "'id' must be",
    '{"id": "../a", "dialed": "110", "turns": ["a"]}': "'id' must be",
    '{"id": "a", "turns": ["a"]}': "'dialed' must be",
    '{"id": "a", "dialed": "sip:x@y", "turns": ["a"]}': "'dialed' must be",
    '{"id": "a", "dialed": "110"}': "'turns' must be",
    '{"id": "a", "dialed": "110", "turns": []}': "'turns' must be",
    '{"id": "a", "dialed": "110", "turns": [" "]}': "every turn must be",
    '{"id": "a", "dialed": "110", "turns": [{"role": "seat"}]}': "nothing that the caller says",
    '{"id": "7", "dialed": "110", "turns": ["a"]}': "was used before",
    '{"id": "a", "dialed": "110", "turns": ["a"], "voice": 1}': "'voice' must be",
    "[" * 100_000: "",
}


def test_good_lines_are_taken_and_bad_ones_named(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes("\n\n".join([GOOD, *BAD]).encode() + b"\n\xff\n")
    calls, problems = read_lines(path)
    [call] = calls
    assert (call.line, call.id, call.dialed, call.turns) == (1, "7", "110", ("着火了", ""))
    for line, (problem, expected) in enumerate(zip(problems, BAD.values(), strict=False)):
        assert problem.startswith(f"{path}:{2 * line + 3}: ")
        assert expected in problem
    assert "is not UTF-8" in problems[-1]
    assert len(problems) == len(BAD) + 1


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        read_lines(tmp_path)


SENT = [10.0 + 0.02 * n for n in range(1, 101)]  # two seconds, in time


def test_a_moment_was_spoken_up_to_a_packet_before_it_was_sent() -> None:
    assert spoken_at(20, SENT) == pytest.approx(10.02)
    assert spoken_at(30, SENT) == pytest.approx(10.03)
    assert spoken_at(2_000, SENT) == pytest.approx(12.0)
    assert spoken_at(2_001, SENT) is None, "the far side hung up before"


def test_each_word_counts_from_its_end_to_the_first_text_that_holds_it() -> None:
    said = [Word("在", 0, 200, 1), Word("十二", 200, 500, 1), Word("栋", 500, 700, 1)]
    said.append(Word("楼下", 700, 1_000, 1))
    heard = [{"text": word.text} for word in (said[0], said[1], said[2])]
    heard.append({"text": "楼上"})
    utterance = Utterance(
        shown=[Shown(10.4, "在"), Shown(10.9, "在十二"), Shown(11.2, "在12栋")],
        words=heard,
        text="在12栋，楼上。",
        final_at=12.0,
    )
    found, words = delays(said, SENT, [utterance])
    assert words == 4
    assert found == pytest.approx([0.2, 0.7, 0.5]), (
        "楼下 was never shown; 十二 stands as 12 at last"
    )


def test_a_word_that_no_partial_held_was_shown_with_the_utterance() -> None:
    said = [Word("好", 0, 500, 1)]
    utterance = Utterance(shown=[], words=[{"text": "好"}], text="好", final_at=11.0)
    found, words = delays(said, SENT, [utterance])
    assert words == 1
    assert found == pytest.approx([0.5])

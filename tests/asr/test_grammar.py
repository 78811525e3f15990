"""What a site adds to the grammar: words for names, stand-ins, house numbers, arcs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

from asr.grammar import HOUSE_UNITS, LARGEST_HOUSE, Arc, Vocabulary, local_arcs, say_number
from asr.text import value_of

pytestmark = pytest.mark.unit

UNIGRAM, FREE = 5, 100
BEHIND, NUMBERED = FREE, FREE + 1
NUMBERS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "零")
UNITS = ("栋", "幢", "号", "单元", "楼", "室", "层", "弄", "公里")


def vocabulary(*words: str) -> Vocabulary:
    return Vocabulary(("<eps>", "#0", "[unk]", *NUMBERS, *UNITS, *words))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("南苑小区", ("南苑", "小区")),  # not 南 苑小 区: fewest words
        ("南苑", ("南苑",)),
        ("小区南", ("小区", "南")),
        ("濛小区", ("蒙", "小区")),  # by sound
        ("濛濛", ("蒙", "蒙")),
        ("南苑濛区", ("南苑", "蒙", "区")),  # no more stand-ins than needed
        ("南鑫", ()),  # nothing sounds like it
        ("", ()),
    ],
)
def test_a_name_is_said_in_the_fewest_words(text: str, words: tuple[str, ...]) -> None:
    known = Vocabulary(("南", "南苑", "苑小", "小区", "区", "蒙", "街道"))
    assert known.split(text) == words


def test_a_real_word_goes_before_any_stand_in() -> None:
    known = Vocabulary(("石", "龙", "街", "时龙街"))
    assert known.split("石龙街") == ("石", "龙", "街")


def test_a_stand_in_with_one_reading_goes_before_one_with_several() -> None:
    assert Vocabulary(("垸", "院")).split("苑") == ("院",)
    assert Vocabulary(("垸",)).split("苑") == ("垸",)


def test_marks_of_the_model_stand_in_for_nothing() -> None:
    assert Vocabulary(("<eps>", "#", "a", "[unk]")).split("苑") == ()


def test_numbers_are_said_as_they_are_read() -> None:
    said = {1: "一", 10: "十", 12: "十二", 20: "二十", 99: "九十九", 100: "一百"}
    said |= {105: "一百零五", 110: "一百一十", 230: "二百三十", 299: "二百九十九"}
    assert {value: say_number(value) for value in said} == said
    assert [value_of(say_number(value)) for value in range(1, 1000)] == list(range(1, 1000))


def paths(arcs: Iterable[Arc], start: int, end: int) -> Counter[tuple[str, ...]]:
    """The word sequences from ``start`` to ``end``, each with its number of ways."""
    leaving = defaultdict(list)
    for arc in arcs:
        if arc.word:
            leaving[arc.start].append(arc)
    found: Counter[tuple[str, ...]] = Counter()
    waiting: list[tuple[int, tuple[str, ...]]] = [(start, ())]
    while waiting:
        at, said = waiting.pop()
        for arc in leaving[at]:
            if arc.end == end:
                found[*said, arc.word] += 1
            elif arc.end not in (start, BEHIND, NUMBERED):
                waiting.append((arc.end, (*said, arc.word)))
    return found


def test_names_and_house_numbers_have_one_way_each() -> None:
    known = vocabulary("南苑", "小区", "石龙", "街", "蒙", "洲")
    names = ["南苑小区", "南苑", "石龙街", "濛洲", "石龙街"]
    arcs, written = local_arcs(names, known, UNIGRAM, FREE)
    assert paths(arcs, UNIGRAM, BEHIND) == {
        ("南苑", "小区"): 1,
        ("南苑",): 1,
        ("石龙", "街"): 1,
        ("蒙", "洲"): 1,
    }
    houses = paths(arcs, BEHIND, NUMBERED)
    assert set(houses) == {known.split(say_number(value)) for value in range(1, LARGEST_HOUSE)}
    units = paths(arcs, NUMBERED, BEHIND)
    assert set(units) == {known.split(unit) for unit in HOUSE_UNITS}
    assert {*houses.values(), *units.values()} == {1}
    back = {(arc.start, arc.end) for arc in arcs if not arc.word}
    assert back == {(BEHIND, UNIGRAM), (NUMBERED, UNIGRAM)}
    assert min(arc.cost for arc in arcs) > 0
    assert written == {("蒙", "洲"): "濛洲"}


def test_names_share_their_beginnings_and_new_states_are_new() -> None:
    known = vocabulary("南苑", "小区", "东", "门")
    arcs, _ = local_arcs(["南苑小区东", "南苑小区门"], known, UNIGRAM, FREE)
    of_names = [arc for arc in arcs if arc.word in ("南苑", "小区", "东", "门")]
    assert Counter(arc.word for arc in of_names) == {"南苑": 1, "小区": 1, "东": 1, "门": 1}
    states = {arc.start for arc in arcs} | {arc.end for arc in arcs}
    assert states - {UNIGRAM} == set(range(FREE, max(states) + 1))


def test_of_names_said_alike_the_one_in_the_models_words_is_written() -> None:
    known = vocabulary("领", "头", "村", "蒙")
    _, written = local_arcs(["岭头村", "领头村", "濛村", "朦村"], known, UNIGRAM, FREE)
    assert written == {("蒙", "村"): "濛村"}


def test_a_name_that_cannot_be_said_costs_that_name() -> None:
    arcs, written = local_arcs(["鑫村", "石村"], vocabulary("石", "村"), UNIGRAM, FREE)
    assert set(paths(arcs, UNIGRAM, BEHIND)) == {("石", "村")}
    assert written == {}


def test_a_model_without_numbers_takes_the_names() -> None:
    arcs, _ = local_arcs(["石村"], Vocabulary(("石", "村")), UNIGRAM, FREE)
    assert set(paths(arcs, UNIGRAM, BEHIND)) == {("石", "村")}
    assert not paths(arcs, BEHIND, NUMBERED)

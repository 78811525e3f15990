"""What a site adds to the grammar: words for names, stand-ins, numbers, phrases, arcs."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable

import pytest

from asr.grammar import PHONE, PLACE, Arc, Base, SiteGrammar, say_number
from asr.ngrams import BEGIN, NGrams
from asr.text import value_of
from asr.vocabulary import Vocabulary

pytestmark = pytest.mark.unit

START, UNIGRAM, FREE = 0, 5, 100
NUMBERS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十", "百", "千", "零", "幺", "两")
UNITS = ("栋", "幢", "号", "单元", "楼", "室", "层", "弄", "公里", "元")


def vocabulary(*words: str) -> Vocabulary:
    return Vocabulary(("<eps>", "#0", "[unk]", *NUMBERS, *UNITS, *words))


def built(names: Iterable[str], words: Vocabulary, sentences: Iterable[str] = ()) -> SiteGrammar:
    grammar = SiteGrammar(words, Base(START, UNIGRAM, FREE))
    grammar.add(names, list(sentences))
    return grammar


class Paths:
    """The cheapest way through the arcs for a word sequence from one state to another."""

    def __init__(self, arcs: Iterable[Arc]) -> None:
        self._leaving: dict[int, list[Arc]] = defaultdict(list)
        for arc in arcs:
            self._leaving[arc.start].append(arc)

    def cost(self, words: tuple[str, ...], start: int = UNIGRAM, end: int = UNIGRAM) -> float:
        """Infinite where there is no way."""
        at = {start: 0.0}
        for word in words:
            at = self._step(self._silent(at), word)
        return self._silent(at).get(end, math.inf)

    def _step(self, at: dict[int, float], word: str) -> dict[int, float]:
        found: dict[int, float] = {}
        for state, cost in at.items():
            for arc in self._leaving[state]:
                if arc.word == word:
                    found[arc.end] = min(found.get(arc.end, math.inf), cost + arc.cost)
        return found

    def _silent(self, at: dict[int, float]) -> dict[int, float]:
        found, waiting = dict(at), list(at)
        while waiting:
            state = waiting.pop()
            for arc in self._leaving[state]:
                cost = found[state] + arc.cost
                if not arc.word and cost < found.get(arc.end, math.inf):
                    found[arc.end] = cost
                    waiting.append(arc.end)
        return found


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


def test_a_sentence_is_split_as_the_model_would_write_it() -> None:
    known = Vocabulary({"我": 4.0, "在": 4.0, "我在": 12.0, "家": 6.0})
    assert known.likely("我在家") == ("我", "在", "家")
    assert known.likely("我在屋") == ()


def test_numbers_are_said_as_they_are_read() -> None:
    said = {1: "一", 2: "二", 10: "十", 12: "十二", 20: "二十", 99: "九十九", 100: "一百"}
    said |= {105: "一百零五", 110: "一百一十", 230: "二百三十", 299: "二百九十九"}
    assert {value: say_number(value) for value in said} == said
    assert say_number(2, "两") == "两"
    assert [value_of(say_number(value)) for value in range(1, 1000)] == list(range(1, 1000))


def test_names_have_one_way_each_and_share_their_beginnings() -> None:
    grammar = built(
        ["南苑小区", "南苑小门", "濛洲", "濛洲"], vocabulary("南苑", "小", "区", "门", "蒙", "洲")
    )
    words = Counter(arc.word for arc in grammar.arcs)
    assert words["区"] == words["门"] == words["洲"] == 1
    assert words["南苑"] == words["蒙"] == 2  # anywhere, and where a place is expected
    assert grammar.written == {("蒙", "洲"): "濛洲"}
    assert all(arc.cost >= 0 for arc in grammar.arcs)
    new = {arc.start for arc in grammar.arcs} | {arc.end for arc in grammar.arcs}
    assert min(new - {UNIGRAM}) >= FREE


@pytest.mark.parametrize(
    "behind",
    [
        "十 二 栋",
        "十 二 栋 三 单元 五 零 二 室",  # digit by digit
        "一 百 三 十 八 号",
        "一 百 二 号",
        "两 千 零 五 号",
        "二 十 七 弄 五 号",
        "幺 二 零 三 室",
        "三 公里",
        "五 零 二",  # straight behind a name a number needs no unit
    ],
)
def test_numbers_follow_a_name(behind: str) -> None:
    paths = Paths(built(["南苑"], vocabulary("南苑")).arcs)
    assert paths.cost(("南苑", *behind.split())) < math.inf


def test_a_number_alone_needs_its_unit() -> None:
    paths = Paths(built([], vocabulary()).arcs)
    assert paths.cost(("三", "楼")) < math.inf
    assert paths.cost(("两", "千", "元")) < math.inf
    assert paths.cost(("三",)) == math.inf


def test_callers_phrases_make_their_words_and_places_cheaper() -> None:
    words = vocabulary("南苑", "我", "在", "家")
    plain = Paths(built(["南苑"], words).arcs)
    told = Paths(built(["南苑"], words, [f"我在{PLACE}", "我在家", "我在家"]).arcs)
    assert plain.cost(("我", "在", "家")) == math.inf
    assert told.cost(("我", "在", "家")) < math.inf
    assert told.cost(("在", "南苑")) < told.cost(("家", "南苑"))
    assert told.cost(("我", "在", "南苑"), start=START) < math.inf


def test_numbers_to_call_come_where_phrases_expect_them() -> None:
    words = vocabulary("电话", "是")
    paths = Paths(built([], words, [f"电话是{PHONE}"]).arcs)
    number = tuple("幺三八五七八零零六二幺")
    assert paths.cost(("电话", "是", *number)) < math.inf
    assert paths.cost(("电话", *number)) == math.inf


def test_of_names_said_alike_the_one_in_the_models_words_is_written() -> None:
    known = vocabulary("领", "头", "村", "蒙")
    assert built(["岭头村", "领头村", "濛村", "朦村"], known).written == {("蒙", "村"): "濛村"}


def test_a_name_that_cannot_be_said_costs_that_name() -> None:
    grammar = built(["鑫村", "石村"], vocabulary("石", "村"))
    assert Paths(grammar.arcs).cost(("石", "村")) < math.inf
    assert grammar.written == {}


def test_a_model_without_numbers_takes_the_names() -> None:
    paths = Paths(built(["石村"], Vocabulary(("石", "村"))).arcs)
    assert paths.cost(("石", "村")) < math.inf


def test_ngrams_are_probabilities_and_fall_back() -> None:
    told = NGrams([("我", "在", "家"), ("我", "在", "桥"), ("我", "走")])
    following = dict(told.following(("我",)))
    assert following["在"] < following["走"]
    assert sum(math.exp(-cost) for cost in following.values()) <= 1 + 1e-9
    assert told.remembered(("没有", "我")) == ("我",)
    assert told.remembered((BEGIN, "我")) == (BEGIN, "我")
    assert told.remembered(("没有", "听过")) == ()
    assert not NGrams([])

"""The knowledge base: articles, search by words and by sound, gaps, bad input."""

from __future__ import annotations

import time
from datetime import date
from pathlib import Path

import pytest

from classifier.articles import Article, read_articles
from classifier.knowledge import Knowledge

pytestmark = pytest.mark.unit

DEMO = Path(__file__).parents[2] / "yihu" / "demo" / "qingyuan" / "knowledge"
TODAY = date(2026, 11, 22)


@pytest.fixture(scope="module")
def knowledge() -> Knowledge:
    return Knowledge(read_articles(DEMO).articles)


def test_the_demo_articles_are_sound() -> None:
    read = read_articles(DEMO)
    assert read.problems == ()
    assert len(read.articles) >= 60
    assert all(len(article.questions) >= 2 for article in read.articles)


@pytest.mark.parametrize(
    ("question", "id_"),
    [
        ("我的身份证不晓得掉到哪里去了怎么补一张", "R03"),
        ("申分证丢了怎么不办", "R03"),
        ("高岭老人补铁怎么申请", "R12"),
        ("我是外地来打工的，暂住证在哪里办", "R05"),
        ("我爸爸中风瘫痪了想办个残疾证", "R13"),
        ("明年的医保什么时候开始缴", "S01"),
        ("厂里把我辞退了失业金怎么领", "S09"),
        ("老板托钱工资怎么办", "S10"),
        ("在厂里手被机器压了，单位不给报工伤", "S12"),
        ("自来水费手机上怎么缴", "U01"),
        ("我们家突然没电了，是不是跳闸", "U06"),
        ("新装修的房子想开通天然气", "U08"),
        ("物业不作为，电梯老是坏", "U16"),
        ("小孩九月份要上一年级了怎么报名", "C01"),
        ("去县医院坐几路公交车，末班车几点", "C05"),
        ("七十五岁老人坐公交车要不要钱", "C06"),
        ("网上买了双鞋是假货，商家不退", "C14"),
        ("清明节能不能上山烧纸", "C23"),
    ],
)
def test_questions_as_people_ask_them(knowledge: Knowledge, question: str, id_: str) -> None:
    found = knowledge.search(question, TODAY)
    assert found.good
    assert found.hits[0].article.id == id_
    assert 0 < found.hits[0].p <= 1
    assert len(found.hits) <= 5


@pytest.mark.parametrize(
    "question",
    ["今天股票涨了没有", "怎么做红烧肉好吃", "苹果手机怎么截屏", "我想种香菇去哪里买菌棒",
     "我老公打我", "足球比赛几点开始", "我想问火星上有没有水"],
)  # fmt: skip
def test_a_question_without_an_article_is_a_gap(knowledge: Knowledge, question: str) -> None:
    assert not knowledge.search(question, TODAY).good


def _article(id_: str, title: str, **more: object) -> Article:
    return Article(id_, title, "去窗口办理。", "公安", "窗口", **more)  # type: ignore[arg-type] # dates


def test_expired_and_coming_articles_are_not_offered() -> None:
    knowledge = Knowledge(
        [
            _article("old", "身份证补办收费", valid_until=date(2026, 11, 21)),
            _article("last", "身份证补办收费", valid_until=TODAY),
            _article("first", "身份证补办收费", valid_from=TODAY),
            _article("new", "身份证补办收费", valid_from=date(2026, 11, 23)),
        ]
    )
    found = knowledge.search("身份证补办收费吗", TODAY)
    assert {hit.article.id for hit in found.hits} == {"last", "first"}


def test_bad_articles_are_named_by_file_and_line(tmp_path: Path) -> None:
    toml = tmp_path / "a.toml"
    toml.write_text(
        '[[article]]\nid = "A1"\ntitle = "身份证"\nanswer = "去"\nunit = "公安"\nsource = "窗口"\n'
        '[[article]]\nid = "A2"\ntitle = ""\n'
        '[[article]]\nid = "A1"\ntitle = "身份证"\nanswer = "去"\nunit = "公安"\nsource = "窗口"\n'
        "  [[article]]\n"
        'id = "A3"\ntitle = "身份证"\nanswer = "去"\nunit = "公安"\nsource = "窗口"\n'
        "valid_from = 2026-05-01\nvalid_until = 2026-04-01\n"
        '[[article]]\nid = "A4"\ncolour = "red"\n',
        encoding="utf-8",
    )
    table = tmp_path / "b.csv"
    table.write_text(
        "id,title,questions,answer,unit,source,valid_from\n"
        "B1,医保缴费,怎么交医保|医保哪里交,去税务,医保,窗口,2026-01-01\n"
        "B2,医保缴费,,去税务,医保,窗口,soon\n"
        "B3,医保缴费,,去税务,医保,窗口,,,\n"
        "坏,医保缴费,,去税务,医保,窗口,\n",
        encoding="utf-8",
    )
    broken = tmp_path / "c.toml"
    broken.write_text("[[article]\n", encoding="utf-8")
    binary = tmp_path / "d.csv"
    binary.write_bytes(b"\xff\xfe\x00")
    read = read_articles(tmp_path)
    assert [article.id for article in read.articles] == ["A1", "B1"]
    assert read.articles[1].questions == ("怎么交医保", "医保哪里交")
    wheres = [problem.split(": ")[0] for problem in read.problems]
    assert wheres == [
        *(f"{toml}:{line}" for line in (7, 10, 16, 24)),
        *(f"{table}:{line}" for line in (3, 4, 5)),
        str(broken),
        str(binary),
    ]
    assert "line 1" in read.problems[-2]


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    read = read_articles(tmp_path / "none.toml")
    assert read.articles == ()
    assert str(tmp_path / "none.toml") in read.problems[0]


def test_five_thousand_articles_answer_quickly(knowledge: Knowledge) -> None:
    many = [
        Article(
            f"{article.id}-{copy}", f"{article.title}{copy}", article.answer, article.unit,
            article.source, article.questions, article.tags,
        )
        for copy in range(70)
        for article in knowledge.articles
    ][:5_000]  # fmt: skip
    large = Knowledge(many)
    spent: list[float] = []
    for article in knowledge.articles[:40]:
        began = time.perf_counter()
        found = large.search(article.questions[0], TODAY)
        spent.append(time.perf_counter() - began)
        assert found.good
        assert found.hits[0].article.id.split("-")[0] == article.id
    assert sorted(spent)[len(spent) // 2] < 0.05


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00\x01", "😀", "hello how are you", "<b>身份证</b><script>1</script>",
     "身份证" * 33_334,
     "\ud800身份证", "♪", "%s{}\\", "العربية"],
    ids=lambda text: ascii(text[:8]),
)  # fmt: skip
def test_any_text_is_answered(knowledge: Knowledge, text: str) -> None:
    assert isinstance(knowledge.search(text, TODAY).good, bool)


def test_an_empty_base_finds_nothing() -> None:
    found = Knowledge([]).search("身份证丢了怎么办", TODAY)
    assert not found.good
    assert found.hits == ()

"""The knowledge base over HTTP: found, written, taken back, and what is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.desk import Site

pytestmark = pytest.mark.integration

CARD: dict[str, Any] = {
    "title": "身份证补办",
    "answer": "带户口簿到任一派出所户籍窗口办理，费用40元，约20天取证。",
    "unit": "公安",
    "source": "演示内容",
    "questions": ["身份证丢了怎么办", "身份证到期怎么换"],
    "tags": ["证件"],
    "valid_from": "2026-01-01",
}


async def search(client: httpx.AsyncClient, text: str) -> dict[str, Any]:
    answer = await client.post("/api/knowledge/search", json={"text": text})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def written(client: httpx.AsyncClient, **values: Any) -> dict[str, Any]:
    answer = await client.post("/api/knowledge/articles", json=CARD | values)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_written_article_is_found_at_once_changed_and_taken_back(site: Site) -> None:
    async with site.signed_in("boss") as boss, site.signed_in("seat-a") as seat:
        assert await search(seat, "身份证掉了") == {"good": False, "hits": []}
        article = await written(boss)
        assert article["state"] == "valid"
        found = await search(seat, "身份证掉了怎么补")  # another word for it
        assert found["good"]
        (hit,) = found["hits"]
        assert (hit["id"], hit["unit"], hit["source"]) == (article["id"], "公安", "演示内容")
        url = f"/api/knowledge/articles/{article['id']}"

        body = CARD | {"answer": "网上也能办。", "version": article["version"]}
        answer = await boss.put(url, json=body)
        assert answer.status_code == 200, answer.text
        assert (await search(seat, "身份证丢了"))["hits"][0]["answer"] == "网上也能办。"
        late = await boss.put(url, json=body)
        assert late.status_code == 409
        assert "刚被他人修改" in late.json()["message"]

        now = {"version": answer.json()["version"]}
        retired = (await boss.post(f"{url}/retire", json=now)).json()
        assert retired["state"] == "retired"
        assert not (await search(seat, "身份证丢了"))["good"]
        now = {"version": retired["version"]}
        assert (await boss.post(f"{url}/restore", json=now)).json()["state"] == "valid"
        assert (await search(seat, "身份证丢了"))["good"]

        changes = (await boss.get(f"{url}/changes")).json()
        assert [one["action"] for one in changes] == ["restore", "retire", "edit", "add"]
        assert changes[2]["before"] == {"answer": CARD["answer"]}
        assert changes[2]["after"] == {"answer": "网上也能办。"}
        assert {one["by"] for one in changes} == {"boss员"}


async def test_only_what_holds_today_is_answered(site: Site) -> None:
    async with site.signed_in("boss") as boss:
        over = await written(boss, valid_until="2026-02-28")
        later = await written(boss, valid_from="2026-04-01")
        assert (over["state"], later["state"]) == ("expired", "later")
        assert (await search(boss, "身份证丢了"))["hits"] == []
        for state in ("expired", "later"):
            listed = await boss.get("/api/knowledge/articles", params={"state": state})
            assert [one["state"] for one in listed.json()["articles"]] == [state]
        # The night before it begins, and the day itself.
        site.clock.advance(timedelta(days=30, hours=3))
        async with site.signed_in("boss") as again:
            assert not (await search(again, "身份证丢了"))["good"]
            site.clock.advance(timedelta(hours=2))
            assert (await search(again, "身份证丢了"))["hits"][0]["id"] == later["id"]


async def test_a_missing_answer_becomes_a_task_and_ends_with_an_article(site: Site) -> None:
    _, call_id = await site.order_of("seat-a", "1001")
    async with site.signed_in("boss") as boss, site.signed_in("seat-a") as seat:
        body = {"text": " 养蜂补贴怎么领 ", "call_id": str(call_id)}
        first = await seat.post("/api/knowledge/gaps", json=body)
        assert first.status_code == 201, first.text
        again = await seat.post("/api/knowledge/gaps", json=body)
        assert again.json()["id"] == first.json()["id"]
        await seat.post("/api/knowledge/gaps", json={"text": "今天天气"})
        weather, bees = (await boss.get("/api/knowledge/gaps")).json()
        if weather["text"] != "今天天气":
            weather, bees = bees, weather
        assert (bees["text"], bees["asked_by"]) == ("养蜂补贴怎么领", "seat-a员")

        article = await written(boss, title="养蜂补贴", questions=[bees["text"]], gap_id=bees["id"])
        assert (await search(seat, "养蜂补贴怎么领"))["hits"][0]["id"] == article["id"]
        url = f"/api/knowledge/gaps/{weather['id']}/dismiss"
        assert (await boss.post(url, json={"reason": "不属于受理范围"})).status_code == 200
        late = await boss.post(url, json={"reason": "不属于受理范围"})
        assert late.status_code == 409
        assert "不予收录" in late.json()["message"]
        assert (await boss.get("/api/knowledge/gaps")).json() == []
        (done,) = (await boss.get("/api/knowledge/gaps", params={"state": "answered"})).json()
        assert (done["article_title"], done["closed_by"]) == ("养蜂补贴", "boss员")
        (gone,) = (await boss.get("/api/knowledge/gaps", params={"state": "dismissed"})).json()
        assert gone["reason"] == "不属于受理范围"


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"title": "abc"}, "标题"),
        ({"title": "   "}, "标题"),
        ({"title": "长" * 81}, "标题"),
        ({"answer": "长" * 4001}, "答复"),
        ({"questions": ["问" * 201]}, "问法"),
        ({"questions": ["问"] * 41}, "问法"),
        ({"valid_from": "2026-13-01"}, "生效日期"),
        ({"valid_from": "2026-05-01", "valid_until": "2026-04-30"}, "失效日期"),
        ({"more": 1}, "more"),
    ],
)
async def test_articles_that_cannot_be_are_refused(
    site: Site, values: dict[str, Any], word: str
) -> None:
    async with site.signed_in("boss") as boss:
        answer = await boss.post("/api/knowledge/articles", json=CARD | values)
        assert answer.status_code == 422
        assert word in answer.json()["message"]
        assert (await boss.get("/api/knowledge/articles")).json()["total"] == 0


async def test_strange_questions_find_nothing_and_break_nothing(site: Site) -> None:
    async with site.signed_in("boss") as boss:
        await written(boss, title="<script>alert(1)</script>身份证")
        for text in ("", "？！", "😀", "身份证" * 600, "\x00\x1b[31m", "' OR 1=1 --", "ＡＢＣ"):
            await search(boss, text)
        assert (
            await boss.post("/api/knowledge/search", json={"text": "长" * 2001})
        ).status_code == 422
        listed = await boss.get("/api/knowledge/articles", params={"words": "100%_"})
        assert listed.json()["total"] == 0
        missing = {"text": "养蜂", "call_id": str(uuid4())}
        assert (await boss.post("/api/knowledge/gaps", json=missing)).status_code == 404
        assert (
            await boss.post(f"/api/knowledge/gaps/{uuid4()}/dismiss", json={"reason": "无"})
        ).status_code == 404
        unknown = f"/api/knowledge/articles/{uuid4()}"
        assert (await boss.put(unknown, json=CARD | {"version": 0})).status_code == 404

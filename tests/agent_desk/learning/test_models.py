"""Models are trained, compared, taken into use and gone back to."""

from __future__ import annotations

from datetime import timedelta

import anyio
import pytest
from sqlalchemy import select

from agent_desk.learning.course import only_one
from agent_desk.learning.store import loaded
from classifier import versions
from classifier.weights import WEIGHTS
from models.learning_states import TrainingStatus
from models.learning_tables import TrainingRun
from models.telephony_tables import Audit
from tests.support.asterisk import eventually
from tests.support.desk import Site
from tests.support.learned import SAID, Taught, corrected, guess, judged

pytestmark = pytest.mark.integration


async def test_what_people_corrected_goes_live_by_a_click_and_back(taught: Taught) -> None:
    first = taught.live.version
    await corrected(taught)
    name = await taught.train()
    assert name != first
    async with taught.site.signed_in("boss") as client:
        shown = (await client.get("/api/models")).json()
        made = next(one for one in shown["models"] if one["name"] == name)
        assert made["offered"]
        assert made["better"]
        assert made["comparison"]["verdict"] == "better"
        assert made["comparison"]["own_calls"] == 2
        assert made["examples"] == len(SAID)
        old = next(one for one in shown["models"] if one["live"])
        assert (old["name"], old["base"]) == (first, True)
        assert (shown["calls"], shown["held_out"]) == (8, 2)
        assert [run["status"] for run in shown["runs"]] == ["done"]

        answer = await client.post("/api/models/use", json={"name": name})
        assert answer.status_code == 200, answer.text
        assert taught.live.version == name
        assert guess(taught, "路面冒大水，水哗哗地冲") == "C0101"
        async with taught.site.database.reading() as session:
            audit = (await session.scalars(select(Audit))).one()
        assert (audit.action, audit.detail) == ("use_model", {"before": first, "after": name})
        # The next start.
        store = taught.folder / "classifier"
        taxonomy = taught.learning.taxonomies.current
        said: list[str] = []
        again = loaded(store, taught.base, None, taxonomy, None, said.append)
        assert (again.version, said) == (name, [])

        answer = await client.post("/api/models/roll-back")
        assert answer.json()["version"] == first == taught.live.version
        answer = await client.post("/api/models/use", json={"name": name})
        assert answer.json()["version"] == name

        # Somebody damaged the file: the live model stays, the next start falls back.
        await client.post("/api/models/roll-back")
        (store / name / WEIGHTS).write_bytes(b"")
        answer = await client.post("/api/models/use", json={"name": name})
        assert answer.status_code == 409
        assert "不完整或被改动" in answer.json()["message"]
        assert taught.live.version == first
        (store / versions.LIVE).write_text(f"{name}\n")
        fallen = loaded(store, taught.base, None, taxonomy, None, said.append)
        assert fallen.version == first
        assert len(said) == 1
        assert name in said[0]


async def test_a_model_that_is_not_better_is_not_offered(taught: Taught) -> None:
    name = await taught.train()  # nothing to learn: the same model again
    async with taught.site.signed_in("boss") as client:
        shown = (await client.get("/api/models")).json()
        assert [one["offered"] for one in shown["models"] if one["name"] == name] == [False]
        await corrected(taught)
        for text in ("我家着火了", "厨房起火了快来", "屋里烧起来了", "床烧着了"):
            for _ in range(6):
                await judged(taught.site.database, text, "C0101")
        worse = await taught.train()
        shown = (await client.get("/api/models")).json()
        made = next(one for one in shown["models"] if one["name"] == worse)
        assert made["comparison"]["verdict"] in ("denies", "worse")
        answer = await client.post("/api/models/use", json={"name": worse})
        assert answer.status_code == 409
        assert "没有比现用的模型更好" in answer.json()["message"]
        assert (await client.post("/api/models/use", json={"name": "../x"})).status_code == 404
        assert (await client.post("/api/models/roll-back")).status_code == 409


async def test_a_new_item_is_learned_from_a_few_calls(taught: Taught) -> None:
    async with taught.site.signed_in("boss") as client:
        body = {
            "number": 0,
            "name": "共享单车乱停",
            "group": "市容环境",
            "emergency": False,
            "level": "四级",
            "received": 30,
            "on_site": 0,
            "feedback": 1440,
            "lead": "城管",
            "support": [],
            "ask": ["停在哪里？"],
            "advise": [],
        }
        answer = await client.put("/api/taxonomy/C9901", json=body)
        assert answer.status_code == 200, answer.text
        item = next(one for one in answer.json()["items"] if one["code"] == "C9901")
        assert not item["learned"]
        centre = (await client.get("/api/centre")).json()
        assert "C9901" in {one["code"] for one in centre["categories"]}
        for text in ("共享单车堆满人行道", "共享单车倒了一地", "好多共享单车挡着盲道"):
            await judged(taught.site.database, text, "C9901")
        name = await taught.train()
        # Not asked of the fixed set, so nothing is gained there; it is learned all the same.
        model = loaded(
            taught.folder / "classifier",
            taught.folder / "classifier" / name,
            None,
            taught.learning.taxonomies.current,
            None,
            lambda _: None,
        )
        assert "C9901" in model.learned
        said = model.suggest("门口共享单车堆满了")
        best = said.category or said.alternatives[0]
        assert best.code == "C9901"


async def status_of_last_run(site: Site) -> TrainingStatus:
    async with site.database.reading() as session:
        query = select(TrainingRun).order_by(TrainingRun.started_at.desc())
        found = (await session.scalars(query)).first()
    assert found is not None
    return found.status


async def test_training_runs_beside_the_desk_one_at_a_time(taught: Taught) -> None:
    site = taught.site
    await corrected(taught)
    store = taught.folder / "classifier"
    versions.use(store, versions.keep(store, taught.base))  # else it would make the project's own

    async def over() -> bool:
        return taught.learning.trainer.done is None

    async with site.signed_in("boss") as client, anyio.create_task_group() as group:
        await group.start(taught.learning.trainer.run)
        answer = await client.post("/api/training")
        assert answer.status_code == 202, answer.text
        assert answer.json()["done"] == 0
        assert (await client.post("/api/training")).status_code == 409
        assert (await client.delete("/api/training")).status_code == 204
        await eventually(over, "the training is cancelled", 300)
        assert await status_of_last_run(site) is TrainingStatus.CANCELLED
        assert (await client.delete("/api/training")).status_code == 409

        with only_one(store):  # as a command line would
            answer = await client.post("/api/training")
            assert answer.status_code == 409
            assert "已有一次训练" in answer.json()["message"]

        site.clock.advance(timedelta(seconds=1))
        await client.post("/api/training")
        await eventually(over, "the training ends", 900)  # of the lowest priority
        shown = (await client.get("/api/models")).json()
        run = shown["runs"][0]
        assert (run["status"], run["message"]) == ("done", "")
        assert run["by"] == "boss员"
        assert run["version"] in {one["name"] for one in shown["models"]}
        group.cancel_scope.cancel()


async def test_a_run_that_a_crash_broke_off_is_closed_at_the_next_start(taught: Taught) -> None:
    run = TrainingRun(started_at=taught.site.clock.now(), user_id=None, ended_at=None)
    async with taught.site.database.writing() as work:
        work.session.add(run)
    async with anyio.create_task_group() as group:
        await group.start(taught.learning.trainer.run)
        group.cancel_scope.cancel()
    assert await status_of_last_run(taught.site) is TrainingStatus.FAILED

"""A classifier that is trained in a second, and calls it can learn from."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from agent_desk.learning.course import learn
from agent_desk.learning.dial import Dial
from agent_desk.learning.learning import Learning
from agent_desk.learning.taxonomies import Taxonomies
from classifier import versions
from classifier.live import LiveClassifier
from classifier.model import Classifier
from classifier.training import train
from models.database import Database
from models.learning_tables import (
    Judged,
    JudgedCall,
    Judgement,
    LabelledExample,
    TrainingRun,
)
from models.order_tables import Incident, WorkOrder
from models.tables import Call, CallSuggestion
from tests.support.desk import Site
from tests.support.spoken import utterance

CALLS = {
    "E0101": [
        "我家着火了",
        "厨房起火了快来",
        "楼上冒黑烟了 #二级",
        "床烧着了 #+公安",
        "屋里烧起来了",
    ],
    "C0101": ["水管爆了", "路上喷水了", "总管裂了往外冒水", "水表那里漏水 #&C0402", "自来水管爆了"],
    "C0402": ["井盖没了", "盖子碎了", "窨井没有盖", "井口敞着很危险", "下水道的盖子不见了"],
    "N0000": ["喂你好", "我在这里", "你听我说", "等一下啊", "能听到吗"],
}


def small_corpus(folder: Path) -> Path:
    """A corpus of three items."""
    folder.mkdir()
    lines = [f"== {code}\n" + "\n".join(said) for code, said in CALLS.items()]
    (folder / "calls.txt").write_text("\n".join(lines), encoding="utf-8")
    (folder / "keywords.tsv").write_text("E0101\t着火 起火\nC0101\t爆管\n", encoding="utf-8")
    return folder


def small_model(folder: Path, corpus: Path) -> Path:
    """A model of that corpus."""
    train(folder, folds=2, corpus=corpus)
    return folder


# What callers here say of a burst pipe, which the small corpus does not hold.
SAID = ["路面冒大水", "水哗哗地冲", "地下涌出水来", "水柱好几米高", "整条街都是水", "水一直喷"]
# What models are measured on beside own calls.
FIXED = [
    ("E0101", "我家厨房着火了"),
    ("E0101", "楼上的床起火烧着了"),
    ("C0101", "路上水管爆了"),
    ("C0101", "总管裂了在喷水"),
    ("C0402", "窨井的井盖没了"),
    ("C0402", "井口没有盖子"),
]


async def learning_of(
    database: Database, folder: Path, base: Path, corpus: Path, *, live: bool = True
) -> tuple[Learning, LiveClassifier | None]:
    """The parts of learning on a database, as a centre has them."""
    taxonomies = Taxonomies(database, database.clock, folder / "site" / "taxonomy.toml")
    dial = Dial(database, database.clock)
    await taxonomies.load()
    await dial.load()
    store = folder / "classifier"
    found = None
    if live:
        model = Classifier.load(base, None, taxonomies.current).with_dial(dial.emergency_from)
        found = LiveClassifier(model)
    env = {
        **os.environ,
        "YIHU_DATA_DIR": str(folder),
        "YIHU_DATABASE_URL": database.engine.url.render_as_string(hide_password=False),
        "YIHU_CACHE_DIR": str(folder / "cache"),
    }
    command = [sys.executable, "-m", "yihu", "learn", "--progress", "--corpus", str(corpus)]
    made = Learning(
        database,
        database.clock,
        taxonomies,
        dial,
        store=store,
        base=base,
        live=found,
        command=command,
        env=env,
        keep_for=timedelta(days=30),
    )
    return made, found


async def a_call(
    database: Database, said: Sequence[str], payload: dict[str, Any] | None, version: str = "m1"
) -> UUID:
    """A call with its words and its suggestion."""
    now = database.clock.now()
    async with database.writing() as work:
        call = Call(
            queue_code="96345",
            dialled="96345",
            caller_number="13800001234",
            channel=f"PJSIP/trunk-{uuid4()}",
            received_at=now,
        )
        work.session.add(call)
        stream = uuid4()
        for number, text in enumerate(said):
            work.session.add(
                utterance(call.id, text, now, stream_id=stream, sequence=number, end_ms=1000)
            )
        if payload is not None:
            work.session.add(
                CallSuggestion(
                    call_id=call.id, payload=payload, model_version=version, updated_at=now
                )
            )
    return call.id


async def judged(
    database: Database,
    text: str,
    code: str,
    *,
    emergency: bool = False,
    p: float | None = None,
    held_out: bool = False,
    judgement: Judgement = Judgement.CHANGED,
    **changes: Any,
) -> UUID:
    """A call that people have judged already."""
    now = database.clock.now()
    async with database.writing() as work:
        call_id = uuid4()
        incident = Incident(number=uuid4().hex[:20], opened_at=now)
        order = WorkOrder(
            number=uuid4().hex[:20],
            incident=incident,
            queue_code="96345",
            fields={},
            field_states={},
            created_at=now,
            dispatch_orders=[],
        )
        work.session.add(
            Call(
                id=call_id,
                queue_code="96345",
                dialled="96345",
                caller_number="",
                channel=str(call_id),
                received_at=now,
            )
        )
        work.session.add(order)
        values: dict[str, Any] = {
            "work_order_id": order.id,
            "call_id": call_id,
            "judged_at": now,
            "order_version": 1,
            "seen_at": now,
            "text": text,
            "confidence": 0.9,
            "model_version": "m1",
            "suggested": True,
            "abstained": False,
            "emergency_p": p,
            "proposed_code": code,
            "unknown": 0.1,
            "emergency": emergency,
            "category_code": code,
            "level": "三级",
            "held_out": held_out,
            "delete_after": now + timedelta(days=30),
            "erased_at": None,
        }
        row = JudgedCall(**(values | changes), examples=[])
        row.examples.append(
            LabelledExample(
                field=Judged.CATEGORY,
                judgement=judgement,
                proposed={"value": "O0105"},
                chosen={"value": code},
                by=None,
                at=now,
            )
        )
        work.session.add(row)
    return row.id


@dataclass
class Taught:
    """A desk that learns."""

    site: Site
    learning: Learning
    live: LiveClassifier
    base: Path
    corpus: Path
    folder: Path
    fixed: Path

    async def train(self) -> str:
        """One course of learning; the version's name."""
        run = TrainingRun(started_at=self.site.clock.now(), user_id=None, ended_at=None)
        async with self.site.database.writing() as work:
            work.session.add(run)
        store = self.folder / "classifier"
        current = versions.live(store)
        made = await learn(
            self.site.database,
            self.site.clock,
            store,
            store / current if current else self.base,
            self.learning.taxonomies.current,
            run_id=run.id,
            tell=lambda _: None,
            corpus=self.corpus,
            folds=2,
            fixed=self.fixed,
        )
        return made.version


async def corrected(taught: Taught) -> None:
    """People said of several calls that they are a burst pipe."""
    for text in SAID:
        await judged(taught.site.database, text, "C0101")
    for text in ("楼下的路面冒大水", "好大的水哗哗地冲"):
        await judged(taught.site.database, text, "C0101", held_out=True)


def guess(taught: Taught, text: str) -> str:
    said = taught.live.suggest(text)
    best = said.category or next(iter(said.alternatives), None)
    return best.code if best else ""

"""One story as it is played: its orders, who has them, and what has been seen of their lamps."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import anyio
from anyio.abc import TaskGroup

from yihu.scenarios.people import Person, order_in
from yihu.scenarios.stage import POLL_SECONDS, SUPERVISOR, Stage, Unmet
from yihu.scenarios.story import Step, Story
from yihu.scenarios.timeline import Timeline
from yihu.simulate.talker import Talker

LAMPS: Final = {"red": "红", "blue": "蓝", "green": "绿", None: "灭"}


@dataclass(slots=True)
class Line:
    """The caller's telephone while it is connected."""

    talker: Talker
    connected: anyio.Event = field(default_factory=anyio.Event)
    hang_up: anyio.Event = field(default_factory=anyio.Event)
    over: anyio.Event = field(default_factory=anyio.Event)
    trouble: str = ""


@dataclass(slots=True)
class Case:
    """A call and the order it opened."""

    number: str
    owner: Person
    seat: Person  # who answered
    order_id: str
    line: Line
    proposed: list[str] = field(default_factory=list)  # units' codes
    lamps: dict[str, str | None] = field(default_factory=dict)  # by unit's id


class Play:
    """A story on its stage."""

    def __init__(self, stage: Stage, story: Story, timeline: Timeline, group: TaskGroup) -> None:
        self.stage = stage
        self.story = story
        self.timeline = timeline
        self.group = group
        self.cases: dict[str, Case] = {}
        self.clean_up = AsyncExitStack()
        self._followed: set[str] = set()

    def case(self, step: Step) -> Case:
        """The case that a step is about."""
        return self.cases[step.order]

    async def actor(self, step: Step) -> Person:
        """Who takes a step at a desk: the one it names, else the order's owner."""
        named = step.text("as")
        if not named:
            return self.case(step).owner
        return await self.stage.person(SUPERVISOR if named == "supervisor" else named)

    async def order(self, case: Case, person: Person | None = None) -> dict[str, Any]:
        """The order as it is now, as ``person`` (its owner by default) sees it."""
        workspace = await (person or case.owner).get(f"/api/orders/{case.order_id}")
        found: dict[str, Any] = workspace["order"]
        return found

    async def item(self, case: Case, unit: str) -> dict[str, Any]:
        """The unit's dispatch order; raises ``Unmet`` where the order was not sent to it."""
        unit_id = self.stage.units[unit]
        for item in (await self.order(case))["dispatch_orders"]:
            if item["unit_id"] == unit_id:
                found: dict[str, Any] = item
                return found
        raise Unmet(f"the order was not sent to {self.unit_name(unit)}")

    def unit_name(self, code: str) -> str:
        return self.stage.unit_names.get(code, code)

    def unit_code(self, unit_id: str) -> str:
        return next((code for code, one in self.stage.units.items() if one == unit_id), unit_id)

    async def until(
        self, what: str, holds: Callable[[], Awaitable[bool]], seconds: float = 0.0
    ) -> None:
        """Ask again until it holds; raises ``Unmet`` naming what did not come."""
        limit = seconds or self.stage.patience
        with anyio.move_on_after(limit):
            while not await holds():  # noqa: ASYNC110 - another process knows
                await anyio.sleep(POLL_SECONDS)
            return
        raise Unmet(f"{what} did not come within {limit:.0f} s")

    # --- lamps -------------------------------------------------------------------------------

    def follow(self, person: Person) -> None:
        """Note each change of a lamp that this person's page is told of."""
        if person.username not in self._followed:
            self._followed.add(person.username)
            person.on_message.append(self._note_lamps)
            self.clean_up.callback(person.on_message.remove, self._note_lamps)

    def _note_lamps(self, message: dict[str, Any]) -> None:
        self._note(order_in(message))

    def _note(self, order: dict[str, Any] | None) -> None:
        known = {case.order_id: case for case in self.cases.values()}
        case = known.get(order["id"]) if order else None
        if order is None or case is None:
            return
        for item in order["dispatch_orders"]:
            before, now = case.lamps.get(item["unit_id"], ""), item["lamp"]
            if before != now:
                case.lamps[item["unit_id"]] = now
                came = f"{LAMPS[before]}→" if before != "" else ""
                self.timeline.add("信号灯", f"{item['unit_name']} {came}{LAMPS[now]}")

    async def lamps_seen(self, case: Case) -> None:
        """Wait until the owner's page has been told of the lamps as they are."""

        async def told() -> bool:
            order = await self.order(case)
            if case.owner.fell_behind:  # a page that missed something fetches it as well
                self._note(order)
            return all(
                case.lamps.get(item["unit_id"], "") == item["lamp"]
                for item in order["dispatch_orders"]
            )

        await self.until(
            "the last change of a lamp on the seat's page", told, self.stage.patience / 2
        )

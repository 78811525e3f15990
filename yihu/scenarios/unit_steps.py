"""Steps of units: on their terminal, by their own system's signed requests, by a telephone key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import anyio

from models.deadline_tables import Purpose
from yihu.scenarios.play import Play
from yihu.scenarios.stage import Unmet
from yihu.scenarios.story import Step
from yihu.simulate.far_end import FarCall

NAMES: Final[Mapping[str, str]] = {
    "receive": "接收",
    "depart": "出发",
    "arrive": "到场",
    "return": "退单",
    "feedback": "反馈",
    "quote": "报价",
}
PATHS: Final[Mapping[str, str]] = {"return": "reject"}
KEYS: Final[Mapping[str, str]] = {"receive": "1", "return": "2"}
MOVED_SECONDS: Final = 10.0  # from the end of the call to the moved lamp
HEARD_SECONDS: Final = 1.5  # of the order, before somebody presses a key
STATUS_AFTER: Final[Mapping[str, str]] = {"receive": "received", "return": "rejected"}


async def act(play: Play, step: Step) -> None:
    """The unit does something, in the way that ``by`` says."""
    match step.text("by", "terminal"):
        case "system":
            await _by_system(play, step)
        case "phone":
            await _by_phone(play, step)
        case _:
            await _at_terminal(play, step)


def _said(step: Step) -> str:
    return step.text("reason") or step.text("text")


async def _at_terminal(play: Play, step: Step) -> None:
    unit, case = step.text("unit"), play.case(step)
    page = await play.stage.person(unit)
    item = await play.item(case, unit)

    async def shown() -> bool:
        if page.fell_behind:
            mine = await page.get("/api/unit/orders")
            return any(order["id"] == item["id"] for order in mine)
        return item["id"] in page.unit_orders

    await play.until(f"the order on the terminal of {play.unit_name(unit)}", shown)
    if step.do == "receive":
        await page.post("/api/unit/orders/shown", {"dispatch_order_ids": [item["id"]]})
    body: dict[str, str] | None = None
    match step.do:
        case "return":
            body = {"reason": _said(step)}
        case "feedback":
            body = {"text": _said(step)}
        case "quote":
            body = {"note": _said(step)}
    path = PATHS.get(step.do, step.do)
    await page.post(f"/api/unit/orders/{item['id']}/{path}", body)
    _note(play, step, "终端")


async def _by_system(play: Play, step: Step) -> None:
    unit, case, systems = step.text("unit"), play.case(step), play.stage.systems
    item = await play.item(case, unit)
    if systems is None:
        raise Unmet("there are no systems of units")
    if step.do == "receive":

        async def told() -> bool:
            return systems.told(unit, Purpose.ORDER.value, item["id"]) is not None

        await play.until(f"the signed request to the system of {play.unit_name(unit)}", told)
        play.timeline.add(play.unit_name(unit), "本单位系统收到签名推送，验签通过")
    await systems.act(unit, step.do, item["id"], _said(step))
    _note(play, step, "系统接口")


async def _by_phone(play: Play, step: Step) -> None:
    unit, case, far_end = step.text("unit"), play.case(step), play.stage.far_end
    if far_end is None:
        raise Unmet("there are no telephones to call")
    number = play.story.phones[unit]
    key = step.text("key", KEYS[step.do])
    item = await play.item(case, unit)

    async def moved() -> bool:
        return str((await play.item(case, unit))["status"]) == STATUS_AFTER[step.do]

    while True:  # a spot check, or a notice, may ring there first
        try:
            call = await far_end.pick_up(number, within=play.stage.patience)
        except TimeoutError:
            raise Unmet(f"the machine did not call {item['unit_name']} at {number}") from None
        play.timeline.add(play.unit_name(unit), f"值班电话 {number} 响铃，接听")

        async def read(call: FarCall = call) -> bool:
            return call.heard_seconds >= HEARD_SECONDS or call.ended.is_set()

        await play.until("the voice that reads the order", read)
        await call.press(key)
        with anyio.move_on_after(play.stage.patience):
            await call.ended.wait()
        try:
            await play.until("the lamp", moved, MOVED_SECONDS)
        except Unmet:
            continue
        _note(play, step, f"电话按键 {key}")
        return


def _note(play: Play, step: Step, how: str) -> None:
    said = _said(step)
    what = f"{NAMES[step.do]}（{how}）" + (f"：{said}" if said else "")
    play.timeline.add(play.unit_name(step.text("unit")), what)


# --- what unit and seat write to each other ------------------------------------------------------


async def ask(play: Play, step: Step) -> None:
    """The unit writes to the seat about the order."""
    unit = step.text("unit")
    page, item = await play.stage.person(unit), await play.item(play.case(step), unit)
    await page.post(f"/api/unit/orders/{item['id']}/messages", {"text": step.text("text")})
    play.timeline.add(play.unit_name(unit), f"询问座席：{step.text('text')}")


async def tell(play: Play, step: Step) -> None:
    """The seat answers, once it has been shown what the unit wrote."""
    case, who, unit = play.case(step), await play.actor(step), step.text("unit")
    item = await play.item(case, unit)

    async def asked() -> bool:
        talks = await who.get(f"/api/orders/{case.order_id}/talk")
        mine = [talk for talk in talks if talk["dispatch_order_id"] == item["id"]]
        return any(talk["lines"] for talk in mine)

    await play.until(f"what {play.unit_name(unit)} wrote", asked)
    path = f"/api/orders/{case.order_id}/dispatches/{item['id']}/messages"
    await who.post(path, {"text": step.text("text")})
    play.timeline.add(who.name, f"回复 {play.unit_name(unit)}：{step.text('text')}")

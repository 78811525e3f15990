"""What the machine does by itself: reminders, escalations, review calls; and what must be so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from dispatch.wording import STEP_NAMES
from models.deadline_tables import NoticeStep
from yihu.scenarios.play import LAMPS, Play
from yihu.scenarios.stage import Unmet
from yihu.scenarios.story import Step

HEARD_SECONDS: Final = 1.0
UNTIL: Final[Mapping[str, str]] = {
    "reminded": STEP_NAMES[NoticeStep.REMIND],
    "late": "超时",
    **{step.value: STEP_NAMES[step] for step in NoticeStep if step is not NoticeStep.REMIND},
}
OPINIONS: Final[Mapping[str, str]] = {"1": "满意", "2": "不满意"}


async def wait(play: Play, step: Step) -> None:
    """A unit's deadline of ``kind`` gets so far: reminded, late, duty_phone, leader …"""
    case, until, unit = play.case(step), step.text("until"), step.text("unit")
    kind = step.text("kind", "received")
    item = await play.item(case, unit)
    found: dict[str, Any] = {}

    async def reached() -> bool:
        watch = await case.owner.get(f"/api/orders/{case.order_id}/watch")
        rows = [row for row in watch["units"] if row["dispatch_order_id"] == item["id"]]
        limits = [one for row in rows for one in row["deadlines"] if one["kind"] == kind]
        if not limits:
            return False
        found.update(limits[-1])
        match until:
            case "reminded" | "late":
                return bool(limits[-1][until])
            case _:
                return UNTIL[until] in limits[-1]["escalated"]

    await play.until(f"{UNTIL[until]} of {play.unit_name(unit)}", reached)
    limit = f"{found['name']}时限 {found['limit_seconds']} 秒"
    play.timeline.add("系统", f"{UNTIL[until]}：{play.unit_name(unit)}（{limit}）")


async def review(play: Play, step: Step) -> None:
    """The machine calls the citizen and asks; the citizen presses a key."""
    case, key, far_end = play.case(step), step.text("key"), play.stage.far_end
    number = play.story.review_number(step)
    if far_end is None:
        raise Unmet("there are no telephones to call")
    try:
        call = await far_end.pick_up(number, within=play.stage.patience)
    except TimeoutError:
        raise Unmet(f"the machine did not call {number} to ask about the result") from None
    play.timeline.add("来电人", f"{number} 接到自动回访电话")

    async def asked() -> bool:
        return call.heard_seconds >= HEARD_SECONDS or call.ended.is_set()

    await play.until("the question of the review call", asked)
    await call.press(key)
    play.timeline.add("来电人", f"按 {key}：{OPINIONS[key]}")

    async def stored() -> bool:
        return bool((await play.order(case))["review"])

    if not step.text("number"):
        await play.until("the citizen's opinion on the order", stored)


async def expect(play: Play, step: Step) -> None:
    """What must be so about the order, at the latest after a while."""
    case, who = play.case(step), await play.actor(step)
    wrong: list[str] = []

    async def right() -> bool:
        order = await play.order(case, who)
        wrong[:] = _differences(play, step, order)
        if not wrong and step.texts("shared_with"):
            wrong[:] = await _not_shared(play, step)
        if not wrong and "delivered" in step.args:
            wrong[:] = await _not_delivered(play, step)
        return not wrong

    try:
        await play.until("what must be so", right, play.stage.patience / 2)
    except Unmet:
        raise Unmet(wrong[0] if wrong else "what must be so could not be seen") from None
    if "lamps" in step.args:
        await play.lamps_seen(case)
    play.timeline.add("核对", _described(play, step))


def _differences(play: Play, step: Step, order: dict[str, Any]) -> list[str]:
    found = [
        f"the order's {name} is {order[name]!r}, not {step.args[name]!r}"
        for name in ("status", "matter", "check", "checked_how", "review")
        if name in step.args and order[name] != step.args[name]
    ]
    if "owner" in step.args and order["owner_name"] != step.args["owner"]:
        found.append(f"the order's owner is {order['owner_name']}, not {step.args['owner']}")
    if "callers" in step.args and len(order["callers"]) != step.args["callers"]:
        found.append(f"{len(order['callers'])} callers are merged, not {step.args['callers']}")
    lamps = {item["unit_id"]: item["lamp"] for item in order["dispatch_orders"]}
    for code, lamp in step.args.get("lamps", {}).items():
        has = lamps.get(play.stage.units[code], "none")
        if (has or "off") != lamp:
            found.append(f"the lamp of {play.unit_name(code)} is {has or 'off'}, not {lamp}")
    return found


async def _not_shared(play: Play, step: Step) -> list[str]:
    case, who = play.case(step), await play.actor(step)
    levels = await who.get(f"/api/orders/{case.order_id}/levels")
    has = {share["centre"]["code"] for share in levels["shares"]}
    missing = [code for code in step.texts("shared_with") if code not in has]
    return [f"the order is not shown to the centre {code or 'above all'!r}" for code in missing]


async def _not_delivered(play: Play, step: Step) -> list[str]:
    """Channels on which an order must have reached a state: ``{unit = "phone:delivered"}``."""
    case = play.case(step)
    watch = await case.owner.get(f"/api/orders/{case.order_id}/watch")
    found = []
    for code, wanted in step.args["delivered"].items():
        item = await play.item(case, code)
        rows = next(row for row in watch["units"] if row["dispatch_order_id"] == item["id"])
        states = [f"{one['channel']}:{one['status']}" for one in rows["deliveries"]]
        if wanted not in states:
            found.append(f"{play.unit_name(code)} has {', '.join(states)}, not {wanted}")
    return found


def _described(play: Play, step: Step) -> str:
    said = [
        f"{name}={step.args[name]}"
        for name in ("status", "matter", "check", "checked_how", "review", "callers", "owner")
        if name in step.args
    ]
    said += [
        f"{play.unit_name(code)}={LAMPS.get(lamp, LAMPS[None])}"
        for code, lamp in step.args.get("lamps", {}).items()
    ]
    if step.texts("shared_with"):
        said.append(f"上报 {'、'.join(code or '上级中心' for code in step.texts('shared_with'))}")
    said += [f"{play.unit_name(c)} {w}" for c, w in step.args.get("delivered", {}).items()]
    return "，".join(said)

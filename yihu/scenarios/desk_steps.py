"""Further steps at desks: elsewhere, back, checked, closed; and between centres."""

from __future__ import annotations

from typing import Any

from yihu.scenarios.play import Play
from yihu.scenarios.seat_steps import end_call
from yihu.scenarios.story import Step


async def recall(play: Play, step: Step) -> None:
    """The order is taken back from a unit."""
    await _at_unit(play, step, "recall", {"reason": step.text("reason")}, "撤回")


async def redo(play: Play, step: Step) -> None:
    """The order goes back to a unit whose feedback does not suffice."""
    await _at_unit(play, step, "redo", {"reason": step.text("reason")}, "退回重办")


async def reroute(play: Play, step: Step) -> None:
    """The order goes to another unit instead."""
    to = step.text("to")
    body = {"unit_id": play.stage.units[to], "reason": step.text("reason")}
    await _at_unit(play, step, "reroute", body, f"改派 → {play.unit_name(to)}，原单位")


async def rate(play: Play, step: Step) -> None:
    """The citizen gives stars."""
    stars = int(step.args["stars"])
    await _at_unit(play, step, "rate", {"stars": stars}, f"记评分 {stars} 星")


async def _at_unit(play: Play, step: Step, action: str, body: dict[str, Any], what: str) -> None:
    case, who, unit = play.case(step), await play.actor(step), step.text("unit")
    item = await play.item(case, unit)
    await who.post(f"/api/orders/{case.order_id}/dispatches/{item['id']}/{action}", body)
    reason = f"（{body['reason']}）" if "reason" in body else ""
    play.timeline.add(who.name, f"{what} {play.unit_name(unit)}{reason}")


async def suspend(play: Play, step: Step) -> None:
    """The order rests."""
    await _act(play, step, "suspend", {"reason": step.text("reason")}, "挂起")


async def resume(play: Play, step: Step) -> None:
    """It goes on."""
    await _act(play, step, "resume", {}, "恢复办理")


async def reopen(play: Play, step: Step) -> None:
    """A closed order is taken up again."""
    await _act(play, step, "reopen", {"reason": step.text("reason")}, "重新办理")


async def close(play: Play, step: Step) -> None:
    """The order is closed after its check."""
    case = play.case(step)
    await end_call(play, case)
    body = {"opinion": step.text("opinion"), "note": step.text("note")}
    await _act(play, step, "close", body, "核查办结")


async def _act(play: Play, step: Step, action: str, body: dict[str, Any], what: str) -> None:
    case, who = play.case(step), await play.actor(step)
    order = await play.order(case, who)
    await who.post(f"/api/orders/{case.order_id}/{action}", {"version": order["version"], **body})
    said = body.get("reason") or body.get("note") or ""
    play.timeline.add(who.name, what + (f"（{said}）" if said else ""))


# --- centres -----------------------------------------------------------------------------------


async def pass_on(play: Play, step: Step) -> None:
    """Another centre commands from now on."""
    case, who, centre = play.case(step), await play.actor(step), step.text("centre")
    body = {"centre_code": centre, "reason": step.text("reason")}
    await who.post(f"/api/orders/{case.order_id}/pass", body)
    levels = await who.get(f"/api/orders/{case.order_id}/levels")
    name = levels["commanding"]["name"]
    play.timeline.add(who.name, f"指挥权交“{name}”（{step.text('reason')}）")


async def take_over(play: Play, step: Step) -> None:
    """Somebody takes the order over and owns it from now on."""
    case, who = play.case(step), await play.actor(step)
    await who.post(f"/api/orders/{case.order_id}/owner", {"user_id": who.user_id})
    case.owner = who
    play.follow(who)
    play.timeline.add(who.name, "接手工单")


async def report_up(play: Play, step: Step) -> None:
    """The centre above is told."""
    case, who = play.case(step), await play.actor(step)
    await who.post(f"/api/orders/{case.order_id}/report", {"note": step.text("note")})
    play.timeline.add(who.name, f"上报上级中心（{step.text('note')}）")

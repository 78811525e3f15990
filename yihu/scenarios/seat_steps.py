"""Steps of the caller and the seat: from the ringing call to the order that is sent."""

from __future__ import annotations

import time
from typing import Any, Final

import anyio

from models.errors import SetupError
from models.forms import FIELD_NAMES
from yihu.scenarios.people import Person, Refused
from yihu.scenarios.play import Case, Line, Play
from yihu.scenarios.stage import POLL_SECONDS, Unmet
from yihu.scenarios.story import Step
from yihu.simulate.talker import Talker

LEAD_SECONDS: Final = 0.6  # from the answer to the caller's first word
EDIT_TRIES: Final = 5
VALUES: Final = {True: "是", False: "否", None: "空", "": "空"}


# --- the call ----------------------------------------------------------------------------------


async def call(play: Play, step: Step) -> None:
    """Somebody calls, a seat answers and has a draft; the caller says what they have to say."""
    stage, number = play.stage, step.text("number")
    to, said = step.text("to", "96345"), step.text("says")
    line = Line(Talker(number, to, stage.settings.sip_port))
    dialled = time.monotonic()
    play.timeline.add("来电人", f"{number} 拨打 {to}")
    play.group.start_soon(_on_the_line, line, play, step)
    await line.connected.wait()
    if line.trouble:
        raise Unmet(line.trouble)
    try:
        owner = await stage.answerer(number)
    except TimeoutError:
        raise Unmet(f"no seat answered within {stage.patience:.0f} s") from None
    play.follow(owner)
    order = await _draft(play, owner, number)
    play.cases[step.order] = Case(number, owner, owner, order["id"], line)
    waited = time.monotonic() - dialled
    play.timeline.add(owner.name, f"接听（{waited:.1f} 秒），开立工单 {order['number']}")
    if said:
        await anyio.sleep(LEAD_SECONDS)
        await line.talker.say(stage.audio(step))
        play.timeline.add("来电人", f"“{said}”")


async def _on_the_line(line: Line, play: Play, step: Step) -> None:
    try:
        async with line.talker.calling():
            line.connected.set()
            await line.hang_up.wait()
    except SetupError as error:
        line.trouble = str(error)
        line.connected.set()
    line.over.set()


async def _draft(play: Play, owner: Person, number: str) -> dict[str, Any]:
    """The draft of the call that the owner's page shows."""
    with anyio.move_on_after(play.stage.patience):
        while True:
            work = (await owner.get("/api/desk"))["workspace"]
            right = work and work["call"] and work["call"]["caller_number"] == number
            if right and work["order"]:
                found: dict[str, Any] = work["order"]
                return found
            await anyio.sleep(POLL_SECONDS)
    raise Unmet("the seat's page shows no order for the call")


async def hang_up(play: Play, step: Step) -> None:
    """The caller hangs up; the seat is ready for the next."""
    case = play.case(step)
    await end_call(play, case)


async def end_call(play: Play, case: Case) -> None:
    """End the case's call, if it is not over yet."""
    if case.line.over.is_set():
        return
    case.line.hang_up.set()
    await case.line.over.wait()
    play.timeline.add("来电人", "挂机")
    await play.stage.make_ready(case.seat)


# --- the form ----------------------------------------------------------------------------------


async def fill(play: Play, step: Step) -> None:
    """The seat takes what the machine is sure of and types the rest.

    ``heard`` names the fields that the machine must have right by itself.
    """
    case, who = play.case(step), await play.actor(step)
    wanted, heard = dict(step.args["fields"]), step.texts("heard")
    if heard:
        await _understood(play, case, wanted, heard)
    path = f"/api/orders/{case.order_id}"
    for left in reversed(range(EDIT_TRIES)):
        order = await play.order(case, who)
        try:
            order = await who.post(f"{path}/accept-sure", {"version": order["version"]})
            accepted = _taken(order, wanted)
            changed = {name: value for name, value in wanted.items() if name not in accepted}
            before = {name: order["fields"].get(name) for name in changed}
            if changed:
                await who.ask("PATCH", path, {"version": order["version"], "fields": changed})
            break
        except Refused as refused:
            if refused.code != "conflict" or not left:
                raise
    if accepted:
        play.timeline.add(who.name, f"采纳建议：{_listed(play, accepted)}")
    corrected = {name: changed[name] for name in changed if before[name] not in (None, "", [])}
    typed = {name: value for name, value in changed.items() if name not in corrected}
    if corrected:
        play.timeline.add(who.name, f"更正：{_listed(play, corrected)}")
    if typed:
        play.timeline.add(who.name, f"填写：{_listed(play, typed)}")


async def _understood(play: Play, case: Case, wanted: dict[str, Any], heard: list[str]) -> None:
    async def right() -> bool:
        order = await play.order(case)
        return all(order["fields"].get(name) == wanted[name] for name in heard)

    try:
        await play.until("what the machine should have understood", right)
    except Unmet:
        fields = (await play.order(case))["fields"]
        wrong = [name for name in heard if fields.get(name) != wanted[name]]
        raise Unmet(
            f"the machine did not understand {FIELD_NAMES[wrong[0]]}: "
            f"{fields.get(wrong[0])!r} instead of {wanted[wrong[0]]!r}"
        ) from None


def _taken(order: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """The wanted values that stand confirmed already, by the machine's suggestion."""
    states = order["field_states"]
    return {
        name: value
        for name, value in wanted.items()
        if order["fields"].get(name) == value
        and name in states
        and states[name]["source"] == "machine"
        and states[name]["confirmed"]
    }


def _listed(play: Play, values: dict[str, Any]) -> str:
    said = []
    for name, value in values.items():
        category = play.stage.categories.get(str(value)) if name == "category_code" else None
        shown = category.name if category else VALUES.get(value, value)
        said.append(f"{FIELD_NAMES[name]} {shown}")
    return "，".join(said)


# --- sending -----------------------------------------------------------------------------------


async def propose(play: Play, step: Step) -> None:
    """Who should go, and why; ``units`` must be among them, ``without`` must not."""
    case, who = play.case(step), await play.actor(step)
    found = await who.get(f"/api/orders/{case.order_id}/proposals")
    chosen = [unit for unit in found["units"] if unit["chosen"]]
    case.proposed = [play.unit_code(unit["unit_id"]) for unit in chosen]
    for unit in chosen:
        reasons = "，".join(unit["reasons"])
        play.timeline.add("派单建议", f"{unit['unit_name']}（{unit['part']}）：{reasons}")
    for sentence in found["missing"]:
        play.timeline.add("派单建议", sentence)
    names = "、".join(unit["unit_name"] for unit in chosen) or "nobody"
    for code in step.texts("units"):
        if code not in case.proposed:
            raise Unmet(f"{play.unit_name(code)} was not proposed, but {names}")
    for code in step.texts("without"):
        if code in case.proposed:
            raise Unmet(f"{play.unit_name(code)} was proposed")
    for code, part in step.args.get("part", {}).items():
        got = {play.unit_code(unit["unit_id"]): unit["part"] for unit in chosen}.get(code)
        if got != part:
            raise Unmet(f"the part of {play.unit_name(code)} is {got}, not {part}")


async def send(play: Play, step: Step) -> None:
    """The seat sends the order: to ``units``, or to those proposed and ``also``."""
    case, who = play.case(step), await play.actor(step)
    if not step.texts("units") and not case.proposed:
        await propose(play, step)
    codes = step.texts("units") or [*case.proposed, *step.texts("also")]
    codes = [code for code in dict.fromkeys(codes) if code not in step.texts("without")]
    order = await play.order(case, who)
    await who.post(
        f"/api/orders/{case.order_id}/send",
        {
            "version": order["version"],
            "unit_ids": [play.stage.units[code] for code in codes],
            "even_off_duty": bool(step.args.get("insist", False)),
        },
    )
    names = "、".join(play.unit_name(code) for code in codes)
    play.timeline.add(who.name, f"派发 → {names}")


async def offer(play: Play, step: Step) -> None:
    """The seat offers a household service to the firms that fit, ``least`` of them."""
    case, who = play.case(step), await play.actor(step)
    order = await play.order(case, who)
    order = await who.post(f"/api/orders/{case.order_id}/offer", {"version": order["version"]})
    firms = [item["unit_name"] for item in order["dispatch_orders"] if item["offer"]]
    play.timeline.add(who.name, f"向 {len(firms)} 家加盟企业派单：{'、'.join(firms)}")
    if len(firms) < step.args.get("least", 1):
        raise Unmet(f"the order was offered to {len(firms)} firms only")


async def answer(play: Play, step: Step) -> None:
    """The seat answers a question at once: from the article found for ``search``, or ``text``."""
    case, who = play.case(step), await play.actor(step)
    text = step.text("text")
    if step.text("search"):
        asked = {"text": step.text("search"), "limit": 3}
        hits = (await who.post("/api/knowledge/search", asked))["hits"]
        if not hits:
            raise Unmet(f"the knowledge base has nothing for {step.text('search')!r}")
        first = hits[0]
        play.timeline.add("知识库", f"“{step.text('search')}” → {first['title']}")
        if step.text("article") and first["code"] != step.text("article"):
            raise Unmet(f"the first article is {first['title']}, not {step.text('article')}")
        text = text or first["answer"]
    order = await play.order(case, who)
    await who.post(
        f"/api/orders/{case.order_id}/answer", {"version": order["version"], "answer": text}
    )
    play.timeline.add(who.name, f"当场答复：{text}")


async def merge(play: Play, step: Step) -> None:
    """The seat merges a call into an order that must have been offered as the same matter."""
    case, who = play.case(step), await play.actor(step)
    into = play.cases[step.text("into")]
    found: list[dict[str, Any]] = []

    async def offered() -> bool:
        rows = await who.get(f"/api/orders/{case.order_id}/same")
        found[:] = [row for row in rows if row["order_id"] == into.order_id]
        return bool(found)

    await play.until("the offer of the same matter", offered)
    play.timeline.add("疑似重复", f"{found[0]['number']}：{'，'.join(found[0]['reasons'])}")
    order = await play.order(case, who)
    body = {"version": order["version"], "into_id": into.order_id}
    await who.post(f"/api/orders/{case.order_id}/merge", body)
    play.timeline.add(who.name, f"并入 {found[0]['number']}")

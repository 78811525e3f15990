"""Playing stories: one after the other, or several at once in one centre."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Final

import anyio

from yihu.scenarios import desk_steps, machine_steps, seat_steps, unit_steps
from yihu.scenarios.people import Refused
from yihu.scenarios.play import Play
from yihu.scenarios.stage import Stage, Unmet
from yihu.scenarios.story import AT_UNITS, Step, Story
from yihu.scenarios.timeline import Tell, Timeline
from yihu.settings import Settings
from yihu.site_tables import Site

Does = Callable[[Play, Step], Awaitable[None]]
DOES: Final[Mapping[str, Does]] = {
    "call": seat_steps.call,
    "hang_up": seat_steps.hang_up,
    "fill": seat_steps.fill,
    "propose": seat_steps.propose,
    "send": seat_steps.send,
    "offer": seat_steps.offer,
    "answer": seat_steps.answer,
    "merge": seat_steps.merge,
    "recall": desk_steps.recall,
    "redo": desk_steps.redo,
    "reroute": desk_steps.reroute,
    "rate": desk_steps.rate,
    "suspend": desk_steps.suspend,
    "resume": desk_steps.resume,
    "reopen": desk_steps.reopen,
    "close": desk_steps.close,
    "pass_on": desk_steps.pass_on,
    "take_over": desk_steps.take_over,
    "report_up": desk_steps.report_up,
    "ask": unit_steps.ask,
    "tell": unit_steps.tell,
    "wait": machine_steps.wait,
    "review": machine_steps.review,
    "expect": machine_steps.expect,
    **dict.fromkeys(AT_UNITS, unit_steps.act),
}


@dataclass(frozen=True, slots=True)
class Played:
    """How a story went: ``unmet`` is empty, or the one sentence of what did not happen."""

    story: Story
    seconds: float
    unmet: str


async def play_all(
    settings: Settings,
    stories: Sequence[Story],
    sites: Mapping[str, Site],
    tell: Callable[[Story, str], None],
    *,
    at_once: int = 1,
    patience: float = 60.0,
) -> list[Played]:
    """Play every story, ``at_once`` of them at a time; in their order, how each went.

    ``tell`` is given each line of a story's time line as it happens. Raises ``SetupError``
    where the centre does not serve.
    """
    found: dict[str, Played] = {}
    async with Stage.set_up(
        settings, stories, sites, at_once=min(at_once, len(stories)), patience=patience
    ) as stage:
        turns = anyio.Semaphore(at_once)

        async def in_turn(story: Story) -> None:
            async with turns:
                found[str(story.path)] = await play(stage, story, lambda line: tell(story, line))

        async with anyio.create_task_group() as group:
            for story in stories:
                group.start_soon(in_turn, story)
    return [found[str(story.path)] for story in stories]


async def play(stage: Stage, story: Story, tell: Tell) -> Played:
    """Play one story to its end, or to the first thing that is not as it says."""
    timeline = Timeline(tell)
    unmet = ""
    try:
        async with AsyncExitStack() as stack:
            address = stage.systems.address if stage.systems else ""
            await stack.enter_async_context(stage.equipment.channels(story.channels, address))
            if stage.far_end is not None:
                for number in story.numbers():
                    stack.enter_context(stage.far_end.attended(number))
            group = await stack.enter_async_context(anyio.create_task_group())
            playing = Play(stage, story, timeline, group)
            await stack.enter_async_context(playing.clean_up)
            await _open_terminals(playing)
            try:
                for step in story.steps:
                    await _take(playing, step)
                if stage.systems is not None and stage.systems.forged:
                    raise Unmet("a request to a unit's system had no right signature")
            finally:
                with anyio.CancelScope(shield=True), anyio.move_on_after(stage.patience):
                    for case in playing.cases.values():
                        await seat_steps.end_call(playing, case)
            group.cancel_scope.cancel()
    except* Unmet as group_of:
        unmet = str(_first(group_of))
    return Played(story, timeline.entries[-1].after if timeline.entries else 0.0, unmet)


async def _open_terminals(play: Play) -> None:
    """Sign in everybody whose page is told of something, before anything happens."""
    for step in play.story.steps:
        if step.do in (*AT_UNITS, "ask") and step.text("by", "terminal") == "terminal":
            await play.stage.person(step.text("unit"))


async def _take(play: Play, step: Step) -> None:
    """One step; raises ``Unmet`` with the step's number."""
    where = f"step {step.number} ({step.do})"
    try:
        await DOES[step.do](play, step)
    except Refused as refused:
        if step.refused and step.refused in refused.sentence:
            play.timeline.add("系统", f"拒绝：{refused.sentence}")
            return
        raise Unmet(f"{where}: it was refused: {refused.sentence}") from None
    except Unmet as unmet:
        raise Unmet(f"{where}: {unmet}.") from None
    if step.refused:
        raise Unmet(f"{where}: it should have been refused ({step.refused}) and was not.")


def _first(group: BaseExceptionGroup[Unmet]) -> Unmet:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found

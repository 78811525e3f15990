"""What is done to channels in Asterisk: placing, moving, joining and silencing them.

The contexts named here are those of ``dialplans/extensions.conf.j2``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from ivr.ami import Ami, AmiRefused
from ivr.ami_wire import text

NOBODY: Final = "nobody"  # where a waiting caller goes when no seat is left


# What may be dialled outward. A caller's number is whatever a network, or an attacker, put there.
DIALABLE: Final = re.compile(r"\+?[0-9]{3,20}")


def is_dialable(number: str) -> bool:
    """Whether ``number`` can be called and is nothing but a telephone number."""
    return DIALABLE.fullmatch(number) is not None


class Switchboard:
    """Call control. Every action raises ``Unavailable`` while Asterisk is away and
    ``AmiRefused`` where Asterisk says no, as for a channel that is gone."""

    def __init__(self, ami: Ami) -> None:
        self._ami = ami

    async def withdraw(self, queue: str, channel: str, *, to: str, priority: int) -> None:
        """Take a waiting caller out of ``queue`` and put it into queue ``to`` with ``priority``.

        Asterisk refuses for a caller who does not wait there; one who is being connected to a
        seat stays with that seat.
        """
        await self._ami.ask(
            "QueueWithdrawCaller",
            {"Queue": queue, "Caller": channel, "WithdrawInfo": f"{to}-{priority}"},
        )

    async def prioritise(self, queue: str, channel: str, priority: int) -> None:
        """Give a waiting caller ``priority``; higher ones are answered first."""
        fields = {"Queue": queue, "Caller": channel, "Priority": str(priority)}
        await self._ami.ask("QueueChangePriorityCaller", fields | {"Immediate": "true"})

    async def originate(
        self,
        interface: str,
        context: str,
        extension: str,
        *,
        channel_id: str,
        caller_id: str = "",
        ring_seconds: int = 20,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        """Ring ``interface`` (``PJSIP/seat01-web``, ``PJSIP/<number>@trunk``); once answered it
        goes on at ``extension`` in ``context``.

        Returns at once; ``OriginateEnded`` with ``channel_id`` as its uniqueid tells the end.
        """
        fields = {
            "Channel": interface,
            "ChannelId": channel_id,
            "Context": context,
            "Exten": extension,
            "Priority": "1",
            "Timeout": str(ring_seconds * 1000),
            "Async": "true",
            "EarlyMedia": "false",
        }
        if caller_id:
            fields["CallerID"] = caller_id
        for name, value in (variables or {}).items():
            if "," in value or "=" in name:
                raise ValueError(f"variable {name} cannot be handed to Asterisk")
        if variables:
            fields["Variable"] = ",".join(f"{name}={value}" for name, value in variables.items())
        await self._ami.ask("Originate", fields)

    async def redirect(self, channel: str, context: str, extension: str) -> None:
        """Take a channel out of whatever it does and send it to ``extension``."""
        await self._ami.ask(
            "Redirect",
            {"Channel": channel, "Context": context, "Exten": extension, "Priority": "1"},
        )

    async def mute(self, channel: str, *, on: bool, direction: str = "all") -> None:
        """Silence a channel: what comes ``in`` from it, what goes ``out`` to it, or ``all``."""
        state = "on" if on else "off"
        await self._ami.ask(
            "MuteAudio", {"Channel": channel, "Direction": direction, "State": state}
        )

    async def set_var(self, channel: str, name: str, value: str) -> None:
        """Set a channel variable."""
        await self._ami.set_var(channel, name, value)

    async def get_var(self, channel: str, name: str) -> str:
        """A channel variable's value; empty where it is not set."""
        answer = await self._ami.ask("Getvar", {"Channel": channel, "Variable": name})
        return text(answer[0], "Value")

    async def hang_up(self, channel: str) -> None:
        """End a channel; one that is gone is no error."""
        await self._ami.hang_up(channel)

    async def is_alive(self, channel: str) -> bool:
        """Whether the channel exists."""
        try:
            await self._ami.ask("Getvar", {"Channel": channel, "Variable": "UNIQUEID"})
        except AmiRefused:
            return False
        return True

    async def channel_ids(self) -> frozenset[str]:
        """The unique ids of all channels that exist now."""
        return await self._ami.channel_ids()

    async def settled(self) -> None:
        """Wait until what Asterisk has told is handled; see ``Ami.settled``."""
        await self._ami.settled()

"""The event bus: a protocol, and the in-process one of the embedded default."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

from models.events import Event

log = logging.getLogger(__name__)

E = TypeVar("E", bound=Event)
Handler = Callable[[Any], Awaitable[None]]


class EventBus(Protocol):
    """Carries events to whoever subscribed to their type."""

    def subscribe(self, kind: type[E], handler: Callable[[E], Awaitable[None]]) -> None: ...

    async def publish(self, event: Event) -> None: ...


class InProcessBus:
    """Calls the handlers of an event's exact type, one after another, in the publisher's task.

    A handler that fails is logged by name and does not touch the others or the publisher.
    Handlers must be quick or hand over to a bounded queue of their own.
    """

    def __init__(self) -> None:
        self._handlers: dict[type[Event], list[Handler]] = defaultdict(list)

    def subscribe(self, kind: type[E], handler: Callable[[E], Awaitable[None]]) -> None:
        self._handlers[kind].append(handler)

    async def publish(self, event: Event) -> None:
        for handler in self._handlers[type(event)]:
            try:
                await handler(event)
            except Exception:
                name = getattr(handler, "__qualname__", repr(handler))
                log.exception("handler %s failed on %s", name, type(event).__name__)

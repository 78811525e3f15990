"""Seats that answer by themselves: a telephone, a sign-in and a page's socket each."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import anyio
import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.word_delay import Shown, Utterance
from models.errors import SetupError
from yihu.simulate.phone import Phone

ANSWER_AFTER = 0.5  # seconds of ringing
REQUEST_SECONDS = 20.0
MOST_MESSAGE = 4 * 1024 * 1024


@dataclass(slots=True)
class CallSeen:
    """What the page of the seat that took a call was sent of it. Times are monotonic seconds."""

    call_id: str
    seat: Seat
    answered_at: float | None = None
    ended: anyio.Event = field(default_factory=anyio.Event)
    answered: anyio.Event = field(default_factory=anyio.Event)
    utterances: dict[tuple[str, int], Utterance] = field(default_factory=dict)
    filled: dict[str, Any] = field(default_factory=dict)
    filled_at: float | None = None
    last_at: float = 0.0

    def caller_said(self) -> list[Utterance]:
        """The caller's utterances in their order; the unfinished ones have no words."""
        return [self.utterances[key] for key in sorted(self.utterances)]


class Board:
    """All calls that any seat's page has seen, by the caller's number."""

    def __init__(self) -> None:
        self.calls: dict[str, CallSeen] = {}
        self._numbers: dict[str, str] = {}  # by call id
        self._news = anyio.Event()

    async def of(self, number: str) -> CallSeen:
        """The call of a number once it rings at a seat."""
        while number not in self.calls:
            await self._news.wait()
        return self.calls[number]

    def take(self, seat: Seat, at: float, message: dict[str, Any]) -> None:
        """Note one message to a seat's page."""
        match message["type"]:
            case "workspace" if message["workspace"] and message["workspace"]["call"]:
                self._workspace(seat, at, message["workspace"])
            case "call":
                self._call(seat, at, message["call"])
            case "partial":
                partial = message["partial"]
                self._text(at, partial["call_id"], partial)
            case "utterance":
                self._text(at, message["call_id"], message["utterance"])
            case "suggestion":
                seen = self._of_call(message["call_id"])
                if seen is not None:
                    seen.last_at = at
            case "order":
                self._order(at, message["order"])

    def _of_call(self, call_id: str | None) -> CallSeen | None:
        return self.calls.get(self._numbers.get(call_id or "", ""))

    def _call(self, seat: Seat, at: float, call: dict[str, Any]) -> None:
        seen = self._of_call(call["id"])
        if seen is None:
            seen = self.calls[call["caller_number"]] = CallSeen(call["id"], seat)
            self._numbers[call["id"]] = call["caller_number"]
            self._news.set()
            self._news = anyio.Event()
        if call["status"] == "answered" and seen.answered_at is None:
            seen.answered_at, seen.seat = at, seat
            seen.answered.set()
        elif call["status"] in ("ended", "abandoned"):
            seen.ended.set()

    def _workspace(self, seat: Seat, at: float, workspace: dict[str, Any]) -> None:
        call = workspace["call"]
        self._call(seat, at, call)
        for said in (*workspace["utterances"], *workspace["partials"]):
            self._text(at, call["id"], said)
        if workspace["order"]:
            self._order(at, workspace["order"])

    def _text(self, at: float, call_id: str, said: dict[str, Any]) -> None:
        seen = self._of_call(call_id)
        if seen is None or said["role"] != "caller":
            return
        seen.last_at = at
        utterance = seen.utterances.setdefault((said["stream_id"], said["sequence"]), Utterance())
        utterance.shown.append(Shown(at, said["text"]))
        if "words" in said and utterance.final_at is None:
            utterance.final_at, utterance.text, utterance.words = at, said["text"], said["words"]

    def _order(self, at: float, order: dict[str, Any]) -> None:
        seen = self._of_call(order["call_id"])
        if seen is None:
            return
        seen.last_at = at
        machine = {
            name: order["fields"].get(name)
            for name, state in order["field_states"].items()
            # The number is known at once and the words are filled in as they come: what counts
            # is what was understood.
            if state["source"] == "machine" and name not in ("contact_phone", "summary")
        }
        if machine != seen.filled:
            seen.filled, seen.filled_at = machine, at


class Seat:
    """One seat: signed in, with a telephone that answers after half a second."""

    def __init__(self, board: Board, url: str, username: str, password: str) -> None:
        self._board = board
        self._url = url
        self._username, self._password = username, password
        self._client = httpx.AsyncClient(base_url=url, timeout=REQUEST_SECONDS)

    @asynccontextmanager
    async def working(self, code: str, secret: str, sip_port: int) -> AsyncIterator[Seat]:
        """At its seat and ready while the block runs."""
        phone = Phone(
            sip_host="127.0.0.1",
            sip_port=sip_port,
            username=code,
            secret=secret,
            answer_after=ANSWER_AFTER,
        )
        async with self._client, anyio.create_task_group() as group:
            await group.start(phone.run)
            me = await self._ask(
                "POST", "/api/session", {"username": self._username, "password": self._password}
            )
            self._client.headers["X-CSRF-Token"] = me["csrf_token"]
            cookie = f"yihu_session={self._client.cookies['yihu_session']}"
            async with connect(
                self._url.replace("http", "ws", 1) + "/ws",
                additional_headers={"Cookie": cookie},
                origin=Origin(self._url),
                max_size=MOST_MESSAGE,
            ) as socket:
                group.start_soon(self._listen, socket)
                await self._ask(
                    "POST", "/api/agent-session", {"seat_code": code, "device": "phone"}
                )
                yield self
                group.cancel_scope.cancel()

    async def ready(self) -> None:
        """End the wrap-up. It begins a moment after the call's end, so this is tried again."""
        for _ in range(50):
            answer = await self._client.patch("/api/agent-session", json={"state": "ready"})
            if answer.is_success:
                return
            await anyio.sleep(0.1)
        raise SetupError(f"{self._username} could not become ready: {answer.text[:200]}")

    async def _listen(self, socket: ClientConnection) -> None:
        async for raw in socket:
            at = time.monotonic()
            self._board.take(self, at, json.loads(raw))

    async def _ask(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = await self._client.request(method, path, json=body)
        if answer.is_error:
            raise SetupError(f"{self._username}: {path} was refused: {answer.text[:200]}")
        found: dict[str, Any] = answer.json()
        return found

"""From the answered call to the sent order, with a seat that takes what the machine suggests.

``python -m benchmarks.click_to_sent [--limit N] [--concurrency N] [--out FILE]`` starts a
throw-away instance with a real Asterisk and lets callers ring it with the spoken calls of
``speech_calls.txt`` (half "test") and the demo's, as far as something has to be sent:
``click_to_sent.tsv`` names the items each of them may rightly be.

The seat reads nothing and hesitates never, so the figures are the machine's part: a person's
reading comes on top. Its rule: it sends as soon as the form holds a category and "emergency or
not" that are sure (probability of at least 0.8, what "accept all sure fields" takes), units, and
a summary, and nothing in the form has changed for 1.5 s. Where that has not come 8 s after the
caller's last word, the seat would have to decide itself: such a call counts as unsure, is left out
of the times, and its order is discarded.

The clock runs from the moment the seat's page is told that the call was answered until the
request that sends the order comes back. Afterwards the sent order is compared: category among
the right ones, emergency or not, and whether the authority that leads the right item is among the
units. Prints a JSON line per call and the figures, beside the times of two centres that do it by
hand. Fails with 1 when a call went wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import quantiles
from typing import Any, TextIO

import anyio
import anyio.to_thread

from benchmarks.calls import ending_on_sigterm
from benchmarks.speech_calls import read_calls, speak
from benchmarks.throwaway import Instance, instance
from classifier.taxonomy import Taxonomy, load_taxonomy
from models.errors import SetupError
from models.forms import SURE
from yihu import bootstrap
from yihu.demo.tour import read_calls as read_demo_calls
from yihu.scenarios.people import Person, Refused, order_in
from yihu.settings import load_settings
from yihu.simulate.audio import RATE, encode_alaw, read_audio
from yihu.simulate.phone import Phone
from yihu.simulate.talker import Talker

SITE = "qingyuan"
RIGHT = Path(__file__).with_name("click_to_sent.tsv")
DEMO_RIGHT = {"紧急：居民楼火灾": ("E0101",), "报修：自来水管破裂": ("C0101",)}
BY_HAND = {"Jinhua (notes and sends)": 60.0, "Wangcheng (entry to dispatch)": 150.0}
FIRST_SEATS = {"110": 1, "96345": 11}
MOST_AT_ONCE = 4
ANSWER_AFTER = 0.5  # seconds of ringing
LEAD_SECONDS = 0.6  # from the answer to the caller's first word
STILL_SECONDS = 1.5
UNSURE_SECONDS = 8.0
WAIT_SECONDS = 90.0


@dataclass(frozen=True, slots=True)
class Report:
    """What a caller says, and the items it may rightly be."""

    name: str
    dialled: str
    audio: bytes
    right: tuple[str, ...]


@dataclass(slots=True)
class Sent:
    """How one call went; times in seconds."""

    name: str
    dialled: str
    spoken_s: float
    sent_s: float | None = None
    after_last_word_s: float | None = None
    sure: bool = False
    category: str = ""
    category_right: bool = False
    emergency_right: bool = False
    lead_unit_right: bool = False
    trouble: str = ""


@dataclass(slots=True)
class Seen:
    """What the page of the seat that took a call was told of it (monotonic times)."""

    seat: Person
    call_id: str
    answered_at: float
    order: dict[str, Any] | None = None
    changed_at: float = 0.0
    shown: str = ""
    ended: anyio.Event = field(default_factory=anyio.Event)


class Seats:
    """All seats' pages together."""

    def __init__(self) -> None:
        self._calls: dict[str, Seen] = {}  # by the caller's number
        self._numbers: dict[str, str] = {}  # by the call's id

    async def of(self, number: str) -> Seen:
        """The call of a number once a seat has answered it."""
        with anyio.fail_after(WAIT_SECONDS):
            while number not in self._calls:  # noqa: ASYNC110 - told by several pages
                await anyio.sleep(0.02)
        return self._calls[number]

    def follow(self, seat: Person) -> None:
        """Take note of what this seat's page is told."""
        seat.on_message.append(lambda message: self._take(seat, message))

    def _take(self, seat: Person, message: dict[str, Any]) -> None:
        now, order = time.monotonic(), order_in(message)
        work = message.get("workspace") if message["type"] == "workspace" else None
        call = message["call"] if message["type"] == "call" else (work or {}).get("call")
        if call and call["status"] == "answered" and call["id"] not in self._numbers:
            self._numbers[call["id"]] = call["caller_number"]
            self._calls[call["caller_number"]] = Seen(seat, call["id"], now)
        if call and call["status"] == "ended" and call["id"] in self._numbers:
            self._calls[self._numbers[call["id"]]].ended.set()
        seen = self._calls.get(self._numbers.get(order["call_id"] or "", "")) if order else None
        if seen is not None and order is not None:
            seen.order = order
            shown = json.dumps([order["fields"], order["field_states"]], sort_keys=True)
            if shown != seen.shown:
                seen.shown, seen.changed_at = shown, now


def main(arguments: list[str] | None = None) -> int:
    """Make the calls; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.click_to_sent",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--limit", type=int, default=1_000, help="calls at most")
    parser.add_argument("--concurrency", type=int, default=1, metavar="N", help="calls at a time")
    parser.add_argument("--out", type=Path, metavar="FILE", help="write the calls' lines there")
    chosen = parser.parse_args(arguments)
    if not 1 <= chosen.concurrency <= MOST_AT_ONCE or chosen.limit < 1:
        parser.error(f"--concurrency is 1 to {MOST_AT_ONCE}, --limit at least 1")
    taxonomy = load_taxonomy()
    found: list[Sent] = []
    try:
        reports = read_reports(taxonomy)[: chosen.limit]
        out: TextIO = chosen.out.open("w", encoding="utf-8") if chosen.out else sys.stdout
        with bootstrap.one_sentence():
            anyio.run(_run, reports, chosen.concurrency, taxonomy, out, found)
    except (SetupError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    print(figures(found))
    return 1 if any(one.trouble for one in found) else 0


def read_reports(taxonomy: Taxonomy) -> list[Report]:
    """The calls with their sound; raises ``SetupError`` where nothing can speak."""
    settings = load_settings()
    rows = [line.split("\t") for line in RIGHT.read_text("utf-8").splitlines() if line.strip()]
    right = {name: tuple(codes.split("|")) for name, codes in rows}
    calls = [call for call in read_calls() if call.scenario in right]
    recordings = speak(calls, settings.models_dir, settings.cache_dir / "speech-calls")
    found = [
        Report(
            name=call.scenario,
            dialled="110" if taxonomy.items[right[call.scenario][0]].emergency else "96345",
            audio=encode_alaw(read_audio(recording.wav)),
            right=right[call.scenario],
        )
        for call, recording in zip(calls, recordings, strict=True)
    ]
    return found + _demo_reports(settings.models_dir, settings.cache_dir / "spoken")


def _demo_reports(models_dir: Path, folder: Path) -> list[Report]:
    from ivr.voice import Voice  # loads the voice

    voice = Voice.load(models_dir)
    return [
        Report(
            name=call.title,
            dialled=call.to,
            audio=encode_alaw(read_audio(voice.speak_to(call.text, call.voice, folder))),
            right=DEMO_RIGHT[call.title],
        )
        for call in read_demo_calls(SITE)
        if call.title in DEMO_RIGHT
    ]


async def _run(
    reports: Sequence[Report], concurrency: int, taxonomy: Taxonomy, out: TextIO, found: list[Sent]
) -> None:
    codes = [
        f"seat{first + place:02d}"
        for first in FIRST_SEATS.values()
        for place in range(concurrency + 1)  # a seat that has just had a call rests a moment
    ]
    async with ending_on_sigterm(), instance(SITE, codes) as centre, AsyncExitStack() as stack:
        seats = Seats()
        for account in centre.accounts:
            person = Person(centre.url, True, account.username)
            await stack.enter_async_context(person.signed_in(centre.password))
            seats.follow(person)
            group = await stack.enter_async_context(anyio.create_task_group())
            phone = Phone(
                sip_host="127.0.0.1",
                sip_port=centre.settings.sip_port,
                username=account.code,
                secret=account.sip_secret,
                answer_after=ANSWER_AFTER,
            )
            await group.start(phone.run)
            stack.callback(group.cancel_scope.cancel)
            taken = {"seat_code": account.code, "device": "phone"}
            await person.post("/api/agent-session", taken)
        waiting = iter(enumerate(reports))
        async with anyio.create_task_group() as callers:
            for _ in range(concurrency):
                callers.start_soon(_callers, waiting, centre, seats, taxonomy, out, found)


async def _callers(
    waiting: Iterator[tuple[int, Report]],
    centre: Instance,
    seats: Seats,
    taxonomy: Taxonomy,
    out: TextIO,
    found: list[Sent],
) -> None:
    for place, report in waiting:
        row = Sent(report.name, report.dialled, round(len(report.audio) / RATE, 2))
        try:
            await _call(f"137{place:08d}", report, centre, seats, taxonomy, row)
        except* (SetupError, Refused, TimeoutError) as wrong:
            row.trouble = _said(wrong) or "nobody answered in time"
        found.append(row)
        out.write(json.dumps(asdict(row), ensure_ascii=False) + "\n")
        out.flush()


def _said(wrong: BaseExceptionGroup[Exception]) -> str:
    """The first of a task group's errors, in words."""
    first = wrong.exceptions[0]
    return _said(first) if isinstance(first, BaseExceptionGroup) else str(first)


async def _call(
    number: str, report: Report, centre: Instance, seats: Seats, taxonomy: Taxonomy, row: Sent
) -> None:
    talker = Talker(number, report.dialled, centre.settings.sip_port)
    spoken: list[float] = []
    async with talker.calling(), anyio.create_task_group() as group:
        seen = await seats.of(number)

        async def talk() -> None:
            await anyio.sleep(LEAD_SECONDS)
            spoken.extend((await talker.say(report.audio))[-1:])

        group.start_soon(talk)
        sent_at = await _send_when_sure(seen, spoken)
        if sent_at is not None:
            row.sure = True
            row.sent_s = round(sent_at - seen.answered_at, 2)
        while not spoken:  # noqa: ASYNC110 - the caller says the rest
            await anyio.sleep(0.05)
        if sent_at is not None:
            row.after_last_word_s = round(sent_at - spoken[0], 2)
    await _compare(seen, report, taxonomy, row)
    with anyio.fail_after(WAIT_SECONDS):
        await seen.ended.wait()
    await _ready(seen.seat)


async def _send_when_sure(seen: Seen, spoken: Sequence[float]) -> float | None:
    """When the order was sent; ``None`` where the suggestion did not become sure in time."""
    while True:
        now, order = time.monotonic(), seen.order
        if order is not None and is_sure(order) and now - seen.changed_at >= STILL_SECONDS:
            path, version = f"/api/orders/{order['id']}", order["version"]
            accepted = await seen.seat.post(f"{path}/accept-sure", {"version": version})
            await seen.seat.post(
                f"{path}/send",
                {
                    "version": accepted["version"],
                    "unit_ids": accepted["fields"]["unit_ids"],
                    "even_off_duty": True,  # a second click at night, which costs no time here
                },
            )
            return time.monotonic()
        if spoken and now - spoken[0] >= UNSURE_SECONDS:
            return None
        await anyio.sleep(0.05)


def is_sure(order: dict[str, Any]) -> bool:
    """Whether a seat that trusts the machine would send this form."""
    fields, states = order["fields"], order["field_states"]
    sure = all(
        name in states and (states[name]["p"] or 0.0) >= SURE
        for name in ("category_code", "emergency")
    )
    return sure and bool(fields["unit_ids"]) and bool(fields["summary"])


async def _compare(seen: Seen, report: Report, taxonomy: Taxonomy, row: Sent) -> None:
    if seen.order is None:
        raise SetupError("the seat's page was shown no order")
    path = f"/api/orders/{seen.order['id']}"
    order = (await seen.seat.get(path))["order"]
    fields, right = order["fields"], taxonomy.items[report.right[0]]
    row.category = fields["category_code"]
    row.category_right = row.category in report.right
    row.emergency_right = fields["emergency"] is right.emergency
    kinds = {item["unit_kind"] for item in order["dispatch_orders"]}
    row.lead_unit_right = right.lead in kinds
    if not row.sure:
        body = {"version": order["version"], "reason": "测量：未形成把握大的建议"}
        await seen.seat.post(f"{path}/discard", body)


async def _ready(seat: Person) -> None:
    for _ in range(100):
        try:
            await seat.ask("PATCH", "/api/agent-session", {"state": "ready"})
        except Refused:
            await anyio.sleep(0.1)
        else:
            return
    raise SetupError(f"{seat.username} could not become ready")


def figures(found: Sequence[Sent]) -> str:
    """The figures of all calls, for people."""
    sure = [one for one in found if one.sent_s is not None]
    lines = [f"{len(found)} calls, {sum(bool(one.trouble) for one in found)} went wrong"]
    if sure:
        for title, values in (
            ("answered → sent", [one.sent_s for one in sure if one.sent_s is not None]),
            ("last word → sent", [o.after_last_word_s or 0.0 for o in sure]),
            ("the caller speaks", [one.spoken_s for one in sure]),
        ):
            middle, ninetieth = _quantile(values, 50), _quantile(values, 90)
            lines.append(f"{title:20} median {middle:5.1f} s   p90 {ninetieth:5.1f} s")
    lines += [f"{name:32} {seconds:5.0f} s" for name, seconds in BY_HAND.items()]
    all_right = [o for o in sure if o.category_right and o.emergency_right and o.lead_unit_right]
    lines += [
        f"sent on the suggestion           {len(sure)} of {len(found)}",
        f"  category right                 {sum(one.category_right for one in sure)}",
        f"  emergency or not right         {sum(one.emergency_right for one in sure)}",
        f"  leading authority among units  {sum(one.lead_unit_right for one in sure)}",
        f"  a seat would have corrected    {len(sure) - len(all_right)}",
        f"unsure, the seat decides         {len(found) - len(sure)}",
    ]
    return "\n".join(lines)


def _quantile(values: Sequence[float], percent: int) -> float:
    if len(values) < 2:
        return values[0]
    return quantiles(values, n=100, method="inclusive")[percent - 1]


if __name__ == "__main__":
    sys.exit(main())

"""A centre after two years: a million closed orders and ten thousand open ones, written by the
database itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Column, Connection, text

from benchmarks.dialects import SENTENCE, Dialect, Postgres, Sqlite, escaped
from models.base import Base

STEP_SECONDS = 63  # between two orders: 1,371 a day, two years in all
UNITS, SEATS, SUPERVISORS = 83, 40, 3
TIMERS = ("received", "on_site", "feedback")


@dataclass(frozen=True, slots=True)
class Size:
    closed: int = 1_000_000
    open: int = 10_000

    @property
    def all(self) -> int:
        return self.closed + self.open


class Filler:
    """Writes the rows; ``now`` is when the newest order is."""

    def __init__(self, connection: Connection, size: Size, now: datetime, password: str) -> None:
        self._connection = connection
        self._size = size
        self._password = password
        self._d: Dialect = Sqlite() if connection.dialect.name == "sqlite" else Postgres()
        first = int(now.astimezone(UTC).timestamp()) - STEP_SECONDS * size.all
        self._start = f"({first} + {STEP_SECONDS} * n)"
        self._is_open = f"n > {size.closed}"

    def fill(self) -> dict[str, int]:
        """Write everything; how many rows each table has."""
        self._people()
        self._orders()
        self._watched()
        return {
            name: int(self._connection.scalar(text(f"SELECT count(*) FROM {name}")) or 0)  # noqa: S608 - a table's name
            for name in Base.metadata.tables
        }

    def _people(self) -> None:
        d = self._d
        insert = self._insert
        insert("queues", 1, 1, code="'110'", name="'紧急报警'", emergency="true")
        insert("queues", 1, 1, code="'96345'", name="'便民服务'", emergency="false")
        insert(
            "linkage_units",
            1,
            UNITS,
            id=d.uid("unit", "n"),
            code="'U' || n",
            name="'演示单位' || n",
            kind="'供水'",
            tier="1 + n % 3",
        )
        users = {"password_hash": f"'{self._password}'", "created_at": d.at(self._start)}
        for role, count in (("seat", SEATS), ("supervisor", SUPERVISORS), ("administrator", 1)):
            name = f"'{role}' || n"
            insert(
                "users",
                1,
                count,
                id=d.uid(role, "n"),
                username=name,
                display_name=name,
                role=f"'{role}'",
                **users,
            )
        insert(
            "users",
            1,
            UNITS,
            id=d.uid("unit_user", "n"),
            username="'unit' || n",
            display_name="'unit' || n",
            role="'unit'",
            unit_id=d.uid("unit", "n"),
            **users,
        )
        insert(
            "seats",
            1,
            SEATS,
            id=d.uid("place", "n"),
            code="'s' || n",
            name="'席' || n",
            queue_codes=d.json("'[\"110\"]'"),
            sip_secret="'-'",  # noqa: S106 - no telephone knows it
        )
        # Two years of sign-ins; the newest of each seat is still open.
        sessions = SEATS * 700
        over = f"n <= {sessions - SEATS}"
        insert(
            "agent_sessions",
            1,
            sessions,
            id=d.uid("session", "n"),
            user_id=d.uid("seat", f"1 + n % {SEATS}"),
            seat_id=d.uid("place", f"1 + n % {SEATS}"),
            device="'web'",
            status=f"CASE WHEN {over} THEN 'logged_out' ELSE 'ready' END",
            status_since=d.at(self._start),
            signed_in_at=d.at(self._start),
            signed_out_at=f"CASE WHEN {over} THEN {d.at(self._start)} ELSE NULL END",
        )

    def _orders(self) -> None:
        d, every = self._d, self._size.all
        insert, start, is_open = self._insert, self._start, self._is_open
        insert(
            "incidents",
            1,
            every,
            id=d.uid("incident", "n"),
            number="'JQ' || n",
            opened_at=d.at(start),
        )
        insert(
            "calls",
            1,
            every,
            id=d.uid("call", "n"),
            queue_code="CASE WHEN n % 3 = 0 THEN '96345' ELSE '110' END",
            dialled="CASE WHEN n % 3 = 0 THEN '96345' ELSE '110' END",
            caller_number="'000' || (n % 200000)",
            number_tail="substr('000' || (n % 200000), length('000' || (n % 200000)) - 3)",
            channel="'PJSIP/trunk-' || n",
            status="CASE WHEN n % 20 = 0 THEN 'abandoned' ELSE 'ended' END",
            received_at=d.at(start),
            queued_at=d.at(start),
            answered_at=f"CASE WHEN n % 20 = 0 THEN NULL ELSE {d.at(start + ' + 5')} END",
            ended_at=d.at(start + " + 95"),
            agent_session_id=f"CASE WHEN n % 20 = 0 THEN NULL ELSE "
            f"{d.uid('session', f'1 + n % {SEATS * 700}')} END",
        )
        fields = (
            '\'{"address": "演示路\' || n || \'号", "category_code": "W01", '
            '"emergency": false, "summary": "水管破裂", "contact_phone": "000\' || n || \'"}\''
        )
        insert(
            "work_orders",
            1,
            every,
            id=d.uid("order", "n"),
            number="'GD' || n",
            incident_id=d.uid("incident", "n"),
            call_id=d.uid("call", "n"),
            owner_id=d.uid("seat", f"1 + n % {SEATS}"),
            queue_code="CASE WHEN n % 3 = 0 THEN '96345' ELSE '110' END",
            status=f"CASE WHEN {is_open} THEN 'dispatched' ELSE 'closed' END",
            version="3",
            fields=d.json(fields),
            field_states=d.json("'{}'"),
            created_at=d.at(start),
            sent_at=d.at(start + " + 60"),
            closed_at=f"CASE WHEN {is_open} THEN NULL ELSE {d.at(start + ' + 7000')} END",
        )
        insert(
            "dispatch_orders",
            1,
            every,
            id=d.uid("item", "n"),
            work_order_id=d.uid("order", "n"),
            unit_id=d.uid("unit", f"1 + n % {UNITS}"),
            position="0",
            status=f"CASE WHEN {is_open} THEN 'received' ELSE 'fed_back' END",
            created_at=d.at(start + " + 60"),
            sent_at=d.at(start + " + 60"),
            received_at=d.at(start + " + 90"),
            fed_back_at=f"CASE WHEN {is_open} THEN NULL ELSE {d.at(start + ' + 6000')} END",
        )
        for trigger, new in (("send", "sent"), ("receive", "received")):
            insert(
                "transitions",
                1,
                every,
                entity="'dispatch_order'",
                entity_id=d.uid("item", "n"),
                old="'sent'",
                trigger=f"'{trigger}'",
                new=f"'{new}'",
                actor="'system'",
                at=d.at(start + " + 60"),
            )
        insert(
            "utterances",
            1,
            every,
            id=d.uid("utterance", "n"),
            call_id=d.uid("call", "n"),
            role="'caller'",
            stream_id=d.uid("stream", "n"),
            sequence="0",
            text=d.said("n"),
            raw_text=f"'{SENTENCE}'",
            words=d.json("'[]'"),
            start_ms="0",
            end_ms="2000",
            confidence="0.9",
            engine="'vosk'",
            created_at=d.at(start + " + 10"),
        )

    def _watched(self) -> None:
        d, every = self._d, self._size.all
        insert, start, is_open = self._insert, self._start, self._is_open
        insert(
            "recordings",
            max(1, every - 200_000),
            every,
            id=d.uid("recording", "n"),
            call_id=d.uid("call", "n"),
            path="'r/' || n",
            sha256="'-'",
            size_bytes="1000",
            duration_ms="90000",
            began_at=d.at(start),
            stored_at=d.at(start + " + 100"),
            delete_after=d.at(start + " + 15552000"),
        )
        for number, kind in enumerate(TIMERS):
            late = f"{is_open} AND n % 3 = {number}"
            insert(
                "sla_timers",
                1,
                every,
                id=d.uid(kind, "n"),
                work_order_id=d.uid("order", "n"),
                dispatch_order_id=d.uid("item", "n"),
                unit_id=d.uid("unit", f"1 + n % {UNITS}"),
                kind=f"'{kind}'",
                calendar="'always'",
                limit_seconds="7200",
                plan=d.json(
                    '\'[{"at": 5400, "step": "remind"}, {"at": 7200, "step": "duty_phone"}]\''
                ),
                position=f"CASE WHEN {late} THEN 2 ELSE 0 END",
                started_at=d.at(start + " + 60"),
                running_since=d.at(start + " + 60"),
                due_at=d.at(start + " + 7260"),
                next_at=f"CASE WHEN {is_open} AND NOT ({late}) "
                f"THEN {d.at(start + ' + 86400000')} ELSE NULL END",
                breached_at=f"CASE WHEN {late} THEN {d.at(start + ' + 7260')} ELSE NULL END",
                stopped_at=f"CASE WHEN {is_open} THEN NULL ELSE {d.at(start + ' + 6000')} END",
                stopped_by=f"CASE WHEN {is_open} THEN '' ELSE 'feed_back' END",
            )
        insert(
            "deliveries",
            1,
            every,
            id=d.uid("delivery", "n"),
            dispatch_order_id=d.uid("item", "n"),
            work_order_id=d.uid("order", "n"),
            unit_id=d.uid("unit", f"1 + n % {UNITS}"),
            channel="'web'",
            purpose="'order'",
            status="'delivered'",
            payload=d.json("'{}'"),
            due_at=d.at(start + " + 60"),
            created_at=d.at(start + " + 60"),
            sent_at=d.at(start + " + 60"),
            delivered_at=d.at(start + " + 61"),
        )
        insert(
            "sla_notices",
            1,
            every // 5,
            id=d.uid("notice", "n"),
            timer_id=d.uid("feedback", "n"),
            position="1",
            step="'duty_phone'",
            kind="'feedback'",
            work_order_id=d.uid("order", "n"),
            dispatch_order_id=d.uid("item", "n"),
            unit_id=d.uid("unit", f"1 + n % {UNITS}"),
            due_at=d.at(start + " + 7260"),
            at=d.at(start + " + 7260"),
        )
        insert(
            "call_backs",
            1,
            every // 20,
            id=d.uid("back", "n"),
            call_id=d.uid("call", "20 * n"),
            queue_code="'110'",
            number="'000' || n",
            kind="'missed'",
            status=f"CASE WHEN n > {every // 20 - 100} THEN 'open' ELSE 'done' END",
            created_at=d.at(start.replace("* n", "* 20 * n")),
        )

    def _insert(self, table: str, first: int, last: int, **values: str) -> None:
        """Rows numbered from ``first`` to ``last``; what is not given has the class's default."""
        given = dict(values)
        for column in Base.metadata.tables[table].columns:
            if column.name in given or column.nullable or column.server_default is not None:
                continue
            if column.primary_key and column.autoincrement is True:
                continue
            given[column.name] = self._default(column)
        names, expressions = ", ".join(f'"{name}"' for name in given), ", ".join(given.values())
        columns = f'INSERT INTO "{table}" ({names}) '
        select = f"SELECT {expressions} FROM s"  # noqa: S608 - our own words
        whole = (
            f"{self._d.series}{columns}{select}"
            if isinstance(self._d, Postgres)
            else f"{columns}{self._d.series}{select}"
        )
        self._connection.execute(text(escaped(whole)), {"first": first, "last": last})

    def _default(self, column: Column[Any]) -> str:
        default: Any = column.default
        if default is None:
            raise ValueError(f"{column.table.name}.{column.name} needs a value")
        value = default.arg(None) if default.is_callable else default.arg
        value = getattr(value, "value", value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, list | dict):
            return self._d.json("'[]'" if isinstance(value, list) else "'{}'")
        return f"'{value}'" if isinstance(value, str) else str(value)


def counted(rows: Mapping[str, int]) -> str:
    """The larger tables, for the record."""
    large = sorted(rows.items(), key=lambda item: -item[1])
    return ", ".join(f"{name} {count:,}" for name, count in large if count >= 1_000)

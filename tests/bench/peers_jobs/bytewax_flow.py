"""Bytewax: `window` is its windowing operator, `stateful` a StatefulBatchLogic a key, `shard` one for all keys.

`window` and `stateful` are as its documentation has them. `shard` keeps a dictionary of keys in one logic, which gets
whole batches: what somebody would write who found the others slow. Recovery is off, its default: nothing is stored.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import bytewax.operators as op
import msgspec
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSource, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.operators import windowing as win
from bytewax.run import cli_main

BOOTSTRAP, RAW, ALERTS, THRESHOLD, VARIANT = *sys.argv[1:4], int(sys.argv[4]), sys.argv[6]


class Report(msgspec.Struct):
    reporter: str
    t: float


decode = msgspec.json.Decoder(Report).decode
Held = tuple[int, set[str]]


def decoded(batch: list[KafkaSourceMessage[bytes, bytes]]) -> list[tuple[str, Report]]:
    return [(message.key.decode(), decode(message.value)) for message in batch]


def in_one(batch: list[KafkaSourceMessage[bytes, bytes]]) -> list[tuple[str, tuple[bytes, Report]]]:
    return [("0", (message.key, decode(message.value))) for message in batch]


def take(held: Held, reporter: str) -> bool:
    """Add a reporter; tell whether that crosses the threshold."""
    who = held[1]
    if len(who) >= THRESHOLD or reporter in who:
        return False
    who.add(reporter)
    return len(who) == THRESHOLD


class Window(win.WindowLogic[Report, int, set[str]]):
    """The reporters of one window."""

    def __init__(self, who: set[str] | None) -> None:
        self.who = who or set()

    def on_value(self, value: Report) -> Iterable[int]:
        return (int(value.t // 3_600),) if take((0, self.who), value.reporter) else ()

    def on_merge(self, original: Any) -> Iterable[int]:
        raise NotImplementedError

    def on_close(self) -> Iterable[int]:
        return ()

    def snapshot(self) -> set[str]:
        return set(self.who)


class Stateful(StatefulBatchLogic[Report, int, Held]):
    """The reporters of one key in its latest hour."""

    def __init__(self, held: Held | None) -> None:
        self.held = held or (0, set())

    def on_batch(self, values: list[Report]) -> tuple[Iterable[int], bool]:
        said = []
        for report in values:
            hour = int(report.t // 3_600)
            if self.held[0] != hour:
                self.held = (hour, set())
            if take(self.held, report.reporter):
                said.append(hour)
        return said, self.RETAIN

    def snapshot(self) -> Held:
        return self.held[0], set(self.held[1])


class Shard(StatefulBatchLogic[tuple[bytes, Report], tuple[bytes, int], dict[bytes, Held]]):
    """The reporters of every key in its latest hour."""

    def __init__(self, held: dict[bytes, Held] | None) -> None:
        self.held = held or {}

    def on_batch(self, values: list[tuple[bytes, Report]]) -> tuple[Iterable[tuple[bytes, int]], bool]:
        said, every = [], self.held
        for key, report in values:
            hour = int(report.t // 3_600)
            held = every.get(key)
            if held is None or held[0] != hour:
                held = every[key] = (hour, set())
            if take(held, report.reporter):
                said.append((key, hour))
        return said, self.RETAIN

    def snapshot(self) -> dict[bytes, Held]:
        # A copy of all at the end of every epoch is what recovery would need; it is off, and nothing is copied.
        return {}


def said(key: str | bytes, hour: int) -> KafkaSinkMessage[bytes, bytes]:
    return KafkaSinkMessage(key.encode() if isinstance(key, str) else key, msgspec.json.encode({"hour": hour}))


def new_flow() -> Dataflow:
    flow = Dataflow("job")
    raw = op.input("raw", flow, KafkaSource([BOOTSTRAP], [RAW], batch_size=1_000))
    if VARIANT == "window":
        clock = win.EventClock(
            ts_getter=lambda report: datetime.fromtimestamp(report.t, UTC),
            wait_for_system_duration=timedelta(seconds=10),
            to_system_utc=lambda _: None,  # the data are of the past: every window would be due at every turn
        )
        hourly = win.TumblingWindower(length=timedelta(hours=1), align_to=datetime(2025, 1, 1, tzinfo=UTC))
        keyed = op.flat_map_batch("decode", raw, decoded)
        found = win.window("count", keyed, clock, hourly, Window, ordered=False)
        alerts = op.map("say", found.down, lambda one: said(one[0], one[1][1]))
    elif VARIANT == "stateful":
        keyed = op.flat_map_batch("decode", raw, decoded)
        alerts = op.map("say", op.stateful_batch("count", keyed, Stateful), lambda one: said(*one))
    else:
        keyed = op.flat_map_batch("decode", raw, in_one)
        alerts = op.map("say", op.stateful_batch("count", keyed, Shard), lambda one: said(*one[1]))
    kop.output("alerts", alerts, brokers=[BOOTSTRAP], topic=ALERTS)
    return flow


cli_main(new_flow())

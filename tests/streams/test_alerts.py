"""The stage that makes alerts: what it takes in once, and what it passes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from rules.alert import Finding
from rules.command import Command
from rules.duty import Duty
from rules.fusion import Fusion
from streams import topics
from streams.alerts import AlertsPartition
from streams.codec import COMMAND, encode, origin
from streams.emission import Emission
from streams.lines import ALERTS
from streams.metrics import Metrics
from streams.outlet import Outlet
from streams.settings import Settings
from tests.builders import T0, a_pipeline, an_area_tree, an_event, the_book

AT = datetime.fromtimestamp(T0, UTC)


def a_stage() -> AlertsPartition:
    return AlertsPartition(Fusion(an_area_tree()), Duty(the_book(), "test"), the_book())


def records(*things: Finding | Command) -> list[Any]:
    made = []
    for n, thing in enumerate(things):
        headers = origin("commands/0", n, COMMAND) if isinstance(thing, Command) else []
        made.append(SimpleNamespace(offset=n, timestamp=int(T0 * 1000) + n, headers=headers, value=encode(thing)))
    return made


def taken(stage: AlertsPartition, log: list[Any]) -> list[Emission]:
    said: list[Emission] = []
    stage.take(log, said.append)
    return said


def put_out(*emissions: Emission) -> list[tuple[str, bytes | None]]:
    sent: list[tuple[str, bytes | None]] = []
    outbox: Any = SimpleNamespace(add=lambda topic, key, *_, **__: sent.append((topic, key)))
    outlet = Outlet(ALERTS, Settings(), outbox, Metrics())
    for emission in emissions:
        outlet.emit(emission)
    return sent


def test_a_finding_that_is_sent_again_makes_no_second_version() -> None:
    (finding,) = a_pipeline().process(an_event("1", 0.0, "gas_leak")).alerts
    stage = a_stage()
    said = taken(stage, records(finding, finding))
    assert [alert.revision.version for one in said for alert in one.alerts] == [1]
    assert (stage.counts["FINDING"], stage.counts["REPEATED"]) == (1, 1)
    assert put_out(*said) == [(topics.ALERTS, finding.id.encode()), (topics.NOTICES, finding.id.encode())]


def test_a_silence_is_passed_on_to_where_messages_are_planned() -> None:
    silence = Command(
        id="1",
        action="silence",
        alert="s1",
        by="desk",
        at=AT,
        why="抢修",
        until=AT + timedelta(hours=1),
        matcher={"kinds": "gas_leak"},
    )
    (said,) = taken(a_stage(), records(silence))
    assert said.silences == [silence]
    assert [answer.reason for answer in said.answers] == [""]
    assert put_out(said) == [(topics.ANSWERS, b"s1"), (topics.NOTICES, b"s1")]

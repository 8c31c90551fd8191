"""Verdicts among the events: what a partition makes of them, over restarts, and how they are told and explained."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from detectors.event import Event
from rules.alert import Alert, Grade
from rules.book import Book
from rules.duty import Command, Duty
from rules.explaining import explain
from rules.feedback import Held
from rules.rule import Rule
from streams.assembly import Parts
from streams.bulletin import bulletin
from streams.codec import COMMAND, WATERMARK, encode, origin
from streams.commanding import read_command, refusal_of
from streams.emission import Emission
from streams.errors import BadInput
from streams.explain_material import Desk
from streams.language import Voice
from streams.metrics import Metrics
from streams.screen import Screen
from streams.watermarks import WatermarkRecord
from tests.builders import T0, a_pipeline, a_taxonomy, an_alert, an_area_tree, an_event
from tests.stages import BothStages

HOUR, DAY = 3_600.0, 86_400.0
FIRST, SECOND = 29 * DAY + 5 * HOUR, 30 * DAY + 5 * HOUR
CHANNEL = "hotline.calls/0"


@cache
def a_book() -> Book:
    tail = {"blue": 1e-4, "yellow": 1e-9, "min_observed": 5, "min_ratio": 2.0}
    rule = {"id": "surge", "number": 5, "name": {"zh": "突增", "en": "Surge"}, "signal": "surge", "tail": tail}
    return Book((msgspec.convert({**rule, "quiet": "2h"}, Rule),), "b")


def a_partition() -> BothStages:
    return BothStages(a_pipeline(book=a_book()), [CHANNEL], a_book())


def judging(alert: str, action: Any, at: float, **over: Any) -> Command:
    when = datetime.fromtimestamp(T0 + at, UTC)
    return Command(**{"id": f"{at}", "action": action, "alert": alert, "by": "金霞值班室", "at": when, **over})


def records(things: list[Event | Command | float], first: int = 0) -> list[Any]:
    """Events, commands, and watermarks as seconds after T0, on one partition of ``events``; time is that of events."""
    made, now = [], T0
    for n, thing in enumerate(things, first):
        if isinstance(thing, Event):
            now = max(now, thing.occurred_at.timestamp())
            value, headers = encode(thing), origin(CHANNEL, n)
        elif isinstance(thing, Command):
            now = max(now, thing.at.timestamp())
            value, headers = encode(thing), origin("commands/0", n, COMMAND)
        else:
            now = T0 + thing
            value, headers = encode(WatermarkRecord(watermark=now)), origin(CHANNEL, n, WATERMARK)
        made.append(SimpleNamespace(offset=n, timestamp=int(now * 1000), headers=headers, value=value))
    return made


def calls(name: str, since: float, count: int) -> list[Event | Command | float]:
    return [an_event(f"{name}{n:02}", since + 120 + n, reporter=f"{name}{n}") for n in range(count)]


@cache
def history() -> tuple[Event | Command | float, ...]:
    """Two calls an hour for four weeks, up to a surge in an hour, and past it."""
    quiet = [an_event(f"q{n:04}", n * HOUR / 2 + 60) for n in range(30 * 48)]
    early = [one for one in quiet if one.occurred_at.timestamp() < T0 + FIRST + HOUR]
    late = quiet[len(early) :]
    return (*early, *calls("a", FIRST, 9), FIRST + HOUR + 1, *late[:4], FIRST + 4 * HOUR, *late[4:], 30 * DAY)


@cache
def after_history() -> tuple[dict[str, bytes], tuple[Alert, ...]]:
    partition = a_partition()
    alerts = said(partition, records(list(history())))
    return {key: data for key, data in partition.dirty().items() if data is not None}, tuple(alerts)


def begun() -> BothStages:
    partition = a_partition()
    partition.restore(after_history()[0])
    return partition


def said(partition: BothStages, log: list[Any]) -> list[Alert]:
    emissions: list[Emission] = []
    partition.take(log, emissions.append)
    return [alert for emission in emissions for alert in emission.alerts]


def then(*things: Event | Command | float) -> list[Any]:
    return records(list(things), len(history()))


def first_surge() -> Alert:
    alert = after_history()[1][-1]
    assert (alert.status, alert.observed) == ("closed", 11)
    return alert


def test_the_surge_of_a_key_has_to_be_rarer_after_a_false_alarm_and_says_so() -> None:
    false = judging(first_surge().id, "false", 30 * DAY + HOUR)
    (as_before,) = new(said(begun(), then(*calls("b", SECOND, 11), SECOND + HOUR + 1)))
    assert (as_before.observed, len(as_before.steps)) == (11, 1)
    held_down = said(begun(), then(false, *calls("b", SECOND, 11), SECOND + HOUR + 1))
    assert (held_down[0].revision.change, held_down[0].status) == ("false_alarm", "closed")
    assert new(held_down) == []
    (rarer,) = new(said(begun(), then(false, *calls("b", SECOND, 13), SECOND + HOUR + 1)))
    assert rarer.observed == 13
    assert rarer.steps[-1].because.zh == "此处近期误报1次、属实0次：要求的罕见程度提高到1.8倍"
    undone = judging(first_surge().id, "true", 30 * DAY + 2 * HOUR)
    freed = said(begun(), then(false, undone, *calls("b", SECOND, 11), SECOND + HOUR + 1))
    assert [alert.revision.change for alert in freed][:3] == ["false_alarm", "verified", "new"]
    assert new(freed)[0].steps[-1].because.zh == "此处近期误报0次、属实1次：要求的罕见程度放宽1.8倍"


def new(alerts: list[Alert]) -> list[Alert]:
    """The last versions of the alerts that were not there before and stand."""
    last = {alert.id: alert for alert in alerts if alert.id != first_surge().id}
    return [alert for alert in last.values() if alert.status != "withdrawn"]


def test_a_restart_at_any_record_says_the_same_of_verdicts_and_ends_with_the_same_alerts_and_state() -> None:
    first = first_surge().id
    verdicts = [judging(first, "false", 30 * DAY + HOUR), judging(first, "true", SECOND + HOUR / 2)]
    calls_ = calls("b", SECOND, 11)
    log = then(verdicts[0], *calls_[:9], SECOND + 60, *calls_[9:], verdicts[1], SECOND + HOUR + 1, 31 * DAY)
    straight = begun()
    whole = said(straight, log)
    judged = [alert for alert in whole if alert.id == first]
    assert [alert.revision.change for alert in judged] == ["false_alarm", "verified"]
    assert [alert.status for alert in new(whole)] == ["closed"]
    state = {key: data for key, data in straight.dirty().items() if key.startswith("rules/verdict/")}
    for cut in range(len(log)):
        partition, again = begun(), a_partition()
        alerts = said(partition, log[:cut])
        stored = {**after_history()[0], **partition.dirty()}
        again.restore({key: data for key, data in stored.items() if data is not None})
        alerts += said(again, log[cut:])
        assert [alert for alert in alerts if alert.id == first] == judged
        assert [final_form(alert) for alert in new(alerts)] == [final_form(alert) for alert in new(whole)]
        assert again.held() == straight.held() == {Held("surge", "surge", "true"): 1}
        assert {key: {**stored, **again.dirty()}[key] for key in state} == state


def final_form(alert: Alert) -> bytes:
    """Everything but how it grew."""
    return msgspec.json.encode({k: v for k, v in msgspec.structs.asdict(alert).items() if k != "revision"})


def test_verdicts_are_counted_where_the_alert_is_once_for_every_change() -> None:
    first = first_surge().id
    partition = begun()
    commands = [judging(first, action, 30 * DAY + n) for n, action in enumerate(("false", "false", "true", "true"))]
    alerts = said(partition, then(*commands, judging(first, "false", 29 * DAY), judging("elsewhere", "true", 30 * DAY)))
    assert [alert.revision.change for alert in alerts] == ["false_alarm", "verified"]
    assert partition.verdicts == {Held("surge", "surge", "false"): 1, Held("surge", "surge", "true"): 1}
    assert (partition.counts["COMMAND"], partition.counts["REFUSED_EARLIER"]) == (4, 1)
    assert partition.held() == {Held("surge", "surge", "true"): 1}


def test_verdicts_held_add_up_over_partitions_and_stages_and_go_with_them() -> None:
    metrics, false = Metrics(), Held("surge", "surge", "false")

    def told() -> float | None:
        return metrics.registry.get_sample_value("fenghuo_verdicts_held", false._asdict())

    metrics.tell_verdicts("detect", [Counter({false: 2}), Counter({false: 1})])
    metrics.tell_verdicts("city", [Counter({false: 4})])
    assert told() == 7.0
    metrics.tell_verdicts("detect", [])
    assert told() == 4.0
    metrics.tell_verdicts("city", [])
    assert told() is None


def test_an_explanation_from_the_records_goes_by_the_verdicts_among_them() -> None:
    parts = Parts(an_area_tree(), a_taxonomy(), a_book(), intake=None)  # type: ignore[arg-type]
    desk = Desk(parts)
    partition = BothStages(desk.new_pipeline(), [CHANNEL], a_book())
    false = judging(first_surge().id, "false", 30 * DAY + HOUR)
    log = [*history(), false, *calls("b", SECOND, 13), SECOND + HOUR + 1]
    alert = said(partition, records(log))[-1]
    explanation = explain(a_book(), desk.city, alert, desk.notes.heard(), desk.lens)
    assert explanation.differs == ()
    assert "（此处近期误报1次、属实0次：要求的罕见程度提高到1.8倍）" in explanation.conditions[0].says.zh
    assert explanation.conditions[0].parts[-1].threshold == pytest.approx(1e-4 / 1.8)


def test_the_message_says_what_it_turned_out_to_be_and_who_says_so() -> None:
    duty = Duty(a_book(), "test")
    duty.note([an_alert()])
    voices = Voice("zh", UTC), Voice("en", UTC)

    def told(action: Any, minute: int) -> list[str]:
        (alert,) = duty.obey(judging("a1", action, minute * 60.0))
        assert isinstance(alert, Alert)
        return [bulletin(alert, voice).plain for voice in voices]

    zh, en = told("false", 5)
    assert "【橙色·误报】" in zh
    assert zh.splitlines()[-1] == "主责：区城管局｜金霞值班室 00:05判为误报"
    assert en.splitlines()[-1] == "Owner: district urban management | a false alarm, says 金霞值班室 at 00:05"
    zh, en = told("true", 6)
    assert "【橙色·属实】" in zh
    assert zh.splitlines()[-1].endswith("前签收｜金霞值班室 00:06核实属实")
    assert "【orange·verified】" in en
    closed = duty.note([an_alert(change="closed", version=2)])[0]
    assert bulletin(closed, voices[0]).plain.splitlines()[-1] == "主责：区城管局｜解除｜金霞值班室 00:06核实属实"


def test_a_false_alarm_stands_below_all_others_on_the_screen() -> None:
    duty, screen = Duty(a_book(), "test"), Screen(Voice("zh"), "Teststadt")
    for alert in duty.note([an_alert("red", "red"), an_alert("blue", "blue")]):
        screen.take(alert)
    assert [alert.id for alert in screen.ranked()] == ["red", "blue"]
    for alert in duty.obey(judging("red", "false", 60.0)):
        assert isinstance(alert, Alert)
        screen.take(alert)
    assert [alert.id for alert in screen.ranked()] == ["blue", "red"]


def test_a_verdict_that_does_not_hold_says_why_and_what_to_do() -> None:
    duty, verdict = Duty(a_book(), "test"), judging("a1", "false", 60.0, grade=Grade.ORANGE)
    (seen,) = duty.note([an_alert()])

    def why(alert: Alert) -> str | None:
        said = refusal_of(alert, verdict)
        return said.en if said is not None else None

    assert why(seen) is None
    (raised,) = duty.note([an_alert(grade="red", change="upgrade", version=2)])
    assert why(raised) == "it was raised to red meanwhile: look at it again, then say so"
    (gone,) = duty.note([an_alert(change="withdrawn", version=3)])
    assert why(gone) == "it is withdrawn (by itself 2026-01-01 00:00 UTC)"
    duty.note([an_alert("b")])
    (other,) = duty.obey(judging("b", "true", 90.0))
    assert isinstance(other, Alert)
    assert why(other) == (
        "金霞值班室 has judged it otherwise, at 2026-01-01 00:01 UTC, and the later one counts: if that is yet to "
        "come, set the clocks right, and say it again after that time"
    )


def test_a_verdict_stands_among_the_events_as_it_was_given_and_faults_are_told() -> None:
    seen = datetime.fromtimestamp(T0 + 60, UTC)
    command = judging("a", "false", 0.0, last_at=seen, why="误触")
    assert read_command(b"a", encode(command)) == command
    for raw, path in (
        (encode(command).replace(b'"false"', b'"maybe"'), "$.action"),
        (encode(command).replace(b"00:01:00Z", b"00:01:00"), "$.last_at"),
        (encode(command).replace(b"2026-01-01T00:01", b"1026-01-01T00:01"), "$.last_at"),
    ):
        with pytest.raises(BadInput) as caught:
            read_command(b"a", raw)
        assert (caught.value.reason, caught.value.path) == ("SCHEMA", path)

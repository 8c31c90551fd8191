"""Signals of one thread are one alert, however its windows overlap, until it is quiet; or until it is taken back."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detectors.event import Place
from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from detectors.signal import Sentence, Signal
from detectors.windows import instant
from rules.alert import Alert
from rules.book import Book
from rules.engine import Engine
from rules.issue import City
from rules.rule import Rule
from rules.surroundings import Surroundings
from tests.builders import a_taxonomy, an_area_tree

DAY = 86_400.0
T = 1_767_225_600.0


def a_rule(**over: Any) -> Rule:
    base = {
        "id": "topics",
        "number": 31,
        "name": {"zh": "新议题", "en": "Topic"},
        "signal": "topics",
        "tail": {"blue": 0.05, "yellow": 1e-6, "min_observed": 3},
        "quiet": "7d",
    }
    return msgspec.convert({**base, **over}, Rule)


def an_engine(*rules: Rule) -> Engine:
    areas = an_area_tree()
    days = LocalDays(areas.zone)
    city = City(areas, a_taxonomy(), days, Surroundings(DayKinds("none", days)), Norms(days), "b")
    return Engine(Book(rules or (a_rule(),), "b"), city)


def named(at: float, people: int, *, thread: str = "topic:a", window_s: float = DAY, **over: Any) -> Signal:
    base = {
        "id": f"{thread}#{people}",
        "detector": "topics",
        "key": thread,
        "kind": "noise",
        "place": Place(district="d1"),
        "level": "district",
        "starts_at": instant(T + at - window_s),
        "ends_at": instant(T + at),
        "observed": people,
        "expected": 0.1,
        "expected_high": 1.0,
        "p_value": 10.0**-people,
        "model_age": 900,
        "sources": ("hotline",),
        "evidence": (f"hotline:{people}",),
        "reporters": people,
        "final": True,
        "says": Sentence("说", "says"),
        "headline": Sentence("搅拌站", "mixing plant"),
        "thread": thread,
    }
    return Signal(**{**base, **over})


def last(engine: Engine, signals: list[Signal], cuts: list[float]) -> dict[str, Alert]:
    """The last version of every alert, with the watermark moved on as said."""
    found: dict[str, Alert] = {}
    for cut in [*cuts, 90 * DAY]:
        told = [s for s in signals if s.ends_at.timestamp() - T < cut]
        signals = [s for s in signals if s not in told]
        for signal in told:
            found.update((alert.id, alert) for alert in engine.signal(signal))
        found.update((alert.id, alert) for alert in engine.advance(T + cut))
    return found


def test_an_alert_keeps_its_id_when_a_longer_window_says_more() -> None:
    (alert,) = last(an_engine(), [named(2 * DAY, 3), named(4 * DAY, 6, window_s=30 * DAY)], [3 * DAY]).values()
    assert (alert.reporters, alert.events, alert.grade.value) == (6, 6, "yellow")
    assert alert.evidence == ("hotline:3", "hotline:6")
    assert alert.title.zh == "新议题·搅拌站"
    assert (alert.raised_at, alert.first_at) == (instant(T + 2 * DAY), instant(T - 26 * DAY))


@pytest.mark.parametrize("cuts", [[], [3 * DAY, 13 * DAY, 14 * DAY], [n * DAY / 2 for n in range(1, 60)]])
def test_what_speaks_again_after_its_quiet_time_is_another_alert_however_time_is_cut(cuts: list[float]) -> None:
    signals = [named(2 * DAY, 3), named(4 * DAY, 4), named(13 * DAY, 6)]
    assert sorted(alert.reporters for alert in last(an_engine(), signals, cuts).values()) == [4, 6]


@pytest.mark.parametrize("cuts", [[], [n * DAY for n in range(1, 60)]])
def test_a_withdrawal_takes_back_what_is_not_over_of_its_thread(cuts: list[float]) -> None:
    over = named(20 * DAY, 9, withdrawn=True)
    signals = [named(2 * DAY, 3), named(14 * DAY, 5), named(15 * DAY, 6), over]
    status = {a.reporters: a.status for a in last(an_engine(), signals, cuts).values()}
    assert status.pop(3) == "closed"
    assert set(status.values()) <= {"withdrawn"}


def test_a_withdrawal_of_another_kind_reaches_the_rule_that_spoke() -> None:
    engine = an_engine(a_rule(kinds=["noise"]), a_rule(id="others", number=32, not_kinds=["noise"]))
    signals = [named(2 * DAY, 3), named(3 * DAY, 9, withdrawn=True, kind="dust", sources=("grid", "hotline"))]
    (alert,) = last(engine, signals, []).values()
    assert alert.status == "withdrawn"


def test_what_earns_no_grade_and_what_was_never_told_leave_nothing_behind() -> None:
    engine = an_engine()
    for n in range(50):
        engine.signal(named(n, 3, thread=f"topic:{n}", p_value=0.5))
        engine.signal(named(n, 3, thread=f"topic:{n}b", withdrawn=True))
    assert engine.groups() == 0
    state = {name: data for name, data in engine.dirty() if data is not None}
    assert not [name for name in state if name.startswith("fold/")]

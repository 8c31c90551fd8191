"""What verdicts do to the alerts of rules about signals: from the next windows on, whatever comes first."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.detector import detector_types
from detectors.localtime import DayKinds, LocalDays
from detectors.norms import Norms
from detectors.signal import Signal
from rules.alert import Alert
from rules.book import Book
from rules.engine import Engine
from rules.feedback import Judgement
from rules.issue import City
from rules.rule import Rule
from rules.subject import subject_of, subject_of_alert
from rules.surroundings import Surroundings
from tests.builders import T0, a_place, a_taxonomy, an_area_tree, an_event

HOUR, DAY = 3_600.0, 86_400.0
KEY = "d1|d1|noise|hour"
RULE: dict[str, Any] = {
    "id": "surge",
    "number": 5,
    "name": {"zh": "突增", "en": "Surge"},
    "signal": "surge",
    "tail": {"blue": 1e-4, "yellow": 1e-6, "min_observed": 5, "min_ratio": 2.0},
    "quiet": "2h",
}


def a_book(**over: Any) -> Book:
    return Book((msgspec.convert({**RULE, **over}, Rule),), "b")


def an_engine(book: Book | None = None) -> Engine:
    areas = an_area_tree()
    days = LocalDays(areas.zone)
    around = Surroundings(DayKinds(areas.calendar, days))
    return Engine(book or a_book(), City(areas, a_taxonomy(), days, around, Norms(days), "b"))


def a_signal(hour: int, p: float = 1e-5, kind: str = "noise", **over: Any) -> Signal:
    starts = datetime.fromtimestamp(T0, UTC) + timedelta(hours=hour)
    base: dict[str, Any] = {
        "id": f"surge:{kind}:{hour}",
        "detector": "surge",
        "key": f"d1|{kind}",
        "kind": kind,
        "place": a_place(),
        "level": "district",
        "starts_at": starts,
        "ends_at": starts + timedelta(hours=1),
        "observed": 12,
        "expected": 2.0,
        "expected_high": 6.0,
        "p_value": p,
        "model_age": 999,
        "sources": ("hotline",),
        "evidence": (f"hotline:{hour}",),
        "reporters": 12,
        "final": True,
    }
    return Signal(**{**base, **over})


def a_judgement(n: int = 0, *, holds: bool = False, at: float = 0.0, key: str = KEY, rule: str = "surge") -> Judgement:
    return Judgement(str(n), rule, "surge", key, holds, T0 + at, T0 + at)


def final(versions: Iterable[Alert]) -> dict[str, bytes]:
    latest = {alert.id: alert for alert in versions}
    return {
        id_: msgspec.json.encode({k: v for k, v in msgspec.structs.asdict(alert).items() if k != "revision"})
        for id_, alert in latest.items()
        if alert.status != "withdrawn"
    }


def run(engine: Engine, *things: Signal | Judgement | float) -> list[Alert]:
    """Signals, verdicts, and watermarks as seconds after T0."""
    said: list[Alert] = []
    for thing in things:
        if isinstance(thing, Signal):
            said += engine.signal(thing)
        elif isinstance(thing, Judgement):
            said += engine.judge(thing)
        else:
            said += engine.advance(T0 + thing)
    return said


FALSE = [a_judgement(n) for n in range(3)]


def test_after_false_alarms_the_next_surge_has_to_be_rarer() -> None:
    assert run(an_engine(), *FALSE, a_signal(1, 5e-5)) == []
    (alert,) = run(an_engine(), *FALSE, a_signal(1, 1e-5))
    assert [(step.because.zh, step.because.en) for step in alert.steps] == [
        ("偶然概率1e-05≤2.63e-05", "chance probability 1e-05 ≤ 2.63e-05"),
        (
            "此处近期误报3次、属实0次：要求的罕见程度提高到3.8倍",
            "of late 3 false and 0 true here: has to be 3.8 times as rare",
        ),
    ]
    assert alert.not_higher.zh == "升为黄色需偶然概率≤2.63e-07"
    (elsewhere,) = run(an_engine(), *FALSE, a_signal(1, 5e-5, place=a_place(district="d9")))
    assert len(elsewhere.steps) == 1


def test_after_true_ones_a_surge_just_short_of_the_limit_is_told() -> None:
    near = a_signal(1, 1.5e-4)
    assert run(an_engine(), near) == []
    true = [a_judgement(n, holds=True) for n in range(9)]
    (alert,) = run(an_engine(), *true, near)
    assert alert.steps[-1].because.en.endswith("may be 2 times less rare")
    assert run(an_engine(), *true, a_signal(1, 2.1e-4)) == []


def test_the_opposite_verdicts_bring_back_what_false_alarms_held_down_while_its_window_is_open() -> None:
    true = [a_judgement(n, holds=True, at=1.0) for n in range(3)]
    engine = an_engine()
    assert run(engine, *FALSE, a_signal(1, 5e-5), HOUR) == []
    assert [alert.revision.change for alert in run(engine, *true)] == ["new"]
    late = an_engine()
    assert run(late, *FALSE, a_signal(1, 5e-5), 2 * HOUR + 1, *true, 9 * HOUR) == []
    assert late.groups() == 0


def test_a_window_that_is_closed_stays_what_it_was() -> None:
    engine = an_engine()
    (before,) = run(engine, a_signal(1, 5e-5), 2 * HOUR + 1)
    assert run(engine, *FALSE) == []
    (after,) = run(engine, 9 * HOUR)
    assert (after.status, after.grade, after.steps) == ("closed", before.grade, before.steps)


def test_the_windows_somebody_saw_are_not_taken_back_by_their_own_verdict() -> None:
    engine = an_engine()
    run(engine, a_signal(1, 9e-5))
    own = msgspec.structs.replace(a_judgement(at=1.5 * HOUR), since=T0 + 2 * HOUR)
    assert run(engine, own, a_signal(2, 9e-5), 9 * HOUR)[-1].events == 12
    assert run(an_engine(), a_signal(1, 9e-5), a_signal(2, 9e-5), 9 * HOUR)[-1].events == 24


def test_rules_that_count_events_are_not_moved() -> None:
    rule = msgspec.convert(
        {
            "id": "count",
            "number": 1,
            "name": {"zh": "数", "en": "Count"},
            "kinds": ["noise"],
            "per": "spot",
            "fires": [{"count": {"at_least": 1}}],
            "grade": "blue",
            "why": {"zh": "{n}", "en": "{n}"},
        },
        Rule,
    )
    engine = an_engine(Book((rule,), "b"))
    assert run(engine, *(a_judgement(n, rule="count") for n in range(9))) == []
    assert len(engine.event(an_event("1"), T0)) == 1


@st.composite
def windows(draw: st.DrawFn) -> tuple[list[Signal], list[Judgement]]:
    hours = draw(st.lists(st.integers(0, 30), unique=True, max_size=8))
    ps = [draw(st.sampled_from([1e-8, 1e-6, 2e-6, 2e-5, 5e-5, 9e-5, 1.5e-4, 1e-3])) for _ in hours]
    said = draw(st.lists(st.tuples(st.integers(0, 5), st.booleans(), st.integers(0, 30)), max_size=8))
    at = sorted(said, key=lambda one: one[2])
    return [a_signal(h, p) for h, p in zip(hours, ps, strict=True)], [
        a_judgement(n, holds=holds, at=t * HOUR + 60.0) for n, holds, t in at
    ]


@settings(max_examples=200, deadline=None)
@given(windows(), st.randoms(use_true_random=False), st.lists(st.integers(0, 40), max_size=4))
def test_it_does_not_matter_whether_a_signal_or_a_verdict_comes_first(
    drawn: tuple[list[Signal], list[Judgement]], rng: random.Random, cuts: list[int]
) -> None:
    """Between watermarks signals and verdicts of different alerts may come in any order, also from a restart on."""
    signals, judgements = drawn

    def runs(*, mixed: bool) -> dict[str, bytes]:
        engine, said, stored = an_engine(), [], dict[str, bytes]()
        left, ahead = list(signals), list(judgements)
        for cut in [*sorted(cuts), 60]:
            now = [one for one in left if one.ends_at.timestamp() <= T0 + cut * HOUR]
            heard = [one for one in ahead if one.at <= T0 + cut * HOUR]
            left, ahead = [s for s in left if s not in now], [j for j in ahead if j not in heard]
            things: list[Signal | Judgement] = [*now, *heard]
            if mixed:
                early = [one for one in left if rng.random() < 0.3]  # their windows are open
                things = _interleaved([*now, *early], heard, rng)
            said += run(engine, *things, cut * HOUR)
            if mixed:
                for name, data in engine.dirty():
                    stored.pop(name, None) if data is None else stored.update({name: data})
                engine = an_engine()
                engine.restore(stored, T0 + cut * HOUR)
        return final(said)

    assert runs(mixed=True) == runs(mixed=False)


def _interleaved(signals: list[Signal], judgements: list[Judgement], rng: random.Random) -> list[Signal | Judgement]:
    """Signals anywhere; verdicts on one alert in their order."""
    things: list[Signal | Judgement] = list(judgements)
    for signal in rng.sample(signals, len(signals)):
        things.insert(rng.randint(0, len(things)), signal)
    return things


LEVELS = ("district", "street", "community", "spot")
WIDE = [name for name, type_ in detector_types().items() if type_.scope == "city"]


@pytest.mark.parametrize(
    ("detector", "level"),
    [*itertools.product(sorted(detector_types()), LEVELS), *((name, "city") for name in WIDE)],
)
def test_an_alert_knows_what_verdicts_on_its_signals_are_about(detector: str, level: str) -> None:
    wide = detector in WIDE
    for hours, place in itertools.product((1, 24), (a_place(), a_place(street="", community=""))):
        ends = datetime.fromtimestamp(T0, UTC) + timedelta(hours=hours)
        thread = "t" if wide else ""
        signal = a_signal(0, detector=detector, level=level, ends_at=ends, place=place, thread=thread)
        (alert,) = an_engine(a_book(signal=detector)).signal(signal)
        assert subject_of_alert(alert, detector) == subject_of(signal)
        assert subject_of(signal).startswith("|" if wide else "d1|")


def test_verdicts_on_threads_that_see_the_whole_city_hold_for_the_next_ones_wherever_they_are() -> None:
    def cluster(hour: int, p: float, **over: Any) -> Signal:
        base = {"detector": "scan", "thread": f"t{hour}", "id": f"t{hour}", "place": a_place(district=f"d{hour}")}
        return a_signal(hour, p, **{**base, **over})

    book = a_book(signal="scan")
    engine = an_engine(book)
    (alert,) = run(engine, cluster(1, 5e-5), 2 * HOUR)
    about = subject_of_alert(alert, "scan")
    false = [msgspec.structs.replace(a_judgement(n, at=2 * HOUR, key=about), detector="scan") for n in range(6)]
    assert run(engine, *false, cluster(5, 9e-5)) == []
    (rare,) = run(engine, cluster(6, 1e-6))
    assert "同规则近期误报6次" in rare.steps[-1].because.zh
    true = [msgspec.structs.replace(one, holds=True, at=T0 + 3 * HOUR) for one in false]
    again = an_engine(book)
    run(again, *false, cluster(5, 9e-5), cluster(5, 9e-5, withdrawn=True, id="w"))
    assert run(again, *true) == []  # what waited went with its thread


def test_state_from_before_verdicts_were_taken_goes_on() -> None:
    engine = an_engine()
    run(engine, a_signal(1))
    stored = {name: data for name, data in engine.dirty() if data is not None}
    (fold,) = [name for name in stored if name.startswith("fold/")]
    stored[fold] = msgspec.msgpack.encode(msgspec.msgpack.decode(stored[fold])[:3])
    again = an_engine()
    again.restore(stored, T0)
    assert final(run(again, 9 * HOUR)) == final(run(engine, 9 * HOUR))

"""Silence, recurrence and spread depend on the events and the watermark, not on how they came."""

from __future__ import annotations

import doctest
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.areas import AreaTree
from detectors.detector import Detector, detector_types
from detectors.event import Event, Place
from detectors.recurrence import RecurrenceConfig, RecurrenceDetector
from detectors.signal import Signal
from detectors.silence import SilenceConfig, SilenceDetector
from detectors.spread import SpreadConfig, SpreadDetector
from tests.builders import a_taxonomy

HOUR, DAY = 3600.0, 86400.0
Timed = tuple[Event, float]


@cache
def a_city() -> AreaTree:
    """Two districts of one street with four communities in a row each."""

    def community(district: str, n: int) -> dict[str, object]:
        beside = [f"{district}c{m}" for m in (n - 1, n + 1) if 0 <= m < 4]
        return {"id": f"{district}c{n}", "name": f"{district.upper()}{n}", "neighbours": beside}

    def a_district(district: str) -> dict[str, object]:
        streets = [{"id": f"{district}s", "name": "S", "communities": [community(district, n) for n in range(4)]}]
        return {"id": district, "name": district.upper(), "streets": streets}

    districts = [a_district("a"), a_district("b")]
    return AreaTree.from_mapping(
        {"city": "t", "name": "T", "tz": "Asia/Shanghai", "calendar": "none", "open": False, "districts": districts}
    )


def a_silence_detector() -> Detector:
    config = SilenceConfig(level="community", alpha_report=0.6, warm_up_hours=20, forget_hours=60)
    return SilenceDetector(config, a_city())


def a_recurrence_detector() -> Detector:
    config = RecurrenceConfig(
        horizon_days=4, quiet_days=0.2, min_episodes=2, alpha_report=0.9, warm_up_days=1, min_places=1, capacity=9
    )
    return RecurrenceDetector(config, a_city(), a_taxonomy())


def a_spread_detector() -> Detector:
    config = SpreadConfig(reach_hours=12, window_hours=48, min_handovers=1, alpha_report=0.9, warm_up_days=1)
    return SpreadDetector(config, a_city(), a_taxonomy())


MADE = {"silence": a_silence_detector, "recurrence": a_recurrence_detector, "spread": a_spread_detector}
each = pytest.mark.parametrize("name", list(MADE))


def an_event(number: int, t: float, district: str, kind: str, *, day_only: bool) -> Timed:
    community = f"{district}c{number * 7 % 4}" if number % 6 else ""
    spot = f"spot {number % 3}" if number % 2 else ""
    place = Place(district=district, street=f"{district}s", community=community, spot=spot, name=f"place {number}")
    event = Event(
        id=f"x:{number}",
        source="sos" if number % 3 else "grid",
        kind=kind,
        occurred_at=datetime.fromtimestamp(t, UTC),
        place=place,
        reporter=f"r{number % 4}" if number % 5 else "",
        resolution="day" if day_only else "instant",
    )
    return event, t


@st.composite
def some_events(draw: st.DrawFn) -> list[Timed]:
    """Bursts within hours and quiet spells of hours to days."""
    events: list[Timed] = []
    t = draw(st.integers(0, 30)) * HOUR
    for _ in range(draw(st.integers(1, 14))):
        t += draw(st.sampled_from([0.0, 0.3, 1.0, 1.0, 2.0, 3.0, 7.0, 20.0, 40.0, 90.0])) * HOUR
        district, kind = draw(st.sampled_from("aab")), draw(st.sampled_from(["odor", "waterlogging"]))
        for _ in range(draw(st.integers(1, 6))):
            late = draw(st.integers(0, 5000))
            day_only = draw(st.sampled_from([False, False, False, True]))
            events.append(an_event(len(events), t + late, district, kind, day_only=day_only))
    return events


class Reader:
    """Keeps what a consumer of the signals and of the state would hold."""

    def __init__(self, make: Callable[[], Detector]) -> None:
        self.detector = make()
        self.signals: dict[str, Signal] = {}
        self.state: dict[str, bytes] = {}

    def observe(self, timed: Timed) -> None:
        self.read(self.detector.observe(*timed))

    def advance(self, watermark: float) -> None:
        self.read(self.detector.advance(watermark))

    def read(self, signals: list[Signal]) -> None:
        for signal in signals:
            self.signals[signal.id] = signal

    def save(self) -> None:
        for key, entry in self.detector.dirty().items():
            if entry is None:
                self.state.pop(key, None)
            else:
                self.state[key] = entry


def in_one_go(name: str, events: list[Timed], watermark: float) -> Reader:
    reader = Reader(MADE[name])
    for timed in sorted(events, key=lambda timed: (timed[1], timed[0].id)):
        reader.observe(timed)
    reader.advance(watermark)
    reader.save()
    return reader


def cut_up(name: str, draw: st.DataObject, events: list[Timed], watermark: float, *, restarts: bool) -> Reader:
    """Give the events in any order with any advances in between that do not pass an event still to come."""
    reader = Reader(MADE[name])
    waiting = draw.draw(st.permutations(events), label="arrival order")
    if draw.draw(st.booleans()):
        waiting.sort(key=lambda timed: timed[1] // DAY)
    while waiting:
        number = draw.draw(st.integers(1, len(waiting)))
        for timed in waiting[:number]:
            reader.observe(timed)
        waiting = waiting[number:]
        bound = min([watermark, *(t for _, t in waiting)])
        reader.advance(bound * draw.draw(st.sampled_from([0.5, 0.9, 1.0])))
        if draw.draw(st.booleans()):
            reader.save()
        if restarts and draw.draw(st.booleans()):
            reader.save()
            reader.detector = MADE[name]()
            reader.detector.restore(reader.state)
    reader.advance(watermark)
    reader.save()
    return reader


def a_watermark(draw: st.DataObject, events: list[Timed]) -> float:
    last = max(t for _, t in events)
    return draw.draw(st.sampled_from([last * 0.5, last - HOUR, last, last + HOUR, last + 3 * DAY, last + 9 * DAY]))


@each
@settings(max_examples=60, deadline=None)
@given(events=some_events(), draw=st.data())
def test_arrival_order_and_the_cutting_of_advances_change_nothing(
    name: str, events: list[Timed], draw: st.DataObject
) -> None:
    watermark = a_watermark(draw, events)
    expected, found = in_one_go(name, events, watermark), cut_up(name, draw, events, watermark, restarts=False)
    assert found.signals == expected.signals
    assert found.state == expected.state


@each
@settings(max_examples=60, deadline=None)
@given(events=some_events(), draw=st.data())
def test_a_detector_restored_at_any_moment_goes_on_identically(
    name: str, events: list[Timed], draw: st.DataObject
) -> None:
    watermark = a_watermark(draw, events)
    expected, found = in_one_go(name, events, watermark), cut_up(name, draw, events, watermark, restarts=True)
    assert found.signals == expected.signals
    assert found.state == expected.state


@each
@settings(max_examples=40, deadline=None)
@given(events=some_events(), draw=st.data())
def test_a_district_does_not_depend_on_its_neighbours(name: str, events: list[Timed], draw: st.DataObject) -> None:
    watermark = a_watermark(draw, events)
    together = in_one_go(name, events, watermark)
    for district in "ab":
        own = [timed for timed in events if timed[0].place.district == district]
        alone = in_one_go(name, own, watermark)
        assert alone.state == {key: entry for key, entry in together.state.items() if key[-1] == district}
        assert alone.signals == {
            id_: signal for id_, signal in together.signals.items() if signal.place.district == district
        }


@each
def test_the_events_tried_here_do_lead_to_signals(name: str) -> None:
    events = [an_event(n, 2400.0 * n, "a", "noise", day_only=False) for n in range(150)]
    events += [an_event(151 + n, 3 * DAY + 4 * HOUR * n, "a", "odor", day_only=False) for n in range(5)]
    assert in_one_go(name, events, 7 * DAY).signals


@each
def test_an_event_of_a_closed_hour_is_refused(name: str) -> None:
    detector = MADE[name]()
    detector.observe(*an_event(1, 0.0, "a", "odor", day_only=False))
    detector.advance(2 * HOUR)
    with pytest.raises(ValueError, match="hour 1 is closed"):
        detector.observe(*an_event(2, HOUR, "a", "odor", day_only=False))


@each
def test_state_of_something_else_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"not state of the {name} detector"):
        MADE[name]().restore({"surge/open/1": b""})


def test_the_shipped_configuration_fits_any_city() -> None:
    made: list[Detector] = [SilenceDetector.of(a_city()), RecurrenceDetector.of(a_city()), SpreadDetector.of(a_city())]
    assert [detector.name for detector in made] == list(MADE)
    assert all(detector_types()[name] is type(detector) for name, detector in zip(MADE, made, strict=True))


@pytest.mark.parametrize("module", ["openhours", "hush", "repeats", "handover", "silence", "recurrence", "spread"])
def test_the_examples_in_the_docstrings_hold(module: str) -> None:
    failed, tried = doctest.testmod(import_module(f"detectors.{module}"))
    assert tried
    assert not failed

"""The surge detector's state and signals depend on the events and the watermark, not on how they came."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.event import Event, Place
from detectors.signal import Signal
from detectors.surge import SurgeDetector
from detectors.surge_config import SurgeConfig

ZONE = ZoneInfo("Asia/Shanghai")
HOUR, DAY = 3600.0, 86400.0
CONFIG = SurgeConfig(
    levels=("community", "street", "district"),
    alpha_report=0.05,
    min_count=2,
    min_to_explain=2,
    warm_up_hours=3,
    warm_up_days=1,
    silence_days=2,
    forget_days=4,
    evidence=3,
)

Timed = tuple[Event, float]


def an_event(number: int, t: float, *, district: str = "a", kind: str = "fire", day_only: bool = False) -> Timed:
    street = f"{district}{number % 3}" if number % 5 else ""
    community = f"{street}c{number % 2}" if street and number % 7 else ""
    event = Event(
        id=f"sos:{number}",
        source="sos" if number % 2 else "grid",
        kind=kind,
        occurred_at=datetime.fromtimestamp(t, UTC),
        place=Place(district=district, street=street, community=community, name=f"place {number}"),
        reporter=f"r{number % 4}" if number % 6 else "",
        resolution="day" if day_only else "instant",
    )
    return event, t


@st.composite
def some_events(draw: st.DrawFn) -> list[Timed]:
    """Clumped events: quiet spells of days (some long enough to freeze or forget), bursts within an hour."""
    events: list[Timed] = []
    t = draw(st.integers(0, 3)) * HOUR
    for _ in range(draw(st.integers(1, 8))):
        t += draw(st.sampled_from([0.0, 0.3, 1.0, 1.0, 2.0, 7.0, 30.0, 60.0, 110.0])) * HOUR
        district, kind = draw(st.sampled_from("ab")), draw(st.sampled_from(["fire", "flood"]))
        for _ in range(draw(st.integers(1, 9))):
            late = draw(st.integers(0, 5000))
            day_only = draw(st.sampled_from([False, False, False, True]))
            events.append(an_event(len(events), t + late, district=district, kind=kind, day_only=day_only))
    return events


class Reader:
    """Keeps what a consumer of the signals and of the state would hold."""

    def __init__(self, detector: SurgeDetector) -> None:
        self.detector = detector
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

    def standing(self) -> dict[str, Signal]:
        return {name: signal for name, signal in self.signals.items() if not signal.withdrawn}


def in_one_go(events: list[Timed], watermark: float) -> Reader:
    reader = Reader(SurgeDetector(CONFIG, ZONE))
    for timed in sorted(events, key=lambda timed: (timed[1], timed[0].id)):
        reader.observe(timed)
    reader.advance(watermark)
    reader.save()
    return reader


def cut_up(draw: st.DataObject, events: list[Timed], watermark: float, *, restarts: bool = False) -> Reader:
    """Give the events in any order with any advances in between that do not pass an event still to come."""
    reader = Reader(SurgeDetector(CONFIG, ZONE))
    waiting = draw.draw(st.permutations(events), label="arrival order")
    while waiting:
        number = draw.draw(st.integers(1, len(waiting)))
        for timed in waiting[:number]:
            reader.observe(timed)
        waiting = waiting[number:]
        bound = min([watermark, *(t for _, t in waiting)])
        reader.advance(bound * draw.draw(st.sampled_from([0.5, 0.9, 1.0])))
        reader.save()
        if restarts and draw.draw(st.booleans()):
            reader.detector = SurgeDetector(CONFIG, ZONE)
            reader.detector.restore(reader.state)
    reader.advance(watermark)
    reader.save()
    return reader


def a_watermark(draw: st.DataObject, events: list[Timed]) -> float:
    last = max(t for _, t in events)
    return draw.draw(st.sampled_from([last * 0.5, last - HOUR, last, last + HOUR, last + 3 * DAY, last + 9 * DAY]))


@settings(max_examples=150, deadline=None)
@given(events=some_events(), draw=st.data())
def test_arrival_order_and_the_cutting_of_advances_change_nothing(events: list[Timed], draw: st.DataObject) -> None:
    watermark = a_watermark(draw, events)
    expected, found = in_one_go(events, watermark), cut_up(draw, events, watermark)
    assert found.standing() == expected.standing()
    assert found.state == expected.state


@settings(max_examples=75, deadline=None)
@given(events=some_events(), draw=st.data())
def test_a_detector_restored_at_any_moment_goes_on_identically(events: list[Timed], draw: st.DataObject) -> None:
    watermark = a_watermark(draw, events)
    expected, found = in_one_go(events, watermark), cut_up(draw, events, watermark, restarts=True)
    assert found.standing() == expected.standing()
    assert found.state == expected.state


@settings(max_examples=75, deadline=None)
@given(events=some_events(), draw=st.data())
def test_a_district_does_not_depend_on_its_neighbours(events: list[Timed], draw: st.DataObject) -> None:
    watermark = a_watermark(draw, events)
    together = in_one_go(events, watermark)
    for district in "ab":
        own = [timed for timed in events if timed[0].place.district == district]
        alone = in_one_go(own, watermark)
        assert alone.state == {key: entry for key, entry in together.state.items() if key.endswith(f"/{district}")}
        assert alone.standing() == {
            name: signal for name, signal in together.standing().items() if signal.place.district == district
        }


def test_an_event_below_the_watermark_is_refused_when_its_window_is_closed() -> None:
    detector = SurgeDetector(replace(CONFIG, windows=("hour",)), ZONE)
    detector.observe(*an_event(1, 0.0))
    detector.advance(2 * HOUR)
    with pytest.raises(ValueError, match="hour window 1 is closed"):
        detector.observe(*an_event(2, HOUR))

"""State and signals of novelty and drift depend on the events and the watermark, not on how they came."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.drift import DriftDetector
from detectors.drift_config import DriftConfig
from detectors.event import Event, Place
from detectors.novelty import NoveltyConfig, NoveltyDetector
from detectors.signal import Signal

ZONE = ZoneInfo("Asia/Kolkata")  # whose days begin in the middle of an hour
HOUR, DAY = 3600.0, 86400.0
Detector = NoveltyDetector | DriftDetector
Timed = tuple[Event, float]


def novelty() -> Detector:
    config = NoveltyConfig(
        alpha_report=0.3, min_count=4, warm_up_days=1, warm_up_events=5.0, memory_days=5.0, forget_days=4, evidence=2
    )
    return NoveltyDetector(config, ZONE)


def drift() -> Detector:
    config = DriftConfig(levels=("district", "street"), false_alarms=1.0, silence_days=2, forget_days=4, evidence=2)
    return DriftDetector(config, ZONE)


def an_event(number: int, t: float, *, district: str, kind: str, day_only: bool) -> Timed:
    event = Event(
        id=f"sos:{number}",
        source="sos" if number % 2 else "grid",
        kind=kind,
        occurred_at=datetime.fromtimestamp(t, UTC),
        place=Place(district=district, street=f"{district}{number % 3}" if number % 5 else "", name=f"place {number}"),
        reporter=f"r{number % 4}" if number % 6 else "",
        resolution="day" if day_only else "instant",
    )
    return event, t


@st.composite
def some_events(draw: st.DrawFn) -> list[Timed]:
    """Clumped events of changing kinds, with quiet spells of hours and of days."""
    events: list[Timed] = []
    t = draw(st.integers(0, 30)) * HOUR
    for _ in range(draw(st.integers(1, 12))):
        t += draw(st.sampled_from([0.0, 0.3, 1.0, 7.0, 24.0, 30.0, 60.0, 110.0])) * HOUR
        district, kinds = draw(st.sampled_from("ab")), draw(st.sampled_from([["x"], ["x", "y"], ["x", "y", "z", "u"]]))
        for _ in range(draw(st.integers(1, 14))):
            late, day_only = draw(st.integers(0, 5000)), draw(st.sampled_from([False, False, False, True]))
            kind = draw(st.sampled_from(kinds))
            events.append(an_event(len(events), t + late, district=district, kind=kind, day_only=day_only))
    return events


class Reader:
    """Keeps what a consumer of the signals and of the state would hold."""

    def __init__(self, new: Callable[[], Detector]) -> None:
        self.new = new
        self.detector = new()
        self.signals: dict[str, Signal] = {}
        self.state: dict[str, bytes] = {}

    def read(self, signals: list[Signal]) -> None:
        for signal in signals:
            assert signal.final
            assert signal.id not in self.signals
            self.signals[signal.id] = signal

    def save(self) -> None:
        for key, entry in self.detector.dirty().items():
            if entry is None:
                self.state.pop(key, None)
            else:
                self.state[key] = entry


def in_one_go(new: Callable[[], Detector], events: list[Timed], watermark: float) -> Reader:
    reader = Reader(new)
    for timed in sorted(events, key=lambda timed: (timed[1], timed[0].id)):
        reader.read(reader.detector.observe(*timed))
    reader.read(reader.detector.advance(watermark))
    reader.save()
    return reader


def cut_up(
    new: Callable[[], Detector], draw: st.DataObject, events: list[Timed], watermark: float, *, restarts: bool
) -> Reader:
    """Give the events in any order with any advances in between that do not pass an event still to come."""
    reader = Reader(new)
    waiting = draw.draw(st.permutations(events), label="arrival order")
    while waiting:
        number = draw.draw(st.integers(1, len(waiting)))
        for timed in waiting[:number]:
            reader.read(reader.detector.observe(*timed))
        waiting = waiting[number:]
        bound = min([watermark, *(t for _, t in waiting)])
        reader.read(reader.detector.advance(bound * draw.draw(st.sampled_from([0.5, 0.9, 1.0]))))
        reader.save()
        if restarts and draw.draw(st.booleans()):
            reader.detector = new()
            reader.detector.restore(reader.state)
    reader.read(reader.detector.advance(watermark))
    reader.save()
    return reader


def a_watermark(draw: st.DataObject, events: list[Timed]) -> float:
    last = max(t for _, t in events)
    return draw.draw(st.sampled_from([last * 0.5, last - HOUR, last, last + HOUR, last + 3 * DAY, last + 9 * DAY]))


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("new", [novelty, drift])
@settings(max_examples=60, deadline=None)
@given(events=some_events(), draw=st.data())
def test_neither_order_nor_cutting_nor_restarts_change_anything(
    new: Callable[[], Detector], *, restarts: bool, events: list[Timed], draw: st.DataObject
) -> None:
    watermark = a_watermark(draw, events)
    expected = in_one_go(new, events, watermark)
    found = cut_up(new, draw, events, watermark, restarts=restarts)
    assert found.signals == expected.signals
    assert found.state == expected.state


@pytest.mark.parametrize("new", [novelty, drift])
@settings(max_examples=60, deadline=None)
@given(events=some_events(), draw=st.data())
def test_a_district_does_not_depend_on_its_neighbours(
    new: Callable[[], Detector], events: list[Timed], draw: st.DataObject
) -> None:
    watermark = a_watermark(draw, events)
    together = in_one_go(new, events, watermark)
    for district in "ab":
        own = [timed for timed in events if timed[0].place.district == district]
        alone = in_one_go(new, own, watermark)
        assert alone.state == {key: entry for key, entry in together.state.items() if key.endswith(f"/{district}")}
        mine = {name: one for name, one in together.signals.items() if one.place.district == district}
        assert alone.signals == mine


@pytest.mark.parametrize("new", [novelty, drift])
def test_an_event_of_a_closed_window_is_refused(new: Callable[[], Detector]) -> None:
    detector = new()
    detector.observe(*an_event(1, 0.0, district="a", kind="x", day_only=False))
    detector.advance(3 * DAY)
    with pytest.raises(ValueError, match=r"window \d+ is closed"):
        detector.observe(*an_event(2, HOUR, district="a", kind="x", day_only=False))


@pytest.mark.parametrize("new", [novelty, drift])
def test_state_of_others_is_refused(new: Callable[[], Detector]) -> None:
    with pytest.raises(ValueError, match="not state of the"):
        new().restore({"surge/model/a": b""})

"""What every detector owes the pipeline, held for each that is found, with the configuration it ships with."""

from __future__ import annotations

import copy
import doctest
import random
import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache

import msgspec
import pytest

from detectors.detector import Detector, detector_types
from detectors.event import Event, Place
from detectors.signal import Signal
from rules.book import Book
from streams.intake.places import load_areas
from tests.builders import a_pipeline, the_book

HOUR, DAY = 3_600.0, 86_400.0
BEGINS = 1_767_225_600.0  # 2026-01-01
DAYS, LATENESS_S = 40, 600.0
MATTER = "化工厂夜间排放刺鼻气味"

EVERY = pytest.mark.parametrize("name", detector_types())
OF_DISTRICTS = [name for name, type_ in detector_types().items() if type_.scope == "district"]


@cache
def days_of_a_city() -> tuple[Event, ...]:
    """Forty days of two districts: rhythm, a burst, a kind that is new, a feed that stops, a place with bad luck."""
    rng = random.Random(7)
    streets = [f"440507-{n:02d}" for n in (1, 2, 3)] + [f"440511-{n:02d}" for n in (1, 2, 3)]
    events: list[Event] = []
    for hour in range(DAYS * 24):
        busy = 6 if 8 <= hour % 24 <= 20 else 1
        for _ in range(busy):
            street = rng.choice(streets)
            if hour >= 30 * 24 and street.startswith("440511"):
                continue  # dead from the thirtieth day on
            kind = rng.choice(("noise", "garbage", "parking", "streetlight"))
            if hour // 24 == 35:
                kind = "odor" if rng.random() < 0.7 else kind
            events.append(an_event(rng, len(events), BEGINS + hour * HOUR, street, kind))
        if hour == 33 * 24 + 14:
            events += [
                an_event(rng, len(events) + n, BEGINS + hour * HOUR, streets[0], "waterlogging") for n in range(40)
            ]
    return tuple(sorted(events, key=lambda event: (event.occurred_at, event.id)))


def an_event(rng: random.Random, number: int, hour: float, street: str, kind: str) -> Event:
    spot = f"{street}/spot {rng.randrange(6)}"
    return Event(
        id=f"hotline:{number}",
        source="hotline",
        kind=kind,
        occurred_at=datetime.fromtimestamp(hour + rng.random() * HOUR, UTC),
        place=Place(district=street[:6], street=street, spot=spot, name=spot),
        reporter=f"r{rng.randrange(500)}",
        text=MATTER
        if kind == "odor"
        else "".join(chr(0x4E00 + number * step % 20_000) for step in (7, 11, 13, 17, 19)),
    )


def a_detector(name: str) -> Detector:
    return detector_types()[name].of(load_areas("shantou"))


class Shell:
    """Drives a detector as a shell does, and keeps what a consumer of its signals and its state would hold."""

    def __init__(self, name: str) -> None:
        self.name, self.detector = name, a_detector(name)
        self.signals: dict[str, Signal] = {}
        self.state: dict[str, bytes] = {}

    def drive(self, events: Iterable[Event], every_s: float) -> None:
        due = float("-inf")
        for event in events:
            t = event.occurred_at.timestamp()
            if t >= due:
                due = t + every_s
                self.hear(self.detector.advance(t - LATENESS_S))
            self.hear(self.detector.observe(event, t))

    def end(self) -> None:
        self.hear(self.detector.advance(BEGINS + DAYS * DAY + DAY))

    def hear(self, signals: list[Signal]) -> None:
        for signal in signals:
            self.signals.pop(signal.id, None)
            if not signal.withdrawn:
                self.signals[signal.id] = signal

    def restart(self) -> None:
        for key, data in self.detector.dirty().items():
            if data is None:
                self.state.pop(key, None)
            else:
                self.state[key] = data
        self.detector = a_detector(self.name)
        self.detector.restore(self.state)


@cache
def driven(name: str) -> Shell:
    shell = Shell(name)
    shell.drive(days_of_a_city(), 300.0)
    shell.end()
    return shell


@EVERY
def test_it_is_called_what_its_signals_say(name: str) -> None:
    assert {signal.detector for signal in driven(name).signals.values()} <= {name}


def test_most_of_them_have_something_to_say_of_these_days() -> None:
    assert {name for name in detector_types() if driven(name).signals} >= {
        "novelty",
        "scan",
        "silence",
        "surge",
        "topics",
    }


@EVERY
def test_events_a_little_out_of_order_and_other_advances_change_nothing(name: str) -> None:
    rng = random.Random(3)
    jittered = sorted(days_of_a_city(), key=lambda event: event.occurred_at.timestamp() + rng.random() * LATENESS_S)
    shell = Shell(name)
    shell.drive(jittered, 1_800.0)
    shell.end()
    assert shell.signals == driven(name).signals


@EVERY
def test_it_goes_on_after_restarts_as_if_there_had_been_none(name: str) -> None:
    events, shell = days_of_a_city(), Shell(name)
    for start in range(0, len(events), 700):
        shell.drive(events[start : start + 700], 300.0)
        shell.restart()
    shell.end()
    assert shell.signals == driven(name).signals


@pytest.mark.parametrize("name", OF_DISTRICTS)
def test_a_district_is_told_the_same_without_the_others(name: str) -> None:
    district = "440507"
    shell = Shell(name)
    shell.drive((event for event in days_of_a_city() if event.place.district == district), 300.0)
    shell.end()
    alone = {id_: s for id_, s in driven(name).signals.items() if s.place.district == district}
    assert {id_: s for id_, s in shell.signals.items() if s.place.district == district} == alone


@EVERY
def test_events_are_left_as_they_were(name: str) -> None:
    events = days_of_a_city()[:500]
    before = copy.deepcopy(events)
    Shell(name).drive(events, 300.0)
    assert events == before


@EVERY
def test_state_says_each_thing_once_and_is_bounded(name: str) -> None:
    shell = driven(name)
    shell.detector.dirty()
    assert not shell.detector.dirty()
    once = a_detector(name)
    sizes = []
    for repeat in range(3):
        for event in days_of_a_city()[:2_000]:
            t = event.occurred_at.timestamp() + repeat * 400 * DAY
            once.observe(msgspec.structs.replace(event, occurred_at=datetime.fromtimestamp(t, UTC)), t)
        once.advance(BEGINS + (repeat + 1) * 400 * DAY)
        state = {k: v for k, v in once.dirty().items() if v is not None}
        sizes.append(sum(map(len, state.values())))
    assert sizes[2] <= 1.2 * sizes[1] + 2_000


@EVERY
def test_its_docstring_has_a_reference_and_an_example_that_holds(name: str) -> None:
    found = detector_types()[name]
    said = found.__doc__ or ""
    assert re.search(r"References|[A-Z][a-z]+.*\b(19|20)\d\d\b", said)
    assert ">>>" in said
    failed, tried = doctest.testmod(sys.modules[found.__module__])
    assert (failed, tried > 0) == (0, True)


@EVERY
def test_its_signals_explain_themselves(name: str) -> None:
    for signal in driven(name).signals.values():
        assert 0.0 <= signal.p_value <= 1.0
        assert signal.expected >= 0.0
        assert signal.starts_at < signal.ends_at
        assert signal.model_age > 0
        if name not in {"surge", "surge_city"}:  # whose count and expectation say it all
            assert signal.says is not None
            assert signal.says.zh
            assert signal.says.en


def test_a_detector_that_a_book_drops_keeps_up_over_restarts_until_it_is_asked_for_again() -> None:
    book = the_book()
    without = Book(tuple(rule for rule in book.rules if rule.signal is None), "d")
    events = [event for event in days_of_a_city() if event.place.district == "440507"][:1_500]
    stored: dict[str, bytes] = {}
    watermark = float("-inf")
    for part, goes_by in ((events[:500], book), (events[500:1_000], without), (events[1_000:], book)):
        pipeline = a_pipeline(book=goes_by)
        pipeline.restore(stored, watermark)
        for event in part:
            pipeline.process(event)
        watermark = part[-1].occurred_at.timestamp() - LATENESS_S
        pipeline.advance(watermark)
        stored = {key: data for key, data in (stored | pipeline.dirty()).items() if data is not None}
    whole = a_pipeline(book=book)
    for event in events:
        whole.process(event)
    whole.advance(watermark)
    mine = {key: data for key, data in whole.dirty().items() if key.startswith("surge/")}
    assert mine
    assert {key: stored[key] for key in mine} == mine


def test_a_detector_runs_when_a_rule_asks_for_it_and_not_otherwise() -> None:
    book = the_book()
    wanted = {rule.signal for rule in book.rules if rule.signal is not None and rule.status in {"active", "shadow"}}
    assert set(a_pipeline()._detectors) == wanted
    without = Book(tuple(rule for rule in book.rules if rule.signal in {None, "surge"}), "d")
    assert set(a_pipeline(book=without)._detectors) == {"surge"}


def test_asking_which_detectors_there_are_loads_nothing_that_takes_half_a_second() -> None:
    code = "import sys; from detectors.detector import detector_types; detector_types(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split()
    assert "detectors.surge" in loaded
    assert {"numba", "scipy.stats", "sklearn", "river", "pandas"}.isdisjoint(loaded)

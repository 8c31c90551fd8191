from __future__ import annotations

import doctest
import importlib
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.areas import AreaTree
from detectors.event import Event, Place
from detectors.growing import Courses
from detectors.scan import ScanConfig, ScanDetector
from detectors.signal import Signal
from detectors.windows import instant

DAY = 86_400.0
CLASSES = {"leak": "gas", "smell": "gas", "dog": "animal"}
CONFIG = ScanConfig(windows=("day",), daily=Courses(windows=5), warm_up_days=14, simulations=199)
MODULES = ("growing", "gumbel", "outline", "scan", "scan_rates", "spacetime", "zones")

Timed = tuple[Event, float]


def a_city(**over: object) -> AreaTree:
    """A row of twelve communities, six on each side of the border of two districts."""
    sides = [
        {
            "id": side,
            "name": side.upper(),
            "communities": [
                {"id": f"{side}{n}", "name": f"{side.upper()}{n}", "lon": sign * (0.005 + 0.01 * n), "lat": 0.0}
                for n in range(6)
            ],
        }
        for side, sign in (("e", 1.0), ("w", -1.0))
    ]
    head = {"city": "x", "name": "X", "tz": "UTC", "calendar": "none", "open": True, "districts": sides}
    return AreaTree.from_mapping({**head, **over})


def an_event(t: float, community: str, kind: str = "leak", number: int = 0) -> Timed:
    place = Place(district=community[0], community=community)
    event = Event(
        id=f"sos:{t}-{number}", source="sos", kind=kind, occurred_at=instant(t), place=place, reporter=f"r{t}"
    )
    return event, t


def some_days(first: int, days: int, seed: int = 1, rate: float = 0.5) -> list[Timed]:
    """Calm days: each community reports `rate` leaks and as many dogs a day."""
    rng = np.random.default_rng([seed, first])
    names = [area.id for side in "ew" for area in a_city().children(side)]
    found = []
    for day in range(first, first + days):
        for kind in ("leak", "dog"):
            for name, count in zip(names, rng.poisson(rate, len(names)), strict=True):
                found += [an_event(day * DAY + float(rng.integers(80_000)), name, kind, n) for n in range(count)]
    return sorted(found, key=lambda timed: (timed[1], timed[0].id))


def a_burst(day: int, *names: str, each: int = 9) -> list[Timed]:
    return [an_event(day * DAY + 60.0 * n + m, name) for n in range(each) for m, name in enumerate(names)]


def run(detector: ScanDetector, events: Iterable[Timed], until: float) -> list[Signal]:
    for event, t in events:
        detector.learn(event, t)
    return detector.advance(until)


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_hold(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"detectors.{name}"))
    assert found.attempted
    assert not found.failed


def test_a_cluster_across_a_border_names_both_districts_and_its_communities() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    assert run(detector, some_days(0, 30), 30 * DAY) == []
    (signal,) = run(detector, a_burst(30, "e0", "w0"), 31 * DAY)
    cluster = signal.cluster
    assert cluster is not None
    assert {(member.id, member.name, member.district) for member in cluster.members} == {
        ("e0", "E0", "e"),
        ("w0", "W0", "w"),
    }
    assert set(cluster.districts) == {"e", "w"}
    assert (cluster.category, signal.kind, dict(cluster.kinds)) == ("gas", "leak", {"leak": signal.observed})
    assert cluster.relative_risk == pytest.approx(signal.observed / signal.expected)
    assert cluster.lon == pytest.approx(0.0, abs=0.002)
    assert cluster.lat == pytest.approx(0.0, abs=0.002)
    assert cluster.radius_m == pytest.approx(556, rel=0.3)
    assert cluster.outline[0] == cluster.outline[-1]


def test_the_signal_carries_its_evidence() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    run(detector, some_days(0, 30), 30 * DAY)
    (signal,) = run(detector, a_burst(30, "e0", "w0"), 31 * DAY)
    assert signal.final
    assert signal.ends_at == instant(31 * DAY)
    assert signal.observed >= 18 > signal.expected_high > signal.expected
    assert signal.p_value <= CONFIG.alpha_report
    assert signal.reporters == len(set(signal.evidence)) == signal.observed
    assert signal.model_age == 31
    assert signal.says is not None
    assert "跨2个辖区" in signal.says.zh
    assert "E0" in signal.says.en
    assert signal.cluster is not None
    head = signal.cluster.members[0].id
    assert signal.id == signal.thread == f"scan:day:gas:{head}:19700201T0000Z"
    assert signal.headline is not None
    assert signal.headline.zh == f"gas｜{head.upper()}等{len(signal.cluster.members)}处"


def test_the_kinds_of_a_class_are_counted_together() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    run(detector, some_days(0, 30), 30 * DAY)
    mixed = [an_event(30 * DAY + n, ("e0", "w0")[n % 2], ("leak", "smell")[n // 2 % 2]) for n in range(18)]
    (signal,) = run(detector, mixed, 31 * DAY)
    assert signal.cluster is not None
    assert set(dict(signal.cluster.kinds)) == {"leak", "smell"}


def test_one_community_alone_is_no_cluster() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    run(detector, some_days(0, 30), 30 * DAY)
    assert run(detector, a_burst(30, "e0", each=20), 31 * DAY) == []


def test_what_was_reported_is_not_reported_again_until_more_comes() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    run(detector, some_days(0, 30), 30 * DAY)
    assert run(detector, a_burst(30, "e0", "w0"), 31 * DAY)
    assert run(detector, some_days(31, 1), 32 * DAY) == []
    assert run(detector, a_burst(32, "e0", "w0", each=15), 33 * DAY)


def test_a_day_when_everything_is_reported_more_is_no_cluster() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    run(detector, some_days(0, 30, rate=1.0), 30 * DAY)
    assert run(detector, some_days(30, 1, rate=3.0), 31 * DAY) == []


def test_nothing_is_said_before_the_warm_up() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    run(detector, some_days(0, 10), 10 * DAY)
    assert run(detector, a_burst(10, "e0", "w0"), 11 * DAY) == []


def test_an_event_below_a_closed_window_is_refused() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    run(detector, some_days(0, 3), 3 * DAY)
    with pytest.raises(ValueError, match="day window 1 is closed"):
        detector.learn(*an_event(1.5 * DAY, "e0"))


def test_a_dead_feed_teaches_nothing() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    run(detector, some_days(0, 30), 30 * DAY)
    taught = detector.sweeps["day"].rates.taught
    assert run(detector, [], 300 * DAY) == []
    assert detector.sweeps["day"].rates.taught <= taught + CONFIG.silence_days + 1
    assert detector.sweeps["day"].past == {}


def test_events_of_the_day_alone_are_not_counted_by_the_hour() -> None:
    detector = ScanDetector(ScanConfig(), a_city(), CLASSES)
    event = Event(
        id="grid:1",
        source="grid",
        kind="leak",
        occurred_at=instant(0.0),
        place=Place(district="e", community="e0"),
        resolution="day",
    )
    detector.learn(event, 0.0)
    assert detector.sweeps["hour"].tallies == {}
    assert detector.sweeps["day"].tallies


def test_places_the_tree_does_not_list_are_cells_too() -> None:
    detector = ScanDetector(CONFIG, a_city(), CLASSES)
    known = len(detector.cells)
    detector.learn(*an_event(0.0, "x:new"))
    assert detector.cells.areas[known].id == "x:new"
    bounded = ScanDetector(ScanConfig(windows=("day",), cells=known), a_city(), CLASSES)
    bounded.learn(*an_event(0.0, "x:new"))
    assert len(bounded.cells) == known


def test_by_the_tree_alone_clusters_are_found_too() -> None:
    sides = [
        {"id": s, "name": s, "communities": [{"id": f"{s}{n}", "name": f"{s}{n}"} for n in range(6)]} for s in "ew"
    ]
    detector = ScanDetector(CONFIG, a_city(districts=sides), CLASSES)
    run(detector, some_days(0, 30), 30 * DAY)
    (signal,) = run(detector, a_burst(30, "e0", "e2", "e3"), 31 * DAY)
    assert signal.cluster is not None
    assert {member.id for member in signal.cluster.members} == {"e0", "e2", "e3"}
    assert signal.cluster.lon is signal.cluster.radius_m is None
    assert signal.cluster.outline == ()


class Reader:
    """Keeps what a consumer of the state would hold."""

    def __init__(self, detector: ScanDetector) -> None:
        self.detector = detector
        self.state: dict[str, bytes] = {}

    def snapshot(self) -> None:
        for key, value in self.detector.dirty().items():
            if value is None:
                del self.state[key]
            else:
                self.state[key] = value

    def another(self) -> ScanDetector:
        detector = ScanDetector(self.detector.config, a_city(), CLASSES)
        detector.restore(self.state)
        return detector


def history() -> list[Timed]:
    return [*some_days(0, 20), *a_burst(20, "e0", "w0", "x:new"), *some_days(21, 4)]


@settings(max_examples=15, deadline=None)
@given(cuts=st.lists(st.floats(0.0, 25.0), max_size=12), at=st.integers(0, 400))
def test_signals_and_state_do_not_depend_on_how_advances_were_cut_up_nor_on_restarts(
    cuts: list[float], at: int
) -> None:
    events = history()
    whole = Reader(ScanDetector(CONFIG, a_city(), CLASSES))
    expected = run(whole.detector, events, 25 * DAY)
    whole.snapshot()
    assert expected
    parts = Reader(ScanDetector(CONFIG, a_city(), CLASSES))
    found: list[Signal] = []
    pending = sorted(cut * DAY for cut in cuts)
    for number, (event, t) in enumerate(events):
        while pending and pending[0] <= t:
            found += parts.detector.advance(pending.pop(0))
            parts.snapshot()
        if number == at:
            parts.snapshot()
            parts.detector = parts.another()
        parts.detector.learn(event, t)
    found += parts.detector.advance(25 * DAY)
    parts.snapshot()
    assert found == expected
    assert parts.state == whole.state


def test_what_is_kept_stays_bounded() -> None:
    reader = Reader(ScanDetector(CONFIG, a_city(), CLASSES))
    sizes = []
    for day in range(40):
        run(reader.detector, some_days(day, 1), (day + 1) * DAY)
        reader.snapshot()
        sizes.append((len(reader.state), len(reader.detector.sweeps["day"].tallies)))
    assert sizes[-1] == sizes[20]


def test_areas_that_are_no_longer_known_are_left_out_of_the_state() -> None:
    reader = Reader(ScanDetector(CONFIG, a_city(), CLASSES))
    run(reader.detector, some_days(0, 20), 20 * DAY)
    reader.snapshot()
    sides = [{"id": s, "name": s, "communities": [{"id": f"{s}{n}", "name": f"{s}{n}"} for n in (3, 1)]} for s in "ew"]
    smaller = ScanDetector(CONFIG, a_city(districts=sides), CLASSES)
    smaller.restore(reader.state)
    row = [reader.detector.cells.row(area.id) for area in smaller.cells.areas]
    was, now = reader.detector.sweeps["day"].rates.per_cell, smaller.sweeps["day"].rates.per_cell
    assert now.tolist() == was[:, :, row].tolist()


def test_strange_state_is_refused() -> None:
    with pytest.raises(ValueError, match="surge/model/e"):
        ScanDetector(CONFIG, a_city(), CLASSES).restore({"surge/model/e": b""})


@pytest.mark.parametrize(
    "wrong", [{"windows": ("week",)}, {"windows": ()}, {"alpha_report": 0.0}, {"simulations": 1}, {"cells": 0}]
)
def test_a_config_that_cannot_be_names_its_faults(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ScanConfig(**wrong)  # type: ignore[arg-type]

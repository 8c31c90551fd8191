"""The drift detector tells lasting changes of daily counts, since when, and nothing else."""

from __future__ import annotations

import doctest
from importlib import import_module
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from detectors.change import Change
from detectors.changepoint import ChangePoints
from detectors.drift import DriftDetector
from detectors.drift_config import DriftConfig
from detectors.event import Event, Place
from detectors.signal import Signal
from detectors.windows import instant
from tests.builders import a_taxonomy

DAY = 86400.0
LEAST = 0.05 / 365.0


def changes(counts: np.ndarray) -> list[tuple[int, Change]]:
    """The changes told in some series, with the day each was told."""
    points = ChangePoints(p_least=LEAST)
    points.add(len(counts))
    return [(day, change) for day in range(counts.shape[1]) for change in points.learn(day, counts[:, day])]


def counted(mean: float, days: int, *, size: float = 1e6, seed: int = 1, series: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.poisson(rng.gamma(size, 1.0 / size, (series, days)) * mean).astype(float)


def report(detector: DriftDetector, day: int, counts: dict[str, int], street: str = "s1") -> None:
    number = 0
    for kind, count in counts.items():
        for _ in range(count):
            t = day * DAY + number
            number += 1
            place = Place(district="d1", street=street, name="河东区")
            name = f"grid:{street}:{day}:{number}"
            detector.observe(Event(id=name, source="grid", kind=kind, occurred_at=instant(t), place=place), t)


def run(detector: DriftDetector, counts: np.ndarray, kind: str = "garbage") -> list[Signal]:
    told: list[Signal] = []
    for day, count in enumerate(counts.astype(int).tolist()):
        report(detector, day, {kind: count, "noise": 4})
        told += detector.advance((day + 1) * DAY)
    return told


def test_a_doubled_level_is_told_once_with_its_date_and_both_levels() -> None:
    counts = np.hstack([counted(8.0, 100), counted(16.0, 100, seed=2)])[0]
    detector = DriftDetector(DriftConfig(), ZoneInfo("UTC"), a_taxonomy())
    (signal,) = run(detector, counts)
    assert (signal.detector, signal.kind, signal.level, signal.final) == ("drift", "garbage", "district", True)
    since, told = signal.starts_at.timestamp() / DAY, signal.ends_at.timestamp() / DAY
    assert 96 <= since <= 104 < told <= 120
    assert signal.p_value <= LEAST
    assert signal.observed > signal.expected_high > signal.expected > 0.0
    assert signal.says is not None
    assert signal.says.en.startswith(f"Level up since {signal.starts_at:%Y-%m-%d}: ")
    assert "起水平升高：" in signal.says.zh
    assert signal.evidence
    assert signal.model_age == told


def test_a_halved_level_is_told() -> None:
    found = changes(np.hstack([counted(12.0, 100), counted(6.0, 100, seed=2)]))
    assert [change.how for _, change in found] == ["level_down"]
    assert 105 <= found[0][0] <= 140


def test_a_kind_that_stops_is_told_of_a_district_that_goes_on() -> None:
    counts = np.hstack([counted(8.0, 100)[0], np.zeros(40)])
    (signal,) = run(DriftDetector(DriftConfig(), ZoneInfo("UTC")), counts)
    assert (signal.kind, signal.evidence, signal.observed < 9.0 < signal.expected) == ("garbage", (), True)


def test_growth_too_slow_for_any_surge_is_told() -> None:
    rng = np.random.default_rng(3)
    level = 10.0 * 2.0 ** (np.maximum(np.arange(300) - 100, 0) / 100.0)
    found = changes(rng.poisson(level)[None].astype(float))
    assert {change.how for _, change in found} == {"level_up"}
    assert found[0][0] < 200


def test_more_and_less_spread_are_told_apart_from_level() -> None:
    calm, wild = counted(40.0, 150, series=20), counted(40.0, 150, size=1.5, seed=2, series=20)
    told = [change.how for _, change in changes(np.hstack([calm, wild]))]
    assert told.count("more_spread") >= 15
    told = [change.how for _, change in changes(np.hstack([wild, calm]))]
    assert told.count("less_spread") >= 15


def test_what_does_not_matter_is_told_only_when_it_is_said_to() -> None:
    counts = np.hstack([counted(60.0, 120), counted(69.0, 120, seed=2)])
    assert changes(counts) == []
    points = ChangePoints(p_least=LEAST, matters=1.02)
    points.add(1)
    told = [change.how for day in range(240) for change in points.learn(day, counts[:, day])]
    assert told == ["level_up"]


def test_a_burst_of_three_days_is_no_change() -> None:
    counts = counted(10.0, 200)
    counts[0, 100:103] *= 6.0
    assert changes(counts) == []


def test_weekends_are_no_change() -> None:
    rng = np.random.default_rng(4)
    level = np.where(np.arange(300) % 7 >= 5, 4.0, 20.0)
    assert changes(rng.poisson(level, (10, 300)).astype(float)) == []


def test_false_alarms_are_at_most_one_in_twenty_series_and_years() -> None:
    counts = np.vstack([counted(mean, 400, size=size, series=25) for mean in (0.3, 3.0, 30.0) for size in (5.0, 1e6)])
    found = changes(counts)
    assert len(found) <= 0.05 * 150 * (400 - 35) / 365 + 6.0  # two standard deviations


def test_a_feed_that_was_dead_is_no_change() -> None:
    detector = DriftDetector(DriftConfig(), ZoneInfo("UTC"))
    counts = counted(8.0, 140)[0].astype(int).tolist()
    told = run(detector, np.array(counts[:100]))
    for day in range(160, 200):
        report(detector, day, {"garbage": counts[day - 60], "noise": 4})
        told += detector.advance((day + 1) * DAY)
    assert told == []


def test_streets_are_watched_when_asked_for() -> None:
    detector = DriftDetector(DriftConfig(levels=("street",)), ZoneInfo("UTC"))
    told: list[Signal] = []
    for day in range(140):
        report(detector, day, {"garbage": 5 if day < 100 else 15}, "s1")
        report(detector, day, {"garbage": 12 if day < 100 else 2}, "s2")
        told += detector.advance((day + 1) * DAY)
    assert sorted((signal.key, signal.place.street) for signal in told) == [("s1|garbage", "s1"), ("s2|garbage", "s2")]


def test_scoring_changes_nothing_and_a_restored_state_goes_on_identically() -> None:
    counts = np.hstack([counted(8.0, 100, series=3), counted(14.0, 60, seed=2, series=3)])
    points = ChangePoints(p_least=LEAST)
    points.add(3)
    for day in range(103):
        points.learn(day, counts[:, day])
    before = points.state()
    assert (points.score() <= 1.0).all()
    assert points.state() == before
    other = ChangePoints(p_least=LEAST)
    other.restore(before)
    rest = range(103, 160)
    assert [points.learn(d, counts[:, d]) for d in rest] == [other.learn(d, counts[:, d]) for d in rest]
    assert points.state() == other.state()


def test_memory_is_bounded_by_kinds_that_still_come() -> None:
    detector = DriftDetector(DriftConfig(forget_days=30), ZoneInfo("UTC"))
    report(detector, 0, {f"k{n}": 1 for n in range(50)})
    sizes = []
    for day in range(1, 60):
        report(detector, day, {"k1": 3})
        detector.advance((day + 1) * DAY)
        sizes.append(len(detector.dirty()["drift/model/d1"] or b""))
    assert sizes[10] < 50 * 3300
    assert sizes[-1] < 3300 + 100
    detector.advance(120 * DAY)
    assert detector.dirty()["drift/model/d1"] is None


def test_faults_of_a_configuration_are_told_together() -> None:
    with pytest.raises(ValueError, match=r"levels: 'grid' .*; false_alarms .*; matters .*; evidence .*; forget_days"):
        DriftConfig(levels=("grid",), false_alarms=0.0, matters=1.0, evidence=0, forget_days=3)


@pytest.mark.parametrize("name", ["change", "two_samples", "changepoint", "drift", "drift_report"])
def test_what_docstrings_show_is_true(name: str) -> None:
    failed, _ = doctest.testmod(import_module(f"detectors.{name}"))
    assert failed == 0

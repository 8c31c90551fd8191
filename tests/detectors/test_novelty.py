"""The novelty detector speaks of the mix of kinds, not of how many events there are."""

from __future__ import annotations

import doctest
from importlib import import_module
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from scipy.stats import betabinom

from detectors.event import Event, Place
from detectors.mixture import Usual, p_values
from detectors.novelty import NoveltyConfig, NoveltyDetector
from detectors.signal import Signal
from detectors.usual import UsualMix
from detectors.windows import instant
from tests.builders import a_taxonomy

ZONE = ZoneInfo("Asia/Shanghai")
HOUR, DAY = 3600.0, 86400.0
MIDNIGHT = 16 * HOUR  # in Shanghai
KINDS = ("noise", "garbage", "traffic", "fire", "lost_pet")


def an_event(number: int, t: float, kind: str, street: str = "s1", **over: object) -> tuple[Event, float]:
    place = Place(district="d1", street=street, name="河东街道")
    event = Event(
        id=f"hotline:{t}:{number}",
        source="hotline",
        kind=kind,
        occurred_at=instant(t),
        place=place,
        reporter=f"r{number}",
        **over,  # type: ignore[arg-type]
    )
    return event, t


def a_detector(days: int = 30, *, seed: int = 1, **over: object) -> NoveltyDetector:
    """A detector that has learned days of five kinds, 2 events an hour in each of two streets."""
    detector = NoveltyDetector(NoveltyConfig(**over), ZONE, a_taxonomy())  # type: ignore[arg-type]
    rng = np.random.default_rng(seed)
    for hour in range(24 * days):
        for number, kind in enumerate(rng.choice(KINDS, p=(0.4, 0.3, 0.2, 0.08, 0.02), size=4).tolist()):
            detector.observe(*an_event(number, MIDNIGHT + hour * HOUR + number, kind, f"s{number % 2 + 1}"))
    assert all(signal.p_value > 1e-5 for signal in detector.advance(MIDNIGHT + days * DAY))
    return detector


def an_hour(detector: NoveltyDetector, kinds: list[str], *, day: int = 30, **over: object) -> list[Signal]:
    t = MIDNIGHT + day * DAY
    for number, kind in enumerate(kinds):
        detector.observe(*an_event(number, t + number, kind, **over))  # type: ignore[arg-type]
    return detector.advance(t + HOUR)


def test_a_kind_that_takes_an_unusual_share_is_named_with_its_usual_one() -> None:
    signals = an_hour(a_detector(), ["fire"] * 8 + ["noise"] * 4)
    assert {signal.level for signal in signals} == {"district", "street"}
    signal = signals[0]
    assert (signal.detector, signal.kind, signal.observed, signal.final) == ("novelty", "fire", 8, True)
    assert signal.p_value < 1e-4
    assert 0.5 < signal.expected < 2.0 < signal.expected_high < 8.0
    assert signal.says is not None
    assert "一小时内12起，其中fire占67%（平时7%）、无" in signal.says.zh
    assert signal.says.en.startswith(
        "Unusual mix of kinds within an hour: 12 events, of them fire 67% (normally 7%), no "
    )


def test_ten_times_the_events_in_the_usual_mix_are_nothing_new() -> None:
    usual = ["noise"] * 16 + ["garbage"] * 12 + ["traffic"] * 8 + ["fire"] * 3 + ["lost_pet"]
    assert an_hour(a_detector(), usual) == []


def test_a_kind_nobody_knew_is_unusual_and_named() -> None:
    signals = an_hour(a_detector(), ["gas_leak"] * 5 + ["noise"] * 4 + ["garbage"] * 3)
    assert {signal.kind for signal in signals} == {"gas_leak"}
    assert len(signals[0].evidence) == signals[0].reporters == 5


def test_the_usual_kind_staying_away_is_seen() -> None:
    signals = an_hour(a_detector(), ["garbage"] * 20 + ["traffic"] * 14 + ["fire"] * 5 + ["lost_pet"])
    assert signals
    assert signals[0].says is not None
    assert "no noise (normally" in signals[0].says.en.lower()


def test_one_event_of_a_rare_kind_is_never_an_unusual_mix() -> None:
    assert an_hour(a_detector(), ["gas_leak"] * 2 + ["noise"] * 4 + ["garbage"] * 3 + ["traffic"] * 2) == []


def test_nothing_is_said_before_the_warm_up() -> None:
    assert an_hour(a_detector(13), ["fire"] * 12, day=13) == []


def test_fewer_events_than_the_least_are_not_weighed() -> None:
    assert an_hour(a_detector(), ["gas_leak"] * 7) == []


def test_events_without_a_time_of_day_are_weighed_with_their_day_only() -> None:
    detector = a_detector()
    assert an_hour(detector, ["fire"] * 50, resolution="day") == []
    days = detector.advance(MIDNIGHT + 31 * DAY)
    assert {signal.id.split(":")[1] for signal in days} == {"day"}


def test_a_mix_that_stays_becomes_the_usual_one() -> None:
    detector = a_detector(20)
    told = []
    for day in range(20, 60):
        for number in range(40):
            kind = ("fire", "fire", "noise", "garbage")[number % 4]
            detector.observe(*an_event(number, MIDNIGHT + day * DAY + number * 1800.0, kind))
        told.append(any(signal.level == "district" for signal in detector.advance(MIDNIGHT + (day + 1) * DAY)))
    assert told[0]
    assert not any(told[-10:])


def test_p_values_are_as_rare_as_they_say() -> None:
    rng = np.random.default_rng(5)
    shares = rng.dirichlet(np.full(20, 0.7)).clip(1e-4)
    shares /= shares.sum()
    counts = np.array([rng.multinomial(30, rng.dirichlet(80.0 * shares)) for _ in range(4000)]).astype(float)
    found = p_values(counts, Usual(np.tile(shares, (4000, 1)), np.full((4000, 20), 80.0)), 0.1)
    assert 0.5 < (found <= 0.05).mean() / 0.05 < 2.0
    assert 0.4 < (found <= 0.01).mean() / 0.01 < 2.0


def test_scoring_changes_nothing_and_state_goes_on_identically() -> None:
    mix, rng = UsualMix(memory_days=30.0), np.random.default_rng(1)
    for day in range(20):
        mix.learn(day, {("", kind): int(rng.poisson(9.0)) for kind in KINDS}, workday=day % 7 < 5)
    before = mix.state()
    first = mix.usual("day", ["", "s1"], 0)
    assert mix.state() == before
    other = UsualMix(memory_days=30.0)
    other.restore(before)
    for one in (mix, other):
        table = one.table({("", "noise"): 30, ("", "fire"): 1}, ["", "s1"][:1])
        one.weigh("day", [""], table, one.usual("day", [""], 0), np.ones(1))
        one.learn(21, {("", "noise"): 5, ("s9", "noise"): 5}, workday=True)
    assert mix.state() == other.state() != before
    assert (first.shares.sum(axis=1).round(9) == 1.0).all()


def test_memory_is_bounded_by_streets_and_districts_that_still_have_events() -> None:
    detector = a_detector(10, forget_days=20)
    for day in range(10, 60):
        detector.observe(*an_event(1, MIDNIGHT + day * DAY, "noise", "s7"))
        detector.advance(MIDNIGHT + (day + 1) * DAY)
    assert detector.districts["d1"].areas == ["", "s7"]
    detector.advance(MIDNIGHT + 90 * DAY)
    assert detector.districts == {}
    assert detector.dirty()["novelty/model/d1"] is None


def test_faults_of_a_configuration_are_told_together() -> None:
    with pytest.raises(ValueError, match=r"neither hour nor day; .*alpha_report .*; min_count .*; warm_up_events"):
        NoveltyConfig(windows=("week",), alpha_report=2.0, min_count=0, warm_up_events=-1.0)


@pytest.mark.parametrize("name", ["mixture", "usual", "tallies", "novelty", "novelty_report"])
def test_what_docstrings_show_is_true(name: str) -> None:
    failed, _ = doctest.testmod(import_module(f"detectors.{name}"))
    assert failed == 0


def test_how_many_events_of_a_kind_are_still_usual_is_the_quantile_of_the_beta_binomial_distribution() -> None:
    rng = np.random.default_rng(3)
    for _ in range(300):
        usual = Usual(rng.dirichlet([0.5, 1.0, 2.0])[None] * 0.99 + 0.003, np.full((1, 3), rng.uniform(1.0, 300.0)))
        kind, total, level = int(rng.integers(3)), int(rng.integers(1, 400)), float(rng.uniform(0.5, 0.999))
        alpha = usual.concentration[0, kind] * usual.shares[0, kind]
        beta = usual.concentration[0, kind] - alpha
        assert usual.quantile(0, kind, level, total) == betabinom.ppf(level, total, alpha, beta)

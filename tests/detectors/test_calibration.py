"""Tail recalibration."""

from __future__ import annotations

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.calibration import IDENTITY, Calibration, Floats, Map, Tally
from detectors.suspicion import tails


def learned(rng: np.random.Generator, wider: float, n: int = 200_000) -> Calibration:
    """Return a calibration of counts whose variance is so many times what was forecast."""
    mean = np.full(n, 20.0)
    counts = rng.poisson(rng.gamma(20.0 / wider, wider, n)).astype(float) if wider else rng.poisson(mean).astype(float)
    calibration = Calibration()
    for some in np.array_split(np.arange(n), 20):
        calibration.learn(*transforms(counts[some], mean[some]), mean[some])
    return calibration


def transforms(counts: Floats, mean: Floats) -> tuple[Floats, Floats, Floats]:
    counts, mean = counts[counts > 0], mean[counts > 0]
    size = np.full(len(mean), 1e9)
    return tails(counts, mean, size), tails(counts + 1.0, mean, size), tails(np.ones(len(mean)), mean, size)


def test_a_true_model_is_left_as_it_is() -> None:
    found = learned(np.random.default_rng(1), 0.0).map_of(20.0)
    assert [found.of(p) / p for p in (0.1, 0.01, 1e-3)] == pytest.approx([1.0, 1.0, 1.0], rel=0.15)
    assert found.slope == pytest.approx(1.0, abs=0.06)


def test_a_nominal_percent_that_comes_three_times_as_often_is_told_as_three() -> None:
    rng = np.random.default_rng(2)
    calibration = learned(rng, 0.5)
    mean = np.full(200_000, 20.0)
    at_least, *_ = transforms(rng.poisson(rng.gamma(40.0, 0.5, 200_000)).astype(float), mean)
    assert (at_least <= 0.01).mean() > 0.02
    for alpha in (0.01, 0.003, 0.001):
        realised = (calibration.calibrated(at_least, mean[: len(at_least)]) <= alpha).mean()
        assert 0.5 * alpha < realised < 1.3 * alpha


def test_what_is_beyond_the_last_decade_never_becomes_less_likely_than_nominal() -> None:
    found = learned(np.random.default_rng(3), 0.5).map_of(20.0)
    assert all(found.of(p) >= found.of(1e-3) * p / 1e-3 for p in (1e-5, 1e-8, 1e-12))


@given(
    steps=st.tuples(*[st.floats(0.5, 1.5)] * 3),
    slope=st.floats(0.5, 1.0),
    decades=st.lists(st.floats(0, 30), min_size=2),
)
def test_a_map_rises_and_its_inverse_undoes_it(
    steps: tuple[float, float, float], slope: float, decades: list[float]
) -> None:
    found = Map(tuple(np.cumsum(steps).tolist()), slope)
    tail = [10.0**-x for x in sorted(decades)]
    mapped = [found.of(p) for p in tail]
    assert all(later <= sooner for sooner, later in pairwise(mapped))
    assert [found.inverse(p) for p in mapped] == pytest.approx(tail, rel=1e-9)
    assert found.of_many(np.array(tail)).tolist() == pytest.approx(mapped, rel=1e-9)


def test_a_map_that_has_learned_nothing_changes_nothing() -> None:
    assert Calibration().map_of(3.0) == IDENTITY
    assert [IDENTITY.of(p) for p in (1.0, 0.3, 1e-7)] == pytest.approx([1.0, 0.3, 1e-7])


def test_the_order_of_windows_makes_no_difference_to_a_bit() -> None:
    rng = np.random.default_rng(4)
    mean = rng.uniform(0.1, 50.0, 500)
    counts = rng.poisson(mean).astype(float) + 1.0
    arguments = (*transforms(counts, mean), mean)
    order = rng.permutation(500)
    one, other = Calibration(), Calibration()
    one.learn(*arguments)
    other.learn(*(values[order] for values in arguments))
    assert one.state() == other.state()


def test_state_goes_over_the_wire_and_on_bit_for_bit() -> None:
    rng = np.random.default_rng(5)
    one = learned(rng, 0.5, 5_000)
    other = Calibration()
    other.restore(msgspec.msgpack.decode(msgspec.msgpack.encode(one.state()), type=Tally))
    mean = np.full(300, 20.0)
    more = transforms(rng.poisson(mean).astype(float), mean)
    for calibration in (one, other):
        calibration.learn(*more, mean)
    assert one.state() == other.state()
    assert one.map_of(20.0) == other.map_of(20.0)


def test_what_is_long_ago_is_forgotten() -> None:
    calibration = Calibration(memory=500.0)
    tail = np.linspace(0.0, 1.0, 10_001)
    for power in (2.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0):
        p_values = tail**power
        calibration.learn(p_values[1:], p_values[:-1], np.ones(10_000), np.full(10_000, 4.0))
    assert calibration.map_of(4.0).of(0.01) == pytest.approx(0.01, rel=0.1)


def test_a_memory_shorter_than_the_prior_is_refused() -> None:
    with pytest.raises(ValueError, match="below memory"):
        Calibration(mass=20.0, memory=10.0)

"""What the window before lends to the next."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.pools import Expectation
from detectors.suspicion import suspicion, suspicion_of, tails, unweighted, weight, weighted

means = st.floats(1e-3, 200.0)
sizes = st.floats(0.05, 1e6)


@given(mean=means, size=sizes)
def test_suspicion_is_one_on_average_whatever_the_distribution(mean: float, size: float) -> None:
    high = int(20 + mean + 40 * np.sqrt(mean + mean**2 / size))
    counts = np.arange(min(high, 200_000), dtype=float)
    expected, shape = np.full(len(counts), mean), np.full(len(counts), size)
    at_least = tails(counts, expected, shape)
    chances = at_least - tails(counts + 1.0, expected, shape)
    rest = at_least[-1] - chances[-1]
    assert float(chances @ suspicion(counts, expected, shape)) == pytest.approx(1.0, abs=1e-6 + 30.0 * rest)


@given(mean=means, size=sizes, count=st.integers(0, 500))
def test_one_count_is_as_suspicious_as_among_many(mean: float, size: float, count: int) -> None:
    many = suspicion(np.array([count, 1.0]), np.array([mean, 1.0]), np.array([size, 1.0]))
    assert suspicion_of(count, mean, size) == pytest.approx(float(many[0]), rel=1e-6, abs=1e-9)


@given(mean=means, size=sizes, count=st.integers(0, 500))
def test_a_higher_count_is_never_less_suspicious(mean: float, size: float, count: int) -> None:
    assert suspicion_of(count + 1, mean, size) >= suspicion_of(count, mean, size) * (1 - 1e-6)


def test_half_a_percent_of_overdispersed_counts_is_half_a_percent_with_the_window_before_weighed_in() -> None:
    rng = np.random.default_rng(8)
    counts = rng.poisson(rng.gamma(6.0, 1.5, (2, 400_000))).astype(float)
    mean, size = np.full(counts.shape[1], 9.0), np.full(counts.shape[1], 6.0)
    weights = weight(suspicion(counts[0], mean, size))
    p_values = weighted(tails(counts[1], mean, size), weights)
    assert float(weights.mean()) == pytest.approx(1.0, abs=0.01)
    assert 0.0035 < float((p_values <= 0.005).mean()) < 0.0055


@given(mean=means, size=sizes, weights=st.floats(0.5, 9.5), alpha=st.sampled_from([0.05, 1e-3, 1e-6]))
def test_the_critical_count_is_the_first_with_a_small_enough_p_value(
    mean: float, size: float, weights: float, alpha: float
) -> None:
    expected = Expectation(mean, size, 1, weights)
    count = expected.critical(alpha)
    assert expected.p_value(count) <= alpha * (1 + 1e-9)
    assert count == 1 or expected.p_value(count - 1) > alpha * (1 - 1e-9)
    assert 0.0 < unweighted(alpha, weights) < 1.0

"""Negative-binomial tails."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import nbinom

from detectors.tail import critical_count, upper_tail

means = st.floats(1e-6, 1e4)
sizes = st.floats(1e-3, 1e6)


@pytest.mark.parametrize(("count", "mean", "size"), [(1, 0.01, 0.5), (5, 0.2, 1.0), (40, 10.0, 3.0), (300, 200.0, 1e5)])
def test_the_tail_is_scipys(count: int, mean: float, size: float) -> None:
    expected = float(nbinom.sf(count - 1, size, size / (size + mean)))
    assert upper_tail(count, mean, size) == pytest.approx(expected, rel=1e-9)


@given(mean=means, size=sizes, alpha=st.sampled_from([0.5, 0.05, 1e-3, 1e-6]))
def test_the_critical_count_is_the_smallest_with_a_small_enough_tail(mean: float, size: float, alpha: float) -> None:
    count = critical_count(mean, size, alpha)
    assert upper_tail(count, mean, size) <= alpha < upper_tail(count - 1, mean, size)


def test_nothing_expected_makes_one_event_critical() -> None:
    assert critical_count(0.0, 1.0, 0.01) == 1


def test_where_every_count_will_do_none_is_asked_for() -> None:
    assert critical_count(2.0, 3.0, 1.0) == 0

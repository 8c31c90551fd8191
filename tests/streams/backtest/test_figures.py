"""Shares, intervals and quartiles."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.backtest.figures import quartiles, ratio


def test_the_interval_is_wilsons() -> None:
    found = ratio(8, 10)
    assert found is not None
    assert (found.share, found.low, found.high) == pytest.approx((0.8, 0.490162, 0.943318), abs=1e-6)


def test_of_nothing_there_is_no_share() -> None:
    assert ratio(0, 0) is None
    assert quartiles([]) is None


@given(st.integers(1, 5_000).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_share_lies_in_its_interval_and_that_between_0_and_1(counts: tuple[int, int]) -> None:
    found = ratio(*counts)
    assert found is not None
    assert 0 <= found.low <= found.share <= found.high <= 1


@given(st.lists(st.floats(-1e6, 1e6), min_size=1))
def test_quartiles_are_in_order_and_within_the_values(values: list[float]) -> None:
    found = quartiles(values)
    assert found is not None
    slack = 1e-6
    assert min(values) - slack <= found.lower <= found.median + slack
    assert found.median <= found.upper + slack <= max(values) + 2 * slack

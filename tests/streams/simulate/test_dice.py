"""Chance that is the same everywhere."""

from __future__ import annotations

from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.simulate.dice import Weighted, between, dice, pick, poisson_times, shuffled, whole


def test_the_same_words_give_the_same_chance_and_others_do_not() -> None:
    u, again, other = dice(1, "a"), dice(1, "a"), dice(1, "b")
    first = [u() for _ in range(5)]
    assert first == [again() for _ in range(5)]
    assert first != [other() for _ in range(5)]


def test_chance_is_pinned() -> None:
    u = dice(7, "pinned")
    assert [round(u(), 12) for _ in range(3)] == [0.195131329891, 0.757627239494, 0.662762680964]


@given(seed=st.integers(), low=st.integers(-50, 50), width=st.integers(0, 50))
def test_numbers_lie_between_their_bounds(seed: int, low: int, width: int) -> None:
    u = dice(seed)
    assert low <= whole(low, low + width, u) <= low + width
    assert low <= between(low, low + width, u) <= low + width


@given(seed=st.integers(), items=st.lists(st.integers()))
def test_shuffling_keeps_every_item(seed: int, items: list[int]) -> None:
    assert sorted(shuffled(items, dice(seed))) == sorted(items)


def test_both_ends_of_a_range_are_reached() -> None:
    u = dice("ends")
    assert {whole(3, 5, u) for _ in range(100)} == {3, 4, 5}
    assert {pick("ab", u) for _ in range(100)} == {"a", "b"}


def test_weights_are_kept() -> None:
    u, drawn = dice("weights"), Weighted("abc", [1, 0, 3])
    counts = {option: sum(drawn.draw(u) == option for _ in range(4000)) for option in "abc"}
    assert counts["b"] == 0
    assert counts["a"] == pytest.approx(1000, rel=0.1)


def test_a_poisson_process_has_its_rate_and_stays_in_its_span() -> None:
    times = list(poisson_times(100.0, 10_100.0, 0.5, dice("poisson")))
    assert len(times) == pytest.approx(5000, abs=4 * 5000**0.5)
    assert all(100 <= one <= other < 10_100 for one, other in pairwise(times))


def test_a_process_without_a_rate_is_empty() -> None:
    assert not list(islice(poisson_times(0, 1e9, 0.0, dice(1)), 1))

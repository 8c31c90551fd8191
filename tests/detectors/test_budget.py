"""The alert budget."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.budget import Budget, Quieting, Spending, limit, vouched


def test_a_budget_reads_as_it_is_spoken() -> None:
    budget = Budget.of({"blue": "10/day", "yellow": "7/week", "orange": "1/month", "red": "0.5 / year"})
    assert budget.rates() == pytest.approx((10.0, 1.0, 12 / 365.25, 0.5 / 365.25))
    assert budget.at_least()[0] == pytest.approx(sum(budget.rates()))


@pytest.mark.parametrize(
    ("rates", "words"),
    [
        ({"blue": "often"}, "budget.blue: 'often' is not like"),
        ({"green": "1/day"}, "'green' is none of"),
        ({"blue": "1/day", "yellow": "2/day"}, "no more frequent"),
        ({"red": "0/year"}, "must be positive"),
    ],
)
def test_what_is_wrong_with_a_budget_is_said(rates: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Budget.of(rates)


@given(
    reachable=st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=60),
    allowed=st.floats(1e-6, 2.0),
)
def test_at_the_limit_the_tests_spend_what_is_allowed(reachable: list[float], allowed: float) -> None:
    able = np.array(reachable)
    found = limit(able, allowed)
    spent = float(np.minimum(found, able).sum())
    assert 0.0 <= found <= 1.0
    assert spent == pytest.approx(min(allowed, float(able.sum())), rel=1e-6)


def test_a_higher_grade_has_a_smaller_limit_and_more_keys_make_all_smaller() -> None:
    few, many = (Budget().limits(np.ones(tests)) for tests in (1_000, 100_000))
    assert list(few) == sorted(few, reverse=True)
    assert all(more < less for more, less in zip(many, few, strict=True))


def test_of_many_unlikely_ones_each_is_less_likely_to_be_chance_but_not_through_those_of_another_group() -> None:
    found = vouched(np.array([0.01, 0.03, 0.015, 0.012]), np.array([0, 0, 0, 1]))
    assert found.tolist() == pytest.approx([0.0075, 0.01, 0.0075, 0.012])


def test_where_many_chance_alarms_are_allowed_each_stands_for_itself() -> None:
    assert vouched(np.array([0.5, 0.9]), np.zeros(2, dtype=np.int64)).tolist() == [0.5, 0.9]


def test_chance_alarms_come_about_as_often_as_allowed() -> None:
    rng = np.random.default_rng(6)
    allowed, tests, ticks = 0.05, 500, 20_000
    passed = 0
    for _ in range(ticks):
        p_values = rng.random(tests)
        low = p_values[p_values <= 0.01]
        passed += int((vouched(low * tests, np.zeros(len(low), dtype=np.int64)) <= allowed).sum())
    assert passed == pytest.approx(allowed * ticks, rel=0.15)


@given(
    reachable=st.lists(st.floats(1e-9, 1.0), min_size=1, max_size=40),
    p_value=st.floats(1e-14, 1.0),
)
def test_what_a_p_value_spends_is_what_the_budget_allows_at_that_limit(reachable: list[float], p_value: float) -> None:
    able = np.array(reachable)
    spent = Spending.of(able, windows=24.0).at(p_value)
    assert spent == pytest.approx(24.0 * float(np.minimum(p_value, able).sum()), rel=0.15)


def test_an_alarm_that_goes_on_is_told_once_more_only_when_it_rises() -> None:
    quieting = Quieting(3)
    told = [quieting.news("a", tick, grade) for tick, grade in [(0, 0), (2, 0), (5, 1), (7, 0), (11, 0)]]
    assert told == [True, False, True, False, True]
    assert quieting.news("b", 11, 0)
    again = Quieting(3)
    again.restore(quieting.state())
    assert not again.news("a", 12, 0)
    again.forget(100)
    assert again.state() == {}


def test_quiet_must_last() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Quieting(0)


def test_a_grade_that_is_not_stated_has_nothing_to_spend() -> None:
    assert Budget.of({"blue": "1/day", "yellow": "1/week"}).at_least() == pytest.approx((8 / 7, 1 / 7, 0.0, 0.0))

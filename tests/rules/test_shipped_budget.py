"""The budget of chance alerts that the shipped rules of surges state."""

from __future__ import annotations

import pytest

from rules.alert import Grade
from rules.chance import limits
from rules.rule import ChanceBudget, Rule, Tail
from tests.builders import the_book


def surges() -> list[Rule]:
    return [rule for rule in the_book().rules if rule.signal == "surge"]


def test_rules_of_surges_state_one_budget_as_of_a_surge_one_of_them_speaks() -> None:
    budgets = [rule.tail.budget for rule in surges() if rule.tail is not None and rule.tail.budget is not None]
    assert len(budgets) == len(surges()) == 2
    assert len({(budget.blue, budget.yellow, budget.orange) for budget in budgets}) == 1


def test_a_count_of_complaints_alone_is_no_disaster() -> None:
    highest = {rule.id: limits(rule.tail)[-1][0] for rule in surges() if rule.tail is not None}
    assert highest == {"hotline-surge": Grade.ORANGE, "police-surge": Grade.RED}


def test_a_grade_left_out_of_a_budget_is_never_given() -> None:
    tail = Tail(budget=ChanceBudget(blue="1/day", yellow="1/week"))
    assert limits(tail) == ((Grade.BLUE, pytest.approx(1 + 1 / 7)), (Grade.YELLOW, pytest.approx(1 / 7)))

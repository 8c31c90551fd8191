"""How unlikely a signal is, as a rule measures it: by its probability, or by the budget of chance alerts of a city."""

from __future__ import annotations

import math
from functools import lru_cache

from detectors.budget import GRADES as BUDGETED
from detectors.budget import Budget
from detectors.signal import Signal
from rules.alert import GRADES, Grade, Text
from rules.rule import ChanceBudget, Tail


@lru_cache(maxsize=256)
def limits(tail: Tail) -> tuple[tuple[Grade, float], ...]:
    """Return the grades a rule gives with the largest `chance` of each, the lowest grade first.

    A budget states the alerts of exactly one grade; as a signal earns the highest grade it can, its limit is what
    this grade and those above may come to together.
    """
    if tail.budget is not None:
        return tuple(zip((Grade(name) for name in BUDGETED), budget_of(tail.budget).at_least(), strict=True))
    return tuple((grade, limit) for grade in GRADES if (limit := getattr(tail, grade.value)) is not None)


def budget_of(stated: ChanceBudget) -> Budget:
    """Return a budget as the rule states it.

    Raises
    ------
    ValueError
        With every fault.

    """
    return Budget.of({name: getattr(stated, name) for name in BUDGETED})


def chance(signal: Signal, tail: Tail) -> float:
    """Return the figure of a signal that the rule's limits are about."""
    if tail.budget is None:
        return signal.p_value
    return signal.by_chance if signal.by_chance is not None else math.inf


def part(tail: Tail) -> str:
    """Return the name of that figure in an explanation."""
    return "p_value" if tail.budget is None else "by_chance"


def so_unlikely(value: float, tail: Tail) -> Text:
    """Return a signal's figure in words."""
    if tail.budget is None:
        return Text(f"偶然概率{value:.1g}", f"chance probability {value:.1g}")
    return Text(f"全市每天偶然{value:.1g}起", f"{value:.1g} by chance a day in the city")


def at_most(limit: float, tail: Tail) -> Text:
    """Return a limit in words."""
    if tail.budget is None:
        return Text(f"偶然概率≤{limit:g}", f"chance probability ≤ {limit:g}")
    return Text(f"全市每天偶然≤{limit:.2g}起", f"≤ {limit:.2g} by chance a day in the city")

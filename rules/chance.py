"""How unlikely a signal is, as a rule measures it: by its probability, or by the budget of chance alerts of a city."""

from __future__ import annotations

import math
from functools import lru_cache

from detectors.budget import GRADES as BUDGETED
from detectors.budget import Budget
from detectors.signal import Signal
from rules.alert import GRADES, Grade, Text
from rules.feedback import Strictness
from rules.rule import ChanceBudget, Tail


@lru_cache(maxsize=4_096)
def limits(tail: Tail, times: float = 1.0) -> tuple[tuple[Grade, float], ...]:
    """Return the grades a rule gives with the largest `chance` of each, the lowest grade first.

    A budget states the alerts of exactly one grade; as a signal earns the highest grade it can, its limit is what
    this grade and those above may come to together. All limits are divided by `times`, see `rules.feedback`.
    """
    if times != 1.0:
        return tuple((grade, limit / times) for grade, limit in limits(tail))
    if tail.budget is not None:
        each = zip((Grade(name) for name in BUDGETED), budget_of(tail.budget).at_least(), strict=True)
        return tuple((grade, limit) for grade, limit in each if limit > 0.0)
    return tuple((grade, limit) for grade in GRADES if (limit := getattr(tail, grade.value)) is not None)


def budget_of(stated: ChanceBudget) -> Budget:
    """Return a budget as the rule states it.

    Raises
    ------
    ValueError
        With every fault.

    """
    return Budget.of({name: rate for name in BUDGETED if (rate := getattr(stated, name)) is not None})


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


def stated(limit: float, tail: Tail) -> str:
    """Return a limit's figure."""
    return f"{limit:.3g}" if tail.budget is None else f"{limit:.2g}"


def at_most(limit: float, tail: Tail) -> Text:
    """Return a limit in words."""
    figure = stated(limit, tail)
    if tail.budget is None:
        return Text(f"偶然概率≤{figure}", f"chance probability ≤ {figure}")
    return Text(f"全市每天偶然≤{figure}起", f"≤ {figure} by chance a day in the city")


def beside(says: Text, strictness: Strictness) -> Text:
    """Return a sentence with why a rule is stricter than stated beside it, or less strict, if it is."""
    if strictness.times == 1.0:
        return says
    why = why_so_strict(strictness)
    return Text(f"{says.zh}（{why.zh}）", f"{says.en} ({why.en})")


def why_so_strict(strictness: Strictness) -> Text:
    """Return how much rarer than stated a signal has to be, and the verdicts that ask for it."""
    false, true, zh, en = strictness.false, strictness.true, "此处", "here"
    if not false + true:
        false, true, zh, en = strictness.rule_false, strictness.rule_true, "同规则", "of this rule"
    said = Text(f"{zh}近期误报{false}次、属实{true}次", f"of late {false} false and {true} true {en}")
    if strictness.times > 1.0:
        times = f"{strictness.times:g}"
        return Text(f"{said.zh}：要求的罕见程度提高到{times}倍", f"{said.en}: has to be {times} times as rare")
    times = f"{1.0 / strictness.times:.2g}"
    return Text(f"{said.zh}：要求的罕见程度放宽{times}倍", f"{said.en}: may be {times} times less rare")

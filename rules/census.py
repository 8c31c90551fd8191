"""How many alerts stand, in which state, and whose clocks run: a count of the charges, for those who watch us."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from detectors.budget import GRADES
from rules.book import Book
from rules.chance import budget_of
from rules.charge import Charge
from rules.handled import status_of

Clock = Literal["confirm", "sign", "on_site"]
CLOCKS: tuple[Clock, ...] = ("confirm", "sign", "on_site")
BUDGET_DAYS = 30.0
"""Charges are remembered for a day longer."""

_RUNS: Mapping[str, Clock] = {"candidate": "confirm", "raised": "sign", "signed": "on_site", "assigned": "on_site"}


class Census(NamedTuple):
    """What stands.

    Parameters
    ----------
    open
        Open alerts by grade, district, kind, and whether only the duty desk may see them.
    states
        Open alerts by state.
    waiting, overdue
        Alerts that wait for somebody, and those of them whose time is over, by clock and grade.
    spent, allowed
        Alerts of the last 30 days of event time led by rules with a budget, and how many chance may make, by grade.

    """

    open: Counter[tuple[str, str, str, bool]]
    states: Counter[str]
    waiting: Counter[tuple[str, str]]
    overdue: Counter[tuple[str, str]]
    spent: Counter[str]
    allowed: Mapping[str, float]


def census_of(charges: Iterable[Charge], clock: float, book: Book, city: str) -> Census:
    """Return what stands at a time by the clock, epoch seconds; `city` is the district of what lies in several."""
    found = Census(Counter(), Counter(), Counter(), Counter(), Counter(), allowance(book))
    budgeted = _budgeted(book)
    raised: list[tuple[float, str]] = []
    newest = 0.0
    for charge in charges:
        alert, grade = charge.alert, charge.grade_now.value
        newest = max(newest, alert.last_at.timestamp())
        if alert.rule.id in budgeted and charge.state != "cancelled":
            raised.append((alert.raised_at.timestamp(), grade))
        if status_of(charge) != "open":
            continue
        found.open[grade, alert.place.district or city, alert.kind, alert.restricted] += 1
        found.states[charge.state] += 1
        if (runs := _RUNS.get(charge.state)) is not None:
            found.waiting[runs, grade] += 1
            found.overdue[runs, grade] += _is_overdue(charge, runs, clock)
    found.spent.update(grade for t, grade in raised if t > newest - BUDGET_DAYS * 86_400.0)
    return found


def _is_overdue(charge: Charge, clock: Clock, now: float) -> bool:
    """Tell whether the time of a clock is over; one that ran out and was given again stays so."""
    if clock == "confirm":
        return charge.confirm_by <= now
    if clock == "sign":
        return charge.missed > 0 or charge.sign_by <= now
    return charge.missed_on_site > 0 or charge.on_site_by <= now


def _budgeted(book: Book) -> frozenset[str]:
    return frozenset(rule.id for rule in book.rules if rule.tail is not None and rule.tail.budget is not None)


def allowance(book: Book) -> dict[str, float]:
    """Return how many alerts of each grade chance alone may make in 30 days: rules that state a budget share it."""
    budgets = [budget_of(rule.tail.budget) for rule in book.rules if rule.tail is not None and rule.tail.budget]
    return {grade: BUDGET_DAYS * max((getattr(one, grade) for one in budgets), default=0.0) for grade in GRADES}

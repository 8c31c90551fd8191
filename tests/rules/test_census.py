"""What stands: open alerts by grade and place, whose clocks run, and how much of the budget of chance is used."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from rules.book import Book
from rules.census import BUDGET_DAYS, Census, allowance
from rules.duty import Duty
from tests.builders import T0, an_alert, an_alert_place, the_book
from tests.rules.test_duty import a_duty, doing, signing

BOOK = the_book()
SURGE = next(rule for rule in BOOK.rules if rule.tail is not None and rule.tail.budget is not None)


def census(duty: Duty) -> Census:
    return duty.census(BOOK)


def test_open_alerts_are_counted_by_grade_district_kind_and_who_may_see_them() -> None:
    duty = a_duty()
    place = an_alert_place(district="d1")
    duty.note(
        [
            an_alert("a", "red", kind="gas_leak", place=place),
            an_alert("b", "blue", kind="manhole", place=an_alert_place(district="")),
            an_alert("c", "blue", kind="threat", restricted=True, place=place),
            an_alert("d", "blue", status="closed", place=place),
        ]
    )
    assert census(duty).open == {
        ("red", "d1", "gas_leak", False): 1,
        ("blue", "test", "manhole", False): 1,  # of the city: in no district
        ("blue", "d1", "threat", True): 1,
    }


def test_the_clock_of_an_alert_moves_on_with_its_life() -> None:
    duty = a_duty()
    duty.note([an_alert("leak", "orange", pending_check=True)])
    assert census(duty).waiting == {("confirm", "orange"): 1}
    duty.obey(doing("confirm"))
    assert (census(duty).states, census(duty).waiting) == ({"raised": 1}, {("sign", "orange"): 1})
    duty.obey(signing())
    assert census(duty).waiting == {("on_site", "orange"): 1}
    duty.obey(doing("arrive"))
    assert (census(duty).states, census(duty).waiting) == ({"on_site": 1}, {})


def test_an_alert_that_went_a_level_up_stays_overdue_though_its_clock_runs_again() -> None:
    duty = a_duty()
    duty.note([an_alert("leak", "orange")])
    assert census(duty).overdue["sign", "orange"] == 0
    duty.advance(T0 + 7_200.0)
    assert census(duty).overdue == {("sign", "orange"): 1}
    duty.obey(signing(at=T0 + 7_200.0))
    assert census(duty).overdue["sign", "orange"] == 0


def test_what_rules_with_a_budget_lead_counts_against_it_for_thirty_days() -> None:
    duty = a_duty()
    rule = msgspec.structs.replace(an_alert("x").rule, id=SURGE.id)
    newest = an_alert("new", "yellow", rule=rule)
    long_ago = newest.raised_at - timedelta(days=BUDGET_DAYS, seconds=1)
    duty.note([newest, an_alert("other", "yellow"), an_alert("old", "yellow", rule=rule, raised_at=long_ago)])
    assert census(duty).spent == {"yellow": 1}


def test_rules_that_state_the_same_budget_share_it() -> None:
    assert allowance(BOOK)["blue"] == BUDGET_DAYS / 7.0
    assert allowance(Book((), ""))["blue"] == 0.0

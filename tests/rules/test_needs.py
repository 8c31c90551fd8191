"""Events wait in their groups until the rule could fire, and waiting changes nothing that is said."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.event import Event
from rules.alert import Alert
from rules.book import Book
from rules.needs import Need, Needs
from rules.rule import Rule
from rules.window import COUNTED, WITNESS, item_of
from tests.builders import T0, a_pipeline, an_event

HOUR = 3_600.0
DANGER = {"tags": ["danger"]}
SHAPES: dict[str, dict[str, Any]] = {
    "count": {"count": {"at_least": 3, "within": "6h", "of": "reporters"}},
    "match": {"match": DANGER},
    "share": {"share": {"match": DANGER, "at_least": 0.5, "least": 3, "within": "9h"}},
    "ratio": {"ratio": {"match": DANGER, "to": {"status": "closed"}, "at_least": 1, "least": 2, "within": "9h"}},
    "change": {"change": {"times": 2, "least": 3, "within": "3h", "against": "9h"}},
    "after": {"after": [{"match": {"status": "closed"}, "within": "9h", "at_least": 2}]},
    "then_not": {"then_not": {"match": {"status": "closed"}, "within": "4h"}},
    "fresh": {"fresh": {"of": "events", "within": "5h"}},
}

REPORTS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from("abc"), st.sampled_from(["open", "closed"]), st.booleans()),
    max_size=25,
)


def a_book(shape: dict[str, Any]) -> Book:
    rule = {
        "id": "tried",
        "number": 90,
        "name": {"zh": "试", "en": "tried"},
        "kinds": ["noise"],
        "grade": "yellow",
        "quiet": "2h",
        "per": "community",
        "fires": [shape],
    }
    return Book((msgspec.convert(rule, Rule),), "d")


def impatient(book: Book) -> Book:
    """Return the book with a rule in which one event of any sort is enough to look."""
    eager = tuple(replace(one, needs=Needs([Need(0, 0)])) for one in book.compiled)
    book.__dict__["compiled"] = eager  # as `cached_property` keeps it
    return book


def said(book: Book, events: list[Event]) -> list[Alert]:
    pipeline = a_pipeline(book=book)
    alerts = [alert for event in events for alert in pipeline.process(event).alerts]
    return [*alerts, *pipeline.advance(T0 + 100 * HOUR).alerts]


@pytest.mark.parametrize("shape", SHAPES)
@given(reports=REPORTS)
def test_waiting_changes_nothing_that_is_said(shape: str, reports: list[tuple[int, str, str, bool]]) -> None:
    events = [
        an_event(f"e{n}", t * HOUR / 2, reporter=who, status=status, tags=("danger",) if danger else ())
        for n, (t, who, status, danger) in enumerate(reports)
    ]
    assert said(a_book(SHAPES[shape]), events) == said(impatient(a_book(SHAPES[shape])), events)


@pytest.mark.parametrize(
    ("shape", "counted", "more"), [("count", 3, 0), ("match", 1, 1), ("share", 3, 1), ("ratio", 1, 2), ("after", 1, 1)]
)
def test_a_rule_needs_so_many_events_and_what_its_selectors_mean(shape: str, counted: int, more: int) -> None:
    (need,) = a_book(SHAPES[shape]).compiled[0].needs
    assert (need.counted, need.bits.bit_count()) == (counted, 1 + more)


def test_what_waits_for_something_that_never_comes_is_dropped_when_it_no_longer_matters() -> None:
    pipeline = a_pipeline(book=a_book(SHAPES["after"]))  # needs closures, looks back nine hours
    for hour in range(200):
        pipeline.advance(T0 + hour * HOUR - 600)
        pipeline.process(an_event(f"e{hour}", hour * HOUR))
    (waiting,) = dict(pipeline._engine._buds.waiting()).values()
    assert len(waiting) <= 20  # looked at again once in as long as it looks back


def test_a_wait_that_was_over_before_there_were_enough_is_told_at_the_next_word_of_time() -> None:
    shape = {"count": {"at_least": 2, "within": "3h"}, "then_not": {"match": {"status": "closed"}, "within": "30min"}}
    pipeline = a_pipeline(book=a_book(shape))
    pipeline.process(an_event("one", 0.0, reporter="a"))
    pipeline.advance(T0 + 1_900)
    pipeline.process(an_event("other", 3_000.0, reporter="b"))
    told = [t for t in range(1_900, 20_000, 300) if pipeline.advance(T0 + t).alerts]
    assert told
    assert told[0] <= 5_400


def test_one_condition_is_enough_and_all_of_it_must_be_there() -> None:
    needs = Needs([Need(3, COUNTED), Need(1, COUNTED | 8)])
    call, closing, witness = (item_of(an_event(str(n)), T0, roles) for n, roles in enumerate((COUNTED, 8, WITNESS)))
    assert needs.least == 1
    assert [needs.met(items) for items in ([call] * 3, [call] * 2, [call, closing], [closing], [witness] * 3)] == [
        True,
        False,
        True,
        False,
        False,
    ]
    assert [needs.may_be_met(roles) for roles in (COUNTED, 8, COUNTED | 8, WITNESS)] == [True, False, True, False]

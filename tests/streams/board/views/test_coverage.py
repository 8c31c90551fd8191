"""Who watches what, by the book itself."""

from __future__ import annotations

from detectors.taxonomy import OTHER
from rules.book import Book
from streams.board.feeds import Matter
from streams.board.views.coverage import SOURCES, Cell, Coverage, coverage
from tests.builders import a_taxonomy, the_book


def of(found: Coverage, kind: str, source: str) -> Cell:
    return next(cell for cell in found.cells() if (cell.kind, cell.source) == (kind, source))


def without(*ids: str) -> Book:
    """The shipped book without some rules."""
    return Book(tuple(rule for rule in the_book().rules if rule.id not in ids), "d")


def test_every_kind_and_source_has_a_cell() -> None:
    found = coverage(the_book(), a_taxonomy(), {})
    assert {(cell.kind, cell.source) for cell in found.cells()} == {
        (kind, source) for kind in a_taxonomy().kinds for source in SOURCES
    }


def test_a_rule_watches_the_kinds_and_sources_it_names() -> None:
    cell = of(coverage(the_book(), a_taxonomy(), {}), "gas_leak", "hotline")
    assert cell.level == "own"
    assert "gas-leak" in {one.id for one in cell.watchers if one.how == "own"}
    assert of(coverage(without("gas-leak"), a_taxonomy(), {}), "gas_leak", "grid").level == "detector"


def test_rules_for_all_kinds_and_detectors_are_told_apart() -> None:
    found = coverage(the_book(), a_taxonomy(), {})
    assert of(found, "noise", "hotline").level == "general"
    assert of(found, "noise", "police").level == "detector"


def test_where_only_rules_on_trial_look_there_is_a_gap() -> None:
    found = coverage(the_book(), a_taxonomy(), {})
    assert of(found, "threat", "grid").level == "trial"
    assert ("threat", "grid") in {(cell.kind, cell.source) for cell in found.gaps}


def test_where_nobody_looks_there_is_a_gap_and_those_with_most_events_stand_first() -> None:
    bare = Book(tuple(rule for rule in the_book().rules if rule.id == "gas-leak"), "d")
    found = coverage(bare, a_taxonomy(), {Matter("noise", "police"): 9, Matter("gas_leak", "hotline"): 99})
    assert (found.gaps[0].kind, found.gaps[0].source, found.gaps[0].level) == ("noise", "police", "none")
    assert of(found, "gas_leak", "hotline") not in found.gaps


def test_watching_feeds_is_watching_no_kind() -> None:
    found = coverage(the_book(), a_taxonomy(), {})
    assert [one.id for one in found.feeds] == ["silence"]
    assert not any(one.id == "silence" for cell in found.cells() for one in cell.watchers)


def test_what_nobody_can_name_is_watched_by_detectors_at_most() -> None:
    assert of(coverage(the_book(), a_taxonomy(), {}), OTHER, "grid").level == "detector"


def test_what_at_most_corroborates_does_not_watch() -> None:
    cell = of(coverage(the_book(), a_taxonomy(), {}), "gas_leak", "sos")
    assert "gas-leak" not in {one.id for one in cell.watchers}

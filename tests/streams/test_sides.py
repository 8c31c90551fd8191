"""Which topics alerts go to, by rule and book, over changes of the book and restarts."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.alert import Alert, RuleRef
from rules.book import Book
from streams import topics
from streams.sides import Sides, side_of
from tests.builders import an_alert, the_book

IDS = ("gas-leak", "threat", "missing")


def a_book(**restricted: bool) -> Book:
    """The shipped book with these rules restricted, or not."""
    own = {name.replace("_", "-"): value for name, value in restricted.items()}
    rules = [msgspec.structs.replace(rule, restricted=own.get(rule.id, rule.restricted)) for rule in the_book().rules]
    return replace(the_book(), rules=tuple(rules))


def of(rule: str, *, restricted: bool, version: int = 1, change: str = "new") -> Alert:
    ref = RuleRef(id=rule, number=1, version=1, book="b")
    return an_alert("a", change=change, version=version, rule=ref, restricted=restricted)


@pytest.mark.parametrize(
    ("restricted", "names"),
    [(False, ("alerts", "alerts.current")), (True, ("alerts.restricted", "alerts.restricted.current"))],
)
def test_an_alert_goes_to_the_topics_of_its_side_and_to_no_others(restricted: bool, names: tuple[str, str]) -> None:  # noqa: FBT001
    alert = of("gas-leak", restricted=restricted, version=2)
    sides = Sides()
    sides.go_by(a_book(gas_leak=restricted))
    assert side_of(alert) == names
    assert list(sides.standing(alert)) == [(names[1], True)]
    withdrawn = of("gas-leak", restricted=restricted, version=3, change="withdrawn")
    assert list(sides.standing(withdrawn)) == [(names[1], False)]


def test_a_version_that_changes_sides_takes_away_what_stood_on_the_other() -> None:
    sides = Sides()
    sides.go_by(a_book())
    sides.go_by(a_book(gas_leak=True))
    now = of("gas-leak", restricted=True, version=2)
    assert list(sides.standing(now)) == [(topics.RESTRICTED_CURRENT, True), (topics.CURRENT, False)]
    fresh = of("gas-leak", restricted=True)  # never stood anywhere else
    assert list(sides.standing(fresh)) == [(topics.RESTRICTED_CURRENT, True)]
    sides.go_by(a_book())
    back = of("gas-leak", restricted=False, version=3)
    assert list(sides.standing(back)) == [(topics.CURRENT, True), (topics.RESTRICTED_CURRENT, False)]


def test_state_of_before_there_were_sides_has_everything_on_the_ordinary_one() -> None:
    old = Sides.restored(None, a_book(), begun=True)
    assert list(old.standing(of("threat", restricted=True, version=2))) == [
        (topics.RESTRICTED_CURRENT, True),
        (topics.CURRENT, False),
    ]
    new = Sides.restored(None, a_book(), begun=False)
    assert list(new.standing(of("threat", restricted=True, version=2))) == [(topics.RESTRICTED_CURRENT, True)]


@given(st.lists(st.tuples(st.sampled_from(IDS), st.booleans(), st.booleans()), max_size=8))
def test_a_restart_at_any_time_forgets_nothing_and_sees_a_book_that_changed_meanwhile(
    changes: list[tuple[str, bool, bool]],
) -> None:
    through, restarted = Sides(), Sides()
    for rule, restricted, restart in changes:
        book = a_book(**{rule.replace("-", "_"): restricted})
        through.go_by(book)
        if restart:
            restarted = Sides.restored(restarted.encoded(), book, begun=True)
        else:
            restarted.go_by(book)
        assert restarted.encoded() == through.encoded()

"""What appears, vanishes and is regraded between two books."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules.alert import Alert
from streams.backtest.difference import pairs
from tests.builders import T0, an_alert, an_alert_place


def alert_over(id: str, first: float = 0, last: float = 60, **over: Any) -> Alert:  # noqa: A002
    """An alert whose evidence spans so many seconds after T0."""
    begin, end = (datetime.fromtimestamp(T0 + t, UTC) for t in (first, last))
    return an_alert(id, raised_at=begin, first_at=begin, last_at=end, **over)


alerts = st.lists(
    st.builds(
        lambda id, first, length, grade, spot: alert_over(  # noqa: A006
            id, first, first + length, grade=grade, place=an_alert_place(key=spot)
        ),
        id=st.text("abcdef", min_size=1, max_size=3),
        first=st.integers(0, 500),
        length=st.integers(0, 100),
        grade=st.sampled_from(["blue", "yellow", "orange", "red"]),
        spot=st.sampled_from(["x", "y"]),
    ),
    unique_by=lambda alert: alert.id,
    max_size=12,
)


@given(alerts)
def test_a_book_does_not_differ_from_itself(one: list[Alert]) -> None:
    assert [pair.what for pair in pairs(one, one)] == [None] * len(one)


@given(alerts, alerts)
def test_every_alert_is_in_exactly_one_pair(old: list[Alert], new: list[Alert]) -> None:
    found = pairs(old, new)
    assert sorted(pair.old.id for pair in found if pair.old) == sorted(alert.id for alert in old)
    assert sorted(pair.new.id for pair in found if pair.new) == sorted(alert.id for alert in new)


@given(alerts, alerts)
def test_what_appears_one_way_vanishes_the_other(old: list[Alert], new: list[Alert]) -> None:
    there, back = pairs(old, new), pairs(new, old)
    for one, other in (("appeared", "vanished"), ("vanished", "appeared"), ("regraded", "regraded")):
        assert sum(pair.what == one for pair in there) == sum(pair.what == other for pair in back)


@given(alerts, alerts, st.randoms())
def test_the_order_of_the_alerts_does_not_matter(old: list[Alert], new: list[Alert], random: Any) -> None:
    before = pairs(old, new)
    random.shuffle(old)
    random.shuffle(new)
    assert pairs(old, new) == before


def test_alerts_of_other_ids_are_the_same_when_rule_place_and_kind_are_and_their_time_overlaps() -> None:
    old = [alert_over("a", 0, 100), alert_over("b", 200, 300)]
    new = [alert_over("x", 50, 150, grade="red"), alert_over("y", 400, 500)]
    found = [(pair.what, pair.old and pair.old.id, pair.new and pair.new.id) for pair in pairs(old, new)]
    assert found == [("regraded", "a", "x"), ("vanished", "b", None), ("appeared", None, "y")]


def test_alerts_about_other_places_or_kinds_are_others() -> None:
    old = [alert_over("a"), alert_over("b")]
    new = [alert_over("x", place=an_alert_place(key="elsewhere")), alert_over("y", kind="noise")]
    assert sorted(str(pair.what) for pair in pairs(old, new)) == ["appeared", "appeared", "vanished", "vanished"]

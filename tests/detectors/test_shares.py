"""Which part of an area's events each place in it has."""

from __future__ import annotations

import pytest

from detectors.pools import Expectation
from detectors.shares import Shares

STREET = Expectation(mean=10.0, size=20.0, age=100)


def learned(days: int = 60) -> Shares:
    shares = Shares(forget=180)
    for day in range(days):
        shares.learn("d", "s", "noise", {"c1": 6, "c2": 3, "": 1}, day)
        shares.learn("d", "s", "theft", {"c2": 1}, day)
    return shares


def test_places_expect_their_share_and_those_without_a_place_take_none() -> None:
    shares = learned()
    means = [shares.expected("d", "s", "noise", place, STREET, 60).mean for place in ("c1", "c2")]
    assert means == pytest.approx([6.0, 3.0], rel=0.05)


def test_of_a_kind_never_seen_a_place_expects_its_share_of_all_kinds() -> None:
    assert learned().expected("d", "s", "fire", "c2", STREET, 60).mean == pytest.approx(10.0 * 4 / 11, rel=0.05)


def test_a_smaller_share_is_less_sure() -> None:
    shares = learned(days=2)
    known, unseen = (shares.expected("d", "s", "noise", place, STREET, 2) for place in ("c1", "c9"))
    assert unseen.mean < known.mean < STREET.mean
    assert unseen.size < known.size < STREET.size


def test_what_is_long_past_fades_and_is_dropped() -> None:
    shares = learned()
    before = shares.expected("d", "s", "noise", "c1", STREET, 60).mean
    for day in range(60, 180):
        shares.learn("d", "s", "noise", {"c3": 10}, day)
    assert shares.expected("d", "s", "noise", "c1", STREET, 180).mean < before / 2
    assert shares.places("d", "s") == 3
    shares.learn("d", "s", "noise", {"c3": 1}, 400)
    shares.drop(["d"], 400)
    assert shares.places("d", "s") == 1
    shares.keep(lambda name: name != "d")
    assert shares.places("d", "s") == 0


def test_a_stored_state_goes_on_as_it_was() -> None:
    shares, again = learned(), Shares(forget=180)
    again.restore("d", shares.state("d"))
    assert again.state("d") == shares.state("d")
    assert again.expected("d", "s", "noise", "c1", STREET, 70) == shares.expected("d", "s", "noise", "c1", STREET, 70)

"""The course of an alert: clocks, steps, gaps; whatever the order its versions come in."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from rules.command import ACTIONS
from rules.life import Step
from streams.course import clocks, missing, ordered, reopened, stays
from tests.lives import HOUR, MINUTE, Life, at


def kept(life: Life, now: float) -> list[str]:
    return [clock.kept(at(now)) for clock in clocks(ordered(life.versions))]


def test_a_signature_within_the_time_ends_the_clock() -> None:
    life = Life().issue(0)
    life.command(10 * MINUTE, "sign")
    (clock,) = clocks(life.versions)
    assert (clock.took_s, clock.grade, clock.reached_level, clock.missed) == (600.0, "orange", "community", 0)
    assert kept(life, 9 * HOUR) == ["in_time"]


def test_what_nobody_signs_goes_up_and_is_late_when_somebody_does() -> None:
    life = Life().issue(0).pass_time(70 * MINUTE)
    life.command(75 * MINUTE, "sign")
    (clock,) = clocks(life.versions)
    assert (clock.missed, clock.reached_level, clock.took_s) == (2, "district", 75 * MINUTE)
    assert clock.kept(at(2 * HOUR)) == "late"


def test_whoever_signs_when_it_is_due_is_late_for_it_has_gone_up() -> None:
    early, due = Life().issue(0), Life().issue(0)
    early.command(30 * MINUTE - 0.001, "sign")
    due.command(30 * MINUTE, "sign")
    assert (kept(early, HOUR), kept(due, HOUR)) == (["in_time"], ["late"])


def test_a_higher_grade_begins_a_clock_of_its_own() -> None:
    life = Life().issue(0)
    life.command(MINUTE, "sign")
    life.issue(5 * MINUTE, "upgrade", grade="red")
    found = clocks(life.versions)
    assert [(clock.grade, clock.version) for clock in found] == [("orange", 1), ("red", 3)]
    assert kept(life, 6 * MINUTE) == ["in_time", "running"]
    assert kept(life, 6 * HOUR) == ["in_time", "overdue"]


def test_a_false_alarm_or_a_closed_alert_has_not_to_be_signed_any_more() -> None:
    false, closed = Life().issue(0), Life().issue(0)
    false.command(MINUTE, "false")
    closed.issue(2 * MINUTE, "closed")
    assert kept(false, HOUR) == kept(closed, HOUR) == ["stopped"]


def test_one_that_is_open_again_has_to_be_signed_again() -> None:
    life = Life().issue(0)
    life.command(MINUTE, "sign")
    life.command(HOUR, "close", why="done")
    life.issue(2 * HOUR, "update")
    assert reopened(life.versions) == [at(2 * HOUR)]
    assert kept(life, 2.1 * HOUR) == ["in_time", "running"]
    assert [stay.state for stay in stays(life.versions)] == ["raised", "signed", "closed", "raised"]


def test_the_steps_tell_how_long_each_took() -> None:
    life = Life().issue(0)
    life.command(10 * MINUTE, "sign")
    life.command(15 * MINUTE, "assign", to="squad")
    life.command(35 * MINUTE, "arrive")
    life.issue(40 * MINUTE, "update", events=2)
    life.command(60 * MINUTE, "resolve")
    life.command(70 * MINUTE, "close")
    found = [(stay.state, stay.since, stay.until) for stay in stays(life.versions)]
    assert found == [
        ("raised", at(0), at(10 * MINUTE)),
        ("signed", at(10 * MINUTE), at(15 * MINUTE)),
        ("assigned", at(15 * MINUTE), at(35 * MINUTE)),
        ("on_site", at(35 * MINUTE), at(60 * MINUTE)),
        ("resolved", at(60 * MINUTE), at(70 * MINUTE)),
        ("closed", at(70 * MINUTE), None),
    ]


def test_whoever_signed_has_to_be_on_site_in_time() -> None:
    early, late, nobody = Life(id="1").issue(0), Life(id="2").issue(0), Life(id="3").issue(0)
    for life in (early, late, nobody):
        life.command(10 * MINUTE, "sign")
    early.command(2 * HOUR, "arrive")
    late.command(9 * HOUR, "arrive")
    nobody.pass_time(9 * HOUR)
    found = [clocks(life.versions, "on_site") for life in (early, late, nobody)]
    assert [[clock.kept(at(9 * HOUR)) for clock in one] for one in found] == [["in_time"], ["late"], ["overdue"]]
    assert found[0][0].took_s == 110 * MINUTE - 0.5
    assert found[1][0].missed == found[2][0].missed > 0


def test_what_waits_to_be_confirmed_has_not_to_be_signed_yet() -> None:
    life = Life(grade="red", pending_check=True).issue(0)
    assert clocks(life.versions) == []
    life.command(5 * MINUTE, "confirm")
    (clock,) = clocks(life.versions)
    assert (clock.version, clock.began_at) == (2, at(5 * MINUTE + 0.5))
    assert [stay.state for stay in stays(life.versions)] == ["candidate", "raised"]


def test_an_alert_of_files_has_no_clocks() -> None:
    life = Life()
    life.duty.note = list  # type: ignore[method-assign]
    assert clocks(life.issue(0).versions) == []


def test_gaps_are_told() -> None:
    life = Life().issue(0).issue(1, "update").issue(2, "update").issue(3, "update")
    assert missing(life.versions[2:]) == [1, 2]
    assert missing([life.versions[0], life.versions[3]]) == [2, 3]
    assert missing([]) == missing(life.versions) == []


DEEDS = [*get_args(Step), "update", "upgraded", "closed"]


@st.composite
def a_life(draw: st.DrawFn) -> Life:
    """An alert to which all sorts of things happen at all sorts of times."""
    life, t = Life().issue(0), 0.0
    for deed in draw(st.lists(st.sampled_from(DEEDS), max_size=10)):
        t += draw(st.floats(1.0, 3 * HOUR))
        if deed in ACTIONS:
            life.command(t, deed, why="w", to="x")  # type: ignore[arg-type]
        else:
            change, over = ("upgrade", {"grade": "red"}) if deed == "upgraded" else (deed, {})
            life.issue(t, change, **over)
    return life


@given(a_life(), st.randoms(use_true_random=False))
def test_the_order_versions_come_in_and_repetitions_do_not_matter(life: Life, chance: random.Random) -> None:
    mixed = [*life.versions, *chance.choices(life.versions, k=3)]
    chance.shuffle(mixed)
    assert ordered(mixed) == life.versions


@given(a_life())
def test_steps_follow_each_other_without_gaps_and_every_clock_is_one_thing(life: Life) -> None:
    steps = stays(life.versions)
    for one, next_ in pairwise(steps):
        assert one.state != next_.state
        assert one.since <= next_.since
        assert one.until in {next_.since, None}
    for found in (clocks(life.versions), clocks(life.versions, "on_site")):
        assert [clock.began_at for clock in found] == sorted(clock.began_at for clock in found)
        for clock in found[:-1]:
            assert clock.ended_at is not None
    assert clocks(life.versions)[0].version == 1

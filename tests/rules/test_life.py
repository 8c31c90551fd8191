"""What follows from what people do and what nobody does: the table, candidates, grades by hand, clocks."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from rules.alert import Grade, Text
from rules.book import Book
from rules.clocks import Clocks, Supervision
from rules.life import EVENTS, OVER, STATES, STEPS, TRANSITIONS, follows, is_reason
from tests.builders import T0, an_alert, the_book
from tests.rules.asked import DAY, HOUR, MIN, a_duty, a_leak, ask, done, held, said
from tests.rules.checked import faults


def with_rule(rule_id: str, **over: Any) -> Book:
    rules = [msgspec.structs.replace(r, **over) if r.id == rule_id else r for r in the_book().rules]
    return Book(tuple(rules), "b")


def test_every_state_answers_everything_that_can_happen() -> None:
    assert set(TRANSITIONS) == set(STATES)
    assert all(set(row) == {*STEPS, *EVENTS} for row in TRANSITIONS.values())
    assert not any(is_reason(row[event]) for row in TRANSITIONS.values() for event in EVENTS)
    reached = {follows(state, event) for state in STATES for event in EVENTS}
    reached |= {answer for row in TRANSITIONS.values() for answer in row.values() if not is_reason(answer)}  # type: ignore[misc]
    assert reached == set(STATES)


@pytest.mark.parametrize("state", sorted(OVER))
def test_what_is_over_moves_only_when_it_comes_back_or_is_reopened_or_judged(state: Any) -> None:
    moved = {what for what, answer in TRANSITIONS[state].items() if not is_reason(answer) and answer != state}
    assert moved <= {"reopen", "again", "higher", "withdraw", "close", "recover"}


def test_the_whole_life_has_a_time_for_each_step() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    for n, (action, over) in enumerate(
        [
            ("sign", {}),
            ("assign", {"to": "wagon 3"}),
            ("arrive", {}),
            ("resolve", {"why": "valve shut"}),
            ("close", {}),
        ],
        1,
    ):
        alert = done(duty, action, n * MIN, **over)
    handling = held(alert)
    states = ["raised", "signed", "assigned", "on_site", "resolved", "closed"]
    assert [one.state for one in handling.times] == states
    assert [one.at.timestamp() for one in handling.times] == [T0 + n * MIN for n in range(6)]
    assert [one.by for one in handling.times] == ["", *["desk"] * 5]
    assert (handling.assigned_to, alert.status, alert.revision.change) == ("wagon 3", "closed", "closed")
    assert handling.arrived_at is not None
    assert handling.resolved_at == handling.arrived_at + timedelta(minutes=1)
    assert duty.advance(T0 + 30 * DAY) == []


def test_red_and_orange_that_are_to_be_checked_wait_and_then_go_out_unconfirmed() -> None:
    duty = a_duty()
    (candidate,) = duty.note([a_leak("red", pending_check=True)])
    assert (held(candidate).state, held(candidate).confirm_by) == (
        "candidate",
        candidate.graded_at + timedelta(minutes=10),
    )
    assert ask(duty, "sign") == "NOT_RAISED"
    assert said(duty).zh == "待核实：请先核实（confirm）"
    assert duty.advance(T0 + 9 * MIN) == []
    (out,) = duty.advance(T0 + 10 * MIN)
    assert (out.revision.change, held(out).state, held(out).unconfirmed) == ("raised", "raised", True)
    assert held(out).sign_by.timestamp() == T0 + 40 * MIN
    confirmed = done(duty, "confirm", 11 * MIN)
    assert (held(confirmed).unconfirmed, held(confirmed).confirmed_by, confirmed.pending_check) == (
        False,
        "desk",
        False,
    )
    assert ask(duty, "confirm", 12 * MIN) == "ALREADY"


def test_what_is_confirmed_goes_out_and_what_is_not_serious_or_need_not_wait_goes_out_at_once() -> None:
    duty = a_duty()
    duty.note([a_leak("red", pending_check=True)])
    confirmed = done(duty, "confirm", MIN)
    assert (confirmed.revision.change, held(confirmed).state, held(confirmed).unconfirmed) == (
        "confirmed",
        "raised",
        False,
    )
    (yellow,) = a_duty().note([a_leak("yellow", pending_check=True)])
    assert (held(yellow).state, held(yellow).unconfirmed) == ("raised", True)
    at_once = with_rule("gas-leak", check=True, clocks=Clocks(confirm="0s"))
    (red,) = a_duty(at_once).note([a_leak("red", pending_check=True)])
    assert (held(red).state, held(red).unconfirmed) == ("raised", True)
    lowered = a_duty()
    lowered.note([a_leak("red", pending_check=True)])
    (out,) = lowered.note([a_leak("yellow", "downgrade", 2, pending_check=True)])
    assert (held(out).state, out.revision.change) == ("raised", "raised")


def test_a_candidate_nobody_confirmed_before_it_was_quiet_expires() -> None:
    duty = a_duty()
    duty.note([a_leak("red", pending_check=True)])
    (gone,) = duty.note([a_leak("red", "closed", 2, pending_check=True)])
    assert (gone.revision.change, gone.status, held(gone).state, held(gone).unconfirmed) == (
        "expired",
        "closed",
        "expired",
        False,
    )


def test_a_grade_given_by_hand_is_a_floor_until_it_is_lowered_or_closed_and_says_who_and_why() -> None:
    duty = a_duty()
    duty.note([a_leak("yellow")])
    red = done(duty, "upgrade", by="chief", grade=Grade.RED, why="a school")
    assert (red.grade, red.revision.change, red.revision.previous_grade) == (Grade.RED, "upgrade", Grade.YELLOW)
    assert red.steps[-1].because == Text("chief人工升级：a school", "raised by hand by chief: a school")
    (same,) = duty.note([a_leak("orange", "upgrade", 2)])
    assert (same.grade, same.revision.change, held(same).graded_by) == (Grade.RED, "update", "chief")
    orange = done(duty, "downgrade", by="chief", why="no school")
    assert (orange.grade, held(orange).graded_by, len(orange.steps)) == (Grade.ORANGE, "", 1)
    assert ask(duty, "downgrade", 9.0, grade=Grade.RED, why="x") == "GRADE"
    assert said(duty).en == "it is orange: the grade asked for is not lower"


def test_a_grade_lowered_by_hand_holds_until_the_rules_say_more_than_then() -> None:
    duty = a_duty()
    duty.note([a_leak("orange")])
    assert done(duty, "downgrade", grade=Grade.BLUE, why="a barbecue").grade is Grade.BLUE
    (still,) = duty.note([a_leak("orange", "update", 2, events=9)])
    assert (still.grade, still.revision.change) == (Grade.BLUE, "update")
    (red,) = duty.note([a_leak("red", "upgrade", 3)])
    assert (red.grade, red.revision.change, held(red).graded_by) == (Grade.RED, "upgrade", "")


def test_what_somebody_else_signed_for_less_has_to_be_signed_again_and_what_the_signer_raised_has_not() -> None:
    for by, state in (("desk", "signed"), ("chief", "raised")):
        duty = a_duty()
        duty.note([a_leak("yellow")])
        done(duty, "sign")
        assert held(done(duty, "upgrade", by=by, why="x")).state == state


def test_closing_early_takes_a_reason_and_what_grows_again_is_reopened() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    assert ask(duty, "close") == "NOT_RESOLVED"
    assert said(duty).zh == "待签收，尚未办结：提前解除须说明理由（--why）"
    done(duty, "close", why="twice the same")
    (told,) = duty.note([a_leak("orange", "update", 2, reporters=2)])
    assert (told.status, told.revision.change) == ("closed", "update")
    later = told.last_at + timedelta(minutes=5)
    (again,) = duty.note([a_leak("orange", "update", 3, last_at=later)])
    assert (again.status, again.revision.change, held(again).state) == ("open", "reopened", "raised")
    assert held(again).sign_by.timestamp() == T0 + 30 * MIN


def test_what_was_resolved_and_is_reported_again_is_reopened() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    done(duty, "sign")
    done(duty, "resolve")
    (again,) = duty.note([a_leak("orange", "update", 2, last_at=a_leak().last_at + timedelta(minutes=1))])
    assert (again.revision.change, held(again).state, held(again).signed_by) == ("reopened", "raised", "")


def test_what_is_resolved_closes_with_its_quiet_and_what_nobody_resolves_expires() -> None:
    resolved, taken = a_duty(), a_duty()
    for duty in (resolved, taken):
        duty.note([a_leak()])
        done(duty, "sign")
    done(resolved, "resolve")
    (closed,) = resolved.note([a_leak("orange", "closed", 2)])
    assert (closed.status, closed.revision.change) == ("closed", "closed")
    (quiet,) = taken.note([a_leak("orange", "closed", 2)])
    assert (quiet.status, quiet.revision.change) == ("open", "recovered")
    assert held(quiet).quiet_at == datetime.fromtimestamp(T0, UTC)
    done(taken, "arrive")
    (expired,) = taken.advance(T0 + 7 * DAY)
    assert (expired.status, expired.revision.change) == ("closed", "expired")
    assert ask(taken, "resolve", 8 * DAY) == "OVER"
    assert said(taken).zh == "已失效（自动 2026-01-08 00:00 UTC）"


def test_a_reminder_comes_before_a_clock_runs_out_and_nobody_on_site_goes_up_too() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    (reminder,) = duty.advance(T0 + 20 * MIN)
    assert (reminder.revision.change, held(reminder).level) == ("reminded", "community")
    done(duty, "sign", 25 * MIN)
    told = [alert for n in range(9 * 6) for alert in duty.advance(T0 + n * 10 * MIN)]
    assert [alert.revision.change for alert in told] == ["reminded", "escalated", "reminded", "escalated"]
    assert [held(alert).level for alert in told] == ["community", "street", "street", "district"]
    assert [held(alert).missed_on_site for alert in told] == [0, 1, 1, 2]
    assert held(told[1]).on_site_by == told[1].on_site_by + timedelta(hours=4)
    done(duty, "arrive", 9 * HOUR)
    assert duty.advance(T0 + 6 * DAY) == []


def test_the_book_says_how_long_clocks_run_by_grade_unless_the_rule_does() -> None:
    terms = {"sign": {"orange": "5min"}, "on_site": {"orange": "20min"}, "remind": 0.5, "repeat": "1h"}
    supervision = msgspec.convert(terms, Supervision)
    duty = a_duty(with_rule("nobody-signed", supervision=supervision))
    (of_rule,) = duty.note([a_leak()])
    (of_grade,) = duty.note([an_alert("x", rule=msgspec.structs.replace(a_leak().rule, id="fire-lane"))])
    assert (held(of_rule).sign_by.timestamp() - T0, held(of_grade).sign_by.timestamp() - T0) == (5 * MIN, 5 * MIN)
    assert held(of_rule).on_site_by == of_rule.on_site_by  # the rule's own
    assert held(of_grade).on_site_by == of_grade.graded_at + timedelta(minutes=20)
    (early,) = [alert for alert in duty.advance(T0 + 2.5 * MIN) if alert.id == "x"]
    assert early.revision.change == "reminded"
    at_top = [a for n in range(1, 200) for a in duty.advance(T0 + n * MIN) if held(a).level == "city" and a.id == "x"]
    gaps = [held(b).sign_by - held(a).sign_by for a, b in pairwise(at_top)]
    assert gaps[-1] == timedelta(hours=1)


@pytest.mark.parametrize(
    ("over", "path"),
    [
        ({"unsigned": None}, "$.supervision"),
        ({"supervision": {"repeat": "10s"}}, "$.supervision.repeat"),
        ({"supervision": {"sign": {"red": "0s"}}}, "$.supervision.sign.red"),
        ({"supervision": {"sign": {"red": "2h"}, "on_site": {"red": "1h"}}}, "$.supervision.on_site.red"),
        ({"clocks": {"confirm": "5min"}}, "$.clocks.confirm"),
    ],
)
def test_clocks_that_cannot_be_are_faults(over: dict[str, Any], path: str) -> None:
    base = {"id": "up", "number": 25, "name": {"zh": "督办", "en": "Up"}, "modifies": ["all"], "unsigned": "up"}
    rule = {**base, "supervision": {"remind": 0.5}, **over}
    assert path in [fault[0] for fault in faults({k: v for k, v in rule.items() if v is not None})]


def test_four_changes_within_an_hour_are_flapping_and_quiet_ends_it() -> None:
    duty = a_duty()
    alerts = []
    for n in range(6):
        duty.advance(T0 + n * 10 * MIN)
        change = "new" if n == 0 else "closed" if n % 2 else "update"
        alerts += duty.note([a_leak("yellow", change, n + 1)])
    assert [held(alert).flapping for alert in alerts] == [False, False, False, False, True, True]
    duty.advance(T0 + 3 * HOUR)
    (later,) = duty.note([a_leak("yellow", "update", 7)])
    assert not held(later).flapping


def test_whoever_is_sent_after_somebody_was_there_has_as_much_time_again() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    for action in ("sign", "arrive"):
        done(duty, action)
    assert duty.advance(T0 + 5 * HOUR) == []
    again = done(duty, "assign", 5 * HOUR, to="another wagon")
    assert (held(again).state, held(again).arrived_at) == ("assigned", None)
    assert held(again).on_site_by == datetime.fromtimestamp(T0 + 9 * HOUR, UTC)

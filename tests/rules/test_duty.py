"""Somebody signs, or it goes one level up: what people do about alerts, and what happens when they do nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import msgspec

from rules.alert import Alert, Grade, Handling
from rules.book import Book
from rules.duty import Command, Duty
from rules.rule import Rule
from tests.builders import T0, an_alert, an_alert_place, the_book

MIN = 60.0
HALF_AN_HOUR = 30 * MIN


def a_duty(book: Book | None = None, clock: float = T0) -> Duty:
    duty = Duty(book or the_book(), "test")
    duty.advance(clock)
    return duty


def a_leak(version: int = 1, grade: str = "orange", change: str = "new", **over: object) -> Alert:
    place = an_alert_place(community="c1", street="st1", district="d1", grid="")
    return an_alert("leak", grade, change, version, **{"place": place, **over})


def signing(by: str = "street desk", alert: str = "leak", at: float = T0) -> Command:
    when = datetime.fromtimestamp(at, UTC)
    return Command(id=f"{by}-{at}", action="sign", alert=alert, by=by, at=when)


def judging(holds: bool, by: str = "street desk", at: float = T0, **over: Any) -> Command:  # noqa: FBT001
    when = datetime.fromtimestamp(at, UTC)
    base = {"id": f"{by}-{at}-{holds}", "action": "true" if holds else "false", "alert": "leak", "by": by, "at": when}
    return Command(**{**base, **over})


def doing(action: Any, by: str = "street desk", at: float = T0, **over: Any) -> Command:
    when = datetime.fromtimestamp(at, UTC)
    return Command(**{"id": f"{by}-{at}-{action}", "action": action, "alert": "leak", "by": by, "at": when, **over})


def handling(alert: Alert) -> Handling:
    assert alert.revision.handling is not None
    return alert.revision.handling


def escalated(alerts: list[Alert]) -> list[Alert]:
    return [alert for alert in alerts if alert.revision.change == "escalated"]


def test_an_alert_says_who_has_to_sign_and_until_when() -> None:
    (alert,) = a_duty().note([a_leak()])
    assert (handling(alert).level, handling(alert).area, handling(alert).missed) == ("community", "c1", 0)
    assert handling(alert).sign_by == alert.sign_by
    assert msgspec.structs.replace(alert, revision=a_leak().revision) == a_leak()


def test_nobody_signs_and_it_goes_up_to_the_city_level_by_level_and_there_again_and_again() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    said = [alert for n in range(20) for alert in duty.advance(T0 + n * 10 * MIN)]
    assert [alert.revision.version for alert in said] == list(range(2, len(said) + 2))
    assert [alert.revision.change for alert in said] == ["reminded", "escalated"] * 4 + ["escalated"] * 2
    up = escalated(said)
    assert [(handling(alert).level, handling(alert).area) for alert in up] == [
        ("street", "st1"),
        ("district", "d1"),
        ("city", "test"),
        ("city", "test"),
        ("city", "test"),
        ("city", "test"),
    ]
    assert [handling(alert).missed for alert in up] == [1, 2, 3, 4, 5, 6]
    due = [T0 + (n + 1) * HALF_AN_HOUR for n in range(1, 7)]
    assert [handling(alert).sign_by.timestamp() for alert in up] == due


def test_a_place_known_by_its_district_only_goes_up_to_the_city_at_once() -> None:
    duty = a_duty()
    duty.note([a_leak(place=an_alert_place(community="", street="", grid="", district="d1"))])
    assert [handling(alert).level for alert in duty.advance(T0 + 10 * HALF_AN_HOUR)] == ["city"]


def test_a_signature_stops_the_clock_and_stays_on_what_comes_after() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    signed = duty.obey(signing(at=T0 + 5 * MIN))
    assert isinstance(signed, list)
    assert [(a.revision.change, a.revision.version, handling(a).signed_by) for a in signed] == [
        ("signed", 2, "street desk")
    ]
    assert duty.advance(T0 + 2 * HALF_AN_HOUR) == []
    (later,) = duty.note([a_leak(2, change="update", events=9)])
    assert (later.revision.version, handling(later).signed_by, later.events) == (3, "street desk", 9)
    assert handling(later).signed_at == datetime.fromtimestamp(T0 + 5 * MIN, UTC)


def test_the_same_signature_again_is_no_new_version_and_anybody_elses_is_refused() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    assert len(duty.obey(signing("one"))) == 1
    assert duty.obey(signing("one")) == []
    assert duty.obey(signing("another")) == "SIGNED"


def test_a_signature_does_not_hold_for_a_higher_grade_than_was_seen() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    seen = msgspec.structs.replace(signing(), grade=Grade.ORANGE)
    assert len(duty.obey(seen)) == 1
    duty.note([a_leak(2, "red", "upgrade")])
    assert duty.obey(seen) == []  # the control stage sends again what it sent before a crash
    assert duty.obey(msgspec.structs.replace(seen, id="another")) == "RAISED"


def test_what_came_back_lower_and_was_signed_has_to_be_signed_again_as_high_as_before() -> None:
    duty = a_duty()
    duty.note([a_leak(1, "red"), a_leak(2, "red", "closed", status="closed"), a_leak(3, "blue", "new")])
    duty.obey(signing())
    (high,) = duty.note([a_leak(4, "red", "upgrade")])
    assert handling(high).signed_by == ""


def test_a_rule_about_it_that_comes_or_goes_counts_from_the_next_missed_clock_on() -> None:
    without = Book(tuple(rule for rule in the_book().rules if rule.unsigned is None), "d")
    goes, comes = a_duty(), a_duty(without)
    for duty, book in ((goes, without), (comes, the_book())):
        duty.note([a_leak()])
        duty.adopt(book)
    assert goes.advance(T0 + HALF_AN_HOUR) == []
    assert len(comes.advance(T0 + HALF_AN_HOUR)) == 1


def test_clocks_that_began_with_the_first_word_of_time_are_kept_over_a_restart() -> None:
    duty = Duty(the_book(), "test")
    duty.note([a_leak()])
    duty.dirty()
    duty.advance(T0 + 7_200.0)
    again = Duty(the_book(), "test")
    again.restore({id_: data for id_, data in duty.dirty().items() if data is not None}, T0 + 7_200.0)
    assert again.advance(T0 + 7_201.0) == []


def test_what_is_over_or_unknown_cannot_be_signed() -> None:
    duty = a_duty()
    duty.note([a_leak(), a_leak(2, change="closed", status="closed")])
    assert duty.obey(signing()) == "OVER"
    assert duty.obey(signing(alert="nothing")) == "UNKNOWN"
    assert duty.advance(T0 + 100 * HALF_AN_HOUR) == []


def test_a_higher_grade_has_to_be_signed_anew_within_its_own_time_at_the_level_reached() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    (up,) = duty.advance(T0 + HALF_AN_HOUR)
    duty.obey(signing())
    graded = datetime.fromtimestamp(T0 + 40 * MIN, UTC)
    duty.advance(T0 + 40 * MIN)
    red = a_leak(2, "red", "upgrade", graded_at=graded, sign_by=graded + timedelta(minutes=15))
    (alert,) = duty.note([red])
    assert (handling(alert).signed_by, handling(alert).level) == ("", handling(up).level)
    assert [handling(a).level for a in duty.advance(T0 + 55 * MIN)] == ["district"]


def test_a_backlog_leaves_people_as_much_time_as_ever() -> None:
    duty = a_duty(clock=T0 + 7_200.0)
    (alert,) = duty.note([a_leak()])
    assert handling(alert).sign_by.timestamp() == T0 + 7_200.0 + HALF_AN_HOUR
    assert escalated(duty.advance(T0 + 7_200.0 + 29 * MIN)) == []


def test_alerts_that_came_before_any_time_was_known_begin_with_it() -> None:
    duty = Duty(the_book(), "test")
    duty.note([a_leak()])
    assert duty.advance(T0 + 7_200.0) == []
    assert len(duty.advance(T0 + 7_200.0 + HALF_AN_HOUR)) == 1


def test_after_a_long_stop_it_goes_up_one_level_and_not_all_at_once() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    assert len(duty.advance(T0 + 50 * HALF_AN_HOUR)) == 1
    assert escalated(duty.advance(T0 + 50 * HALF_AN_HOUR + 29 * MIN)) == []


def test_without_a_rule_about_it_nothing_goes_up_and_signing_still_works() -> None:
    book = Book(tuple(rule for rule in the_book().rules if rule.unsigned is None), "d")
    duty = a_duty(book)
    duty.note([a_leak()])
    assert duty.advance(T0 + 100 * HALF_AN_HOUR) == []
    assert len(duty.obey(signing())) == 1


def test_only_the_alerts_of_the_rules_it_names_go_up() -> None:
    about: Rule = next(rule for rule in the_book().rules if rule.unsigned is not None)
    duty = a_duty(Book((msgspec.structs.replace(about, modifies=("threat",)),), "d"))
    duty.note([a_leak()])
    assert duty.advance(T0 + 100 * HALF_AN_HOUR) == []


def test_an_alert_that_comes_back_goes_on_counting() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    duty.obey(signing())
    (quiet,) = duty.note([a_leak(2, change="closed", status="closed")])
    assert (quiet.revision.change, quiet.status, handling(quiet).state) == ("recovered", "open", "signed")
    (closed,) = duty.obey(doing("close", why="gone"))
    assert isinstance(closed, Alert)
    assert (closed.revision.change, closed.status) == ("closed", "closed")
    (back,) = duty.note([a_leak(3, change="new")])
    assert (back.revision.version, back.revision.change, handling(back).signed_by) == (5, "reopened", "")
    assert len(duty.advance(T0 + HALF_AN_HOUR)) == 1


def test_what_is_long_over_is_forgotten_also_in_the_state() -> None:
    duty = a_duty()
    duty.note([a_leak(), a_leak(2, change="closed", status="closed")])
    assert list(duty.dirty()) == ["leak"]
    duty.advance(T0 + 32 * 86_400.0)
    assert duty.dirty() == {"leak": None}


def test_a_false_alarm_stops_the_clock_and_goes_on_as_an_alert() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    (said,) = duty.obey(judging(False, at=T0 + 5 * MIN))
    assert isinstance(said, Alert)
    assert (said.revision.change, said.revision.version, said.status) == ("false_alarm", 2, "open")
    held = handling(said)
    assert (held.verdict, held.judged_by, held.judged_at) == (
        "false",
        "street desk",
        datetime.fromtimestamp(T0 + 5 * MIN, UTC),
    )
    assert said.is_false_alarm
    assert duty.advance(T0 + 100 * HALF_AN_HOUR) == []
    (later,) = duty.note([a_leak(2, change="update", events=9)])
    assert (later.revision.version, handling(later).verdict) == (3, "false")


def test_what_is_true_has_to_be_signed_all_the_same() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    (said,) = duty.obey(judging(True))
    assert isinstance(said, Alert)
    assert (said.revision.change, handling(said).verdict) == ("verified", "true")
    assert [alert.revision.change for alert in duty.advance(T0 + HALF_AN_HOUR)] == ["escalated"]


def test_the_opposite_verdict_takes_its_place_and_the_clock_begins_anew() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    duty.obey(judging(False))
    duty.advance(T0 + 60 * MIN)
    (said,) = duty.obey(judging(True, "another", T0 + 60 * MIN))
    assert isinstance(said, Alert)
    assert (handling(said).verdict, handling(said).judged_by) == ("true", "another")
    assert handling(said).sign_by.timestamp() == T0 + 90 * MIN
    assert escalated(duty.advance(T0 + 89 * MIN)) == []
    assert len(duty.advance(T0 + 90 * MIN)) == 1


def test_what_was_signed_is_signed_still_when_it_is_true_after_all_and_what_was_not_is_called_out_again() -> None:
    signed, top = a_duty(), a_duty()
    for duty in (signed, top):
        duty.note([a_leak()])
    signed.obey(signing())
    for n in range(1, 5):
        top.advance(T0 + n * HALF_AN_HOUR)
    for duty, state in ((signed, "signed"), (top, "raised")):
        duty.obey(judging(False, at=T0 + 3 * 60 * MIN))
        assert duty.advance(T0 + 3 * 60 * MIN) == []
        (said,) = duty.obey(judging(True, at=T0 + 4 * 60 * MIN))
        assert isinstance(said, Alert)
        assert handling(said).state == state
    assert escalated(signed.advance(T0 + 3 * 60 * MIN + HALF_AN_HOUR)) == []
    assert len(escalated(top.advance(T0 + 3 * 60 * MIN + HALF_AN_HOUR))) == 1


def test_what_is_over_can_be_judged_as_long_as_it_is_remembered() -> None:
    duty = a_duty()
    duty.note([a_leak(), a_leak(2, change="closed", status="closed")])
    (said,) = duty.obey(judging(False, at=T0 + 86_400.0))
    assert isinstance(said, Alert)
    assert (said.status, said.revision.change, said.revision.version) == ("closed", "false_alarm", 3)
    assert duty.advance(T0 + 30 * 86_400.0) == []
    assert len(duty.obey(judging(True, at=T0 + 30 * 86_400.0))) == 1
    duty.advance(T0 + 32 * 86_400.0)
    assert duty.obey(judging(False, at=T0 + 32 * 86_400.0)) == "UNKNOWN"


def test_what_closed_before_anybody_heard_of_it_can_be_judged_and_what_was_withdrawn_cannot() -> None:
    duty = a_duty()
    duty.note([a_leak(change="closed", status="closed")])
    assert len(duty.obey(judging(False))) == 1
    duty.note([a_leak(2, change="new"), a_leak(3, change="withdrawn", status="withdrawn")])
    assert duty.obey(judging(True, at=T0 + MIN)) == "OVER"


def test_a_verdict_does_not_hold_for_a_higher_grade_than_was_seen() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    duty.obey(judging(False, grade=Grade.ORANGE))
    (red,) = duty.note([a_leak(2, "red", "upgrade")])
    assert handling(red).verdict == ""
    assert duty.obey(judging(False, at=T0 + MIN, grade=Grade.ORANGE)) == "RAISED"
    assert len(duty.advance(T0 + HALF_AN_HOUR)) == 1
    assert duty.obey(judging(False, grade=Grade.ORANGE)) == []  # sent again, as the control stage does after a crash


def test_the_same_verdict_again_is_no_new_version_and_an_earlier_one_is_refused() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    assert len(duty.obey(judging(False, at=T0 + 5 * MIN))) == 1
    assert duty.obey(judging(False, at=T0 + 5 * MIN)) == []
    assert duty.obey(judging(False, "another", T0 + 9 * MIN)) == []
    assert duty.obey(judging(True, at=T0 + 8 * MIN)) == "EARLIER"
    assert len(duty.obey(judging(True, at=T0 + 10 * MIN))) == 1


def test_the_order_of_verdicts_of_one_moment_does_not_matter() -> None:
    verdicts = [judging(holds, by) for by in ("one", "two", "three") for holds in (True, False)]
    found = set()
    for order in permutations(verdicts):
        duty = a_duty()
        duty.note([a_leak()])
        said = [done[0] for done in map(duty.obey, order) if isinstance(done, list) and done]
        found.add(handling(said[-1]).verdict)
    assert len(found) == 1

"""Somebody signs, or it goes one level up: what people do about alerts, and what happens when they do nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rules.alert import Alert, Grade, Handling, RuleRef
from rules.book import Book
from rules.duty import Command, Duty
from rules.feedback import Judgement
from rules.rule import Rule
from tests.builders import T0, an_alert, an_alert_place, the_book

MIN = 60.0
HALF_AN_HOUR = 30 * MIN
LEVELS = ("community", "street", "district", "city")


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


def handling(alert: Alert) -> Handling:
    assert alert.revision.handling is not None
    return alert.revision.handling


def test_an_alert_says_who_has_to_sign_and_until_when() -> None:
    (alert,) = a_duty().note([a_leak()])
    assert (handling(alert).level, handling(alert).area, handling(alert).missed) == ("community", "c1", 0)
    assert handling(alert).sign_by == alert.sign_by
    assert msgspec.structs.replace(alert, revision=a_leak().revision) == a_leak()


def test_nobody_signs_and_it_goes_up_to_the_city_level_by_level_and_no_further() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    said = [alert for n in range(20) for alert in duty.advance(T0 + n * 10 * MIN)]
    assert [(handling(alert).level, handling(alert).area) for alert in said] == [
        ("street", "st1"),
        ("district", "d1"),
        ("city", "test"),
    ]
    assert [alert.revision.version for alert in said] == [2, 3, 4]
    assert {alert.revision.change for alert in said} == {"escalated"}
    due = [T0 + (n + 1) * HALF_AN_HOUR for n in (1, 2, 3)]
    assert [handling(alert).sign_by.timestamp() for alert in said] == due


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
    assert duty.advance(T0 + 100 * HALF_AN_HOUR) == []
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
    assert duty.obey(seen) == "RAISED"  # the control stage sends again what it sent before a crash


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
    assert duty.advance(T0 + 7_200.0 + 29 * MIN) == []


def test_alerts_that_came_before_any_time_was_known_begin_with_it() -> None:
    duty = Duty(the_book(), "test")
    duty.note([a_leak()])
    assert duty.advance(T0 + 7_200.0) == []
    assert len(duty.advance(T0 + 7_200.0 + HALF_AN_HOUR)) == 1


def test_after_a_long_stop_it_goes_up_one_level_and_not_all_at_once() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    assert len(duty.advance(T0 + 50 * HALF_AN_HOUR)) == 1
    assert duty.advance(T0 + 50 * HALF_AN_HOUR + 29 * MIN) == []


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
    duty.note([a_leak(2, change="closed", status="closed")])
    (back,) = duty.note([a_leak(3, change="new")])
    assert (back.revision.version, handling(back).signed_by) == (4, "")
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
    assert duty.advance(T0 + 89 * MIN) == []
    assert len(duty.advance(T0 + 90 * MIN)) == 1


def test_what_was_signed_or_is_with_the_city_has_no_clock_to_begin_anew() -> None:
    signed, top = a_duty(), a_duty()
    for duty in (signed, top):
        duty.note([a_leak()])
    signed.obey(signing())
    for n in range(1, 5):
        top.advance(T0 + n * HALF_AN_HOUR)
    for duty in (signed, top):
        duty.obey(judging(False, at=T0 + 3 * 60 * MIN))
        duty.obey(judging(True, at=T0 + 4 * 60 * MIN))
        assert duty.advance(T0 + 100 * HALF_AN_HOUR) == []


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


def test_a_verdict_names_rule_key_and_detector_and_what_was_seen() -> None:
    duty = a_duty()
    surge = a_leak(rule=RuleRef(id="hotline-surge", number=5, version=1, book="b"), window_s=3_600.0)
    duty.note([surge])
    seen = judging(False, last_at=datetime.fromtimestamp(T0 + 3_600.0, UTC))
    duty.obey(seen)
    assert duty.judgement(seen) == Judgement(
        alert="leak",
        rule="hotline-surge",
        detector="surge",
        key="d1|c1/幸福里小区|gas_leak|hour",
        holds=False,
        at=T0,
        since=T0 + 3_600.0,
    )
    assert duty.judgement(signing()) is None
    counted = a_duty()
    counted.note([a_leak()])
    counted.obey(judging(True))
    said = counted.judgement(judging(True))
    assert said is not None
    assert (said.rule, said.detector, said.since) == ("gas-leak", "rules", T0)


def test_charges_of_before_verdicts_were_taken_go_on() -> None:
    duty = a_duty()
    duty.note([a_leak(), an_alert("over", change="new"), an_alert("over", change="closed", version=2)])
    stored = {id_: data for id_, data in duty.dirty().items() if data is not None}
    old = {id_: msgspec.msgpack.decode(data)[:10] for id_, data in stored.items()}
    old["over"][-1] = None  # its last version was not kept
    again = Duty(the_book(), "test")
    again.restore({id_: msgspec.msgpack.encode(data) for id_, data in old.items()}, T0)
    assert len(again.obey(judging(False))) == 1
    assert again.judgement(judging(False)).detector == "rules"  # type: ignore[union-attr]
    assert again.obey(judging(False, alert="over")) == "OVER"


class Handled(RuleBasedStateMachine):
    """Alerts come, grow, close and come back; people sign or do not; a twin is restarted at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.duty, self.clock = a_duty(), T0
        self.stored: dict[str, bytes] = {}
        self.version = dict.fromkeys("ab", 0)
        self.status = dict.fromkeys("ab", "none")
        self.last: dict[str, Alert] = {}

    def heard(self, alerts: list[Alert]) -> None:
        for alert in alerts:
            before = self.last.get(alert.id)
            assert alert.revision.version == (before.revision.version if before else 0) + 1
            if before is not None and alert.revision.change != "upgrade" and before.status == "open":
                assert handling(alert).missed >= handling(before).missed
                assert handling(alert).signed_by or not handling(before).signed_by
            self.last[alert.id] = alert

    def does(self, twin: Duty, what: object) -> None:
        first, second = what(self.duty), what(twin)  # type: ignore[operator]
        assert first == second
        if isinstance(first, list):
            self.heard(first)
        self.stored.update((k, v) for k, v in self.duty.dirty().items() if v is not None)

    def twin(self) -> Duty:
        duty = Duty(the_book(), "test")
        duty.restore(self.stored, self.clock)
        return duty

    @rule(id_=st.sampled_from("ab"), grade=st.sampled_from(["yellow", "orange", "red"]))
    def an_open_version(self, id_: str, grade: str) -> None:
        self.version[id_] += 1
        rank = ["blue", "yellow", "orange", "red"]
        before = self.last.get(id_)
        higher = before is not None and rank.index(grade) > before.grade.rank
        change = "new" if self.status[id_] != "open" else "upgrade" if higher else "update"
        alert = an_alert(id_, grade, change, self.version[id_])
        self.status[id_] = "open"
        self.does(self.twin(), lambda duty: duty.note([alert]))

    @precondition(lambda self: "open" in self.status.values())
    @rule(status=st.sampled_from(["closed", "withdrawn"]))
    def one_is_over(self, status: str) -> None:
        id_ = next(id_ for id_, now in self.status.items() if now == "open")
        self.version[id_] += 1
        self.status[id_] = status
        alert = an_alert(id_, "orange", status, self.version[id_], status=status)
        self.does(self.twin(), lambda duty: duty.note([alert]))

    @rule(id_=st.sampled_from("abc"), by=st.sampled_from(["one", "another"]))
    def somebody_signs(self, id_: str, by: str) -> None:
        last = self.last.get(id_)
        command = signing(by, id_, self.clock)
        expected = "UNKNOWN" if last is None else "OVER" if last.status != "open" else None
        if expected is None and last is not None and handling(last).signed_by not in {"", by}:
            expected = "SIGNED"
        self.does(self.twin(), lambda duty: duty.obey(command))
        if expected is not None:
            assert self.duty.obey(command) == expected

    @rule(id_=st.sampled_from("abc"), holds=st.booleans(), ago=st.sampled_from([0.0, 0.0, 90.0]))
    def somebody_judges(self, id_: str, holds: bool, ago: float) -> None:  # noqa: FBT001
        last = self.last.get(id_)
        command = judging(holds, at=self.clock - ago, alert=id_)
        self.does(self.twin(), lambda duty: duty.obey(command))
        after = self.last.get(id_)
        if last is None or last.status == "withdrawn":
            assert self.duty.obey(command) == ("UNKNOWN" if last is None else "OVER")
        elif after is not None and after is not last:
            assert handling(after).verdict == ("true" if holds else "false") != handling(last).verdict
            assert after.status == last.status

    @rule(minutes=st.integers(1, 60))
    def time_passes(self, minutes: int) -> None:
        twin = self.twin()
        self.clock += minutes * MIN
        self.does(twin, lambda duty: duty.advance(self.clock))

    @invariant()
    def nothing_unsigned_is_overdue_below_the_city(self) -> None:
        for alert in self.last.values():
            held = handling(alert)
            if alert.status == "open" and not held.signed_by and held.level != "city" and not alert.is_false_alarm:
                assert held.sign_by.timestamp() > self.clock


Handled.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestHandled = Handled.TestCase

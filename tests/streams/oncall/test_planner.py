"""When who is told what: urgency, batches, what is worth telling, escalation, storms."""

from __future__ import annotations

import pytest

from rules.alert import FindingRef
from streams.oncall.planner import Planner
from tests.builders import T0
from tests.streams.oncall.planned import PEOPLE, STREET, a_planner, a_version, said

HOUR = 3600.0


def reasons(planner: Planner) -> list[tuple[str, int, str]]:
    return [(one.alert, one.version, one.reason) for one in planner.suppressed()]


@pytest.mark.parametrize("grade", ["red", "orange"])
def test_red_and_orange_go_out_at_once_and_singly(grade: str) -> None:
    planner = a_planner()
    planner.note(a_version("a", grade), T0)
    planner.note(a_version("b", grade), T0)
    messages = planner.due(T0)
    assert [one.key for one in messages] == ["a/1/chat/anna", "a/1/sms/anna", "b/1/chat/anna", "b/1/sms/anna"]
    assert {one.what for one in messages} == {"alert"}


def test_the_most_urgent_go_out_first() -> None:
    planner = a_planner()
    for id_, grade in (("a", "orange"), ("b", "red")):
        planner.note(a_version(id_, grade), T0)
    assert [one.alerts[0].id for one in planner.due(T0)] == ["b", "b", "a", "a"]


def test_yellow_and_blue_wait_for_each_other_and_go_out_together_the_most_urgent_first() -> None:
    planner = a_planner()
    planner.note(a_version("a", "blue"), T0)
    assert planner.due(T0) == []
    planner.note(a_version("b", "yellow"), T0 + 20)
    assert planner.due(T0 + 29.9) == []
    assert planner.next_due == T0 + 30
    (digest,) = planner.due(T0 + 30)
    assert digest.what == "digest"
    assert [alert.id for alert in digest.alerts] == ["b", "a"]
    assert digest.key.startswith("digest/chat/anna/")


def test_after_a_batch_the_next_waits_for_the_interval() -> None:
    planner = a_planner()
    planner.note(a_version("a", "blue"), T0)
    assert len(planner.due(T0 + 30)) == 1
    planner.note(a_version("b", "blue"), T0 + 60)
    assert planner.due(T0 + 329) == []
    assert [one.key for one in planner.due(T0 + 330)] == ["b/1/chat/anna"]


def test_what_is_over_before_it_is_sent_is_never_sent() -> None:
    planner = a_planner()
    planner.note(a_version("a", "blue"), T0)
    assert planner.due(T0) == []
    planner.note(a_version("a", "blue", 2, "closed"), T0 + 20)
    assert planner.due(T0 + 60) == []
    assert reasons(planner) == [("a", 2, "OVER_BEFORE_SENT")]


def test_a_small_growth_is_no_news_and_a_great_one_is() -> None:
    planner = a_planner()
    planner.note(a_version(events=4), T0)
    planner.due(T0)
    planner.note(a_version(version=2, change="update", events=8), T0 + HOUR)
    assert planner.due(T0 + HOUR) == []
    assert reasons(planner) == [("a1", 2, "UNCHANGED")]
    planner.note(a_version(version=3, change="update", events=9), T0 + HOUR + 1)
    assert [one.key for one in planner.due(T0 + HOUR + 1)] == ["a1/3/chat/anna", "a1/3/sms/anna"]


def a_part(id: str, grade: str, status: str = "open") -> FindingRef:  # noqa: A002
    alert = a_version(id, grade)
    return FindingRef(
        id=id,
        rule=alert.rule,
        kind=alert.kind,
        grade=alert.grade,
        status=status,  # type: ignore[arg-type]
        title=alert.title,
        events=1,
    )


def test_another_grave_finding_in_an_alert_somebody_signed_for_is_told() -> None:
    planner, one = a_planner(), a_part("x", "orange")
    planner.note(a_version(findings=(one,), signed_by="li"), T0)
    planner.due(T0)
    planner.note(
        a_version(version=2, change="update", findings=(one, a_part("y", "yellow")), signed_by="li"), T0 + HOUR
    )
    assert planner.due(T0 + HOUR) == []
    planner.note(
        a_version(version=3, change="update", findings=(one, a_part("z", "orange")), signed_by="li"), T0 + HOUR
    )
    assert [one.key for one in planner.due(T0 + HOUR)] == ["a1/3/chat/anna", "a1/3/sms/anna"]


def test_five_more_are_no_news_where_that_is_not_half_as_many_again() -> None:
    planner = a_planner()
    planner.note(a_version(events=20), T0)
    planner.due(T0)
    for version, events, told in ((2, 29, 0), (3, 30, 2)):
        planner.note(a_version(version=version, change="update", events=events), T0 + HOUR)
        assert len(planner.due(T0 + HOUR)) == told


def test_growth_reaches_a_person_every_ten_minutes_at_most() -> None:
    planner = a_planner()
    planner.note(a_version("a", "red", events=1), T0)
    sent = len(planner.due(T0))
    for minute in range(1, 60):
        planner.note(a_version("a", "red", minute + 1, "update", events=10**minute), T0 + 60 * minute)
        sent += len(planner.due(T0 + 60 * minute))
    assert sent == 2 * 6


def test_an_upgrade_to_red_goes_out_at_once_though_the_yellow_still_waits() -> None:
    planner = a_planner()
    planner.note(a_version("a", "yellow"), T0)
    assert planner.due(T0) == []
    planner.note(a_version("a", "red", 2, "upgrade"), T0 + 1)
    assert [one.key for one in planner.due(T0 + 1)] == ["a/2/chat/anna", "a/2/sms/anna"]
    assert planner.due(T0 + HOUR) == []


def test_a_downgrade_is_told_to_those_who_heard_of_the_higher_grade() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    planner.note(a_version("a", "yellow", 2, "downgrade"), T0 + 60)
    told = planner.due(T0 + 60) + planner.due(T0 + 90)
    assert sorted(said(told)) == [("alert", "anna", "chat"), ("alert", "anna", "sms")]


def test_what_nobody_signs_is_told_again_after_four_hours_under_another_key() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    assert planner.next_due == T0 + 4 * HOUR
    assert [one.key for one in planner.due(T0 + 4 * HOUR)] == ["a/1/chat/anna/2", "a/1/sms/anna/2"]
    planner.note(a_version("a", "orange", 2, "signed", signed_by="x"), T0 + 5 * HOUR)
    assert planner.due(T0 + 20 * HOUR) == []


def test_closing_is_told_to_everybody_who_was_told() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    planner.note(a_version("a", "orange", 2, "closed"), T0 + 60)
    assert said(planner.due(T0 + 60)) == [("resolved", "anna", "chat"), ("resolved", "anna", "sms")]


def test_a_false_alarm_is_told_once_and_not_again_when_it_closes() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    planner.note(a_version("a", "orange", 2, "false_alarm", verdict="false"), T0 + 60)
    assert [one.what for one in planner.due(T0 + 60)] == ["resolved", "resolved"]
    planner.note(a_version("a", "orange", 3, "closed", verdict="false"), T0 + 120)
    assert planner.due(T0 + 120) == []


def test_what_opens_again_is_told_again() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    planner.note(a_version("a", "orange", 2, "closed"), T0 + 60)
    planner.due(T0 + 60)
    planner.note(a_version("a", "orange", 3, "new"), T0 + 120)
    assert [one.key for one in planner.due(T0 + 120)] == ["a/3/chat/anna", "a/3/sms/anna"]


def test_an_escalation_goes_to_the_new_level_and_to_the_earlier_ones_once() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange", missed=1), T0)
    assert {one.recipient.id for one in planner.due(T0)} == {"anna"}
    planner.note(a_version("a", "orange", 2, "escalated", missed=2), T0 + HOUR)
    assert said(planner.due(T0 + HOUR)) == [
        ("escalation", "bert", "chat"),
        ("escalation", "anna", "chat"),
        ("escalation", "anna", "sms"),
    ]
    planner.note(a_version("a", "orange", 3, "escalated", missed=3), T0 + 2 * HOUR)
    assert said(planner.due(T0 + 2 * HOUR)) == [("escalation", "carl", "chat"), ("escalation", "bert", "chat")]


def test_at_the_top_every_missed_clock_is_told() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange", missed=3), T0)
    planner.due(T0)
    for missed in (4, 5):
        planner.note(a_version("a", "orange", missed, "escalated", missed=missed), T0 + missed * HOUR)
        assert said(planner.due(T0 + missed * HOUR)) == [("escalation", "carl", "chat")]


def test_a_program_gets_every_version_at_once() -> None:
    planner = a_planner(STREET.replace('"role:duty"', "board, desk"))
    planner.note(a_version("a", "blue"), T0)
    assert said(planner.due(T0)) == [("alert", "board", "hook")]
    planner.note(a_version("a", "blue", 2, "update"), T0 + 1)
    assert [one.key for one in planner.due(T0 + 1)] == ["a/2/hook/board"]


def test_a_program_gets_every_version_of_the_end_and_people_the_first() -> None:
    planner = a_planner(STREET.replace('"role:duty"', 'board, "role:duty"'))
    planner.note(a_version("a", "red"), T0)
    planner.due(T0)
    planner.note(a_version("a", "red", 2, "resolved", state="resolved"), T0 + 1)
    assert len(planner.due(T0 + 1)) == 3
    planner.note(a_version("a", "red", 3, "closed", state="closed", status="closed"), T0 + 2)
    assert said(planner.due(T0 + 2)) == [("resolved", "board", "hook")]
    assert planner.due(T0 + 3) == []


def test_where_no_route_has_a_person_the_fallback_gets_it() -> None:
    planner = a_planner("routes: [{name: board, to: [board]}]")
    planner.note(a_version("a", "orange"), T0)
    assert said(planner.due(T0)) == [("alert", "board", "hook"), ("alert", "desk", "chat")]


def test_exercises_are_batched_apart_and_marked() -> None:
    planner = a_planner()
    planner.note(a_version("a", "blue"), T0)
    planner.note(a_version("b", "blue", exercise=True), T0)
    messages = planner.due(T0 + 30)
    assert [(one.alerts[0].id, one.exercise) for one in messages] == [("a", False), ("b", True)]


def test_four_changes_within_an_hour_are_said_once_and_then_muted_for_two_hours() -> None:
    planner = a_planner()
    told = []
    for n, grade in enumerate(["orange", "red"] * 6):
        planner.note(a_version("a", grade, n + 1, "update"), T0 + 240 * n)
        told += [one.alerts[0].revision.version for one in planner.due(T0 + 240 * n) if one.recipient.channel == "chat"]
    assert told == [1, 2, 3, 4, 5]
    assert [one for one in reasons(planner) if one[2] == "FLAPPING"] == [("a", n, "FLAPPING") for n in range(6, 13)]
    assert planner.next_due == T0 + 4 * 240 + 2 * HOUR
    assert [one.key for one in planner.due(planner.next_due)] == ["a/12/chat/anna", "a/12/sms/anna"]


def test_a_flapping_alert_that_becomes_red_is_told_at_once() -> None:
    planner = a_planner()
    for n, grade in enumerate(["orange", "yellow", "orange", "yellow", "orange", "yellow"]):
        planner.note(a_version("a", grade, n + 1, "update"), T0 + 60 * n)
        planner.due(T0 + 60 * n)
    planner.note(a_version("a", "red", 7, "upgrade"), T0 + 600)
    assert {one.key for one in planner.due(T0 + 600)} == {"a/7/chat/anna", "a/7/sms/anna"}


def test_beyond_the_budget_a_digest_says_the_rest_and_red_goes_out_all_the_same() -> None:
    planner = a_planner(STREET, PEOPLE.replace(", {channel: sms, at_least: orange}", ""))
    sent = []
    for n in range(40):
        planner.note(a_version(f"o{n:02}", "orange"), T0 + n)
        sent += planner.due(T0 + n)
    assert len(sent) == 16
    planner.note(a_version("r", "red"), T0 + 50)
    assert [one.key for one in planner.due(T0 + 50)] == ["r/1/chat/anna"]
    (digest,) = planner.due(T0 + 16 + 60)
    assert (digest.what, len(digest.alerts)) == ("digest", 24)
    planner.note(a_version("o99", "orange"), T0 + 100)
    assert planner.due(T0 + 100) == []
    assert [one.what for one in planner.due(T0 + 76 + 900)] == ["alert"]


def test_exercises_leave_half_of_the_budget_to_what_is_real() -> None:
    planner = a_planner(STREET, PEOPLE.replace(", {channel: sms, at_least: orange}", ""))
    sent = []
    for n in range(40):
        planner.note(a_version(f"x{n:02}", "orange", exercise=True), T0 + n)
        planner.note(a_version(f"o{n:02}", "orange"), T0 + n)
        sent += planner.due(T0 + n)
    assert [one.exercise for one in sent].count(True) == 4
    assert len(sent) == 16


def test_a_digest_of_real_alerts_goes_before_one_of_exercises() -> None:
    planner = a_planner(STREET, PEOPLE.replace(", {channel: sms, at_least: orange}", ""))
    for n in range(40):
        planner.note(a_version(f"x{n:02}", "orange", exercise=n % 2 == 0), T0)
    planner.due(T0)
    first, second = planner.due(T0 + 60), planner.due(T0 + 60 + 900)
    assert [(one.what, one.exercise) for one in first + second] == [("digest", False), ("digest", True)]


def test_a_digest_comes_over_the_best_channel_only_and_tells_of_each_alert_once() -> None:
    planner = a_planner()
    for n in range(20):
        planner.note(a_version(f"o{n:02}", "orange"), T0)
    assert len(planner.due(T0)) == 16
    (digest,) = planner.due(T0 + 60)
    assert digest.recipient.channel == "chat"
    assert [alert.id for alert in digest.alerts] == [f"o{n:02}" for n in range(8, 20)]
    assert planner.due(T0 + 3600) == []


def test_somebody_the_file_no_longer_has_is_replaced_by_who_is_on_duty_now() -> None:
    planner = a_planner()
    planner.note(a_version("a", "blue"), T0)
    assert planner.due(T0) == []
    other = a_planner(STREET.replace("anna", "bert"), PEOPLE.replace("anna:", "zoe:"))
    other.restore(planner.state())
    other.reconsider(T0 + 1)
    assert other.due(T0 + 1) == []
    assert said(other.due(T0 + 31)) == [("alert", "bert", "chat")]


def test_what_was_planned_by_a_clock_that_was_ahead_keeps_nobody_waiting_until_then() -> None:
    planner = a_planner()
    planner.note(a_version("told", "blue"), T0 + 24 * HOUR)
    assert planner.due(T0 + 24 * HOUR) == []
    assert said(planner.due(T0 + 24 * HOUR + 30)) == [("alert", "anna", "chat")]
    planner.note(a_version("waits", "blue"), T0 + 24 * HOUR + 31)
    planner.due(T0 + 24 * HOUR + 31)
    other = a_planner()
    other.restore(planner.state())
    other.reconsider(T0)
    other.note(a_version("new", "yellow"), T0)
    messages = other.due(T0) + other.due(T0 + 300)
    assert [alert.id for one in messages for alert in one.alerts] == ["new", "waits"]


def test_a_version_that_is_not_newer_changes_nothing() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange", 2), T0)
    planner.due(T0)
    planner.note(a_version("a", "red", 1), T0 + 1)
    planner.note(a_version("a", "red", 2), T0 + 1)
    assert planner.due(T0 + 1) == []


def test_what_is_over_is_forgotten_after_a_day() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    planner.note(a_version("a", "orange", 2, "closed"), T0 + 60)
    planner.due(T0 + 60)
    assert any(name.startswith("alert/") for name in planner.state())
    planner.due(T0 + 25 * HOUR)
    assert not any(name.startswith("alert/") for name in planner.state())
    assert "alert/a" in planner.dirty()


def test_a_candidate_is_told_to_who_confirms_and_to_the_others_once_it_is_confirmed() -> None:
    planner = a_planner(STREET + "confirm: [desk]")
    planner.note(a_version("a", "red", state="candidate"), T0)
    assert said(planner.due(T0)) == [("alert", "desk", "chat")]
    assert reasons(planner) == [("a", 1, "CANDIDATE")]
    planner.note(a_version("a", "red", 2, "confirmed"), T0 + 60)
    assert said(planner.due(T0 + 60)) == [("alert", "anna", "chat"), ("alert", "anna", "sms")]


def test_a_candidate_nobody_has_to_confirm_waits_in_silence() -> None:
    planner = a_planner()
    planner.note(a_version("a", "red", state="candidate"), T0)
    assert planner.due(T0) == []
    planner.note(a_version("a", "red", 2, "closed", state="expired"), T0 + 60)
    assert planner.due(T0 + 60) == []
    assert reasons(planner) == [("a", 1, "CANDIDATE"), ("a", 2, "OVER_BEFORE_SENT")]


def test_a_reminder_goes_to_those_on_duty_every_ten_minutes_at_most() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    planner.note(a_version("a", "orange", 2, "reminded"), T0 + 60)
    assert planner.due(T0 + 60) == []
    assert planner.next_due == T0 + 600
    assert said(planner.due(T0 + 600)) == [("reminder", "anna", "chat"), ("reminder", "anna", "sms")]


def test_what_people_dealt_with_is_told_once_and_not_again_when_it_closes() -> None:
    planner = a_planner()
    planner.note(a_version("a", "orange"), T0)
    planner.due(T0)
    planner.note(a_version("a", "orange", 2, "resolved", state="resolved", signed_by="x"), T0 + 60)
    assert [one.what for one in planner.due(T0 + 60)] == ["resolved", "resolved"]
    planner.note(a_version("a", "orange", 3, "closed", state="closed", signed_by="x"), T0 + 120)
    assert planner.due(T0 + 120) == []
    planner.note(a_version("a", "orange", 4, "reopened"), T0 + 180)
    assert [one.what for one in planner.due(T0 + 180)] == ["alert", "alert"]

"""What rules said and what became of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.alert import Alert, FindingRef, Grade, RuleRef, Text
from streams import topics
from streams.board.ledger import DAY_S, Ledger
from streams.codec import COMMAND, origin
from streams.tail import Heard
from tests.builders import T0, an_alert
from tests.lives import HOUR, MINUTE, Life, at
from tests.streams.board.heard import an_alert_heard, heard

UNTIL = T0 + 30 * DAY_S


def raised(id_: str, t: float, **over: Any) -> Life:
    return Life(id_, raised_at=at(t), **over).issue(t, graded_at=at(t), sign_by=at(t + HOUR))


def versions(life: Life) -> list[Heard]:
    return [an_alert_heard(one.alert, (one.at - at(0)).total_seconds()) for one in life.versions]


def a_life() -> Life:
    """Signed after 5 minutes, somebody there after 20, true after 40, once red."""
    life = raised("a1", HOUR)
    life.command(HOUR + 5 * MINUTE, "sign")
    life.command(HOUR + 20 * MINUTE, "arrive")
    life.command(HOUR + 40 * MINUTE, "true")
    life.issue(HOUR + 50 * MINUTE, "upgrade", grade="red", sign_by=at(2 * HOUR), graded_at=at(HOUR + 50 * MINUTE))
    return life


@given(st.permutations(versions(a_life())))
def test_an_alert_counts_once_by_its_highest_grade_in_whatever_order_it_is_heard(records: list[Heard]) -> None:
    ledger = Ledger()
    ledger.take(records)
    record = ledger.records(T0, UNTIL, restricted=False)["gas-leak"]
    assert record.alerts == {Grade.RED: 1}


def test_what_cannot_be_read_is_passed_over_and_what_comes_with_it_counts() -> None:
    alert, *_ = versions(a_life())
    deep = b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    bad = [alert._replace(value=deep), alert._replace(headers=(("src", b"no offset"),)), alert._replace(value=b"\xff")]
    ledger = Ledger()
    ledger.take([*bad, alert])
    assert ledger.records(T0, UNTIL, restricted=False)["gas-leak"].alerts == {Grade.ORANGE: 1}


@pytest.mark.parametrize("value", [b"{", b'{"id": "\xff"}', b'{"other": ' + b"[" * 60_000])
def test_what_cannot_be_read_is_passed_over_and_hides_nothing_beside_it(value: bytes) -> None:
    strange = Heard(topics.FINDINGS, 0, 7, int(T0 * 1_000), b"x", value, ())
    ledger = Ledger()
    ledger.take([strange, *versions(a_life())])
    assert ledger.records(T0, UNTIL, restricted=False)["gas-leak"].alerts == {Grade.RED: 1}


def test_lead_is_until_somebody_is_there_or_has_found_it_true() -> None:
    life, judged = raised("a1", HOUR), raised("a2", HOUR)
    life.command(HOUR + 5 * MINUTE, "sign")
    life.command(HOUR + 20 * MINUTE, "arrive")
    life.command(HOUR + 40 * MINUTE, "true")
    judged.command(HOUR + 10 * MINUTE, "true")
    ledger = Ledger()
    ledger.take(versions(life) + versions(judged))
    record = ledger.records(T0, UNTIL, restricted=False)["gas-leak"]
    assert record.lead_s == (10 * MINUTE, 20 * MINUTE)
    assert (record.true, record.false) == (2, 0)


def test_a_false_alarm_leads_nobody() -> None:
    life = raised("a1", HOUR)
    life.command(HOUR + 10 * MINUTE, "false")
    ledger = Ledger()
    ledger.take(versions(life))
    record = ledger.records(T0, UNTIL, restricted=False)["gas-leak"]
    assert (record.true, record.false, record.lead_s) == (0, 1, ())


def test_what_is_withdrawn_of_an_exercise_or_out_of_the_span_does_not_count() -> None:
    gone, drill, old = (
        raised("gone", HOUR).issue(2 * HOUR, "withdrawn"),
        raised("drill", HOUR, exercise=True),
        raised("old", 0.0),
    )
    ledger = Ledger()
    ledger.take(versions(gone) + versions(drill) + versions(old))
    assert ledger.records(T0 + MINUTE, UNTIL, restricted=False) == {}


def test_an_alert_counts_for_every_rule_that_had_a_part_in_it() -> None:
    def part(rule: str) -> FindingRef:
        ref = RuleRef(id=rule, number=1, version=1, book="b")
        return FindingRef(id=rule, rule=ref, kind="odor", grade=Grade.BLUE, status="open", title=Text(), events=1)

    ledger = Ledger()
    ledger.take([an_alert_heard(an_alert(findings=(part("odour"), part("same-spot"))), 0)])
    assert set(ledger.records(T0 - 1, UNTIL, restricted=False)) == {"odour", "same-spot"}


def test_findings_count_for_the_rule_that_said_them_and_those_on_trial_too() -> None:
    trial = an_alert("t", rule=RuleRef(id="spread", number=28, version=1, book="b", status="shadow"))
    ledger = Ledger()
    ledger.take([
        heard(topics.FINDINGS, an_alert("f", "blue")),
        heard(topics.FINDINGS, {"what": "a command"}, headers=origin("commands/0", 3, COMMAND)),
        heard(topics.SHADOW, trial),
    ])  # fmt: skip
    records = ledger.records(T0 - 1, UNTIL, restricted=False)
    assert {rule: record.findings for rule, record in records.items()} == {"gas-leak": 1, "spread": 1}
    assert ledger.findings_by_grade(frozenset({"spread"}), T0 - 1, UNTIL) == {Grade.ORANGE: 1}


def test_what_only_the_duty_desk_may_see_counts_for_it_only() -> None:
    secret: Alert = an_alert(restricted=True)
    ledger = Ledger()
    ledger.take([an_alert_heard(secret, 0)])
    assert ledger.records(T0 - 1, UNTIL, restricted=False) == {}
    assert ledger.records(T0 - 1, UNTIL, restricted=True)["gas-leak"].alerts == {Grade.ORANGE: 1}


def test_what_is_older_than_a_month_is_forgotten() -> None:
    ledger = Ledger()
    old = an_alert("old", raised_at=at(0) - timedelta(days=40))
    ledger.take([an_alert_heard(old, 0), *(an_alert_heard(an_alert(f"a{n}"), 0) for n in range(20_001))])
    assert ledger.records(T0 - 50 * DAY_S, T0 - 35 * DAY_S, restricted=False) == {}


def test_a_record_that_cannot_be_read_is_passed_over() -> None:
    ledger = Ledger()
    ledger.take([heard(topics.ALERTS, an_alert("a1"))._replace(value=b"[]"), heard(topics.ALERTS, an_alert("a2"))])
    assert sum(record.alerts.total() for record in ledger.records(0, 1e12, restricted=True).values()) == 1

"""Who may ask what, what every command is answered, and what goes on when two alerts become one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from rules.alert import FindingRef, Grade, Text
from rules.charge import REMEMBERED
from rules.command import ACTIONS, Command
from rules.duty import Duty
from rules.refusals import refusal
from rules.roles import MAY, ROLES, Account, People, authorise
from tests.builders import T0, the_book
from tests.rules.asked import HOUR, MIN, a_duty, a_leak, ask, done, held, said


def test_a_signature_the_missed_clocks_and_a_verdict_go_on_under_another_id() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    duty.advance(T0 + 30 * MIN)
    done(duty, "sign", 31 * MIN)
    done(duty, "true", 32 * MIN)
    duty.move("leak", "merged")
    (merged,) = duty.note([a_leak(alert="merged")])
    handling = held(merged)
    assert (merged.revision.version, handling.signed_by, handling.missed, handling.verdict) == (1, "desk", 1, "true")
    (gone,) = duty.note([a_leak("orange", "withdrawn", 2)])
    assert (gone.revision.version, gone.status, held(gone).moved_to) == (5, "withdrawn", "merged")
    assert ask(duty, "arrive", 33 * MIN) == "MOVED"
    assert said(duty).zh == "已并入预警 merged"
    assert held(done(duty, "arrive", 33 * MIN, alert="merged")).state == "on_site"


def test_of_two_that_become_one_the_further_life_goes_on() -> None:
    for first, second in (("leak", "other"), ("other", "leak")):
        duty = a_duty()
        duty.note([a_leak(), a_leak(alert="other")])
        done(duty, "sign")
        duty.move(first, second)
        (one,) = duty.note([a_leak("orange", "update", 2, alert=second)])
        assert held(one).signed_by == "desk"
        assert one.revision.version == (3 if second == "leak" else 2)
        again = Duty(the_book(), "test")
        again.restore({k: v for k, v in duty.dirty().items() if v is not None}, duty.clock)
        assert again.standing(second) == one


def test_merging_splitting_and_silencing_are_only_allowed_or_refused() -> None:
    finding = FindingRef(
        id="f", rule=a_leak().rule, kind="gas_leak", grade=Grade.BLUE, status="open", title=Text(), events=1
    )
    duty = a_duty()
    duty.note([a_leak(findings=(finding,)), a_leak(alert="other")])
    assert ask(duty, "merge", other="other") == []
    assert ask(duty, "merge", other="leak") == "ALREADY"
    assert said(duty) == Text("与它自身无从合并", "an alert cannot be one with itself")
    assert ask(duty, "merge", other="elsewhere") == "UNKNOWN"
    assert ask(duty, "merge") == "INCOMPLETE"
    assert said(duty).en == "it does not say which alert it is one with (other)"
    assert ask(duty, "split", finding="f") == []
    assert ask(duty, "split", finding="g") == "UNKNOWN"
    assert said(duty) == Text("没有 g，它的发现为：f", "it has no finding g, its findings are f")
    assert ask(duty, "silence", alert="s1", until=datetime.fromtimestamp(T0, UTC)) == []
    ask(duty, "close", why="x", alert="other")
    assert ask(duty, "merge", 1.0, other="other") == "OVER"


def test_every_command_is_answered_once_with_who_and_when() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    ask(duty, "sign", 5 * MIN, "one")
    ask(duty, "sign", 5 * MIN, "another")
    ask(duty, "sign", alert="nothing")
    answers = duty.answers()
    assert [(one.reason, one.state, one.version) for one in answers] == [
        ("", "signed", 2),
        ("SIGNED", "signed", 2),
        ("UNKNOWN", "", 0),
    ]
    assert answers[1].says.zh == "one 2026-01-01 00:05 UTC已签收"
    assert duty.answers() == []


def test_every_refusal_has_words_in_both_languages() -> None:
    duty = a_duty()
    (alert,) = duty.note([a_leak()])
    for action in ACTIONS:
        command = Command(id=action, action=action, alert="leak", by="x", at=alert.last_at)  # type: ignore[arg-type]
        if refusal(alert, command) is not None:
            duty.obey(command)
    told = duty.answers()
    assert len(told) >= 8
    assert [one for one in told if not one.says.zh or not one.says.en or "{" in one.says.zh + one.says.en] == []


def test_a_role_may_do_what_the_table_says_where_the_account_is_responsible() -> None:
    people = People(
        people={
            "chief": Account(roles=("commander",)),
            "desk": Account(roles=("duty",), areas=("st1",)),
            "elsewhere": Account(roles=("duty",), areas=("st2",)),
            "guest": Account(roles=("viewer",)),
            "both": Account(roles=("viewer", "duty"), areas=("test",)),
        }
    )
    alert, at = a_leak(), a_leak().last_at

    def why(by: str, action: Any, role: str = "") -> str | None:
        command = Command(id="1", action=action, alert="leak", by=by, role=role, at=at)
        return authorise(command, people, alert, "test")

    assert [why(by, "sign") for by in ("chief", "desk", "both")] == [None, None, None]
    assert (why("elsewhere", "sign"), why("guest", "sign"), why("nobody", "sign")) == ("AREA", "ROLE", "NOBODY")
    assert (why("desk", "downgrade"), why("chief", "downgrade"), why("both", "sign", "viewer")) == (
        "ROLE",
        None,
        "ROLE",
    )
    assert authorise(Command(id="1", action="close", alert="x", by="anybody", at=at), None, alert) is None
    duty = a_duty(people=people)
    duty.note([alert])
    assert ask(duty, "sign", by="guest") == "ROLE"
    assert said(duty).zh == "guest 的角色不能做此操作"
    assert set(MAY) == set(ROLES)
    assert all(MAY[role] <= set(ACTIONS) for role in ROLES)


def test_what_was_said_at_a_time_that_is_yet_to_come_is_refused_and_told_twice_it_is_refused_twice() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    command = Command(id="1", action="sign", alert="leak", by="x", at=datetime.fromtimestamp(T0 + HOUR, UTC))
    assert duty.obey(command, T0) == "FUTURE"
    assert duty.obey(command, T0 + HOUR) == "FUTURE"
    assert len(duty.obey(msgspec.structs.replace(command, id="2"), T0 + HOUR)) == 1


def test_the_more_of_the_missed_clocks_goes_on_with_two_that_become_one() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    duty.advance(T0 + 30 * MIN)
    duty.note([a_leak(alert="other", graded_at=datetime.fromtimestamp(T0 + 30 * MIN, UTC))])
    done(duty, "sign", 31 * MIN, alert="other")
    duty.move("leak", "other")
    (one,) = duty.note([a_leak("orange", "update", 2, alert="other")])
    assert (held(one).missed, held(one).level, held(one).signed_by) == (1, "street", "desk")


def test_commands_of_one_alert_are_remembered_within_bounds() -> None:
    duty = a_duty()
    duty.note([a_leak()])
    for n in range(REMEMBERED + 10):
        done(duty, "note", float(n), why="a remark")
    assert len(duty._charges["leak"].commands) == REMEMBERED

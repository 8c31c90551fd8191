"""The history of an alert: what became of commands, what is missing, who decided; and how it is printed."""

from __future__ import annotations

import io
import random
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from rules.alert import FindingRef, Grade, Revision, RuleRef, Text
from rules.command import ACTIONS, Command
from rules.life import Step
from streams.audit import AuditEntry
from streams.course import Version
from streams.dossier.compose import compose, spans
from streams.dossier.history import Given, History, Told
from streams.dossier.material import Material
from streams.dossier.show import Dossier
from streams.dossier.words import length
from streams.language import Voice
from tests.builders import an_alert, the_book
from tests.lives import HOUR, MINUTE, Life, at

NOW = at(5 * HOUR)


def a_material(life: Life, **over: object) -> Material:
    material = Material(life.id, versions=list(life.versions), commands=list(life.commands))
    for name, value in over.items():
        setattr(material, name, value)
    return material


def told(life: Life, **over: object) -> History:
    return compose(a_material(life, **over), the_book(), NOW)


def answers(history: History) -> list[tuple[str, str, str, str, int]]:
    return [(one.action, one.by, one.answer, one.reason, one.version) for one in history.commands]


def printed(history: History, lang: str = "zh") -> str:
    out = io.StringIO()
    Dossier(history, Voice(lang)).show(Console(file=out, width=160, highlight=False))  # type: ignore[arg-type]
    return out.getvalue()


def a_whole_life() -> Life:
    """Raised, signed by one of two, upgraded, reminded, escalated, signed, a false alarm, true after all, closed."""
    life = Life().issue(0)
    life.command(5 * MINUTE, "sign", "李", why="已派员")
    life.command(6 * MINUTE, "sign", "李")
    life.command(7 * MINUTE, "sign", "王")
    life.issue(8 * MINUTE, "upgrade", grade="red", events=3, reporters=3)
    life.command(9 * MINUTE, "sign", "王", grade=Grade.ORANGE)
    life.pass_time(50 * MINUTE)
    life.command(55 * MINUTE, "sign", "王", grade=Grade.RED)
    life.command(60 * MINUTE, "false", "赵")
    life.command(61 * MINUTE, "false", "赵")
    life.command(70 * MINUTE, "true", "赵")
    life.command(75 * MINUTE, "close", "王", why="已修复")
    life.command(4 * HOUR, "sign", "孙")
    return life


def test_what_became_of_every_command_is_told() -> None:
    assert answers(told(a_whole_life())) == [
        ("sign", "李", "obeyed", "", 2),
        ("sign", "李", "repeated", "", 0),
        ("sign", "王", "refused", "SIGNED", 0),
        ("sign", "王", "refused", "RAISED", 0),
        ("sign", "王", "obeyed", "", 6),
        ("false", "赵", "obeyed", "", 7),
        ("false", "赵", "repeated", "", 0),
        ("true", "赵", "obeyed", "", 8),
        ("close", "王", "obeyed", "", 9),
        ("sign", "孙", "refused", "OVER", 0),
    ]


DEEDS = [*get_args(Step), "update", "upgraded", "closed"]


@st.composite
def commanded(draw: st.DrawFn) -> tuple[Life, list[str]]:
    """A life, and what the duty itself said to each command."""
    life, t, said = Life().issue(0), 0.0, []
    for deed in draw(st.lists(st.sampled_from(DEEDS), max_size=12)):
        t += draw(st.floats(60.0, 2 * HOUR))
        if deed not in ACTIONS:
            change, over = ("upgrade", {"grade": "red"}) if deed == "upgraded" else (deed, {})
            life.issue(t, change, **over)
            continue
        grade = draw(st.sampled_from([None, Grade.ORANGE, Grade.RED]))
        why, to = draw(st.sampled_from(["", "w"])), draw(st.sampled_from(["", "x"]))
        done = life.command(t, deed, draw(st.sampled_from("ab")), grade=grade, why=why, to=to)  # type: ignore[arg-type]
        said.append(f"refused {done}" if isinstance(done, str) else "obeyed" if done else "repeated")
    return life, said


@given(commanded())
def test_what_is_told_of_a_command_is_what_the_duty_said(pair: tuple[Life, list[str]]) -> None:
    life, said = pair
    found = [f"{one.answer} {one.reason}".strip() for one in told(life).commands]
    assert found == said


@given(commanded())
def test_what_its_answer_says_goes_before_what_versions_tell(pair: tuple[Life, list[str]]) -> None:
    life, said = pair
    answers = {one.command.id: one for one in life.answers}
    history = told(life, answers=answers)
    assert [f"{one.answer} {one.reason}".strip() for one in history.commands] == said
    assert [one.says for one in history.commands] == [one.says for one in life.answers]


@given(st.randoms(use_true_random=False))
def test_the_order_records_are_found_in_does_not_matter(chance: random.Random) -> None:
    life = a_whole_life()
    material = a_material(life)
    for records in (material.versions, material.commands):
        chance.shuffle(records)  # type: ignore[arg-type]
    material.versions.append(material.versions[0])
    material.commands.append(material.commands[0])
    assert compose(material, the_book(), NOW) == told(life)


def test_versions_past_retention_are_named_and_what_stands_is_told_all_the_same() -> None:
    life = a_whole_life()
    history = told(life, versions=[], current=life.versions[-1])
    assert history.missing == tuple(range(1, 9))
    assert "versions 1–8 are not on record" in history.notes[0].en
    assert "缺少第1–8版" in printed(history)
    assert [one.answer for one in history.commands[:2]] == ["unconfirmed", "unconfirmed"]


def test_what_stands_is_not_counted_twice() -> None:
    life = a_whole_life()
    assert told(life, current=life.versions[-1]) == told(life)


def test_a_record_that_is_no_command_is_told_as_refused() -> None:
    history = told(Life().issue(0), commands=[(at(1), b"a1", b"{}"), (at(2), b"x", _a_command("a1"))])
    assert [(one.answer, one.reason.partition(" ")[0]) for one in history.commands] == [
        ("refused", "SCHEMA"),
        ("refused", "KEY"),
    ]


def test_a_command_about_another_alert_that_names_this_one_is_not_judged_by_its_versions() -> None:
    history = told(Life().issue(0), commands=[(at(2), b"other", _a_command("other", why="并入 a1"))])
    (one,) = history.commands
    assert (one.alert, one.answer) == ("other", "unconfirmed")


def _a_command(alert: str, **over: object) -> bytes:
    return msgspec.json.encode(Command(id="c", action="sign", alert=alert, by="b", at=at(1), **over))  # type: ignore[arg-type]


def test_every_grade_names_the_rule_the_book_and_the_detector_that_decided() -> None:
    surge = RuleRef(id="hotline-surge", number=5, version=2, book="other")
    life = Life(rule=surge).issue(0).issue(60, "update").issue(120, "upgrade", grade="red")
    life.issue(180, "update", rule=RuleRef(id="gone", number=99, version=1, book="b"))
    found = told(life).decisions
    assert [(one.version, one.grade, one.rule.id, one.detector, one.same_book) for one in found] == [
        (1, "orange", "hotline-surge", "surge", False),
        (3, "red", "hotline-surge", "surge", False),
        (4, "red", "gone", None, False),
    ]
    gas = RuleRef(id="gas-leak", number=7, version=1, book=the_book().digest)
    (one,) = told(Life(rule=gas).issue(0)).decisions
    assert (one.detector, one.same_book) == ("", True)


def test_findings_and_the_alerts_it_became_part_of_are_told() -> None:
    rule, text = RuleRef(id="gas-leak", number=7, version=1, book="b"), Text("燃气泄漏｜c1", "Gas leak | c1")
    finding = FindingRef(id="f1", rule=rule, kind="gas_leak", grade=Grade.RED, status="open", title=text, events=5)
    life = Life(findings=(finding,)).issue(0)
    others = {
        "whole": an_alert("whole", findings=(msgspec.structs.replace(finding, id="a1"),)),
        "stranger": an_alert("stranger"),
        "f1": an_alert("f1", change="withdrawn"),
    }
    history = told(life, others=others)
    assert [one.id for one in history.findings] == ["f1"]
    assert [(one.id, one.status) for one in history.related] == [("f1", "withdrawn"), ("whole", "open")]


def test_what_an_alert_became_part_of_is_told() -> None:
    life = Life().issue(0)
    handling = life.last.revision.handling
    assert handling is not None
    revision = Revision(version=2, change="withdrawn", handling=msgspec.structs.replace(handling, moved_to="whole"))
    gone = msgspec.structs.replace(life.last, status="withdrawn", revision=revision)
    life.versions.append(Version(gone, at(60)))
    assert "并入 whole" in printed(told(life))
    assert "became part of whole" in printed(told(life), "en")


def test_messages_and_the_audit_trail_stand_in_their_place() -> None:
    deliveries = [
        Told(key="k", alert="a1", version=1, channel="wecom", recipient="zhang", attempt=2, outcome="SENT", at=at(90)),
        Told(
            key="k", alert="a1", version=1, channel="wecom", recipient="zhang", attempt=1, outcome="RETRY", at=at(60),
            reason="TIMEOUT", took_ms=10_000.0, again=True, digest=("a1/1", "a2/1"),
        ),
    ]  # fmt: skip
    seen = [AuditEntry(at=at(70), by="ops", action="reveal", subject="a1", why="核对", outcome="allowed")]
    text = printed(told(Life().issue(0), deliveries=deliveries, seen=seen), "en")
    places = [text.index(what) for what in ("v1 new", "TIMEOUT", "“核对”", "attempt 2")]
    assert places == sorted(places)
    for what in ("failed, to be tried again", "10,000 ms", "may be a repetition", "in a digest of 2", "audit reveal"):
        assert what in text


def test_a_digest_is_told_with_the_version_of_this_alert_it_lists() -> None:
    one = Told(
        key="digest/mail/li/1",
        alert="b",
        version=5,
        channel="mail",
        recipient="li",
        attempt=1,
        outcome="SENT",
        at=at(60),
    )
    listed = msgspec.structs.replace(one, digest=("b/5", "a1/2"))
    (delivery,) = told(Life().issue(0), deliveries=[listed]).deliveries
    assert (delivery.alert, delivery.version, delivery.digest) == ("a1", 2, ("b/5", "a1/2"))


@pytest.mark.parametrize(("lang", "words"), [
    ("zh", ("经过", "签收", "未受理（李 2026-01-01 00:05 UTC已签收）", "提级1次", "用时5分", "规则计数")),
    ("en", ("What became of it", "signed by 李", "refused (it was raised to red", "went up 1 ×", "took 5 min")),
])  # fmt: skip
def test_a_life_is_readable_in_both_languages(lang: str, words: tuple[str, ...]) -> None:
    text = printed(told(a_whole_life()), lang)
    print(text)
    for word in words:
        assert word in text


def test_nothing_anybody_wrote_steers_the_terminal() -> None:
    life = Life(title=Text("[red]x", "[red]x")).issue(0)
    life.command(60, "sign", "[bold]\x1b[31mred", why="\x1b]0;t\x07 [blink]")
    text = printed(told(life, deliveries=[
        Told(key="k", alert="a1", version=1, channel="\x1b[2J", recipient="[/]", attempt=1, outcome="[x]", at=at(9)),
    ]))  # fmt: skip
    assert "\x1b" not in text
    assert "[bold]" in text
    assert "[/]" in text


def test_its_json_can_be_read_back() -> None:
    history = told(a_whole_life())
    assert msgspec.json.decode(msgspec.json.encode(history), type=History) == history
    assert isinstance(history.commands[0], Given)


@pytest.mark.parametrize(
    ("seconds", "zh", "en"),
    [(0, "0秒", "0 s"), (59.9, "59秒", "59 s"), (3_600, "1小时", "1 h"), (93_784, "1天2小时", "1 d 2 h")],
)
def test_lengths_are_told_to_two_units(seconds: float, zh: str, en: str) -> None:
    assert length(seconds) == Text(zh, en)


def test_runs_of_numbers_are_drawn_together() -> None:
    assert spans([1, 2, 3, 7, 9, 10]) == "1–3, 7, 9–10"

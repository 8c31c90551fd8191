"""Examples say what a rule does, and notice when it does something else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from detectors.geometry import distance_m
from rules.alert import Grade
from rules.book import Book
from rules.examples import events_of, example_faults, run_example, verdicts
from rules.rule import Example, Rule
from rules.selector import seconds
from tests.builders import the_book

RULES = [rule for rule in the_book().rules if rule.signal is None]
BECAUSE = {"zh": "因", "en": "because"}


def a_rule(**over: Any) -> Rule:
    base: dict[str, Any] = {
        "id": "noise-again",
        "number": 1,
        "name": {"zh": "噪声", "en": "Noise again"},
        "kinds": ["noise"],
        "per": "street",
        "fires": [{"count": {"at_least": 2, "within": "1d"}}],
        "grade": "yellow",
        "why": {"zh": "{n}人", "en": "{n} people"},
    }
    return msgspec.convert({**base, **over}, Rule)


def a_book(*rules: Rule) -> Book:
    return Book(rules=rules, digest="d")


def an_example(*events: dict[str, Any], **over: Any) -> dict[str, Any]:
    return {"name": "it", "events": list(events), **over}


def faults(rule: Rule, *others: Rule) -> list[str]:
    return [message for _, message in example_faults(rule, a_book(rule, *others))]


def shown(speaks: dict[str, Any] | None, keeps: dict[str, Any] | None = None, **over: Any) -> Rule:
    """A rule with these examples, and one that comes out as it says in place of the one not given."""
    examples = {"fires": [speaks or an_example({}, {})], "silent": [keeps or an_example({})]}
    return a_rule(examples=examples, **over)


def test_examples_that_come_out_as_they_say_are_no_faults() -> None:
    assert faults(shown(an_example({}, {"at": "1h"}, grade="yellow"))) == []


def test_an_example_that_does_not_fire_says_so() -> None:
    assert faults(shown(an_example({}))) == ["example 'it' does not fire"]


def test_an_example_that_fires_at_another_grade_says_at_which() -> None:
    (fault,) = faults(shown(an_example({}, {}, grade="orange")))
    assert fault == "example 'it' fires at yellow, the example says orange"


def test_a_silent_example_that_fires_says_what_was_said() -> None:
    assert faults(shown(None, an_example({}, {}))) == ["example 'it' is not silent: 2 people (yellow)"]


def test_the_highest_of_several_alerts_is_the_grade_of_an_example() -> None:
    higher = [{"to": "red", "when": {"number": {"people": 5}}, "because": BECAUSE}]
    events = [{"where": "x/a/A"}, {"where": "x/a/A"}, {"where": "y/a/A", "people": 5}, {"where": "y/a/A"}]
    assert faults(shown(an_example(*events, grade="red"), raises=higher)) == []


def test_an_example_of_a_draft_is_run_too_and_none_is_missed() -> None:
    assert faults(a_rule(status="draft")) == []
    assert faults(shown(an_example({}), status="draft")) == ["example 'it' does not fire"]


@pytest.mark.parametrize("status", ["active", "shadow"])
def test_a_rule_that_runs_needs_one_of_each(status: str) -> None:
    missing = [f"missing example: give at least one in `{name}`" for name in ("fires", "silent")]
    assert faults(a_rule(status=status)) == missing


def test_a_rule_of_signals_needs_no_examples_and_can_have_none() -> None:
    signal = {"fires": [], "grade": None, "signal": "surge", "tail": {"blue": 0.01}}
    assert faults(a_rule(**signal)) == []
    (fault,) = faults(a_rule(**signal, examples={"fires": [an_example({})]}))
    assert "no example can show that" in fault


def test_an_example_of_a_modifier_is_about_the_alerts_of_others() -> None:
    raising = [{"by": 1, "when": {"sources": 2}, "because": BECAUSE}]
    both = an_example({"kind": "noise"}, {"kind": "noise", "source": "grid"}, grade="orange")
    one = an_example({"kind": "noise"}, {"kind": "noise"})
    bare = {"fires": [], "grade": None, "kinds": [], "raises": raising, "id": "both", "modifies": ["noise-again"]}
    modifier = a_rule(**bare, examples={"fires": [both], "silent": [one]})
    assert faults(modifier, a_rule()) == []
    assert faults(a_rule(**bare, examples={"fires": [one], "silent": [both]}), a_rule()) == [
        "example 'it' does not fire",
        "example 'it' is not silent: 2 people (orange)",
    ]
    elsewhere = a_rule(**{**bare, "modifies": ["other"]}, examples={"fires": [both], "silent": [one]})
    assert faults(elsewhere, a_rule()) == ["example 'it' does not fire"]


def test_modifiers_of_the_book_work_in_the_examples_of_other_rules() -> None:
    raising = [{"by": 1, "when": {"holiday": True}, "because": BECAUSE}]
    modifier = a_rule(fires=[], grade=None, kinds=[], raises=raising, id="holiday", modifies=["all"])
    rule = shown(an_example({}, {}, start="2025-10-01T09:00", grade="orange"))
    assert faults(rule, modifier) == []
    assert faults(rule) == ["example 'it' fires at yellow, the example says orange"]


def test_a_chain_works_in_an_example() -> None:
    chained = a_rule(id="dust-again", kinds=["dust"])
    raises = [{"to": "red", "when": {"fired": {"rule": "dust-again", "within": "7d"}}, "because": BECAUSE}]
    dust = [{"kind": "dust"}, {"kind": "dust", "at": "1h"}]
    rule = shown(an_example(*dust, {"at": "2d"}, {"at": "2d"}, grade="red"), raises=raises)
    assert faults(rule, chained) == []


def test_what_is_declared_holds_all_the_time() -> None:
    fires = [{"count": {"at_least": 1}, "context": {"weather": ["rainstorm"], "mode": "emergency", "event": ["fair"]}}]
    storm = {"weather": ["rainstorm_red"], "mode": "emergency", "event": ["fair", "match"]}
    other = {"weather": ["rainstorm_red"], "mode": "emergency", "event": ["match"]}
    assert faults(shown(an_example({}, context=storm), an_example({}, context=other), fires=fires)) == []


def test_waiting_is_part_of_an_example() -> None:
    fires = [{"then_not": {"match": {"status": "closed"}, "within": "2h"}}]
    assert faults(shown(an_example({}, then="2h"), an_example({}, then="119min"), fires=fires)) == []


def test_events_stand_where_and_when_the_example_says() -> None:
    rule = a_rule(sources=["grid", "police"])
    example = msgspec.convert(
        an_example(
            {},
            {"at": "90min", "metres": 250, "by": "甲", "source": "police", "status": "closed"},
            {"where": "B", "by": "甲"},
            {"where": "other/B"},
            {"where": "far/other/B"},
            start="2025-10-01T09:00",
        ),
        Example,
    )
    first, later, b, other, far = events_of(rule, example)
    assert first.occurred_at == datetime(2025, 10, 1, 1, tzinfo=UTC)  # local time is that of China
    assert (later.occurred_at - first.occurred_at).total_seconds() == 5400
    assert (first.source, first.kind, first.status) == ("grid", "noise", "open")
    assert (later.source, later.status, later.id) == ("police", "closed", "police:1:closed")
    assert later.reporter == b.reporter != first.reporter
    assert distance_m(first.place, later.place) == pytest.approx(250, rel=1e-6)
    assert first.place.spot == later.place.spot
    assert first.place.community == b.place.community != other.place.community
    assert first.place.street == b.place.street == other.place.street != far.place.street
    assert len({event.place.spot for event in (first, b, other, far)}) == 4
    assert distance_m(first.place, b.place) > 20_000


def changed(rule: Rule) -> Iterator[tuple[str, Rule]]:
    """Yield `rule` with one of its figures a little smaller or larger, and which."""
    tree = msgspec.to_builtins(rule)
    for holder, key, values in figures([tree.get("fires", []), tree.get("raises", [])]):
        before = holder[key]
        for value in values:
            holder[key] = value
            yield f"{key}: {before} -> {value}", msgspec.convert(tree, Rule)
        holder[key] = before
    if rule.radius_m is not None and rule.grade is not Grade.RED:  # what is red alone gets no redder by what is near
        for factor in (0.5, 2.0):
            yield f"radius_m x {factor}", msgspec.structs.replace(rule, radius_m=rule.radius_m * factor)


def figures(tree: Any) -> Iterator[tuple[dict[str, Any], str, list[Any]]]:
    """Yield every number and length of time below `tree`: where it stands, and what it may be changed to."""
    members = tree.items() if isinstance(tree, dict) else enumerate(tree)
    for key, value in list(members):
        if key in {"within", "lasting"} and seconds(value):
            yield tree, key, [f"{seconds(value) * factor:.0f}s" for factor in (0.5, 2.0)]
        elif key in {"at_least", "people", "injured", "depth_cm", "spots", "sources"} and isinstance(
            value, int | float
        ):
            yield tree, key, [n for n in (value - 1, value + 1) if n >= (2 if key in {"spots", "sources"} else 1)]
        elif isinstance(value, dict | list):
            yield from figures(value)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_shipped_examples_show_more_than_one_of_each(rule: Rule) -> None:
    assert len(rule.examples.fires) >= 2
    assert len(rule.examples.silent) >= 2
    assert all(example.grade is not None for example in rule.examples.fires)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_raise_of_a_shipped_rule_is_shown(rule: Rule) -> None:
    book = a_book(*(rule if one.id == rule.id else one for one in the_book().rules))
    own = {step.because for step in rule.raises}
    told = {
        step.because
        for example in rule.examples.fires
        for alert in run_example(rule, example, book)
        for step in alert.steps
    }
    assert own <= told


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_shipped_examples_notice_when_a_figure_is_changed(rule: Rule) -> None:
    unnoticed = []
    for what, other in changed(rule):
        book = a_book(*(other if one.id == rule.id else one for one in the_book().rules))
        if not any(verdict.fault for verdict in verdicts(other, book)):
            unnoticed.append(what)
    assert unnoticed == []

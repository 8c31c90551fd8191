"""Verdicts make rules about signals stricter or less so: within bounds, reversibly, whatever comes first."""

from __future__ import annotations

import random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from rules.alert import Text
from rules.chance import limits, why_so_strict
from rules.feedback import AS_STATED, HALF_LIFE_DAYS, LEAST, MOST, Feedback, Held, Judgement, Strictness
from rules.rule import ChanceBudget, Tail
from tests.builders import T0

DAY = 86_400.0
KEYS = ("d1|st1|noise|hour", "d1|st2|noise|hour", "d2|st9|noise|hour")
RULES = ("hotline-surge", "spread")


def a_judgement(alert: str = "a", *, holds: bool = False, at: float = 0.0, **over: Any) -> Judgement:
    base = {"rule": RULES[0], "detector": "surge", "key": KEYS[0], "since": T0 + at}
    return Judgement(alert=alert, holds=holds, at=T0 + at, **{**base, **over})


def feedback_of(*judgements: Judgement, watermark: float = float("-inf")) -> Feedback:
    feedback = Feedback()
    for one in judgements:
        feedback.take(one, watermark)
    return feedback


def times(feedback: Feedback, t: float = DAY, key: str = KEYS[0], rule_: str = RULES[0]) -> float:
    return feedback.strictness(rule_, key, T0 + t).times


def test_without_a_verdict_limits_are_as_stated() -> None:
    assert Feedback().strictness(RULES[0], KEYS[0], T0) == AS_STATED == Strictness(1.0)
    elsewhere = feedback_of(a_judgement(rule="other"), a_judgement("b", key=KEYS[2]))
    assert elsewhere.strictness(RULES[0], KEYS[0], T0 + DAY) == AS_STATED


def test_three_false_alarms_ask_for_about_four_times_and_a_verdict_in_between_for_less() -> None:
    false = [a_judgement(str(n)) for n in range(3)]
    assert times(feedback_of(*false), 1.0) == 3.8
    assert times(feedback_of(*false, a_judgement("true", holds=True)), 1.0) < 2.5
    assert feedback_of(*false).strictness(RULES[0], KEYS[0], T0 + 1.0) == Strictness(3.8, 3, 0, 3, 0)


def test_a_place_with_no_verdict_of_its_own_borrows_from_its_rule_in_the_district_only() -> None:
    feedback = feedback_of(*(a_judgement(str(n)) for n in range(3)))
    here, next_door, far = (times(feedback, 1.0, key) for key in KEYS)
    assert here > next_door > far == 1.0
    assert times(feedback, 1.0, rule_=RULES[1]) == 1.0
    assert feedback.strictness(RULES[0], KEYS[1], T0 + 1.0).rule_false == 3


def test_a_place_with_many_verdicts_goes_by_its_own() -> None:
    true_here = [a_judgement(f"t{n}", holds=True) for n in range(12)]
    false_there = [a_judgement(f"f{n}", key=KEYS[1]) for n in range(12)]
    feedback = feedback_of(*true_here, *false_there)
    assert times(feedback, 1.0, KEYS[0]) < 1.0 < times(feedback, 1.0, KEYS[1])


def test_a_verdict_weighs_half_after_its_half_life_and_nothing_in_the_end() -> None:
    feedback = feedback_of(*(a_judgement(str(n)) for n in range(6)))
    fading = [times(feedback, days * DAY) for days in (0.01, HALF_LIFE_DAYS, 3 * HALF_LIFE_DAYS, 451)]
    assert fading == sorted(fading, reverse=True)
    assert fading[1] == times(feedback_of(*(a_judgement(str(n)) for n in range(3))), 0.01)
    assert fading[-1] == 1.0


def test_a_verdict_counts_for_windows_that_end_later_than_it_and_than_what_was_seen() -> None:
    feedback = feedback_of(a_judgement(at=100.0, since=T0 + 3_600.0))
    assert [times(feedback, t) > 1.0 for t in (50.0, 200.0, 3_600.0, 3_601.0)] == [False, False, False, True]
    late = feedback_of(a_judgement(), watermark=T0 + DAY)
    assert [times(late, t) > 1.0 for t in (DAY, DAY + 1.0)] == [False, True]


def test_the_opposite_verdict_leaves_no_trace_in_later_windows_and_all_in_those_between() -> None:
    both = feedback_of(a_judgement(), a_judgement(holds=True, at=100.0))
    only = feedback_of(a_judgement(holds=True, at=100.0))
    for t in (101.0, DAY, 100 * DAY):
        assert both.strictness(RULES[0], KEYS[0], T0 + t) == only.strictness(RULES[0], KEYS[0], T0 + t)
    assert times(both, 50.0) == times(feedback_of(a_judgement()), 50.0) > 1.0
    assert both.held() == only.held() == {Held(RULES[0], "surge", "true"): 1}


def test_the_same_verdict_again_changes_nothing() -> None:
    feedback = feedback_of(a_judgement())
    feedback.dirty()
    assert feedback.take(a_judgement(at=500.0), T0 + 600.0) is None
    assert feedback.dirty() == {}


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(KEYS), st.integers(0, 400)), max_size=60), st.randoms())
def test_it_is_bounded_and_does_not_depend_on_which_alert_was_judged_first(
    said: list[tuple[bool, str, int]], rng: random.Random
) -> None:
    judgements = [a_judgement(str(n), holds=h, key=key, at=day * DAY) for n, (h, key, day) in enumerate(said)]
    shuffled = list(judgements)
    rng.shuffle(shuffled)
    one, other = feedback_of(*judgements), feedback_of(*shuffled)
    for key in KEYS:
        for day in (0.5, 90.5, 401.0, 700.0):
            found = one.strictness(RULES[0], key, T0 + day * DAY)
            assert found == other.strictness(RULES[0], key, T0 + day * DAY)
            assert LEAST <= found.times <= MOST


@given(st.lists(st.booleans(), max_size=30))
def test_one_more_false_alarm_never_loosens_and_one_more_true_one_never_tightens(said: list[bool]) -> None:
    judgements = [a_judgement(str(n), holds=holds) for n, holds in enumerate(said)]
    now = times(feedback_of(*judgements))
    assert times(feedback_of(*judgements, a_judgement("x"))) >= now
    assert times(feedback_of(*judgements, a_judgement("x", holds=True))) <= now


def test_limits_of_probability_and_of_a_budget_move_alike() -> None:
    budget = ChanceBudget(blue="20/day", yellow="3/day", orange="1/week", red="1/year")
    for tail in (Tail(blue=1e-4, red=1e-9), Tail(budget=budget)):
        stricter = limits(tail, 4.0)
        assert [grade for grade, _ in stricter] == [grade for grade, _ in limits(tail)]
        assert [limit * 4.0 for _, limit in stricter] == pytest.approx([limit for _, limit in limits(tail)])


@pytest.mark.parametrize(
    ("strictness", "said"),
    [
        (
            Strictness(3.8, 3, 0, 3, 0),
            Text(
                "此处近期误报3次、属实0次：要求的罕见程度提高到3.8倍",
                "of late 3 false and 0 true here: has to be 3.8 times as rare",
            ),
        ),
        (
            Strictness(1.8, 0, 0, 3, 1),
            Text(
                "同规则近期误报3次、属实1次：要求的罕见程度提高到1.8倍",
                "of late 3 false and 1 true of this rule: has to be 1.8 times as rare",
            ),
        ),
        (
            Strictness(0.5, 0, 9, 0, 9),
            Text(
                "此处近期误报0次、属实9次：要求的罕见程度放宽2倍",
                "of late 0 false and 9 true here: may be 2 times less rare",
            ),
        ),
    ],
)
def test_the_verdicts_behind_it_are_told(strictness: Strictness, said: Text) -> None:
    assert why_so_strict(strictness) == said


class Judged(RuleBasedStateMachine):
    """Verdicts come, are reversed and repeated, time passes; a twin is restored from the state at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.feedback, self.stored = Feedback(), dict[str, bytes]()
        self.now = T0
        self.plain: dict[str, list[Judgement]] = {}

    @rule(alert=st.sampled_from("abcdefgh"), holds=st.booleans(), key=st.sampled_from(KEYS), lag=st.integers(0, 7_200))
    def somebody_judges(self, alert: str, holds: bool, key: str, lag: int) -> None:  # noqa: FBT001
        before = self.plain.setdefault(alert, [])
        key = before[0].key if before else key
        judgement = a_judgement(alert, holds=holds, key=key, at=self.now - T0 - lag, since=self.now + lag)
        changed = self.feedback.take(judgement, self.now)
        same = bool(before) and before[-1].holds == holds
        assert same or changed is not None
        assert not same or changed is None or self.now - before[-1].at > 450 * DAY  # forgotten by then
        if changed is not None:
            assert changed >= max(judgement.at, judgement.since, self.now)
            before.append(msgspec.structs.replace(judgement, since=changed))

    @rule(days=st.integers(0, 200))
    def time_passes(self, days: int) -> None:
        self.now += days * DAY + 1.0
        self.feedback.forget(self.now)

    @invariant()
    def it_is_what_the_verdicts_in_force_make_of_it(self) -> None:
        t = self.now + 86_401.0
        last = [said[-1] for said in self.plain.values() if said and said[-1].since < t]
        expected = feedback_of(*(msgspec.structs.replace(one, since=one.at) for one in last))
        for key in KEYS:
            assert self.feedback.strictness(RULES[0], key, t) == expected.strictness(RULES[0], key, t)

    @invariant()
    def a_restart_changes_nothing(self) -> None:
        for id_, data in self.feedback.dirty().items():
            if data is None:
                del self.stored[id_]
            else:
                self.stored[id_] = data
        twin = Feedback()
        twin.restore(self.stored)
        assert twin.held() == self.feedback.held()
        for key in KEYS:
            for t in (self.now, self.now + 3_600.0, self.now + 50 * DAY):
                assert twin.strictness(RULES[0], key, t) == self.feedback.strictness(RULES[0], key, t)


Judged.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestJudged = Judged.TestCase

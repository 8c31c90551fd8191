from __future__ import annotations

import msgspec
import pytest

from rules.alert import FindingRef, Grade, GradeStep, RuleRef, Text
from rules.sentence import sentence
from streams.board.views.alert_why import interval, rule_said, why_of
from streams.board.views.picture import Shape
from streams.language import Voice
from tests.builders import a_taxonomy, an_alert, an_alert_place, the_book

ZH, EN = Voice("zh"), Voice("en")


def a_surge(**over: object) -> object:
    """Twelve in an hour on a street that has three."""
    place = an_alert_place(level="street", key="st1")
    base = {"place": place, "observed": 12, "threshold": 9, "expected": 3.1, "expected_high": 8.0, "window_s": 3_600.0}
    return an_alert(**{**base, "p_value": 0.0004, **over})


def shapes_of(alert: object, look: str) -> list[Shape]:
    return [shape for shape in interval(alert, ZH).shapes if shape.look == look]  # type: ignore[arg-type]


def test_the_rule_is_said_as_fenghuo_rules_show_says_it() -> None:
    book = the_book()
    rule = next(rule for rule in book.rules if rule.id == "gas-leak")
    ref = RuleRef(id="gas-leak", number=rule.number, version=rule.version, book=book.digest)
    for voice in (ZH, EN):
        said = rule_said(ref, book, a_taxonomy(), voice)
        assert (said.says, said.note) == (voice.say(sentence(rule, a_taxonomy())), "")


def test_a_rule_that_reads_otherwise_now_or_is_gone_says_so() -> None:
    old = RuleRef(id="gas-leak", number=7, version=99, book="b")
    assert "99" in rule_said(old, the_book(), a_taxonomy(), ZH).note
    gone = msgspec.structs.replace(old, id="no-such-rule")
    assert "没有这条规则" in rule_said(gone, the_book(), a_taxonomy(), ZH).says
    assert "no such rule" in rule_said(gone, None, a_taxonomy(), EN).says


def test_the_grade_is_explained_step_by_step_and_why_it_is_no_higher() -> None:
    steps = (
        GradeStep(grade=Grade.YELLOW, because=Text("规则：内涝", "rule: Waterlogging")),
        GradeStep(grade=Grade.ORANGE, because=Text("积水达25厘米", "25 cm deep")),
    )
    why = why_of(an_alert(steps=steps), the_book(), a_taxonomy(), EN)
    assert [(step.grade_word, step.because) for step in why.steps] == [
        ("yellow", "rule: Waterlogging"),
        ("orange", "25 cm deep"),
    ]
    assert why.not_higher == "red would need: ≥2 reporters in 30 min"


def test_observed_expected_bound_and_threshold_are_drawn_to_one_scale() -> None:
    alert = a_surge()
    (bar,), (normal,), (bound,), (threshold,) = (
        shapes_of(alert, look) for look in ("bar orange", "bar normal", "bound", "threshold")
    )
    assert normal.x2 / bar.x2 == pytest.approx(3.1 / 12)
    assert bound.x2 / bar.x2 == pytest.approx(8 / 12)
    assert threshold.x / bar.x2 == pytest.approx(9 / 12)
    assert bar.x2 < 1


def test_the_drawing_says_the_same_in_words() -> None:
    assert interval(a_surge(), ZH).says == "实际 12（1小时内）；常态 3.1，99%情况下不超过 8；触发线 9"  # type: ignore[arg-type]
    assert interval(a_surge(), EN).says == "Observed 12 (in 1 h); Normal 3.1, at most 8 in 99 %; fires at 9"  # type: ignore[arg-type]


def test_a_normal_value_of_the_whole_street_is_not_drawn_beside_the_count_of_one_spot() -> None:
    alert = an_alert(observed=5, threshold=5, expected=2.9, window_s=7 * 86_400.0)
    assert [shape.text for shape in shapes_of(alert, "label")] == ["实际 5（7天内）"]
    street = an_alert(
        observed=30, threshold=5, expected=2.0, window_s=7 * 86_400.0, place=an_alert_place(level="street", key="st1")
    )
    assert shapes_of(street, "label")[1].text == "常态 14.0"


@pytest.mark.parametrize(("p", "said"), [(0.0004, "2,500"), (1e-9, "百万分之一"), (0.0, "百万分之一"), (None, "")])
def test_how_likely_it_is_by_chance_is_said_as_a_person_would(p: float | None, said: str) -> None:
    why = why_of(a_surge(p_value=p), None, a_taxonomy(), ZH)  # type: ignore[arg-type]
    assert said in why.chance
    assert bool(why.chance) is (p is not None)


def test_findings_are_listed_where_there_is_more_than_one() -> None:
    ref = RuleRef(id="gas-leak", number=7, version=1, book="b")
    one = FindingRef(
        id="f1", rule=ref, kind="gas_leak", grade=Grade.RED, status="closed", title=Text("甲", "A"), events=2
    )
    two = msgspec.structs.replace(one, id="f2", status="open", title=Text("乙", "B"))
    assert why_of(an_alert(findings=(one,)), the_book(), a_taxonomy(), ZH).findings == ()
    found = why_of(an_alert(findings=(one, two)), the_book(), a_taxonomy(), ZH).findings
    assert [(each.title, each.events, each.is_open) for each in found] == [("甲", "2起", False), ("乙", "2起", True)]

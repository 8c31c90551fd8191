"""A rule in one Chinese and one English sentence, made from what it asks."""

from __future__ import annotations

import msgspec
import pytest

from rules.alert import Text
from rules.rule import ChanceBudget, Rule, Tail
from rules.sentence import sentence
from rules.wording import GRADE_NAMES, also_up
from tests.builders import a_taxonomy, the_book


def the_rule(id_: str) -> Rule:
    return next(rule for rule in the_book().rules if rule.id == id_)


def test_a_rule_of_single_events_says_so_and_what_makes_it_worse() -> None:
    said = sentence(the_rule("gas-leak"), a_taxonomy())
    assert said.zh == (
        "燃气泄漏：500米内的燃气泄漏（12345、网格、110）；单起即报，橙色；30分钟内≥2人时升为红色；"
        "30分钟内到场；2小时无新情况即解除；源头关。"
    )
    assert said.en == (
        "Gas leak: gas leak (hotline, grid, police) within 500 m; one report is enough: orange; "
        "red when ≥2 reporters in 30 min; on site within 30 min; over after 2 h without more; at the source."
    )


def test_a_rule_about_many_kinds_names_how_many_it_leaves_out() -> None:
    rule = the_rule("same-spot")
    said = sentence(rule, a_taxonomy())
    assert f"等{len(rule.not_kinds)}类除外" in said.zh
    assert f"and {len(rule.not_kinds) - 4} more" in said.en
    assert "7天内≥3人，蓝色" in said.zh
    assert "at most yellow" in said.en


def test_what_is_restricted_checked_or_not_running_is_said() -> None:
    assert "for the duty desk only" in sentence(the_rule("threat"), a_taxonomy()).en
    assert "wait for a human to confirm them, 10 min at most" in sentence(the_rule("hazmat"), a_taxonomy()).en
    shadow = msgspec.structs.replace(the_rule("odour"), status="shadow")
    assert "试运行，不通知" in sentence(shadow, a_taxonomy()).zh
    assert "shadow" not in sentence(the_rule("odour"), a_taxonomy()).en


def test_modifiers_and_rules_of_signals_say_whose_alerts_and_which_probabilities() -> None:
    of_all = msgspec.structs.replace(the_rule("corroboration"), modifies=("all",))
    assert "works on the alerts of all rules; up by 1 when" in sentence(of_all, a_taxonomy()).en
    assert "works on the alerts of gas-leak, ebike-fire" in sentence(the_rule("holiday"), a_taxonomy()).en
    by_probability = msgspec.structs.replace(the_rule("hotline-surge"), tail=Tail(blue=1e-4))
    said = sentence(by_probability, a_taxonomy())
    assert "≤0.0001 blue" in said.en
    assert "≤0.0001报蓝色" in said.zh


def test_a_rule_of_signals_by_budget_says_how_many_alerts_chance_may_make() -> None:
    surge = the_rule("hotline-surge")
    budget = ChanceBudget(blue="20/day", yellow="3/day", orange="1/week")
    said = sentence(msgspec.structs.replace(surge, tail=Tail(budget=budget)), a_taxonomy())
    assert "the city's budget of chance alerts: blue 20/day, yellow 3/day, orange 1/week; over" in said.en
    assert "全市偶然预警预算定级：蓝色20/天、黄色3/天、橙色1/周；" in said.zh


def test_what_a_rule_selects_is_said() -> None:
    rule = msgspec.convert(
        {
            "id": "night",
            "number": 90,
            "name": {"zh": "夜间噪声", "en": "Night noise"},
            "kinds": ["noise"],
            "where": {"hours": "22:00-06:00"},
            "fires": [{"count": {"at_least": 3, "within": "7d"}}],
            "grade": "orange",
            "lowers": [{"when": {"sources": 2}, "because": {"zh": "因", "en": "because"}}],
        },
        Rule,
    )
    said = sentence(rule, a_taxonomy())
    assert "22:00" in said.zh
    assert "22:00" in said.en
    assert "降1级" in said.zh
    assert "down by 1 when" in said.en


@pytest.mark.parametrize("rule", the_book().rules, ids=lambda rule: rule.id)
def test_every_shipped_rule_has_its_sentences(rule: Rule) -> None:
    said = sentence(rule, a_taxonomy())
    assert said.zh.startswith(f"{rule.name.zh}：")
    assert said.zh.endswith("。")
    assert said.en.startswith(f"{rule.name.en}: ")
    assert "{" not in said.zh + said.en
    if rule.grade is not None:
        assert GRADE_NAMES[rule.grade].zh in said.zh
        assert GRADE_NAMES[rule.grade].en in said.en
    for step in rule.raises:
        if step.to is not None:
            assert GRADE_NAMES[step.to].zh in said.zh


def test_what_is_up_around_a_surge_is_said() -> None:
    assert also_up(()) == Text("", "")
    assert also_up(("street", "district")) == Text(
        "；所在街道、区县随之偏高，主要在此", "; the street and district around it are up as well, mostly because of it"
    )

"""What cannot work is refused with its line, its path and what to do; everything else is let through."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
import yaml

from rules.loader import BookFaults, book_of
from tests.rules.checked import BECAUSE, GOOD, KINDS, faults, with_condition


def test_the_good_rule_is_good() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize(
    ("over", "path", "says"),
    [
        ({"fires": [{"match": {}}], "maximum": "blue"}, "$.maximum", "blue is below the rule's own yellow"),
        (
            {"maximum": "orange", "raises": [{"to": "red", "when": {"sources": 2}, "because": BECAUSE}]},
            "$.raises[0].to",
            "red is above the rule's maximum orange",
        ),
        (
            {"raises": [{"to": "red", "when": {"sources": 2}, "because": {"zh": "因"}}]},
            "$.raises[0].because",
            "zh and en",
        ),
        ({"grade": "blue", "lowers": [{"when": {"sources": 2}, "because": BECAUSE}]}, "$.lowers", "does not get lower"),
        ({"sources": []}, "$.sources", "sees nothing"),
        ({"radius_m": "500m"}, "$.radius_m", "'500m' is not a number: write 500, the unit is in the name"),
        ({"radius_m": 100, "alike": 0.5}, "$.alike", "one says what belongs together"),
        ({"radius_m": 0}, "$.radius_m", "out of range"),
        ({"alike": 1.5}, "$.alike", "out of range"),
        ({"where": {"kinds": ["dust"]}}, "$.where.kinds[0]", "does not count 'dust'"),
        ({"sources": ["grid"], "where": {"sources": ["police"]}}, "$.where.sources[0]", "does not count 'police'"),
        ({"clocks": {"sign": "1h", "on_site": "30min"}}, "$.clocks.on_site", "before the 1h until it is signed"),
        ({"clocks": {"sign": "0s"}}, "$.clocks.sign", "more than 0"),
        ({"owner": {"zh": "城管局"}}, "$.owner", "is missing in en"),
        ({"advice": [{"en": "Go"}]}, "$.advice[0]", "is missing in zh"),
        (
            {"owners": [{"zh": "甲", "en": "A"}, {"kinds": ["noise"], "zh": "乙", "en": "B"}]},
            "$.owners[1]",
            "is never reached: $.owners[0] fits everything it fits",
        ),
        ({"owners": [{"kinds": ["nois"], "zh": "甲", "en": "A"}]}, "$.owners[0].kinds[0]", "did you mean 'noise'?"),
        ({"owners": [{"kinds": ["dust"], "zh": "甲", "en": "A"}]}, "$.owners[0].kinds[0]", "does not look at 'dust'"),
        (
            {"kinds": ["noise", "dust"], "fires": [{"count": {"at_least": 2, "within": "1d", "of": "kinds"}}]},
            "$.fires[0].count.of",
            "`together: true` counts them in one",
        ),
        (
            {"kinds": ["noise", "dust"], "fires": [{"after": [{"match": {"kinds": ["dust"]}, "within": "1d"}]}]},
            "$.fires[0].after[0].match.kinds[0]",
            "only ever meets itself: `together: true`",
        ),
        (
            {
                "kinds": ["noise", "dust"],
                "together": True,
                "fires": [{"count": {"at_least": 3, "within": "1d", "of": "kinds"}}],
            },
            "$.fires[0].count.at_least",
            "the rule has 2 kinds: 3 is never reached",
        ),
        (
            {"radius_m": 100, "fires": [{"count": {"at_least": 2, "within": "1d", "at": "spot"}}]},
            "$.fires[0].count.at",
            "no spots to count at",
        ),
    ],
)
def test_a_rule_whose_parts_do_not_go_together_is_refused(over: dict[str, Any], path: str, says: str) -> None:
    found = faults({**copy.deepcopy(GOOD), **over})
    assert any(at == path and says in message for at, message in found), found


@pytest.mark.parametrize(
    ("of_signals", "says"), [({"radius_m": 100}, "does nothing"), ({"grade": "red"}, "does nothing"), ({}, "")]
)
def test_parts_that_do_nothing_in_a_rule_of_signals_are_refused(of_signals: dict[str, Any], says: str) -> None:
    rule = {
        "id": "surge",
        "number": 5,
        "name": {"zh": "突增", "en": "Surge"},
        "signal": "surge",
        "tail": {"blue": 0.01},
    }
    found = faults({**rule, **of_signals})
    assert [says in message for _, message in found] == [True] * bool(says)


@pytest.mark.parametrize(
    ("over", "path", "says"),
    [
        ({}, "", ""),
        ({"blue": "often"}, "$.tail.budget", "'often' is not like 20/day"),
        ({"red": "9/day"}, "$.tail.budget", "no more frequent than a lower one"),
    ],
)
def test_a_budget_of_chance_alerts_has_to_make_sense(over: dict[str, str], path: str, says: str) -> None:
    budget = {"blue": "20/day", "yellow": "3/day", "orange": "1/week", "red": "1/year", **over}
    rule = {"id": "surge", "number": 5, "name": {"zh": "突增", "en": "Surge"}, "signal": "surge"}
    found = faults({**rule, "tail": {"budget": budget}})
    assert [(where, says in message) for where, message in found] == [(path, True)] * bool(says)
    both = faults({**rule, "tail": {"budget": budget, "blue": 0.01}})
    assert ("$.tail.blue", "the budget decides") in both


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"per": "community"}, "groups per community, this rule per street"),
        ({"fires": [{"match": {"tags": ["danger"]}}]}, "does not fire by counts alone"),
        ({"fires": [{"count": {"at_least": 2, "within": "1d", "at": "spot"}}]}, "counts at each spot"),
        ({"status": "draft"}, "is draft: it never fires"),
        ({"radius_m": 100}, "groups by `radius_m`"),
    ],
)
def test_a_chain_asks_about_a_rule_that_can_answer(other: dict[str, Any], says: str) -> None:
    chained = {**copy.deepcopy(GOOD), "id": "dust-again", "kinds": ["dust"], **other}
    rule = with_condition("raises", {"fired": {"rule": "dust-again", "within": "7d"}})
    found = [message for path, message in faults(rule, chained) if path == "$.raises[0].when.fired.rule"]
    assert any(says in message for message in found), found


def test_several_kinds_have_to_be_together_to_ask_about_another_rule() -> None:
    chained = {**copy.deepcopy(GOOD), "id": "dust-again", "kinds": ["dust"]}
    rule = with_condition("raises", {"fired": {"rule": "dust-again", "within": "7d"}}, kinds=["noise", "odor"])
    assert [path for path, message in faults(rule, chained) if "never meets those of" in message]
    assert faults({**rule, "together": True}, chained) == []


def test_a_date_that_yaml_makes_a_date_of_is_to_be_quoted() -> None:
    text = yaml.safe_dump(GOOD, allow_unicode=True) + "plan: {zh: 2026-10-01, en: x}\n"
    with pytest.raises(BookFaults, match="YAML takes 2026-10-01 for a date: put it in quotes"):
        book_of({"a.yaml": text}, kinds=KINDS)


def test_one_failing_rule_keeps_the_whole_book_out() -> None:
    bad = {**copy.deepcopy(GOOD), "id": "other", "grade": "purple"}
    with pytest.raises(BookFaults) as caught:
        book_of({"a.yaml": yaml.safe_dump(GOOD), "b.yaml": yaml.safe_dump(bad)}, kinds=KINDS)
    assert [(fault.file, fault.path) for fault in caught.value.faults] == [("b.yaml", "$.grade")]


def test_every_fault_points_at_a_line_of_the_file() -> None:
    rule = {**copy.deepcopy(GOOD), "sources": [], "radius_m": "1km", "grade": "purple"}
    found = faults(rule, lines=True)
    text = yaml.safe_dump(rule, allow_unicode=True, sort_keys=False).splitlines()
    named = {path: text[line - 1].partition(":")[0] for line, path, _ in found}
    assert named == {"$.sources": "sources", "$.radius_m": "radius_m", "$.grade": "grade"}


def test_a_rule_is_read_as_its_types_say_when_there_is_no_fault() -> None:
    text = yaml.safe_dump(GOOD, allow_unicode=True)
    (read,) = book_of({"a.yaml": text}, kinds=KINDS).rules
    assert read == msgspec.convert(yaml.safe_load(text), type(read))

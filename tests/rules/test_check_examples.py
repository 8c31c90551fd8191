"""An example that shows nothing, or comes out otherwise than it says, is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import yaml

from tests.rules.checked import GOOD, faults


@pytest.mark.parametrize(
    ("examples", "path", "says"),
    [
        ({}, "$.examples", "missing example: give at least one in `fires`"),
        ({"fires": GOOD["examples"]["fires"]}, "$.examples", "missing example: give at least one in `silent`"),
        ({"fires": [{"name": "a", "events": []}]}, "$.examples.fires[0].events", "shows nothing"),
        ({"fires": [{"name": " ", "events": [{}]}]}, "$.examples.fires[0].name", "say what the example shows"),
        ({"silent": [{"name": "a", "grade": "red", "events": [{}]}]}, "$.examples.silent[0].grade", "has no grade"),
        (
            {"fires": [{"name": "a", "start": "noon", "events": [{}]}]},
            "$.examples.fires[0].start",
            "such as 2026-10-01T",
        ),
        (
            {"fires": [{"name": "a", "start": "9999-12-31", "events": [{}]}]},
            "$.examples.fires[0].start",
            "this century",
        ),
        ({"fires": [{"name": "a", "events": [{"at": "9" * 30 + "d"}]}]}, "$.examples.fires[0].events[0].at", "800d"),
        ({"fires": [{"name": "a", "then": "801d", "events": [{}]}]}, "$.examples.fires[0].then", "800d"),
        ({"fires": [{"name": "a", "events": [{"kind": "nois"}]}]}, "$.examples.fires[0].events[0].kind", "'noise'?"),
        (
            {"fires": [{"name": "a", "events": [{"tags": ["x"]}]}]},
            "$.examples.fires[0].events[0].tags[0]",
            "no tag 'x'",
        ),
        (
            {"fires": [{"name": "a", "events": [{"where": "a/b/c/d"}]}]},
            "$.examples.fires[0].events[0].where",
            "no place",
        ),
        ({"fires": [{"name": "a", "events": [{"people": -1}]}]}, "$.examples.fires[0].events[0].people", "less than 0"),
        ({"fires": [{"name": "a", "events": [{"at": "soon"}]}]}, "$.examples.fires[0].events[0].at", "not a duration"),
    ],
)
def test_an_example_that_shows_nothing_is_refused(examples: dict[str, Any], path: str, says: str) -> None:
    found = faults({**copy.deepcopy(GOOD), "examples": examples})
    assert any(at == path and says in message for at, message in found), found


def test_an_example_of_a_rule_without_kinds_names_its_kind() -> None:
    rule = {**copy.deepcopy(GOOD), "kinds": [], "not_kinds": ["other"]}
    assert ("$.examples.silent[0].events[0].kind", "give the kind: the rule names none of its own") in faults(rule)


def test_a_failing_example_is_a_fault_with_its_line_and_what_happened_instead() -> None:
    rule = copy.deepcopy(GOOD)
    rule["examples"]["fires"][0]["grade"] = "orange"
    rule["examples"]["silent"][0]["events"] = [{}, {"at": "23h"}]
    text = yaml.safe_dump(rule, allow_unicode=True, sort_keys=False).splitlines()
    found = faults(rule, lines=True)
    lines = [number for number, line in enumerate(text, start=1) if line.lstrip().startswith("- name:")]
    assert [line for line, _, _ in found] == lines
    assert found[0][1:] == ("$.examples.fires[0]", "example 'two' fires at yellow, the example says orange")
    assert found[1][1] == "$.examples.silent[0]"
    assert found[1][2].startswith("example 'one' is not silent")

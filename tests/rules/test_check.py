"""What cannot work is refused with its line, its path and what to do; everything else is let through."""

from __future__ import annotations

import copy
from typing import Any

import msgspec
import pytest
import yaml

from rules.loader import BookFaults, book_of, tags_of
from tests.builders import a_taxonomy

KINDS, TAGS = frozenset(a_taxonomy().kinds), tags_of(a_taxonomy())
GOOD: dict[str, Any] = {
    "id": "noise-again",
    "number": 1,
    "name": {"zh": "噪声", "en": "Noise again"},
    "kinds": ["noise"],
    "per": "street",
    "fires": [{"count": {"at_least": 2, "within": "1d"}}],
    "grade": "yellow",
    "examples": {
        "fires": [{"name": "two", "events": [{}, {"at": "1h"}]}],
        "silent": [{"name": "one", "events": [{}]}],
    },
}
BECAUSE = {"zh": "因", "en": "because"}


def faults(*rules: dict[str, Any], lines: bool = False) -> list[tuple[Any, ...]]:
    texts = {f"{n}.yaml": yaml.safe_dump(rule, allow_unicode=True, sort_keys=False) for n, rule in enumerate(rules)}
    try:
        book_of(texts, kinds=KINDS, tags=TAGS)
    except BookFaults as found:
        return [(f.line, f.path, f.message) if lines else (f.path, f.message) for f in found.faults]
    return []


def with_condition(where: str, condition: dict[str, Any], **over: Any) -> dict[str, Any]:
    """The good rule with a condition as its `fires` or in a raise."""
    rule = {**copy.deepcopy(GOOD), **over}
    if where == "fires":
        return {**rule, "fires": [condition]}
    return {**rule, "raises": [{"to": "red", "when": condition, "because": BECAUSE}]}


def test_the_good_rule_is_good() -> None:
    assert faults(GOOD) == []


CHANGE = {"within": "1d", "against": "14d", "least": 3}


@pytest.mark.parametrize(
    ("where", "condition", "path", "says"),
    [
        ("fires", {}, "", "an empty condition"),
        ("fires", {"count": {"at_least": 2}}, ".count.within", "more than one needs a window"),
        ("fires", {"count": {"at_least": 2, "within": "401d"}}, ".count.within", "at most 400d"),
        ("fires", {"count": {"at_least": 2, "within": "30m"}}, ".count.within", "'30m' is not a duration: write 30min"),
        ("fires", {"count": {"at_least": 2, "within": "2 weeks"}}, ".count.within", "write 14d"),
        ("fires", {"count": {"at_least": 2, "within": 7}}, ".count.within", "'7' is not a duration"),
        ("fires", {"count": {"at_least": 2}, "within": "7d"}, ".within", "written inside it"),
        ("fires", {"count": {"at_least": 2, "within": "7d", "of": "streets"}}, ".count.of", "always gives 1"),
        (
            "fires",
            {"count": {"at_least": 2, "within": "7d", "of": "grids", "at": "spot"}},
            ".count.of",
            "always gives 1",
        ),
        ("fires", {"count": {"at_least": 5, "within": "7d", "of": "sources"}}, ".count.at_least", "has 4 sources"),
        ("fires", {"lasting": "2h"}, "", "can raise it, not fire it"),
        ("raises", {"lasting": "31d"}, ".lasting", "nothing lasts longer"),
        ("raises", {"spots": 3}, ".spots", "needs a count with `at: spot`"),
        ("raises", {"then_not": {"match": {}, "within": "1h"}}, ".then_not", "can fire an alert, not change its grade"),
        ("fires", {"then_not": {"match": {}, "within": "0s"}}, ".then_not.within", "more than 0"),
        ("fires", {"change": {**CHANGE, "times": 3, "against": "36h"}}, ".change.against", "no multiple of 1d"),
        ("fires", {"change": {**CHANGE, "times": 3, "against": "36h"}}, ".change.against", "such as 2d"),
        ("fires", {"change": {**CHANGE, "times": 3, "against": "400d"}}, ".change.against", "together are at most"),
        ("fires", {"change": CHANGE}, ".change", "give one of `times`"),
        ("fires", {"change": {**CHANGE, "times": 3, "down_to": 0.5}}, ".change", "give one of `times`"),
        ("raises", {"change": {**CHANGE, "down_to": 0.5}}, ".change.down_to", "not change its grade"),
        ("fires", {"change": {**CHANGE, "times": 1}}, ".change.times", "out of range: a number, more than 1"),
        (
            "fires",
            {"share": {"match": {}, "at_least": 0.5, "least": 4, "within": "1d"}},
            ".share.match",
            "always 1",
        ),
        (
            "fires",
            {"share": {"match": {"kinds": ["dust"]}, "at_least": 0.5, "least": 4, "within": "1d"}},
            ".share.match.kinds[0]",
            "the rule does not count 'dust': name it in `kinds` too",
        ),
        (
            "fires",
            {"ratio": {"match": {"tags": ["ill"]}, "to": {"tags": ["ill"]}, "at_least": 1, "least": 3, "within": "1d"}},
            ".ratio.to",
            "always 1",
        ),
        ("fires", {"fresh": {"within": "0d"}}, ".fresh.within", "more than 0"),
        (
            "fires",
            {"after": [{"match": {}, "within": "300d"}, {"match": {}, "within": "200d"}]},
            ".after",
            "at most 400d",
        ),
        ("fires", {"fired": {"rule": "nois-again", "within": "1d"}}, ".fired.rule", "did you mean 'noise-again'?"),
        ("fires", {"fired": {"rule": "noise-again", "within": "1d"}}, ".fired.rule", "is this rule itself"),
        ("fires", {"context": {}}, ".context", "give weather, mode or event"),
        ("fires", {"context": {"weather": ["rainstrom_red"]}}, ".context.weather[0]", "did you mean 'rainstorm_red'?"),
        ("fires", {"context": {"weather": ["rainstorm_purple"]}}, ".context.weather[0]", "no warning is called"),
        ("fires", {"context": {"mode": "war"}}, ".context.mode", "is none of normal, emergency"),
        ("fires", {"tags": ["dangr"]}, ".tags[0]", "the taxonomy has no tag 'dangr': did you mean 'danger'?"),
        ("fires", {"number": {"depth_cm": "25cm"}}, ".number.depth_cm", "write 25, the unit is in the name"),
        ("fires", {"number": {"people": "30人"}}, ".number.people", "'30人' is not a number: write 30"),
        ("fires", {"number": {"people": 0}}, ".number.people", "0 is always reached"),
        ("fires", {"match": {"kinds": ["nosie"]}}, ".match.kinds[0]", "did you mean 'noise'?"),
        ("fires", {"match": {"tags": ["dangr"]}}, ".match.tags[0]", "did you mean 'danger'?"),
        ("fires", {"match": {"hours": "22-6"}}, ".match.hours", "write the hours from and until, such as 22:00-06:00"),
        ("fires", {"match": {"hours": "22:00-22:00"}}, ".match.hours", "no time at all"),
        ("fires", {"match": {"hours": "20:00-24:30"}}, ".match.hours", "after the end of the day"),
        ("fires", {"match": {"days": "sunday"}}, ".match.days", "is none of holiday, weekend, workday, day_off"),
        ("fires", {"match": {"text": {}}}, ".match.text", "give any, all, none or regex"),
        ("fires", {"match": {"text": {"any": [""]}}}, ".match.text.any[0]", "an empty word"),
        ("fires", {"match": {"text": {"any": ["火"], "none": ["火"]}}}, ".match.text.any[0]", "is among `none` too"),
        (
            "fires",
            {"match": {"text": {"regex": "(?<=煤)气"}}},
            ".match.text.regex",
            "no look-around, no back-references",
        ),
        ("fires", {"match": {"text": {"regex": r"(a)\1"}}}, ".match.text.regex", "no look-around, no back-references"),
        (
            "fires",
            {"match": {"text": {"regex": "(((a{99}){99}){99})"}}},
            ".match.text.regex",
            "not an expression RE2 can run",
        ),
        ("fires", {"match": {"text": {"regex": "(a"}}}, ".match.text.regex", "missing )"),
        ("fires", {"match": {"expr": "event.people >"}}, ".match.expr", "not a CEL expression"),
        ("fires", {"match": {"expr": "event.peple > 3"}}, ".match.expr", "'peple' (fields: id,"),
        ("fires", {"match": {"expr": "event.people"}}, ".match.expr", "not true or false"),
        ("fires", {"match": {"expr": "__import__('os').system('true')"}}, ".match.expr", "function: '__import__'"),
        ("fires", {"match": {"expr": "open('/etc/passwd') == event"}}, ".match.expr", "function: 'open'"),
    ],
)
def test_a_condition_that_cannot_be_is_refused(where: str, condition: dict[str, Any], path: str, says: str) -> None:
    at = f"$.fires[0]{path}" if where == "fires" else f"$.raises[0].when{path}"
    found = faults(with_condition(where, condition))
    assert any(place == at and says in message for place, message in found), found


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


def test_a_date_that_yaml_makes_a_date_of_is_to_be_quoted() -> None:
    text = yaml.safe_dump(GOOD, allow_unicode=True) + "plan: {zh: 2026-10-01, en: x}\n"
    with pytest.raises(BookFaults, match="YAML takes 2026-10-01 for a date: put it in quotes"):
        book_of({"a.yaml": text}, kinds=KINDS)


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

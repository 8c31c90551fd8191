"""A condition that cannot be is refused with its path and what to do."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.checked import faults, with_condition

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

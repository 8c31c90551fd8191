"""The page on the rules."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from rules.alert import Grade
from streams.board.backtests import Found
from streams.board.ledger import Record
from streams.board.views.rulelist import Hits, grades_of, items, precision_words
from streams.board.views.rulepage import Known, rule_page
from streams.language import Lang, Voice
from tests.builders import a_taxonomy, the_book

MONTH = Record(Counter({Grade.RED: 1, Grade.ORANGE: 3}), 5, 8, 4, (60.0, 600.0, 1_800.0))
WEEK = Record(Counter({Grade.RED: 1}), 1, 1, 0, (60.0,))


def a_page(lang: Lang = "zh", **over: Any) -> dict[str, Any]:
    base: dict[str, Any] = {"book": the_book(), "taxonomy": a_taxonomy(), "records": {"gas-leak": Hits(WEEK, MONTH)}}
    return rule_page(Known(**{**base, "events": {}, **over}), Voice(lang), UTC)


def rule(page: dict[str, Any], id_: str) -> dict[str, Any]:
    (found,) = [one for one in page["rules"] if one["id"] == id_]
    return found  # type: ignore[no-any-return]


def test_every_rule_is_there_with_its_sentence_in_either_language() -> None:
    for lang, word in (("zh", "燃气泄漏"), ("en", "Gas leak")):
        page = a_page(lang)  # type: ignore[arg-type]
        assert len(page["rules"]) == len(the_book().rules)
        assert rule(page, "gas-leak")["says"].startswith(word)


def test_a_rule_says_how_it_did() -> None:
    found = rule(a_page(), "gas-leak")
    assert (found["week"]["alerts"], found["month"]["alerts"], found["month"]["findings"]) == ("1", "4", "5")
    assert [(one["word"], one["n"]) for one in found["month"]["by"]] == [("红", 1), ("橙", 3)]
    assert found["precision"] == "67% (39–88) 8/12"
    assert found["lead"] == "10分钟（3条）"


def test_one_nobody_judged_has_no_precision() -> None:
    found = rule(a_page(), "building-danger")
    assert (found["precision"], found["bar"], found["lead"]) == ("–", None, "–")
    assert precision_words(None) == "–"


def test_while_it_is_being_read_there_are_no_figures_and_it_says_how_far_it_is() -> None:
    page = a_page(records=None, progress=(1_200, 30_000))
    assert "1,200/30,000" in page["reading"]
    assert rule(page, "gas-leak")["month"]["alerts"] == "…"
    assert a_page(records=None, gone=True)["reading"] == "Kafka 未应答，命中数暂缺"


@pytest.mark.parametrize(
    ("id_", "grades"),
    [
        ("gas-leak", "red orange"),
        ("same-spot", "blue"),
        ("hotline-surge", "orange yellow blue"),
        ("clusters", "orange yellow blue"),
        ("nobody-signed", ""),
    ],
)
def test_the_grades_a_rule_gives_are_told(id_: str, grades: str) -> None:
    (found,) = [one for one in the_book().rules if one.id == id_]
    assert " ".join(grade.value for grade in grades_of(found)) == grades


def test_a_rule_comes_with_its_examples() -> None:
    (gas,) = [one for one in items(the_book(), a_taxonomy(), {}) if one.id == "gas-leak"]
    assert {one.fires for one in gas.examples} == {True, False}
    assert len(gas.examples) == 8


def test_gaps_are_named_with_how_many_events_they_miss() -> None:
    page = a_page("en")
    assert any(gap.startswith("Threat") and "grid" in gap for gap in page["matrix"]["gaps"])


def test_reports_are_linked_by_a_name_that_is_safe_in_an_address() -> None:
    page = a_page(reports=[Found("2026 模拟&.html", datetime(2026, 1, 5, 8, tzinfo=UTC))])
    assert page["reports"] == [
        {"name": "2026 模拟&", "at": "2026-01-05 08:00", "href": "/backtests/2026%20%E6%A8%A1%E6%8B%9F%26.html"}
    ]


def test_the_page_is_plain_data() -> None:
    assert json.loads(json.dumps(a_page())) == a_page()

"""How many alerts turned out true: the table, the interval, and the lines a backtest reads."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from scipy.stats import beta

from rules.alert import Alert, RuleRef
from rules.duty import Command, Duty
from streams.backtest.feedback import read_feedback
from streams.language import Voice
from streams.precision import Precision, precision_of, precision_table, since, verdict_lines
from tests.builders import T0, an_alert, the_book

NOW = datetime.fromtimestamp(T0, UTC)


def judged(id_: str, rule: str, verdict: Any, days_ago: int = 0) -> Alert:
    duty = Duty(the_book(), "test")
    duty.note([an_alert(id_, rule=RuleRef(id=rule, number=1, version=1, book="b"))])
    at = NOW - timedelta(days=days_ago)
    (alert,) = duty.obey(Command(id=id_, action=verdict, alert=id_, by="区城运中心", at=at))
    assert isinstance(alert, Alert)
    return alert


ALERTS = [
    judged("a", "hotline-surge", "true"),
    judged("b", "hotline-surge", "false", 40),
    judged("c", "police-surge", "false"),
    judged("d", "gas-leak", "true"),
    judged("e", "a rule of before", "true"),
]


def test_every_detector_stands_above_its_rules() -> None:
    found = precision_of([*ALERTS, an_alert("nobody judged")], the_book())
    assert [tuple(one) for one in found] == [
        ("?", "", 1, 0),
        ("?", "a rule of before", 1, 0),
        ("rules", "", 1, 0),
        ("rules", "gas-leak", 1, 0),
        ("surge", "", 1, 2),
        ("surge", "hotline-surge", 1, 1),
        ("surge", "police-surge", 0, 1),
    ]


@pytest.mark.parametrize(("true", "false"), [(1, 1), (3, 9), (40, 2)])
def test_the_interval_is_that_of_jeffreys(true: int, false: int) -> None:
    expected = beta.ppf([0.025, 0.975], true + 0.5, false + 0.5)
    assert Precision("surge", "", true, false).interval == pytest.approx(tuple(expected))


def test_without_a_case_on_one_side_the_interval_ends_there() -> None:
    assert Precision("surge", "", 0, 3).interval[0] == 0.0
    assert Precision("surge", "", 3, 0).interval[1] == 1.0
    assert Precision("surge", "", 3, 0).as_dict()["precision"] == 1.0


def test_only_verdicts_of_late_can_be_asked_for() -> None:
    assert [alert.id for alert in since(ALERTS, NOW - timedelta(days=30))] == ["a", "c", "d", "e"]


def test_the_table_is_told_in_both_languages() -> None:
    found = precision_of(ALERTS[:3], the_book())
    for voice, words in ((Voice("zh"), "查准率"), (Voice("en"), "precision")):
        console = Console(width=100, record=True, file=None, force_terminal=False)
        with console.capture() as said:
            console.print(precision_table(found, voice))
        lines = said.get().splitlines()
        assert words in lines[0]
        assert lines[1].split()[:4] == ["surge", "1", "2", "33%"]


def test_a_backtest_reads_the_verdicts(tmp_path: Path) -> None:
    file = tmp_path / "verdicts.jsonl"
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in verdict_lines(ALERTS)))
    feedback = read_feedback(file, frozenset())
    assert next((one.alert, one.holds, one.by) for one in feedback.verdicts) == ("b", False, "区城运中心")
    assert len(feedback.verdicts) == len(ALERTS)

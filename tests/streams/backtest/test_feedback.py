"""Verdicts of people: how they are read, which alert each is about, what they do to precision and lead time."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from streams.backtest.command import backtest
from streams.backtest.feedback import Feedback, Verdict, read_feedback
from streams.backtest.matching import Judged
from streams.backtest.order import Order
from streams.backtest.page import page
from streams.backtest.report import Report
from streams.backtest.tables import print_report
from streams.errors import ConfigurationError
from streams.feed import read_inputs
from streams.settings import Settings
from tests.builders import an_alert

SAID = {"by": "值班员", "at": "2026-03-12T09:00:00+08:00"}
RULES = {"gas-leak", "many-voices"}
BEGAN = datetime(2026, 1, 15, 6, tzinfo=UTC)


def read(folder: Path, *lines: Any) -> Feedback:
    file = folder / "feedback.jsonl"
    text = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    file.write_text("\n".join(text) + "\n", encoding="utf-8")
    return read_feedback(file, RULES)


def faults(folder: Path, *lines: Any) -> list[tuple[int | None, str, str]]:
    with pytest.raises(ConfigurationError) as caught:
        read(folder, *lines)
    assert {fault.file for fault in caught.value.faults} == {str(folder / "feedback.jsonl")}
    return [(fault.line, fault.path, fault.message) for fault in caught.value.faults]


def a_verdict(verdict: Any = "true", **over: Any) -> Verdict:
    return Verdict(**{"verdict": verdict, "by": "x", "at": BEGAN + timedelta(days=1), **over})


def test_both_languages_and_both_ways_to_name_an_alert_are_read(tmp_path: Path) -> None:
    about = {"rule": "gas-leak", "place": "c1/幸福里", "raised_at": "2026-03-11T15:00:00+08:00"}
    read_ = read(
        tmp_path,
        {"alert": "abc", "verdict": "属实", "why": "现场确认", **SAID},
        {"alert": "abd", "verdict": "false", **SAID},
        {**about, "verdict": "误报", **SAID},
        {"alert": "abe", "verdict": "true", "known_at": "2026-03-11T15:30:00+08:00", **SAID},
    )
    assert [one.holds for one in read_.verdicts] == [True, False, False, True]


def test_every_faulty_line_is_told_with_file_line_and_path(tmp_path: Path) -> None:
    said = {"verdict": "true", **SAID}
    about = {"rule": "gas-leak", "place": "c1", "raised_at": "2026-03-11T15:00:00+08:00"}
    found = faults(
        tmp_path,
        "{",
        {"alert": "a", "verdict": "perhaps", **SAID},
        {"alert": "a", "verdict": "true", "at": SAID["at"]},
        {"alert": "a", "verdict": "true", "by": "x", "at": "2026-03-12T09:00:00"},
        {"alert": "a", **said, "wy": "x"},
        {"alert": "a", **about, **said},
        said,
        {**said, "rule": "gas-leak", "place": "c1"},
        {**said, **about, "rule": "gas-leek"},
        {"alert": "fine", **said},
    )
    assert [(line, path) for line, path, _ in found] == [
        (1, "$"),
        (2, "$.verdict"),
        (3, "$"),
        (4, "$.at"),
        (5, "$"),
        (6, "$.rule"),
        (7, "$.alert"),
        (8, "$.raised_at"),
        (9, "$.rule"),
    ]
    messages = [message for _, _, message in found]
    assert "missing required field `by`" in messages[2]
    assert messages[3].startswith("has no offset from UTC")
    assert messages[4] == "no field is called `wy`; did you mean `why`?"
    assert messages[8] == "no rule has the id 'gas-leek'; did you mean `gas-leak`?"
    (tmp_path / "feedback.jsonl").write_text("\n")
    with pytest.raises(ConfigurationError, match="is empty: give one verdict a line, or leave --feedback out"):
        read_feedback(tmp_path / "feedback.jsonl", RULES)
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_feedback(tmp_path / "none.jsonl", RULES)


def test_a_verdict_is_about_the_alert_of_that_rule_and_place_that_stood_then() -> None:
    alert = an_alert("abc")
    about = {"rule": alert.rule.id, "place": alert.place.key}
    first, last = alert.first_at, max(alert.last_at, alert.raised_at)
    for raised_at, meant in (
        (first - timedelta(minutes=59), True),
        (first - timedelta(minutes=61), False),
        (last + timedelta(minutes=59), True),
        (last + timedelta(minutes=61), False),
    ):
        feedback = Feedback([a_verdict(raised_at=raised_at, **about)])
        assert (feedback.of(alert) is not None) is meant
        assert feedback.unheard([[Judged(alert, "unjudged")]]) == (not meant)
    assert Feedback([a_verdict(raised_at=first, **{**about, "place": "elsewhere"})]).of(alert) is None


def test_of_several_verdicts_about_one_alert_the_latest_counts_and_it_goes_before_the_truth() -> None:
    alert = an_alert("abc")
    early, late = a_verdict("true", alert="abc"), a_verdict("false", alert="abc", at=BEGAN + timedelta(days=2))
    other = an_alert("fff")
    feedback = Feedback([late, early, a_verdict(alert="gone")])
    (one, two) = feedback.judge([Judged(alert, "true"), Judged(other, "unjudged")])
    assert (one.judgement, one.looked_into) == ("false", True)
    assert (two.judgement, two.looked_into) == ("unjudged", False)
    assert feedback.unheard([[one, two]]) == 1


CALLS = [
    ("gas_leak", "幸福里小区", 0),
    ("gas_leak", "无名花园", 300),
    ("gas_leak", "第三小区", 600),
    ("noise", "x", 1_200),
]


def calls(folder: Path) -> Path:
    """Three gas calls hours apart at three spots."""
    file = folder / "calls.jsonl"
    lines = [
        {
            "source": "hotline",
            "id": str(n),
            "occurred_at": (BEGAN + timedelta(minutes=minutes)).isoformat(),
            "kind": kind,
            "caller": f"1380013800{n}",
            "district": "440507",
            "spot": spot,
        }
        for n, (kind, spot, minutes) in enumerate(CALLS)
    ]
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def looked_into(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """Of three gas alerts one was right and known half an hour later, one was wrong, and nobody looked at the third."""
    folder = tmp_path_factory.mktemp("feedback")
    at = (BEGAN + timedelta(days=1)).isoformat()
    verdicts = [
        {"verdict": "属实", "raised_at": BEGAN.isoformat(), "known_at": (BEGAN + timedelta(minutes=30)).isoformat()},
        {"verdict": "误报", "raised_at": (BEGAN + timedelta(minutes=300)).isoformat()},
        {"verdict": "误报", "raised_at": (BEGAN - timedelta(days=9)).isoformat()},
    ]
    first = backtest(Order(book="shipped", inputs=read_inputs(["fenghuo", str(calls(folder))])), Settings())
    assert not first.scored
    places = ["440507/幸福里小区", "440507/无名花园", "440507/幸福里小区"]
    lines = [
        {"rule": "gas-leak", "place": place, "by": "x", "at": at, **one}
        for place, one in zip(places, verdicts, strict=True)
    ]
    feedback = folder / "feedback.jsonl"
    feedback.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    order = Order(book="shipped", inputs=read_inputs(["fenghuo", str(folder / "calls.jsonl")]), feedback=feedback)
    return backtest(order, Settings())


def test_precision_is_of_the_alerts_somebody_looked_into(looked_into: Report) -> None:
    assert looked_into.truth is None
    assert looked_into.feedback is not None
    assert (looked_into.feedback.verdicts, looked_into.feedback.unheard) == (3, 1)
    gas = next(line for line in looked_into.new.rules if line.id == "gas-leak")
    assert gas.total == 3
    assert gas.hits is not None
    assert (gas.hits.looked_into, gas.hits.true, gas.hits.false, gas.hits.unjudged) == (2, 1, 1, 1)
    assert gas.hits.precision is not None
    assert (gas.hits.precision.hits, gas.hits.precision.of) == (1, 2)
    assert gas.hits.recall is None
    assert gas.hits.lead_s is not None
    assert (gas.hits.lead_s.median, gas.hits.lead_s.of) == (1_800.0, 1)


def test_it_is_said_how_many_alerts_have_a_verdict(
    looked_into: Report, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    total = looked_into.new.whole.total
    print_report(looked_into, "en", shown=0, written=[])
    said = capsys.readouterr().out
    assert "Against feedback" in said
    assert f"3 verdicts, 1 of them about no alert here; 2 of {total} alerts have one" in said
    assert "recall is unknown" in said
    assert "No truth given" not in said
    html = page(looked_into, "zh")
    assert f"{total}条预警中2条有反馈" in html
    assert "未提供真值：查准率" not in html

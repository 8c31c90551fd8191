"""The summary of a run."""

from __future__ import annotations

import io
import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from streams.language import Lang, Voice
from streams.replay import Tally
from streams.summary import quantile, summarise, summary_table
from tests.builders import an_alert


def a_tally(rows: int = 10) -> Tally:
    """Six events, two duplicates, one late, one dead letter, three alerts of which one is closed."""
    tally = Tally(rows=rows, verdicts=Counter(ACCEPTED=6, DUPLICATE=2, LATE=1, DEAD=1), dead=Counter(FUTURE=1))
    tally.note([an_alert("1", "red"), an_alert("2", "blue", "closed"), an_alert("3"), an_alert("4", "red")])
    tally.note([an_alert("4", "red", "withdrawn", 2)])
    return tally


def printed(tally: Tally, lang: Lang = "en") -> str:
    """The summary as text."""
    out = io.StringIO()
    Console(file=out, width=100).print(summary_table(summarise(tally, 2.0, [0.5, 1.5]), Voice(lang)))
    return out.getvalue()


def test_rows_are_events_duplicates_late_events_and_dead_letters() -> None:
    assert summarise(a_tally(), 2.0).adds_up()
    assert "10 = 6 + 2 + 1 + 1" in printed(a_tally())


@pytest.mark.parametrize(("rows", "missing"), [(11, 1), (8, -2)])
def test_a_row_too_few_or_too_many_shows(rows: int, missing: int) -> None:
    summary = summarise(a_tally(rows), 2.0)
    assert not summary.adds_up()
    assert summary.missing == missing
    assert f"{missing} missing" in printed(a_tally(rows))


def test_alerts_count_by_their_last_grade_without_the_withdrawn() -> None:
    summary = summarise(a_tally(), 2.0)
    assert summary.alerts == {"red": 1, "orange": 1, "yellow": 0, "blue": 1}
    assert summary.still_open == 2
    assert summary.versions == 5


def test_a_program_reads_the_same_figures() -> None:
    figures = json.loads(json.dumps(summarise(a_tally(), 2.0, [0.5]).as_dict()))
    assert figures["events_per_s"] == 5.0
    assert figures["adds_up"] is True
    assert figures["dead"] == {"FUTURE": 1}
    assert figures["latency_p99_s"] == 0.5


def test_without_kafka_there_is_no_latency() -> None:
    summary = summarise(a_tally(), 2.0)
    assert summary.latency_p50_s is None
    out = io.StringIO()
    Console(file=out).print(summary_table(summary, Voice("en")))
    assert "p50" not in out.getvalue()


def test_it_speaks_both_languages() -> None:
    assert "死信" in printed(a_tally(), "zh")
    assert "dead letters" in printed(a_tally(), "en")


def test_no_time_at_all_is_no_division_by_zero() -> None:
    assert summarise(a_tally(), 0.0).events_per_s == 0.0


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(0.01, 0.99))
def test_a_quantile_is_the_smallest_value_that_enough_do_not_exceed(values: list[float], q: float) -> None:
    found = quantile(values, q)
    assert found in values
    assert sum(value <= found for value in values) >= q * len(values)
    assert sum(value < found for value in values) < q * len(values)

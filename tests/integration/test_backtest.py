"""A backtest of what a live run recorded: the alerts are those of the run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from streams.backtest.command import backtest
from streams.backtest.material import staged_days
from streams.backtest.order import Order
from streams.demo_day import BEGINS
from streams.feed import feed_reports, parcels
from streams.intake.places import load_areas
from streams.simulate import load_scenarios
from streams.sources.mapping_row import Row, RowOk
from tests.integration.harness import a_city, current, settle, wait_ready


def test_a_backtest_of_the_recorded_topic_raises_what_live_raised(
    kafka: str, topic_prefix: str, tmp_path: Path
) -> None:
    with a_city(kafka, topic_prefix, tmp_path) as city:
        areas = load_areas(city.settings.areas)
        simulation = staged_days(
            load_scenarios(["demo-day"]),
            areas=areas,
            start=BEGINS.replace(tzinfo=areas.zone),
            days=1,
            seed=1,
            daily=300,
            late_s=city.settings.lateness_s,
        )
        rows: list[Row] = [RowOk(report, report.occurred_at.timestamp(), 0) for _, report in simulation.reports]
        rows.sort(key=lambda row: row.t if isinstance(row, RowOk) else 0.0)
        wait_ready(city.start_worker(), city)
        feed_reports(parcels(rows), city.settings)
        settle(city, max(row.t for row in rows if isinstance(row, RowOk)) - city.settings.lateness_s)
        live = current(city)
        order = Order(book="shipped", against="shipped", topic=True)
        report = backtest(order, msgspec.structs.replace(city.settings, http_port=0))
    assert report.rows == len(rows) == sum(report.verdicts.values())
    found = [ref.rule.id for alert in live.values() for ref in alert.findings]
    assert report.new.whole.total == len(found) >= len(live) > 0
    by_rule = {line.id: line.total for line in report.new.rules if line.id}
    assert by_rule == {id_: found.count(id_) for id_ in by_rule}
    assert report.difference is not None
    assert report.difference.changes == []

"""Surges that real data are known to hold, through the shipped book."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from rules.alert import Alert, Grade
from streams.assembly import assemble
from streams.backtest.material import of_rows
from streams.backtest.trial import Account
from streams.sources.mapping import load_mapping, read_ordered

TYPHOON = datetime(2018, 9, 15, 16, tzinfo=UTC)  # 16 September in Shenzhen: Mangkhut
DAY_S = 86_400.0


def test_the_day_of_the_typhoon_is_an_orange_surge_of_fallen_trees_on_that_very_day(shared_data: Path) -> None:
    parts = assemble(areas="pingshan", book="", hazards="", reporter_key=b"k" * 32)
    rows = read_ordered([(load_mapping("pingshan"), shared_data / "pingshan_2018" / "appeals.csv.gz")], None)
    pipeline = parts.new_pipeline()
    told: list[Alert] = []
    after = TYPHOON.timestamp() + DAY_S
    for event in of_rows(rows, parts.intake, Account(), after):
        t = event.occurred_at.timestamp()
        if t >= after:
            break
        told += pipeline.advance(t).alerts
        told += pipeline.process(event).alerts
    surges = [alert for alert in told if alert.rule.id == "hotline-surge" and alert.raised_at == TYPHOON]
    assert any(alert.kind == "tree_fall" and alert.grade.rank >= Grade.ORANGE.rank for alert in surges)

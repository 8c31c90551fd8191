"""Signals on one key as incidents: one that never becomes quiet is told anew after a month, and not kept for ever."""

from __future__ import annotations

from itertools import pairwise

import msgspec

from rules.sessions import SignalState
from tests.rules.test_calibration import HOUR, a_book, a_signal, an_engine, run

MONTH_H = 30 * 24


def test_a_surge_that_never_ends_is_another_incident_after_a_month() -> None:
    engine = an_engine(a_book(quiet="2d"))
    said = [alert for hour in range(0, 3 * MONTH_H, 24) for alert in run(engine, a_signal(hour), hour * HOUR)]
    raised = sorted(alert.raised_at for alert in said if alert.revision.change == "new")
    assert len(raised) == 3
    assert all((after - before).days == 31 for before, after in pairwise(raised))
    latest = {alert.id: alert for alert in said}
    assert sorted(alert.status for alert in latest.values()) == ["closed", "closed", "open"]


def test_what_a_surge_that_never_ends_leaves_behind_is_a_month_of_signals() -> None:
    engine = an_engine(a_book(quiet="2d"))
    kept: dict[str, bytes | None] = {}
    most = 0
    for hour in range(0, 12 * MONTH_H, 24):
        run(engine, a_signal(hour), hour * HOUR)
        kept.update(engine.dirty())
        folds = [data for name, data in kept.items() if "surge" in name and data is not None]
        most = max(most, *(len(msgspec.msgpack.decode(data, type=SignalState).signals) for data in folds))
    assert 30 < most < 36

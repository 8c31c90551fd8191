"""The known day: what is fed, and what a replay without any fault makes of it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from streams import topics
from streams.assembly import Parts
from streams.feed import Parcel, parcels
from streams.replay import Replay, Tally
from streams.simulate import load_scenarios, simulate
from streams.sources.mapping_row import Row, RowOk

GARBAGE, LATE = 20, 20
_HOTLINE = "hotline.calls"
_HOURS_LATE = 12


@dataclass
class Day:
    """A day of a simulated city with some garbage and some reports that come half a day late.

    Parameters
    ----------
    parcels
        In the order they are fed.
    reports
        How many of them are reports; the others are garbage.
    tally
        What the replay made of the reports.
    due
        Parcels that had been fed when the replay said an alert of a grade because of the last of them, by id and rank
        of the grade: what waits for event time to pass is not among them.

    """

    parcels: list[Parcel]
    reports: int
    tally: Tally
    due: dict[tuple[str, int], int] = field(default_factory=dict)


def a_day(parts: Parts, *, events: float, seed: int, lateness_s: float) -> Day:
    """Make a day of about so many events."""
    rows = _with_late(_reports(parts, events, seed))
    found = Day([], len(rows), Tally())
    garbage = max(1, len(rows) // GARBAGE)
    places: list[int] = []
    for number, row in enumerate(rows):
        if number % garbage == garbage // 2:
            found.parcels.append(Parcel(None, _HOTLINE, b'{"id": "no report %d"' % number, bad=True))
        found.parcels += parcels([row])
        places.append(len(found.parcels))
    _replay(found, rows, places, parts, lateness_s)
    return found


def _reports(parts: Parts, events: float, seed: int) -> list[RowOk]:
    staged = simulate(
        areas=parts.areas,
        start=datetime(2026, 3, 11, tzinfo=parts.areas.zone),
        days=1,
        seed=seed,
        daily_events=events,
        scenarios=load_scenarios(["demo-day"]),
    )
    rows = [RowOk(report, report.occurred_at.timestamp(), 0) for _, report in staged.reports]
    return sorted(rows, key=lambda row: row.t)


def _with_late(rows: list[RowOk]) -> list[Row]:
    """Put copies of early calls, under ids of their own, among the later ones."""
    calls = [row for row in rows[: len(rows) // 4] if row.report.topic == _HOTLINE][:: max(1, len(rows) // 200)]
    mixed: list[Row] = []
    step = len(rows) // 3 // LATE
    late = iter(calls[:LATE])
    for number, row in enumerate(rows):
        mixed.append(row)
        if number > 2 * len(rows) // 3 and number % step == 0 and (call := next(late, None)) is not None:
            assert row.t - call.t > timedelta(hours=_HOURS_LATE - 6).total_seconds()
            mixed.append(RowOk(msgspec.structs.replace(call.report, id=f"late-{call.report.id}"), call.t, 0))
    return mixed


def _replay(day: Day, rows: list[Row], places: list[int], parts: Parts, lateness_s: float) -> None:
    fed, event = 0, ""

    def counted() -> Iterator[Row]:
        nonlocal fed, event
        for place, row in zip(places, rows, strict=True):
            fed = place
            event = f"{row.report.topic.partition('.')[0]}:{row.report.id}" if isinstance(row, RowOk) else ""
            yield row

    replay = Replay(parts, lateness_s=lateness_s, now=time.time())
    for told in replay.run(counted()):
        for alert in told.alerts:
            if event in alert.evidence:
                day.due.setdefault((alert.id, alert.grade.rank), fed)
    day.tally = replay.tally
    assert day.tally.adds_up()
    assert day.tally.verdicts["LATE"] >= LATE // 2
    assert day.tally.verdicts["DUPLICATE"]
    assert not day.tally.verdicts["DEAD"]
    assert day.due
    assert set(topics.raw_topics()) == {parcel.topic for parcel in day.parcels}

"""How many alerts a day and a shift bring."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from rules.alert import GRADES, Alert, Grade
from streams.summary import quantile

SHIFTS = (time(0), time(8), time(16))
_URGENT = (Grade.ORANGE, Grade.RED)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """Alerts raised on one local day, by final grade, the most serious first."""

    on: date
    alerts: dict[str, int]

    @property
    def total(self) -> int:
        """Alerts of whatever grade."""
        return sum(self.alerts.values())


class ShiftLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What a shift had to deal with.

    Parameters
    ----------
    name
        Local begin and end: ``08:00–16:00``; empty for all shifts together.
    shifts
        How many such shifts were counted, those without alerts included.
    mean, p95, most
        Alerts a shift: mean, 95th percentile (nearest rank), maximum.
    urgent
        Mean of orange and red ones.

    """

    name: str
    shifts: int
    mean: float
    p95: float
    most: int
    urgent: float


def by_day(alerts: Sequence[Alert], first: float, last: float, zone: ZoneInfo) -> list[Day]:
    """Return the alerts of every local day from `first` to `last` (epoch seconds) by the time they were raised."""
    counts = Counter((alert.raised_at.astimezone(zone).date(), alert.grade) for alert in alerts)
    days = {on for on, _ in counts} | {datetime.fromtimestamp(t, zone).date() for t in (first, last)}
    begin, end = min(days), max(days)
    return [
        Day(on=on, alerts={grade.value: counts[on, grade] for grade in reversed(GRADES)})
        for on in (begin + timedelta(days=n) for n in range((end - begin).days + 1))
    ]


def by_shift(
    alerts: Sequence[Alert], first: float, last: float, zone: ZoneInfo, begins: Sequence[time] = SHIFTS
) -> list[ShiftLoad]:
    """Return the load of each kind of shift, and last that of all together.

    Parameters
    ----------
    alerts
        Counted by the time they were raised.
    first, last
        Span of event time, epoch seconds: shifts of which it covers less than half are left out, unless there
        is no other.
    zone
        Time zone of the city.
    begins
        Local times at which shifts begin, in order.

    """
    edges = _edges(first, last, zone, begins)
    starts = [t for t, _ in edges]
    counts, urgent = [0] * len(edges), [0] * len(edges)
    for alert in alerts:
        at = bisect_right(starts, alert.raised_at.timestamp()) - 1
        if 0 <= at < len(edges):
            counts[at] += 1
            urgent[at] += alert.grade in _URGENT
    ends = [*starts[1:], float("inf")]
    covered = [min(ends[n], last) - max(starts[n], first) for n in range(len(edges))]
    within = [n for n in range(len(edges)) if 2 * covered[n] >= ends[n] - starts[n]]
    within = within or [n for n in range(len(edges)) if ends[n] > first and starts[n] <= last]
    groups = {_span(n, begins): [i for i in within if edges[i][1] == n] for n in range(len(begins))}
    if len(begins) > 1:
        groups[""] = within
    return [_load(name, [counts[i] for i in of], [urgent[i] for i in of]) for name, of in groups.items()]


def _load(name: str, counts: list[int], urgent: list[int]) -> ShiftLoad:
    many = max(1, len(counts))
    return ShiftLoad(
        name=name,
        shifts=len(counts),
        mean=sum(counts) / many,
        p95=quantile(counts, 0.95) or 0.0,
        most=max(counts, default=0),
        urgent=sum(urgent) / many,
    )


def _edges(first: float, last: float, zone: ZoneInfo, begins: Sequence[time]) -> list[tuple[float, int]]:
    """Return when each shift begins and which of `begins` it is: from the day before `first` to that after `last`."""
    day = datetime.fromtimestamp(first, zone).date() - timedelta(days=1)
    end = datetime.fromtimestamp(last, zone).date() + timedelta(days=1)
    edges: list[tuple[float, int]] = []
    while day <= end:
        edges += [(datetime.combine(day, at, zone).timestamp(), n) for n, at in enumerate(begins)]
        day += timedelta(days=1)
    return edges


def _span(n: int, begins: Sequence[time]) -> str:
    return f"{begins[n]:%H:%M}–{begins[(n + 1) % len(begins)]:%H:%M}"

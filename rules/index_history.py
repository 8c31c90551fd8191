"""What happened in every area, by day and later by week; and what is normal by it, in three parts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from rules.index_config import NormPart

Cells = dict[str, dict[str, int]]
"""By area, then by measure: a class of the taxonomy, or ``ALERTS``."""
ALERTS = "alerts"
"""Measure of the points of alerts, in thousandths; the others count events."""
_HEARD = "#days"
"""Of the city in a week: its days with any event."""
_WEEK = 7
_YEAR_WEEKS = 52


class Norm(msgspec.Struct, frozen=True, kw_only=True):
    """What is normal for a day: its three parts and their weighted mean; ``None`` where too little is known.

    Parameters
    ----------
    expected
        Events a day.
    long_run, last_year, last_period
        Means a day over all that is kept, over the same weeks of the year before, and over the last period.

    """

    expected: float | None = None
    long_run: float | None = None
    last_year: float | None = None
    last_period: float | None = None


class Sums(msgspec.Struct):
    """Sums, and of single days sums of squares, over the days of a stretch of time of which anything is known."""

    cells: Cells
    squares: Cells
    days: int

    def mean(self, area: str, measures: Iterable[str]) -> float | None:
        """Return the mean a day of some measures together; ``None`` of no days."""
        own = self.cells.get(area, {})
        return sum(own.get(measure, 0) for measure in measures) / self.days if self.days else None

    def variance(self, area: str, measure: str) -> float:
        """Return the variance a day of a measure."""
        mean = self.cells.get(area, {}).get(measure, 0) / self.days
        return max(0.0, self.squares.get(area, {}).get(measure, 0) / self.days - mean * mean)


class Normal:
    """What is normal on one day, in every area.

    Parameters
    ----------
    weights
        Of the three parts, in the order of `parts`.
    parts
        Long run, last year, last period; ``None`` where too little is known.

    """

    def __init__(
        self, weights: tuple[float, float, float], parts: tuple[Sums | None, Sums | None, Sums | None]
    ) -> None:
        self._weights = weights
        self._parts = parts

    @property
    def known(self) -> bool:
        """Whether there is a norm at all."""
        return self._parts[2] is not None

    def of(self, area: str, *measures: str) -> Norm:
        """Return the norm of some measures together in an area."""
        means = [None if part is None else part.mean(area, measures) for part in self._parts]
        there = [(weight, mean) for weight, mean in zip(self._weights, means, strict=True) if mean is not None]
        total = sum(weight for weight, _ in there)
        expected = sum(weight * mean for weight, mean in there) / total if self.known and total else None
        return Norm(expected=expected, long_run=means[0], last_year=means[1], last_period=means[2])

    def variance(self, area: str, measure: str) -> float:
        """Return the variance a day of a measure in the last period; 0 when that is not known."""
        period = self._parts[2]
        return period.variance(area, measure) if period is not None else 0.0

    def areas(self) -> set[str]:
        """Return the areas in which anything happened lately or last year."""
        return {area for part in self._parts if part is not None for area in part.cells}


class History:
    """Counts per area, measure and day; after nine weeks per week; forgotten after `keep_weeks`.

    Holds some 70 days and 106 weeks of the areas in which anything happened, one small number for every area and class.

    Parameters
    ----------
    config
        How the norm is made.
    city
        ``city/`` and the id of the city.

    """

    def __init__(self, config: NormPart, city: str) -> None:
        self._config = config
        self._city = city
        self._keep_days = max(63, config.period_days + config.gap_days + _WEEK)
        self._days: dict[int, Cells] = {}
        self._weeks: dict[int, Cells] = {}
        self._dirty: set[tuple[str, int]] = set()
        self.since: int | None = None

    def add(self, area: str, measure: str, day: int, n: int) -> None:
        """Add to a cell; days that were folded into weeks already are not added to."""
        cell = self._days.setdefault(day, {}).setdefault(area, {})
        cell[measure] = cell.get(measure, 0) + n
        self._dirty.add(("day", day))
        if measure != ALERTS and (self.since is None or day < self.since):
            self.since = day

    def day(self, day: int) -> Cells:
        """Return the cells of a day."""
        return self._days.get(day, {})

    def areas(self) -> set[str]:
        """Return the areas in which anything happened on days not yet folded."""
        return {area for cells in self._days.values() for area in cells}

    def fold(self, today: int) -> None:
        """Fold whole weeks that lie back far enough into one cell each; forget those that lie too far back."""
        heard = {day for day, cells in self._days.items() if self._city in cells}
        for day in sorted(day for day in self._days if _last_of(_week(day)) < today - self._keep_days):
            week = self._weeks.setdefault(_week(day), {})
            for area, cell in self._days.pop(day).items():
                own = week.setdefault(area, {})
                for measure, n in cell.items():
                    own[measure] = own.get(measure, 0) + n
            if self._city in week:
                week[self._city][_HEARD] = week[self._city].get(_HEARD, 0) + (day in heard)
            self._dirty |= {("day", day), ("week", _week(day))}
        for number in [one for one in self._weeks if one < _week(today) - self._config.keep_weeks]:
            del self._weeks[number]
            self._dirty.add(("week", number))

    def normal(self, day: int) -> Normal:
        """Return what is normal on `day`, by the days that end `gap_days` before it.

        Days without a single event in the whole city count for nothing, nor do days and weeks so thin that the city
        was not yet heard from as it is now: below `thin` of the upper quartile of its last seven days.
        """
        config, end = self._config, day - self._config.gap_days
        thin = config.thin * self._volume(day)
        period = self._sum(end - config.period_days + 1, end, thin)
        long_run = self._sum((_week(day) - config.keep_weeks) * _WEEK - 3, end, thin)
        middle, around = _week(day) - _YEAR_WEEKS, config.year_weeks
        last_year = self._sum(_first_of(middle - around), _last_of(middle + around), thin)
        enough = period.days >= config.min_days and self._total(period) >= config.least_events * period.days
        return Normal(
            (config.weights.long_run, config.weights.last_year, config.weights.last_period),
            (
                long_run if long_run.days >= config.long_run_days else None,
                last_year if last_year.days >= _WEEK else None,
                period if enough else None,
            ),
        )

    def _volume(self, day: int) -> float:
        """Return the upper quartile of the city's events a day on the last seven days before `day` that had any."""
        before = sorted(one for one in self._days if one < day)[-_WEEK:]
        totals = sorted(total for total in (_events(self.day(one).get(self._city)) for one in before) if total)
        return float(totals[3 * len(totals) // 4]) if totals else 0.0

    def _total(self, sums: Sums) -> int:
        return _events(sums.cells.get(self._city))

    def _sum(self, first: int, last: int, thin: float) -> Sums:
        """Return the sums of days `first` to `last`; of folded weeks, those whose middle lies between."""
        total: defaultdict[str, dict[str, int]] = defaultdict(dict)
        squares: defaultdict[str, dict[str, int]] = defaultdict(dict)
        days = 0
        for cells, n in self._within(first, last):
            if not n or _events(cells.get(self._city)) < thin * n:
                continue
            days += n
            for area, cell in cells.items():
                own, own_squares = total[area], squares[area]
                for measure, count in cell.items():
                    own[measure] = own.get(measure, 0) + count
                    own_squares[measure] = own_squares.get(measure, 0) + count * count
        return Sums(dict(total), dict(squares), days)

    def _within(self, first: int, last: int) -> Iterator[tuple[Cells, int]]:
        """Yield the cells of days and of weeks, with how many days they hold of which anything is known."""
        yield from ((cells, int(self._city in cells)) for day, cells in self._days.items() if first <= day <= last)
        for week, cells in self._weeks.items():
            if first <= _first_of(week) + 3 <= last:
                yield cells, cells.get(self._city, {}).get(_HEARD, 0)

    def dirty(self) -> dict[str, bytes | None]:
        """Return the state that changed since the last call: ``day/20512`` or ``week/2930`` to MessagePack."""
        stores = {"day": self._days, "week": self._weeks}
        changed = {
            f"{what}/{number}": msgspec.msgpack.encode(stores[what][number]) if number in stores[what] else None
            for what, number in sorted(self._dirty)
        }
        self._dirty.clear()
        return changed

    def restore(self, items: Mapping[str, bytes]) -> None:
        """Take over what `dirty` returned."""
        stores = {"day": self._days, "week": self._weeks}
        for key, data in items.items():
            what, _, number = key.partition("/")
            stores[what][int(number)] = msgspec.msgpack.decode(data, type=Cells)


def _events(cell: dict[str, int] | None) -> int:
    return sum(n for measure, n in (cell or {}).items() if measure not in {ALERTS, _HEARD})


def _week(day: int) -> int:
    """Return the number of the week, Monday to Sunday, a day lies in; day 0 is a Thursday."""
    return (day + 3) // _WEEK


def _first_of(week: int) -> int:
    return week * _WEEK - 3


def _last_of(week: int) -> int:
    return week * _WEEK + 3

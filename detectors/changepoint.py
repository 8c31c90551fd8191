"""Changes of level and spread that last, in many daily counts at once: when they began, and how rare they are."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from dataclasses import replace

import msgspec
import numpy as np

from detectors.change import Change, How, p_value, reached
from detectors.two_samples import Flags, Floats, Rows, Sides, two_rates, two_variances

DAYS = 91  # in which a change is dated
SETTLED = 28.0  # days a series must have been as it was before a change
_DATED = 3  # days that a change is dated back at least
_FEWEST = 10.0  # events that must have come, or been expected, since the change
_SPREAD_FROM = 3.0  # events a day from which on spread is watched
_MATTERS_SPREAD = 1.5  # factor of the variance that is no change
_WEEK = 7
_MEMORY = 365.0  # days over which what lies before the dated days fades to 1/e
_WEEKLY_MEMORY, _WEEKLY_SURE = 180.0, 10.0  # days; events of an even week each weekday begins with
_DISPERSION, _DISPERSION_SURE = 1.2, 10.0
_WILDEST = 16.0
_HIGHEST = (3.0, 4.0)  # times the level, or standard deviations above it, beyond which a day teaches no more
_DEPENDENT = 3.0  # fewer squared differences are worth one independent variance
_LEAST_VARIANCE = 0.1  # over mean: less is taken for this
_TINY = 1e-12
_REAL = np.dtype("<f8")


class Known(msgspec.Struct, frozen=True, array_like=True):
    """All that is known of the series: float64 little-endian in C order, series x numbers."""

    series: int
    table: bytes


Weighed = tuple[Rows, Floats, Floats]
"""The series that may have changed; log-odds of that, and how many times more is since, these series x days since."""


class ChangePoints:
    """Finds when the level or the spread of daily counts changed for good.

    For each of the last 91 days the days since are set against all before: the generalised likelihood ratio of two
    Poisson rates, divided by the overdispersion, against a rate at most `matters` times the other, so that what does
    not matter is no change however certain. The weekday's own factor is an exposure. Overdispersion is that of days
    or of weeks, whichever is larger, from differences of neighbours, which know no level; so is spread, whose change
    is the likelihood ratio of two variances, one at least 1.5 times the other. A change is weighed over a week
    (spread: three) or more, of which both halves must show it; a day counts as no more than 3 times the level, or 4
    standard deviations above it. After a change only the days since are kept.

    A series may be judged 35 days after its first event. Memory: 8 bytes x (4 x 91 + 27) = 3.1 kB a series.

    Parameters
    ----------
    p_least
        P-value from which on a change is reported.
    matters
        Factor of the level, above 1, that is no change yet, up or down.

    Attributes
    ----------
    table
        What is known, a row of float64 a series: sums of what lies before the dated days, of weekdays and of spread,
        the last days' counts, and of each dated day events, exposure, squared difference and whether there is one.

    References
    ----------
    Lai (1995), Sequential changepoint detection in quality control and dynamical systems, Journal of the Royal
    Statistical Society B 57 (window-limited generalised likelihood ratio); von Neumann (1941), Distribution of the
    ratio of the mean square successive difference to the variance, Annals of Mathematical Statistics 12.

    Examples
    --------
    >>> points = ChangePoints(p_least=1e-4)
    >>> points.add(1)
    >>> counts = np.repeat([6.0, 15.0], [100, 20])
    >>> found = [(day, change) for day in range(120) for change in points.learn(day, counts[day : day + 1])]
    >>> [(day, one.how, day - one.days + 1, round(one.before), round(one.after)) for day, one in found]
    [(104, 'level_up', 100, 6, 15)]

    """

    _PAST, _WEEKDAYS, _SUMS = slice(0, 4), slice(4, 18), slice(18, 24)
    _LAST = 24  # yesterday's count by its weekday factor, this and the last week's count
    _WIDTH = 27 + 4 * DAYS

    def __init__(self, *, p_least: float, matters: float = 1.25) -> None:
        self._least = p_least
        self._matters = matters
        self.table = np.zeros((0, self._WIDTH))

    def __len__(self) -> int:
        return len(self.table)

    def add(self, number: int) -> None:
        """Begin series without any days."""
        fresh = np.zeros((number, self._WIDTH))
        fresh[:, self._SUMS] = np.array([_DISPERSION, 1.0] * 3) * _DISPERSION_SURE
        fresh[:, self._LAST] = -1.0
        fresh[:, self._LAST + 2] = -1.0
        self.table = np.vstack([self.table, fresh])

    def keep(self, rows: Sequence[int]) -> None:
        """Drop all other series."""
        self.table = self.table[list(rows)]

    def score(self) -> Floats:
        """Return the p-value of a change in each series up to the day learned last."""
        odds = np.zeros(len(self))
        for how, (rows, found, _) in (("level", self._level()), ("spread", self._spread())):
            odds[rows] = np.maximum(odds[rows], reached(how, found))
        return p_value(odds)

    def learn(self, day: int, counts: Floats) -> list[Change]:
        """Learn a day's counts of all series.

        Parameters
        ----------
        day
            Its number; only its weekday matters.
        counts
            Events, one a series.

        Returns
        -------
        list
            The changes found; their series begin anew with the days since.

        """
        self._take(day % _WEEK, counts)
        found: dict[int, Change] = {}
        for how, (rows, odds, ratio) in (("level", self._level()), ("spread", self._spread())):
            most = reached(how, odds)
            for n in np.flatnonzero(p_value(most) <= self._least).tolist():
                row, days = int(rows[n]), int(odds[n, _DATED - 1 :].argmax()) + _DATED
                up = bool(ratio[n, days - 1] > 1.0)
                found.setdefault(row, self._change(row, how, days, up=up, odds=float(most[n])))
        for change in found.values():
            self._restart(change.series, change.days)
        return list(found.values())

    @staticmethod
    def learn_together(day: int, parts: Sequence[ChangePoints], counts: Sequence[Floats]) -> list[list[Change]]:
        """Let several learn a day at the cost of one, each its own counts; return the changes of each."""
        whole = copy(parts[0])
        whole.table = np.concatenate([part.table for part in parts])
        changes = whole.learn(day, np.concatenate(counts))
        found: list[list[Change]] = []
        first = 0
        for part in parts:
            last = first + len(part)
            part.table = whole.table[first:last].copy()
            found.append([replace(one, series=one.series - first) for one in changes if first <= one.series < last])
            first = last
        return found

    def state(self) -> Known:
        """Return everything that was learned."""
        return Known(len(self.table), self.table.astype(_REAL).tobytes())

    def restore(self, known: Known) -> None:
        """Go on from what `state` gave."""
        table = np.frombuffer(known.table, _REAL).astype(np.float64)
        self.table = table.reshape(known.series, self._WIDTH)

    def _days(self, which: int) -> Floats:
        start = 27 + which * DAYS
        return self.table[:, start : start + DAYS]

    def _rate(self) -> Floats:
        """Return events a day of the last four weeks."""
        recent = slice(-4 * _WEEK, None)
        exposure = self._days(1)[:, recent].sum(axis=1)
        found: Floats = (self._days(0)[:, recent].sum(axis=1) + 0.5) / (exposure + 1.0)
        return found

    def _dispersion(self) -> Floats:
        sums = self.table[:, self._SUMS]
        found: Floats = np.maximum(np.maximum(sums[:, 0] / sums[:, 1], sums[:, 2] / sums[:, 3]), 1.0)
        return found

    def _take(self, weekday: int, counts: Floats) -> None:
        table = self.table
        weekly = table[:, self._WEEKDAYS]
        heard = weekly[:, :_WEEK]
        mean = heard.sum(axis=1) / np.maximum(weekly[:, _WEEK:].sum(axis=1), 1.0)
        factors = (heard + _WEEKLY_SURE) / (weekly[:, _WEEK:] * mean[:, None] + _WEEKLY_SURE)
        factor = factors[:, weekday] * _WEEK / factors.sum(axis=1)
        started = self._days(1)[:, -1] > 0.0
        level = self._rate() * factor
        bound = np.maximum(_HIGHEST[0] * level, level + _HIGHEST[1] * np.sqrt(self._dispersion() * level)) + 1.0
        believed = np.where(started, np.minimum(counts, bound), counts)
        self._learn_spread(weekday, believed, factor, level)
        weekly *= np.exp(-1.0 / _WEEKLY_MEMORY)
        weekly[:, weekday] += believed
        weekly[:, _WEEK + weekday] += 1.0
        past = table[:, self._PAST]
        past *= np.exp(-1.0 / _MEMORY)
        past += np.stack([self._days(which)[:, 0] for which in range(4)], axis=1)
        for which in range(4):
            days = self._days(which)
            days[:, :-1] = days[:, 1:].copy()
        apart = table[:, self._LAST]
        difference = np.where(apart >= 0.0, self._difference(believed, factor), 0.0)
        for which, today in enumerate((believed, factor, difference, (apart >= 0.0).astype(np.float64))):
            self._days(which)[:, -1] = today
        table[:, self._LAST] = believed / factor

    def _difference(self, believed: Floats, factor: Floats) -> Floats:
        """Return the squared difference to the day before over what it is on average without overdispersion."""
        before = self.table[:, self._LAST]
        today = believed / factor
        level = self._rate()
        squared = (today - before) ** 2 / np.maximum(level * (1.0 + 1.0 / factor), _TINY)
        sums = self.table[:, self._SUMS]
        found: Floats = np.minimum(squared, _WILDEST * sums[:, 4] / sums[:, 5])
        return found

    def _learn_spread(self, weekday: int, believed: Floats, factor: Floats, level: Floats) -> None:
        table, sums = self.table, self.table[:, self._SUMS]
        seen = table[:, self._LAST] >= 0.0
        trust = np.where(seen, level / (1.0 + level), 0.0)
        difference = self._difference(believed, factor)
        sums[:, 4:6] *= np.exp(-1.0 / DAYS)
        sums[:, 4] += trust * difference
        sums[:, 5] += trust
        sums[:, 0:2] = sums[:, 4:6]
        table[:, self._LAST + 1] += believed
        if weekday == _WEEK - 1:
            week, before = table[:, self._LAST + 1].copy(), table[:, self._LAST + 2].copy()
            both = np.maximum(week + before, _TINY)
            trust = np.where(before >= 0.0, both / (4.0 + both), 0.0)
            sums[:, 2:4] *= np.exp(-_WEEK / _MEMORY)
            sums[:, 2] += trust * np.minimum((week - before) ** 2 / both, _WILDEST * sums[:, 2] / sums[:, 3])
            sums[:, 3] += trust
            table[:, self._LAST + 1], table[:, self._LAST + 2] = 0.0, week

    def _sums(self, which: int, rows: Rows) -> tuple[Floats, Floats]:
        """Return sums before and since each of the last days, series x days since."""
        since = np.cumsum(self._days(which)[rows, ::-1], axis=1)
        return self.table[rows, which, None] + since[:, -1:] - since, since

    def _settled(self, which: int) -> Flags:
        """Tell which series may have been as they were for long enough."""
        found: Flags = self.table[:, which] + self._days(which).sum(axis=1) >= SETTLED
        return found

    def _level(self) -> Weighed:
        rows = np.flatnonzero(self._settled(1))
        before, since = self._sums(0, rows)
        pre, post = self._sums(1, rows)
        known = self._days(1)[rows, ::-1] > 0.0
        expected = before * post / np.maximum(pre, _TINY)
        enough = known & (pre >= SETTLED) & (np.maximum(expected, since) >= _FEWEST)
        sides = Sides(before, since, pre, post)
        odds = sides.weigh(two_rates, self._matters, among=enough)
        return rows, odds / self._dispersion()[rows, None], sides.ratio

    def _spread(self) -> Weighed:
        rows = np.flatnonzero(self._settled(3) & (self._rate() >= _SPREAD_FROM))
        pre, post = self._sums(3, rows)
        before, since = self._sums(2, rows)
        before, since = before + _LEAST_VARIANCE * pre, since + _LEAST_VARIANCE * post
        sides = Sides(before, since, pre, post)
        enough = (self._days(3)[rows, ::-1] > 0.0) & (pre >= SETTLED)
        odds = sides.weigh(two_variances, _MATTERS_SPREAD, among=enough)
        usual = np.minimum(before / np.maximum(pre, _TINY), since / np.maximum(post, _TINY))
        heavy = 1.0 + (0.5 + np.maximum(usual - 1.0, 0.0)) / self._rate()[rows, None]
        return rows, odds / (_DEPENDENT * heavy), sides.ratio

    def _change(self, row: int, how: str, days: int, *, up: bool, odds: float) -> Change:
        number = 0 if how == "level" else 2
        sums = [self._sums(which, np.array([row])) for which in (number, number + 1, 0)]
        (before, since), (pre, post), (_, came) = ((float(b[0, days - 1]), float(s[0, days - 1])) for b, s in sums)
        would = post * before / pre if how == "level" else came
        kind: How = ("level_up" if up else "level_down") if how == "level" else ("more_spread" if up else "less_spread")
        doubt = float(self._dispersion()[row]) * would * (1.0 + post / pre)
        return Change(
            series=row,
            how=kind,
            days=days,
            before=before / pre,
            after=since / post,
            observed=came,
            expected=would,
            spread=float(np.sqrt(doubt)),
            odds=odds,
            p_value=float(p_value(np.array([odds]))[0]),
        )

    def _restart(self, row: int, days: int) -> None:
        self.table[row, self._PAST] = 0.0
        for which in range(4):
            self._days(which)[row, : DAYS - days] = 0.0

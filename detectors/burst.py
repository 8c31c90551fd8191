"""Whether more people tell of a matter than its own past and the city's let expect."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from detectors.tail import critical_count, upper_tail

_CELLS = 16
# What is believed of a matter nobody knows yet weighs as much as half a telling of its own; shares change with the time
# of day and the season, so however long the past, it weighs no more than so many tellings.
_PRIOR_SHAPE, _MOST_SHAPE = 0.5, 5.0
_HIGH = 0.01  # expected_high is the 99 % quantile
_LEAST = 1e-15  # further down in the tail no model is to be believed


@dataclass(frozen=True, slots=True)
class Burst:
    """How surprising a number of reporters is.

    Parameters
    ----------
    window_s
        Length of the window, seconds.
    observed
        Distinct reporters in it.
    expected
        Mean of the predictive distribution, reporters.
    p_value
        Upper-tail probability of `observed`, times the number of windows looked at.
    size
        Shape of the predictive distribution.
    founder
        1 when the window holds the matter's first telling, which is certain.

    """

    window_s: float
    observed: int
    expected: float
    p_value: float
    size: float
    founder: int

    @property
    def expected_high(self) -> float:
        """The 99 % quantile of the predictive distribution, reporters."""
        return float(self.founder + critical_count(self.expected - self.founder, self.size, _HIGH) - 1)


class Exposure:
    """How much the whole city told in the last seconds, for windows of several lengths.

    Parameters
    ----------
    windows_s
        Lengths of the windows, seconds; each is counted in sixteenths and rounded to them.

    Examples
    --------
    >>> exposure = Exposure([3600.0])
    >>> for minute in range(120):
    ...     exposure.learn(60.0 * minute)
    >>> exposure.counts(7140.0)
    [60]

    """

    def __init__(self, windows_s: Sequence[float]) -> None:
        self._widths = [window / _CELLS for window in windows_s]
        self._cells: list[dict[int, int]] = [{} for _ in windows_s]
        self._latest = [-_CELLS for _ in windows_s]
        self._told = [0 for _ in windows_s]

    def learn(self, t: float) -> None:
        """Count a telling at `t`, epoch seconds."""
        for place, (width, cells) in enumerate(zip(self._widths, self._cells, strict=True)):
            cell = int(t // width)
            self._told[place] += 1
            if cell == self._latest[place]:
                cells[cell] += 1
                continue
            self._latest[place] = cell
            cells[cell] = cells.get(cell, 0) + 1
            for old in [one for one in cells if one <= cell - _CELLS]:
                self._told[place] -= cells.pop(old)

    def counts(self, t: float) -> list[int]:
        """Return the tellings in each window that ends at `t`, epoch seconds."""
        latest = [int(t // width) for width in self._widths]
        if latest == self._latest:
            return list(self._told)
        return [
            sum(count for cell, count in cells.items() if cell > last - _CELLS)
            for last, cells in zip(latest, self._cells, strict=True)
        ]

    def state(self) -> list[dict[int, int]]:
        """Return the counts."""
        return [dict(cells) for cells in self._cells]

    def restore(self, state: list[dict[int, int]]) -> None:
        """Go on from `state`."""
        self._cells = [dict(cells) for cells in state]
        self._latest = [max(cells, default=-_CELLS) for cells in state]
        self._told = [sum(cells.values()) for cells in state]


def surprise(
    last: Sequence[float],
    t: float,
    *,
    least: int,
    people: int,
    since: int,
    exposures: Sequence[tuple[float, int]],
    alike: int,
) -> Burst | None:
    """Return the window in which the number of reporters is most out of the ordinary, if any has enough of them.

    A matter's share in what the city tells is gamma distributed: a priori like that of any of the `alike` matters
    alive, then taught by its own past before the window. Given the city's tellings in the window, the reporters in
    it are then negative binomial (a gamma-Poisson mixture). Who told first is why we look, and proves nothing.

    Parameters
    ----------
    last
        When each of the matter's latest reporters last told, epoch seconds, in order, the present one included.
    t
        End of the windows, epoch seconds.
    least
        Reporters a window must have: one more after a long silence is always out of the ordinary.
    people
        Distinct reporters of the matter ever.
    since
        Tellings in the city since the matter's first.
    exposures
        Length of each window in seconds, and the tellings of the city in it.
    alike
        Matters alive.

    References
    ----------
    DuMouchel, Bayesian data mining in large frequency tables, The American Statistician 53 (1999).

    Examples
    --------
    >>> burst = surprise([100.0] * 5, 200.0, least=3, people=5, since=40, exposures=[(3600.0, 60)], alike=300)
    >>> burst.observed, burst.p_value < 1e-3
    (5, True)

    """
    best: tuple[float, float, int, int, float, float] | None = None
    for window_s, told in exposures:
        observed = len(last) - bisect_right(last, t - window_s)
        if observed < least:
            continue
        past, within = max(0, since - told), max(1, min(told, since))
        founder = 1 if people == observed else 0
        known = _PRIOR_SHAPE + max(0, people - observed - (1 - founder))
        mean = known * within / (_PRIOR_SHAPE * max(1, alike) + past)
        if observed - founder <= mean:
            continue
        size = min(known, _MOST_SHAPE)
        p_value = min(1.0, upper_tail(observed - founder, mean, size) * len(exposures))
        if best is None or p_value < best[0]:
            best = p_value, window_s, observed, founder, mean, size
    if best is None:
        return None
    p_value, window_s, observed, founder, mean, size = best
    return Burst(window_s, observed, founder + mean, max(p_value, _LEAST), size, founder)

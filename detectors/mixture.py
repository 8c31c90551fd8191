"""How unlikely a mix of kinds is: exact beta-binomial tails of every kind's share, and of the smallest of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

Floats = NDArray[np.float64]

FEWEST = 3  # events of a kind that can make its share too large
_STRIKING = (-2.0, 2.2)  # standard deviations beyond which a tail may be smaller than 1/100
_MOST = 200  # counts beyond which a distribution is taken for continuous
_LARGEST, _CLOSE = 1.0 - 1e-12, 1e-9


@dataclass(frozen=True)
class Usual:
    """The usual mixes of some areas in one window.

    Parameters
    ----------
    shares
        Usual share of each kind, in (0, 1), sum 1 over kinds, areas x kinds.
    concentration
        Of the beta distributions the window's own shares are drawn from, events, areas x kinds.

    """

    shares: Floats
    concentration: Floats

    def of(self, area: int) -> Usual:
        """Return the usual mix of one area."""
        return Usual(self.shares[area : area + 1], self.concentration[area : area + 1])

    def z_scores(self, counts: Floats) -> Floats:
        """Return by how many standard deviations counts differ from what is usual of their sum, areas x kinds."""
        total = counts.sum(axis=1)[:, None]
        spread = total * self.shares * (1.0 - self.shares) * (1.0 + (total - 1.0) / (self.concentration + 1.0))
        found: Floats = (counts - total * self.shares) / np.sqrt(spread)
        return found

    def tail(self, area: int, kind: int, count: int, total: int) -> float:
        """Return the chance that so many of `total` events or more are of a kind; or fewer, if that is fewer."""
        upper = count > total * float(self.shares[area, kind])
        some = np.arange(count, total + 1.0) if upper else np.arange(0.0, count + 1.0)
        return min(1.0, float(self._chances(area, kind, some, total).sum()))

    def quantile(self, area: int, kind: int, level: float, total: int) -> int:
        """Return the least number of events of a kind that `total` events do not exceed with a chance of `level`."""
        reached = np.cumsum(self._chances(area, kind, np.arange(total + 1.0), total))
        return min(int(np.searchsorted(reached, level)), total)

    def _chances(self, area: int, kind: int, counts: Floats, total: int) -> Floats:
        """Return how likely each count of a kind is among `total` events, 1 x counts."""
        share, sure = float(self.shares[area, kind]), float(self.concentration[area, kind])
        found: Floats = np.exp(_log_pmf(np.array([[sure * share]]), np.array([[sure * (1.0 - share)]]), counts, total))
        return found

    def attained(self, area: int, level: float, total: int) -> float:
        """Return the chance that some kind's tail, on either side, is at most `level`.

        A discrete tail seldom attains a level exactly: what counts is the largest value it can take below. Kinds are
        taken to be independent given their sum, which for many kinds they nearly are.
        """
        few = np.arange(0.0, min(total, _MOST) + 1.0)
        alpha = (self.concentration[area] * self.shares[area])[:, None]
        beta = (self.concentration[area] * (1.0 - self.shares[area]))[:, None]
        chance = np.exp(_log_pmf(alpha, beta, few, total))
        below = np.cumsum(chance, axis=1)
        above = np.maximum(1.0 - below + chance, 0.0)
        up, low = _largest(above[:, FEWEST:], level), _largest(below, level)
        if total > _MOST:  # of kinds that may count more, only beyond that every level is attained
            up[above[:, -1] > level] = level
            low[below[:, -1] <= level] = level
        return -math.expm1(float(np.log1p(-up).sum() + np.log1p(-low).sum()))


def p_values(counts: Floats, usual: Usual, least: float) -> Floats:
    """Return how likely each area's most unusual share, too large or too small, is while the mix is the usual one.

    The smallest of all kinds' beta-binomial tails (too large are only shares of 3 events or more), set against the
    chance that any of them is as small: exact for discrete counts but for the weak dependence between kinds.

    Parameters
    ----------
    counts
        Events, areas x kinds.
    usual
        Usual mixes.
    least
        P-values above are all 1.

    References
    ----------
    Tarone (1990), A modified Bonferroni method for discrete data, Biometrics 46.

    Examples
    --------
    >>> usual = Usual(np.full((2, 10), 0.1), np.full((2, 10), 50.0))
    >>> counts = np.array([[3.0, 2, 2, 2, 2, 2, 2, 2, 2, 1], [9.0, 1, 1, 2, 1, 1, 1, 1, 1, 2]])
    >>> ordinary, unusual = p_values(counts, usual, 0.1)
    >>> bool(ordinary == 1.0), bool(unusual < 0.02)
    (True, True)

    """
    z = usual.z_scores(counts)
    totals = counts.sum(axis=1).astype(int).tolist()
    smallest = np.ones(len(counts))
    striking = (z < _STRIKING[0]) | ((z > _STRIKING[1]) & (counts >= FEWEST))
    for area, kind in np.argwhere(striking).tolist():
        tail = usual.tail(area, kind, int(counts[area, kind]), totals[area])
        smallest[area] = min(smallest[area], tail)
    found = np.ones(len(counts))
    for area in np.flatnonzero(smallest <= least).tolist():
        level = float(smallest[area])
        found[area] = max(level, usual.attained(area, level * (1.0 + _CLOSE), totals[area]))
    return found


def _log_pmf(alpha: Floats, beta: Floats, counts: Floats, total: int) -> Floats:
    """Return beta-binomial log-probabilities, kinds x counts."""
    ways = gammaln(total + 1.0) - gammaln(counts + 1.0) - gammaln(total - counts + 1.0)
    found: Floats = ways + betaln(alpha + counts, beta + total - counts) - betaln(alpha, beta)
    return found


def _largest(tails: Floats, level: float) -> Floats:
    """Return the largest value in each row that is at most `level`."""
    found: Floats = np.where(tails <= level, tails, 0.0).max(axis=1)
    return np.minimum(found, _LARGEST)

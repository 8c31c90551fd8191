"""The space-time scan that averages: how much likelier the counts are with a cluster somewhere than with none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.zones import Floats, Ints, Zones

Singles = NDArray[np.float32]

_CANDIDATES = 100
_WEIGHTY = 400
_POISSON = 1e-6  # variance over mean beyond 1 below which Poisson is meant
_FARTHEST = 80.0  # below this log-likelihood under the best a hypothesis weighs nothing in single precision


@dataclass(frozen=True)
class Courses:
    """How a cluster may have gone so far: the excess over the expected counts, relative to them, window by window.

    Parameters
    ----------
    windows
        Longest time since it began, in windows.
    growth
        Slopes of excesses that grow linearly, per window.
    sudden
        Excesses that begin at once and stay.
    sudden_windows
        Times since the beginning of the sudden ones.

    """

    windows: int = 14
    growth: tuple[float, ...] = (0.05, 0.1)
    sudden: tuple[float, ...] = (1.0, 4.0, 16.0)
    sudden_windows: tuple[int, ...] = (1, 3)

    def __post_init__(self) -> None:
        faults = [
            f"{name} must be positive" for name in ("growth", "sudden") if min(getattr(self, name), default=1) <= 0
        ]
        if self.windows < 1:
            faults.append("windows must be at least 1")
        if not all(1 <= length <= self.windows for length in self.sudden_windows):
            faults.append("sudden_windows must lie in 1..windows")
        if not self.growth and not (self.sudden and self.sudden_windows):
            faults.append("there must be a course")
        if faults:
            raise ValueError("; ".join(faults))

    def excesses(self) -> tuple[Floats, Ints]:
        """Return the excess of every course (courses x windows, the oldest window first) and its length."""
        age = np.arange(float(self.windows))[::-1]  # windows before the latest
        lengths = range(1, self.windows + 1)
        grown = [slope * np.maximum(length - age, 0.0) for slope in self.growth for length in lengths]
        jumped = [level * np.less(age, length) for level in self.sudden for length in self.sudden_windows]
        excess = np.array([*grown, *jumped], dtype=float)
        return excess, (excess > 0.0).sum(axis=1).astype(np.intp)


@dataclass(frozen=True)
class Weighing:
    """What a scan found.

    Parameters
    ----------
    log_odds
        Log of the likelihood with a cluster, averaged over where and since when, over that without.
    by_zone, by_course
        Shares of the posterior weight that fall to each zone, to each course.

    """

    log_odds: float
    by_zone: Singles
    by_course: Floats


@dataclass(frozen=True)
class Expected:
    """What the counts are judged by, windows x areas, the latest window last.

    Parameters
    ----------
    mean
        Expected counts, positive.
    variance
        Their variances; for negative binomial counts ``mean + mean**2 / size``. Poisson without.

    """

    mean: Floats
    variance: Floats | None = None

    @property
    def clumping(self) -> float:
        """Variance over mean beyond Poisson's, on average over the events."""
        if self.variance is None:
            return 0.0
        return max(float(self.variance.sum() / self.mean.sum()) - 1.0, 0.0)

    def draw(self, rng: np.random.Generator, times: int) -> Floats:
        """Return counts without a cluster, times x windows x areas: gamma-mixed Poisson of these moments."""
        level = np.broadcast_to(self.mean, (times, *self.mean.shape))
        if self.variance is None:
            return rng.poisson(level).astype(float)
        clumping = np.maximum(self.variance / self.mean - 1.0, _POISSON)
        return rng.poisson(rng.gamma(level / clumping) * clumping).astype(float)


class GrowingScan:
    """Weighs every zone and every course of a cluster against no cluster at all.

    A cluster raises the expected counts of all areas of one zone by one course. The statistic is the log of the
    likelihood ratio averaged over zones and courses, rather than its maximum: that finds slow risers earlier and
    gives every area a probability of belonging. Beforehand all courses are equally likely, and a zone of n areas is
    as likely as ``n exp(-n / usual)``. Counts are Poisson or, with variances, negative binomial with the same
    variance over mean everywhere, the average of those handed in; a cluster then raises the scale of the gamma
    mixture and leaves its shape, so that the ratio stays linear in the counts.

    With the right expectations the averaged ratio is the density of the counts with some cluster over that without.
    So the p-value is the mean of its reciprocal over counts drawn with a cluster, where it is at least as large:
    no tail has to be extrapolated, and ``exp(-log_odds)`` bounds it (Markov).

    Memory: 8 bytes x zones x (2 x windows + courses) while it runs; nothing is kept between two scans.

    Parameters
    ----------
    zones
        Where a cluster may be.
    courses
        How it may have gone.
    usual
        Likeliest number of areas in a cluster.

    References
    ----------
    Neill, Moore & Cooper (2006), A Bayesian spatial scan statistic, Advances in Neural Information Processing
    Systems 18.
    Neill, Moore, Sabhnani & Daniel (2005), Detection of emerging space-time clusters, KDD '05.
    Shiryaev (1963), On optimum methods in quickest detection problems, Theory of Probability and its Applications 8.
    Naiman & Priebe (2001), Computing scan statistic p values using importance sampling, Journal of Computational
    and Graphical Statistics 10.

    Examples
    --------
    >>> along = np.array([0.0, 1.0, 2.2, 3.3, 4.2, 5.5])
    >>> line = np.abs(np.subtract.outer(along, along))
    >>> scan = GrowingScan(Zones(line, most=3), Courses(windows=5, sudden_windows=(1, 2)))
    >>> expected = Expected(np.full((5, 6), 2.0))
    >>> calm = np.full((5, 6), 2.0)
    >>> grown = calm + np.outer([0, 0, 5, 12, 20], [0, 0, 0, 1, 1, 0])
    >>> scan.weigh(calm, expected).log_odds < 0 < scan.weigh(grown, expected).log_odds
    True
    >>> scan.region(scan.weigh(grown, expected)).tolist()
    [3, 4]

    """

    def __init__(self, zones: Zones, courses: Courses | None = None, *, usual: float = 6.0) -> None:
        self.zones = zones
        self.courses = courses or Courses()
        self._excess, self.lengths = self.courses.excesses()
        likely = zones.size * np.exp(-zones.size / usual)
        self._likely: Floats = likely / likely.sum()
        self._prior = np.log(self._likely / len(self._excess)).astype(np.float32)[:, None]

    def weigh(self, counts: Floats, expected: Expected) -> Weighing:
        """Weigh counts, windows x areas with the latest window last."""
        return self._weighed(counts, *self._foreseen(expected))

    def _foreseen(self, expected: Expected) -> tuple[Singles, Singles]:
        """Return what an event adds to the log-ratio (windows x courses), and the rest of it (zones x courses)."""
        gain, cost = np.log1p(self._excess), self._excess
        clumping = expected.clumping
        if clumping > _POISSON:
            more = np.log1p(cost * (clumping / (1.0 + clumping)))
            gain, cost = gain - more, more / clumping
        mean = self.zones.sums(expected.mean.astype(np.float32))
        rest: Singles = self._prior - mean.T @ cost.T.astype(np.float32)
        return np.ascontiguousarray(gain.T, dtype=np.float32), rest

    def _weighed(self, counts: Floats, gain: Singles, rest: Singles) -> Weighing:
        ratio: Singles = self.zones.sums(counts.astype(np.float32)).T @ gain
        ratio += rest
        best = float(ratio.max())
        ratio -= np.float32(best)
        np.maximum(ratio, np.float32(-_FARTHEST), out=ratio)
        np.exp(ratio, out=ratio)
        by_zone = ratio.sum(axis=1)
        total = float(by_zone.sum(dtype=np.float64))
        by_course = ratio.sum(axis=0, dtype=np.float64) / total
        return Weighing(best + float(np.log(total)), by_zone / np.float32(total), by_course)

    def sample(self, expected: Expected, *, times: int, seed: Sequence[int]) -> Floats:
        """Return the log-odds of counts drawn with a cluster, for `p_value`.

        Parameters
        ----------
        expected
            As in `weigh`.
        times
            How many; a hundred tell a p-value of any size to a fifth or so.
        seed
            Of their randomness.

        """
        rng = np.random.default_rng(seed)
        zones = rng.choice(len(self.zones), times, p=self._likely)
        courses = rng.permutation(np.arange(times) % len(self._excess))
        clumping = max(expected.clumping, _POISSON)
        foreseen = self._foreseen(expected)
        found = np.empty(times)
        for number, (zone, course) in enumerate(zip(zones, courses, strict=True)):
            level = rng.gamma(expected.mean / clumping) * clumping
            level[:, self.zones.members(zone)] *= 1.0 + self._excess[course][:, None]
            found[number] = self._weighed(rng.poisson(level).astype(float), *foreseen).log_odds
        return found

    @staticmethod
    def p_value(log_odds: float, drawn: Floats) -> float:
        """Return the probability of at least such log-odds without a cluster, from those of `sample`."""
        if log_odds <= 0.0:
            return 1.0
        beyond = np.exp(-drawn[drawn >= log_odds])
        return float(beyond.sum() / len(drawn) if len(beyond) else np.exp(-log_odds) / (len(drawn) + 1))

    def region(self, weighing: Weighing) -> Ints:
        """Return the areas, ascending, whose set is expected to overlap best (Jaccard) with the cluster's.

        Candidates are the likeliest zones and the areas likeliest to belong, as many as may be; the true set is
        taken to be one of the zones, with its posterior weight.
        """
        zones = self.zones
        heaviest = np.argsort(-weighing.by_zone, kind="stable")[:_WEIGHTY]
        truth = _sets(zones, heaviest)
        likely = np.argsort(-zones.within(weighing.by_zone), kind="stable")[: zones.order.shape[1]]
        nested = np.zeros((len(likely), zones.areas), dtype=np.float32)
        for number, area in enumerate(likely):
            nested[number:, area] = 1.0
        candidates = np.vstack([truth[:_CANDIDATES], nested])
        shared = candidates @ truth.T
        union = candidates.sum(axis=1)[:, None] + truth.sum(axis=1) - shared
        overlap = (shared / union) @ weighing.by_zone[heaviest]
        return np.flatnonzero(candidates[overlap.argmax()]).astype(np.intp)

    def length(self, weighing: Weighing) -> int:
        """Return since how many windows the cluster is there: the posterior median."""
        order = np.argsort(self.lengths, kind="stable")
        reached = np.cumsum(weighing.by_course[order])
        return int(self.lengths[order][np.searchsorted(reached, 0.5 * reached[-1])])


def _sets(zones: Zones, which: Ints) -> Singles:
    """Return zones as rows of ones and zeros."""
    found = np.zeros((len(which), zones.areas), dtype=np.float32)
    for number, zone in enumerate(which):
        found[number, zones.members(zone)] = 1.0
    return found

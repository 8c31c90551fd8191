"""Space-time scan statistics for reports: the likeliest cluster against expectations, and against permuted dates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from detectors.growing import Expected
from detectors.gumbel import Tail
from detectors.zones import Floats, Ints, Zones

_TIE = 1e-9  # scores this near are equal: what differs is the order of additions


@dataclass(frozen=True)
class Cluster:
    """One zone over the latest windows.

    Parameters
    ----------
    zone
        Number of the zone.
    areas
        Its areas, the nearest to its centre first.
    windows
        How many windows it covers; it ends with the latest.
    observed, expected
        Counts in it.
    score
        Log-likelihood ratio.

    """

    zone: int
    areas: Ints
    windows: int
    observed: float
    expected: float
    score: float

    @property
    def risk(self) -> float:
        """Observed over expected."""
        return self.observed / self.expected


def expectation_scores(zones: Zones, counts: Floats, expected: Expected) -> Floats:
    """Return the expectation-based scores of every length and zone, windows x zones; row 0 is the latest window.

    Poisson: ``C ln(C/B) + B - C`` where more was counted than expected, else 0 (Neill 2009). Where counts vary more,
    counts and expectations are first divided by the zone's variance over mean.

    Parameters
    ----------
    zones
        Where clusters may be.
    counts
        Windows x areas, the latest window last.
    expected
        Likewise.

    """
    observed, mean = _backwards(zones, counts), _backwards(zones, expected.mean)
    if expected.variance is not None:
        weight = np.minimum(mean / _backwards(zones, expected.variance), 1.0)
        observed, mean = observed * weight, mean * weight
    return _excess_score(observed, mean)


def _backwards(zones: Zones, values: Floats) -> Floats:
    """Return sums over zones and over the latest 1, 2, ... windows."""
    return zones.sums(np.cumsum(values[::-1], axis=0))


def _excess_score(observed: Floats, mean: Floats) -> Floats:
    high = observed > mean
    score = np.zeros_like(mean)
    some, base = observed[high], mean[high]
    score[high] = some * np.log(some / base) + base - some
    return score


def permutation_scores(zones: Zones, counts: Floats, longest: int) -> tuple[Floats, Floats, Floats]:
    """Return scores, observed and expected counts of the space-time permutation scan, lengths x zones.

    A zone expects its share of each window's cases; the score is ``C ln(C/B) + (N-C) ln((N-C)/(N-B))`` where more
    was counted, else 0. It needs no baseline and no population, and it finds nothing that rises everywhere.

    Parameters
    ----------
    zones
        Where clusters may be.
    counts
        All windows x areas, the latest window last.
    longest
        Windows in the longest cluster.

    References
    ----------
    Kulldorff, Heffernan, Hartman, Assuncao & Mostashari (2005), A space-time permutation scan statistic for disease
    outbreak detection, PLoS Medicine 2.

    """
    total = counts.sum()
    observed = _backwards(zones, counts[-longest:])
    recent = np.cumsum(counts[::-1].sum(axis=1))[: len(observed)]
    expected = recent[:, None] * zones.sums(counts.sum(axis=0)) / max(total, 1.0)
    high = (observed > expected) & (expected > 0.0)
    score = np.zeros_like(expected)
    inside, base = observed[high], expected[high]
    outside = total - inside
    score[high] = inside * np.log(inside / base)
    score[high] += outside * np.log(np.maximum(outside, _TIE) / np.maximum(total - base, _TIE))
    return score, observed, expected


def likeliest(zones: Zones, scores: Floats, observed: Floats, expected: Floats, most: int = 1) -> list[Cluster]:
    """Return the likeliest cluster and the likeliest ones that share no area with those before.

    Of equal scores the zone with the fewest areas, then the shortest, then the first one is taken.
    """
    found: list[Cluster] = []
    free = np.ones(len(zones), dtype=bool)
    while len(found) < most and free.any():
        open_scores = np.where(free, scores, 0.0)
        top = open_scores.max()
        if top <= 0.0:
            break
        lengths, tied = np.nonzero(open_scores >= top - _TIE * max(1.0, top))
        at = np.lexsort((tied, lengths, zones.size[tied]))[0]
        length, zone = int(lengths[at]), int(tied[at])
        areas = zones.members(zone)
        found.append(
            Cluster(zone, areas, length + 1, float(observed[length, zone]), float(expected[length, zone]), float(top))
        )
        free &= zones.overlap(areas) == 0
    return found


def clusters_by_expectation(zones: Zones, counts: Floats, expected: Expected, most: int = 1) -> list[Cluster]:
    """Return the likeliest clusters against expected counts; see `expectation_scores` and `likeliest`."""
    scores = expectation_scores(zones, counts, expected)
    return likeliest(zones, scores, _backwards(zones, counts), _backwards(zones, expected.mean), most)


def clusters_by_permutation(zones: Zones, counts: Floats, longest: int, most: int = 1) -> list[Cluster]:
    """Return the likeliest clusters without a baseline; see `permutation_scores` and `likeliest`.

    Examples
    --------
    >>> along = np.array([0.0, 1.2, 2.2, 3.5])
    >>> line = np.abs(np.subtract.outer(along, along))
    >>> counts = np.array([[2, 2, 2, 2], [2, 2, 2, 2], [1, 6, 5, 1.0]])
    >>> [(c.areas.tolist(), c.windows, c.observed) for c in clusters_by_permutation(Zones(line, most=2), counts, 2)]
    [([1, 2], 1, 11.0)]

    """
    scores, observed, expected = permutation_scores(zones, counts, longest)
    return likeliest(zones, scores, observed, expected, most)


def permutation_tail(zones: Zones, counts: Floats, longest: int, *, times: int, seed: int) -> Tail:
    """Return how the greatest permutation score is distributed when dates have nothing to do with places.

    Parameters
    ----------
    zones, counts, longest
        As in `permutation_scores`.
    times
        Permutations.
    seed
        Of their randomness.

    """
    rng = np.random.default_rng(seed)
    places = np.repeat(np.arange(counts.shape[1]), counts.sum(axis=0).astype(int))
    days = np.repeat(np.arange(counts.shape[0]), counts.sum(axis=1).astype(int))
    greatest = np.empty(times)
    for number in range(times):
        shuffled = np.zeros_like(counts)
        np.add.at(shuffled, (days, rng.permutation(places)), 1.0)
        greatest[number] = permutation_scores(zones, shuffled, longest)[0].max()
    return Tail.of(greatest)


def expectation_tail(zones: Zones, expected: Expected, *, times: int, seed: int) -> Tail:
    """Return how the greatest score is distributed when counts are as expected.

    Parameters
    ----------
    zones, expected
        As in `expectation_scores`.
    times
        Simulated scans.
    seed
        Of their randomness.

    """
    drawn = expected.draw(np.random.default_rng(seed), times)
    return Tail.of(np.array([expectation_scores(zones, counts, expected).max() for counts in drawn]))

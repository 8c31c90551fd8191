"""Tail recalibration: what p-values turned out to mean, pooled over similar keys."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EDGES = (0.5, 2.0, 8.0, 30.0)  # of the expected count: keys between two of them are similar, those below are left
DECADES = (1.0, 2.0, 3.0)  # of the p-value, at which realised and nominal rates are compared
LEVELS = np.power(10.0, np.negative(DECADES))
_GRAIN = 2.0**20  # sums of such fractions are exact in any order
_STEPS = (0.5, 1.5)  # least and most decades a decade may come to
_SMALLEST = 1e-300


class Tally(msgspec.Struct, frozen=True, array_like=True):
    """What a calibration has seen: realised and expected exceedances, band by band and decade by decade."""

    hits: list[list[float]]
    expected: list[list[float]]


@dataclass(frozen=True)
class Map:
    """Nominal to realised p-values of one band, straight between decades and beyond the last.

    Parameters
    ----------
    realised
        Decades the `DECADES` have come to, increasing.
    slope
        Realised decades a nominal one beyond the last.

    """

    realised: tuple[float, ...] = DECADES
    slope: float = 1.0

    def of(self, tail: float) -> float:
        """Return what a tail probability has come to."""
        return math.pow(
            10.0, -_along(-math.log10(max(tail, _SMALLEST)), (0.0, *DECADES), (0.0, *self.realised), self.slope)
        )

    def inverse(self, p_value: float) -> float:
        """Return the tail probability that has come to a p-value."""
        decades = -math.log10(max(p_value, _SMALLEST))
        return math.pow(10.0, -_along(decades, (0.0, *self.realised), (0.0, *DECADES), 1.0 / self.slope))

    def of_many(self, tail: Floats) -> Floats:
        """Return what tail probabilities have come to."""
        x = -np.log10(np.maximum(tail, _SMALLEST))
        inside = np.interp(x, (0.0, *DECADES), (0.0, *self.realised))
        found: Floats = np.power(10.0, -(inside + self.slope * np.maximum(x - DECADES[-1], 0.0)))
        return found


IDENTITY = Map()


class Calibration:
    """Counts how often p-values fell below 1/10, 1/100 and 1/1000, and says what they mean since.

    A window with events tells by its non-randomised probability integral transform, given that it had any: no
    discreteness is taken for a fault of the model, and silence need not be counted. Ratios of realised and expected
    rates are shrunk to 1 by `mass` expected exceedances; beyond the last decade their course goes on, never towards
    smaller p-values. What happens after a suspicious window is not learned, so that an outbreak counts once.

    Memory: 192 bytes, whatever it has seen. It may be trusted from the start (it does nothing then) and tells a
    factor of 2 at 1/1000 after some 50,000 windows with events in a band.

    Parameters
    ----------
    mass
        Expected exceedances the prior is worth, positive.
    memory
        Expected exceedances of the first decade that are remembered in a band, above `mass`.

    References
    ----------
    Czado, Gneiting & Held (2009), Predictive model assessment for count data, Biometrics 65.

    Examples
    --------
    >>> calibration = Calibration(mass=20.0)
    >>> tails = np.linspace(0.0, 1.0, 20001) ** 2  # small ones come too often
    >>> calibration.learn(tails[1:], tails[:-1], np.ones(20000), np.full(20000, 4.0))
    >>> learned = calibration.map_of(4.0)
    >>> learned.of(1e-4) > 3e-3, abs(learned.inverse(learned.of(1e-4)) / 1e-4 - 1) < 1e-9
    (True, True)

    """

    def __init__(self, *, mass: float = 20.0, memory: float = 20_000.0) -> None:
        if not 0.0 < mass < memory:
            raise ValueError("mass must be positive and below memory")
        self._mass = mass
        self._memory = memory
        self._hits, self._expected = np.zeros((2, len(EDGES), len(DECADES)))
        self._maps: tuple[Map, ...] = (IDENTITY,) * (len(EDGES) + 1)

    def learn(self, at_least: Floats, beyond: Floats, some: Floats, mean: Floats) -> None:
        """Learn from windows that had events; of keys expected to have fewer than the first of `EDGES`, nothing.

        Parameters
        ----------
        at_least, beyond
            P(N >= count) and P(N > count), n.
        some
            P(N >= 1), n.
        mean
            Expected counts, n.

        """
        enough = mean >= EDGES[0]
        if not enough.any():
            return
        at_least, beyond, some, mean = at_least[enough], beyond[enough], some[enough], mean[enough]
        band = np.searchsorted(EDGES, mean, side="right") - 1
        apart = np.maximum(at_least - beyond, _SMALLEST)[:, None]
        hits = np.minimum(np.maximum((LEVELS - beyond[:, None]) / apart, 0.0), 1.0)
        expected = np.minimum(LEVELS / np.maximum(some, _SMALLEST)[:, None], 1.0)
        for sums, new in ((self._hits, hits), (self._expected, expected)):
            np.add.at(sums, band, np.rint(new * _GRAIN) / _GRAIN)
        bands = np.unique(band)
        kept = np.minimum(1.0, self._memory / np.maximum(self._expected[bands, :1], _SMALLEST))
        self._hits[bands] *= kept
        self._expected[bands] *= kept
        self._fit(bands.tolist())

    def map_of(self, mean: float) -> Map:
        """Return what p-values of keys with this expected count have come to."""
        return self._maps[bisect_right(EDGES, mean)]

    def calibrated(self, tail: Floats, mean: Floats) -> Floats:
        """Return what tail probabilities of keys with these expected counts have come to."""
        band = np.searchsorted(EDGES, mean, side="right")
        found = tail.copy()
        for number in np.unique(band):
            some = band == number
            found[some] = self._maps[number].of_many(tail[some])
        return found

    def state(self) -> Tally:
        """Return what was seen."""
        return Tally(self._hits.tolist(), self._expected.tolist())

    def restore(self, tally: Tally) -> None:
        """Go on from what `state` gave."""
        self._hits, self._expected = np.array(tally.hits), np.array(tally.expected)
        self._fit(range(len(EDGES)))

    def _fit(self, bands: Iterable[int]) -> None:
        maps = list(self._maps)
        for band in bands:
            maps[band + 1] = self._fitted(band)
        self._maps = tuple(maps)

    def _fitted(self, band: int) -> Map:
        ratio = (self._hits[band] + self._mass) / (self._expected[band] + self._mass)
        excess = np.log10(ratio).tolist()
        realised: list[float] = []
        at = 0.0
        for decade, before, more in zip(DECADES, (0.0, *DECADES), excess, strict=False):
            least, most = (step * (decade - before) for step in _STEPS)
            at += min(max(decade - more - at, least), most)
            realised.append(at)
        course = (realised[-1] - realised[0]) / (DECADES[-1] - DECADES[0])
        return Map(tuple(realised), min(max(course, _STEPS[0]), 1.0))


def _along(x: float, xs: tuple[float, ...], ys: tuple[float, ...], slope: float) -> float:
    if x >= xs[-1]:
        return ys[-1] + slope * (x - xs[-1])
    right = max(bisect_right(xs, x), 1)
    left = right - 1
    return ys[left] + (ys[right] - ys[left]) * (x - xs[left]) / (xs[right] - xs[left])

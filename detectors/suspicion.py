"""What the window before says about this one: weights of p-values, 1 on average while nothing happens.

Outbreaks last: a count that follows a high one is likelier to belong to one than a count out of the blue. Adding up
the last windows uses that, but whatever is extreme alone is extreme twice, and the smallest of several p-values is no
p-value. Here the window before only decides how much of the error rate this window is given. As long as the baseline
holds that share is 1 on average, whatever the counts' distribution, so that the p-value stays one.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc

from detectors.tail import upper_tail

Floats = NDArray[np.float64]

SHARE = 0.42  # of the error rate that is given out by what came before
POWER = 1.2  # suspicion falls with this power of the p-value,
CAP = 0.012  # from here on: what is less likely has spoken for itself
_CLOSE = 1e-6  # p-values nearer than this are one


def _mass_to(tail: float) -> float:
    """Return the integral of the unscaled suspicion from 0 to a p-value."""
    if tail <= CAP:
        return tail * math.pow(CAP, -POWER)
    least = math.pow(CAP, 1.0 - POWER)
    return least + (math.pow(tail, 1.0 - POWER) - least) / (1.0 - POWER)


_WHOLE = _mass_to(1.0)
_MOST = math.pow(CAP, -POWER) / _WHOLE


def tails(counts: Floats, mean: Floats, size: Floats) -> Floats:
    """Return P(N >= count), element by element, as `detectors.tail.upper_tail` does for one."""
    found: Floats = np.where(counts > 0.0, betainc(np.maximum(counts, 1.0), size, mean / (mean + size)), 1.0)
    return found


def suspicion(counts: Floats, mean: Floats, size: Floats) -> Floats:
    """Return how suspicious counts are: above 1 when high; 1 on average when they are as forecast.

    A falling function of the p-value with integral 1 over [0, 1], averaged over the p-values between which a
    discrete count may be said to lie, so that its mean over the negative binomial distribution is exactly 1.

    Parameters
    ----------
    counts
        Events in the window before, n.
    mean, size
        Negative binomial forecast of that window, n: variance ``mean + mean**2 / size``.

    References
    ----------
    Sellke, Bayarri & Berger (2001), Calibration of p values for testing precise null hypotheses, Am. Statistician 55.
    Vovk & Wang (2021), E-values: calibration, combination and applications, Annals of Statistics 49.

    Examples
    --------
    >>> expected, shape = np.full(60, 4.0), np.full(60, 1e6)
    >>> counts = np.arange(60.0)
    >>> chances = tails(counts, expected, shape) - tails(counts + 1, expected, shape)
    >>> suspicious = suspicion(counts, expected, shape)
    >>> round(float(chances @ suspicious), 9), bool((np.diff(suspicious[:10]) > 0).all())
    (1.0, True)

    """
    at_least, beyond = tails(counts, mean, size), tails(counts + 1.0, mean, size)
    apart = at_least - beyond
    between = (_mass(at_least) - _mass(beyond)) / np.maximum(apart, _CLOSE)
    found: Floats = np.where(apart < _CLOSE, np.exp(-POWER * np.log(np.maximum(at_least, CAP))), between) / _WHOLE
    return np.where(at_least <= CAP, _MOST, found)


def suspicion_of(count: int, mean: float, size: float) -> float:
    """Return the `suspicion` of one count, which arrays would cost twenty times as much.

    >>> one = suspicion_of(9, 4.0, 3.0)
    >>> bool(abs(one / suspicion(np.array([9.0]), np.array([4.0]), np.array([3.0]))[0] - 1) < 1e-9)
    True
    """
    at_least = upper_tail(count, mean, size)
    if at_least <= CAP:
        return _MOST
    beyond = upper_tail(count + 1, mean, size)
    if at_least - beyond < _CLOSE:
        return math.pow(at_least, -POWER) / _WHOLE
    found: float = (_mass_to(at_least) - _mass_to(beyond)) / (at_least - beyond) / _WHOLE
    return found


def weight(suspicious: Floats) -> Floats:
    """Return the weight of a p-value by how suspicious the window before is."""
    weighed: Floats = (1.0 - SHARE) + SHARE * suspicious
    return weighed


def weight_of(suspicious: float) -> float:
    """Return the `weight` by one suspicion."""
    return (1.0 - SHARE) + SHARE * suspicious


def weighted(tail: Floats, weights: Floats) -> Floats:
    """Return p-values that have spent their weights: P(p <= alpha) is at most alpha times the mean weight.

    Parameters
    ----------
    tail
        Upper tails, in [0, 1].
    weights
        As `weight` gives them.

    References
    ----------
    Genovese, Roeder & Wasserman (2006), False discovery control with p-value weighting, Biometrika 93.

    >>> weighted(np.array([1e-4, 0.5, 1.0]), np.array([10.0, 1.0, 0.5])).round(6).tolist()
    [1e-05, 0.5, 1.0]

    """
    with np.errstate(divide="ignore"):
        found: Floats = -np.expm1(np.log1p(-tail) / weights)
    return found


def unweighted(alpha: float, weights: float) -> float:
    """Return the tail whose weighted p-value is `alpha`.

    >>> round(unweighted(1e-3, 4.0), 6)
    0.003994
    """
    return -math.expm1(math.log1p(-alpha) * weights)


def _mass(tail: Floats) -> Floats:
    """Return what `_mass_to` does of many."""
    above = np.maximum(tail, CAP)
    rest = (np.exp(np.log(above) * (1.0 - POWER)) - CAP ** (1.0 - POWER)) / (1.0 - POWER)
    found: Floats = np.minimum(tail, CAP) * CAP**-POWER + rest
    return found

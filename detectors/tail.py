"""Upper tail of the negative binomial distribution, and the counts at which it becomes small."""

from __future__ import annotations

import math

from scipy.special import betainc


def upper_tail(count: int, mean: float, size: float) -> float:
    """Return P(N >= count) for N negative binomial with variance ``mean + mean**2 / size``.

    Parameters
    ----------
    count
        Events; 0 or less has probability 1.
    mean
        Expected events, positive.
    size
        Shape of the mixing gamma distribution, positive; large values approach Poisson.

    >>> round(upper_tail(3, 2.0, 1e9), 4)  # Poisson: 1 - exp(-2) * (1 + 2 + 2)
    0.3233

    """
    if count <= 0:
        return 1.0
    return float(betainc(float(count), size, mean / (mean + size)))


def critical_count(mean: float, size: float, alpha: float) -> int:
    """Return the smallest count whose upper tail is at most `alpha`.

    >>> critical_count(2.0, 1e9, 0.05)
    6
    """
    step = max(1, int(math.sqrt(mean + mean * mean / size) / 4.0))
    high = max(1, int(mean) + 1)
    low = 0  # its tail, 1, is above every alpha
    while upper_tail(high, mean, size) > alpha:
        low = high
        high += step
        step *= 2
    while high - low > 1:
        middle = (low + high) // 2
        if upper_tail(middle, mean, size) > alpha:
            low = middle
        else:
            high = middle
    return high

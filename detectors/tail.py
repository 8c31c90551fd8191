"""Upper tail of the negative binomial distribution, and the counts at which it becomes small."""

from __future__ import annotations

import math

from scipy.special import betainc, ndtri


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
    if alpha >= 1.0:
        return 0
    z = -float(ndtri(alpha))
    spread = 1.0 + mean / size  # variance over mean
    guess = mean + z * math.sqrt(mean * spread) + (2.0 * spread - 1.0) * ((z * z - 1.0) / 6.0)  # Cornish-Fisher
    high = max(1, math.ceil(guess))
    low, step = high - 1, 1
    while upper_tail(high, mean, size) > alpha:
        low, high, step = high, high + step, 2 * step
    step = 1
    while upper_tail(low, mean, size) <= alpha:  # ends at 0, whose tail is 1
        low, high, step = max(0, low - step), low, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        if upper_tail(middle, mean, size) > alpha:
            low = middle
        else:
            high = middle
    return high

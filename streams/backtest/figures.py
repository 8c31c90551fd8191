"""The few statistics a backtest needs."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

import msgspec

Z_95 = 1.959963984540054


class Ratio(msgspec.Struct, frozen=True, kw_only=True):
    """A share with its 95 % interval.

    Parameters
    ----------
    hits, of
        How many of how many; `of` is above 0.
    share
        Their quotient, 0 to 1.
    low, high
        Wilson score interval at 95 % (Wilson, JASA 22, 1927): holds for small counts and for 0 and 1 too.

    """

    hits: int
    of: int
    share: float
    low: float
    high: float


class Quartiles(msgspec.Struct, frozen=True, kw_only=True):
    """Quartiles of `of` values."""

    of: int
    lower: float
    median: float
    upper: float


def ratio(hits: int, of: int) -> Ratio | None:
    """Return `hits` of `of` with its interval, ``None`` when `of` is 0."""
    if of == 0:
        return None
    share, weight = hits / of, Z_95**2 / of
    centre = (share + weight / 2) / (1 + weight)
    half = Z_95 / (1 + weight) * math.sqrt(share * (1 - share) / of + weight / (4 * of))
    low = 0.0 if hits == 0 else max(0.0, centre - half)
    high = 1.0 if hits == of else min(1.0, centre + half)
    return Ratio(hits=hits, of=of, share=share, low=min(low, share), high=max(high, share))


def quartiles(values: Sequence[float]) -> Quartiles | None:
    """Return the quartiles by linear interpolation, ``None`` without values."""
    if not values:
        return None
    if len(values) == 1:
        lower = median = upper = values[0]
    else:
        lower, median, upper = statistics.quantiles(values, n=4, method="inclusive")
    return Quartiles(of=len(values), lower=lower, median=median, upper=upper)

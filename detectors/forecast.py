"""What a baseline expects of a window, and how far a count may lie from it and still be believed."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Forecast:
    """One-step-ahead predictive distributions, one a series.

    Parameters
    ----------
    mean
        Expected events in the window.
    size
        Gamma shape of the negative binomial, the state's own uncertainty included: the variance is
        ``mean + mean**2 / size``.
    doubt
        Variance of the log-mean.
    dispersion
        Variance over mean that the state's uncertainty does not explain, at least 1.
    gain
        Covariance of state and log-mean, state x series.

    """

    mean: Floats
    size: Floats
    doubt: Floats
    dispersion: Floats = field(repr=False)
    gain: Floats = field(repr=False)


def drawn_in(z: float, forecast: Forecast, counts: Floats) -> Floats:
    """Return the counts, those beyond the normal quantile `z` of their forecast moved there."""
    mean = forecast.mean
    ratio = 1.0 + mean / forecast.size
    spread = z * np.sqrt(mean * ratio)
    skew = (2.0 * ratio - 1.0) * ((z * z - 1.0) / 6.0)
    high = np.maximum(mean + skew + spread, 1.0)  # one event is never too many
    return np.maximum(np.minimum(counts, high), lowest(mean, spread, skew))


def lowest(mean: Floats, spread: Floats, skew: Floats) -> Floats:
    """Return the counts below which too few are drawn in; none where the normal quantile lies below zero."""
    return np.where(mean > spread, np.minimum(mean + skew - spread, mean), 0.0)

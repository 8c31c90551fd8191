"""What windows without events teach a baseline, many at once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from detectors.baseline import (
    CLUMPS,
    CROWD,
    HIGH,
    LASTING,
    LOG_MEAN_BOUND,
    SMALLEST_DOUBT,
    Baseline,
    Floats,
    total,
)
from detectors.forecast import Forecast, lowest

Flags = NDArray[np.bool_]

_NEVER = 1e-300


def settle(model: Baseline, table: Floats, quiet: Flags, regressors: Floats) -> None:
    """Learn in place that nothing came in some windows, as one count of zero over all of them.

    For a level alone this is what learning the windows one by one comes to, as the gamma posterior after silence
    depends on the expected total only; the rhythm learns from the direction in which that total points. Sums run
    over the windows in their order, so a series does not depend on how many windows others need.

    Parameters
    ----------
    model
        The arithmetic.
    table
        The series' states, evolved.
    quiet
        In which windows nothing came, windows x series.
    regressors
        Of these windows, windows x state.

    """
    at = regressors[:, :, None]
    log_mean = total(at * table[: model.order], axis=1)
    mean = np.exp(np.minimum(log_mean, LOG_MEAN_BOUND)) * quiet
    along = total(mean[:, None] * at)
    expected = along[0].copy()
    along /= np.maximum(expected, _NEVER)
    forecast = _forecast(model, table, along, expected)
    heeded = _heeded(model, table, forecast, mean)
    _learn_dispersion(model, table, forecast, mean)
    table[HIGH] *= np.exp(quiet.sum(axis=0) * (-math.log(2.0) / model.rhythm.patience))
    model.correct(table, forecast, expected, heeded)


def _forecast(model: Baseline, table: Floats, along: Floats, expected: Floats) -> Forecast:
    cov = model.covariance_of(table)
    gain = total(cov * along, axis=1)
    doubt = np.maximum(total(gain * along), SMALLEST_DOUBT)
    dispersion = model.dispersion_at(table, expected)
    size = np.ones(len(expected))  # of a total nobody reports
    return Forecast(mean=expected, size=size, doubt=doubt, dispersion=dispersion, gain=gain)


def _heeded(model: Baseline, table: Floats, forecast: Forecast, mean: Floats) -> Floats:
    """Return how many events silence counts as at least: busy series do not believe it at once."""
    heeded = _lowest(model.rhythm.huber, forecast, mean)
    if heeded is None:
        return np.zeros(mean.shape[1])
    return np.where(table[HIGH] > LASTING, 0.0, total(heeded))


def _learn_dispersion(model: Baseline, table: Floats, forecast: Forecast, mean: Floats) -> None:
    low = _lowest(model.rhythm.dispersion_huber, forecast, mean)
    missed = mean if low is None else mean - low
    share = forecast.dispersion / (forecast.dispersion + mean * forecast.doubt)
    trust = 1.0 / (1.0 + mean)
    trusted = mean * trust
    misses = missed * missed * share * trust
    clumps = (misses - trusted) * trust
    sums = total(np.stack([misses, trusted, clumps, trusted * trusted], axis=1))
    sums *= np.maximum(1.0 - 2.0 * table[HIGH], 0.0)
    table[CLUMPS] += sums[2]
    table[CROWD] += sums[3]
    model.remember(table, sums[0], sums[1])


def _lowest(z: float, forecast: Forecast, mean: Floats) -> Floats | None:
    """Return the windows' lowest believed counts; ``None`` when all of them are zero."""
    if not mean.size or mean.max() <= z * z:
        return None
    ratio = forecast.dispersion + mean * forecast.doubt
    return lowest(mean, z * np.sqrt(mean * ratio), (2.0 * ratio - 1.0) * ((z * z - 1.0) / 6.0))

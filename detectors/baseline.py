"""Online negative-binomial baselines of many count series at once.

One dynamic generalised linear model a series: the log of the expected count is a level with a slow, damped
trend plus harmonics of any periods. One update of thousands of series is a few array operations. Every operation
is elementwise over the series, so what a series learns does not depend on which other series stand beside it,
bit for bit.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detectors.forecast import Forecast, drawn_in
from detectors.rhythm import Rhythm

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LEVEL, TREND, FIRST_HARMONIC = 0, 1, 2
LAST = slice(-8, -5)  # rows after the covariance: count, mean and size of the window learned last
CLUMPS, CROWD, MISSES, EXPECTED, HIGH = -5, -4, -3, -2, -1
OTHERS = 8
JEFFREYS = 0.5  # gamma shape of a rate before any event
LASTING = 0.5  # share of high counts from which on a change is taken to last
_WILDEST = 8.0  # variance over mean beyond 1 + this + mean is no dispersion but a wrong level
_DOUBT = 0.25  # share of its prior variance the level then has at least
LOG_MEAN_BOUND = 23.0  # e**23 events a window is beyond any city
_FEW = 2000  # numbers that one call adds up faster than one call a summand
_LARGEST_EXPONENT = 300.0
SMALLEST_DOUBT = 1e-9
_SMALLEST_EXCESS = 1e-6  # variance over mean above 1 below which Poisson is meant


class Baseline:
    """The model; what it believes about n series is a table of shape ``width`` x n that the caller keeps.

    The table's rows are the state's mean (`order`), its covariance (``order**2``), the last count learned with the
    mean and size of its forecast, two sums that tell clumps, two whose ratio is the overdispersion, and the smoothed
    share of counts above their Huber quantile. The update is
    the conjugate one of the dynamic generalised linear model: the log-mean's normal prior is matched by a gamma
    distribution, that is updated with the count (tempered by the overdispersion), and the change is carried back to
    the state linearly. Discounting follows the same authors; counts beyond the `huber` quantile of their own
    forecast (Cornish-Fisher) are drawn in before they teach, until so many of them follow each other (`patience`)
    that the change is taken to last: then the level is put in doubt and learns them as they are, and the dispersion
    the change was first taken for starts anew.

    Overdispersion in proportion to the mean, inherited from busier series, would give a sparse one a gamma shape
    near zero and with it any count a fair chance. So the shape is bounded from below by what the series' own
    counts say: the moment estimate of its inverse, shrunk by `clump_mass` towards that of Jeffreys' prior (1/2),
    as in Robinson & Smyth. The state's own uncertainty has at least that shape too, however wide its normal
    approximation is. A series that did come in clumps keeps the overdispersion it has shown.

    Parameters
    ----------
    rhythm
        Periods, discounts and priors.

    Attributes
    ----------
    order, width
        Length of the state; float64 rows of the table.
    regressors
        What the state is multiplied with at a position, in windows from the periods' common origin.

    References
    ----------
    West, Harrison & Migon (1985), Dynamic generalized linear models and Bayesian forecasting, JASA 80.
    West & Harrison (1986), Monitoring and adaptation in Bayesian forecasting models, JASA 81.
    Jeffreys (1946), An invariant form for the prior probability in estimation problems, Proc. R. Soc. A 186.
    Robinson & Smyth (2007), Moderated statistical tests for assessing differences in tag abundance,
    Bioinformatics 23.
    Huber (1964), Robust estimation of a location parameter, Annals of Mathematical Statistics 35.
    Noufaily et al. (2013), An improved algorithm for outbreak detection in multiple surveillance systems,
    Statistics in Medicine 32.

    Examples
    --------
    >>> model = Baseline(Rhythm(harmonics=((7.0, 3),)))
    >>> table = model.newborn(np.log([4.0]))
    >>> for day in range(70):
    ...     model.evolve(table)
    ...     at = model.regressors(day)
    ...     forecast = model.forecast(table, at)
    ...     model.learn(table, forecast, np.array([9.0 if day % 7 < 5 else 2.0]))
    >>> weekday, weekend = (model.forecast(table, model.regressors(day)).mean[0] for day in (72, 75))
    >>> bool(weekday > 3 * weekend)
    True

    """

    def __init__(self, rhythm: Rhythm) -> None:
        faults = rhythm.faults()
        if faults:
            raise ValueError("; ".join(faults))
        self.rhythm = rhythm
        turns = [(2.0 * math.pi * j / period) for period, number in rhythm.harmonics for j in range(1, number + 1)]
        self._turns = turns
        self.order = FIRST_HARMONIC + 2 * len(turns)
        self.width = self.order + self.order**2 + OTHERS
        self._triangle = self.order + np.ravel_multi_index(np.triu_indices(self.order), (self.order, self.order))
        prior = [rhythm.level_variance, rhythm.trend_variance] + [rhythm.season_variance] * (2 * len(turns))
        self._variances = np.array(prior)[:, None]
        discounts = [rhythm.level_discount, rhythm.trend_discount, rhythm.season_discount]
        self._rates = -0.5 * np.log(discounts)[:, None]
        self._fading = math.log(rhythm.trend_damping)
        self.regressors = lru_cache(maxsize=2048)(self._regressors)
        self._fresh = 1.0 - 0.5 ** (1.0 / rhythm.patience)

    def _regressors(self, position: float) -> Floats:
        values = [1.0, 0.0]
        for turn in self._turns:
            values += [math.cos(turn * position), math.sin(turn * position)]
        return np.array(values)

    def newborn(self, log_level: Floats, *, season: Floats | None = None, dispersion: Floats | None = None) -> Floats:
        """Return the table of series that have not been seen yet.

        Parameters
        ----------
        log_level
            Log of the expected count, one a series.
        season
            Harmonic coefficients borrowed from a parent, harmonics x series; zero without.
        dispersion
            Variance over mean borrowed from a parent, one a series.

        """
        table = np.zeros((self.width, len(log_level)))
        table[LEVEL] = log_level
        table[self.order : self.order + self.order**2 : self.order + 1] = self._variances
        if season is not None:
            table[FIRST_HARMONIC : self.order] = season
        table[LAST.stop - 1] = 1.0
        mass = self.rhythm.dispersion_mass
        table[MISSES] = mass * (self.rhythm.dispersion if dispersion is None else dispersion)
        table[EXPECTED] = mass
        return table

    def packed(self, table: Floats) -> Floats:
        """Return the table without what the covariance's symmetry repeats, for storage."""
        return np.concatenate([table[: self.order], table[self._triangle], table[-OTHERS:]])

    def unpacked(self, stored: Floats) -> Floats:
        """Return the table that was `packed`."""
        table = np.empty((self.width, stored.shape[1]))
        table[: self.order] = stored[: self.order]
        table[self._triangle] = stored[self.order : -OTHERS]
        table[-OTHERS:] = stored[-OTHERS:]
        covariance = self.covariance_of(table)
        for i in range(1, self.order):
            covariance[i, :i] = covariance[:i, i]
        return table

    def season_of(self, table: Floats) -> Floats:
        """Return the harmonic coefficients, harmonics x series."""
        return table[FIRST_HARMONIC : self.order]

    def covariance_of(self, table: Floats) -> Floats:
        """Return a view of the state's covariances, state x state x series."""
        return table[self.order : -OTHERS].reshape(self.order, self.order, -1)

    def dispersion_of(self, table: Floats) -> Floats:
        """Return variance over mean, at least 1, one a series."""
        ratio: Floats = table[MISSES] / table[EXPECTED]
        return np.maximum(ratio, 1.0)

    def dispersion_at(self, table: Floats, expected: Floats) -> Floats:
        """Return variance over mean at an expected count, 1 to `dispersion_of`: less where clumps were not seen."""
        mass = self.rhythm.clump_mass
        clumped = (mass / JEFFREYS + np.maximum(table[CLUMPS], 0.0)) / (mass + table[CROWD])
        excess: Floats = np.minimum(self.dispersion_of(table) - 1.0, expected * clumped)
        return 1.0 + np.minimum(excess, _WILDEST + expected)

    def evolve(self, table: Floats, steps: int | Ints = 1) -> None:
        """Let `steps` windows (one number, or one a series) pass in place: the trend moves the level and fades.

        Information is forgotten. In closed form, so that ten thousand unobserved windows cost what one does.
        """
        passed = np.zeros(table.shape[1]) + steps
        fade = np.exp(passed * self._fading)
        reach = (1.0 - fade) / (1.0 - self.rhythm.trend_damping)
        mean, cov = table[: self.order], self.covariance_of(table)
        mean[LEVEL] += reach * mean[TREND]
        mean[TREND] *= fade
        with_level = reach * cov[TREND]
        with_level[LEVEL] += with_level[LEVEL] + reach * with_level[TREND]
        cov[LEVEL] += with_level
        cov[1:, LEVEL] = cov[LEVEL, 1:]
        growth = np.sqrt(self._variances / np.maximum(table[self.order : -OTHERS : self.order + 1], 1e-300))
        forgotten = np.exp(np.minimum(self._rates * passed, _LARGEST_EXPONENT))
        np.minimum(growth[:FIRST_HARMONIC], forgotten[:FIRST_HARMONIC], out=growth[:FIRST_HARMONIC])
        np.minimum(growth[FIRST_HARMONIC:], forgotten[FIRST_HARMONIC], out=growth[FIRST_HARMONIC:])
        cov *= growth[:, None] * growth
        doubted = np.where(table[HIGH] > LASTING, _DOUBT * self.rhythm.level_variance, 0.0)
        np.maximum(cov[LEVEL, LEVEL], doubted, out=cov[LEVEL, LEVEL])

    def forecast(self, table: Floats, regressors: Floats) -> Forecast:
        """Return the predictive distributions of the evolved series."""
        both = table[:-OTHERS].reshape(self.order + 1, self.order, -1)  # the mean, then the covariance's rows
        found = total(both * regressors[:, None], axis=1)
        log_mean, gain = found[0], found[1:]
        doubt = np.maximum(total(gain * regressors[:, None]), SMALLEST_DOUBT)
        expected = np.exp(np.minimum(np.maximum(log_mean, -LOG_MEAN_BOUND), LOG_MEAN_BOUND))
        dispersion = self.dispersion_at(table, expected)
        unsure = expected * np.minimum(doubt, 1.0 / JEFFREYS)
        excess = np.maximum(dispersion - 1.0 + unsure, _SMALLEST_EXCESS)
        return Forecast(mean=expected, size=expected / excess, doubt=doubt, dispersion=dispersion, gain=gain)

    def learn(self, table: Floats, forecast: Forecast, counts: Floats) -> None:
        """Update the table in place with the counts its forecast was made for."""
        table[LAST] = counts, forecast.mean, forecast.size
        self._learn_dispersion(table, forecast, counts)
        counts = self._heeded(table, forecast, counts)
        self.correct(table, forecast, forecast.mean, counts)

    def correct(self, table: Floats, forecast: Forecast, expected: Floats, counts: Floats) -> None:
        """Move the state by what `counts` say against `expected`, along the forecast's gain."""
        shape = 1.0 / forecast.doubt
        weight = 1.0 / forecast.dispersion
        grown = shape + weight * counts
        change = np.log(grown / (shape + weight * expected)) * shape
        table[: self.order] += forecast.gain * change
        if counts.any():
            less = (weight * counts / grown) * shape
            covariance = self.covariance_of(table)
            covariance -= (forecast.gain[:, None] * forecast.gain) * less

    def _heeded(self, table: Floats, forecast: Forecast, counts: Floats) -> Floats:
        """Return the counts as they teach: drawn in, unless a change has lasted; and go on watching that."""
        believed = drawn_in(self.rhythm.huber, forecast, counts)
        heeded = np.where(table[HIGH] > LASTING, counts, believed)
        table[HIGH] += self._fresh * ((counts > believed) - table[HIGH])
        return heeded

    def _learn_dispersion(self, table: Floats, forecast: Forecast, counts: Floats) -> None:
        mean, dispersion = forecast.mean, forecast.dispersion
        share = dispersion / (dispersion + mean * forecast.doubt)  # the rest of the miss is the state's doubt
        trust = np.maximum(1.0 - 2.0 * table[HIGH], 0.0) / (1.0 + mean)  # what lasts is no dispersion
        weight = trust / (1.0 + mean)
        clump = (drawn_in(self.rhythm.clump_huber, forecast, counts) - mean) ** 2 * share - mean
        table[CLUMPS] += clump * weight
        table[CROWD] += mean * mean * weight
        misses = (drawn_in(self.rhythm.dispersion_huber, forecast, counts) - mean) ** 2 * share
        self.remember(table, misses * trust, mean * trust)
        lasting = table[HIGH] > LASTING
        if lasting.any():
            fresh = np.array(
                [0.0, 0.0, self.rhythm.dispersion * self.rhythm.dispersion_mass, self.rhythm.dispersion_mass]
            )
            table[CLUMPS:HIGH] = np.where(lasting, fresh[:, None], table[CLUMPS:HIGH])

    def remember(self, table: Floats, misses: Floats, expected: Floats) -> None:
        """Add to the sums behind the dispersion."""
        table[MISSES] += misses
        table[EXPECTED] += expected
        beyond = self.rhythm.dispersion_memory / table[EXPECTED]
        table[MISSES:HIGH] *= np.where(expected > 0.0, np.minimum(1.0, beyond), 1.0)


def total(values: Floats, axis: int = 0) -> Floats:
    """Add up one after the other: other sums may take another order, and give other bits, in other company."""
    parts = values if axis == 0 else values.swapaxes(0, 1)
    added: Floats
    if values.size < _FEW:
        added = np.add.accumulate(parts, axis=0)[-1]
        return added
    added = parts[0].copy()
    for part in parts[1:]:
        added += part
    return added

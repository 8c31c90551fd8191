"""Online negative-binomial baselines of many count series at once.

One dynamic generalised linear model a series: the log of the expected count is a level with a slow, damped
trend plus harmonics of any periods. All series share the window, so one update of thousands of series is a
few array operations. Every operation is elementwise over the series, so what a series learns does not
depend on which other series stand beside it, bit for bit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_LEVEL, _TREND, _FIRST_HARMONIC = 0, 1, 2
_MISSES, _EXPECTED, _HIGH = -3, -2, -1  # rows after the covariance
_OTHERS = 3
_LASTING = 0.5  # share of high counts from which on a change is taken to last
_DOUBT = 0.25  # share of its prior variance the level then has at least
_LOG_MEAN_BOUND = 23.0  # e**23 events a window is beyond any city
_LARGEST_EXPONENT = 300.0
_SMALLEST_EXCESS = 1e-6  # variance over mean above 1 below which Poisson is meant


@dataclass(frozen=True)
class Rhythm:
    """What a baseline may follow, and how fast.

    Parameters
    ----------
    harmonics
        Pairs (period in windows, number of harmonics of that period).
    level_discount, trend_discount, season_discount
        Share of the information kept per window, in (0, 1); ``1 / (1 - discount)`` windows is the memory.
    level_variance, trend_variance, season_variance
        Prior variances of the log-mean's parts, which are also what forgetting can reach at most.
    trend_damping
        Factor per window by which the trend fades, in (0, 1).
    huber
        Standard normal quantile beyond which a count teaches no more than one there.
    patience
        Consecutive windows of such high counts after which the change is taken to last and is learned at once.
    dispersion
        Prior variance over mean, at least 1.
    dispersion_huber
        The quantile beyond which a count teaches the dispersion no more; wider, as clumps are what it measures.
    dispersion_mass, dispersion_memory
        Weight of that prior and longest memory, in windows of a busy series.

    """

    harmonics: tuple[tuple[float, int], ...] = ()
    level_discount: float = 0.98
    trend_discount: float = 0.999
    season_discount: float = 0.99
    level_variance: float = 1.0
    trend_variance: float = 1e-5
    season_variance: float = 0.1
    trend_damping: float = 0.99
    huber: float = 2.0
    patience: float = 10.0
    dispersion: float = 1.2
    dispersion_huber: float = 5.0
    dispersion_mass: float = 10.0
    dispersion_memory: float = 150.0

    def faults(self) -> list[str]:
        """Return what is wrong with these numbers, one sentence each."""
        shares = ("level_discount", "trend_discount", "season_discount", "trend_damping")
        positive = ["level_variance", "trend_variance", "season_variance"]
        positive += ["patience", "huber", "dispersion_huber", "dispersion_mass"]
        found = [f"{name} must lie in (0, 1)" for name in shares if not 0.0 < getattr(self, name) < 1.0]
        found += [f"{name} must be positive" for name in positive if not getattr(self, name) > 0.0]
        if not self.dispersion >= 1.0:
            found.append("dispersion must be at least 1")
        if not self.dispersion_memory > self.dispersion_mass:
            found.append("dispersion_memory must exceed dispersion_mass")
        if any(period <= 0 or number < 0 for period, number in self.harmonics):
            found.append("harmonics need a positive period and a number of at least 0")
        return found


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
    gain
        Covariance of state and log-mean, state x series.

    """

    mean: Floats
    size: Floats
    doubt: Floats
    gain: Floats = field(repr=False)


class Baseline:
    """The model; what it believes about n series is a table of shape ``width`` x n that the caller keeps.

    The table's rows are the state's mean (`order`), the upper triangle of its covariance
    (``order * (order + 1) / 2``), two sums whose ratio is the overdispersion, and the smoothed share of counts
    above their Huber quantile. The update is the
    conjugate one of the dynamic generalised linear model: the log-mean's normal prior is matched by a gamma
    distribution, that is updated with the count (tempered by the overdispersion), and the change is carried
    back to the state linearly. Discounting follows the same authors; counts beyond the `huber` quantile of
    their own forecast (Cornish-Fisher) are drawn in before they teach, until so many of them follow each other
    (`patience`) that the change is taken to last: then the level is put in doubt and learns them as they are.

    Parameters
    ----------
    rhythm
        Periods, discounts and priors.

    Attributes
    ----------
    order, width
        Length of the state; float64 rows of the table, ``8 * width`` bytes a series.

    References
    ----------
    West, Harrison & Migon (1985), Dynamic generalized linear models and Bayesian forecasting, JASA 80.
    West & Harrison (1986), Monitoring and adaptation in Bayesian forecasting models, JASA 81.
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
        self.order = _FIRST_HARMONIC + 2 * len(turns)
        self._left, self._right = np.triu_indices(self.order)
        self._packed = np.zeros((self.order, self.order), dtype=np.intp)
        self._packed[self._left, self._right] = self._packed[self._right, self._left] = np.arange(len(self._left))
        self.width = self.order + len(self._left) + _OTHERS
        self._variances = self._parts(rhythm.level_variance, rhythm.trend_variance, rhythm.season_variance)
        self._discounts = self._parts(rhythm.level_discount, rhythm.trend_discount, rhythm.season_discount)

    def _parts(self, level: float, trend: float, season: float) -> list[float]:
        return [level, trend] + [season] * (self.order - _FIRST_HARMONIC)

    def regressors(self, position: float) -> list[float]:
        """Return what the state is multiplied with at `position`, in windows from the periods' common origin."""
        values = [1.0, 0.0]
        for turn in self._turns:
            values += [math.cos(turn * position), math.sin(turn * position)]
        return values

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
        series = len(log_level)
        table = np.zeros((self.width, series))
        table[_LEVEL] = log_level
        for i, variance in enumerate(self._variances):
            table[self.order + self._packed[i, i]] = variance
        if season is not None:
            table[_FIRST_HARMONIC : self.order] = season
        mass = self.rhythm.dispersion_mass
        table[_MISSES] = mass * (self.rhythm.dispersion if dispersion is None else dispersion)
        table[_EXPECTED] = mass
        return table

    def season_of(self, table: Floats) -> Floats:
        """Return the harmonic coefficients, harmonics x series."""
        return table[_FIRST_HARMONIC : self.order]

    def dispersion_of(self, table: Floats) -> Floats:
        """Return variance over mean, at least 1, one a series."""
        ratio: Floats = table[_MISSES] / table[_EXPECTED]
        return np.maximum(ratio, 1.0)

    def evolve(self, table: Floats, steps: int = 1) -> None:
        """Let `steps` windows pass in place: the trend moves the level and fades, information is forgotten.

        In closed form, so that ten thousand unobserved windows cost what one does.
        """
        fade = self.rhythm.trend_damping**steps
        reach = (1.0 - fade) / (1.0 - self.rhythm.trend_damping)
        mean, cov = table[: self.order], table[self.order : -_OTHERS]
        at = self._packed
        mean[_LEVEL] += reach * mean[_TREND]
        mean[_TREND] *= fade
        cov[at[0, 0]] += (2.0 * reach) * cov[at[0, 1]] + (reach * reach) * cov[at[1, 1]]
        cov[at[0, 1]] += reach * cov[at[1, 1]]
        for j in range(_FIRST_HARMONIC, self.order):
            cov[at[0, j]] += reach * cov[at[1, j]]
        growth = np.empty_like(mean)
        for i in range(self.order):
            room = np.sqrt(self._variances[i] / np.maximum(cov[at[i, i]], 1e-300))
            growth[i] = np.minimum(room, math.exp(min(_LARGEST_EXPONENT, -0.5 * steps * math.log(self._discounts[i]))))
        cov *= growth[self._left]
        cov *= growth[self._right]
        doubted = np.where(table[_HIGH] > _LASTING, _DOUBT * self._variances[_LEVEL], 0.0)
        np.maximum(cov[at[0, 0]], doubted, out=cov[at[0, 0]])

    def forecast(self, table: Floats, regressors: list[float]) -> Forecast:
        """Return the predictive distributions of the evolved series."""
        mean, cov = table[: self.order], table[self.order : -_OTHERS]
        log_mean = np.zeros(table.shape[1])
        gain = np.zeros(mean.shape)
        for j, value in enumerate(regressors):
            if value:
                log_mean += mean[j] * value
                gain += cov[self._packed[j]] * value
        doubt = np.zeros(table.shape[1])
        for j, value in enumerate(regressors):
            if value:
                doubt += gain[j] * value
        np.maximum(doubt, 1e-9, out=doubt)
        expected = np.exp(np.clip(log_mean, -_LOG_MEAN_BOUND, _LOG_MEAN_BOUND))
        excess = np.maximum(self.dispersion_of(table) - 1.0 + expected * doubt, _SMALLEST_EXCESS)
        return Forecast(mean=expected, size=expected / excess, doubt=doubt, gain=gain)

    def learn(self, table: Floats, forecast: Forecast, counts: Floats) -> None:
        """Update the table in place with the counts its forecast was made for."""
        mean, cov = table[: self.order], table[self.order : -_OTHERS]
        dispersion = self.dispersion_of(table)
        self._learn_dispersion(table, forecast, dispersion, counts)
        counts = self._heeded(table, forecast, dispersion, counts)
        shape = 1.0 / forecast.doubt
        weight = 1.0 / dispersion
        grown = shape + weight * counts
        change = np.log(grown / (shape + weight * forecast.mean)) * shape
        mean += forecast.gain * change
        less = (weight * counts / grown) * shape
        cov -= forecast.gain[self._left] * (forecast.gain[self._right] * less)

    def _heeded(self, table: Floats, forecast: Forecast, dispersion: Floats, counts: Floats) -> Floats:
        """Return the counts as they teach: drawn in, unless a change has lasted; and go on watching that."""
        drawn_in = _drawn_in(self.rhythm.huber, forecast, dispersion, counts)
        heeded = np.where(table[_HIGH] > _LASTING, counts, drawn_in)
        fresh = 1.0 - 0.5 ** (1.0 / self.rhythm.patience)
        table[_HIGH] += fresh * ((counts > drawn_in) - table[_HIGH])
        return heeded

    def _learn_dispersion(self, table: Floats, forecast: Forecast, dispersion: Floats, counts: Floats) -> None:
        mean = forecast.mean
        counts = _drawn_in(self.rhythm.dispersion_huber, forecast, dispersion, counts)
        share = dispersion / (dispersion + mean * forecast.doubt)  # the rest of the miss is the state's doubt
        trust = np.maximum(1.0 - 2.0 * table[_HIGH], 0.0) / (1.0 + mean)  # what lasts is no dispersion
        table[_MISSES] += (counts - mean) ** 2 * share * trust
        table[_EXPECTED] += mean * trust
        keep = np.minimum(1.0, self.rhythm.dispersion_memory / table[_EXPECTED])
        table[_MISSES] *= keep
        table[_EXPECTED] *= keep


def _drawn_in(z: float, forecast: Forecast, dispersion: Floats, counts: Floats) -> Floats:
    """Return the counts, those beyond the normal quantile `z` of their forecast moved there."""
    ratio = dispersion + forecast.mean * forecast.doubt
    spread = z * np.sqrt(forecast.mean * ratio)
    centre = forecast.mean + (2.0 * ratio - 1.0) * ((z * z - 1.0) / 6.0)
    high = np.maximum(centre + spread, 1.0)  # one event is never too many
    return np.maximum(np.minimum(counts, high), np.minimum(centre - spread, forecast.mean))

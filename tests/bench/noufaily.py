"""Weekly series after Noufaily et al. (2013), and the figures a method's alarms make on them.

42 scenarios of 624 weeks with four past outbreaks; power on one outbreak in the last 48 weeks, false positives and
calibration on the same weeks without it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
Ints = NDArray[np.int64]

WEEKS, CURRENT, YEAR = 624, 576, 52
PARAMETERS = (
    (0.1, 1.5, 0.0025, 0.6, 0.6),
    (-2.0, 2.0, 0.005, 0.1, 0.3),
    (1.5, 1.0, 0.003, 0.2, -0.4),
    (0.5, 5.0, 0.002, 0.5, 0.5),
    (2.5, 3.0, 0.001, 1.0, 0.1),
    (3.75, 1.1, 0.001, 0.1, -0.1),
    (5.0, 1.2, 0.0001, 0.05, 0.01),
)
NOMINAL = (1e-2, 1e-3, 1e-4)
RATES = (0.01, 0.0014)


@dataclass(frozen=True)
class Series:
    """Counts without and with the current outbreak, series x weeks, and that outbreak's share of them."""

    null: Floats
    current: Floats
    outbreak: Floats
    scenario: Ints

    def first(self, reps: int) -> Series:
        """Return the first `reps` of every scenario."""
        kept = np.concatenate([np.flatnonzero(self.scenario == s)[:reps] for s in np.unique(self.scenario)])
        return Series(self.null[kept], self.current[kept], self.outbreak[kept], self.scenario[kept])


def negative_binomial(rng: np.random.Generator, mean: Floats, ratio: Floats) -> Floats:
    """Draw counts with variance ``ratio * mean``; Poisson where the ratio is 1."""
    excess = np.maximum(ratio - 1.0, 1e-9)
    return rng.poisson(np.where(ratio > 1.0, rng.gamma(mean / excess) * excess, mean)).astype(float)


def means() -> tuple[Floats, Floats]:
    """Return the 42 scenarios' expected counts (42 x weeks) and dispersions (42 x 1)."""
    t = np.arange(1, WEEKS + 1)
    found = []
    for theta, _, beta, cosine, sine in PARAMETERS:
        for trend in (0.0, beta):
            for m in range(3):
                turns = [2.0 * math.pi * j * t / YEAR for j in range(1, m + 1)]
                season = sum((cosine * np.cos(x) + sine * np.sin(x) for x in turns), np.zeros(WEEKS))
                found.append(np.exp(theta + trend * t + season))
    return np.array(found), np.repeat([p[1] for p in PARAMETERS], 6)[:, None]


def outbreak(rng: np.random.Generator, start: int, k: int, deviation: float) -> Floats:
    """Return an outbreak's cases by week."""
    cases = np.zeros(WEEKS)
    for delay in np.floor(rng.lognormal(0.0, 0.5, rng.poisson(k * deviation))):
        week = start + int(delay)
        if week < WEEKS:
            cases[week] += 1
    return cases


def noufaily(rng: np.random.Generator, reps: int) -> Series:
    """Simulate the protocol's series, `reps` of each scenario."""
    mean, ratio = means()
    mean, ratio = np.repeat(mean, reps, axis=0), np.repeat(ratio, reps, axis=0)
    null = negative_binomial(rng, mean, np.broadcast_to(ratio, mean.shape))
    deviation = np.sqrt(mean * ratio)
    outbreaks = np.zeros_like(null)
    for i in range(len(null)):
        for k in (2, 3, 5, 10):
            start = int(rng.integers(313, CURRENT))
            past = outbreak(rng, start, k, deviation[i, start])
            past[CURRENT:] = 0.0
            null[i] += past
        start = int(rng.integers(CURRENT, WEEKS))
        outbreaks[i] = outbreak(rng, start, int(rng.integers(1, 11)), deviation[i, start])
    return Series(null, null + outbreaks, outbreaks, np.repeat(np.arange(len(means()[0])), reps))


def power(series: Series, null: Mask, current: Mask) -> dict[str, float]:
    """Return what alarms in the last weeks without and with the current outbreak are worth.

    Returns
    -------
    dict
        ``fpr``; ``pod`` and ``wk1_pod``, the shares of outbreaks with an alarm while they had cases and in their
        first week; ``delay``, weeks to the first alarm where there was one, if there was any.

    """
    cases: Mask = np.greater(series.outbreak[:, CURRENT:], 0.0)
    hit: Mask = cases.max(axis=1)
    first = cases.argmax(axis=1)
    last = cases.shape[1] - 1 - cases[:, ::-1].argmax(axis=1)
    weeks = np.arange(cases.shape[1])
    span = (weeks >= first[:, None]) & (weeks <= last[:, None])
    inside = (current & span)[hit]
    found = inside.any(axis=1)
    figures = {
        "fpr": float(null.mean()),
        "pod": float(found.mean()),
        "wk1_pod": float(current[np.arange(len(first)), first][hit].mean()),
    }
    if found.any():
        figures["delay"] = float((inside.argmax(axis=1) - first[hit])[found].mean())
    return figures


def at_rates(series: Series, null: Floats, current: Floats) -> dict[str, float]:
    """Return the power of scores, low ones being extreme, at pooled false-positive rates of at most `RATES`."""
    figures: dict[str, float] = {}
    for rate in RATES:
        allowed = int(rate * null.size)
        threshold = np.nextafter(np.partition(null.ravel(), allowed)[allowed], -math.inf)  # ties stay out
        found = power(series, null <= threshold, current <= threshold)
        figures |= {f"{name}_at_fpr_{rate:g}": value for name, value in found.items()}
        figures[f"threshold_at_fpr_{rate:g}"] = float(threshold)
    return figures


def calibration(series: Series, null: Floats) -> dict[str, float]:
    """Return realised over nominal rates of p-values where nothing happens, and that of the worst scenario."""
    figures = {f"realised_over_nominal_{alpha:g}": float((null <= alpha).mean() / alpha) for alpha in NOMINAL}
    by_scenario = [(null[series.scenario == s] <= NOMINAL[0]).mean() / NOMINAL[0] for s in np.unique(series.scenario)]
    return figures | {"worst_scenario_over_nominal_0.01": float(max(by_scenario))}

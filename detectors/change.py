"""A change of a series that lasts, and how often chance looks like one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
How = Literal["level_up", "level_down", "more_spread", "less_spread"]

_LEAST = {"level": 7, "spread": 21}  # days a change must have lasted to be told
_ALARMS, _FEWER = 0.0173, 0.75  # false ones a series and day, and how fast they get fewer with the log-odds


@dataclass(frozen=True)
class Change:
    """A change of one series.

    Parameters
    ----------
    series
        Its number.
    how
        What changed.
    days
        Days the change has lasted, today included.
    before, after
        Events a day, in an average week; of a change of spread variance over mean.
    observed, expected, spread
        Events since the change, those expected without it, and the standard deviation of their difference.
    odds
        Log-likelihood ratio against no change that matters.
    p_value
        Chance of such a change in a series and day, by false alarms of series without one.

    """

    series: int
    how: How
    days: int
    before: float
    after: float
    observed: float
    expected: float
    spread: float
    odds: float
    p_value: float


def p_value(odds: Floats) -> Floats:
    """Return how often a series without a change reaches such log-odds in a day; 1 at odds of 0.

    Fitted to series of 0.1 to 100 events a day with a yearly swing of 20 % both ways.
    """
    return np.where(odds > 0.0, _ALARMS * np.exp(-_FEWER * odds), 1.0)


def reached(how: str, odds: Floats) -> Floats:
    """Return the largest log-odds of a change of ``level`` or ``spread`` that lasts long enough, by days since."""
    found: Floats = odds[:, _LEAST[how] - 1 :].max(axis=1)
    return found

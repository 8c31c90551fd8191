"""P-values of greatest values from few simulations, by the extreme-value distribution they follow."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_STEPS = 100
_CLOSE = 1e-10
_NARROWEST = 1e-9


@dataclass(frozen=True)
class Tail:
    """A Gumbel distribution fitted to simulated greatest values.

    Parameters
    ----------
    location, scale
        Of the distribution; the scale is positive.
    ranked
        The simulated values, ascending.

    References
    ----------
    Abrams, Kulldorff & Kleinman (2010), Gumbel based p-value approximations for spatial scan statistics,
    International Journal of Health Geographics 9.

    Examples
    --------
    >>> tail = Tail.of(np.random.default_rng(1).gumbel(5.0, 0.5, 999))
    >>> 0.5e-6 < tail.p_value(5.0 + 0.5 * math.log(1e6)) < 2e-6
    True

    """

    location: float
    scale: float
    ranked: NDArray[np.float64]

    @classmethod
    def of(cls, values: NDArray[np.float64]) -> Tail:
        """Fit by maximum likelihood.

        Raises
        ------
        ValueError
            When there are fewer than two values.

        """
        if len(values) < 2:  # noqa: PLR2004
            raise ValueError("a tail needs at least two values")
        ranked = np.sort(np.asarray(values, dtype=np.float64))
        mean = float(ranked.mean())
        scale = max(math.sqrt(6.0) / math.pi * float(ranked.std()), _NARROWEST)
        for _ in range(_STEPS):
            weight = np.exp(-(ranked - ranked[0]) / scale)
            better = max(mean - float((ranked * weight).sum() / weight.sum()), _NARROWEST)
            if abs(better - scale) <= _CLOSE * scale:
                break
            scale = 0.5 * (scale + better)
        weight = np.exp(-(ranked - ranked[0]) / scale)
        return cls(float(ranked[0]) - scale * math.log(float(weight.mean())), scale, ranked)

    def p_value(self, value: float) -> float:
        """Return the probability of a greatest value at least as large, from the fitted distribution."""
        exponent = min(max((value - self.location) / self.scale, -700.0), 700.0)
        return -math.expm1(-math.exp(-exponent)) if exponent > -6.0 else 1.0  # noqa: PLR2004

    def rank_p_value(self, value: float) -> float:
        """Return the share of values at least as large, the observed one among them: exact, at least 1/(n+1)."""
        beyond = len(self.ranked) - int(np.searchsorted(self.ranked, value - 1e-9, side="left"))
        return (beyond + 1) / (len(self.ranked) + 1)

    def quantile(self, p: float) -> float:
        """Return the value that is reached with probability `p`, in (0, 1)."""
        return self.location - self.scale * math.log(-math.log1p(-p))

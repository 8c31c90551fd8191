"""What came before and since each of the last days: how the two differ, and how much likelier two are than one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Rows = NDArray[np.intp]
Two = Callable[[Floats, Floats, Floats, Floats, float], Floats]

_TINY = 1e-12


@dataclass(frozen=True)
class Sides:
    """What came before each of the last days, and since.

    Parameters
    ----------
    before, since
        Sums, series x days since.
    pre, post
        Their exposures.

    """

    before: Floats
    since: Floats
    pre: Floats
    post: Floats

    @cached_property
    def ratio(self) -> Floats:
        """Rates since each day over the rate before it, series x days since."""
        return _ratio(self.before, self.since, self.pre, self.post)

    def weigh(self, two: Two, matters: float, *, among: Flags) -> Floats:
        """Return log-likelihood ratios of two against one, series x days since; 0 when the ratio does not matter.

        Parameters
        ----------
        two
            `two_rates` or `two_variances`.
        matters
            Bound of the ratio, above 1, and of its inverse, that all days since, their later half and their earlier
            must lie beyond.
        among
            Days that are weighed at all.

        """
        odds = np.zeros_like(self.since)
        for bound in (matters, 1.0 / matters):
            at = self._lasting(bound, among)
            odds[at] = two(self.before[at], self.since[at], self.pre[at], self.post[at], bound)
        return odds

    def _lasting(self, bound: float, among: Flags) -> tuple[Rows, Rows]:
        series, day = np.nonzero(among & _beyond(self.ratio, bound))
        half = (day + 1) // 2
        before, pre = self.before[series, day], self.pre[series, day]
        late, late_post = self.since[series, half], self.post[series, half]
        early, early_post = self.since[series, day] - late, self.post[series, day] - late_post
        both = _beyond(_ratio(before, late, pre, late_post), bound)
        both &= _beyond(_ratio(before, early, pre, early_post), bound)
        return series[both], day[both]


def _ratio(before: Floats, since: Floats, pre: Floats, post: Floats) -> Floats:
    found: Floats = since * np.maximum(pre, _TINY) / np.maximum(before * post, _TINY)
    return found


def _beyond(ratio: Floats, bound: float) -> Flags:
    """Tell which ratios are larger than a bound above 1, or less than one below."""
    found: Flags = ratio > bound if bound > 1.0 else ratio < bound
    return found


def two_rates(before: Floats, since: Floats, pre: Floats, post: Floats, bound: float) -> Floats:
    """Return the log-likelihood ratio of two Poisson rates, by events and exposures; one is `bound` times as much."""
    post = bound * post
    common = np.maximum((before + since) / np.maximum(pre + post, _TINY), _TINY)
    alone, anew = np.maximum(pre * common, _TINY), np.maximum(post * common, _TINY)
    found: Floats = xlogy(before, before / alone) + xlogy(since, since / anew)
    return found


def two_variances(before: Floats, since: Floats, pre: Floats, post: Floats, bound: float) -> Floats:
    """Return twice the same of two variances, by sums of squares and their numbers."""
    since = since / bound
    common = np.maximum((before + since) / np.maximum(pre + post, _TINY), _TINY)
    first = np.maximum(before / np.maximum(pre, _TINY), _TINY)
    second = np.maximum(since / np.maximum(post, _TINY), _TINY)
    found: Floats = pre * np.log(common / first) + post * np.log(common / second)
    return found

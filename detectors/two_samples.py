"""What came before and since each of the last days: how the two differ, and how much likelier two are than one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlogy

Floats = NDArray[np.float64]

_TINY = 1e-12


def ratios_since(before: Floats, since: Floats, pre: Floats, post: Floats) -> Floats:
    """Return rates since each day over the rate before it: of all days since, of the later half, of the earlier one."""
    half = (np.arange(since.shape[1]) + 1) // 2
    parts = np.stack([since, since[:, half], since - since[:, half]])
    exposures = np.stack([post, post[:, half], post - post[:, half]])
    found: Floats = parts * np.maximum(pre, _TINY) / np.maximum(before * exposures, _TINY)
    return found


def two_rates(before: Floats, since: Floats, pre: Floats, post: Floats) -> Floats:
    """Return the log-likelihood ratio of two Poisson rates against one, by events and exposures."""
    common = np.maximum((before + since) / np.maximum(pre + post, _TINY), _TINY)
    alone, anew = np.maximum(pre * common, _TINY), np.maximum(post * common, _TINY)
    found: Floats = xlogy(before, before / alone) + xlogy(since, since / anew)
    return found


def two_variances(before: Floats, since: Floats, pre: Floats, post: Floats) -> Floats:
    """Return twice the log-likelihood ratio of two variances against one, by sums of squares and their numbers."""
    common = np.maximum((before + since) / np.maximum(pre + post, _TINY), _TINY)
    first = np.maximum(before / np.maximum(pre, _TINY), _TINY)
    second = np.maximum(since / np.maximum(post, _TINY), _TINY)
    found: Floats = pre * np.log(common / first) + post * np.log(common / second)
    return found

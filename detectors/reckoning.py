"""What the tails of a district's keys come to, learned window by window, and what they will spend, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from detectors.baseline import Floats, Ints
from detectors.budget import Spending
from detectors.calibration import EDGES, LEVELS
from detectors.pools import District, Outlook
from detectors.suspicion import CAP, tails

LOOKS = 4  # a day


def calibrate(districts: Iterable[District], owners: Ints, figures: Floats) -> None:
    """Learn what tails came to in windows with events, except for what followed a suspicious window.

    Parameters
    ----------
    districts
        Those that may own any of the keys.
    owners
        Number of each key's district, n.
    figures
        Count, mean and gamma shape; count, mean and gamma shape of the window before, 6 x n.

    """
    some = figures[1] >= EDGES[0]
    if not some.any():
        return
    owners, figures = owners[some], figures[:, some]
    calm = figures[3] <= figures[4]  # so that only what may be suspicious costs a tail
    calm[~calm] = tails(*figures[3:, ~calm]) > CAP
    owners, (observed, mean, size) = owners[calm], figures[:3, calm]
    beyond = tails(observed + 1.0, mean, size)
    at_least = np.ones(len(mean))
    low = beyond < LEVELS[0]  # the others say the same whatever their own chance
    at_least[low] = tails(observed[low], mean[low], size[low])
    any_ = -np.expm1(-size * np.log1p(mean / size))
    for district in districts:
        here = owners == district.number
        district.calibration.learn(at_least[here], beyond[here], any_[here], mean[here])


def spending(looks: Sequence[Outlook], tested: NDArray[np.bool_], least: int, windows: int) -> Spending:
    """Return what a district's keys will spend in a day.

    Parameters
    ----------
    looks
        At windows of that day, evenly apart.
    tested
        Which rows are keys and not pools.
    least
        Smallest count reported.
    windows
        Windows each look stands for.

    """
    reachable = np.concatenate([look.reach(least)[tested] for look in looks])
    return Spending.of(reachable, float(windows))

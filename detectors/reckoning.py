"""What the tails of a district's keys come to, learned window by window, and what they will spend, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from detectors.baseline import Baseline, Floats, Ints
from detectors.budget import Spending
from detectors.calibration import EDGES, LEVELS
from detectors.pools import District, tier
from detectors.register import Register
from detectors.suspicion import CAP, tails
from detectors.windows import Windows

_LOOKS = 4  # a day
_TESTED = 2  # tier of the keys that are no pools
_BLOCK = 256  # rows worth an array


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


def foresee(
    model: Baseline, rows: Register, windows: Windows, districts: Sequence[District], window: int, least: int
) -> None:
    """Foresee what the keys of districts will spend in the day that begins with a window.

    Parameters
    ----------
    model, rows, windows
        The baselines, what they believe, and the windows they are of.
    districts
        Those whose spending is put down anew.
    window
        First window of the day.
    least
        Smallest count reported.

    """
    sizes = np.bincount(rows.owner[: len(rows)], minlength=1 + max((one.number for one in districts), default=0))
    group: list[District] = []
    waiting = 0
    for district in districts:
        group.append(district)
        waiting += int(sizes[district.number])
        if waiting >= _BLOCK or district is districts[-1]:
            _foresee(model, rows, windows, group, window, least)
            group, waiting = [], 0


def _foresee(
    model: Baseline, rows: Register, windows: Windows, districts: Sequence[District], window: int, least: int
) -> None:
    """Foresee together; what follows for one district does not depend on the others."""
    some = rows.of([district.number for district in districts])
    some = some[np.array([tier(rows.keys[row]) == _TESTED for row in some], dtype=np.bool_)]
    step = max(1, windows.per_day // _LOOKS)
    reached = []
    for at in range(window, window + windows.per_day, step):
        table = rows.take(some)
        model.evolve(table, at - rows.learned[some])
        forecast = model.forecast(table, model.regressors(windows.position(at)))
        reached.append(tails(np.full(len(some), float(least)), forecast.mean, forecast.size))
    owner, reach = rows.owner[some], np.array(reached)
    for district in districts:
        district.spending = Spending.of(reach[:, owner == district.number].ravel(), float(step))

"""What the tails of a district's keys come to, learned window by window, and what they will spend, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.baseline import Baseline, Floats, Ints
from detectors.batches import CLEAR, LEAST
from detectors.budget import Spending
from detectors.calibration import EDGES, LEVELS
from detectors.cells import Key
from detectors.pools import District, tier
from detectors.register import Register
from detectors.suspicion import CAP, tails
from detectors.windows import Windows

_LOOKS = 4  # a day
_TESTED = 2  # tier of the keys that are no pools
_BLOCK = 256  # rows worth an array


@dataclass(frozen=True)
class Others:
    """What is tested besides the areas that have baselines of their own.

    Parameters
    ----------
    least
        Smallest count reported.
    tops
        The kinds of a whole district are tested.
    places
        Number of places in an area, by district and area, that are tested; each is taken to have an even share.

    """

    least: int = 1
    tops: bool = False
    places: Callable[[str, str], int] | None = None

    def test(self, key: Key) -> bool:
        """Tell whether a row is tested."""
        return tier(key) == _TESTED or (self.tops and not key[2] and key[3] != "")

    def split(self, key: Key) -> int:
        """Return how many places of a row are tested."""
        return self.places(key[0], key[2]) if self.places is not None and tier(key) == _TESTED else 0


NOTHING_ELSE = Others()


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
    districts = list(districts)
    _learn_batches(districts, owners, figures)
    some = figures[1] >= EDGES[0]
    if not some.any():
        return
    owners, figures = owners[some], figures[:, some]
    calm = _calm(figures)
    owners, (observed, mean, size) = owners[calm], figures[:3, calm]
    beyond = tails(observed + 1.0, mean, size)
    at_least = np.ones(len(mean))
    low = beyond < LEVELS[0]  # the others say the same whatever their own chance
    at_least[low] = tails(observed[low], mean[low], size[low])
    any_ = -np.expm1(-size * np.log1p(mean / size))
    for district in districts:
        here = owners == district.number
        district.calibration.learn(at_least[here], beyond[here], any_[here], mean[here])


def _calm(figures: Floats) -> NDArray[np.bool_]:
    """Tell which windows did not follow a suspicious one."""
    calm: NDArray[np.bool_] = figures[3] <= figures[4]  # so that only what may be suspicious costs a tail
    calm[~calm] = tails(*figures[3:, ~calm]) > CAP
    return calm


def _learn_batches(districts: Sequence[District], owners: Ints, figures: Floats) -> None:
    """Learn how many windows had events, and how many of them more than their spread explains, out of the blue."""
    some = figures[0] - figures[1] >= LEAST
    found = owners[some]
    if len(found):
        far = figures[:, some]
        found = found[(tails(*far[:3]) < CLEAR) & _calm(far)]
    for district in districts:
        batches, occasions = (int(np.count_nonzero(those == district.number)) for those in (found, owners))
        district.batches.learn(batches, occasions)


def foresee(
    model: Baseline,
    rows: Register,
    windows: Windows,
    districts: Sequence[District],
    window: int,
    least: int,
    others: Others | None = None,
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
    others
        What else is tested.

    """
    sizes = np.bincount(rows.owner[: len(rows)], minlength=1 + max((one.number for one in districts), default=0))
    group: list[District] = []
    waiting = 0
    for district in districts:
        group.append(district)
        waiting += int(sizes[district.number])
        if waiting >= _BLOCK or district is districts[-1]:
            _foresee(model, rows, windows, group, window, least, others or NOTHING_ELSE)
            group, waiting = [], 0


def _foresee(
    model: Baseline,
    rows: Register,
    windows: Windows,
    districts: Sequence[District],
    window: int,
    least: int,
    others: Others,
) -> None:
    """Foresee together; what follows for one district does not depend on the others."""
    some = rows.of([district.number for district in districts])
    some = some[np.array([others.test(rows.keys[row]) for row in some], dtype=np.bool_)]
    split = np.array([others.split(rows.keys[row]) for row in some], dtype=np.float64)
    inside = split > 0.0
    needed = np.array([least if rows.keys[row][2] else others.least for row in some], dtype=np.float64)
    step = max(1, windows.per_day // _LOOKS)
    areas = np.array([rows.keys[row][2] != "" for row in some], dtype=np.bool_)
    expected = np.zeros(len(some))
    reached, within = [], []
    for at in range(window, window + windows.per_day, step):
        table = rows.take(some)
        model.evolve(table, at - rows.learned[some])
        forecast = model.forecast(table, model.regressors(windows.position(at)))
        expected += areas * np.minimum(forecast.mean, 1.0)
        reached.append(tails(needed, forecast.mean, forecast.size))
        mean, size = (figures[inside] / split[inside] for figures in (forecast.mean, forecast.size))
        within.append(tails(np.full(len(mean), float(others.least)), mean, size))
    owner, reach = rows.owner[some], np.array(reached)
    parts = split[inside].astype(np.int64)
    owner_of_parts, reach_of_parts = np.repeat(owner[inside], parts), np.repeat(np.array(within), parts, axis=1)
    for district in districts:
        own = reach[:, owner == district.number].ravel()
        parts_own = reach_of_parts[:, owner_of_parts == district.number].ravel()
        batches = district.batches.rate * float(expected[owner == district.number].sum()) * step
        district.spending = Spending.of(np.concatenate([own, parts_own]), float(step), batches)

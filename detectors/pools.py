"""Keys, the pools they belong to, and what is known and expected of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detectors.baseline import Baseline, Floats
from detectors.batches import SPILL, Batches, as_large
from detectors.budget import UNKNOWN, Spending
from detectors.calibration import IDENTITY, Calibration, Map
from detectors.cells import Key
from detectors.forecast import Forecast
from detectors.suspicion import suspicion_of, unweighted, weight_of
from detectors.tail import critical_count, upper_tail

Rows = NDArray[np.intp]


@dataclass
class District:
    """What a bank knows about one district.

    Parameters
    ----------
    number
        Owner number of the district's rows.
    last_event
        Window of its latest closed event.
    age
        Windows up to that one in which it was alive: within a day of an event.
    calibration
        What its keys' tails have come to.
    spending
        Chance alarms a day its keys make, by p-value.
    batches
        How often its keys had more at once than their spread explains.

    """

    number: int
    last_event: int
    age: int
    calibration: Calibration = field(default_factory=Calibration)
    spending: Spending = field(default_factory=Spending)
    batches: Batches = field(default_factory=Batches)


@dataclass(frozen=True)
class Expectation:
    """The predictive distribution of one key in one window.

    Parameters
    ----------
    mean, size
        Expected events and gamma shape.
    age
        Windows its district was alive.
    weight
        Of the p-value, by how suspicious the window before was: 1 on average.
    map
        What tails of similar keys have come to.
    spending
        Chance alarms a day the district's keys make in windows of this kind.

    """

    mean: float
    size: float
    age: int
    weight: float = 1.0
    map: Map = IDENTITY
    spending: Spending = UNKNOWN

    def p_value(self, count: int) -> float:
        """Return how likely so many events are, by what such tails have come to, the window before weighed in."""
        tail = upper_tail(count, self.mean, self.size)
        if self.map is not IDENTITY:
            tail = self.map.of(tail)
        return -math.expm1(math.log1p(-tail) / self.weight) if tail < 1.0 else 1.0

    def by_chance(self, p_value: float, count: int, largest: int) -> float:
        """Return how many windows a day of the district's keys are as unlikely by chance alone, or by a batch.

        Parameters
        ----------
        p_value
            Of the count.
        count, largest
            Events; the most of them that may be of one hand at one place. A batch is, and spills over a little: what
            it leaves is to be explained as well.

        """
        found = self.spending.at(p_value)
        if self.spending.batches:
            rest = upper_tail(count - int(SPILL * largest), self.mean, self.size)
            found += self.spending.batches * as_large(largest - self.mean) * rest
        return found

    def critical(self, alpha: float) -> int:
        """Return the smallest count whose p-value is at most `alpha`."""
        tail = unweighted(alpha, self.weight)
        return critical_count(self.mean, self.size, tail if self.map is IDENTITY else self.map.inverse(tail))


@dataclass(frozen=True)
class Outlook:
    """What is expected of the keys of one district in one open window.

    Parameters
    ----------
    row, rows
        Row of each key; those the forecast is about.
    forecast
        Of the window.
    before
        What is known of the window before it, as `detectors.suspicion.suspicion` takes it; ``None`` while it is open.
    age
        Windows the district was alive.
    known
        The district.

    """

    row: Mapping[Key, int]
    rows: Rows
    forecast: Forecast
    before: Floats | None
    age: int
    known: District

    def of(self, key: Key) -> Expectation | None:
        """Return what is expected of a key; ``None`` when it has no baseline yet, or was not asked about."""
        row = self.row.get(key)
        at = -1 if row is None else int(self.rows.searchsorted(row))
        if row is None or at == len(self.rows) or self.rows[at] != row:
            return None
        weighs = 1.0
        if self.before is not None:
            count, *expected = self.before[:, at].tolist()
            weighs = weight_of(suspicion_of(int(count), *expected))
        mean, size = float(self.forecast.mean[at]), float(self.forecast.size[at])
        return Expectation(mean, size, self.age, weighs, self.known.calibration.map_of(mean), self.known.spending)


@dataclass(frozen=True)
class Prior:
    """Where a new row starts; without a parent there is no rhythm and no dispersion to borrow."""

    log_level: float
    season: Floats | None
    dispersion: float | None


def newborn(model: Baseline, priors: Sequence[Prior]) -> Floats:
    """Return the table of new rows."""
    blank = model.newborn(np.zeros(1))
    season = np.hstack([p.season if p.season is not None else model.season_of(blank) for p in priors])
    dispersion = [p.dispersion if p.dispersion is not None else model.rhythm.dispersion for p in priors]
    levels = np.array([p.log_level for p in priors])
    return model.newborn(levels, season=season, dispersion=np.array(dispersion))


def tier(key: Key) -> int:
    """Return how far a key is from its district's total."""
    return (key[2] != "") + (key[3] != "")


def pool_of(key: Key) -> Key | None:
    """Return the row a key is born from: its kind in the district, for those all kinds, for all kinds none."""
    district, level, area, kind = key
    if area and level != "district":
        return (district, level, "", kind)
    return (district, level, "", "") if kind else None


def pooled(counts: Mapping[Key, int]) -> dict[Key, int]:
    """Return the counts with those of every pool above them."""
    total = dict(counts)
    below: Mapping[Key, int] = counts
    while below:
        above: defaultdict[Key, int] = defaultdict(int)
        for key, count in below.items():
            pool = pool_of(key)
            if pool is not None:
                above[pool] += count
        total.update(above)
        below = above
    return total

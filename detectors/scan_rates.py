"""What is expected in every cell of a city, for every class of problems, at one kind of window."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detectors.zones import Floats, Ints

_HALF = 0.5  # gamma shape of a rate before any event (Jeffreys)
_SPREAD = 3.0  # standard deviations up to which a count teaches
_PATIENCE = 0.15  # weight of the latest window in the share of high ones
_LASTING = 0.5  # share of high windows from which on a change is taken to last
_HASTE = 0.8  # the level's discount then
_USUAL_EXCESS, _EXCESS_MASS = 1.1, 20.0  # variance over mean, and the events it counts for, before any
_USUAL_COMMON, _COMMON_MASS = 0.02, 100.0


@dataclass(frozen=True)
class Memory:
    """How long what is remembered.

    Parameters
    ----------
    level, shares, noise
        Windows after which what was learned of a class's level, of the cells' shares in it and of its dispersion
        counts half.
    slot_mass
        Events by which a slot of the week is held to the average one.
    share_mass
        Events by which a cell's share in a class is held to its share in all events.
    area_mass
        Events by which a cell's share in all events is held to its district's average.
    young
        Taught windows in which high counts teach as they are.

    """

    level: float = 28.0
    shares: float = 90.0
    noise: float = 90.0
    slot_mass: float = 10.0
    share_mass: float = 20.0
    area_mass: float = 3.0
    young: int = 14


DAILY_MEMORY = Memory()
HOURLY_MEMORY = Memory(level=28.0 * 24.0, shares=90.0 * 24.0, noise=90.0 * 24.0, young=168)


@dataclass(frozen=True)
class Outlook:
    """Expected counts of a window: mean and variance, classes x cells; relative variance all cells share, classes."""

    mean: Floats
    variance: Floats
    common: Floats


class Rates:
    """Discounted gamma-Poisson rates: a level and a rhythm for each class, a share of it for each cell.

    A cell's share in a class is shrunk towards its share in all events, and that towards the average of its
    district, so that a cell without events of a class is expected to have few rather than none. Counts more than
    three standard deviations above what was expected teach as if they were no higher, until half of the latest
    windows are like that: then the change is taken to last. Overdispersion is the discounted ratio of squared misses
    to expectations within windows; what the windows as a whole miss by is variance all cells share.

    Memory: 8 bytes x (2 x classes x cells + classes x (2 slots + 7)).

    Parameters
    ----------
    classes, slots
        How many classes there are, and slots of the week.
    memory
        How long what is remembered.

    Attributes
    ----------
    taught
        Windows learned.
    per_class, per_slot, per_cell
        What is believed: classes x 7, 2 x classes x slots, 2 x classes x cells.

    References
    ----------
    West & Harrison (1986), Monitoring and adaptation in Bayesian forecasting models, JASA 81.
    Clayton & Kaldor (1987), Empirical Bayes estimates of age-standardized relative risks, Biometrics 43.

    Examples
    --------
    >>> rates = Rates(classes=1, slots=1, memory=Memory())
    >>> rates.extend(2)
    >>> district = np.array([0, 0])
    >>> for _ in range(100):
    ...     rates.learn(0, np.array([[3.0, 1.0]]), rates.expect(0, district))
    >>> rates.expect(0, district).mean.round().tolist()
    [[3.0, 1.0]]

    """

    def __init__(self, *, classes: int, slots: int, memory: Memory) -> None:
        self.memory = memory
        self.taught = 0
        self.per_class: Floats = np.zeros((classes, 7))
        self.per_slot: Floats = np.zeros((2, classes, slots))
        self.per_cell: Floats = np.zeros((2, classes, 0))

    def extend(self, cells: int) -> None:
        """Make room for cells that have come."""
        more = cells - self.per_cell.shape[2]
        if more > 0:
            self.per_cell = np.concatenate([self.per_cell, np.zeros((*self.per_cell.shape[:2], more))], axis=2)

    def expect(self, slot: int, districts: Ints) -> Outlook:
        """Return what is expected of a window.

        Parameters
        ----------
        slot
            Of the week.
        districts
            Number of each cell's district.

        """
        events, exposure, misses, expected, swings, squares, _ = self.per_class.T
        counted, foreseen = self.per_slot[:, :, slot]
        profile = (counted + self.memory.slot_mass) / (foreseen + self.memory.slot_mass)
        level = (events + _HALF) / (exposure + 1.0) * profile
        known = self.per_cell[0]
        held = self.memory.share_mass * self._usual_shares(districts)
        shares = (known + held) / (known.sum(axis=1, keepdims=True) + self.memory.share_mass)
        mean = np.maximum(level[:, None] * shares, 1e-9)
        excess = np.maximum((misses + _USUAL_EXCESS * _EXCESS_MASS) / (expected + _EXCESS_MASS), 1.0)
        common = np.clip((swings + _USUAL_COMMON * _COMMON_MASS) / (squares + _COMMON_MASS), 0.0, 1.0)
        variance = excess[:, None] * mean + mean**2 / (known + held + _HALF)
        return Outlook(mean, variance, common + 1.0 / (events + _HALF))

    def _usual_shares(self, districts: Ints) -> Floats:
        """Return every cell's share in all events, shrunk towards the average of its district."""
        everything = self.per_cell[0].sum(axis=0)
        cells = np.bincount(districts)
        in_district = np.bincount(districts, weights=everything) + 1.0
        average = (in_district / in_district.sum() / np.maximum(cells, 1))[districts]
        held = self.memory.area_mass * len(everything)
        found: Floats = (everything + held * average) / (everything.sum() + held)
        return found

    def learn(self, slot: int, counts: Floats, outlook: Outlook) -> None:
        """Learn the counts (classes x cells) of a window of which `outlook` was expected."""
        most = outlook.mean + _SPREAD * np.sqrt(outlook.variance) + 1.0
        heeded, total, lasting = self._heeded(counts, outlook, most)
        expected = outlook.mean.sum(axis=1)
        self._learn_noise(np.minimum(counts, 2.0 * most + 2.0), outlook.mean)
        memory, per_class = self.memory, self.per_class
        kept = np.where(lasting, _HASTE, _kept(memory.level))
        counted, foreseen = self.per_slot[:, :, slot]
        profile = (counted + memory.slot_mass) / (foreseen + memory.slot_mass)
        per_class[:, 0] = kept * per_class[:, 0] + total
        per_class[:, 1] = kept * per_class[:, 1] + profile
        slot_kept = _kept(memory.shares / self.per_slot.shape[2])
        self.per_slot[0, :, slot] = slot_kept * counted + np.minimum(total, 4.0 * expected + 1.0)
        self.per_slot[1, :, slot] = slot_kept * foreseen + expected / profile
        self.per_cell[0] = _kept(memory.shares) * self.per_cell[0] + heeded
        self.taught += 1

    def _heeded(self, counts: Floats, outlook: Outlook, most: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
        """Return counts and totals as they teach, and the classes of which a change is taken to last."""
        expected = outlook.mean.sum(axis=1)
        doubt = outlook.variance.sum(axis=1) + outlook.common * expected**2
        most_in_all = expected + _SPREAD * np.sqrt(doubt) + 1.0
        lasting, cells_lasting = self.per_class[:, 6] > _LASTING, self.per_cell[1] > _LASTING
        self.per_class[:, 6] += _PATIENCE * ((counts.sum(axis=1) > most_in_all) - self.per_class[:, 6])
        self.per_cell[1] += _PATIENCE * ((counts > most) - self.per_cell[1])
        if self.taught < self.memory.young:
            return counts, counts.sum(axis=1), lasting
        heeded = np.where(cells_lasting | lasting[:, None], counts, np.minimum(counts, most))
        total = heeded.sum(axis=1)
        return heeded, np.where(lasting, total, np.minimum(total, most_in_all)), lasting

    def _learn_noise(self, counts: Floats, mean: Floats) -> None:
        total, expected = counts.sum(axis=1), mean.sum(axis=1)
        as_many = mean * (total / expected)[:, None]
        per_class, kept = self.per_class, _kept(self.memory.noise)
        per_class[:, 2:6] *= kept
        per_class[:, 2] += ((counts - as_many) ** 2).sum(axis=1)
        per_class[:, 3] += total
        excess = np.maximum(per_class[:, 2] / np.maximum(per_class[:, 3], 1.0), 1.0)
        per_class[:, 4] += (total - expected) ** 2 - excess * expected
        per_class[:, 5] += expected**2


def _kept(half_life: float) -> float:
    return float(0.5 ** (1.0 / half_life))

"""The alert budget: how many chance alarms a city may get per grade, and the p-values that follow from it."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRADES = ("blue", "yellow", "orange", "red")
_DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12.0, "year": 365.25}
_RATE = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*/\s*(?P<unit>day|week|month|year)")
_FEW = 0.1  # chance alarms a tick up to which many low p-values at once vouch for each other
_STEP = 0.25  # decades
_GRID = np.power(10.0, -_STEP * np.arange(61))
_LEAST = 1e-300


@dataclass(frozen=True)
class Budget:
    """Chance alarms a day of each grade, all areas, kinds and windows of a city together.

    Parameters
    ----------
    blue, yellow, orange, red
        Alarms of exactly that grade a day that may come of chance alone; each at most the one before. 0 for a grade
        that is never given.

    Examples
    --------
    >>> Budget.of({"blue": "20/day", "yellow": "3/day", "orange": "1/week", "red": "1/year"}).yellow
    3.0

    """

    blue: float = 20.0
    yellow: float = 3.0
    orange: float = 1.0 / 7.0
    red: float = 1.0 / 365.25

    def __post_init__(self) -> None:
        rates = self.rates()
        if rates[0] <= 0.0 or rates[-1] < 0.0 or any(rates[i] < rates[i + 1] for i in range(len(rates) - 1)):
            raise ValueError("budget: rates must be positive, and a higher grade no more frequent than a lower one")

    @classmethod
    def of(cls, rates: Mapping[str, str]) -> Budget:
        """Return the budget as configuration states it: ``number/day``, ``/week``, ``/month`` or ``/year``.

        A grade that is not stated is never given; the highest ones can be left out.

        Raises
        ------
        ValueError
            With every fault.

        """
        matches = {grade: _RATE.fullmatch(text.strip()) for grade, text in rates.items()}
        faults = [f"budget: {grade!r} is none of {GRADES}" for grade in rates if grade not in GRADES]
        faults += [f"budget.{g}: {rates[g]!r} is not like 20/day or 1/week" for g, m in matches.items() if m is None]
        if faults:
            raise ValueError("; ".join(faults))
        stated = {g: float(m["number"]) / _DAYS[m["unit"]] for g, m in matches.items() if m is not None}
        if not all(stated.values()):
            raise ValueError("budget: rates must be positive; leave out a grade that is never given")
        return cls(**(dict.fromkeys(GRADES, 0.0) | stated))

    def rates(self) -> tuple[float, ...]:
        """Return the rates by `GRADES`."""
        return (self.blue, self.yellow, self.orange, self.red)

    def at_least(self) -> tuple[float, ...]:
        """Return the rates of alarms of each grade or a higher one."""
        rates = self.rates()
        return tuple(sum(rates[i:]) for i in range(len(rates)))

    def limits(self, reachable: Floats, share: float = 1.0) -> tuple[float, ...]:
        """Return the largest p-value of each grade.

        Parameters
        ----------
        reachable
            Of every test of a day the chance that its count reaches the least that is reported, n; 1 where any is.
        share
            Of the budget that is spent on these tests.

        """
        return tuple(limit(reachable, rate * share) for rate in self.at_least())


def limit(reachable: Floats, allowed: float) -> float:
    """Return the p-value limit at which tests make so many chance alarms together.

    A test whose count must also reach a minimum alarms with probability ``min(limit, reachable)``; what it cannot
    spend is left to the others, as in Tarone (1990), A modified Bonferroni method for discrete data, Biometrics 46.

    >>> limit(np.array([1.0, 1.0, 1e-9, 1e-9]), 0.02)
    0.009999999
    """
    rising = np.sort(reachable)
    before = np.concatenate([[0.0], np.cumsum(rising)[:-1]])
    left = np.arange(len(rising), 0, -1)
    found = (allowed - before) / left
    enough = np.flatnonzero(found <= rising)
    return float(min(max(found[enough[0]], 0.0), 1.0)) if len(enough) else 1.0


def vouched(chances: Floats, groups: Ints) -> Floats:
    """Return how many chance alarms a tick are as unlikely, many unlikely ones of a group vouching for each other.

    Benjamini-Hochberg within each group: where the k-th smallest of a group is c, k alarms stand against c by chance,
    so that each of them counts for c / k. As c is about the false discovery rate, that is only done where it is small;
    else each stands for itself.

    Parameters
    ----------
    chances
        P-values times the tests of their group in this tick, n.
    groups
        Numbers of their groups, n.

    References
    ----------
    Benjamini & Hochberg (1995), Controlling the false discovery rate, J. R. Stat. Soc. B 57.

    >>> vouched(np.array([0.010, 0.015, 0.040, 0.018]), np.array([0, 0, 0, 1])).round(4).tolist()
    [0.0075, 0.0075, 0.0133, 0.018]

    """
    found = chances.copy()
    for group in np.unique(groups):
        inside = np.flatnonzero((groups == group) & (chances <= _FEW))
        ranked = inside[np.argsort(chances[inside], kind="stable")]
        each = chances[ranked] / np.arange(1, len(ranked) + 1)
        found[ranked] = np.minimum.accumulate(each[::-1])[::-1]
    return found


@dataclass(frozen=True)
class Spending:
    """How many chance alarms a day tests make together, by the limit of their p-values.

    Parameters
    ----------
    per_day
        At the limits 1, 10**-0.25, 10**-0.5 and so on; nothing is known where it is empty.
    batches
        Batches a day that come on top, whatever the limit: see `detectors.batches`.

    Examples
    --------
    >>> spending = Spending.of(np.array([1.0, 1.0, 1e-6]), windows=24.0)
    >>> round(spending.at(1e-3), 4), round(spending.at(1e-9), 10)
    (0.048, 7.2e-08)

    """

    per_day: tuple[float, ...] = ()
    batches: float = 0.0

    @classmethod
    def of(cls, reachable: Floats, windows: float, batches: float = 0.0) -> Spending:
        """Return what keys spend that are tested in so many windows a day, as in `Budget.limits`, and batches."""
        spent = np.minimum(_GRID[:, None], reachable).sum(axis=1) * windows
        return cls(tuple(np.maximum(spent, _LEAST).tolist()), batches)

    def at(self, p_value: float) -> float:
        """Return the chance alarms a day with p-values as small; those of one test a day where nothing is known."""
        if not self.per_day:
            return p_value
        x = -math.log10(max(p_value, _LEAST)) / _STEP
        left = min(int(x), len(self.per_day) - 2)
        ends = math.log10(self.per_day[left]), math.log10(self.per_day[left + 1])
        return math.pow(10.0, ends[0] + (ends[1] - ends[0]) * (x - left))


UNKNOWN = Spending()


class Quieting:
    """Tells new alarms from those that go on: of one key within `quiet` ticks there is one.

    Memory: a key and two numbers for each key with an alarm in the last `quiet` ticks.

    Parameters
    ----------
    quiet
        Ticks without an alarm after which the next of the key is a new one, at least 1.

    Examples
    --------
    >>> quieting = Quieting(24)
    >>> [quieting.news("s1|fire", tick, grade) for tick, grade in [(0, 1), (3, 1), (5, 2), (40, 1)]]
    [True, False, True, True]

    """

    def __init__(self, quiet: int) -> None:
        if quiet < 1:
            raise ValueError("quiet must be at least 1")
        self._quiet = quiet
        self._last: dict[Hashable, tuple[int, int]] = {}

    def news(self, key: Hashable, tick: int, grade: int) -> bool:
        """Note an alarm; tell whether it is new, or of a higher grade (a number from 0) than what it goes on from."""
        before = self.before(key, tick)
        self._last[key] = (tick, max(grade, before))
        return grade > before

    def before(self, key: Hashable, tick: int) -> int:
        """Return the highest grade of the alarm that one of this tick would go on from; -1 when it would be new."""
        last, highest = self._last.get(key, (tick - self._quiet - 1, -1))
        return highest if tick - last <= self._quiet else -1

    def forget(self, tick: int) -> None:
        """Drop what lies too far back to matter from `tick` on."""
        self._last = {key: seen for key, seen in self._last.items() if tick - seen[0] <= self._quiet}

    def state(self) -> dict[Hashable, tuple[int, int]]:
        """Return tick and highest grade of each key's alarm."""
        return dict(self._last)

    def restore(self, state: Mapping[Hashable, tuple[int, int]]) -> None:
        """Go on from what `state` gave."""
        self._last = {key: (tick, grade) for key, (tick, grade) in state.items()}

"""Counts by hour of the wall clock, for the last days. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)

_HOUR_S = 3_600
_KEPT = 8 * 24


class Hours(Generic[K]):
    """How often something was seen in each of the last 192 hours.

    Examples
    --------
    >>> hours = Hours[str]()
    >>> hours.add("a", 7_200.0)
    >>> hours.add("a", 7_300.0)
    >>> hours.since(3_600.0), hours.since(10_800.0)
    (Counter({'a': 2}), Counter())

    """

    def __init__(self) -> None:
        self._hours: dict[int, Counter[K]] = {}
        self._newest = 0

    def add(self, key: K, at: float) -> None:
        """Count one at epoch second `at`."""
        hour = int(at // _HOUR_S)
        if hour > self._newest:
            self._newest = hour
            for old in [one for one in self._hours if one <= hour - _KEPT]:
                del self._hours[old]
        if hour > self._newest - _KEPT:
            self._hours.setdefault(hour, Counter())[key] += 1

    def since(self, at: float) -> Counter[K]:
        """Return the counts from the hour on that epoch second `at` lies in."""
        first = int(at // _HOUR_S)
        return sum((counts for hour, counts in self._hours.items() if hour >= first), Counter())

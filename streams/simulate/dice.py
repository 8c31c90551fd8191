"""Seeded chance, the same on every machine: only `random.Random.random`, whose stream Python guarantees."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from math import log
from random import Random
from typing import Generic, TypeVar

T = TypeVar("T")
Uniform = Callable[[], float]


def dice(*words: object) -> Uniform:
    """Return a source of uniform numbers in [0, 1) that depends on nothing but `words`."""
    return Random("/".join(map(str, words))).random  # noqa: S311 - a simulation, not a secret


def pick(options: Sequence[T], u: Uniform) -> T:
    """Return one of the options, all equally likely."""
    return options[int(u() * len(options))]


def between(low: float, high: float, u: Uniform) -> float:
    """Return a number evenly between two others."""
    return low + (high - low) * u()


def whole(low: int, high: int, u: Uniform) -> int:
    """Return a whole number from `low` to `high`, both included."""
    return low + int((high - low + 1) * u())


def shuffled(items: Sequence[T], u: Uniform) -> list[T]:
    """Return the items in a random order (Fisher and Yates)."""
    mixed = list(items)
    for last in range(len(mixed) - 1, 0, -1):
        other = int(u() * (last + 1))
        mixed[last], mixed[other] = mixed[other], mixed[last]
    return mixed


def poisson_times(starts: float, ends: float, per_s: float, u: Uniform) -> Iterator[float]:
    """Yield the points of a Poisson process with `per_s` points a second between two instants, in order."""
    if per_s <= 0:
        return
    t = starts
    while True:
        t -= log(1.0 - u()) / per_s
        if t >= ends:
            return
        yield t


class Weighted(Generic[T]):
    """Options with weights.

    Parameters
    ----------
    options, weights
        Of equal length; weights are not negative and not all zero.

    """

    __slots__ = ("_cumulative", "_options", "_total")

    def __init__(self, options: Sequence[T], weights: Sequence[float]) -> None:
        self._options = options
        self._cumulative = list(accumulate(weights))
        self._total = self._cumulative[-1] if self._cumulative else 0.0

    def __len__(self) -> int:
        return len(self._options)

    @property
    def total(self) -> float:
        """Sum of the weights."""
        return self._total

    def draw(self, u: Uniform) -> T:
        """Return one option."""
        return self._options[bisect(self._cumulative, u() * self._total)]

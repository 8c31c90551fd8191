"""From terms to the matters that have them: which matters the terms of a text speak for, all at once."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

# A term of more matters than this opens no new candidate, it only weighs those other terms have found.
_CROWDED = 200
_CLOSE = 1e-6  # by which numpy's logarithms surely differ less from those that decide


class Postings:
    """An inverted index of matters, each with a weight and the number of its sights.

    A matter has a slot in arrays of floats while it lasts, and a place in two arrays of each of its terms: slots and
    sights. Memory: about 0.3 kB a term and 0.1 kB a term of a matter.

    Examples
    --------
    >>> postings = Postings()
    >>> for number, terms in enumerate(({"搅拌": 2.0, "噪音": 1.0}, {"车位": 1.0})):
    ...     postings.weigh(number, 0.0, sum(terms.values()))
    ...     postings.put(number, terms)
    >>> postings.candidates(["搅拌", "噪音"], [50.0, 100.0], strength=10.0, trust=1.0, least=0.0)
    [(0, 121.0)]

    """

    def __init__(self) -> None:
        self._holders: dict[str, tuple[array[int], array[float]]] = {}
        self._slots: dict[int, int] = {}
        self._numbers: list[int] = []
        self._places: list[dict[str, int]] = []
        self._free: list[int] = []
        self._weights, self._sights = np.zeros(64), np.zeros(64)
        self._shared, self._touched = np.ones(64), np.zeros(64, dtype=np.bool_)  # as they are between two texts

    def weigh(self, number: int, log_weight: float, sights: float) -> None:
        """Note the log weight of a matter, and its sights of all terms."""
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = self._new_slot(number)
        self._weights[slot], self._sights[slot] = log_weight, sights

    def put(self, number: int, sights: Mapping[str, float]) -> None:
        """Note how often a matter, weighed before, has some terms."""
        slot = self._slots[number]
        places, holders = self._places[slot], self._holders
        for term, seen in sights.items():
            held = holders.get(term)
            if held is None:
                held = holders[term] = array("q"), array("d")
            place = places.get(term)
            if place is None:
                places[term] = len(held[0])
                held[0].append(slot)
                held[1].append(seen)
            else:
                held[1][place] = seen

    def add(self, number: int, terms: Iterable[str]) -> None:
        """Note that a matter, weighed before, has some terms once more."""
        slot = self._slots[number]
        places, holders = self._places[slot], self._holders
        for term in terms:
            place = places.get(term)
            if place is not None:
                holders[term][1][place] += 1.0
                continue
            held = holders.get(term)
            if held is None:
                held = holders[term] = array("q"), array("d")
            places[term] = len(held[0])
            held[0].append(slot)
            held[1].append(1.0)

    def release(self, number: int, terms: Iterable[str]) -> None:
        """Note that a matter has some terms no more."""
        places = self._places[self._slots[number]]
        for term in terms:
            place = places.pop(term)
            slots, sights = self._holders[term]
            slot, seen = slots.pop(), sights.pop()
            if place < len(slots):
                slots[place], sights[place] = slot, seen
                self._places[slot][term] = place
            elif not slots:
                del self._holders[term]

    def forget(self, number: int) -> None:
        """Give up a matter."""
        slot = self._slots[number]
        self.release(number, list(self._places[slot]))
        del self._slots[number]
        self._free.append(slot)

    def candidates(
        self, terms: Sequence[str], rarities: Sequence[float], *, strength: float, trust: float, least: float
    ) -> list[tuple[int, float]]:
        """Return the matters that may explain a text, each with the factor by which shared terms speak for it.

        Parameters
        ----------
        terms, rarities
            Terms of the text, and the reciprocals of their shares in all that is said.
        strength
            Of these shares, sights.
        trust, least
            Left out is whose log likelihood ratio, times `trust`, plus log weight is less than `least`.

        """
        slots, sights = array("q"), array("d")
        sizes: list[int] = []
        counted: list[float] = []
        crowded: list[tuple[array[int], array[float], float]] = []
        for term, rarity in zip(terms, rarities, strict=True):
            held = self._holders.get(term)
            if held is None:
                continue
            size, scale = len(held[0]), rarity / strength
            if size > _CROWDED:
                crowded.append((*held, scale))
                continue
            slots += held[0]
            sights += held[1]
            sizes.append(size)
            counted.append(scale)
        if not slots:
            return []
        found, shared, touched = np.frombuffer(slots, np.int64), self._shared, self._touched
        np.multiply.at(shared, found, 1.0 + np.frombuffer(sights) * np.repeat(counted, sizes))
        if crowded:
            touched[found] = True
            for holders, seen, scale in crowded:
                at = np.frombuffer(holders, np.int64)
                among = np.flatnonzero(touched[at])
                shared[at[among]] *= 1.0 + np.frombuffer(seen)[among] * scale
            touched[found] = False
        if len(found) > len(self._numbers):  # then each slot once costs less
            found = np.flatnonzero(shared[: len(self._numbers)] != 1.0)
        ratios = np.log(shared[found]) - len(terms) * np.log(1.0 + self._sights[found] / strength)
        likely = found[trust * ratios + self._weights[found] > least - _CLOSE]
        factors = dict(zip(likely.tolist(), shared[likely].tolist(), strict=True))
        shared[found] = 1.0
        return [(self._numbers[slot], factor) for slot, factor in factors.items()]

    def _new_slot(self, number: int) -> int:
        if self._free:
            slot = self._free.pop()
            self._numbers[slot], self._places[slot] = number, {}
            return slot
        self._numbers.append(number)
        self._places.append({})
        if len(self._numbers) > len(self._weights):
            self._weights, self._sights = np.tile(self._weights, 2), np.tile(self._sights, 2)
            self._shared, self._touched = np.tile(self._shared, 2), np.tile(self._touched, 2)
        return len(self._numbers) - 1

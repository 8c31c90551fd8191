"""From terms to the matters that have them: which matters the terms of a text speak for, all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from detectors.vocabulary import Numbers, Vocabulary


class Postings:
    """An inverted index of matters, each with a weight, its terms and how often it has each of them.

    A matter has a slot while it lasts: a row of nodes, one a term. The nodes of a term hang together, through all
    rows. Memory: 20 bytes a node, for as many matters as ever were there at once.

    Parameters
    ----------
    slots
        Most matters.
    width
        Most terms of a matter.

    Examples
    --------
    >>> words = Vocabulary(half_life_texts=1000.0, capacity=100)
    >>> postings = Postings(slots=2, width=2)
    >>> one, other = words.numbers(["搅拌", "噪音"]), words.numbers(["车位"])
    >>> for number, numbers in enumerate((one, other)):
    ...     words.learn(numbers)
    ...     postings.put(number, numbers, [2.0, 1.0][: len(numbers)])
    ...     postings.weigh(number, 0.0, 3.0)
    >>> near = postings.candidates(one, words, strength=10.0, trust=1.0, least=-9.0)
    >>> [(number, round(factor, 2)) for number, factor in near]
    [(0, 2.37)]

    """

    def __init__(self, *, slots: int, width: int) -> None:
        from detectors import postings_kernels  # noqa: PLC0415 - numba takes half a second: only for who reads texts

        self._kernels = postings_kernels
        self._width = width
        self._slots: dict[int, int] = {}
        self._free = list(range(slots))[::-1]
        self._numbers = [0] * slots
        self._used = np.zeros(slots, np.int32)
        # Zeros take no memory until they are written to.
        self._sights = np.zeros(slots * width)
        terms, after, self._before = (np.zeros(slots * width, np.int32) for _ in range(3))
        self._index = np.zeros(0, np.int32), np.zeros(0, np.int32), terms, after
        self._mark = np.zeros(0, np.bool_)
        self._weights, self._lengths = np.zeros(slots), np.zeros(slots)
        self._shared, self._found = np.ones(slots), np.zeros(slots, np.int32)

    def weigh(self, number: int, log_weight: float, sights: float) -> None:
        """Note the log weight of a matter, and its sights of all terms."""
        slot = self._slots[number]
        self._weights[slot], self._lengths[slot] = log_weight, sights

    def put(self, number: int, numbers: Numbers, sights: Sequence[float]) -> None:
        """Note which terms a matter has from now on, and how often."""
        slot = self._slot(number)
        self._reach(int(numbers.max(initial=0)) + 1)
        self._clear(slot)
        self._kernels.append(slot, numbers, np.array(sights), self._index, self._before, self._sights, self._used)

    def add(self, number: int, numbers: Numbers) -> int:
        """Note that a matter has some terms once more; return how many it has."""
        slot = self._slot(number)
        return self._kernels.add(slot, numbers, self._index, self._before, self._sights, self._used, self._mark)

    def of(self, number: int) -> tuple[Numbers, list[float]]:
        """Return the terms of a matter, and how often it has each."""
        slot = self._slots[number]
        row = slice(slot * self._width, slot * self._width + int(self._used[slot]))
        return self._index[2][row].copy(), self._sights[row].tolist()

    def size(self, number: int) -> int:
        """Return how many terms a matter has."""
        return int(self._used[self._slots[number]])

    def forget(self, number: int) -> None:
        """Give up a matter."""
        slot = self._slots.pop(number)
        self._clear(slot)
        self._free.append(slot)

    def held(self, terms: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Tell of each of the first `terms` terms whether any matter has it."""
        self._reach(terms)
        return self._index[1][:terms] > 0

    def candidates(
        self, numbers: Numbers, vocabulary: Vocabulary, *, strength: float, trust: float, least: float
    ) -> list[tuple[int, float]]:
        """Return the matters that may explain a text, each with the factor by which shared terms speak for it.

        Parameters
        ----------
        numbers
            Of the text's terms.
        vocabulary
            How rare they are.
        strength
            Of their shares in all that is said, sights.
        trust, least
            Left out is whose log likelihood ratio, times `trust`, plus log weight is less than `least`.

        """
        self._reach(len(vocabulary.weights))
        slots = self._weights, self._lengths, self._shared, self._found
        likely = self._kernels.candidates(
            numbers,
            vocabulary.weights,
            vocabulary.smoothing(),
            self._index,
            self._sights,
            slots,
            (strength, trust, least),
        )
        return [(self._numbers[slot], factor) for slot, factor in likely]

    def _slot(self, number: int) -> int:
        slot = self._slots.get(number)
        if slot is None:
            slot = self._slots[number] = self._free.pop()
            self._numbers[slot] = number
        return slot

    def _clear(self, slot: int) -> None:
        self._kernels.clear(slot, self._index, self._before, self._width, self._used)

    def _reach(self, terms: int) -> None:
        """Have room for so many terms."""
        heads, sizes, nodes, after = self._index
        if terms <= len(heads):
            return
        more = max(terms, 2 * len(heads)) - len(heads)
        self._index = (
            np.append(heads, np.full(more, -1, np.int32)),
            np.append(sizes, np.zeros(more, np.int32)),
            nodes,
            after,
        )
        self._mark = np.zeros(len(heads) + more, np.bool_)

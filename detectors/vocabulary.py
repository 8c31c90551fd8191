"""How common a term is nowadays: counts that fade, in a vocabulary of bounded size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import log

import numpy as np
import numpy.typing as npt

# A term nobody has seen counts as seen this often: the first sight of a word is weak evidence of its rarity.
_UNSEEN = 2.0
_LARGEST_UNIT = 1e50
_KEEP = 0.8
CHUNKS = 256

Totals = tuple[float, float, float]
Numbers = npt.NDArray[np.int32]


class Numbering(dict[str, int]):
    """A number for each term, from 0 on; what is asked for is given one.

    Examples
    --------
    >>> numbering = Numbering()
    >>> numbering["搅拌"], numbering["噪音"], numbering.names
    (0, 1, ['搅拌', '噪音'])
    >>> numbering.free([0])
    >>> numbering["车位"], numbering.names
    (0, ['车位', '噪音'])

    """

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self._free: list[int] = []

    def __missing__(self, term: str) -> int:
        if self._free:
            number = self._free.pop()
            self.names[number] = term
        else:
            number = len(self.names)
            self.names.append(term)
        self[term] = number
        return number

    def free(self, numbers: Iterable[int]) -> None:
        """Let these numbers go to other terms."""
        for number in numbers:
            if self.get(self.names[number]) == number:  # and not free already
                del self[self.names[number]]
                self._free.append(number)


class Vocabulary:
    """Faded counts of terms over the texts of a city.

    A sight of a term loses half its weight every `half_life_texts` texts: what was said weighs less, what was never
    said is rare. Instead of all weights shrinking, the weight of a new sight grows.

    Parameters
    ----------
    half_life_texts
        Texts after which a sight counts half.
    capacity
        Most terms kept; beyond it the lightest fifth is dropped. About 150 bytes a term.

    Examples
    --------
    >>> vocabulary = Vocabulary(half_life_texts=1000.0, capacity=100)
    >>> for _ in range(9):
    ...     vocabulary.learn(vocabulary.numbers(["问题", "搅拌"]))
    >>> vocabulary.learn(vocabulary.numbers(["问题", "车位"]))
    >>> vocabulary.names(vocabulary.rarest(vocabulary.numbers(["问题", "搅拌", "车位"]), 2))
    ['搅拌', '车位']

    """

    def __init__(self, *, half_life_texts: float, capacity: int) -> None:
        from detectors import postings_kernels  # noqa: PLC0415 - numba takes half a second: only for who reads texts

        self._kernels = postings_kernels
        self._growth = 2.0 ** (1.0 / half_life_texts)
        self._capacity = capacity
        self._numbering = Numbering()
        self.weights = np.zeros(1024)
        self._touched = np.zeros(1024, dtype=np.bool_)
        self._size = 0
        self._total = 0.0
        self._texts = 0.0
        self._unit = 1.0
        self._all_touched = False

    def __len__(self) -> int:
        return self._size

    def numbers(self, terms: Sequence[str]) -> Numbers:
        """Return the numbers of terms, under which all else knows them."""
        found = np.array(list(map(self._numbering.__getitem__, terms)), dtype=np.int32)
        while len(self._numbering.names) > len(self.weights):
            self.weights, self._touched = (
                np.concatenate([one, np.zeros_like(one)]) for one in (self.weights, self._touched)
            )
        return found

    def names(self, numbers: Numbers) -> list[str]:
        """Return the terms of numbers."""
        return list(map(self._numbering.names.__getitem__, numbers.tolist()))

    def rarest(self, numbers: Numbers, most: int) -> Numbers:
        """Return the `most` rarest of terms in their order; of equally rare ones those that come first."""
        return numbers if len(numbers) <= most else self._kernels.rarest(self.weights, numbers, most)

    def smoothing(self) -> tuple[float, float]:
        """Return what to add to a term's weight, and the sum of all: their quotient is one over its share."""
        unseen = _UNSEEN * self._unit
        return unseen, self._total + unseen * (self._size + 1)

    def rarities(self, numbers: Numbers) -> list[float]:
        """Return the reciprocal of each term's share in all that is said, smoothed for terms hardly seen."""
        unseen, total = self.smoothing()
        return [total / (weight + unseen) for weight in self.weights[numbers].tolist()]

    def news(self, terms: Sequence[str]) -> list[float]:
        """Return what meeting each term in a text tells, in nats: minus the log of the share of texts that have it."""
        unseen = _UNSEEN * self._unit
        return [log((self._texts + unseen) / (self._weight(term) + unseen)) for term in terms]

    def counts(self, terms: Sequence[str]) -> tuple[list[float], float]:
        """Return in how many texts, fading, each term was, and how many texts there were."""
        return [self._weight(term) / self._unit for term in terms], self._texts / self._unit

    def learn(self, numbers: Numbers) -> None:
        """Count one text's distinct terms."""
        self._size += self._kernels.learn(self.weights, self._touched, numbers, self._unit)
        self._total += self._unit * len(numbers)
        self._texts += self._unit
        self._unit *= self._growth
        if self._unit > _LARGEST_UNIT:
            self._rescale()

    def is_full(self) -> bool:
        """Tell whether there are more terms than there may be."""
        return self._size > self._capacity

    def shrink(self, held: npt.NDArray[np.bool_]) -> None:
        """Drop the lightest terms; give away the numbers of those that are not `held` either."""
        names, weights = self._numbering.names, self.weights.tolist()
        ranked = sorted(np.flatnonzero(self.weights).tolist(), key=lambda n: (weights[n], names[n]), reverse=True)
        dropped = ranked[int(_KEEP * self._capacity) :]
        self._total -= sum(weights[n] for n in dropped)
        self.weights[dropped] = 0.0
        self._size -= len(dropped)
        self._all_touched = True
        known = len(names)
        self._numbering.free(np.flatnonzero((self.weights[:known] == 0.0) & ~held[:known]).tolist())

    def totals(self) -> Totals:
        """Return the weight of all sights, of all texts, and of one sight now."""
        return self._total, self._texts, self._unit

    def chunks(self, *, touched: bool) -> dict[int, dict[str, float]]:
        """Return weights by term in 256 parts, those touched since they were last asked for or all of them."""
        names = self._numbering.names
        everything = self._all_touched or not touched
        told = range(CHUNKS) if everything else {_chunk(names[n]) for n in np.flatnonzero(self._touched).tolist()}
        chunks: dict[int, dict[str, float]] = {number: {} for number in sorted(told)}
        known = np.flatnonzero(self.weights)
        for number, weight in zip(known.tolist(), self.weights[known].tolist(), strict=True):
            chunk = chunks.get(_chunk(names[number]))
            if chunk is not None:
                chunk[names[number]] = weight
        if touched:
            self._touched[:] = False
            self._all_touched = False
        return {number: dict(sorted(chunk.items())) for number, chunk in chunks.items()}

    def restore(self, totals: Totals, chunks: Iterable[dict[str, float]]) -> None:
        """Go on from what `totals` and `chunks` returned."""
        self._total, self._texts, self._unit = totals
        self.weights[:] = 0.0
        self._size = 0
        for chunk in chunks:
            numbers = self.numbers(list(chunk))
            self.weights[numbers] = list(chunk.values())
            self._size += len(chunk)
        self._touched[:] = False
        self._all_touched = False

    def _weight(self, term: str) -> float:
        number = self._numbering.get(term)
        return float(self.weights[number]) if number is not None else 0.0

    def _rescale(self) -> None:
        self.weights /= self._unit
        self._total /= self._unit
        self._texts /= self._unit
        self._unit = 1.0
        self._all_touched = True


def _chunk(term: str) -> int:
    """Return the part a term is kept in: by its ends, since Python's own hash differs from run to run."""
    return (31 * ord(term[0]) + ord(term[-1])) % CHUNKS

"""An online linear classifier of sparse vectors, as many classes as turn up."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
import numpy as np

from detectors.grams import Places, Weights

Scores = np.ndarray[tuple[int], np.dtype[np.float32]]

_REAL, _PLACE = np.dtype("<f4"), np.dtype("<i4")
_SHIFT = 6  # a part is 64 places


class Part(msgspec.Struct, frozen=True, array_like=True):
    """What is known of some neighbouring places: int32 and float32 little-endian, rows in C order.

    Parameters
    ----------
    places
        Places ever touched.
    counts, doubts
        Texts that had them, and how uncertain their weights are; a number each.
    weights
        Weights, a row of ``classes + 1`` numbers each.

    """

    places: bytes
    counts: bytes
    doubts: bytes
    weights: bytes


class Arow:
    """Adaptive regularisation of weights, one against the rest, with one common diagonal of uncertainty.

    A place seen rarely is uncertain and learns in large steps; one seen often in small ones. Vectors are weighted by
    inverse document frequency as known so far. One more row learns that no text is of its class: a new class
    begins as a copy of it, as one that has never been right yet.

    Memory: 4 bytes x ``2**bits`` x (most + 3); with 16 bits and 64 classes 17 MB.

    Parameters
    ----------
    bits
        Logarithm of the number of places.
    most
        Most classes.
    caution
        How little one example may change (r in the paper).

    References
    ----------
    Crammer, Kulesza and Dredze, Adaptive regularization of weight vectors, Machine Learning 91 (2013).

    Examples
    --------
    >>> model = Arow(bits=4, most=2)
    >>> red, blue = (np.array([1, 2]), np.ones(2)), (np.array([2, 3]), np.ones(2))
    >>> model.add(), model.add()
    (0, 1)
    >>> for _ in range(3):
    ...     model.learn(*red, 0)
    ...     model.learn(*blue, 1)
    >>> int(model.scores(*red).argmax()), int(model.scores(*blue).argmax())
    (0, 1)

    """

    def __init__(self, *, bits: int, most: int, caution: float = 0.1) -> None:
        size = 2**bits
        self._most = most
        self._caution = np.float32(caution)
        self._weights = np.zeros((size, most + 1), dtype=np.float32)  # column 0: what is never right
        self._doubts = np.ones(size, dtype=np.float32)
        self._counts = np.zeros(size, dtype=np.float32)
        self._touched = np.zeros((size >> _SHIFT) + 1, dtype=np.bool_)
        self._texts = 0.0
        self._classes = 0

    def add(self) -> int:
        """Begin a new class and return its number.

        Raises
        ------
        ValueError
            When there are as many as there may be.

        """
        if self._classes >= self._most:
            raise ValueError(f"there are {self._most} classes already")
        self._classes += 1
        self._weights[:, self._classes] = self._weights[:, 0]
        self._touched[:] = True
        return self._classes - 1

    def scores(self, places: Places, values: Weights) -> Scores:
        """Return what speaks for each class; about 1 for a sure one, about -1 for none."""
        scaled = self._scaled(places, values)
        return _product(scaled, self._weights[places, 1 : self._classes + 1])

    def learn(self, places: Places, values: Weights, number: int) -> None:
        """Learn that a text with `values` at `places` is of class `number`."""
        self._touched[places >> _SHIFT] = True
        self._counts[places] += 1.0
        self._texts += 1.0
        scaled = self._scaled(places, values)
        known = self._classes + 1
        weights = self._weights[places, :known]
        truth = np.full(known, -1.0, dtype=np.float32)
        truth[number + 1] = 1.0
        short = 1.0 - truth * _product(scaled, weights)
        if short.max() <= 0.0:
            return
        doubts = self._doubts[places]
        step = doubts * scaled
        share = 1.0 / (np.add.reduce(scaled * step) + self._caution)
        self._weights[places, :known] = weights + np.outer(step, np.maximum(short, 0.0) * share * truth)
        self._doubts[places] = doubts - share * step * step

    @property
    def head(self) -> tuple[float, int]:
        """Texts learned from, and classes."""
        return self._texts, self._classes

    def parts(self, *, touched: bool) -> dict[int, Part]:
        """Return what is known in parts of 64 places, those touched since they were last asked for or all."""
        known = np.flatnonzero(self._counts)
        changed = self._touched if touched else np.ones_like(self._touched)
        known = known[changed[known >> _SHIFT]]
        numbers, starts = np.unique(known >> _SHIFT, return_index=True)
        if touched:
            self._touched[:] = False
        each = np.split(known, starts[1:])
        return {number: self._part(places) for number, places in zip(numbers.tolist(), each, strict=False)}

    def restore(self, head: tuple[float, int], parts: Iterable[Part]) -> None:
        """Go on from what `head` and `parts` returned."""
        self._texts, self._classes = head
        self._weights[:], self._doubts[:], self._counts[:] = 0.0, 1.0, 0.0
        self._touched[:] = False
        for part in parts:
            places = np.frombuffer(part.places, dtype=_PLACE)
            self._counts[places] = np.frombuffer(part.counts, dtype=_REAL)
            self._doubts[places] = np.frombuffer(part.doubts, dtype=_REAL)
            rows = np.frombuffer(part.weights, dtype=_REAL).reshape(len(places), -1)
            self._weights[places, : rows.shape[1]] = rows

    def _part(self, places: Places) -> Part:
        return Part(
            places=places.astype(_PLACE).tobytes(),
            counts=self._counts[places].astype(_REAL).tobytes(),
            doubts=self._doubts[places].astype(_REAL).tobytes(),
            weights=self._weights[places, : self._classes + 1].astype(_REAL).tobytes(),
        )

    def _scaled(self, places: Places, values: Weights) -> Scores:
        """Return `values` weighted by inverse document frequency, of length 1."""
        rarity = np.log((self._texts + 2.0) / (self._counts[places] + 1.0))
        scaled = values * rarity
        length = float(np.sqrt(np.add.reduce(scaled * scaled)))
        unit: Scores = (scaled / length if length > 0.0 else scaled).astype(np.float32)
        return unit


def _product(scaled: Scores, weights: np.ndarray[tuple[int, int], np.dtype[np.float32]]) -> Scores:
    """Return the sum of the rows of `weights`, each times its number, in the same order on every machine (no BLAS)."""
    product: Scores = np.einsum("i,ij->j", scaled, weights)
    return product

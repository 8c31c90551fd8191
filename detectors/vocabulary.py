"""How common a term is nowadays: counts that fade, in a vocabulary of bounded size."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from math import log
from operator import itemgetter

# A term nobody has seen counts as seen this often: the first sight of a word is weak evidence of its rarity.
_UNSEEN = 2.0
_LARGEST_UNIT = 1e50
_KEEP = 0.8
CHUNKS = 256

Totals = tuple[float, float, float]


class Vocabulary:
    """Faded counts of terms over the texts of a city.

    A sight of a term loses half its weight every `half_life_texts` texts: what was said weighs less, what was never
    said is rare. Instead of all weights shrinking, the weight of a new sight grows.

    Parameters
    ----------
    half_life_texts
        Texts after which a sight counts half.
    capacity
        Most terms kept; beyond it the lightest fifth is dropped. About 130 bytes a term.

    Examples
    --------
    >>> vocabulary = Vocabulary(half_life_texts=1000.0, capacity=100)
    >>> for _ in range(9):
    ...     vocabulary.learn(["问题", "搅拌"])
    >>> vocabulary.learn(["问题", "车位"])
    >>> vocabulary.rarest(["问题", "搅拌", "车位"], 2)
    ['搅拌', '车位']

    """

    def __init__(self, *, half_life_texts: float, capacity: int) -> None:
        self._growth = 2.0 ** (1.0 / half_life_texts)
        self._capacity = capacity
        self._weights: dict[str, float] = {}
        self._total = 0.0
        self._texts = 0.0
        self._unit = 1.0
        self._touched: set[str] = set()
        self._all_touched = False

    def __len__(self) -> int:
        return len(self._weights)

    def rarest(self, terms: list[str], most: int) -> list[str]:
        """Return the `most` rarest of `terms` in their order; of equally rare ones those that come first."""
        if len(terms) <= most:
            return terms
        weigh = self._weights.get
        weights = [weigh(term, 0.0) for term in terms]
        ranked = sorted(weights)
        bound = ranked[most - 1]
        ties = most - bisect_left(ranked, bound)
        kept = []
        for term, weight in zip(terms, weights, strict=True):
            if weight < bound:
                kept.append(term)
            elif weight == bound and ties:
                ties -= 1
                kept.append(term)
        return kept

    def rarities(self, terms: Sequence[str]) -> list[float]:
        """Return the reciprocal of each term's share in all that is said, smoothed for terms hardly seen."""
        unseen = _UNSEEN * self._unit
        total = self._total + unseen * (len(self._weights) + 1)
        weigh = self._weights.get
        return [total / (weigh(term, 0.0) + unseen) for term in terms]

    def news(self, terms: Sequence[str]) -> list[float]:
        """Return what meeting each term in a text tells, in nats: minus the log of the share of texts that have it."""
        unseen = _UNSEEN * self._unit
        weigh = self._weights.get
        return [log((self._texts + unseen) / (weigh(term, 0.0) + unseen)) for term in terms]

    def counts(self, terms: Sequence[str]) -> tuple[list[float], float]:
        """Return in how many texts, fading, each term was, and how many texts there were."""
        weigh = self._weights.get
        return [weigh(term, 0.0) / self._unit for term in terms], self._texts / self._unit

    def learn(self, terms: Sequence[str]) -> None:
        """Count one text's distinct terms."""
        weights, unit = self._weights, self._unit
        for term in terms:
            weights[term] = weights.get(term, 0.0) + unit
        self._touched.update(terms)
        self._total += unit * len(terms)
        self._texts += unit
        self._unit *= self._growth
        if len(weights) > self._capacity:
            self._drop_lightest()
        if self._unit > _LARGEST_UNIT:
            self._rescale()

    def totals(self) -> Totals:
        """Return the weight of all sights, of all texts, and of one sight now."""
        return self._total, self._texts, self._unit

    def chunks(self, *, touched: bool) -> dict[int, dict[str, float]]:
        """Return weights by term in 256 parts, those touched since they were last asked for or all of them."""
        numbers = range(CHUNKS) if self._all_touched or not touched else {_chunk(term) for term in self._touched}
        chunks: dict[int, dict[str, float]] = {number: {} for number in sorted(numbers)}
        for term, weight in self._weights.items():
            chunk = chunks.get(_chunk(term))
            if chunk is not None:
                chunk[term] = weight
        if touched:
            self._touched.clear()
            self._all_touched = False
        return chunks

    def restore(self, totals: Totals, chunks: Iterable[dict[str, float]]) -> None:
        """Go on from what `totals` and `chunks` returned."""
        self._total, self._texts, self._unit = totals
        self._weights = {term: weight for chunk in chunks for term, weight in chunk.items()}
        self._touched.clear()
        self._all_touched = False

    def _drop_lightest(self) -> None:
        ranked = sorted(self._weights.items(), key=itemgetter(1, 0), reverse=True)
        kept = ranked[: int(_KEEP * self._capacity)]
        self._total -= sum(weight for _, weight in ranked[len(kept) :])
        self._weights = dict(kept)
        self._all_touched = True

    def _rescale(self) -> None:
        self._weights = {term: weight / self._unit for term, weight in self._weights.items()}
        self._total /= self._unit
        self._texts /= self._unit
        self._unit = 1.0
        self._all_touched = True


def _chunk(term: str) -> int:
    """Return the part a term is kept in: by its ends, since Python's own hash differs from run to run."""
    return (31 * ord(term[0]) + ord(term[-1])) % CHUNKS

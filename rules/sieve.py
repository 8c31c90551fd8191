"""Passing over, at once, most items whose texts cannot be alike: their sketches as bits, side by side.

A sketch of 16 hashes is 128 bits, one for each hash, as of a Bloom filter (Bloom, Space/time trade-offs in hash coding
with allowable errors, 1970). Two sketches with so many hashes in common have nearly as many bits in common; what has
less is passed over, and nothing else.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from rules.likeness import Sketch
from rules.window import Item

_WORDS = 2
_FEW = 32  # are looked at one by one sooner
_SKETCHES = 4_096


class Sieve:
    """Of the items of a group those that are worth a closer look.

    What it knows of a list it finds out when it is asked; whoever changes the list says from where on that holds no
    more.

    Parameters
    ----------
    least
        Least likeness, in (0, 1].

    """

    __slots__ = ("_bits", "_known", "_least", "_whole")

    def __init__(self, least: float) -> None:
        self._least = least
        self._known = 0
        self._bits = np.empty((_WORDS, 0), np.uint64)
        self._whole = np.empty(0, np.int64)

    def forget(self, since: int) -> None:
        """Forget what is known of items from this index on."""
        self._known = min(self._known, since)

    def drop(self, number: int) -> None:
        """Follow a list that has lost so many of its first items."""
        left = max(self._known - number, 0)
        for row in (*self._bits, self._whole):
            row[:left] = row[number : number + left]
        self._known = left

    def sift(self, items: list[Item], since: int, index: int) -> list[Item]:
        """Return the items from `since` to `index` whose texts may be alike that of ``items[index]``, itself too."""
        if index - since < _FEW:
            return items[since : index + 1]
        gist = items[index].gist
        if not gist:
            return [items[index]]  # no text is like none
        self._learn(items, index + 1)
        common = sum(np.bitwise_count(row[since:index] & row[index]) for row in self._bits)
        own = sum(word.bit_count() for word in _bits_of(gist))
        enough = self._least * len(gist) - (len(gist) - own)  # so many hashes may share a bit with another
        may = (common >= enough) & (self._whole[since:index] != self._whole[index])
        return [*(items[since + n] for n in np.flatnonzero(may).tolist()), items[index]]

    def _learn(self, items: list[Item], end: int) -> None:
        if end > len(self._whole):
            room = end + end // 4
            bits, whole = np.empty((_WORDS, room), np.uint64), np.empty(room, np.int64)
            bits[:, : self._known], whole[: self._known] = self._bits[:, : self._known], self._whole[: self._known]
            self._bits, self._whole = bits, whole
        for n in range(self._known, end):
            gist = items[n].gist
            self._bits[:, n], self._whole[n] = _bits_of(gist), hash(gist)
        self._known = max(self._known, end)


@lru_cache(maxsize=_SKETCHES)
def _bits_of(gist: Sketch) -> tuple[int, ...]:
    words = [0] * _WORDS
    for one in gist:
        words[one // 64 % _WORDS] |= 1 << one % 64
    return tuple(words)

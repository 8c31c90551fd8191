"""A text as a sparse vector of hashed character n-grams."""

from __future__ import annotations

import re
from zlib import crc32

import numpy as np

from detectors.terms import unmasked

Places = np.ndarray[tuple[int], np.dtype[np.int64]]
Weights = np.ndarray[tuple[int], np.dtype[np.float64]]

_LONGEST, _OPENING = 800, 25
_WORD = re.compile(r"[a-z]{3,}")
_FIRST, _SECOND, _MIX = (np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0xD6E8FEB86659FD93))
_IN_OPENING = np.uint64(0xA0761D6478BD642F)
_SPACE, _IDEOGRAPHIC_SPACE, _NO_BREAK_SPACE = 0x20, 0x3000, 0xA0


def grams_of(text: str, bits: int) -> tuple[Places, Weights]:
    """Return where the n-grams of `text` lie in a vector of ``2**bits`` numbers, and one plus the log of their counts.

    Characters, pairs of neighbouring characters and Latin words, spaces left out; those of the first 25 characters
    once more as n-grams of their own, since a text says first what it is about. A text without any has none.
    Multiplicative hashing; n-grams that share a place are one (Weinberger et al., Feature hashing for large scale
    multitask learning, ICML 2009).

    Parameters
    ----------
    text
        Masked text; what lies beyond the first 800 characters is not read.
    bits
        Logarithm of the length of the vector, 1 to 32.

    Examples
    --------
    >>> places, weights = grams_of("搅拌站", 16)
    >>> len(places), weights.tolist()
    (10, [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0])

    """
    text = unmasked(text[:_LONGEST]).lower()
    codes = np.frombuffer(text.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    codes = codes[(codes > _SPACE) & (codes != _IDEOGRAPHIC_SPACE) & (codes != _NO_BREAK_SPACE)]
    singles = codes * _FIRST
    pairs = (singles[:-1] + codes[1:] * _SECOND + np.uint64(1)) * _MIX
    parts = [singles, pairs, singles[:_OPENING] ^ _IN_OPENING, (pairs[: _OPENING - 1] ^ _IN_OPENING) * _MIX]
    words = _WORD.findall(text)
    if words:
        parts.append(np.array([crc32(word.encode()) for word in words], dtype=np.uint64) * _SECOND)
    hashed = (np.concatenate(parts) >> np.uint64(64 - bits)).astype(np.int64)
    places, counts = np.unique(hashed, return_counts=True)
    return places, 1.0 + np.log(counts)

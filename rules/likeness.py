"""How alike two texts are: sketches of their character pairs."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

Sketch = tuple[int, ...]

_SKETCH = 16
_FIRST, _SECOND, _MIX = map(np.uint32, (0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D))  # odd: multiplying loses nothing
_HALF = np.uint32(15)
_TEXTS = 4_096  # a source without free text gives the name of a category over and over


@lru_cache(maxsize=_TEXTS)
def gist_of(text: str) -> Sketch:
    """Return a sketch of `text`: the smallest hashes of its pairs of neighbouring characters.

    A bottom-k sketch (Broder, On the resemblance and containment of documents, 1997), with k = 16. Character pairs
    need no word segmentation and bear typing errors; for Chinese a pair is mostly a word.

    Examples
    --------
    >>> len(gist_of("楼下烧烤店油烟扰民，夜里十二点还在营业"))
    16
    >>> gist_of("")
    ()

    """
    characters = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    x = characters[:-1] * _FIRST
    x += characters[1:] * _SECOND
    x ^= x >> _HALF
    x *= _MIX
    x.sort()
    least = dict.fromkeys(x[: 2 * _SKETCH].tolist())
    if len(least) < _SKETCH:  # pairs that come again and again
        least = dict.fromkeys(x.tolist())
    return tuple(least)[:_SKETCH]


def likeness(a: Sketch, b: Sketch) -> float:
    """Return the estimated Jaccard similarity of the texts behind two sketches, in [0, 1].

    Examples
    --------
    >>> one, other = gist_of("楼下烧烤店油烟扰民"), gist_of("楼下烧烤店油烟太大")
    >>> likeness(one, one), 0.3 < likeness(one, other) < 0.9, likeness(one, gist_of("路灯不亮"))
    (1.0, True, 0.0)

    """
    common = set(a).intersection(b)
    if not common:
        return 0.0
    both = sorted({*a, *b})[:_SKETCH]
    return len(common.intersection(both)) / len(both)

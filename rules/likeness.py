"""How alike two texts are: sketches of their character pairs."""

from __future__ import annotations

from itertools import pairwise

_SKETCH = 16
_BITS = 0xFFFF_FFFF
_FIRST, _SECOND, _MIX = 0x9E37_79B1, 0x85EB_CA77, 0xC2B2_AE3D  # odd: multiplying by them loses nothing


def gist_of(text: str) -> tuple[int, ...]:
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
    sums = {a * _FIRST + b * _SECOND & _BITS for a, b in pairwise(map(ord, text))}
    return tuple(sorted([(x ^ x >> 15) * _MIX & _BITS for x in sums])[:_SKETCH])


def likeness(a: tuple[int, ...], b: tuple[int, ...]) -> float:
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

"""How rare something is, as people say it: a probability of 8e-13 tells a duty officer nothing."""

from __future__ import annotations

from typing import NamedTuple

_RAREST = 1e-6
_COMMON = 0.5


class Odds(NamedTuple):
    """A probability in words."""

    zh: str
    en: str


def odds(p: float) -> Odds:
    """Return a probability in words, 0 to 1, to two digits.

    Examples
    --------
    >>> odds(8e-13).zh, odds(0.00041).en
    ('不到百万分之一', 'one in 2,400')
    >>> odds(0.7).zh
    '约70%'

    """
    if p < _RAREST:
        return Odds("不到百万分之一", "less than one in a million")
    if p >= _COMMON:
        return Odds(f"约{p:.0%}", f"about {p:.0%}")
    times = float(f"{1.0 / p:.2g}")
    return Odds(f"约{times:,.0f}分之一", f"one in {times:,.0f}")
